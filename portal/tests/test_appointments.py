"""The patient's own appointments."""

import datetime as dt

import pytest

from conftest import PACIFIC
from portal.tests.helpers import queries, sign_in, text
from scheduling.models import Appointment
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    move_appointment,
    open_hours,
    pick_time,
    record_outcome,
)

pytestmark = pytest.mark.django_db
PAGE = "/my/appointments/"
ROOM = "https://video.example.org/alice"
WEDNESDAY_13 = dt.datetime(2026, 3, 4, 13, tzinfo=PACIFIC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def hours(house):
    """Alice's Wednesdays, 13:00 to 17:00."""
    house.alice.staff_profile.meeting_url = ROOM
    house.alice.staff_profile.save()
    return open_hours(
        provider=house.alice,
        program=house.program,
        kinds=["individual"],
        weekday=2,
        starts_at=dt.time(13),
        ends_at=dt.time(17),
        minutes=50,
    )


def book(house, starts_at=WEDNESDAY_13) -> Appointment:
    return book_appointment(
        kind="individual",
        provider=house.alice,
        episode=house.pat_episode,
        starts_at=starts_at,
        minutes=50,
        by=house.alice,
    )


def pick_of(hours, at="2026-03-04T21:00:00Z") -> str:
    return f"/my/appointments/pick/{hours.uid}/?at={at}"


def test_free_times_by_day_in_ones_own_zone(pat_client, house, hours):
    house.pat.user.zone = "America/New_York"
    house.pat.user.save()
    page = text(pat_client.get(PAGE))
    assert "All times are yours (EST)." in page and "Pick a time with Alice" in page
    assert "Wednesday, March 4" in page and "4:00 PM" in page and "1:00 PM" not in page
    assert page.count(f"/my/appointments/pick/{hours.uid}/") == 4 * 4
    assert "individual" not in str(hours.uid) and ROOM not in page and "Clinician" not in page


def test_a_time_is_picked_confirmed_and_given_back(pat_client, house, hours):
    page = text(pat_client.get(pick_of(hours)))
    assert "Wednesday, March 4" in page and "1:00 PM – 1:50 PM" in page and "PST" in page
    assert "You can cancel it here until Tuesday, March 3, 1:00 PM." in page
    answer = pat_client.post(pick_of(hours), {"at": "2026-03-04T21:00:00Z"}, follow=True)
    made = Appointment.objects.get()
    assert (made.starts_at, made.patient, made.hours) == (WEDNESDAY_13, house.pat, hours)
    assert "Booked. You will be reminded." in text(answer) and "Individual session" in text(answer)
    cancel = f"/my/appointments/{made.uid}/cancel/"
    assert cancel in text(answer)
    answer = pat_client.post(cancel, follow=True)
    made.refresh_from_db()
    assert made.is_cancelled and "It is cancelled." in text(answer)
    assert pat_client.get(cancel).status_code == 404


def test_taken_meanwhile(pat_client, house, hours):
    pick_time(hours=hours, patient=house.quinn, starts_at=WEDNESDAY_13, kind="individual")
    for answer in (
        pat_client.get(pick_of(hours), follow=True),
        pat_client.post(pick_of(hours), {"at": "2026-03-04T21:00:00Z"}, follow=True),
    ):
        assert "This time is no longer free. Please choose another." in text(answer)
        assert answer.redirect_chain == [(PAGE, 302)]
    assert Appointment.objects.count() == 1


def test_of_several_kinds_one_is_chosen(pat_client, house, hours):
    hours.kinds = ["individual", "family"]
    hours.save()
    assert "What is it for?" in text(pat_client.get(pick_of(hours)))
    answer = pat_client.post(pick_of(hours), {"at": "2026-03-04T21:00:00Z"})
    assert answer.status_code == 422 and "Choose what it is for." in text(answer)
    pat_client.post(pick_of(hours), {"at": "2026-03-04T21:00:00Z", "kind": "family"})
    assert Appointment.objects.get().kind == "family"


@pytest.mark.parametrize("at", ["x", "2026-03-04", "2026-03-04T21:00:00", "9999-03-04T21:00:00Z"])
def test_a_strange_time_is_not_there(pat_client, hours, at):
    assert pat_client.get(pick_of(hours, at)).status_code == 404
    assert pat_client.get(pick_of(hours, ""))["Location"] == PAGE


def test_strangers(client, house, hours):
    made = book(house)
    sign_in(client, house.robin.user)
    assert "Pick a time" not in text(client.get(PAGE))
    for address in (pick_of(hours), f"{PAGE}{made.uid}/cancel/", f"{PAGE}{made.uid}/join/"):
        assert client.get(address).status_code == 404
    assert client.post(f"{PAGE}{made.uid}/cancel/").status_code == 404
    client.force_login(house.alice)
    assert client.get(PAGE).status_code == 403


def test_what_the_clinic_made_is_not_cancelled_here(pat_client, house):
    made = book(house)
    address = f"{PAGE}{made.uid}/cancel/"
    assert address not in text(pat_client.get(PAGE))
    assert "The clinic made this appointment." in text(pat_client.get(address))
    assert pat_client.post(address).status_code == 422
    made.refresh_from_db()
    assert not made.is_cancelled


def test_too_close_to_cancel_here(client, house, hours, clock):
    made = pick_time(hours=hours, patient=house.pat, starts_at=WEDNESDAY_13, kind="individual")
    clock.move_to(WEDNESDAY_13 - 23 * HOUR)
    sign_in(client, house.pat.user)
    address = f"{PAGE}{made.uid}/cancel/"
    assert address not in text(client.get(PAGE))
    answer = client.post(address)
    assert answer.status_code == 422 and "too close to be cancelled here" in text(answer)


@pytest.mark.parametrize(("minutes", "opens"), [(-11, False), (-10, True), (49, True), (50, False)])
def test_the_door(client, house, hours, clock, minutes, opens):
    made = book(house)
    clock.move_to(WEDNESDAY_13 + dt.timedelta(minutes=minutes))
    sign_in(client, house.pat.user)
    address = f"{PAGE}{made.uid}/join/"
    answer = client.get(address)
    if opens:
        assert (answer.status_code, answer["Location"], answer["Referrer-Policy"]) == (302, ROOM, "no-referrer")
        assert address in text(client.get("/my/"))
    else:
        assert answer.status_code == 200 and ROOM not in text(answer)


def test_on_today_and_in_the_week(client, house, clock):
    made = book(house)
    clock.move_to(dt.datetime(2026, 3, 3, 8, tzinfo=PACIFIC))
    sign_in(client, house.pat.user)
    today = text(client.get("/my/"))
    assert "Wednesday 1:00 PM" in today and "Individual session" in today and "with Alice" in today
    move_appointment(appointment=made, starts_at=WEDNESDAY_13 + 24 * HOUR, by=house.alice)
    week = text(client.get("/my/week/"))
    assert "Moved to Thursday, March 5, 1:00 PM" in week and "Moved from Wednesday 1:00 PM" in week
    cancel_appointment(appointment=made, reason="Alice is ill", by=house.alice)
    week = text(client.get("/my/week/"))
    assert "Cancelled" in week and "Individual session" in week and "is ill" not in week


def test_a_held_one_counts(client, house, clock):
    made = book(house)
    clock.move_to(WEDNESDAY_13 + HOUR)
    sign_in(client, house.pat.user)
    assert "Hours are being confirmed" in text(client.get("/my/week/"))
    record_outcome(appointment=made, outcome="held", minutes=45, by=house.alice)
    page = text(client.get("/my/hours/"))
    assert "<strong>45 min</strong> of 9 h" in page and "Individual session" in page and "Wed, Mar 4" in page
    assert "Present" in text(client.get("/my/week/"))


@pytest.mark.parametrize("weeks", [1, 6])
def test_query_count(pat_client, house, hours, weeks):
    for n in range(weeks):
        book(house, WEDNESDAY_13 + dt.timedelta(weeks=n))
    assert queries(pat_client, PAGE) == 14
