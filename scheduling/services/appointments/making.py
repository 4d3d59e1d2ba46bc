"""Series become dated appointments, eight weeks ahead. What cannot be is made cancelled, and says why."""

import datetime as dt
import math
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Iterator

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.transactions import in_one_piece
from scheduling.models import Appointment, AppointmentSeries, Booking, Closure, TimeOff
from scheduling.services.appointments.rules import bookings_for, day_in
from scheduling.services.horizon import HORIZON_WEEKS, local_start

BATCH = 100  # series a transaction
Status = Appointment.Status


def series_dates(series: AppointmentSeries, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The series' dates from `first` to `last`, both included: every one, two or four weeks from its first on."""
    anchor = series.starts_on + dt.timedelta(days=(series.weekday - series.starts_on.weekday()) % 7)
    step = 7 * series.every
    day = anchor + dt.timedelta(days=step * max(0, math.ceil((first - anchor).days / step)))
    end = min(last, series.ends_on - dt.timedelta(days=1)) if series.ends_on else last
    while day <= end:
        yield day
        day += dt.timedelta(days=step)


def horizon_of(series: AppointmentSeries, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """Today where the series is, and the last day of the horizon."""
    today = day_in(now, series.zone)
    return today, today + dt.timedelta(weeks=HORIZON_WEEKS)


def times_of(series: AppointmentSeries, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """When the series' appointment of a date begins and ends."""
    starts_at = local_start(day, series.starts_at, series.zone)
    return starts_at, starts_at + dt.timedelta(minutes=series.minutes)


class Obstacles:
    """Closed days and time off that stand against appointments of some series. Two queries."""

    def __init__(self, series: Iterable[AppointmentSeries], now: dt.datetime):
        series = list(series)
        since = now.date() - dt.timedelta(days=1)
        programs = {s.episode.program_id for s in series}
        closures = Closure.objects.in_force().filter(with_appointments=True, program__in=programs, last_on__gte=since)
        self._closures = list(closures)
        away = TimeOff.objects.in_force().filter(user__in={s.provider_id for s in series}, ends_at__gt=now)
        self._away = list(away.select_related("user"))

    def against(self, series: AppointmentSeries, day: dt.date) -> dict:
        """The fields of an appointment that cannot be on this date; empty when it can."""
        for closure in self._closures:
            if closure.program_id == series.episode.program_id and closure.starts_on <= day <= closure.last_on:
                return {"status": Status.CANCELLED, "closure": closure, "reason": closure.reason}
        starts_at, ends_at = times_of(series, day)
        for off in self._away:
            if off.user_id == series.provider_id and off.starts_at < ends_at and off.ends_at > starts_at:
                return {"status": Status.CANCELLED, "reason": _("Not made: %(name)s is away.") % {"name": off.user}}
        return {}


def extend_series(*, now: dt.datetime | None = None, series: Iterable[int] | None = None) -> int:
    """Make every appointment that is missing from today up to eight weeks ahead. Returns how many.

    Idempotent, also under parallel runs: an appointment is unique by series and date. On a closed day, while the provider is
    away, or when one of the two is elsewhere, it is made cancelled, without news, and the series' page shows it as not made.
    A fixed number of queries for each hundred series.
    """
    moment = now or timezone.now()
    running = AppointmentSeries.objects.filter(Q(ends_on=None) | Q(ends_on__gt=moment.date() - dt.timedelta(days=1)))
    if series is not None:
        running = running.filter(pk__in=list(series))
    pks = list(running.order_by("episode_id", "pk").values_list("pk", flat=True))
    made = 0
    for first in range(0, len(pks), BATCH):
        made += _extend(pks=pks[first : first + BATCH], now=moment)
    return made


@in_one_piece
def _extend(*, pks: list[int], now: dt.datetime) -> int:
    # Stays first, then series, as every deed locks them: nobody's stay ends, and no day closes, in between.
    rows = AppointmentSeries.objects.select_for_update(no_key=True, of=("episode", "self"))
    locked = rows.filter(pk__in=pks).select_related("episode").order_by("episode_id", "pk")
    made, clashing = make_missing(list(locked), now)
    mark_not_made(clashing)
    return made


def make_missing(series: list[AppointmentSeries], now: dt.datetime) -> tuple[int, list[Appointment]]:
    """Make the missing appointments of these series (locked, with their episodes). Six queries for any number.

    Returns how many, and those for which one of the two is elsewhere: these are left for the caller to refuse or to mark.
    """
    have = set(
        Appointment.objects.filter(series__in=series, series_date__gte=now.date() - dt.timedelta(days=1)).values_list(
            "series_id", "series_date"
        )
    )
    obstacles = Obstacles(series, now)
    missing = []
    for one in series:
        for day in series_dates(one, *horizon_of(one, now)):
            starts_at, ends_at = times_of(one, day)
            if (one.pk, day) in have or starts_at <= now:
                continue
            missing.append(
                Appointment(
                    kind=one.kind,
                    provider_id=one.provider_id,
                    patient_id=one.patient_id,
                    episode_id=one.episode_id,
                    series=one,
                    series_date=day,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    zone=one.zone,
                    booked_by_id=one.provider_id,
                    **obstacles.against(one, day),
                )
            )
    Appointment.objects.bulk_create(missing)
    return len(missing), book(missing)


def book(appointments: Iterable[Appointment]) -> list[Appointment]:
    """Book provider and patient for those that take place; returns those for which one of the two is elsewhere. Two queries."""
    wanted = {a.pk: a for a in appointments if not a.is_cancelled}
    bookings = [booking for a in wanted.values() for booking in bookings_for(a)]
    bookings.sort(key=lambda b: (b.user_id is None, b.user_id or b.patient_id, b.starts_at))
    Booking.objects.bulk_create(bookings, ignore_conflicts=True)
    booked = Counter(Booking.objects.live().filter(appointment__in=wanted).values_list("appointment_id", flat=True))
    return sorted((a for pk, a in wanted.items() if booked[pk] < 2), key=lambda a: (a.starts_at, a.pk))


def mark_not_made(appointments: Iterable[Appointment]) -> None:
    """Appointments of a series that cannot be, since one of the two is elsewhere. Two queries; none for none."""
    if not (pks := [a.pk for a in appointments]):
        return
    Booking.objects.live().filter(appointment__in=pks).update(released_at=timezone.now())
    reason = _("Not made: one of the two is elsewhere at that time.")
    Appointment.objects.filter(pk__in=pks).update(status=Status.CANCELLED, reason=reason)


def zone_today(zone: str) -> dt.date:
    """The date in a zone."""
    return timezone.now().astimezone(zoneinfo.ZoneInfo(zone)).date()
