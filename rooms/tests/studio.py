"""Rooms with sound and pictures for tests of what goes wrong in them: pages in browsers that can be killed or frozen, and people
without a page of their own, who only send a small picture and a tone."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import Browser, Page

from accounts.access import Role
from rooms.media.base import MediaRoom
from rooms.media.janus import JanusBackend
from rooms.models import Participant, Room
from rooms.services.passes import media_room
from rooms.tests.crowd import Tab
from rooms.tests.janus import RunningJanus
from rooms.tests.live import Live, house_on_air, let_in
from rooms.tests.test_browser_media import SPY, WANTS
from scheduling.models import Session
from tests.browser import QUIET
from tests.desk import browser_of
from tests.desk_browser import open_as
from tests.factories import House
from tests.stack import wait_for

# Cameras of few pictures a second: two cores carry many of them.
LIGHT = (
    "--use-fake-device-for-media-stream=fps=5",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
OTHER_HOSTS = "127.0.0.1,localhost,.room.localhost"  # a cookie for each person, in one page
CROWD = (Path(__file__).parent / "media_crowd.js").read_text()


@dataclass
class Studio:
    """A session that is on, with all that carries it. complaints: what the consoles of its pages said."""

    live: Live
    janus: RunningJanus
    server: object
    house: House
    session: Session
    complaints: list[list[str]] = field(default_factory=list)

    def page(self, browser: Browser, user, **context) -> Page:
        """The room's page of somebody who wants to be seen and heard. It is marked: a page that was loaded anew is not."""
        page = self._opened(browser, user, **context)
        self.go(page, user)
        return page

    def _opened(self, browser: Browser, user, **context) -> Page:
        page, said = open_as(browser, self.server, user, **{"permissions": ["camera", "microphone"], **context})
        self.complaints.append(said)
        page.add_init_script(SPY + f"if (!sessionStorage.getItem('room-wants')) {WANTS};")
        return page

    def lossy_page(self, browser: Browser, user) -> tuple[Page, Callable[[int], object]]:
        """The same, and what makes its network lose so many percent of the packets of sound and pictures, both ways."""
        page = self._opened(browser, user)
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")

        def lose(percent: int) -> None:
            conditions = {"offline": False, "latency": 1, "downloadThroughput": -1, "uploadThroughput": -1}
            tools.send("Network.emulateNetworkConditions", conditions | {"packetLoss": percent})

        lose(0)  # a connection that was there before it is not touched
        self.go(page, user)
        return page, lose

    def go(self, page: Page, user) -> None:
        """Go to the room in this page."""
        door = "my" if user.roles == {Role.PATIENT} else "desk"
        page.goto(f"/{door}/rooms/{self.session.uid}/")
        page.evaluate("window.neverLoadedAgain = true")

    def room(self) -> Room:
        return Room.objects.select_related("session__group").get(session=self.session)

    def media_room(self) -> MediaRoom:
        return media_room(self.room())

    def ticket(self, user) -> Participant:
        return Participant.objects.select_related("room").get(room__session=self.session, user=user)

    def on_the_server(self) -> dict[str, int]:
        """How many connections each person has on the media server, by key."""
        found: dict[str, int] = {}
        for one in JanusBackend().participants(self.media_room()):
            found[one.key] = found.get(one.key, 0) + 1
        return found


def aside(deed: Callable):
    """In a thread, as the house does it: this one has Playwright's loop."""

    def and_close():
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(and_close).result(30)


def same_page(*pages: Page) -> None:
    """None of them was loaded anew."""
    assert all(page.evaluate("window.neverLoadedAgain") for page in pages)


class Crowd:
    """People without a page of their own, all in one page: each comes through the gate as themselves, with their own cookie."""

    def __init__(self, browser: Browser, files: str, studio: Studio):
        self.studio = studio
        self.page = browser.new_context().new_page()
        self.page.goto(files.replace("127.0.0.1", "page.room.localhost"))
        self.page.evaluate(CROWD)
        self.tabs: dict[str, Tab] = {}  # their place in the room, by key

    def publish(self, user) -> str:
        """Come in and send; "" when somebody is seen and heard, else what was said to them."""
        name, key = django_settings.SESSION_COOKIE_NAME, self.studio.ticket(user).key
        self.tabs[key] = Tab(self.studio.live, user, self.studio.session).here()
        host = f"{key}.room.localhost"
        value = browser_of(user).cookies[name].value
        self.page.context.add_cookies([{"name": name, "value": value, "url": f"http://{host}"}])
        address = f"ws://{host}:{self.studio.live.port}/ws/rooms/{self.studio.session.uid}/media/"
        return self.page.evaluate("([key, address]) => crowd.publish(key, address)", [key, address])

    def second(self, user) -> str:
        """The same by a second connection of theirs, as a page does that shows a screen."""
        return self.page.evaluate("(key) => crowd.second(key)", self.studio.ticket(user).key)

    def leave(self, user) -> None:
        key = self.studio.ticket(user).key
        self.page.evaluate("(key) => crowd.leave(key)", key)
        self.tabs.pop(key).close()

    def close(self) -> None:
        for tab in self.tabs.values():
            tab.close()

    def sent(self) -> dict[str, list[int]]:
        """[frames, bytes of sound] that each has sent, by key."""
        return self.page.evaluate("crowd.sent()")


class OwnBrowser:
    """A browser whose processes a test may kill or freeze."""

    def __init__(self, other: Browser, folder: Path):
        found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        with (folder / "browser.log").open("wb") as log:
            self.process = subprocess.Popen(
                [found, *QUIET, *LIGHT, "--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        port = folder / "DevToolsActivePort"
        wait_for(lambda: port.exists() and len(port.read_text().splitlines()) == 2, why="a browser did not start")
        number = port.read_text().splitlines()[0]
        self.driven: Browser = other.browser_type.connect_over_cdp(f"http://127.0.0.1:{number}")

    def signal(self, number: int) -> None:
        """To all of its processes, renderers and their like too."""
        for process in [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """All at once: stopped first, since one killed before the others leaves them the time to say goodbye to the room."""
        if self.process.poll() is None:
            self.freeze()
            self.signal(signal.SIGKILL)
            self.process.wait(10)


@contextlib.contextmanager
def own_browser(other: Browser, folder: Path) -> Iterator[OwnBrowser]:
    """One more browser beside `other`; gone in the end, whatever was done to it."""
    folder.mkdir()
    made = OwnBrowser(other, folder)
    try:
        yield made
    finally:
        made.kill()
        with contextlib.suppress(Exception):
            made.driven.close()


@contextlib.contextmanager
def studio_on(janus: RunningJanus, live_server, folder: Path, settings, *, members: int = 0, **variables: str):
    """A studio of the cast, with so many more members: Alice, Pat and Quinn are let in. variables: of its live process."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    live = Live(folder, **janus.variables(), **variables)
    try:
        settings.LIVE_DIRECT_PORT = live.port
        house, session = house_on_air(members=members)
        let_in(house, session)
        made = Studio(live, janus, live_server, house, session)
        yield made
    finally:
        live.stop()
    assert "Traceback" not in live.log(), live.log()[-3000:]


@pytest.fixture
def a_studio(janus, transactional_db, live_server, tmp_path, settings) -> Iterator[Studio]:
    """A session that is on, with sound and pictures."""
    with studio_on(janus, live_server, tmp_path, settings) as made:
        yield made
