"""Live rooms: a session of each group that is on now, with a row of everything that can be in its room."""

import datetime as dt

import time_machine
from django.utils import timezone

from rooms.models import DropOut, Handout, Participant, Room
from rooms.tests.rows import make_rows_of
from scheduling.models import Session
from scheduling.services import add_session
from tests.factories import make_patient


def make(house, sessions) -> None:
    """Pat's and Robin's groups meet now, each with somebody else who is a peer of theirs."""
    now = timezone.now()
    sides = (("own", house.alice, house.pat), ("other", house.charlie, house.robin))
    for side, leader, patient in sides:
        with time_machine.travel(now - dt.timedelta(minutes=10), tick=False):
            began = now - dt.timedelta(minutes=5)
            on = add_session(group=sessions[side].group, starts_at=began, minutes=60, by=leader, topic="Triggers")
        make_rows_of(on, leader, patient, make_patient(house.program, leader, "Peer", "Companion").patient)


def on_now(session) -> Session:
    """The session of the same group that is on now."""
    return Room.objects.filter(session__group=session.group, ended_at=None).latest("pk").session


def own(session, patient) -> Participant:
    """The patient's ticket for the room that is on."""
    return Participant.objects.get(room__session=on_now(session), patient=patient)


def uids(patient, session, leader) -> dict:
    """The session that is on, its group, a handout of the group, the program, and who was lost."""
    now = on_now(session)
    found = dict.fromkeys(
        (
            *("rooms:room", "rooms:ask", "rooms:plan_session", "rooms:handouts_of_session"),
            *("dashboard:room_check", "portal:room", "portal:room_ask", "portal:room_check", "portal:door"),
        ),
        now.uid,
    )
    handout = Handout.objects.filter(group=session.group).latest("pk")
    return found | {
        "rooms:handout": handout.uid,
        "rooms:withdraw_handout": handout.uid,
        "portal:handout": handout.uid,
        "rooms:plan_group": session.group.uid,
        "rooms:apart": session.group.uid,
        "rooms:link": session.group.uid,
        "rooms:agreement": session.group.program.uid,
        "dashboard:room_lost": DropOut.objects.get(participant=own(session, patient)).uid,
    }
