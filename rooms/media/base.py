"""What a live room asks of whatever carries its sound and pictures: one narrow interface, three adapters.

There is deliberately no method that records: media is never recorded (all-party consent, CLINICAL_FACTS section 5d).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Capability(StrEnum):
    """What a backend can do. What is missing is shown as missing."""

    MEDIA_HERE = "media_here"  # sound and pictures are in our page, not in another program's window
    MUTE = "mute"  # the server can silence somebody
    REMOVE = "remove"  # the server can put somebody out
    TALK_TIME = "talk_time"  # it tells who speaks
    BREAKOUTS = "breakouts"  # it makes rooms beside the room
    SCREEN = "screen"  # screens can be shared


@dataclass(frozen=True, slots=True)
class MediaRoom:
    """A room on the media server: the group's room, or one beside it.

    number: 1 to 2**53 - 1, unguessable. secret: whoever knows it can change the room; never sent to a browser. people: so
    many are seen and heard at once; one of them may show a screen besides. link: the address of a meeting elsewhere, for the
    backend that has one.
    """

    number: int
    secret: str
    people: int = 17
    link: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a media room. key: opaque, unique in the installation, says nothing about them. name: as peers may see it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a browser is told so that it can join. backend: which client to load; the rest depends on it."""

    backend: str
    data: Mapping[str, object] = field(default_factory=dict)


class EventKind(StrEnum):
    """What happened to somebody's connection to a media room."""

    JOINED = "joined"
    LEFT = "left"
    TALKING = "talking"
    QUIET = "quiet"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    ROOM_GONE = "room_gone"  # of the room: everybody in it has left


@dataclass(frozen=True, slots=True)
class MediaEvent:
    """One fact from the media server. handle: the connection it is about ("" of the room). key: the `Person.key`, where it
    says so. at: when it happened by the server’s clock, UTC."""

    kind: EventKind
    number: int
    at: dt.datetime
    handle: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody the media server says is in a room now."""

    handle: str
    key: str
    publishing: bool


class MediaTrouble(Exception):  # noqa: N818 - the house's word for it
    """The media server can't be reached or refuses. The room goes on without sound and pictures. Its text names nobody."""


class MediaBackend(Protocol):
    """One way to carry sound and pictures. Every method but `parse_events` may raise MediaTrouble; none takes longer than five
    seconds; all may be repeated."""

    name: str
    capabilities: frozenset[Capability]

    def ensure_room(self, room: MediaRoom) -> None:
        """Make the room where it does not exist. Private, not recordable, not forwardable."""

    def end_room(self, room: MediaRoom) -> None:
        """Take the room away with everybody in it. No error when there is none."""

    def join_grant(self, room: MediaRoom, person: Person) -> Grant:
        """What this person's browser needs to join this room now. It is useless to anybody else, and soon useless at all."""

    def remove(self, room: MediaRoom, key: str) -> None:
        """Put somebody out of the room, on every connection. No error when they are not there."""

    def set_muted(self, room: MediaRoom, key: str, *, muted: bool) -> None:
        """Silence somebody by the server, or let them be heard again. No error when they are not there."""

    def participants(self, room: MediaRoom) -> list[Present]:
        """Who is in the room now; nobody when there is no such room."""

    def parse_events(self, body: bytes, headers: Mapping[str, str]) -> Iterable[MediaEvent]:
        """The facts in a call the media server made to us, in their order. Raises ValueError for a body that is none of its."""

    def health(self) -> str:
        """ "" when it answers, else one sentence that says what is wrong and how to mend it."""
