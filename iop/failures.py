"""Expected failures of the surroundings, as one line and an exit code; every other error keeps its traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import kombu.exceptions
import psycopg2
import redis
from django.core.management.base import CommandError
from django.db import OperationalError

from iop.embedded import EmbeddedError
from iop.env import ConfigError


def sentence_for(error: BaseException) -> str | None:
    """What to tell a person about the error, or None when it is not one of the expected ones."""
    if isinstance(error, (ConfigError, EmbeddedError, CommandError)):
        return str(error)
    if isinstance(error, (OperationalError, psycopg2.OperationalError)):
        cause = error if isinstance(error, psycopg2.OperationalError) else error.__cause__
        # An answer of the server to a statement (a deadlock, a lock timeout) has a code; a lost connection has none.
        if getattr(cause, "pgcode", None) is None:
            return f"The database can't be reached (DATABASE_URL): {_first_line(error)}"
    if isinstance(error, (redis.ConnectionError, redis.TimeoutError, kombu.exceptions.OperationalError)):
        return f"Redis can't be reached (REDIS_URL): {_first_line(error)}"
    return None


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return " ".join(lines[0].split())


@contextmanager
def one_line_failures() -> Iterator[None]:
    """Ends the process with one line and exit code 1 on an expected failure."""
    try:
        yield
    except Exception as error:
        if (sentence := sentence_for(error)) is None:
            raise
        print(sentence, file=sys.stderr)
        sys.exit(1)
