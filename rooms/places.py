"""Places of a media room that are promised and not taken yet.

The media server knows of somebody only once their media flow, a second or more after they were let send. Two who come in the
same moment would each find the last place free. So whoever wants to send says so in Redis first, which puts them all in one
order, and counts those before them as well as those who send.
"""

import redis.asyncio

from rooms.media.base import Present

PROMISED_SECONDS = 15  # within which media flow, or do not come at all
# One step: takes a place in the order, by Redis' own clock (whoever asks again keeps theirs), and looks who was before.
CLAIM = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2] * 1000000)
redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
local before = redis.call('ZRANK', KEYS[1], ARGV[1])
return before == 0 and {} or redis.call('ZRANGE', KEYS[1], 0, before - 1)
"""


def _name(room: int) -> str:
    return f"media.places.{room}"


async def claim(client: redis.asyncio.Redis, room: int, *, handle: int, key: str) -> list[Present]:
    """Say that this connection of somebody is about to send, and see who said so before them. Raises RedisError or OSError."""
    found = await client.eval(CLAIM, 1, _name(room), f"{handle} {key}", PROMISED_SECONDS)
    return [Present(number, whose, True) for number, whose in (one.decode().split(" ", 1) for one in found)]


async def give_back(client: redis.asyncio.Redis, room: int, *, key: str, handles: list[int]) -> None:
    """These connections send no more, or never will. Raises RedisError or OSError."""
    if handles:
        await client.zrem(_name(room), *(f"{handle} {key}" for handle in handles))
