"""The database from an event loop: a few threads, each with a connection that stays open.

Channels' own default is one thread for the whole process, so that one slow query would hold up every room.
"""

import asyncio
import functools
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from channels.db import DatabaseSyncToAsync

THREADS = 6
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms-db")


async def in_db(deed: Callable, *args, **kwargs):
    """Run a function that uses the database, in one of the threads; what it returns or raises."""
    return await DatabaseSyncToAsync(functools.partial(deed, *args, **kwargs), thread_sensitive=False, executor=_pool)()


_turns: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.WeakValueDictionary[int, asyncio.Lock]]"
_turns = weakref.WeakKeyDictionary()


def turn_in(room_id: int) -> asyncio.Lock:
    """The turn of a room's deeds in this process. Its row's lock would have them one after the other anyway, and each that waits
    for that holds a thread: six people of one room press at once, and every other room stands still."""
    of_loop = _turns.setdefault(asyncio.get_running_loop(), weakref.WeakValueDictionary())
    return of_loop.setdefault(room_id, asyncio.Lock())


def close_threads() -> None:
    """End the threads and with them their connections; the next call makes new ones. For tests."""
    global _pool
    _pool.shutdown(wait=True)
    _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rooms-db")
