"""A deed in one transaction, also when two deeds meet head-on."""

import functools
from collections.abc import Callable

from django.db import OperationalError, connection, transaction

TIMES = 3
_DEADLOCK = "40P01"


def in_one_piece(deed: Callable) -> Callable:
    """Run a deed in one transaction, and run it again when the database ended it to break a deadlock with another.

    Deeds that book people meet on the exclusion constraints: two that move sessions to one hour can each wait for the other,
    and Postgres then ends one of them. Within a larger transaction only that can be run again, so the error goes on to it.
    """
    whole = transaction.atomic(deed)

    @functools.wraps(deed)
    def run(**kwargs):
        for time in range(1, TIMES + 1):
            try:
                return whole(**kwargs)
            except OperationalError as error:
                ended = getattr(error.__cause__, "pgcode", None) == _DEADLOCK
                if not ended or connection.in_atomic_block or time == TIMES:
                    raise

    return run
