"""The first page: what now?"""

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import Read
from clinical.models import Status
from clinical.services import RollCallRow, take_attendance
from conftest import PACIFIC
from patients.services import open_episode
from portal.tests.helpers import more_sessions, queries, sign_in, text
from scheduling.models import Session
from scheduling.services import cancel_session, leave_group, move_session
from tests.factories import make_patient, make_program, make_staff

pytestmark = pytest.mark.django_db


def test_next_session_with_time_zone_kind_leader_and_countdown(pat_client, house):
    page = text(pat_client.get("/my/"))
    assert "Monday 9:00 AM" in page and "PST" in page
    assert "in 1 h" in page
    assert "Process" in page and "Monday process" in page and "with Alice" in page
    assert "You can join here from 8:50 AM on Monday." in page
    assert "/join/" not in page


def test_a_patient_in_new_york_sees_their_own_times(pat_client, house):
    house.pat.user.zone = "America/New_York"
    house.pat.user.save()
    page = text(pat_client.get("/my/"))
    assert "Monday 12:00 PM" in page and "EST" in page and "PST" not in page
    assert "from 11:50 AM" in page


def test_hours_so_far_against_the_goal(pat_client, house, clock):
    assert "<strong>0 min</strong> of 9 h" in text(pat_client.get("/my/"))
    clock.shift(dt.timedelta(hours=3))
    row = RollCallRow(house.pat.pk, Status.PRESENT, 75, None)
    take_attendance(session=house.session, rows=[row], by=house.alice)
    sign_in(pat_client, house.pat.user)
    page = text(pat_client.get("/my/"))
    assert "<strong>1 h 15 min</strong> of 9 h" in page
    assert "Nothing more is planned this week." in page


def test_after_the_last_session_of_the_week_the_next_one_is_next_weeks(client, house, clock):
    clock.shift(dt.timedelta(hours=3))
    sign_in(client, house.pat.user)
    page = text(client.get("/my/"))
    assert "Monday 9:00 AM" in page and "in 7 days" in page


def test_cancelled_and_moved_are_marked(pat_client, house, clock):
    more_sessions(house, 3)
    tuesday, wednesday, _thursday = Session.objects.filter(
        bookings__patient=house.pat, bookings__released_at=None, starts_at__gt=house.session.starts_at
    ).order_by("starts_at")[:3]
    cancel_session(session=tuesday, reason="Told by the leader: unwell")
    move_session(session=wednesday, starts_at=dt.datetime(2026, 3, 6, 15, 0, tzinfo=PACIFIC))
    page = text(pat_client.get("/my/"))
    assert "Cancelled" in page and "Moved from Wednesday 11:00 AM" in page
    assert "unwell" not in page, "the reason is for staff"


def test_nothing_planned(client, house):
    episode = make_patient(house.program, house.alice, "Lee")
    client.force_login(episode.patient.user)
    assert "Nothing is planned for you yet" in text(client.get("/my/"))


def test_nobody_in_a_program(client, house, settings):
    settings.CLINIC_PHONE = "(415) 555-0142"
    episode = make_patient(house.program, house.alice, "Gale")
    episode.ended_on = timezone.localdate()
    episode.save()
    client.force_login(episode.patient.user)
    page = text(client.get("/my/"))
    assert "You are not in a program at the moment" in page
    assert 'href="tel:(415)555-0142"' in page


def test_a_stay_that_begins_later(client, house):
    begins = timezone.localdate() + dt.timedelta(days=3)
    episode = make_patient(house.program, house.alice, "Sam", started_on=begins)
    client.force_login(episode.patient.user)
    assert "You begin on Thursday, March 5" in text(client.get("/my/"))


def test_two_stays_show_the_hours_of_each(pat_client, house):
    evening = make_program("Evening track")
    open_episode(
        patient=house.pat,
        program=evening,
        primary_clinician=make_staff(evening),
        started_on=timezone.localdate(),
        weekly_goal_minutes=180,
        level_of_care="1",
    )
    page = text(pat_client.get("/my/"))
    assert "Your hours this week: Day track" in page and "Your hours this week: Evening track" in page
    assert "of 9 h" in page and "of 3 h" in page


def test_somebody_who_left_sees_no_session_of_the_group(pat_client, house):
    leave_group(membership=house.pat.memberships.get(), left_on=timezone.localdate(), reason="finished")
    page = text(pat_client.get("/my/"))
    assert "Nothing is planned for you yet" in page and "Monday process" not in page


def test_crisis_line_on_the_page(pat_client):
    page = text(pat_client.get("/my/"))
    assert 'href="tel:988"' in page and 'href="sms:988"' in page and 'href="tel:911"' in page


def test_the_reading_is_on_the_record(pat_client, house):
    pat_client.get("/my/")
    read = Read.objects.filter(reader_id=house.pat.user.pk).latest("at")
    assert (read.patient_id, read.what, read.why, read.path) == (house.pat.pk, Read.What.OWN, "own", "/my/")


def test_no_browser_keeps_the_page(pat_client):
    assert "no-store" in pat_client.get("/my/")["Cache-Control"]


@pytest.mark.parametrize("sessions", [1, 10])
def test_query_count(pat_client, house, sessions):
    more_sessions(house, sessions - 1)
    assert queries(pat_client, "/my/") == 22
