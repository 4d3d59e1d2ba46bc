"""Asking to be excused and for a seat, from the person's own pages, and what the team sees of it."""

import datetime as dt
import re

import pytest

from audit.models import Read
from clinical.models import Attendance, Status
from clinical.queries import Week, hours_of_week
from clinical.services import RollCallRow, take_attendance
from clinical.services.make_up import make_up_of
from clinical.services.proposals import propose
from portal.tests.helpers import more_sessions, queries, sign_in, text
from scheduling.models import Booking, ExcuseRequest, RequestPolicy, SeatRequest, Session
from scheduling.services import add_visitor, answer_excuse, ask_to_be_excused, create_slot
from tests.desk import browser_of
from tests.factories import make_group, make_patient, make_staff

pytestmark = pytest.mark.django_db
WEEK = Week(dt.date(2026, 3, 2), "America/Los_Angeles")


def address(house) -> str:
    return f"/my/sessions/{house.session.uid}/excuse/"


def ask(client, house, **more):
    return client.post(address(house), {"deed": "ask", "reason": "family", "words": "My own words", **more})


def excused(house) -> ExcuseRequest:
    booking = Booking.objects.live().get(session=house.session, patient=house.pat)
    asked = ask_to_be_excused(booking=booking, reason="work")
    return answer_excuse(request=asked, answer="excused", words="Of course.", by=house.alice)


@pytest.fixture
def free(house) -> Session:
    """A session on Thursday, 10:00 to 11:30, with free seats."""
    group = make_group(house.program, make_staff(house.program), name="Thursday skills", capacity=5)
    create_slot(group=group, weekday=3, starts_at=dt.time(10), minutes=90)
    return Session.objects.filter(group=group).earliest("starts_at")


# --- to be excused


def test_from_the_week_to_the_answer_and_back(pat_client, house):
    assert address(house) in text(pat_client.get("/my/week/")) and address(house) in text(pat_client.get("/my/"))
    page = text(pat_client.get(address(house)))
    assert "You don’t have to say anything about your health." in page and "Monday, March 2, 9:00 AM" in page
    page = text(ask(pat_client, house, follow=True) and pat_client.get(address(house)))
    assert "you are still expected" in page and "My own words" in page and "I’ll come after all" in page
    assert "You asked to be excused" in text(pat_client.get("/my/week/"))
    found = ExcuseRequest.objects.get()
    answer_excuse(request=found, answer="talk", words="I call you at noon.", by=house.alice)
    page = text(pat_client.get(address(house)))
    assert "Alice answered" in page and "I call you at noon." in page and "Clinician" not in page
    assert pat_client.post(address(house), {"deed": "back"}).status_code == 302
    assert ExcuseRequest.objects.get().is_withdrawn and "Ask to be excused" in text(pat_client.get(address(house)))


def test_what_was_typed_is_kept(pat_client, house):
    page = ask(pat_client, house, reason="")
    assert page.status_code == 422 and "My own words" in text(page) and "is fine, too." in text(page)
    page = ask(pat_client, house, words="x" * 1001)
    assert page.status_code == 422 and "x" * 1001 in text(page) and not ExcuseRequest.objects.exists()


def test_too_late_is_said_with_a_way(pat_client, house, settings, clock):
    settings.CLINIC_PHONE = "555 0100"
    RequestPolicy.objects.create(program=house.program, excuse_hours=24)
    page = text(pat_client.get(address(house)))
    assert "It is too late to ask here." in page and "555 0100" in page and 'name="reason"' not in page
    assert ask(pat_client, house).status_code == 422
    clock.shift(dt.timedelta(hours=2))
    sign_in(pat_client, house.pat.user)
    assert "It has begun already." in text(pat_client.get(address(house)))


def test_nobody_elses(client, house):
    for user in (house.robin.user, make_patient(house.program, house.alice).patient.user):
        sign_in(client, user)
        assert client.get(address(house)).status_code == 404
        assert ask(client, house).status_code == 404


# --- the team


def test_the_desk_sees_answers_and_is_on_the_record(client, pat_client, house):
    ask(pat_client, house)
    found = ExcuseRequest.objects.get()
    desk = browser_of(house.alice)
    assert "1 request about a session waits for an answer." in text(desk.get("/desk/"))
    assert "asks to be excused" in text(desk.get(f"/desk/sessions/{house.session.uid}/"))
    assert "What they ask for" in text(desk.get(f"/desk/people/{house.pat.uid}/"))
    before = Read.objects.count()
    page = text(desk.get("/desk/requests/"))
    assert "Pat Peerson" in page and "My own words" in page and Read.objects.count() == before + 1
    one = f"/desk/requests/{found.uid}/"
    assert "Family, or somebody I care for" in text(desk.get(one))
    bad = desk.post(one, {"answer": "expected", "words": "", "seen": 0})
    assert bad.status_code == 422 and "a sentence is enough" in text(bad)
    assert desk.post(one, {"answer": "excused", "words": "Get well.", "seen": 0}).status_code == 302
    late = browser_of(house.bob).post(one, {"answer": "expected", "words": "Come", "seen": 0})
    assert late.status_code in (404, 422)
    assert "excused ahead" in text(desk.get(f"/desk/sessions/{house.session.uid}/"))
    for stranger in (house.charlie, house.coordinator):
        assert browser_of(stranger).get(one).status_code == 404
    assert browser_of(house.billing).get(one).status_code == 403
    assert client.get("/desk/requests/").status_code in (302, 403)


