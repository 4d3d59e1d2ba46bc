"""What the media server is told once a deed of the door is committed. The server may be away: no deed fails for it."""

import logging
import threading
from collections.abc import Callable

from django.db import transaction

from rooms import media, wire
from rooms.media.base import MediaBackend, MediaRoom, MediaTrouble
from rooms.models import Beside, Participant, Room
from rooms.services.passes import media_room

log = logging.getLogger(__name__)


def put_out_of_media(room: Room, one: Participant) -> None:
    """Somebody was removed: their gate closes, and the server puts them out of the room and of every room beside it."""
    wire.tell_media([one.key])
    places, key = _every_place(room), one.key

    def put_out(server: MediaBackend) -> None:
        for place in places:
            server.remove(place, key)

    _once_committed(room.backend, put_out)


def end_media(room: Room) -> None:
    """The session is over: every gate closes, and the server takes its rooms away."""
    wire.tell_media(room.participants.values_list("key", flat=True))
    places = _every_place(room)

    def end(server: MediaBackend) -> None:
        for place in places:
            server.end_room(place)

    _once_committed(room.backend, end)


def _every_place(room: Room) -> list[MediaRoom]:
    """The room on the media server, and those beside it that are open. One query."""
    beside = Beside.objects.filter(room=room, closed_at=None)
    return [media_room(room), *(MediaRoom(number=b.number, secret=b.secret) for b in beside)]


def _once_committed(name: str, ask: Callable[[MediaBackend], None]) -> None:
    def in_a_thread() -> None:
        try:
            ask(media.backend(name))
        except MediaTrouble as trouble:
            log.warning("The media server did not take what the door asked: %s", trouble)

    transaction.on_commit(lambda: threading.Thread(target=in_a_thread, daemon=True).start())
