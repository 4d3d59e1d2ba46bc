"""What becomes of a session when something dies in mid-session: real processes, real sockets, and each guard taken away once."""

import contextlib
import tempfile
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from iop.keeper import Redis
from rooms.models import Connection, Participant, Room, Step
from rooms.queries_presence import seen_of
from rooms.services.presence import sweep
from rooms.tests.crowd import Tab, expected
from rooms.tests.live import Live, house_on_air, let_in
from scheduling.models import Session
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")
NEAR = 5  # seconds that presence may be from the truth


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


@contextlib.contextmanager
def on(folder: Path, **variables: str):
    """A live process of its own; it must not have fallen over anything."""
    live = Live(folder, **variables)
    try:
        yield live
    finally:
        live.stop()


@contextlib.contextmanager
def redis_of_its_own():
    """A Redis to kill, and its address."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        server = Redis(Path(folder), for_tests=True)
        try:
            yield server, server.start()
        finally:
            server.stop()


def ticket(patient) -> Participant:
    return Participant.objects.select_related("room").get(patient=patient)


def running_step() -> int | None:
    return Step.objects.filter(began_at__isnull=False, ended_at=None).values_list("pk", flat=True).first()


def test_fifteen_members_at_once_hear_everything_in_its_order(transactional_db, tmp_path):
    house, session = house_on_air(members=13)
    members = [b.patient for b in session.bookings.filter(patient__isnull=False).select_related("patient__user")]
    assert len(members) == 15
    let_in(house, session, *members)
    with on(tmp_path) as live:
        leader = Tab(live, house.alice, session).here()
        tabs = [Tab(live, patient.user, session) for patient in members]
        for tab in tabs:
            tab.here()
        leader.do("agenda.begin")
        poll = leader.do("poll.open", kind="scale", title="How ready are you?")["id"]

        def take_part(number: int, tab: Tab) -> None:
            tab.do("poll.answer", id=poll, number=number % 11)
            for _turn in range(3):
                tab.do("hand.raise")
                tab.do("react", kind="heart")
                tab.do("hand.lower")

        threads = [threading.Thread(target=take_part, args=(n, tab)) for n, tab in enumerate(tabs)]
        for thread in threads:
            thread.start()
        for n in range(5):
            leader.do("agenda.next", on=running_step())
            leader.do("agenda.extend", step=running_step(), minutes=1)
            leader.do("door.lock", locked=n % 2 == 0)
        for thread in threads:
            thread.join(60)
        leader.do("poll.close", id=poll)
        leader.do("poll.show", id=poll)
        people = [Participant.objects.select_related("room").get(part="lead"), *map(ticket, members)]
        for person, tab in zip(people, [leader, *tabs], strict=True):
            had_to = expected(person, tab)
            wait_for(lambda tab=tab, last=had_to[-1]: tab.place >= last, seconds=20, why="the last of it did not come")
            assert [n for _k, n, _d in tab.heard if n > tab.jumps[0][1]] == had_to
            assert len(tab.jumps) == 1 and tab.connections == 1 and tab.is_in_order
        assert all(len(tab.of("reaction")) == 45 for tab in tabs)
        for tab in [leader, *tabs]:
            tab.close()
        assert "Traceback" not in live.log(), live.log()[-3000:]


def test_live_process_redis_and_postgres_killed_in_mid_session(transactional_db, tmp_path):
    house, session = house_on_air()
    let_in(house, session)
    with redis_of_its_own() as (server, url):
        own = backends()
        with on(tmp_path, REDIS_URL=url) as live:
            _killed_one_after_the_other(house, session, live, server, own)


def backends() -> list[int]:
    """Who is connected to this database now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall()]


def _killed_one_after_the_other(house, session: Session, live: Live, server: Redis, own: list[int]) -> None:
    """own: connections of this process, which other tests go on with."""
    alice = Tab(live, house.alice, session).here()
    pat, quinn = (Tab(live, patient.user, session).here() for patient in (house.pat, house.quinn))
    tabs, began = (alice, pat, quinn), timezone.now()
    alice.do("agenda.begin")
    steps = [running_step()]

    def go_on() -> None:
        """The leader goes on to the next step, and everybody hears of it, or sees it in a new picture."""
        alice.do("agenda.next", on=steps[-1])
        steps.append(running_step())
        for tab in tabs:
            wait_for(lambda tab=tab: shows(tab, steps[-1]), seconds=20, why="the next step is not shown")

    go_on()
    wait_for(lambda: not Connection.objects.filter(seen_at__lte=began).exists(), seconds=15, why="no sign of life")
    live.kill()
    wait_for(lambda: not any(tab.is_back for tab in tabs), seconds=15, why="a page did not notice the kill")
    live.start()
    for tab in tabs:
        wait_for(lambda tab=tab: tab.connections > 1 and tab.is_back, seconds=20, why="not back after the kill")
    go_on()

    before = [tab.connections for tab in tabs]
    server.process.kill()
    server.process.wait()
    go_on()
    server.start()
    go_on()
    wait_for(lambda: quickly(alice, tabs), seconds=40, why="what happens stays slow after Redis is back")
    assert [tab.connections for tab in tabs] == before  # nobody fell

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND NOT pid = ANY(%s)",
            [own],
        )
        assert cursor.fetchone()[0] > 0
    go_on()

    assert len(set(steps)) == len(steps) == 6
    held = Step.objects.filter(pk__in=steps).order_by("began_at")
    assert [step.pk for step in held] == steps
    assert all(tab.is_in_order for tab in tabs)
    left = timezone.now()
    for tab in tabs:
        tab.close()
    # No page is left whose process would look after those of the killed one: beat does.
    wait_for(
        lambda: (sweep(), not Connection.objects.open().exists())[1], seconds=30, why="a page stays open in the books"
    )
    Room.objects.filter(session=session).update(began_at=began, ended_at=left, ended_by=house.alice)
    for patient in (house.pat, house.quinn):
        seen = seen_of(Session.objects.get(pk=session.pk)).people[patient.pk].attended
        assert abs(seen.connected - (left - began).total_seconds()) < NEAR, seen
        assert seen.losses >= 1


