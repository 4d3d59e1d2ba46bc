"""Real sockets for tests: the live process as it is run, on the tests' database, and pages that speak to it."""

import contextlib
import datetime as dt
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone
from websockets.sync.client import ClientConnection, connect

from accounts.access import Role
from accounts.services import set_staff_profile
from groups.models import Group
from iop.env import database_url
from rooms.models import Participant
from rooms.services.arrivals import Given, give
from rooms.services.door import admit
from rooms.services.passes import enter
from rooms.tests.seed import seed_for
from scheduling.models import Session
from scheduling.services import add_session, cancel_session, seat_member
from tests.desk import browser_of
from tests.desk_browser import open_as
from tests.factories import House, build_house, make_patient
from tests.stack import wait_for

PATIENCE = 20  # seconds that something which has to come may take: a busy machine is no fault


class Live:
    """The live process. It can be killed and started again on the same port."""

    def __init__(self, folder, application: str = "iop.asgi:application", **variables: str):
        self.folder, self.application, self.variables, self.process = folder, application, variables, None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        named = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        environment = named | {
            "DATABASE_URL": database_url(connection.settings_dict),
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
            "PRIVATE_NOTE_KEYS": ",".join(settings.PRIVATE_NOTE_KEYS),
            "REDIS_URL": settings.REDIS_URL,
            "DEBUG": "true",
            "EMAIL_URL": "",
            **self.variables,
        }
        self.process = seed_for(self.application, environment).fork(self.port, self.folder / "live.log")
        wait_for(self._answers, why=f"the live process did not come up: {self.log()[-2000:]}")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        """As a crash would end it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(15)

    def stop(self) -> None:
        """End it as its supervisor would."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def log(self) -> str:
        """What it said."""
        path = self.folder / "live.log"
        return path.read_text(errors="replace") if path.exists() else ""


class Page:
    """One page of somebody in a room, by its socket alone. `told` is all it heard, in order."""

    def __init__(self, live: Live, user, session: Session, *, after: int | None = None):
        cookies = browser_of(user).cookies
        cookie = cookies[settings.SESSION_COOKIE_NAME].value if user else ""
        self.socket: ClientConnection = connect(  # legacy: closed by its test
            f"ws://127.0.0.1:{live.port}/ws/rooms/{session.uid}/{'' if after is None else f'?after={after}'}",
            additional_headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}", "Origin": "http://127.0.0.1"},
            max_size=None,
            legacy=True,
        )
        self.told: list[dict] = []
        self.state: dict = {}
        self._numbers = itertools.count(1)

    def hear(self, seconds: float = PATIENCE) -> dict:
        """The next message; TimeoutError when none comes. A ping is answered and passed over."""
        deadline = time.monotonic() + seconds
        while True:
            said = json.loads(self.socket.recv(timeout=max(0.01, deadline - time.monotonic())))
            if said.get("k") == "ping":
                self.socket.send(json.dumps({"do": "pong"}))
                continue
            if said.get("k") == "state":
                self.state = said["d"]
            self.told.append(said)
            return said

    def until(self, kind: str, seconds: float = PATIENCE) -> dict:
        """The next message of a kind; whatever comes before it is passed over."""
        deadline = time.monotonic() + seconds
        while (said := self.hear(deadline - time.monotonic())).get("k") != kind:
            pass
        return said

    def becomes(self, state: str) -> None:
        """Wait until they stand so: "waiting", "in"."""
        while self.state.get("me", {}).get("state") != state:
            self.until("state")

    def ask(self, what: str, **given) -> dict:
        """Ask for something and wait for the answer: {"re", "d"} or {"re", "no"}."""
        number = next(self._numbers)
        self.socket.send(json.dumps({"do": what, "id": number, "with": given}))
        while (said := self.hear()).get("re") != number:
            pass
        return said

    def do(self, what: str, **given) -> object:
        """The same, for something that has to be done: its answer."""
        answer = self.ask(what, **given)
        assert "no" not in answer, answer
        return answer["d"]

    def close(self) -> None:
        """Leave as a page does."""
        self.socket.close()


