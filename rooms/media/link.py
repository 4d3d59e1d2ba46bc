"""A meeting in another program, by its link: sound and pictures are there, everything else of the room is here."""

from collections.abc import Iterable, Mapping

from rooms.media.base import Capability, Grant, MediaEvent, MediaRoom, Person, Present


class LinkBackend:
    """`MediaBackend` that only knows an address. It can't silence anybody or put anybody out, and hears of nobody."""

    name = "link"
    capabilities: frozenset[Capability] = frozenset()

    def ensure_room(self, room: MediaRoom) -> None:
        """The meeting is made by people, in the other program."""

    def end_room(self, room: MediaRoom) -> None:
        """And ended by them."""

    def join_grant(self, room: MediaRoom, person: Person) -> Grant:
        return Grant(self.name, {"link": room.link})

    def remove(self, room: MediaRoom, key: str) -> None:
        """Done in the other program, by hand."""

    def set_muted(self, room: MediaRoom, key: str, *, muted: bool) -> None:
        """Done in the other program, by hand."""

    def participants(self, room: MediaRoom) -> list[Present]:
        return []

    def parse_events(self, body: bytes, headers: Mapping[str, str]) -> Iterable[MediaEvent]:
        raise ValueError("a link tells nothing")

    def health(self) -> str:
        return ""
