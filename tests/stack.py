"""The real stack for tests: pages by granian, a Celery worker and beat, local mail, all at a chosen time on the test database."""

import contextlib
import datetime as dt
import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from iop.env import BASE_DIR, database_url


def wait_for(what: Callable[[], object], *, seconds: float = 60, why: str = "") -> object:
    """Ask again until the answer is true; fails with `why` after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"Waited {seconds:.0f} s in vain: {why}")


class Stack:
    """Starts, moves in time and stops the processes. `folder` holds mail and logs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        redis.Redis.from_url(settings.REDIS_URL).flushdb()  # no task of an earlier test

    def environment(self, now: dt.datetime) -> dict[str, str]:
        """What every process of the stack is given."""
        return os.environ | {
            "WARP_TO": now.isoformat(),
            "DATABASE_URL": database_url(connection.settings_dict),
            "DATA_DIR": str(self.folder),
            "SITE_URL": self.url,
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
            "PRIVATE_NOTE_KEYS": ",".join(settings.PRIVATE_NOTE_KEYS),
            "DEBUG": "true",
            "EMAIL_URL": "",
            "PYTHONUNBUFFERED": "1",
        }

    def manage(self, now: dt.datetime, *arguments: str) -> str:
        """Run a manage command at `now`; its output. Raises CalledProcessError."""
        command = [sys.executable, "-m", "tests.warp", "manage", *arguments]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self.environment(now), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_at(self, now: dt.datetime) -> None:
        """Stop what runs and start everything at `now`."""
        self.stop()
        web = ["granian", "--interface", "wsgi", "--port", str(self.port), "--blocking-threads", "4", "--no-ws",
               "--log-level", "warning", "tests.warp_wsgi:application"]  # fmt: skip
        worker = ["celery", "--quiet", "--app", "iop", "worker", "--concurrency", "2", "--without-gossip",
                  "--without-mingle", "--loglevel", "warning"]  # fmt: skip
        beat = ["celery", "--quiet", "--app", "iop", "beat", "--schedule", str(self.folder / f"beat-{now:%d%H%M}"),
                "--loglevel", "warning"]  # fmt: skip
        for arguments in (web, worker, beat):
            with (self.folder / "stack.log").open("ab") as log:
                self.processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "tests.warp", *arguments],
                        cwd=BASE_DIR,
                        env=self.environment(now),
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
        wait_for(self._answers, why=f"the pages did not come up: {self.log()[-2000:]}")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        """End every process of the stack, as a supervisor would: only the leader is asked, and ends its own children.

        A signal to the whole group would kill a Celery pool's child in the middle of a task and be logged as a loss.
        """
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # children that outlived their parent
        self.processes = []

    def log(self) -> str:
        """What the processes said."""
        path = self.folder / "stack.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def letters(self) -> list[EmailMessage]:
        """Mail that left so far."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((self.folder / "mail").glob("*.eml"))
        ]
