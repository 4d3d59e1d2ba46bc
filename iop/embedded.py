"""Real Postgres and Redis for a machine that has none: started when DATABASE_URL or REDIS_URL is not set.

All processes of one checkout share them. The first starts a keeper for each (`iop/keeper.py`), the last one to leave has it
stopped; between them there are only locks on files, which the kernel lets go when a process dies.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from iop.env import ConfigError, data_dir, env, load_env_file

VARIABLES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
KEEPER = Path(__file__).with_name("keeper.py")


class EmbeddedError(Exception):
    """An embedded server can't be had. The message is one line for a person."""


@contextmanager
def ensure_servers() -> Iterator[None]:
    """Within this block DATABASE_URL and REDIS_URL are set in the environment, and what they name is running.

    With an embedded Postgres DEBUG is on unless it was set: somebody is trying things out.
    """
    load_env_file()
    missing = {kind: var for kind, var in VARIABLES.items() if not os.environ.get(var, "").strip()}
    if missing and not env.bool("DEBUG", default=True):
        raise ConfigError(
            f"{next(iter(missing.values()))} is not set, and with DEBUG=false no embedded server is started."
        )
    before = {name: os.environ.get(name) for name in (*missing.values(), "DEBUG")}
    with ExitStack() as stack:
        stack.callback(_restore, before)
        for kind, var in missing.items():
            os.environ[var] = stack.enter_context(_joined(kind, data_dir()))
        if "postgres" in missing:
            os.environ["DEBUG"] = os.environ.get("DEBUG") or "true"
        yield


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _joined(kind: str, data: Path) -> Iterator[str]:
    """Use a server, starting it if nobody does; yields its URL."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        # Opened for appending: `w` would empty a file that is not ours, and `r` needs it to exist.
        doors = [(data / f"{kind}.{name}").open("a") for name in ("door", "users", "keeper")]
    except OSError as error:
        raise EmbeddedError(
            f"The folder {data} can't be used: {error.strerror}. Set DATA_DIR to a folder of yours."
        ) from None
    door, users, keeper = doors
    process = None
    try:
        fcntl.flock(door, fcntl.LOCK_EX)  # one at a time
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping its server
        url = _kept(kind, data, keeper)
        if not url:
            process = _start(kind, data)
            url = _ready(kind, data, process)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield url
    finally:
        last = _leave(door, users, keeper)
        if last and (data / f"{kind}.url").exists():  # its keeper was killed: another one clears up and goes
            _start(kind, data).communicate()
        for file in doors:
            fcntl.flock(
                file, fcntl.LOCK_UN
            )  # said, not left to closing: a process forked meanwhile has the file open too
            file.close()
        if process and last:
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
        elif process:
            process.returncode = 0  # others still use it: it outlives us, and Python need not warn about that


def _kept(kind: str, data: Path, keeper) -> str | None:
    """The URL of a server that has a keeper; waits while that one is still starting it."""
    while not _free(keeper):
        try:
            return (data / f"{kind}.url").read_text()
        except FileNotFoundError:
            time.sleep(0.05)
    return None


def _start(kind: str, data: Path) -> subprocess.Popen:
    """Start a keeper, in a session of its own: Ctrl-C in our terminal must not reach the server before its users are done."""
    (data / f"{kind}.url").unlink(missing_ok=True)
    for_tests = ["--for-tests"] if os.environ.get("IOP_TEST_SERVERS") == "1" else []
    return subprocess.Popen(
        [sys.executable, "-P", str(KEEPER), kind, str(data), *for_tests],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _ready(kind: str, data: Path, process: subprocess.Popen) -> str:
    """Wait until the keeper closes its standard output: its server answers, or can't be started."""
    with process.stdout:
        said = process.stdout.read().strip()
    try:
        url = (data / f"{kind}.url").read_text()
    except FileNotFoundError:
        process.wait()
        raise EmbeddedError(said.splitlines()[-1] if said else f"The embedded {kind} does not start.") from None
    return url


def _leave(door, users, keeper) -> bool:
    """Stop using a server. Whoever leaves last (True) waits until it is stopped, so that nothing outlives its command."""
    fcntl.flock(door, fcntl.LOCK_EX)  # nobody comes in meanwhile
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        last = False
    else:
        last = True
    fcntl.flock(users, fcntl.LOCK_UN)
    deadline = time.monotonic() + 40
    while last and not _free(keeper) and time.monotonic() < deadline:
        time.sleep(0.02)
    return last


def _free(keeper) -> bool:
    """Whether no keeper is alive."""
    try:
        fcntl.flock(keeper, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(keeper, fcntl.LOCK_UN)
    return True
