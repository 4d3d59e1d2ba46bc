"""Other processes of the house for tests: the same database and keys, a data folder of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from iop.env import BASE_DIR


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a process of ours needs in its environment to work on the tests' database and write its files below `data`."""
    db = connection.settings_dict
    user = quote(db["USER"]) + (f":{quote(db['PASSWORD'])}" if db["PASSWORD"] else "")
    where = {"host": db["HOST"], "port": str(db["PORT"])} if db["PORT"] else {"host": db["HOST"]}
    own = {
        "DATABASE_URL": f"postgresql://{user}@/{quote(db['NAME'])}?{urlencode(where)}",
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "PRIVATE_NOTE_KEYS": ",".join(settings.PRIVATE_NOTE_KEYS),
        "DATA_DIR": str(data),
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "iop.settings",
        "IOP_TEST_SERVERS": "1",
        "PYTHONPATH": str(BASE_DIR),
    }
    inherited = {name: value for name, value in os.environ.items() if name not in ("EMAIL_URL", "DEFAULT_FROM_EMAIL")}
    return inherited | own | more


@contextmanager
def running(*command: str, data: Path, **more: str) -> Iterator[subprocess.Popen]:
    """A Python process (`-m module …`) that is killed, when it still runs, at the end. What it says is in `data`/said.txt."""
    with (data / "said.txt").open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, *command], env=environment(data, **more), cwd=BASE_DIR, stdout=said, stderr=said
        )
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen) -> None:
    """End it as a power cut would."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def said(data: Path) -> str:
    """What the processes with this data folder wrote to their terminal."""
    return (data / "said.txt").read_text()
