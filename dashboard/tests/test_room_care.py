"""What leaders read while they are in a live room: whom to call, logged; the group's average, from five answers on."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from clinical.services.session_check import answer_now
from rooms.models import Arrival, DropOut, Participant
from rooms.services.passes import enter
from scheduling.services import seat_member
from tests.desk import Readings, text
from tests.factories import make_patient


@pytest.fixture
def pat(house, clock) -> Participant:
    """Pat is in the room with Alice."""
    house.pat.phone, house.pat.emergency_name, house.pat.emergency_phone = "555 0101", "Max Peerson", "555 0199"
    house.pat.save()
    clock.move_to(house.session.starts_at + dt.timedelta(minutes=5))
    enter(user=house.alice, session_uid=house.session.uid)
    one = enter(user=house.pat.user, session_uid=house.session.uid)
    one.state, one.admitted_at = Participant.State.IN, timezone.now()  # as before arrivals were asked for
    one.save()
    return one


def test_whom_to_call_and_that_it_was_read(house, pat, browse):
    drop = DropOut.objects.create(participant=pat, lost_at=timezone.now())
    address = reverse("dashboard:room_lost", args=[drop.uid])
    seen = Readings()
    page = text(browse(house.alice).get(address))
    assert seen.of(house.alice) == {"Pat"}
    for words in ("555 0101", "Max Peerson", "555 0199", "gave no address", "Leave no message"):
        assert words in page
    Arrival.objects.create(
        participant=pat, street="1 Main St", city="Reno", state="NV", phone="555 0177", given_at=timezone.now(),
        local_emergency="775-555-0100",
    )  # fmt: skip
    page = text(browse(house.alice).get(address))
    assert "555 0177" in page and "555 0101" not in page and "1 Main St, Reno, NV" in page and "775-555-0100" in page


def test_nobody_but_a_leader_of_this_session(house, pat, browse):
    drop = DropOut.objects.create(participant=pat, lost_at=timezone.now())
    enter(user=house.bob, session_uid=house.session.uid)  # looks in as a supervisor
    for name, uid in (("room_lost", [drop.uid]), ("room_check", [house.session.uid])):
        address = reverse(f"dashboard:{name}", args=uid)
        found = {who: browse(getattr(house, who)).get(address).status_code for who in ("bob", "charlie", "billing")}
        assert found == {"bob": 404, "charlie": 404, "billing": 403}


def test_the_average_shows_from_five_answers_on(house, pat, browse):
    address = reverse("dashboard:room_check", args=[house.session.uid])
    house.group.capacity = 12
    house.group.save()
    people = [house.pat, house.quinn]
    while len(people) < 5:
        episode = make_patient(house.program, house.alice)
        seat_member(group=house.group, episode=episode, joined_on=timezone.localdate())
        people.append(episode.patient)
    answers = {"1": 8, "2": 8, "3": 8, "4": 6}
    for patient in people[:4]:
        answer_now(session=house.session, patient=patient, answers=answers, by=patient.user)
    shown = text(browse(house.alice).get(address))
    assert "from 5 answers on" in shown and "7.5" not in shown
    answer_now(session=house.session, patient=people[4], answers=answers, by=people[4].user)
    shown = text(browse(house.alice).get(address))
    assert "7.5" in shown and "5 answers" in shown
