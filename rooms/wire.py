"""How what happened in a room reaches everybody in it.

What happened is in Postgres first, numbered by the room's `seq` in the order of its commits. Then it goes over the channel
layer, which may lose or reorder it; so each socket puts it in order again and fetches what it misses from a short log in
Redis, or, where that is gone, a picture of the whole room from Postgres. Losing Redis delays what happens; it loses nothing
that Postgres has.
"""

import asyncio
import contextvars
import json
import logging
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import redis
import redis.asyncio
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Refusal

log = logging.getLogger(__name__)

ALL = ("*",)  # everybody who is in
LEADERS = ("leaders",)
NOBODY: tuple[str, ...] = ()
LOG_SECONDS = 900  # how long a socket may have been gone and still be told one by one
_TIMEOUT = 2  # seconds Redis may take
CONNECTIONS, _POOL_TIMEOUT = 20, 10  # to Redis, of one process; seconds one of them may be waited for
# Seconds between two looks for what is committed and not in the log: whoever did it is writing it there at this moment.
NOT_YET = (0.1, 0.2, 0.4, 0.8, 1, 1.5)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened. to: ALL, LEADERS, or the keys of the people it is for. data: JSON."""

    kind: str
    data: Mapping[str, object]
    to: tuple[str, ...] = ALL


@dataclass(frozen=True, slots=True)
class Numbered:
    """News with its place in the room's order."""

    room_id: int
    seq: int
    news: News

    def as_json(self) -> dict:
        """What goes over the wire: k kind, n place, d data, to whom."""
        return {"k": self.news.kind, "n": self.seq, "to": list(self.news.to), "d": self.news.data}


def is_for(to: Iterable[str], *, key: str, leads: bool, is_in: bool) -> bool:
    """Whether news for `to` is for this person. Whoever is not in hears only what is for them alone."""
    return key in to or (is_in and ("*" in to or (leads and "leaders" in to)))


def layer_group(room_id: int) -> str:
    """The channel layer's name for everybody connected to a room."""
    return f"room.{room_id}"


def _log_key(room_id: int, seq: int) -> str:
    return f"rooms:{room_id}:{seq}"


@lru_cache(maxsize=1)
def redis_client() -> redis.Redis:
    """Redis for a thread. It answers within two seconds or raises."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)


def need_redis(sentence: str = "") -> None:
    """Before a deed that lives in Redis alone: asks whether Redis is there. sentence: said where it is not, instead of that their
    words are still in the box. Raises Refusal (reconnecting)."""
    try:
        redis_client().ping()
    except (redis.RedisError, OSError):
        said = sentence or _("The chat is reconnecting. Your words are still in the box.")
        raise Refusal(said, "reconnecting") from None


_outbox: contextvars.ContextVar[list[Numbered] | None] = contextvars.ContextVar("outbox", default=None)


@contextmanager
def held_back() -> Iterator[list[Numbered]]:
    """What is sent inside is collected instead, for somebody who sends it from an event loop (`send_all`)."""
    found: list[Numbered] = []
    token = _outbox.set(found)
    try:
        yield found
    finally:
        _outbox.reset(token)


def send(told: list[Numbered]) -> None:
    """Pass on what was committed. Never raises for a Redis that is away: sockets find out from Postgres."""
    if not told:
        return
    held = _outbox.get()
    if held is not None:
        held.extend(told)
        return
    try:
        async_to_sync(send_all)(told)
    except (redis.RedisError, OSError, TimeoutError):
        log.warning("Redis did not take what happened in a room; its sockets will look it up")


_stores: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis]" = weakref.WeakKeyDictionary()


def store() -> redis.asyncio.Redis:
    """Redis for all that runs on this event loop. It answers within two seconds or raises."""
    loop = asyncio.get_running_loop()
    if loop not in _stores:
        # Whoever finds no connection free waits for one. The usual pool refuses the 101st, as if Redis were away: of 200 sockets
        # that look something up at once half would start anew from a picture, which has no words.
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            settings.REDIS_URL,
            max_connections=CONNECTIONS,
            timeout=_POOL_TIMEOUT,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
        )
        _stores[loop] = redis.asyncio.Redis(connection_pool=pool)
    return _stores[loop]


async def send_all(told: list[Numbered]) -> None:
    """Log and pass on what was committed, in its order. Raises RedisError or OSError when Redis is away."""
    async with redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
    ) as client:
        await send_with(client, told)


async def send_with(client: redis.asyncio.Redis, told: list[Numbered]) -> None:
    """The same, with a connection to Redis that is already there."""
    async with client.pipeline(transaction=False) as pipe:
        for one in told:
            pipe.set(_log_key(one.room_id, one.seq), json.dumps(one.as_json()), ex=LOG_SECONDS)
        await pipe.execute()
    layer = get_channel_layer()
    for room_id in dict.fromkeys(one.room_id for one in told):
        batch = [one.as_json() for one in told if one.room_id == room_id]
        await layer.group_send(layer_group(room_id), {"type": "room.news", "news": batch})


async def missed(client: redis.asyncio.Redis, room_id: int, after: int, until: int) -> list[dict] | None:
    """What happened after `after` up to `until`, in order; None when the log has not all of it: no longer, or not yet."""
    found = await client.mget([_log_key(room_id, seq) for seq in range(after + 1, until + 1)])
    return None if None in found else [json.loads(one) for one in found]


def tell_media(keys: Iterable[str], kind: str = "media.closed") -> None:
    """After the commit, tell the gates of these people's sound and pictures something: `media.closed` shuts them. Call it inside
    the deed. A Redis that is away is not waited for, and costs nothing but this."""
    groups = [f"media.{key}" for key in keys]

    async def tell() -> None:
        layer = get_channel_layer()
        for group in groups:
            await asyncio.wait_for(layer.group_send(group, {"type": kind}), _TIMEOUT)

    def in_a_thread() -> None:
        try:
            async_to_sync(tell)()
        except (redis.RedisError, OSError, TimeoutError):
            log.warning("Redis did not take a word to the media gates; they look again at their next message")

    if groups:
        transaction.on_commit(lambda: threading.Thread(target=in_a_thread, daemon=True).start())
