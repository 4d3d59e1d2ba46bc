"""Rooms beside the room, over the socket."""

from django.utils import timezone
from pydantic import Field

from rooms.commands.door import Somebody, somebody
from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Room
from rooms.queries_beside import for_leaders, for_one, has_called, supported, whereabouts
from rooms.services import aside, beside


class Rooms(Asked):
    """How many rooms or which, and how people come into them."""

    count: int = Field(default=0, ge=0, le=99)
    names: list[str] = Field(default=[], max_length=20)
    how: beside.How


class Placing(Somebody):
    """Who goes where. None: the room itself."""

    beside: int | None = None
    even_so: bool = False


class Minutes(Asked):
    """How long."""

    minutes: int | None = None


class MoreMinutes(Asked):
    """How much longer."""

    minutes: int


class Where(Asked):
    """Which room beside."""

    beside: int


class Word(Asked):
    """What they should hear."""

    text: str = Field(max_length=2000)


class Told(Asked):
    """Whether the others may know."""

    told: bool


@command("beside.make", By.LEADER, Rooms)
def make(by: Participant, asked: Rooms) -> None:
    beside.make_rooms(by=by, count=asked.count, names=asked.names, how=asked.how)


@command("beside.place", By.LEADER, Placing)
def place(by: Participant, asked: Placing) -> None:
    beside.place(by=by, participant=somebody(by, asked.key), beside_id=asked.beside, even_so=asked.even_so)


@command("beside.open", By.LEADER, Minutes)
def open_rooms(by: Participant, asked: Minutes) -> None:
    beside.open_rooms(by=by, minutes=asked.minutes)


@command("beside.more", By.LEADER, MoreMinutes)
def more(by: Participant, asked: MoreMinutes) -> None:
    beside.add_time(by=by, minutes=asked.minutes)


@command("beside.say", By.LEADER, Word)
def say(by: Participant, asked: Word) -> None:
    beside.broadcast(by=by, text=asked.text)


@command("beside.close", By.LEADER)
def close(by: Participant) -> None:
    beside.close_rooms(by=by)


@command("beside.drop", By.LEADER)
def drop(by: Participant) -> None:
    beside.drop_plan(by=by)


@command("beside.visit", By.LEADER, Where)
def visit(by: Participant, asked: Where) -> None:
    beside.visit(by=by, beside_id=asked.beside)


@command("beside.help", By.ANYBODY_IN)
def call_help(by: Participant) -> None:
    beside.call_help(by=by)


@command("beside.coming", By.LEADER, Somebody)
def coming(by: Participant, asked: Somebody) -> None:
    beside.take_help(by=by, participant=somebody(by, asked.key))


@command("beside.aside", By.LEADER, Somebody)
def take_aside(by: Participant, asked: Somebody) -> None:
    aside.take_aside(by=by, participant=somebody(by, asked.key))


@command("beside.end", By.LEADER, Where)
def end_aside(by: Participant, asked: Where) -> None:
    aside.end_aside(by=by, beside_id=asked.beside)


@command("beside.tell", By.ANYBODY_IN, Told)
def tell(by: Participant, asked: Told) -> None:
    aside.tell_group(by=by, told=asked.told)


@command("beside.back", By.ANYBODY_IN)
def back(by: Participant) -> None:
    aside.go_back(by=by)


@part("beside")
def beside_now(room: Room, viewer: Participant) -> dict:
    """Where they are themselves and who is said to be supported; for leaders all rooms beside.
    At most three queries; for leaders six more."""
    spell = whereabouts(viewer)
    found = {
        "mine": for_one(spell.beside if spell else None),
        "called": spell is not None and has_called(viewer),
        "told": supported(room),
        "now": timezone.now().isoformat(),  # a page reckons what is left by our clock
    }
    return found | for_leaders(room) if viewer.is_leader else found
