"""Which days a program is closed on: for whoever makes dated things ahead."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import DateField, Func

from scheduling.models import Closure


class LocalDate(Func):
    """The date of a moment in a zone: LocalDate("zone", "starts_at")."""

    template = "(timezone(%(expressions)s))::date"
    output_field = DateField()


class ClosedDays:
    """The closures in force of some programs."""

    def __init__(self, closures: Iterable[Closure]):
        self._of: dict[int, list[Closure]] = defaultdict(list)
        for closure in closures:
            self._of[closure.program_id].append(closure)

    def closure_on(self, program_id: int, day: dt.date) -> Closure | None:
        """The closure that holds on a day, or None."""
        return next((c for c in self._of[program_id] if c.starts_on <= day <= c.last_on), None)


def closed_days(*, program_ids: Iterable[int], since: dt.date) -> ClosedDays:
    """The closures in force that end on `since` or later. One query.

    Read after the lock the maker holds (of the group; of the episode), which `close_days` takes too: then no closure is missed.
    """
    return ClosedDays(Closure.objects.in_force().filter(program__in=set(program_ids), last_on__gte=since))
