"""Days somebody counts for themselves. Nothing is ever taken from them: who begins anew keeps every day they had."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from core.formats import date_format
from journal.models import CountedDays
from patients.models import Patient

EARLIEST = dt.date(1940, 1, 1)


@dataclass(frozen=True, slots=True)
class Run:
    """From a day on; `until` is the day it was begun anew, None while it goes on."""

    since: dt.date
    until: dt.date | None

    def days(self, today: dt.date) -> int:
        """How many full days."""
        return max(0, ((self.until or today) - self.since).days)


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counts, as of a day: the earliest run first, the present one last."""

    runs: tuple[Run, ...]
    today: dt.date
    is_shared: bool

    @property
    def since(self) -> dt.date:
        return self.runs[-1].since

    @property
    def now(self) -> int:
        return self.runs[-1].days(self.today)

    @property
    def longest(self) -> int:
        return max(run.days(self.today) for run in self.runs)

    @property
    def total(self) -> int:
        """All their days together."""
        return sum(run.days(self.today) for run in self.runs)

    @property
    def is_again(self) -> bool:
        """They began anew at least once, and had days before."""
        return self.total > self.now


def _runs(row: CountedDays) -> list[Run]:
    found = []
    for since, until in row.kept["runs"]:
        found.append(Run(dt.date.fromisoformat(since), dt.date.fromisoformat(until) if until else None))
    return found


def _keep(row: CountedDays, runs: list[Run]) -> None:
    row.kept = {"runs": [[run.since.isoformat(), run.until.isoformat() if run.until else None] for run in runs]}
    row.save()


def count_of(patient: Patient, today: dt.date, reader) -> Count | None:
    """What somebody counts, for whoever may know of it; None where there is nothing. One query."""
    row = CountedDays.objects.visible_to(reader).filter(patient=patient).first()
    return Count(tuple(_runs(row)), today, row.shared_at is not None) if row else None


def _locked(patient: Patient) -> CountedDays:
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    row = CountedDays.objects.filter(patient=patient).first()
    if row is None:
        raise Refusal(_("There is no date yet. Set one first."), "no_count", "since")
    return row


@transaction.atomic
def count_from(*, patient: Patient, since: dt.date, today: dt.date) -> None:
    """Count from this day; where something is counted already, the present run begins there instead.

    Raises Refusal (to_come, too_long_ago, overlaps).
    """
    if since > today:
        raise Refusal(_("This day is still to come."), "to_come", "since")
    if since < EARLIEST:
        raise Refusal(_("This date is too far back."), "too_long_ago", "since")
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    row = CountedDays.objects.filter(patient=patient).first() or CountedDays(patient=patient)
    earlier = _runs(row)[:-1] if row.kept else []
    if earlier and since < earlier[-1].until:
        day = date_format(earlier[-1].until, "F j, Y")
        raise Refusal(_("These days are counted already: choose %(day)s or later.") % {"day": day}, "overlaps", "since")
    _keep(row, [*earlier, Run(since, None)])


@transaction.atomic
def begin_anew(*, patient: Patient, on: dt.date, today: dt.date) -> None:
    """Count anew from this day; the days before it stay. Raises Refusal (no_count, to_come, overlaps)."""
    row = _locked(patient)
    *earlier, present = _runs(row)
    if on > today:
        raise Refusal(_("This day is still to come."), "to_come", "on")
    if on < present.since:
        day = date_format(present.since, "F j, Y")
        raise Refusal(_("You count since %(day)s: choose that day or a later one.") % {"day": day}, "overlaps", "on")
    _keep(row, [*earlier, Run(present.since, on), Run(on, None)])


@transaction.atomic
def share_count(*, patient: Patient, shared: bool) -> None:
    """Let the care team see the count, or no longer. Raises Refusal (no_count)."""
    row = _locked(patient)
    row.shared_at = timezone.now() if shared else None
    row.save(update_fields=["shared_at"])


def stop_counting(*, patient: Patient) -> None:
    """Forget the dates for good."""
    CountedDays.objects.filter(patient=patient).delete()
