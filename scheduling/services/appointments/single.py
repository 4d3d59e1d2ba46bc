"""One appointment is booked, moved, cancelled, and it is said how it went."""

import datetime as dt

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import StaffProfile, User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode
from patients.models import Episode
from scheduling.models import Appointment, AppointmentSeries, Booking, OpenHours
from scheduling.services.appointments.news import announce, announce_series
from scheduling.services.appointments.rules import (
    bookings_for,
    close_series_access,
    close_window,
    day_in,
    in_one_place,
    lock_provider,
    open_window,
    require_length,
    require_provider,
    require_time,
)
from scheduling.services.reminders import put_off

Outcome = Appointment.Outcome


@in_one_piece
def book_appointment(
    *,
    kind: str,
    provider: User,
    episode: Episode,
    starts_at: dt.datetime,
    minutes: int,
    by: User,
    zone: str = "",
) -> Appointment:
    """One appointment of the episode's patient with `provider`. Both are told, but `by`; the provider may see the patient.

    starts_at: aware. zone: IANA, the program's by default. by: who books, and to whom a refusal names the other thing.
    Raises Refusal (appointment_length, not_a_provider, in_the_past, episode_closed, closed, away, elsewhere).
    """
    episode = lock_episode(episode)
    require_length(kind, minutes)
    require_provider(kind, provider, episode.program)
    lock_provider(provider)
    return write_appointment(
        kind=kind, provider=provider, episode=episode, starts_at=starts_at, minutes=minutes, by=by, zone=zone
    )


def write_appointment(
    *,
    kind: str,
    provider: User,
    episode: Episode,
    starts_at: dt.datetime,
    minutes: int,
    by: User,
    zone: str = "",
    hours: OpenHours | None = None,
) -> Appointment:
    """The appointment, its bookings, its news, the provider's access. The caller holds the locks of episode and provider.

    Raises Refusal (in_the_past, episode_closed, closed, away, elsewhere).
    """
    appointment = Appointment(
        kind=kind,
        provider=provider,
        patient=episode.patient,
        episode=episode,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=minutes),
        zone=zone or episode.program.zone,
        booked_by=by,
        hours=hours,
    )
    require_time(appointment)

    def write():
        appointment.save()
        Booking.objects.bulk_create(bookings_for(appointment))

    in_one_place(write, appointment, by)
    open_window(appointment)
    announce(appointment, "appointment_booked", by=by)
    return appointment


def _lock(appointment: Appointment) -> Appointment:
    """The appointment under its own, its episode's and its provider's lock."""
    lock_episode(appointment.episode)
    lock_provider(appointment.provider)
    rows = Appointment.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("episode__program", "patient", "provider", "series").get(pk=appointment.pk)


def _lock_coming(appointment: Appointment) -> Appointment:
    appointment = _lock(appointment)
    if appointment.is_cancelled:
        raise Refusal(_("This appointment is already cancelled."), "already_cancelled")
    if appointment.has_begun:
        raise Refusal(_("This appointment has begun; say how it went instead."), "has_begun")
    return appointment


@in_one_piece
def move_appointment(
    *, appointment: Appointment, starts_at: dt.datetime, minutes: int | None = None, by: User
) -> Appointment:
    """Move one appointment to `starts_at` (aware), with another length if given; its series stays. Both are told, but `by`.

    Raises Refusal (already_cancelled, has_begun, appointment_length, in_the_past, episode_closed, closed, away, elsewhere).
    """
    appointment = _lock_coming(appointment)
    length = minutes or appointment.minutes
    if (starts_at, length) == (appointment.starts_at, appointment.minutes):
        return appointment
    require_length(appointment.kind, length)
    appointment.moved_from = appointment.moved_from or appointment.starts_at
    appointment.starts_at, appointment.ends_at = starts_at, starts_at + dt.timedelta(minutes=length)
    appointment.changes, appointment.by_hand = appointment.changes + 1, True
    require_time(appointment)
    fields = ["starts_at", "ends_at", "moved_from", "changes", "by_hand", "changed_at"]
    in_one_place(lambda: appointment.save(update_fields=fields), appointment, by)
    open_window(appointment)
    put_off(appointments=[appointment.pk])
    announce(appointment, "appointment_moved", by=by)
    return appointment


