"""What can be asked of a room over its socket, and the picture a socket starts from: the table of both.

A module of `rooms.commands` registers what it knows:

    @command("hand.raise", By.ANYBODY_IN)
    def raise_hand(by: Participant) -> None: ...

    class Say(Asked):
        text: str = Field(min_length=1, max_length=2000)

    @command("chat.say", By.ANYBODY_IN, Say)
    def say(by: Participant, asked: Say) -> dict: ...

    @part("hands")
    def hands(room: Room, viewer: Participant) -> list: ...

A command runs in a thread with the database and calls a service, which looks at the person again under the room's lock: what
`By` says here only refuses early. What it returns goes to who asked, alone.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import pydantic
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, require
from rooms.models import Participant, Room


class Asked(pydantic.BaseModel):
    """What came with a command: nothing but what it names."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=False, str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked."""

    name: str
    who: By
    deed: Callable
    asked: type[Asked] | None


COMMANDS: dict[str, Command] = {}
PARTS: dict[str, Callable[[Room, Participant], object]] = {}


def command(name: str, who: By, asked: type[Asked] | None = None) -> Callable:
    """Register a command under its name ("matter.verb")."""

    def register(function):
        if name in COMMANDS:
            raise ImproperlyConfigured(f"Two commands are called {name}.")
        COMMANDS[name] = Command(name, who, function, asked)
        return function

    return register


def part(name: str) -> Callable:
    """Register a part of the picture. It is asked for somebody who is in; it returns what that person may know, as JSON."""

    def register(function):
        if name in PARTS:
            raise ImproperlyConfigured(f"Two parts of the picture are called {name}.")
        PARTS[name] = function
        return function

    return register


def load() -> None:
    """Import every module of `rooms.commands`, each of which registers what it knows."""
    import rooms.commands

    for found in pkgutil.iter_modules(rooms.commands.__path__, "rooms.commands."):
        importlib.import_module(found.name)


def run(participant_id: int, name: object, given: object) -> object:
    """Do what somebody asked. Returns what only they are told.

    Raises Refusal (unknown_command, not_understood, and the command's own).
    """
    known = COMMANDS.get(name) if isinstance(name, str) else None
    if known is None:
        raise Refusal(_("This page is older than the room. Reload it."), "unknown_command")
    by = Participant.objects.select_related("room", "user", "patient").get(pk=participant_id)
    require(by, known.who)
    if known.asked is None:
        return known.deed(by)
    try:
        asked = known.asked.model_validate(given or {})
    except pydantic.ValidationError as error:
        field = next((str(e["loc"][0]) for e in error.errors(include_input=False, include_url=False) if e["loc"]), None)
        raise Refusal(
            _("That can’t be taken as it stands. Look at it and try again."), "not_understood", field
        ) from None
    return known.deed(by, asked)


def picture(participant_id: int) -> dict:
    """The whole room as this person may know it: seq (its place in the order) and the parts. Somebody at the door gets none.

    Seen at one moment: nothing that happens meanwhile is in one part and not in another.
    """
    with transaction.atomic():
        if not connection.needs_rollback and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _picture(participant_id)


def _picture(participant_id: int) -> dict:
    viewer = Participant.objects.select_related("room__session__group__program", "user", "patient").get(
        pk=participant_id
    )
    room = viewer.room
    me = {
        "key": viewer.key,
        "name": viewer.shown,
        "part": viewer.part,
        "state": viewer.state,
        "leads": viewer.is_leader,
    }
    found = {"seq": room.seq, "me": me, "over": room.is_over}
    if viewer.is_in:
        found |= {name: of(room, viewer) for name, of in PARTS.items()}
    return found
