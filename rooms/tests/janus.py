"""A real Janus for tests, with the configuration the house writes, on ports of its own; and what it tells by its hook."""

import http.server
import itertools
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from iop.janus import JanusConfig, write_config
from iop.keys import media_secrets
from rooms.media.base import MediaEvent
from rooms.media.janus import JanusBackend

SECRET = "a secret of the tests, and of nothing else"


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps every call; answers as told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments):
        """Nothing."""


class RunningJanus:
    """A media server and what it told so far. Kill it with `kill`, start it again with `start`."""

    def __init__(self, folder: Path):
        self.hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.hook.calls = []
        threading.Thread(target=self.hook.serve_forever, daemon=True).start()
        ws, admin = free_ports(2)
        os.environ["JANUS_SECRET"] = SECRET
        self.secrets = media_secrets(debug=True)
        del os.environ["JANUS_SECRET"]
        self.config = JanusConfig(
            folder=folder / "janus",
            secrets=self.secrets,
            hook=f"http://127.0.0.1:{self.hook.server_port}/hooks/media/",
            ws_port=ws,
            admin_port=admin,
        )
        self.url, self.admin_url = f"ws://127.0.0.1:{ws}", f"http://127.0.0.1:{admin}/admin"
        self.log = folder / "janus.log"
        self.process: subprocess.Popen | None = None

    def variables(self) -> dict[str, str]:
        """The environment of a process of ours that uses it."""
        return {"JANUS_URL": self.url, "JANUS_ADMIN_URL": self.admin_url, "JANUS_SECRET": SECRET}

    def start(self) -> None:
        binary = shutil.which("janus")
        assert binary, "script/test installs janus; by hand: apt-get install janus"
        folder = write_config(self.config)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([binary, "-F", str(folder)], stdout=log, stderr=log)
        for _moment in range(200):
            assert self.process.poll() is None, self.log.read_text()
            try:
                if requests.post(self.admin_url, json={"janus": "ping", "transaction": "t"}, timeout=2).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.hook.shutdown()

    def admin(self, **message: object) -> dict:
        """What its admin door answers."""
        secret = {"transaction": "t", "admin_secret": self.secrets["admin"]}
        return requests.post(self.admin_url, json=message | secret, timeout=5).json()

    def plugin(self, **request: object) -> dict:
        """What the plugin answers."""
        return self.admin(janus="message_plugin", plugin="janus.plugin.videoroom", request=request)["response"]

    def room(self, number: int) -> dict:
        """All it says about one room, private ones too."""
        rooms = self.plugin(request="list", admin_key=self.secrets["rooms"])["list"]
        return next((room for room in rooms if room["room"] == number), {})

    def told(self) -> list[MediaEvent]:
        """The facts of every call so far, in their order."""
        calls = (JanusBackend().parse_events(body, headers) for headers, body in self.hook.calls)
        return list(itertools.chain.from_iterable(calls))

    def raw(self) -> list[dict]:
        """The same as it sent them."""
        return [one for _headers, body in self.hook.calls for one in json.loads(body)]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _number in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture(scope="session")
def running_janus(tmp_path_factory) -> Iterator[RunningJanus]:
    """One for the whole run: each test uses rooms of its own."""
    running = RunningJanus(tmp_path_factory.mktemp("janus"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def janus(running_janus, settings) -> RunningJanus:
    """It, and settings that lead there."""
    if running_janus.process.poll() is not None:
        running_janus.start()
    point_to(running_janus, settings)
    running_janus.hook.calls.clear()
    return running_janus


def point_to(running: RunningJanus, settings) -> None:
    """Let our settings lead to it."""
    settings.JANUS_SECRETS = running.secrets
    settings.JANUS_URL, settings.JANUS_ADMIN_URL = running.url, running.admin_url
