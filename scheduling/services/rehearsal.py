"""What a deed would change: the very deed is done, looked at and taken back. So a preview never says other than the deed does."""

from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from core.transactions import in_one_piece

Done = TypeVar("Done")
Seen = TypeVar("Seen")


class _TakenBack(Exception):  # noqa: N818 - ends the rehearsal, and with it what it wrote
    def __init__(self, seen):
        super().__init__()
        self.seen = seen


def rehearse(deed: Callable[[], Done], look: Callable[[Done], Seen]) -> Seen:
    """Do `deed`, return what `look(its result)` sees in the database, and take everything back.

    What the deed would refuse, the rehearsal refuses. The deed's locks are held while it lasts, and nothing leaves: messages are
    rows, and these are taken back too. Within a transaction, a savepoint.
    """

    @in_one_piece
    def rehearsal():
        done = deed()
        connection.check_constraints()  # those put off to the end: it never comes
        raise _TakenBack(look(done))

    try:
        rehearsal()
    except _TakenBack as end:
        return end.seen
    raise AssertionError("A rehearsal ends by being taken back.")
