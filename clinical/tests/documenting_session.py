"""Shared by the tests of the documentation page: a group of twelve, each with a plan, and words for each."""

import datetime as dt

import time_machine
from django.utils import timezone

from accounts.models import User
from scheduling.models import Session
from scheduling.services import create_slot, extend_horizon, seat_member
from tests.desk import make_plan
from tests.factories import House, make_group, make_patient

PEOPLE = (
    ("Amara", "Okonkwo"),
    ("Benedict", "Featherstonehaugh-Cholmondeley"),
    ("Chiara", "Lombardi"),
    ("Dmitri", "Volkov"),
    ("Eleni", "Papadopoulou"),
    ("Farid", "Rahimi"),
    ("Guadalupe", "Hernández"),
    ("Hiroshi", "Tanaka"),
    ("Ingrid", "Sørensen"),
    ("Jamal", "Whitaker"),
    ("Katarzyna", "Wiśniewska"),
    ("Leilani", "Kealoha"),
)
WORDS = (
    "Named payday as the hour cravings come and rehearsed a call to a sponsor.",
    "Quiet at first; drew the line from shame to isolation when asked, and stayed with it.",
    "Asked a peer how mornings go now; offered a breathing exercise that helps at night.",
    "Left once, came back and told why: the neighbour’s party. Plans to move the desk.",
    "Read the worksheet aloud and disagreed with its third question, with good reasons.",
    "Plans to ring the clinic before Friday’s family dinner; doubts it will be enough.",
    "Laughed about relapse dreams, then was moved; said it was the first time to tell.",
    "Kept the camera off; wrote in the chat and answered each question put there.",
    "Compared anger to weather, noticed it rise in the body and let it pass in session.",
    "Brought last week’s homework filled in; the evening walk replaced two drinks.",
    "Interrupted twice, then apologized and listened; named loneliness under the anger.",
    "Set a small step: delete one number tonight. Rated confidence at seven of ten.",
)
SHARED = {
    "objective": "Name two personal triggers and one response to each",
    "intervention": "Guided discussion, functional analysis on the board, rehearsal in pairs",
}


def group_of_twelve(house: House, clinician: User) -> Session:
    """A session of twelve that is over and of which nothing is recorded; everybody has a plan with two objectives."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=8), tick=False):
        group = make_group(house.program, clinician, name="Evening skills", topic="Triggers", capacity=12)
        create_slot(
            group=group, weekday=timezone.localdate().weekday(), starts_at=dt.time(17), minutes=90, break_minutes=10
        )
        for first, last in PEOPLE:
            episode = make_patient(house.program, clinician, first, last)
            seat_member(group=group, episode=episode, joined_on=timezone.localdate())
            make_plan(episode, clinician, "Uses a coping skill when cravings come", "Attends three sessions a week")
    extend_horizon()
    return Session.objects.filter(group=group, ends_at__lt=timezone.now()).earliest("starts_at")
