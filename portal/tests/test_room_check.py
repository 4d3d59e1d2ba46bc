"""The check at the end of a session, answered in its room: who may, once, and what comes of it."""

import datetime as dt

import pytest
from django.urls import reverse

from clinical.models import FollowUp, MeasureAssignment, MeasureResponse
from clinical.services.asking import assign_due, set_rules
from rooms.models import Participant, Room
from rooms.services.closing import open_check
from rooms.services.door import admit
from rooms.services.passes import enter
from rooms.tests.live import license_in, say_where
from tests.desk import browser_of, text

FINE = {"q1": "9", "q2": "8", "q3": "9", "q4": "10"}


@pytest.fixture
def address(house, clock):
    """Pat is in the room of the session, five minutes before its end; where the check is answered."""
    clock.move_to(house.session.ends_at - dt.timedelta(minutes=5))
    alice = enter(user=house.alice, session_uid=house.session.uid)
    pat = enter(user=house.pat.user, session_uid=house.session.uid)
    license_in(house.alice, "CA")
    say_where(pat)
    admit(by=alice, participant=pat)
    enter(user=house.quinn.user, session_uid=house.session.uid)  # at the door
    return reverse("portal:room_check", args=[house.session.uid])


@pytest.fixture
def opened(house, address):
    open_check(by=Participant.objects.get(user=house.alice))
    return address


def test_it_is_there_once_a_leader_opened_it_and_for_nobody_at_the_door(house, address):
    pat = browser_of(house.pat.user)
    assert pat.get(address).status_code == 404
    open_check(by=Participant.objects.get(user=house.alice))
    shown = pat.get(address)
    assert shown.status_code == 200 and "Not today" in text(shown) and "voluntary" in text(shown)
    assert not MeasureAssignment.objects.exists()  # looking asks for nothing
    for other in (house.quinn, house.robin):
        assert browser_of(other.user).get(address).status_code == 404


def test_answers_go_the_usual_way_and_nobody_is_asked_twice(house, opened, clock):
    pat = browser_of(house.pat.user)
    assert pat.post(opened, {"q1": "eleven"}).status_code == 422
    assert "Nothing is answered yet" in text(pat.post(opened, {}))
    assert "Thank you" in text(pat.post(opened, FINE))
    response = MeasureResponse.objects.get()
    assert (response.session, response.patient, response.assignment.state) == (house.session, house.pat, "answered")
    assert "Thank you" in text(pat.post(opened, FINE))
    assert MeasureResponse.objects.count() == 1
    clock.move_to(house.session.ends_at + dt.timedelta(minutes=20))
    assign_due()
    asked = MeasureAssignment.objects.filter(measure="group_climate", session=house.session)
    assert sorted(asked.values_list("patient__legal_first_name", "state")) == [("Pat", "answered"), ("Quinn", "open")]


def test_a_low_answer_becomes_a_follow_up(house, opened):
    browser_of(house.pat.user).post(opened, {**FINE, "q1": "2"})
    assert FollowUp.objects.get().session == house.session


def test_it_can_still_be_sent_when_the_session_has_just_ended(house, opened):
    Room.objects.update(ended_at=house.session.ends_at, ended_by=house.alice)
    assert "Thank you" in text(browser_of(house.pat.user).post(opened, FINE))


def test_a_program_that_gives_none_asks_nothing(house, opened):
    set_rules(program=house.program, rules=[("phq9", "weekly")], may_prorate=False, by=house.bob)
    pat = browser_of(house.pat.user)
    assert "nothing to answer" in text(pat.get(opened)) and "nothing to answer" in text(pat.post(opened, FINE))
    assert not MeasureResponse.objects.exists()
