"""The cast and their week, made once for all the tests that only look at them inside a transaction of their own.

Making them is most of what a small test takes. So they stand in an outer transaction: each test is a savepoint in it, rolled
back as ever, and gets copies of its own. Tests that commit, and tests of an empty database, find nothing left of it.
"""

import copy
import datetime as dt

import time_machine
from django.db import connection, transaction

from tests.factories import House, build_house

TOUCHING = {"db", "django_db_setup", "django_db_blocker"}
COMMITTING = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


class Standing:
    """The outer transaction of this process. None before its database is there: `unblock` is pytest-django's leave to use it."""

    def __init__(self, moment: dt.datetime):
        self.moment, self.unblock = moment, None
        self._made: House | None = None
        self._outer: transaction.Atomic | None = None

    def prepare(self, item) -> None:
        """Before a test: open for one that wants the cast, ended for every other that may touch the database."""
        if self.unblock is None:
            return
        with self.unblock():
            self._prepare(item)

    def _prepare(self, item) -> None:
        names = set(getattr(item, "fixturenames", ()))
        touches = names & TOUCHING or names & COMMITTING or item.get_closest_marker("django_db")
        wants = "house" in names and not (names & COMMITTING or item.get_closest_marker("django_db"))
        if self._outer and (connection.closed_in_transaction or (touches and not wants)):
            self.end()
        if wants and self._outer is None:
            self._begin()

    def _begin(self) -> None:
        outer = transaction.atomic()
        outer._from_testcase = True  # as Django's own tests do: a durable transaction may be within it
        outer.__enter__()
        self._outer = outer
        try:
            with time_machine.travel(self.moment, tick=False):
                self._made = build_house()
            connection.check_constraints()  # now, and not again after each test
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Take it all back."""
        if self._outer is None:
            return
        outer, self._outer, self._made = self._outer, None, None
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)

    def copy(self) -> House | None:
        """The cast for one test; None where it does not stand."""
        return copy.deepcopy(self._made)
