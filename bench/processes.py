"""Processes under measurement: started on this run's database and Redis, and what they cost."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from iop.env import BASE_DIR, database_url

LIVE = "iop.asgi:application"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**variables: str) -> dict[str, str]:
    """What a process of the product needs to work on this run's database."""
    return os.environ | {
        "DATABASE_URL": database_url(connection.settings_dict),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "PRIVATE_NOTE_KEYS": ",".join(settings.PRIVATE_NOTE_KEYS),
        **variables,
    }


class Server:
    """A server on a port of its own, and what it said. Raises RuntimeError when it does not come up."""

    def __init__(self, log: Path, command: list[str], *, port: int = 0, **variables: str):
        self.port, self.log = port or free_port(), log
        filled = [part.replace("{port}", str(self.port)) for part in command]
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *filled], cwd=BASE_DIR, env=environment(**variables), stdout=said, stderr=said
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{filled[0]} did not come up: {self.said()[-2000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def all(self) -> list[int]:
        """Its process and those it started."""
        return [self.process.pid, *(one.pid for one in psutil.Process(self.process.pid).children(recursive=True))]

    @property
    def memory(self) -> int:
        """Bytes it holds."""
        return psutil.Process(self.process.pid).memory_info().rss

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """End it as its supervisor would."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def sockets(application: str, folder: Path, count: int, **variables: str) -> Iterator[list[Server]]:
    """So many processes of an ASGI application, as the Procfile runs `live`. What one of ours fell over is raised."""
    # The Procfile's own line, with a port of ours: what is measured is what is run.
    line = next(one for one in (BASE_DIR / "Procfile").read_text().splitlines() if one.startswith("live: "))
    options = line.removeprefix("live: exec uvicorn ").removesuffix(f" {LIVE}").split()[4:]
    command = ["uvicorn", "--host", "127.0.0.1", "--port", "{port}", *options, application]
    name = application.replace(":", ".")
    servers: list[Server] = []
    try:
        for number in range(count):
            servers.append(Server(folder / f"{name}.{number}.log", command, **variables))
        yield servers
    finally:
        for server in servers:
            server.stop()
    for server in servers:
        if application == LIVE and "Traceback" in server.said():
            raise RuntimeError(f"{application} fell over something: {server.said()[-3000:]}")


class Pages:
    """`bench.room_client` in a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.room_client"],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *_failure: object) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def do(self, deed: str, **asked: object) -> dict:
        """Have them do something; what came of it. Raises RuntimeError when they fell over it."""
        self.process.stdin.write(json.dumps({"deed": deed, **asked}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("The pages fell over; see above.")
        return json.loads(answer)


@dataclass(slots=True)
class Cost:
    """What processes took of the processor: seconds, and of one core in percent."""

    seconds: float
    percent: float


class Meter:
    """Measures processes by name from `start` to `stop`. what: a name → its processes' numbers, asked at both ends."""

    def __init__(self, what: dict[str, Callable[[], list[int]]]):
        self.what = what

    def start(self) -> None:
        """From now."""
        self.began, self.before = time.monotonic(), {name: _taken(of()) for name, of in self.what.items()}

    def stop(self) -> dict[str, Cost]:
        """Until now. A process that came meanwhile counts whole; what one that went took is lost."""
        took, found = time.monotonic() - self.began, {}
        for name, of in self.what.items():
            before = self.before[name]
            seconds = sum(taken - before.get(pid, 0) for pid, taken in _taken(of()).items())
            found[name] = Cost(seconds, seconds / took * 100)
        return found


def _taken(pids: list[int]) -> dict[int, float]:
    """User and system seconds of each process that is there."""
    found = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            found[pid] = times.user + times.system
    return found


def backends() -> list[int]:
    """The processes in which Postgres serves this database, our own connection aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]
