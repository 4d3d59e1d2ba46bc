"""The channel layer that outlives its Redis."""

import asyncio
import logging

from channels_redis.core import RedisChannelLayer
from redis import RedisError

log = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between two looks whether Redis is back


class PatientLayer(RedisChannelLayer):
    """Channels' own layer lets every socket fall when Redis goes away, and again when its page comes back. Here they wait.

    A Redis that comes back knows no groups any more: everybody is put into theirs again.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._members: set[tuple[str, str]] = set()
        self._is_away = self._is_looking = False

    async def receive(self, channel):
        """The next message on the channel, however long Redis is away meanwhile."""
        while True:
            try:
                return await super().receive(channel)
            except (RedisError, OSError):
                if not self._is_away:
                    log.warning("Redis is away: sockets wait for it, and live by the heart alone")
                self._is_away = True
                await self._come_back()

    async def group_add(self, group, channel):
        """Put the channel into the group; again when Redis comes back. Raises RedisError or OSError while it is away."""
        self._members.add((group, channel))
        await super().group_add(group, channel)

    async def group_discard(self, group, channel):
        """Take the channel out of the group, for good."""
        self._members.discard((group, channel))
        await super().group_discard(group, channel)

    async def _come_back(self) -> None:
        """Wait until Redis answers; whoever finds it back first puts everybody into their groups."""
        while self._is_away:
            await asyncio.sleep(PAUSE)
            if self._is_looking or not self._is_away:
                continue
            self._is_looking = True
            try:
                for group, channel in list(self._members):
                    await super().group_add(group, channel)
                if not self._members:
                    await self.connection(0).ping()
                self._is_away = False
                log.warning("Redis is back")
            except (RedisError, OSError):
                pass
            finally:
                self._is_looking = False