def settled(leader: Page, *pages: Page) -> None:
    """Let these pages, and the leader's, hear all that happened until now. What comes is in order: whoever hears the leader's
    next word has heard everything before it, and what was not for them by then does not come any more."""
    word = secrets.token_hex(8)
    leader.do("chat.say", to="all", text=word)
    for page in (leader, *pages):
        while not any(said.get("k") == "chat.line" and said["d"]["text"] == word for said in page.told):
            page.hear()


@pytest.fixture
def live(transactional_db, tmp_path) -> Iterator[Live]:
    """The live process on the tests' database."""
    made = Live(tmp_path)
    yield made
    made.stop()
    assert "Traceback" not in made.log(), made.log()[-3000:]


def house_on_air(members: int = 0) -> tuple[House, Session]:
    """The cast, admitted eight days ago, with so many more members, and a session of their group that began five minutes ago
    (90 minutes, 15 of them a break)."""
    now = timezone.now()
    with time_machine.travel(now - dt.timedelta(days=8), tick=False):
        house = build_house()
        license_in(house.alice, "CA")
        if members:
            Group.objects.filter(pk=house.group.pk).update(capacity=15)
        for _n in range(members):
            seat_member(
                group=house.group, episode=make_patient(house.program, house.alice), joined_on=timezone.localdate()
            )
        near = Session.objects.between(now - dt.timedelta(hours=5), now + dt.timedelta(hours=5))
        for session in near.filter(group__in=[house.group, house.other_group]):
            cancel_session(session=session, reason="Another one is held", by=house.alice)
        session = add_session(
            group=house.group,
            starts_at=now.replace(microsecond=0) - dt.timedelta(minutes=5),
            minutes=90,
            break_minutes=15,
            topic="Triggers",
            by=house.alice,
        )
    return house, session


@pytest.fixture
def on_air(live, settings) -> tuple[Live, House, Session]:
    """The cast, and their session that is on now."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    return live, *house_on_air()


def license_in(user, *states: str) -> None:
    """They hold a licence in each of these states."""
    profile = user.staff_profile
    licences = tuple({"state": state, "kind": "LMFT", "number": f"{state}-{user.pk}"} for state in states)
    set_staff_profile(user=user, credential=profile.credential, supervisor=profile.supervisor, licences=licences)


HERE = {"street": "12 Elm Street", "city": "Fresno", "state": "CA", "phone": "+1 559 555 0101"}


def say_where(participant: Participant, **said) -> None:
    """They say at the door where they are (in Fresno, CA), alone, with headphones."""
    usual = {**HERE, "is_private": True, "has_headphones": True, "is_able": True}
    give(by=participant, given=Given(**{**usual, **said}))


def let_in(house: House, session: Session, *patients) -> None:
    """A leader lets these patients in, who came to the door. In a thread: a browser’s driver keeps a loop in ours."""
    worker = threading.Thread(target=_let_in, args=(house, session, patients or (house.pat, house.quinn)))
    worker.start()
    worker.join()


def _let_in(house: House, session: Session, patients) -> None:
    for patient in patients:
        participant = enter(user=patient.user, session_uid=session.uid)
        if not participant.is_in:
            say_where(participant)
    leader = enter(user=house.alice, session_uid=session.uid)
    for patient in patients:
        admit(by=leader, participant=Participant.objects.get(room=leader.room, patient=patient))
    connection.close()


@pytest.fixture
def pages(on_air, live_server, settings, chrome):
    """Rooms in a browser: `pages(user)` opens the session's room for them. Their consoles’ complaints: `.complaints`."""
    live, house, session = on_air
    settings.LIVE_DIRECT_PORT = live.port

    def opened(user, **context):
        page, complaints = open_as(chrome, live_server, user, **context)
        opened.complaints.append(complaints)
        door = "my" if user.roles == {Role.PATIENT} else "desk"
        page.goto(f"/{door}/rooms/{session.uid}/")
        return page

    opened.complaints, opened.live, opened.house, opened.session = [], live, house, session
    return opened
