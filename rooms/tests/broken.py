"""The live process with something taken away, for the tests of faults: an ASGI application. BROKEN names what, by commas.

lossy: every third word of the channel layer is lost, every fourth comes late. deaf: no socket fetches what it missed. impatient:
sockets fall with Redis, as Channels' own layer lets them. quick: pages are asked every second whether they live, and given up
after four. crowded: deeds of a room take no turns before they take a thread.
"""

import asyncio
import contextlib
import itertools
import os

from channels_redis.core import RedisChannelLayer

from iop.asgi import application
from rooms import consumers, heart, wire
from rooms.consumers import RoomConsumer
from rooms.layer import PatientLayer

__all__ = ["application"]
BROKEN = os.environ["BROKEN"].split(",")

if "lossy" in BROKEN:
    real, turns, late = wire.get_channel_layer, itertools.count(1), set()

    class Lossy:
        """A layer that loses and reorders."""

        async def group_send(self, group, message):
            turn = next(turns)
            if turn % 3 == 0:
                return
            if turn % 4 == 0:
                task = asyncio.get_running_loop().create_task(self._later(group, message))
                late.add(task)
                task.add_done_callback(late.discard)
                return
            await real().group_send(group, message)

        async def _later(self, group, message):
            await asyncio.sleep(0.15)
            await real().group_send(group, message)

    wire.get_channel_layer = Lossy

if "deaf" in BROKEN:

    async def nothing(self, until):
        """The guard that is taken away."""

    RoomConsumer.catch_up = nothing

if "impatient" in BROKEN:
    PatientLayer.receive = RedisChannelLayer.receive

if "quick" in BROKEN:
    heart.BEAT, heart.PING_EVERY, heart.SILENT_AFTER = 1, 1, 4

if "crowded" in BROKEN:
    consumers.turn_in = lambda room_id: contextlib.nullcontext()
