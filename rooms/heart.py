"""What a process does for all its sockets together, every few seconds: says that they live, finds the dead, sees what was missed.

One query for the signs of life, one for the rooms' places, one for who was lost and who dropped out, however many sockets.
"""

import asyncio
import datetime as dt
import logging
import time
import weakref
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.utils import timezone

from rooms.db import in_db
from rooms.models import Connection, Room
from rooms.services import beside, dropouts, presence

if TYPE_CHECKING:
    from rooms.consumers import RoomConsumer

log = logging.getLogger(__name__)

BEAT = presence.BEAT
PING_EVERY = 5  # seconds: presence is never further from the truth than half of it
SILENT_AFTER = 45  # seconds without an answer: the page is frozen or its network gone


class Heart:
    """The beat of one process (of one event loop)."""

    def __init__(self) -> None:
        self.sockets: set[RoomConsumer] = set()
        self._task: asyncio.Task | None = None

    def add(self, socket: "RoomConsumer") -> None:
        """Look after this socket."""
        self.sockets.add(socket)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._beat())

    def remove(self, socket: "RoomConsumer") -> None:
        """It is closed."""
        self.sockets.discard(socket)

    async def _beat(self) -> None:
        last_ping = 0.0
        while self.sockets:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            if now - last_ping >= PING_EVERY:
                last_ping = now
                await asyncio.gather(*(s.ping() for s in list(self.sockets)), return_exceptions=True)
            for silent in [s for s in self.sockets if now - s.heard > SILENT_AFTER]:
                await silent.give_up(Connection.Why.LOST, at=gone_at(silent.heard))
            try:
                await self._look()
            except (DatabaseError, OSError):
                log.warning("The database did not answer a room's heartbeat; the next one tries again")
            except Exception:  # said aloud, and never the end of the beat: every socket of the process lives by it
                log.exception("A beat of the rooms failed; the next one tries again")

    async def _look(self) -> None:
        sockets = list(self.sockets)
        alive = await in_db(presence.keep_alive, [s.connection_id for s in sockets if s.connection_id])
        now_at = await in_db(places, {s.room_id for s in sockets})
        await in_db(presence.sweep)
        await in_db(dropouts.look)
        await in_db(beside.close_due)
        # All at once: one that waits for what it missed holds up no other, and not the next signs of life.
        await asyncio.gather(*(self._look_after(socket, alive, now_at.get(socket.room_id, 0)) for socket in sockets))

    @staticmethod
    async def _look_after(socket: "RoomConsumer", alive: set[int], place: int) -> None:
        if socket.connection_id and socket.connection_id not in alive:
            await socket.give_up(Connection.Why.REMOVED)
        elif place > socket.seq:
            await socket.catch_up(place)


def gone_at(heard: float) -> dt.datetime:
    """When a page went whose connection was lost. heard: when it last answered, by the monotonic clock.

    A killed browser's connection falls at once. A frozen page's, or one whose network is gone, falls long after; it went
    between its last answer and the question it did not answer any more, and the middle of that is nearest to the truth.
    """
    silent = time.monotonic() - heard
    since = silent - PING_EVERY / 2 if silent > 2 * PING_EVERY else 0
    return timezone.now() - dt.timedelta(seconds=since)


def places(room_ids: set[int]) -> dict[int, int]:
    """How much happened in each of these rooms. One query."""
    return dict(Room.objects.filter(pk__in=room_ids).values_list("pk", "seq"))


_hearts: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Heart]" = weakref.WeakKeyDictionary()


def heart() -> Heart:
    """The heart of the running event loop."""
    return _hearts.setdefault(asyncio.get_running_loop(), Heart())
