"""The embedded Postgres and Redis: shared by the processes of a checkout, stopped by the last, whatever was killed."""

import os
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from iop.env import BASE_DIR

# What any process of the project does; it says where the servers are and stays until its standard input is closed.
USER = """
import os, sys
from iop.embedded import EmbeddedError, ensure_servers
try:
    with ensure_servers():
        print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], os.environ["DEBUG"], flush=True)
        sys.stdin.read()
except EmbeddedError as error:
    sys.exit(str(error))
"""


def start_user(data: Path, **variables: str) -> subprocess.Popen:
    """A process that uses the servers of a data folder."""
    variables = {"DATABASE_URL": "", "REDIS_URL": "", "DEBUG": "", "DATA_DIR": str(data)} | variables
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", USER],
        cwd=BASE_DIR,
        env=os.environ | variables,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def urls(user: subprocess.Popen) -> list[str]:
    """Where its servers are."""
    said = user.stdout.readline().split()
    assert len(said) == 3, user.stderr.read()
    return said[:2]


@contextmanager
def using(data: Path, **variables: str):
    """A user's process for the time of a block; yields (process, Postgres URL, Redis URL)."""
    user = start_user(data, **variables)
    try:
        yield user, *urls(user)
    finally:
        user.communicate(timeout=60)