def test_with_the_layer_as_it_comes_everybody_falls_with_redis(transactional_db, tmp_path):
    """The negative control: sockets that do not wait for Redis fall, and fall again when they are back."""
    house, session = house_on_air()
    broken = {"application": "rooms.tests.broken:application", "BROKEN": "impatient"}
    with redis_of_its_own() as (server, url), on(tmp_path, REDIS_URL=url, **broken) as live:
        alice = Tab(live, house.alice, session).here()
        server.process.kill()
        wait_for(lambda: alice.connections > 3, seconds=20, why="the socket did not fall")
        alice.close()


def shows(tab: Tab, step: int) -> bool:
    """Whether the page knows that this step runs: from what it heard, or from the picture it started anew from."""
    told = [*tab.of("agenda"), tab.state.get("agenda", {})]
    return any(one["id"] == step and one["began_at"] for agenda in told for one in agenda.get("steps", []))


def quickly(leader: Tab, tabs) -> bool:
    """Whether something that happens is heard by everybody within a second."""
    before = [len(tab.of("room.locked")) for tab in tabs]
    leader.do("door.lock", locked=len(leader.of("room.locked")) % 2 == 0)
    with contextlib.suppress(AssertionError):
        return wait_for(
            lambda: all(len(tab.of("room.locked")) > n for tab, n in zip(tabs, before, strict=True)), seconds=1
        )
    return False


def _through_a_lossy_layer(tmp_path, broken: str, *, seconds: float) -> list[Tab]:
    """Twenty things happen while the layer loses and reorders; the pages, some seconds later."""
    house, session = house_on_air()
    let_in(house, session)
    with on(tmp_path, application="rooms.tests.broken:application", BROKEN=broken) as live:
        tabs = [Tab(live, user, session).here() for user in (house.alice, house.pat.user, house.quinn.user)]
        for n in range(20):
            tabs[0].do("door.lock", locked=n % 2 == 0)
        with contextlib.suppress(AssertionError):
            wait_for(lambda: all(len(tab.of("room.locked")) == 20 for tab in tabs), seconds=seconds)
        for tab in tabs:
            tab.close()
    return tabs


def test_what_the_layer_loses_is_fetched_and_put_in_order(transactional_db, tmp_path):
    for tab in _through_a_lossy_layer(tmp_path, "lossy", seconds=60):
        assert [data["locked"] for data in tab.of("room.locked")] == [n % 2 == 0 for n in range(20)]
        assert tab.is_in_order and len(tab.jumps) == 1


def test_without_fetching_it_it_is_lost(transactional_db, tmp_path):
    """The negative control: the same, and no socket looks up what it missed."""
    tabs = _through_a_lossy_layer(tmp_path, "lossy,deaf", seconds=8)
    assert any(len(tab.of("room.locked")) < 20 for tab in tabs)


def test_second_pages_frozen_pages_and_killed_browsers(transactional_db, tmp_path):
    house, session = house_on_air()
    let_in(house, session)
    with on(tmp_path, application="rooms.tests.broken:application", BROKEN="quick") as live:
        alice = Tab(live, house.alice, session).here()
        one, other = (Tab(live, house.pat.user, session).here() for _page in range(2))
        quinn = Tab(live, house.quinn.user, session).here()
        began = timezone.now()
        assert len(alice.of("people.here")) == 2  # Pat once, with two pages
        one.close(rudely=True)
        pats = Connection.objects.filter(participant__patient=house.pat)
        wait_for(lambda: pats.exclude(closed_at=None).exists(), seconds=15, why="the closed page was not noticed")
        alice.do("door.lock", locked=True)
        alice.hears("room.locked")  # what comes is in order: had it been told that Pat left, it would be here
        assert not alice.of("people.gone")
        quinn.is_frozen = True
        frozen_at = timezone.now()
        quinn.stopped.set()  # a frozen page does not come back
        alice.hears("people.gone", seconds=15)
        found = Connection.objects.get(participant__patient=house.quinn)
        assert found.why == "lost" and abs((found.closed_at - frozen_at).total_seconds()) < NEAR
        other.close()
        left = timezone.now()
        alice.hears("people.gone", times=2)
        alice.close()
    Room.objects.filter(session=session).update(began_at=began, ended_at=left, ended_by=house.alice)
    people = seen_of(Session.objects.get(pk=session.pk)).people
    whole = (left - began).total_seconds()
    assert abs(people[house.pat.pk].attended.treated - whole) < NEAR
    assert abs(people[house.quinn.pk].attended.treated - (frozen_at - began).total_seconds()) < NEAR
    assert (people[house.pat.pk].attended.losses, people[house.quinn.pk].attended.losses) == (0, 1)
