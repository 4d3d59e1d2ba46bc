"""The media server under measurement: a real Janus configured as ours, and a few real pages with sound and pictures."""

import contextlib
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests
from django.conf import settings
from django.db import connections

from bench.processes import Cost, Meter, Server, free_port
from bench.room_world import On
from iop.janus import JanusConfig, write_config
from iop.keys import media_secrets
from rooms.media.janus import JanusBackend
from rooms.services.passes import media_room

BROWSERS, SECONDS = 4, 30
FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# Every connection of the page, so that the pictures that come in can be counted. A debugger's script: the page has no such door.
SPY = """
sessionStorage.setItem('room-wants', JSON.stringify({microphone: true, camera: true}));
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
window.pictures = async () => {
  let found = 0;
  for (const connection of window.connections) {
    if (connection.connectionState === "closed") continue;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "video") found += report.framesDecoded > 0;
    }
  }
  return found;
};
"""


class Media:
    """A running media server. variables: how a process of ours is led to it."""

    def __init__(self, folder: Path):
        self.folder, self.web_port, ws, admin = folder, free_port(), free_port(), free_port()
        secret = secrets.token_urlsafe(32)
        self.variables = {
            "JANUS_URL": f"ws://127.0.0.1:{ws}",
            "JANUS_ADMIN_URL": f"http://127.0.0.1:{admin}/admin",
        }
        os.environ["JANUS_SECRET"] = secret
        settings.JANUS_SECRETS = media_secrets(debug=True)
        settings.JANUS_URL, settings.JANUS_ADMIN_URL = self.variables["JANUS_URL"], self.variables["JANUS_ADMIN_URL"]
        config = JanusConfig(
            folder=folder / "janus",
            secrets=settings.JANUS_SECRETS,
            hook=f"http://127.0.0.1:{self.web_port}/hooks/media/",
            ws_port=ws,
            admin_port=admin,
        )
        with (folder / "janus.log").open("ab") as said:
            self.process = subprocess.Popen(
                [shutil.which("janus"), "-F", str(write_config(config))], stdout=said, stderr=said
            )
        deadline = time.monotonic() + 20
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("janus did not come up")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.post(settings.JANUS_ADMIN_URL, json={"janus": "ping", "transaction": "t"}, timeout=2).ok
        return False

    def make_rooms(self, world: list[On]) -> None:
        """A media room for each, with nobody in it."""
        for one in world:
            JanusBackend().ensure_room(media_room(one.room))

    def stop(self) -> None:
        """End it as its supervisor would."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def with_browsers(
        self, on: On, cookies: list[str], live: Server, processes: dict[str, Callable], **variables: str
    ) -> dict[str, dict[str, Cost]]:
        """What everything costs while a few real pages of one room see and hear each other."""
        command = [
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--blocking-threads",
            "4",
        ]
        command += ["--no-ws", "--log-level", "warning", "bench.wsgi:application"]
        variables |= self.variables | {"LIVE_DIRECT_PORT": str(live.port)}
        web = Server(self.folder / "web.log", command, port=self.web_port, **variables)
        try:
            with _pages(on, cookies, f"http://127.0.0.1:{web.port}") as pages:
                wait_for_pictures(pages)
                meter = Meter(processes | {"web": lambda: web.all()})
                meter.start()
                time.sleep(SECONDS)
                costs = meter.stop()
                connections.close_all()  # the browser's driver keeps an event loop here, and with it a connection of its own
                wait_for_pictures(pages)
        finally:
            web.stop()
        streams = len(pages)
        case = f"{streams} pages that send a picture and a voice each and receive {streams - 1}, {SECONDS} s"
        return {case: costs}


@contextlib.contextmanager
def media_server(folder: Path, world: list[On]) -> Iterator[Media | None]:
    """A media server with a room for each of these; None where there is no janus on PATH."""
    if not shutil.which("janus"):
        yield None
        return
    media = Media(folder)
    try:
        media.make_rooms(world)
        yield media
    finally:
        media.stop()


@contextlib.contextmanager
def _pages(on: On, cookies: list[str], site: str) -> Iterator[list]:
    """The room's real page, opened by its first people in a real browser whose devices are pretended."""
    from tests.browser import chromium

    with chromium(FLAGS) as browser:
        pages = []
        for number, cookie in enumerate(cookies[:BROWSERS]):
            context = browser.new_context(base_url=site, permissions=["camera", "microphone"])
            name, _is, value = cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": site}])
            page = context.new_page()
            page.add_init_script(SPY)
            page.goto(f"/{'desk' if number < 2 else 'my'}/rooms/{on.session.uid}/")
            pages.append(page)
        yield pages


def wait_for_pictures(pages: list, seconds: int = 60) -> None:
    """Until each page shows a picture of each other. Raises RuntimeError when it does not."""
    deadline = time.monotonic() + seconds
    while not all(page.evaluate("pictures()") >= len(pages) - 1 for page in pages):
        if time.monotonic() > deadline:
            raise RuntimeError(f"pages do not see each other: {[page.evaluate('pictures()') for page in pages]}")
        pages[0].wait_for_timeout(250)