def processes_of(data: Path) -> list[psutil.Process]:
    """All that runs for a data folder: keepers, servers, and what these started."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if str(data) in " ".join(command) or (
                process.name() == "postgres" and process.cwd() == str(data / "postgres")
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until_nothing_runs(data: Path) -> None:
    deadline = time.monotonic() + 30
    while left := processes_of(data):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
    assert not list(data.glob("*.url"))
    assert not (data / "postgres" / "postmaster.pid").exists()


def ask(url: str, statement: str, **connection):
    with closing(psycopg2.connect(url, **connection)) as open_connection:
        open_connection.autocommit = True
        with open_connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None


def test_real_servers_by_socket_only(tmp_path):
    with using(tmp_path) as (_user, database, broker):
        version, role, zone, superuser = ask(
            database,
            "SELECT version(), current_user, current_setting('timezone'), usesuper FROM pg_user WHERE usename = current_user",
        )
        assert version.startswith("PostgreSQL 18")
        assert (role, zone, superuser) == ("iop", "UTC", False)
        assert ask(database, "SHOW listen_addresses") == ("",)
        assert int(ask(database, "SHOW max_connections")[0]) == 200
        client = redis.Redis.from_url(broker)
        assert client.ping()
        assert client.config_get("port") | client.config_get("appendonly") == {"port": "0", "appendonly": "no"}
        for url_path in (tmp_path / "postgres", tmp_path / "redis"):
            assert url_path.stat().st_mode & 0o077 == 0
        if os.geteuid() == 0:
            assert {
                process.username()
                for process in processes_of(tmp_path)
                if process.name() in ("postgres", "redis-server")
            } == {"pgserver"}
    wait_until_nothing_runs(tmp_path)


def test_data_stays_until_the_next_start(tmp_path):
    with using(tmp_path) as (_user, database, _broker):
        ask(database, "CREATE TABLE kept AS SELECT 42 AS answer")
    wait_until_nothing_runs(tmp_path)
    with using(tmp_path) as (_user, database, _broker):
        assert ask(database, "SELECT answer FROM kept") == (42,)


def test_many_start_at_once_and_share(tmp_path):
    users = [start_user(tmp_path) for _ in range(5)]
    assert len({tuple(urls(user)) for user in users}) == 1
    keepers = [process for process in processes_of(tmp_path) if any("keeper.py" in part for part in process.cmdline())]
    assert len(keepers) == 2
    *rest, last = users
    for user in rest:
        user.communicate(timeout=60)
    database = (tmp_path / "postgres.url").read_text()
    assert ask(database, "SELECT 1") == (1,)
    last.communicate(timeout=60)
    assert processes_of(tmp_path) == []
    wait_until_nothing_runs(tmp_path)


def test_a_killed_last_user_leaves_nothing_running(tmp_path):
    with using(tmp_path) as (user, _database, _broker):
        user.kill()
    wait_until_nothing_runs(tmp_path)


def test_start_after_everything_was_killed_at_once(tmp_path):
    # With the settings of real use: those of the tests may lose what was just written.
    with using(tmp_path, IOP_TEST_SERVERS="") as (user, database, _broker):
        ask(database, "CREATE TABLE kept AS SELECT 42 AS answer")
        for process in [*processes_of(tmp_path), psutil.Process(user.pid)]:
            process.kill()
    assert (tmp_path / "postgres" / "postmaster.pid").exists()
    assert (tmp_path / "redis" / "redis.sock").exists()
    # The dead server's number has been given to somebody else, who is alive; Postgres alone would not start.
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getpid()), *pid_file.read_text().splitlines()[1:]]) + "\n")
    with using(tmp_path) as (_user, database, broker):
        assert ask(database, "SELECT answer FROM kept") == (42,)
        assert redis.Redis.from_url(broker).ping()
    wait_until_nothing_runs(tmp_path)


def test_killed_keepers_are_made_up_for(tmp_path):
    with using(tmp_path) as (_user, database, _broker):
        for process in processes_of(tmp_path):
            if any("keeper.py" in part for part in process.cmdline()):
                process.kill()
        assert ask(database, "SELECT 1") == (1,)
    wait_until_nothing_runs(tmp_path)


@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_a_killed_server_comes_back_while_it_is_used(tmp_path, kind):
    with using(tmp_path) as (_user, database, broker):
        keeper = next(
            process
            for process in processes_of(tmp_path)
            if any("keeper.py" in part for part in process.cmdline()) and kind in process.cmdline()
        )
        (server,) = keeper.children()
        server.kill()
        deadline = time.monotonic() + 30
        while True:
            try:
                assert ask(database, "SELECT 1") == (1,) if kind == "postgres" else redis.Redis.from_url(broker).ping()
                break
            except (psycopg2.OperationalError, redis.ConnectionError):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert server not in keeper.children()
    wait_until_nothing_runs(tmp_path)


def test_a_long_path_with_spaces_and_quotes(tmp_path):
    data = tmp_path / "a folder, with \"quotes\" & 'spaces'" / ("long " * 25).strip()
    data.mkdir(parents=True)
    with using(data) as (_user, database, broker):
        assert ask(database, "SELECT 1") == (1,)
        assert redis.Redis.from_url(broker).ping()
        (folder,) = ask(database, "SHOW unix_socket_directories", user="postgres")
        folder = Path(folder.strip('"'))
        assert not folder.is_relative_to(data)
        assert folder.stat().st_mode & 0o077 == 0
    wait_until_nothing_runs(data)
    assert not folder.exists()


def test_a_short_path_with_spaces_and_a_comma(tmp_path_factory):
    data = tmp_path_factory.getbasetemp() / "a, b"
    data.mkdir()
    with using(data) as (_user, database, broker):
        assert ask(database, "SELECT 1") == (1,)
        assert redis.Redis.from_url(broker).ping()


def test_no_values_of_a_failing_row_in_the_log(tmp_path):
    word = "Papaverine"
    mistakes = [
        f"INSERT INTO notes VALUES (1, '{word}'), (1, '{word}')",
        f"INSERT INTO notes VALUES ('{word}', '')",
        f"SELECT 1 / 0 AS {word}",
    ]
    log = tmp_path / "postgres.log"

    def make_mistakes(database, **connection):
        for mistake in mistakes:
            with pytest.raises(psycopg2.Error):
                ask(database, mistake, **connection)

    with using(tmp_path) as (_user, database, _broker):
        ask(
            database,
            "CREATE TABLE notes (id int PRIMARY KEY, text text CHECK (text <> '')); GRANT ALL ON notes TO PUBLIC",
        )
        make_mistakes(database)
        assert word not in log.read_text()
        # Negative control: with Postgres's own defaults the same mistakes write the word down.
        defaults = "-c log_min_messages=warning -c log_min_error_statement=error -c log_error_verbosity=default"
        make_mistakes(database, user="postgres", options=defaults)
        assert word in log.read_text()


def test_an_unreadable_snapshot_does_not_stop_redis(tmp_path):
    with using(tmp_path):
        pass
    (tmp_path / "redis" / "dump.rdb").write_bytes(b"REDIS9999 from the future")
    with using(tmp_path) as (_user, _database, broker):
        assert redis.Redis.from_url(broker).ping()


def test_only_what_is_missing_is_started(tmp_path):
    with using(tmp_path, DATABASE_URL="postgres://u@db.invalid/n", DEBUG="true") as (_user, database, broker):
        assert database == "postgres://u@db.invalid/n"
        assert redis.Redis.from_url(broker).ping()
        assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda data: (data / "postgres" / "x").mkdir(parents=True), "is not a Postgres data folder"),
        (lambda data: _write(data / "postgres" / "PG_VERSION", "16\n"), "was made by Postgres 16, this is 18"),
        (lambda data: _write(data / "redis", ""), "The embedded redis can't be started: File exists"),
    ],
)
def test_what_can_not_be_started_is_said_in_one_line(tmp_path, break_it, words):
    break_it(tmp_path)
    user = start_user(tmp_path)
    said, error = user.communicate(timeout=60)
    assert user.returncode == 1
    assert said == ""
    assert words in error.strip().splitlines()[-1], error
    assert "Traceback" not in error
    wait_until_nothing_runs(tmp_path)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