@in_one_piece
def cancel_appointment(*, appointment: Appointment, reason: str, by: User) -> Appointment:
    """Cancel one appointment, with a reason that staff see; its series stays. Both are told, but `by`.

    Raises Refusal (already_cancelled, has_begun, no_reason).
    """
    appointment = _lock_coming(appointment)
    if not reason.strip():
        raise Refusal(_("Say why it is cancelled."), "no_reason", "reason")
    appointment.status, appointment.reason = Appointment.Status.CANCELLED, reason.strip()
    appointment.changes, appointment.by_hand = appointment.changes + 1, True
    appointment.save(update_fields=["status", "reason", "changes", "by_hand", "changed_at"])
    Booking.objects.live().filter(appointment=appointment).update(released_at=timezone.now())
    close_window(appointment)
    announce(appointment, "appointment_cancelled", by=by)
    return appointment


def may_record(user: User, appointment: Appointment) -> bool:
    """Whether the person may say how it went: its provider, or who supervises them. One query at most."""
    if user.pk == appointment.provider_id:
        return True
    return StaffProfile.objects.filter(user=appointment.provider_id, supervisor=user).exists()


@in_one_piece
def record_outcome(*, appointment: Appointment, outcome: str, minutes: int | None = None, by: User) -> Appointment:
    """Say how it went: held (with the minutes attended, 1 to its length), missed or excused. Saying it again corrects it.

    Raises Refusal (not_yours, already_cancelled, not_begun, outcome, attended_minutes).
    """
    appointment = _lock(appointment)
    if not may_record(by, appointment):
        raise Refusal(_("Only who provides it, or supervises them, says how it went."), "not_yours")
    if appointment.is_cancelled:
        raise Refusal(_("This appointment is already cancelled."), "already_cancelled")
    if not appointment.has_begun:
        raise Refusal(_("It has not begun yet."), "not_begun")
    if outcome not in Outcome.values:
        raise Refusal(_("Say whether it was held, missed or excused."), "outcome", "outcome")
    if outcome != Outcome.HELD:
        minutes = None
    elif minutes is None or not 1 <= minutes <= appointment.minutes:
        raise Refusal(
            _("Between 1 and %(most)s minutes.") % {"most": appointment.minutes}, "attended_minutes", "minutes"
        )
    appointment.outcome, appointment.attended_minutes, appointment.recorded_by = outcome, minutes, by
    appointment.save(update_fields=["outcome", "attended_minutes", "recorded_by"])
    return appointment


def cancel_for_end_of_stay(*, episode: Episode, ended_on: dt.date, reason: str, by: User | None = None) -> None:
    """End the episode's series and cancel its appointments that have not begun, from `ended_on` on. Both are told, but `by`:
    of a series once. The caller holds the episode's lock, in a transaction."""
    now = timezone.now()
    running = AppointmentSeries.objects.select_for_update(no_key=True, of=("self",)).filter(episode=episode)
    ending = [s for s in running.select_related("patient", "episode__program") if not s.ends_on or s.ends_on > ended_on]
    coming = Appointment.objects.select_for_update(no_key=True, of=("self",)).scheduled()
    coming = coming.filter(episode=episode, starts_at__gt=now).select_related("patient", "episode__program")
    falls = [a for a in coming.order_by("starts_at") if day_in(a.starts_at, a.zone) >= ended_on]
    pks = [a.pk for a in falls]
    Appointment.objects.filter(pk__in=pks).update(
        status=Appointment.Status.CANCELLED, reason=reason.strip(), changes=F("changes") + 1, changed_at=now
    )
    Booking.objects.live().filter(appointment__in=pks).update(released_at=now)
    for series in ending:
        series.ends_on = max(ended_on, series.starts_on)
        series.save(update_fields=["ends_on"])
        close_series_access(series, series.ends_on)
        if first := next((a for a in falls if a.series_id == series.pk), None):
            days = (series.ends_on - series.starts_on).days
            announce_series(series, "series_ended", first=first.starts_at, variant=days, by=by)
    told = {series.pk for series in ending}
    for appointment in falls:
        close_window(appointment)
        if appointment.series_id not in told:
            appointment.changes += 1
            announce(appointment, "appointment_cancelled", by=by)
