"""One's own week."""

import datetime as dt

import pytest

from clinical.models import Status
from clinical.services import RollCallRow, take_attendance
from conftest import PACIFIC
from groups.models import Membership
from portal.tests.helpers import more_sessions, queries, sign_in, text
from scheduling.services import cancel_session, leave_group, move_session

pytestmark = pytest.mark.django_db


def test_days_with_their_sessions(pat_client):
    page = text(pat_client.get("/my/week/"))
    assert "Monday, March 2" in page and "9:00 AM" in page and "to 10:30 AM" in page
    assert "Tuesday, March 3" not in page, "a day without sessions is left out"
    assert "All times are yours (PST)." in page


def test_another_week_and_the_clock_change(pat_client):
    page = text(pat_client.get("/my/week/?week=2026-03-11"))
    assert "Mar 9 – Mar 15, 2026" in page and "Monday, March 9" in page and "9:00 AM" in page
    assert "?week=2026-03-02" in page and "?week=2026-03-16" in page


@pytest.mark.parametrize("asked", ["", "nonsense", "2026-02-30", "0001-01-01", "9999-12-31", "2026-03-02T00:00"])
def test_a_strange_week_is_this_week(pat_client, asked):
    assert "Mar 2 – Mar 8, 2026" in text(pat_client.get("/my/week/", {"week": asked}))


def test_an_empty_week(pat_client):
    page = text(pat_client.get("/my/week/?week=2026-01-05"))
    assert "Nothing in this week" in page and "Go to this week" in page


def test_cancelled_stays_visible_and_cannot_be_joined(pat_client, house, clock):
    cancel_session(session=house.session, reason="Storm")
    clock.shift(dt.timedelta(minutes=55))
    page = text(pat_client.get("/my/week/"))
    assert "Cancelled" in page and "Storm" not in page and "/join/" not in page


def test_moved_stands_at_both_days(pat_client, house):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 4, 14, 0, tzinfo=PACIFIC))
    page = text(pat_client.get("/my/week/"))
    assert "Moved to Wednesday, March 4, 2:00 PM" in page
    assert "Wednesday, March 4" in page and "Moved from Monday 9:00 AM" in page


def test_moved_within_the_day_stands_once(pat_client, house):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 2, 14, 0, tzinfo=PACIFIC))
    page = text(pat_client.get("/my/week/"))
    assert "Moved from Monday 9:00 AM" in page and "Moved to" not in page


def test_moved_to_the_next_week_leaves_word_in_this_one(pat_client, house):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 10, 14, 0, tzinfo=PACIFIC))
    assert "Moved to Tuesday, March 10, 2:00 PM" in text(pat_client.get("/my/week/"))
    assert "Moved from Monday 9:00 AM" in text(pat_client.get("/my/week/?week=2026-03-10"))


def test_how_one_attended(pat_client, house, clock):
    clock.shift(dt.timedelta(hours=3))
    sign_in(pat_client, house.pat.user)
    assert "Hours are being confirmed" in text(pat_client.get("/my/week/"))
    take_attendance(session=house.session, rows=[RollCallRow(house.pat.pk, Status.LATE, 50, None)], by=house.alice)
    page = text(pat_client.get("/my/week/"))
    assert "Late" in page and "50 min" in page and "Hours are being confirmed" not in page


def test_words_never_shame(pat_client, house, clock):
    clock.shift(dt.timedelta(hours=3))
    sign_in(pat_client, house.pat.user)
    row = RollCallRow(house.pat.pk, Status.NO_SHOW, None, None)
    take_attendance(session=house.session, rows=[row], by=house.alice)
    page = text(pat_client.get("/my/week/"))
    assert "Missed" in page
    assert "no-show" not in page.lower() and "fail" not in page.lower()


def test_a_session_cancelled_after_one_left_is_not_ones_own(pat_client, house, clock):
    later = house.slot.sessions.order_by("starts_at")[1]
    leave_group(membership=Membership.objects.get(patient=house.pat), left_on=dt.date(2026, 3, 5), reason="finished")
    cancel_session(session=later, reason="Storm")
    assert "Nothing in this week" in text(pat_client.get("/my/week/?week=2026-03-09"))


def test_days_follow_the_readers_zone(pat_client, house):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 2, 22, 0, tzinfo=PACIFIC))
    house.pat.user.zone = "America/New_York"
    house.pat.user.save()
    page = text(pat_client.get("/my/week/"))
    assert "Tuesday, March 3" in page and "1:00 AM" in page and "(EST)" in page


@pytest.mark.parametrize("sessions", [1, 10])
def test_query_count(pat_client, house, sessions):
    more_sessions(house, sessions - 1)
    assert queries(pat_client, "/my/week/") == 7
