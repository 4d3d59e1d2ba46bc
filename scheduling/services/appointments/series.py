"""Series are started, changed forward and ended. What was held, has begun or was changed by hand stays as it is."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode
from patients.models import Episode
from scheduling.models import Appointment, AppointmentSeries, Booking
from scheduling.services.appointments.making import (
    Obstacles,
    book,
    horizon_of,
    make_missing,
    series_dates,
    times_of,
    zone_today,
)
from scheduling.services.appointments.news import announce_series
from scheduling.services.appointments.rules import (
    close_series_access,
    elsewhere,
    lock_provider,
    open_series_access,
    require_in_care,
    require_length,
    require_provider,
)
from scheduling.services.rehearsal import rehearse
from scheduling.services.reminders import put_off

Status = Appointment.Status


@in_one_piece
def start_series(
    *,
    kind: str,
    provider: User,
    episode: Episode,
    weekday: int,
    starts_at: dt.time,
    minutes: int,
    starts_on: dt.date,
    by: User,
    every: int = 1,
    zone: str = "",
) -> AppointmentSeries:
    """A series and its appointments for the coming eight weeks. Both are told once, but `by`; the provider sees the patient
    as long as it goes on.

    weekday: 0 is Monday. starts_at: wall time. every: 1, 2 or 4 weeks. zone: IANA, the program's by default.
    Raises Refusal (appointment_length, not_a_provider, in_the_past, episode_closed, elsewhere).
    """
    episode = lock_episode(episode)
    zone = zone or episode.program.zone
    require_length(kind, minutes)
    require_provider(kind, provider, episode.program)
    if starts_on < zone_today(zone):
        raise Refusal(_("That day is in the past."), "in_the_past", "starts_on")
    series = AppointmentSeries(
        kind=kind,
        provider=provider,
        patient=episode.patient,
        episode=episode,
        weekday=weekday,
        starts_at=starts_at,
        zone=zone,
        minutes=minutes,
        every=every,
        starts_on=starts_on,
        ends_on=episode.ended_on,
    )
    require_in_care(episode, next(series_dates(_endless(series), starts_on, dt.date.max)))
    lock_provider(provider)
    series.save()
    open_series_access(series)
    _made, clashing = make_missing([series], timezone.now())
    if clashing:
        raise elsewhere(clashing[0], by, len(clashing) - 1)
    _tell(series, "series_booked", by)
    return series


def _endless(series: AppointmentSeries) -> AppointmentSeries:
    return AppointmentSeries(weekday=series.weekday, starts_on=series.starts_on, every=series.every)


def _tell(series: AppointmentSeries, kind: str, by: User) -> None:
    first = series.appointments.scheduled().filter(starts_at__gt=timezone.now()).order_by("starts_at").first()
    if first:
        announce_series(series, kind, first=first.starts_at, by=by)


def _lock(series: AppointmentSeries, day: dt.date, field: str) -> AppointmentSeries:
    """The series under the locks of its stay, its provider and itself. Raises Refusal (in_the_past, series_over)."""
    lock_episode(series.episode)
    lock_provider(series.provider)
    rows = AppointmentSeries.objects.select_for_update(no_key=True, of=("self",))
    series = rows.select_related("episode__program", "patient", "provider").get(pk=series.pk)
    if day < zone_today(series.zone):
        raise Refusal(_("That day is in the past."), "in_the_past", field)
    if series.ends_on and series.ends_on <= max(day, series.starts_on):
        raise Refusal(_("It has ended by then."), "series_over", field)
    return series


@in_one_piece
def change_series(
    *,
    series: AppointmentSeries,
    from_day: dt.date,
    by: User,
    weekday: int | None = None,
    starts_at: dt.time | None = None,
    minutes: int | None = None,
    every: int | None = None,
) -> AppointmentSeries:
    """From `from_day` on another weekday, time, length or rhythm: the series ends there and goes on in another, returned.

    Its coming appointments move with it, one for one; what has begun, was held or was changed by hand stays. Told once.
    Raises Refusal (appointment_length, in_the_past, series_over, unchanged, elsewhere).
    """
    series, now = _lock(series, from_day, "from_day"), timezone.now()
    wanted = {
        "weekday": series.weekday if weekday is None else weekday,
        "starts_at": starts_at or series.starts_at,
        "minutes": minutes or series.minutes,
        "every": every or series.every,
    }
    if wanted == {name: getattr(series, name) for name in wanted}:
        raise Refusal(_("That is when they take place already."), "unchanged")
    require_length(series.kind, wanted["minutes"])
    from_day = max(from_day, series.starts_on)
    begun = series.appointments.filter(series_date__gte=from_day, starts_at__lte=now).order_by("series_date").last()
    if begun:
        from_day = begun.series_date + dt.timedelta(days=1)
    last = horizon_of(series, now)[1]
    old_dates = list(series_dates(series, from_day, last))
    first = _first_date(series, old_dates[0] if old_dates else from_day, from_day, wanted["weekday"])
    if series.ends_on and series.ends_on <= first:
        raise Refusal(_("It has ended by then."), "series_over", "from_day")
    following = AppointmentSeries.objects.create(
        kind=series.kind,
        provider=series.provider,
        patient=series.patient,
        episode=series.episode,
        zone=series.zone,
        starts_on=first,
        ends_on=series.ends_on,
        **wanted,
    )
    open_series_access(following)
    series.ends_on = from_day
    series.save(update_fields=["ends_on"])
    close_series_access(series, from_day)
    # On a later weekday the last date lies behind the horizon: still it takes the old one's turn.
    new_dates = list(series_dates(following, first, last + dt.timedelta(days=6)))
    clashing = _carry_over(series, following, old_dates, new_dates, now)
    clashing += make_missing([following], now)[1]
    if clashing:
        raise elsewhere(min(clashing, key=lambda a: a.starts_at), by, len(clashing) - 1)
    _tell(following, "series_changed", by)
    return following


def _first_date(series: AppointmentSeries, first_old: dt.date, from_day: dt.date, weekday: int) -> dt.date:
    """The first date of the series that goes on: in the week the old one would have met, unless that day is already over."""
    first = first_old + dt.timedelta(days=weekday - first_old.weekday())
    return first if first >= from_day else first + dt.timedelta(days=7)


def _carry_over(
    series: AppointmentSeries,
    following: AppointmentSeries,
    old_dates: list[dt.date],
    new_dates: list[dt.date],
    now: dt.datetime,
) -> list[Appointment]:
    """The coming appointments of the old dates go over to the new ones in turn; those left over are cancelled.

    One changed by hand keeps its time and takes its turn's place, so that no second one is made for it. Returns those for
    which one of the two is elsewhere.
    """
    rows = series.appointments.select_for_update(no_key=True).filter(series_date__in=old_dates, starts_at__gt=now)
    coming = {a.series_date: a for a in rows}
    obstacles = Obstacles([following], now)
    moved, kept, dropped = [], [], []
    for turn, day in enumerate(old_dates):
        appointment = coming.get(day)
        target = new_dates[turn] if turn < len(new_dates) else None
        if appointment is None or (appointment.is_cancelled and not appointment.by_hand):
            continue  # what was never made, or closed, is left behind: the new date is looked at anew
        if target is None:
            if not appointment.by_hand:
                dropped.append(appointment.pk)
            continue
        appointment.series, appointment.series_date = following, target
        if appointment.by_hand:
            kept.append(appointment)
            continue
        appointment.moved_from = appointment.moved_from or appointment.starts_at
        appointment.starts_at, appointment.ends_at = times_of(following, target)
        appointment.changes, appointment.changed_at = appointment.changes + 1, now
        for name, value in obstacles.against(following, target).items():
            setattr(appointment, name, value)
        moved.append(appointment)
    # All let go before any is booked anew: one may take the place of the next.
    Booking.objects.live().filter(appointment__in=[*(a.pk for a in moved), *dropped]).update(released_at=now)
    places = ["series", "series_date"]
    Appointment.objects.bulk_update(kept, places)
    times = ["starts_at", "ends_at", "moved_from", "changes", "changed_at", "status", "closure", "reason"]
    Appointment.objects.bulk_update(moved, [*places, *times])
    _cancel(dropped, _("The series has another rhythm."), now)
    clashing = book(moved)
    put_off(appointments=[a.pk for a in moved])
    return clashing


def _cancel(pks: list[int], reason: str, now: dt.datetime) -> None:
    Appointment.objects.filter(pk__in=pks).update(
        status=Status.CANCELLED, reason=reason, changes=F("changes") + 1, changed_at=now
    )


@in_one_piece
def end_series(*, series: AppointmentSeries, ends_on: dt.date, reason: str, by: User) -> AppointmentSeries:
    """End the series: `ends_on` is the first day it no longer takes place. Its appointments from then on are cancelled, but
    those that have begun or were changed by hand. Both are told once, but `by`.

    Raises Refusal (in_the_past, series_over, no_reason).
    """
    series, now = _lock(series, ends_on, "ends_on"), timezone.now()
    if not reason.strip():
        raise Refusal(_("Say why it ends."), "no_reason", "reason")
    series.ends_on = max(ends_on, series.starts_on)
    series.save(update_fields=["ends_on"])
    falls = series.appointments.scheduled().filter(series_date__gte=series.ends_on, starts_at__gt=now, by_hand=False)
    falls = list(falls.select_for_update(no_key=True).order_by("starts_at"))
    pks = [a.pk for a in falls]
    _cancel(pks, reason.strip(), now)
    Booking.objects.live().filter(appointment__in=pks).update(released_at=now)
    close_series_access(series, series.ends_on)
    if falls:
        days = (series.ends_on - series.starts_on).days
        announce_series(series, "series_ended", first=falls[0].starts_at, variant=days, by=by)
    return series


@dataclass(frozen=True, slots=True)
class Change:
    """What a deed does to one date: before and after (None: it was not there, or no longer is)."""

    before: dt.datetime | None
    after: dt.datetime | None
    reason: str = ""


def preview_series(deed: Callable, *, series: AppointmentSeries, **kwargs) -> list[Change]:
    """What `change_series` or `end_series` with these arguments would do, in order of time: it is done and taken back.

    Raises its Refusals.
    """
    coming = Appointment.objects.filter(starts_at__gt=timezone.now())

    def times(pks) -> dict[int, tuple[dt.datetime | None, str]]:
        found = coming.filter(series__in=pks)
        return {a.pk: (None if a.is_cancelled else a.starts_at, a.reason) for a in found}

    before = times([series.pk])
    after = rehearse(lambda: deed(series=series, **kwargs), lambda done: times({series.pk, done.pk}))
    nothing = (None, "")
    changes = [
        Change(before.get(pk, nothing)[0], after.get(pk, nothing)[0], after.get(pk, nothing)[1])
        for pk in {**before, **after}
        if before.get(pk, nothing)[0] != after.get(pk, nothing)[0]
    ]
    return sorted(changes, key=lambda c: (c.before or c.after, c.after or c.before))
