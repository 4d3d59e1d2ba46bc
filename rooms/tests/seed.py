"""Brings in the live process' code once and forks it for each test that wants one: a start of 2.3 s becomes one of 0.1 s.

`python -m rooms.tests.seed iop.asgi:application`; then a line of JSON for each ({"port", "log"}), answered by its pid. It ends
with its standard input. `script/server`, started as people start it, is held by tests/test_server.py.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import psutil
import uvicorn
from uvicorn.importer import import_from_string

from iop.env import BASE_DIR

KEPT = 3  # seeds at a time, 100 MB each: tests of one kind want the same surroundings


class Forked:
    """A process that a seed forked, asked as one would ask a subprocess.Popen."""

    def __init__(self, pid: int):
        self.pid, self._process = pid, psutil.Process(pid)

    def poll(self) -> int | None:
        """None while it runs. With what code it ended is the seed's to know."""
        return None if self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE else 0

    def wait(self, seconds: float) -> None:
        """Until it has ended; subprocess.TimeoutExpired when it has not by then."""
        try:
            self._process.wait(seconds)
        except psutil.TimeoutExpired as error:
            raise subprocess.TimeoutExpired(str(self.pid), seconds) from error

    def terminate(self) -> None:
        self._process.terminate()


class Seed:
    """The live process, imported and waiting."""

    def __init__(self, application: str, environment: dict[str, str]):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rooms.tests.seed", application],
            cwd=BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def fork(self, port: int, log: Path) -> Forked:
        """One that listens on this port and writes to this file."""
        self._process.stdin.write(json.dumps({"port": port, "log": str(log)}) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def end(self) -> None:
        """What it forked goes on."""
        self._process.stdin.close()
        self._process.wait(15)


_seeds: OrderedDict[tuple, Seed] = OrderedDict()


def seed_for(application: str, environment: dict[str, str]) -> Seed:
    """The seed of these surroundings: its settings are read once, so any other variable is another seed."""
    key = (application, *sorted(environment.items()))
    if key not in _seeds:
        while len(_seeds) >= KEPT:
            _seeds.popitem(last=False)[1].end()
        _seeds[key] = Seed(application, environment)
    _seeds.move_to_end(key)
    return _seeds[key]


def _live(application: str, port: int, log: str) -> None:
    """In the forked process: what the Procfile's command line would run."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    random.seed()
    kept = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (kept, 1), (kept, 2)):
        os.dup2(ours, theirs)
    uvicorn.run(application, host="127.0.0.1", port=port, lifespan="off", access_log=False, log_level="warning")


def main() -> None:
    application = sys.argv[1]
    import_from_string(application)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks here how they ended, and none stays a zombie
    for line in sys.stdin:
        given = json.loads(line)
        if pid := os.fork():
            print(pid, flush=True)
            continue
        _live(application, **given)
        return


if __name__ == "__main__":
    main()
