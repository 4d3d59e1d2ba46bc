"""What the room proposes of a session: status, minutes, words. By the session: 9:00 to 10:30, fifteen minutes of it a break."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinical.models import Attendance, GroupNote, Status
from clinical.services.proposals import propose, read_room
from clinical.tests.room_scenes import Scene
from rooms.models import Handout, HandoutShown, Poll, Spell
from scheduling.models import Session
from tests.desk import more_people


@pytest.fixture
def over(house, clock):
    """The session is over; its leader reads, in their own zone."""
    clock.shift(dt.timedelta(hours=3))
    with timezone.override(house.alice.zone):
        yield house


def proposed(session) -> dict[str, tuple]:
    names = dict(session.bookings.filter(patient__isnull=False).values_list("patient_id", "patient__legal_first_name"))
    return {names[pk]: (p.status, p.minutes, p.why) for pk, p in propose(session).items()}


def test_without_a_room_nothing_is_proposed(over):
    assert propose(over.session) == {}


def test_who_was_there_who_came_late_and_who_missed_it(over):
    scene = Scene(over.session)
    scene.agenda(**{"check_in": (0, 40), "break": (40, 55), "teaching": (55, 90)})
    scene.member(over.pat, (-3, 90))
    assert proposed(over.session) == {
        "Pat": (Status.PRESENT, 75, "in from 9:00 to 10:30"),
        "Quinn": (Status.NO_SHOW, None, "was not in the room"),
    }
    scene.member(over.quinn, (20, 60), (60.5, 90), why="lost", let_in=21)
    assert proposed(over.session)["Quinn"] == (Status.LATE, 54, "in from 9:21 to 10:30, lost once")


def test_five_minutes_may_be_missed(over):
    scene = Scene(over.session)
    scene.agenda(**{"check_in": (0, 40), "break": (40, 55)})
    scene.member(over.pat, (5, 90))
    scene.member(over.quinn, (0, 84.9))
    found = proposed(over.session)
    assert found["Pat"][:2] == (Status.PRESENT, 75)
    assert found["Quinn"][:2] == (Status.LEFT_EARLY, 70)


def test_stepping_away_costs_minutes_and_a_room_beside_does_not(over):
    scene = Scene(over.session)
    scene.agenda(**{"check_in": (0, 40), "break": (40, 55)})
    pat = scene.member(over.pat, (0, 90))
    Spell.objects.create(participant=pat, kind="away", began_at=scene.at(35), ended_at=scene.at(50))
    assert proposed(over.session)["Pat"] == (
        Status.PRESENT,
        75,
        "in from 9:00 to 10:30, stepped away for 5 minutes",
    )
    Spell.objects.create(participant=pat, kind="away", began_at=scene.at(60), ended_at=scene.at(70))
    assert proposed(over.session)["Pat"][:2] == (Status.LEFT_EARLY, 60)


def test_waiting_at_the_door_is_not_attending(over):
    scene = Scene(over.session)
    scene.member(over.pat, (0, 90), let_in=None)
    scene.member(over.quinn, (10, 10.4))
    found = proposed(over.session)
    assert found["Pat"] == (Status.NO_SHOW, None, "came to the door and was not let in")
    assert found["Quinn"] == (Status.NO_SHOW, None, "was in for less than half a minute")


def test_a_removal_that_was_taken_back_costs_the_time_between(over):
    scene = Scene(over.session)
    pat = scene.member(over.pat, (0, 30), (32, 90), why="removed")
    for state, changes in (
        ("removed", {"removed_at": scene.at(30)}),
        ("preparing", {"readmitted_at": scene.at(35), "readmitted_by": scene.leader}),
        ("in", {"admitted_at": scene.at(40)}),
    ):
        pat.state = state
        for name, value in changes.items():
            setattr(pat, name, value)
        pat.save()
    found = proposed(over.session)["Pat"]
    assert found == (Status.LEFT_EARLY, 65, "in from 9:00 to 10:30")  # ten minutes missed, and a break nobody marked


def test_a_break_nobody_marked_is_taken_off(over):
    scene = Scene(over.session)
    scene.member(over.pat, (15, 90))
    assert proposed(over.session)["Pat"][:2] == (Status.LATE, 60)


def test_a_session_nobody_ended_was_held_until_its_leader_left(over):
    scene = Scene(over.session, ended=None)
    scene.lead((-5, 60))
    scene.member(over.pat, (0, 90))
    scene.member(over.quinn, (0, 45))
    found = proposed(over.session)
    assert found["Pat"][0] == Status.PRESENT and found["Quinn"][0] == Status.LEFT_EARLY
    assert read_room(over.session, [], 75).shared.stopped_at == scene.at(60)


def test_while_it_goes_on_nothing_is_proposed(house, clock):
    clock.shift(dt.timedelta(hours=1, minutes=30))
    scene = Scene(house.session, ended=None)
    scene.member(house.pat, (0, None))
    assert propose(house.session) == {}


def test_where_nobody_used_the_room_nobody_is_said_to_have_missed_it(over):
    scene = Scene(over.session, began=None, ended=None)
    scene.lead((0, 5))
    assert propose(over.session) == {}


def test_talk_is_a_share_and_trouble_a_fact(over):
    scene = Scene(over.session)
    lead = scene.lead((0, 90))
    pat = scene.member(over.pat, (0, 30), (30.2, 50), (50.3, 90), why="lost")
    scene.talked(lead, (-10, 5), (20, 40))
    scene.talked(pat, (40, 45), (85, 95))
    scene.trouble(pat, 31)
    scene.rated(pat, 20, engagement=1)
    scene.rated(pat, 70, engagement=3, tone=2)
    found = propose(over.session)[over.pat.pk]
    assert found.talk_share == 29  # ten minutes of thirty-five; before and after the session nothing counts
    assert found.ratings == (("Tone", 2), ("Engagement", 3))
    assert found.trouble
    assert found.trouble_text == "Connection lost twice. Told of technical trouble at 9:31."


def test_the_shared_part_as_it_was_held(over):
    scene = Scene(over.session, began=4, ended=85)
    scene.agenda(**{"check_in": (4, 40), "break": (40, 52), "teaching": (52, 85)})
    handout = Handout.objects.create(group=over.group, title="Urge surfing", text="Waves", made_by=over.alice)
    for minute in (60, 70):
        HandoutShown.objects.create(
            room=scene.room, handout=handout, opened_at=scene.at(minute), closed_at=scene.at(72)
        )
    Poll.objects.create(room=scene.room, kind="word", title="One word for today?", opened_at=scene.at(80))
    shared = read_room(over.session, [], 75).shared
    assert (shared.began_at, shared.stopped_at, shared.break_minutes) == (scene.at(4), scene.at(85), 12)
    assert shared.activities == "Check-in round; Teaching\nPolls: One word for today?"
    assert shared.handouts == "Urge surfing"
    assert not GroupNote.objects.exists() and not Attendance.objects.exists()


def test_a_fixed_number_of_queries(over):
    def cost() -> int:
        session = Session.objects.select_related("room").get(pk=over.session.pk)
        with CaptureQueriesContext(connection) as seen:
            read_room(session, list(people), 75)
        return len(seen)

    people = [over.pat.pk, over.quinn.pk]
    assert cost() == 0
    scene = Scene(over.session)
    scene.member(over.pat, (0, 90))
    assert cost() == 9
    scene.member(over.quinn, (0, 90))
    for person in more_people(over, 3):
        people.append(person.pk)
        scene.talked(scene.member(person, (0, 30), (31, 90)), (1, 2))
    assert cost() == 9


def test_what_was_confirmed_differs_by_more_than_a_rounding(over):
    scene = Scene(over.session)
    scene.member(over.pat, (20, 90))
    proposal = propose(over.session)[over.pat.pk]
    assert proposal.minutes == 55

    def row(status, minutes) -> Attendance:
        return Attendance(status=status, minutes=minutes)

    assert not proposal.differs_from(row("left_early", 57)) and proposal.differs_from(row("late", 58))
    assert proposal.differs_from(row("no_show", None)) and proposal.differs_from(row("present", 75))
