"""`script/server`, really started and really stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from iop.env import BASE_DIR, ConfigError
from iop.server import MARK, choose_live_port
from tests.test_embedded import processes_of

pytestmark = pytest.mark.xdist_group(
    "server"
)  # two of these beside each other would be slower than one after the other


FIRST_START = 400  # seconds: every migration, and the example program, beside another worker's tests


def free_port() -> int:
    """A port nobody listens on, and the next one neither."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as first:
            port = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except (OSError, OverflowError):
                continue
        return port


def command(data: Path, *arguments: str, folder: Path | str = "/", **variables: str) -> subprocess.Popen:
    """script/server as a person starts it, from another folder, with none of the tests' own settings."""
    ours = (
        "DATABASE_URL",
        "REDIS_URL",
        "DEBUG",
        "JANUS_URL",
        "JANUS_SECRET",
        "DATA_DIR",
        "SITE_URL",
        "DJANGO_SETTINGS_MODULE",
        "PORT",
        "LIVE_PORT",
    )
    environment = {
        name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")
    }
    # IOP_TEST_SERVERS stays: .env is not read, and the servers may skip writing to disk.
    return subprocess.Popen(
        [BASE_DIR / "script" / "server", *arguments],
        cwd=folder,
        env=environment | {"DATA_DIR": str(data)} | variables,
        stdin=subprocess.DEVNULL,
        stdout=(data.parent / f"{data.name}.out").open("w"),
        stderr=(data.parent / f"{data.name}.err").open("w"),
        start_new_session=True,
    )


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def marked(data: Path) -> list[psutil.Process]:
    """The processes of the Procfile, by the mark they carry."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(data):
                found.append(process)
        except psutil.Error:
            continue
    return found


class Served:
    """A running script/server."""

    def __init__(self, data: Path, port: int, **variables: str):
        self.data, self.port = data, port
        self.process = command(data, "--port", str(port), **variables)
        deadline = time.monotonic() + FIRST_START
        while not (self._answers(f"{self.url}/health/") and self._answers(f"{self.live}/ws/health")):
            assert self.process.poll() is None, self.error()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.1)

    url = property(lambda self: f"http://127.0.0.1:{self.port}")
    live = property(lambda self: f"http://127.0.0.1:{self.port + 1}")

    @staticmethod
    def _answers(url: str) -> bool:
        try:
            return get(url)[0] == 200
        except OSError:
            return False

    def output(self) -> str:
        return (self.data.parent / f"{self.data.name}.out").read_text()

    def error(self) -> str:
        return (self.data.parent / f"{self.data.name}.err").read_text()

    def stop(self, number: int) -> int:
        """Send a signal; the exit code, once nothing it started is left."""
        self.process.send_signal(number)
        code = self.process.wait(60)
        assert marked(self.data) == []
        assert processes_of(self.data) == []
        return code


@contextmanager
def served(data: Path, **variables: str):
    server = Served(data, free_port(), **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGTERM)


def refused(data: Path, *arguments: str, **variables: str) -> str:
    """The one line with which it refuses to start; nothing was started."""
    process = command(data, *arguments, **variables)
    code = process.wait(120)
    said = (data.parent / f"{data.name}.err").read_text().strip()
    assert code == 1, said
    assert len(said.splitlines()) == 1, said
    assert "Traceback" not in said
    assert (data.parent / f"{data.name}.out").read_text() == ""
    assert marked(data) == [] and processes_of(data) == []
    return said


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A data folder that has been served from once; the first start is by far the longest."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    with served(data) as server:
        assert "Loading the example program" in server.output()
    return data


@pytest.fixture
def data(prepared, tmp_path) -> Path:
    """A copy of it, each file with its owner."""
    subprocess.run(["cp", "-a", prepared, tmp_path / "data folder"], check=True)
    return tmp_path / "data folder"


def test_from_start_to_stop_to_kill_to_start(data):
    with served(data) as server:
        # The pages, the live process, and whom to sign in as.
        assert get(f"{server.url}/health/") == (200, b'{"ok": true}')
        status, answer = get(f"{server.live}/ws/health")
        assert (status, json.loads(answer)) == (200, {"ok": True, "database": True, "redis": True})
        assert get(f"{server.live}/anything")[0] == 404
        with pytest.raises(InvalidStatus) as refusal:
            connect(f"ws://127.0.0.1:{server.port + 1}/ws/anything")
        assert refusal.value.response.status_code == 403
        assert f"http://127.0.0.1:{server.port}/" in server.output()
        assert len(re.findall(r"@example\.org", server.output())) >= 6
        names = {" ".join(process.cmdline()) for process in marked(data)}
        for word in ("granian", "uvicorn", "worker", "beat", "iop.media", "janus"):
            assert any(word in name for name in names), word
        # A second server of the same folder is refused, and the first goes on.
        second = command(data, "--port", str(free_port()))
        assert second.wait(60) == 1
        assert get(f"{server.url}/health/")[0] == 200
        # Ctrl-C in a terminal reaches the whole group.
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.stop(signal.SIGINT) == 130
        assert "Traceback" not in server.output() + server.error()
        assert "Loading the example" not in server.output()

    port = server.port
    server = Served(data, port)  # the same port at once
    server.process.kill()
    server.process.wait()
    assert marked(data)  # nobody could stop these

    server = Served(data, port)
    assert "that an earlier run left behind" in server.output()
    assert server.stop(signal.SIGTERM) == 143
    assert {path.name for path in data.glob("*.url")} == set()


def test_side_by_side_and_one_that_loses_a_process(data, tmp_path):
    subprocess.run(["cp", "-a", data, tmp_path / "two"], check=True)
    with served(data) as one, served(tmp_path / "two") as two:
        assert get(f"{one.url}/health/")[0] == get(f"{two.url}/health/")[0] == 200
        worker = next(process for process in marked(one.data) if "worker" in process.cmdline())
        worker.kill()
        assert one.process.wait(60) == 1
        assert "A process ended by itself" in one.error()
        assert marked(one.data) == [] and processes_of(one.data) == []
        assert get(f"{two.url}/health/")[0] == 200
        assert two.stop(signal.SIGHUP) in (129, 143)


def test_health_says_when_a_server_is_lost(data):
    with served(data) as server:
        lost = [process for process in processes_of(server.data) if "keeper.py" in " ".join(process.cmdline())]
        servers = [child for keeper in lost for child in keeper.children()]
        for process in [*lost, *servers]:
            process.kill()
        psutil.wait_procs(servers, timeout=10)
        assert get(f"{server.url}/health/") == (503, b'{"ok": false, "database": "unreachable"}')
        status, answer = get(f"{server.live}/ws/health")
        assert (status, json.loads(answer)) == (503, {"ok": False, "database": False, "redis": False})


def test_port_in_use(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert refused(tmp_path / "data", "--port", str(port)).startswith(f"Port {port} is in use.")
        assert refused(tmp_path / "data", PORT=str(port)).startswith(f"Port {port} is in use.")
        said = refused(tmp_path / "data", "--port", str(free_port()), LIVE_PORT=str(port))
        assert said.startswith(f"LIVE_PORT {port} is in use.")
    assert not (tmp_path / "data" / "postgres").exists()


def test_live_port_moves_on_unless_it_was_chosen(monkeypatch):
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        assert choose_live_port("127.0.0.1", port) > port + 1
        monkeypatch.setenv("LIVE_PORT", str(port + 1))
        with pytest.raises(ConfigError, match="in use"):
            choose_live_port("127.0.0.1", port)
    monkeypatch.setenv("LIVE_PORT", str(port))
    with pytest.raises(ConfigError, match="the pages' port too"):
        choose_live_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'; it must be a whole number."),
        ({"PORT": "70000"}, "PORT is 70000; it must be 65535 or less."),
        ({"LISTEN": "192.0.2.1"}, "can't be opened on 192.0.2.1"),
        ({"DEBUG": "ture"}, "DEBUG is 'ture'; it must be true or false."),
        ({"SITE_URL": "example.org"}, "SITE_URL must start with http:// or https://"),
        ({"DATA_DIR": "/dev/null/x"}, "The folder /dev/null/x can't be used"),
        ({"DEBUG": "true", "DATABASE_URL": "postgres://u:secret@127.0.0.1:1/x"}, "The database can't be reached"),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1"}, "Redis can't be reached"),
    ],
)
def test_wrong_surroundings_are_one_line(tmp_path, variables, words):
    variables = {"PORT": str(free_port())} | variables
    said = refused(tmp_path / "data", **variables)
    assert words in said
    assert "secret" not in said


def test_ctrl_c_while_it_is_still_starting(tmp_path):
    data = tmp_path / "data"
    process = command(data, "--port", str(free_port()))
    deadline = time.monotonic() + 60
    while not (data / "postgres").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert marked(data) == [] and processes_of(data) == []
    assert "Traceback" not in (tmp_path / "data.err").read_text()


@pytest.mark.parametrize("old", ["", "print('Python 3.10.1'); raise SystemExit(1)"])
def test_too_old_or_no_python_is_one_line(tmp_path, old):
    """In a folder without .venv, on a PATH whose every Python is too old, or that has none."""
    folder = tmp_path / "checkout"
    (folder / "script").mkdir(parents=True)
    for name in ("script/_setup.sh", "script/server", "requirements.txt"):
        (folder / name).write_bytes((BASE_DIR / name).read_bytes())
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "cat", "cmp", "id"):
        (tools / name).symlink_to(
            next(Path(place) / name for place in ("/usr/bin", "/bin") if (Path(place) / name).exists())
        )
    if old:
        (tools / "python3").write_text('#!/bin/bash\n[ "$1" = --version ] && echo Python 3.10.1 && exit 0\nexit 1\n')
        (tools / "python3").chmod(0o755)
    result = subprocess.run(
        ["bash", folder / "script" / "server"], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=30
    )
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Python 3.11 or newer is needed" in result.stderr
    assert ("Python 3.10.1" in result.stderr) == bool(old)
