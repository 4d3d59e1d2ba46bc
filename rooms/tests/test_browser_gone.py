"""Whoever goes is gone from presence and from the media server: who leaves, closes the tab or whose browser is killed within
seconds, a frozen browser within a minute; and it comes back by itself, to the same ticket. The house's own settings of time."""

import functools

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from rooms.models import Connection, MediaHandle, Participant, Room
from rooms.queries_presence import seen_of
from rooms.services import ledger
from rooms.tests.studio import LIGHT, Studio, aside, own_browser, same_page
from rooms.tests.test_browser_media import see_and_hear
from scheduling.models import Session
from tests.browser import chromium
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")
SECONDS, A_MINUTE, NEAR = 8, 60, 5


def last_of(user) -> Connection:
    return Connection.objects.filter(participant__user=user).latest("opened_at")


def gone(studio: Studio, user, *, since, within: float, why: str) -> Connection:
    """Wait until they are gone from both, and no later than so many seconds after `since`; their last connection."""
    key = studio.ticket(user).key

    def is_gone() -> bool:
        there = Connection.objects.open().filter(participant__user=user).exists()
        return not there and key not in studio.on_the_server()

    wait_for(is_gone, seconds=within, why=f"somebody is still there ({why})")
    assert (timezone.now() - since).total_seconds() <= within
    found = last_of(user)
    assert found.why == why and abs((found.closed_at - since).total_seconds()) < NEAR, (found.closed_at, since)
    return found


def ledger_is_closed(studio: Studio, *users) -> bool:
    """Whether by what the media server told nobody of these is connected to it."""
    ledger.take_events(studio.janus.told())
    handles = MediaHandle.objects.filter(participant__user__in=users)
    return handles.exists() and not handles.filter(left_at=None).exists()


def test_gone_within_seconds_frozen_within_a_minute_and_back(a_studio, tmp_path):
    studio = a_studio
    house, now = studio.house, timezone.now
    pat, quinn = house.pat.user, house.quinn.user
    with (
        chromium(LIGHT) as chrome,
        own_browser(chrome, tmp_path / "pats") as pats,
        own_browser(chrome, tmp_path / "quinns") as quinns,
    ):
        lead = studio.page(chrome, house.alice)
        page, frozen = studio.page(pats.driven, pat), studio.page(quinns.driven, quinn)
        began = now()
        see_and_hear(lead, page, frozen)

        frozen_at = now()
        quinns.freeze()

        left_at = now()
        page.get_by_role("button", name="Leave").click()
        gone(studio, pat, since=left_at, within=SECONDS, why="left")
        expect(lead.locator(".tile", has_text="Pat")).to_have_count(0)

        studio.go(page, pat)
        expect(lead.locator(".tile", has_text="Pat")).to_have_class("tile has-picture", timeout=30_000)
        closed_at = now()
        page.close()
        gone(studio, pat, since=closed_at, within=SECONDS, why="left")

        page = studio.page(pats.driven, pat)
        expect(lead.locator(".tile", has_text="Pat")).to_have_class("tile has-picture", timeout=30_000)
        back_at = last_of(pat).opened_at
        killed_at = now()
        pats.kill()
        gone(studio, pat, since=killed_at, within=SECONDS, why="lost")

        wait_for(
            lambda: not Connection.objects.open().filter(participant__user=quinn).exists(),
            seconds=A_MINUTE - (now() - frozen_at).total_seconds(),
            why="a frozen page is still there after a minute",
        )
        noticed_at = now()
        found = gone(studio, quinn, since=frozen_at, within=A_MINUTE, why="lost")
        # The negative control: by the moment it was noticed the record would be far from the truth.
        assert (noticed_at - found.closed_at).total_seconds() > 2 * NEAR
        expect(lead.locator(".tiles .tile")).to_have_count(1)

        quinns.thaw()
        see_and_hear(lead, frozen)
        same_page(frozen)
        frozen.get_by_role("button", name="Leave").click()
        gone(studio, quinn, since=(left := now()), within=SECONDS, why="left")
        assert Participant.objects.filter(user__in=[pat, quinn]).count() == 2

    wait_for(
        lambda: aside(functools.partial(ledger_is_closed, studio, pat, quinn)), why="the ledger believes them there"
    )
    Room.objects.filter(session=studio.session).update(began_at=began, ended_at=left, ended_by=house.alice)
    people = seen_of(Session.objects.get(pk=studio.session.pk)).people
    # Frozen for less than the grace, Quinn was there all the time; Pat was there in three pieces.
    quinns_own, pats_own = people[house.quinn.pk].attended, people[house.pat.pk].attended
    assert abs(quinns_own.treated - (left - began).total_seconds()) < NEAR and quinns_own.losses == 1
    assert pats_own.losses == 1 and abs((pats_own.last_out - killed_at).total_seconds()) < NEAR
    whole = (left_at - began) + (killed_at - back_at)
    assert pats_own.treated >= whole.total_seconds() - NEAR
