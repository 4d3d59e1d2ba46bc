"""Redis, the live process and the media server killed in the middle of a session with sound and pictures: everybody sees and
hears each other again without loading a page, the agenda goes on where it was, and presence and the proposed minutes are true."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinical.models import Status
from clinical.services.proposals import propose
from rooms import presence
from rooms.models import Connection, Participant, Room, Step
from rooms.queries_presence import seen_of
from rooms.tests.live import let_in
from rooms.tests.studio import LIGHT, OTHER_HOSTS, Crowd, Studio, same_page, studio_on
from rooms.tests.test_browser_media import see_and_hear
from rooms.tests.test_faults import redis_of_its_own
from rooms.tests.test_media import files
from scheduling.models import Session
from tests.browser import chromium
from tests.stack import wait_for

__all__ = ["files"]
pytestmark = pytest.mark.xdist_group("live")
NEAR = 5


@pytest.fixture
def studio(janus, transactional_db, live_server, tmp_path, settings):
    """One with a Redis of its own, `studio.redis`, to kill."""
    variables = {"members": 1, "ALLOWED_HOSTS": OTHER_HOSTS}
    with (
        redis_of_its_own() as (server, url),
        studio_on(janus, live_server, tmp_path, settings, REDIS_URL=url, **variables) as made,
    ):
        made.redis = server
        let_in(made.house, made.session, lee_of(made))
        yield made


def lee_of(studio: Studio):
    """A third member, who has no page of ours."""
    bookings = studio.session.bookings.filter(patient__isnull=False).select_related("patient__user")
    return next(b.patient for b in bookings if b.patient not in (studio.house.pat, studio.house.quinn))


def step_now() -> Step | None:
    return Step.objects.filter(began_at__isnull=False, ended_at=None).first()


def test_everything_killed_once_while_people_see_and_hear_each_other(studio, monkeypatch, files):
    house = studio.house
    with chromium(LIGHT) as chrome:
        pages = [studio.page(chrome, user) for user in (house.alice, house.pat.user, house.quinn.user)]
        lead, pat, _quinn = pages
        see_and_hear(*pages)
        tickets = set(Participant.objects.values_list("pk", flat=True))
        shown: list[int] = []

        def go_on() -> None:
            """The leader goes to the next step; every page shows it."""
            lead.locator("#agenda [data-begin]:visible, #agenda [data-next-step]:visible").click()
            step = wait_for(lambda: (now := step_now()) and now.pk not in shown and now, why="no next step")
            shown.append(step.pk)
            for page in pages:
                expect(page.locator("#room-step")).to_contain_text(str(step), timeout=30_000)

        lead.locator("[role=tab]", has_text="Plan").click()
        go_on()
        began = step_now().began_at
        go_on()

        # Redis: nobody falls, and sound and pictures never notice.
        before = set(Connection.objects.values_list("pk", flat=True))
        studio.redis.process.kill()
        studio.redis.process.wait()
        see_and_hear(*pages)
        go_on()
        studio.redis.start()
        go_on()
        see_and_hear(*pages)
        assert set(Connection.objects.values_list("pk", flat=True)) == before

        # The live process, which carries every signal.
        studio.live.kill()
        for page in pages:
            expect(page.locator("#room-link")).to_be_visible()
        studio.live.start()
        for page in pages:
            expect(page.locator("#room-link")).to_be_hidden(timeout=30_000)
        see_and_hear(*pages)
        go_on()

        # The media server: the room says that it is away, and asks for it again by itself. Lee’s page of plain janus.js does not:
        # the negative control.
        plain = Crowd(chrome, files, studio)
        assert plain.publish(lee_of(studio).user) == ""
        plain.tabs.popitem()[1].close()
        studio.janus.kill()
        for page in pages:
            expect(page.locator("#stage-off")).to_be_visible()
        go_on()
        studio.janus.start()
        for page in pages:
            expect(page.locator("#stage-off")).to_be_hidden(timeout=60_000)
        see_and_hear(*pages)
        same_page(*pages)
        assert set(studio.on_the_server()) == {
            studio.ticket(u).key for u in (house.alice, house.pat.user, house.quinn.user)
        }

        assert list(Step.objects.exclude(began_at=None).order_by("began_at").values_list("pk", flat=True)) == shown
        assert set(Participant.objects.values_list("pk", flat=True)) == tickets

        # A member leaves, once they have had what counts as coming; then the leader ends the session.
        wait_for(lambda: seen_of(studio.session).people[house.pat.pk].attended.came, why="half a minute of treatment")
        pat.get_by_role("button", name="Leave").click()
        left = timezone.now()
        pat.wait_for_url("**/my/")
        Room.objects.filter(session=studio.session).update(ended_at=timezone.now(), ended_by=house.alice)
        ended = timezone.now()
    assert_true_to(studio, {house.pat.pk: (began, left), house.quinn.pk: (began, ended)}, monkeypatch)


def assert_true_to(studio: Studio, truth: dict[int, tuple[dt.datetime, dt.datetime]], monkeypatch) -> None:
    """Presence and what is proposed of it, by patient, are within seconds of when they were there; breaks are no treatment."""
    session = Session.objects.get(pk=studio.session.pk)
    breaks = [
        (s.began_at, s.ended_at or timezone.now()) for s in Step.objects.filter(kind="break").exclude(began_at=None)
    ]
    assert breaks
    seen = seen_of(session)
    for pk, (came, went) in truth.items():
        found = seen.people[pk].attended
        there = (went - came).total_seconds()
        in_break = presence.seconds(presence.common(breaks, [(came, went)]))
        assert abs(found.connected - there) < NEAR, (found, there)
        assert abs(found.treated - (there - in_break)) < NEAR, (found, there, in_break)
        assert found.losses == 1
    # The negative control: without the grace that bridges a loss, the time the live process was away is missing.
    with monkeypatch.context() as patched:
        patched.setattr(presence, "GRACE", dt.timedelta(0))
        for pk in truth:
            bare = seen_of(session).people[pk].attended
            assert bare.connected < seen.people[pk].attended.connected - 1
    # Had it begun ten minutes before anybody came, what is proposed would be their own minutes, to the nearest.
    Room.objects.filter(session=session).update(
        began_at=min(came for came, _went in truth.values()) - dt.timedelta(minutes=10)
    )
    proposed = propose(Session.objects.get(pk=session.pk))
    for pk, (came, went) in truth.items():
        treated = (went - came).total_seconds() - presence.seconds(presence.common(breaks, [(came, went)]))
        assert proposed[pk].status == Status.LATE and abs(proposed[pk].minutes * 60 - treated) <= 30 + NEAR
