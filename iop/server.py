"""`script/server`: prepares the database, then runs every process of the Procfile until Ctrl-C.

Written as a program rather than a call of `honcho start`, so that a port in use is said before anything starts, and what a
killed run left behind is cleared away before the next one.
"""

import argparse
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, closing

import psutil

from iop.embedded import ensure_servers
from iop.env import BASE_DIR, ConfigError, data_dir, env, load_env_file
from iop.failures import one_line_failures
from iop.janus import ADMIN_PORT, WS_PORT
from iop.media import install, wanted_here

# In the environment of the processes we run (not of the keepers): by it the next run finds what is left of this one.
MARK = "IOP_SERVER_OF"


class Refused(ConfigError):
    """The server can't start here and now; one line says why."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/server", description="Run Virtual IOP on this machine until Ctrl-C.")
    parser.add_argument("--port", help="the pages' port (PORT, else 8000)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave through every `finally`, as for Ctrl-C
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))  # the terminal was closed
    try:
        with one_line_failures():
            load_env_file()
            if given.port:
                os.environ["PORT"] = given.port
            return serve()
    except KeyboardInterrupt:
        return 130


def serve() -> int:
    """Check, prepare, run. Returns the exit code."""
    host = env.str("LISTEN", default="127.0.0.1")
    port = env.int("PORT", default=8000, minimum=1, maximum=65535)
    data = data_dir()
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "server.lock").open("a")
    except OSError as error:
        raise Refused(
            f"The folder {data} can't be used: {error.strerror}. Set DATA_DIR to a folder of yours."
        ) from None
    with lock:
        # A record lock, not flock: a process forked from a run that was killed must not keep it.
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                "A server of this folder is running already. Stop it first, or set DATA_DIR to another folder."
            ) from None
        clear_leftovers("Stopping {} processes that an earlier run left behind.")
        if problem := unusable(host, port):
            raise Refused(
                f"Port {port} {problem}. Choose another: script/server --port {port + 1 if port < 65535 else 8000}"
            )
        live_port = choose_live_port(host, port)
        os.environ.update(
            {
                "PORT": str(port),
                "LIVE_PORT": str(live_port),
                "LIVE_DIRECT_PORT": str(live_port),
                "LISTEN": host,
                "DATA_DIR": str(data),
            }
        )
        os.environ["SITE_URL"] = os.environ.get("SITE_URL") or f"http://127.0.0.1:{port}"
        os.environ["PYTHONUNBUFFERED"] = "1"
        with ExitStack() as held:
            if wanted_here() and install():
                os.environ.update(choose_media_ports(taken={port, live_port}, held=held))
            held.enter_context(ensure_servers())
            # A process of its own: Django's memory is free again when it is done. Ctrl-C reaches it through us.
            # Celery warns anew at every start that root runs it; whoever does so here means it.
            marked = os.environ | {MARK: str(data), "PYTHONWARNINGS": "ignore:::celery.platforms"}
            command = [sys.executable, "-m", "iop.prepare"]
            if subprocess.run(command, cwd=BASE_DIR, env=marked, start_new_session=True).returncode:
                return 1
            return run_procfile(marked)


def unusable(host: str, port: int) -> str | None:
    """Why nobody can listen there; None when we can."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError:
        return "is reserved for the system"
    except OSError as error:
        return "is in use" if error.errno == errno.EADDRINUSE else f"can't be opened on {host} ({error.strerror})"
    return None


def choose_live_port(host: str, port: int) -> int:
    """LIVE_PORT when it was set, else the first free one after the pages' port."""
    if live_port := env.int("LIVE_PORT", default=0, minimum=1, maximum=65535):
        if live_port == port:
            raise Refused(f"LIVE_PORT is {live_port}, which is the pages' port too. Set another.")
        if problem := unusable(host, live_port):
            raise Refused(f"LIVE_PORT {live_port} {problem}. Set another, or none.")
        return live_port
    for candidate in range(port + 1, min(port + 100, 65536)):
        if not unusable(host, candidate):
            return candidate
    raise Refused(f"No port after {port} is free for live rooms. Set LIVE_PORT.")


def choose_media_ports(*, taken: set[int], held: ExitStack) -> dict[str, str]:
    """JANUS_WS_PORT and JANUS_ADMIN_PORT where they were set, else the first free ones from the usual; never one of `taken`.

    Janus opens them much later, so they are `held` until then and after it: two servers started at once choose different ones.
    """
    host = env.str("JANUS_LISTEN", default="127.0.0.1")
    wanted = {
        "JANUS_WS_PORT": (env.int("JANUS_WS_PORT", default=0, minimum=1, maximum=65535), WS_PORT),
        "JANUS_ADMIN_PORT": (env.int("JANUS_ADMIN_PORT", default=0, minimum=1, maximum=65535), ADMIN_PORT),
    }
    chosen: dict[str, str] = {}
    for var, (given, usual) in wanted.items():
        if given and (problem := "is used by another process of ours" if given in taken else unusable(host, given)):
            raise Refused(f"{var} {given} {problem}. Set another, or none.")
        port, holder = given, hold(host, given) if given else None
        for port in () if given else range(usual, usual + 1000):
            if port not in taken and not unusable(host, port) and (holder := hold(host, port)):
                break
        if not given and not holder:
            raise Refused(f"No port from {usual} on is free for the media server. Set {var}.")
        if holder:  # one that was given is used even while an earlier run's connections there die away
            held.enter_context(holder)
        taken = taken | {port}
        chosen[var] = str(port)
    return chosen


def hold(host: str, port: int) -> socket.socket | None:
    """A socket bound there; None where somebody holds it already.

    It does not listen and lets its address be used again, so a program that reuses addresses, as Janus does, still can listen.
    """
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    holder = socket.socket(family, kind, protocol)
    try:
        holder.bind(address)
    except OSError:
        holder.close()
        return None
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return holder


def clear_leftovers(announcement: str) -> None:
    """Stop what a run of this folder left behind: it, or its honcho, was killed."""
    left = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == str(data_dir()):
                left.append(process)
        except psutil.Error:  # somebody else's, or gone meanwhile
            continue
    if not left:
        return
    print(announcement.format(len(left)), flush=True)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for process in left:
            try:
                end(process)
            except psutil.NoSuchProcess:
                continue
        left = psutil.wait_procs(left, timeout=5)[1]


def run_procfile(environment: dict[str, str]) -> int:
    """Run the Procfile by honcho until one process ends or we are told to; then all of them end."""
    told = []
    honcho = None

    def end(number, _frame):
        told.append(number)
        if honcho:
            honcho.terminate()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        # In a session of its own: Ctrl-C reaches it once, through us. Its own reading of `.env` would overrule the environment.
        command = [sys.executable, "-m", "honcho", "start", "--env", os.devnull, "--port", environment["PORT"]]
        honcho = subprocess.Popen(command, cwd=BASE_DIR, env=environment, start_new_session=True)
        if told:
            honcho.terminate()
        honcho.wait()
    finally:
        clear_leftovers("Stopping {} processes that did not end with the others.")
    if told:
        return 128 + told[0]
    print("A process ended by itself, so the others were stopped too.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