@pytest.mark.parametrize("people", [1, 4])
def test_the_desk_takes_a_fixed_number_of_queries(house, people):
    for n in range(people):
        episode = make_patient(house.program, house.alice)
        visit = add_visitor(session=house.session, episode=episode) if n < 3 else None
        if visit:
            ask_to_be_excused(booking=visit, reason="work")
        SeatRequest.objects.create(
            session=house.other_group.sessions.earliest("starts_at"), patient=episode.patient, episode=episode
        )
    assert queries(browser_of(house.alice), "/desk/requests/") == 9


def test_whoever_is_excused_is_proposed_so_and_recorded_only_when_somebody_saves(house, clock):
    excused(house)
    clock.shift(dt.timedelta(hours=1, minutes=10))
    found = propose(house.session)
    assert {pk: str(p.status) for pk, p in found.items()} == {house.pat.pk: "excused"}
    assert "Alice Clinician excused them" in found[house.pat.pk].why
    desk = browser_of(house.alice)
    page = text(desk.get(f"/desk/sessions/{house.session.uid}/roll-call/"))
    assert "by Alice Clinician: proposed here, recorded when you save." in page
    assert page.count(" checked") == 1 and re.search(r'<input[^>]*value="excused"[^>]* checked', page)
    assert not Attendance.objects.exists()
    clock.shift(dt.timedelta(hours=2))
    assert "excused them" in text(browser_of(house.alice).get(f"/desk/sessions/{house.session.uid}/notes/"))


# --- making up hours


def test_an_excused_session_no_longer_counts_as_ahead(house):
    def ahead() -> int:
        return hours_of_week(episodes=[house.pat_episode], week=WEEK)[house.pat_episode.pk].ahead

    assert ahead() == 75
    excused(house)
    assert ahead() == 0


def test_who_has_reason_to_make_up_hours(house, free, clock):
    house.pat_episode.weekly_goal_minutes = 60
    house.pat_episode.save()

    def found():
        (one,) = make_up_of(patient=house.pat, episodes=[house.pat_episode], week=WEEK)
        return one

    assert not found().has_reason and found().seats == []
    excused(house)
    assert found().was_away and free in found().seats and house.session not in found().seats
    clock.shift(dt.timedelta(hours=3))
    row = RollCallRow(house.pat.pk, Status.NO_SHOW, None, None)
    take_attendance(session=house.session, rows=[row], by=house.alice)
    assert found().was_away
    for _n in range(5):
        add_visitor(session=free, episode=make_patient(house.program, house.alice))
    assert free not in found().seats


def test_asked_for_on_the_page_and_seen_by_the_desk(pat_client, house, free):
    assert 'href="/my/seats/"' in text(pat_client.get("/my/"))
    page = text(pat_client.get("/my/seats/"))
    assert "Thursday skills" in page and f"/my/seats/{free.uid}/ask/" in page and "Monday process" not in page
    page = pat_client.post(f"/my/seats/{free.uid}/ask/", follow=True)
    assert "You have asked for Thursday, March 5, 10:00 AM PST." in text(page) and "Waits for an answer" in text(page)
    assert f"/my/seats/{free.uid}/ask/" not in text(page)
    found = SeatRequest.objects.get()
    desk = browser_of(house.alice)
    assert "A seat to make up hours" in text(desk.get("/desk/requests/"))
    one = f"/desk/requests/seats/{found.uid}/"
    assert desk.post(one, {"deed": "decline", "words": ""}).status_code == 422
    assert desk.post(one, {"deed": "confirm"}).status_code == 302
    assert "Booked" in text(pat_client.get("/my/seats/")) and "Thursday skills" in text(pat_client.get("/my/week/"))
    assert browser_of(house.charlie).get(one).status_code == 404


def test_taken_back_and_what_is_not_there(client, pat_client, house, free):
    pat_client.post(f"/my/seats/{free.uid}/ask/")
    found = SeatRequest.objects.get()
    sign_in(client, house.robin.user)
    assert client.post(f"/my/seats/{found.uid}/back/").status_code == 404
    sign_in(pat_client, house.pat.user)
    page = pat_client.post(f"/my/seats/{found.uid}/back/", follow=True)
    assert "You no longer ask for it." in text(page)
    page = pat_client.post(f"/my/seats/{house.session.uid}/ask/", follow=True)
    assert "This time can’t be had any more. Please choose another." in text(page)


@pytest.mark.parametrize("sessions", [1, 6])
def test_query_count(pat_client, house, free, sessions):
    more_sessions(house, sessions - 1)
    for n in range(sessions):
        group = make_group(house.program, make_staff(house.program), name=f"Free {n}", capacity=5)
        create_slot(group=group, weekday=4, starts_at=dt.time(8 + n), minutes=30)
    assert queries(pat_client, "/my/seats/") == 15
