"""Attended hours, as the person sees their own."""

import datetime as dt

import pytest

from clinical.models import Status
from clinical.services import RollCallRow, take_attendance
from portal.tests.helpers import more_sessions, queries, sign_in, text
from scheduling.models import Session
from tests.factories import make_patient

pytestmark = pytest.mark.django_db


def attend_all(house, clock) -> None:
    """Pat attends every session of the week, each in full."""
    clock.move_to(dt.datetime(2026, 3, 8, 20, tzinfo=dt.UTC))
    week = Session.objects.filter(bookings__patient=house.pat, starts_at__lt=dt.datetime(2026, 3, 8, tzinfo=dt.UTC))
    for session in week:
        lead = session.bookings.get(part="lead").user
        row = RollCallRow(house.pat.pk, Status.PRESENT, session.treatment_minutes, None)
        take_attendance(session=session, rows=[row], by=lead)


def test_by_day_by_week_and_by_session(pat_client, house, clock):
    more_sessions(house, 2)
    attend_all(house, clock)
    sign_in(pat_client, house.pat.user)
    page = text(pat_client.get("/my/hours/"))
    assert "<strong>2 h 15 min</strong> of 9 h" in page
    assert "1 h 15 min" in page, "Monday"
    assert "Topic 0" in page and "Monday process" in page
    assert "Week of Feb 23" in page and "Week of Feb 16" not in page, "weeks before the stay began are left out"


def test_the_break_is_not_counted(pat_client, house, clock):
    attend_all(house, clock)
    sign_in(pat_client, house.pat.user)
    assert "1 h 15 min" in text(pat_client.get("/my/hours/"))
    assert "1 h 30 min" not in text(pat_client.get("/my/hours/"))


def test_what_was_missed_is_not_listed(pat_client, house, clock):
    clock.shift(dt.timedelta(hours=3))
    row = RollCallRow(house.pat.pk, Status.NO_SHOW, None, None)
    take_attendance(session=house.session, rows=[row], by=house.alice)
    sign_in(pat_client, house.pat.user)
    page = text(pat_client.get("/my/hours/"))
    assert "Monday process" not in page and "Missed" not in page


def test_without_a_stay(client, house):
    episode = make_patient(house.program, house.alice, "Gale")
    episode.ended_on = dt.date(2026, 3, 1)
    episode.save()
    client.force_login(episode.patient.user)
    assert "You are not in a program at the moment" in text(client.get("/my/hours/"))


@pytest.mark.parametrize("sessions", [1, 10])
def test_query_count(pat_client, house, clock, sessions):
    more_sessions(house, sessions - 1)
    attend_all(house, clock)
    sign_in(pat_client, house.pat.user)
    assert queries(pat_client, "/my/hours/") == 13
