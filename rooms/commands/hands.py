"""Raised hands and reactions, over the socket."""

from django.utils import timezone

from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Room
from rooms.services import hands


class Whose(Asked):
    """Whose hand."""

    key: str


class Reaction(Asked):
    """Which reaction."""

    kind: str


@command("hand.raise", By.ANYBODY_IN)
def raise_hand(by: Participant) -> None:
    hands.raise_hand(by=by)


@command("hand.lower", By.ANYBODY_IN)
def lower_own(by: Participant) -> None:
    hands.lower_hand(by=by, key=by.key)


@command("hand.lower_for", By.LEADER, Whose)
def lower(by: Participant, asked: Whose) -> None:
    hands.lower_hand(by=by, key=asked.key)


@command("hand.call", By.LEADER, Whose)
def call(by: Participant, asked: Whose) -> None:
    hands.call_on(by=by, key=asked.key)


@command("hand.clear", By.LEADER)
def clear(by: Participant) -> None:
    hands.clear_hands(by=by)


@command("react", By.ANYBODY_IN, Reaction)
def react(by: Participant, asked: Reaction) -> None:
    hands.react(by=by, kind=asked.kind)


@part("hands")
def the_hands(room: Room, viewer: Participant) -> dict:
    """Whose hands are up; for leaders in order, for each their own place. At most two queries."""
    return hands.hands_of(room, viewer, timezone.now())
