"""Rounds, over the socket."""

from pydantic import Field

from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Room
from rooms.services import rounds


class Start(Asked):
    """Which round, in which order, in which step of the agenda."""

    kind: str
    order: rounds.Order = rounds.Order.SEATED
    keys: list[str] = Field(default=[], max_length=50)
    on: int | None = None


class Whose(Asked):
    """Whose turn it was shown to be, or is to be."""

    key: str


class Sequence(Asked):
    """Those still to be asked, in order."""

    keys: list[str] = Field(max_length=50)


class Which(Asked):
    """The round it was pressed on."""

    on: int | None = None


@command("round.start", By.LEADER, Start)
def start(by: Participant, asked: Start) -> None:
    rounds.start_round(by=by, kind=asked.kind, order=asked.order, keys=asked.keys, on=asked.on)


@command("round.done", By.ANYBODY_IN, Whose)
def done(by: Participant, asked: Whose) -> None:
    rounds.end_turn(by=by, key=asked.key)


@command("round.pass", By.ANYBODY_IN, Whose)
def pass_turn(by: Participant, asked: Whose) -> None:
    rounds.pass_turn(by=by, key=asked.key)


@command("round.call", By.LEADER, Whose)
def call(by: Participant, asked: Whose) -> None:
    rounds.call_turn(by=by, key=asked.key)


@command("round.order", By.LEADER, Sequence)
def order(by: Participant, asked: Sequence) -> None:
    rounds.order_turns(by=by, keys=asked.keys)


@command("round.end", By.LEADER, Which)
def end(by: Participant, asked: Which) -> None:
    rounds.end_round(by=by, on=asked.on)


@part("round")
def the_round(room: Room, viewer: Participant) -> dict:
    """The round that is on, whose turn it is, and in which steps a round was held. At most three queries."""
    return rounds.round_of(room)
