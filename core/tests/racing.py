"""Several people at once: threads that each hold a database connection of their own, and waiting with a bound."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, connections


def together(deeds: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run the deeds at the same moment, each on a connection of its own. Returns what each gave back or raised, in order."""
    deeds = list(deeds)
    gate = threading.Barrier(len(deeds))

    def run(deed):
        try:
            try:
                _connect()
            except Exception:
                gate.abort()  # nobody waits for one who will not come
                raise
            gate.wait()
            return deed()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def _connect() -> None:
    """Open this thread's connection; while the server has none to spare, wait for one, for half a minute."""
    for left in reversed(range(300)):
        try:
            return connection.ensure_connection()
        except OperationalError:
            if not left:
                raise
            time.sleep(0.1)


@contextmanager
def somebody_else() -> Iterator[Callable[[Callable[[], Any]], Future]]:
    """Another person with one connection, who does what is handed over in turn and meanwhile lets us go on."""
    with ThreadPoolExecutor(1) as pool:
        try:
            yield lambda deed: pool.submit(deed)
        finally:
            pool.submit(connections.close_all).result()


def backend_pid() -> int:
    """The database's number for this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def waits_for_a_lock(pid: int) -> bool:
    """Whether the connection with this number is held up by somebody else's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [pid])
        row = cursor.fetchone()
    return bool(row and row[0])


def eventually(condition: Callable[[], Any], *, seconds: int = 30) -> Any:
    """What `condition` answers once it is true. Fails after so many seconds; counts its looks, since tests move clocks."""
    for _look in range(seconds * 100):
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"not so within {seconds} seconds: {condition}")


def meeting_after(deed: Callable, people: int = 2) -> Callable:
    """The deed, at whose end each waits until so many have come to it: everybody has looked before anybody writes. For negative
    controls: with a lock held, the others never come."""
    all_here = threading.Barrier(people, timeout=20)

    def then_wait(*args, **kwargs):
        found = deed(*args, **kwargs)
        all_here.wait()
        return found

    return then_wait


def failures(outcomes: Iterable[Any]) -> list[Exception]:
    """Those of the outcomes that were raised."""
    return [o for o in outcomes if isinstance(o, Exception)]
