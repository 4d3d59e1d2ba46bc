"""A month of one's own sessions and appointments: a grid where there is room, the days that have anything where there is not."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from patients.models import Episode, Patient
from patients.records import own_record
from portal.queries import Month, Own, by_day, week_of
from scheduling.models import Closure


@dataclass(slots=True)
class Day:
    """One day of the grid."""

    date: dt.date
    is_of_month: bool
    is_today: bool
    is_closed: bool
    own: list[Own] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.own or self.is_closed)


def closed_days(patient: Patient, days: list[dt.date]) -> set[dt.date]:
    """The days on which a program the patient is in care in is closed. Why is said by whoever closes it. One query."""
    stays = Episode.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=days[0]), patient=patient, started_on__lte=days[-1]
    )
    closures = Closure.objects.in_force().filter(
        program__in=stays.values("program_id"), last_on__gte=days[0], starts_on__lte=days[-1]
    )
    spans = list(closures.values_list("starts_on", "last_on"))
    return {day for day in days if any(first <= day <= last for first, last in spans)}


def weeks_of(month: Month, own: Iterable[Own], closed: set[dt.date], today: dt.date) -> list[list[Day]]:
    """The month's days by week, each with what it has."""
    found = dict(by_day(month, own))
    return [
        [Day(day, month.holds(day), day == today, day in closed, found.get(day, [])) for day in week]
        for week in month.weeks
    ]


def _asked(request, today: dt.date, zone: str) -> Month:
    """The month in the address ("2026-11"); this month for none or a strange one."""
    try:
        day = dt.datetime.strptime(request.GET.get("month", ""), "%Y-%m").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        day = today
    return Month.of(day if 2000 <= day.year <= 2100 else today, zone)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def month(request) -> HttpResponse:
    """One month, with cancelled and moved ones, and the days nothing takes place. A fixed number of queries."""
    patient, today = own_record(request), timezone.localdate()
    zone = timezone.get_current_timezone_name()
    chosen = _asked(request, today, zone)
    weeks = weeks_of(chosen, week_of(patient, chosen), closed_days(patient, chosen.days), today)
    context = {
        "section": "week",
        "month": chosen,
        "is_this_month": chosen == Month.of(today, zone),
        "weeks": weeks,
        "is_empty": not any(not day.is_empty for week in weeks for day in week if day.is_of_month),
        "before": chosen.shifted(-1).first,
        "after": chosen.shifted(1).first,
    }
    return render(request, "portal/month.html", context)
