"""News of appointments: booked, moved, cancelled; of a series once, not for each date. To both, but whoever did it."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.models import Appointment, AppointmentSeries
from scheduling.services.news import tell
from scheduling.services.reminders import WHEN, called, local_words


def announce(appointment: Appointment, kind: str, *, by: User | None = None) -> None:
    """Plan the news of a change to provider and patient but `by`. Its variant is the number of changes. One query."""
    was = appointment.moved_from if kind == "appointment_moved" and appointment.moved_from else appointment.starts_at
    tell(
        kind,
        appointment.pk,
        variant=appointment.changes,
        to=[appointment.provider_id, appointment.patient.user_id],
        until=max(appointment.starts_at, was),
        by=by,
    )


def announce_series(
    series: AppointmentSeries, kind: str, *, first: dt.datetime, variant: int = 0, by: User | None = None
) -> None:
    """Plan the news of a series to provider and patient but `by`. first: its first date that is concerned. One query."""
    tell(kind, series.pk, variant=variant, to=[series.provider_id, series.patient.user_id], until=first, by=by)


def _appointment(delivery: Delivery) -> Appointment:
    return Appointment.objects.select_related("episode", "patient").get(pk=delivery.subject_id)


def _is_expected(delivery: Delivery, thing: Appointment | AppointmentSeries) -> bool:
    return delivery.recipient_id in (thing.provider_id, thing.patient.user_id)


@composes(
    "appointment_booked",
    category=Category.CHANGE,
    label=_("An appointment is booked"),
    subject=_("New appointment: {when}"),
    sentence=_("an appointment is booked for you on {when}."),
    samples=WHEN,
)
def booked(delivery: Delivery) -> Call | Skip:
    """The news of a new appointment, with its present time."""
    appointment = _appointment(delivery)
    if appointment.is_cancelled:
        return Skip("cancelled meanwhile")
    if not _is_expected(delivery, appointment):
        return Skip("no longer expected")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(appointment.starts_at, user.zone)}
    return Call(values, appointment.episode.program_id)


@composes(
    "appointment_cancelled",
    category=Category.CHANGE,
    label=_("An appointment is cancelled"),
    subject=_("Cancelled: {when}"),
    sentence=_("your appointment on {when} is cancelled."),
    samples=WHEN,
)
def cancelled(delivery: Delivery) -> Call | Skip:
    """The news that an appointment does not take place."""
    appointment = _appointment(delivery)
    if not appointment.is_cancelled:
        return Skip("no longer cancelled")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(appointment.starts_at, user.zone)}
    return Call(values, appointment.episode.program_id)


@composes(
    "appointment_moved",
    category=Category.CHANGE,
    label=_("An appointment has a new time"),
    subject=_("New time: {when}"),
    sentence=_("your appointment of {before} has a new time: {when}."),
    samples={**WHEN, "before": _("Friday, February 27, 9:00 AM PST")},
)
def moved(delivery: Delivery) -> Call | Skip:
    """The news of an appointment's new time; only of its latest."""
    appointment = _appointment(delivery)
    if appointment.is_cancelled or appointment.changes != delivery.variant:
        return Skip("changed again")
    if not _is_expected(delivery, appointment):
        return Skip("no longer expected")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(appointment.starts_at, user.zone)}
    program = appointment.episode.program_id
    if appointment.starts_at == appointment.moved_from:
        return Call(
            values,
            program,
            subject=_("Back at its first time: {when}"),
            sentence=_("your appointment is back at the time it first had: {when}."),
        )
    values["before"] = local_words(appointment.moved_from, user.zone)
    return Call(values, program)


def _of_series(delivery: Delivery) -> Call | Skip:
    """The series' first date that is still to come, in the recipient's zone."""
    series = AppointmentSeries.objects.select_related("episode", "patient").get(pk=delivery.subject_id)
    user = delivery.recipient
    first = series.appointments.scheduled().filter(starts_at__gte=delivery.due_at).order_by("starts_at").first()
    if first is None:
        return Skip("nothing to come")
    values = {"name": called(user), "when": local_words(first.starts_at, user.zone)}
    return Call(values, series.episode.program_id)


@composes(
    "series_booked",
    category=Category.CHANGE,
    label=_("Regular appointments are booked"),
    subject=_("Regular appointments from {when}"),
    sentence=_("regular appointments are booked for you, the first on {when}."),
    samples=WHEN,
)
def series_booked(delivery: Delivery) -> Call | Skip:
    """The news of a new series."""
    return _of_series(delivery)


@composes(
    "series_changed",
    category=Category.CHANGE,
    label=_("Regular appointments have a new time"),
    subject=_("New time from {when}"),
    sentence=_("your regular appointments have a new time, from {when} on."),
    samples=WHEN,
)
def series_changed(delivery: Delivery) -> Call | Skip:
    """The news that a series goes on at another time. Its subject is the series that goes on."""
    return _of_series(delivery)


@composes(
    "series_ended",
    category=Category.CHANGE,
    label=_("Regular appointments end"),
    subject=_("Cancelled from {when}"),
    sentence=_("your regular appointments are cancelled, from {when} on."),
    samples=WHEN,
)
def series_ended(delivery: Delivery) -> Call | Skip:
    """The news that the rest of a series does not take place. Its variant is the day it ends, counted from its first."""
    series = AppointmentSeries.objects.select_related("episode").get(pk=delivery.subject_id)
    ends_on = series.starts_on + dt.timedelta(days=delivery.variant)
    if series.ends_on != ends_on:
        return Skip("changed again")
    user = delivery.recipient
    first = series.appointments.filter(status=Appointment.Status.CANCELLED, series_date__gte=ends_on)
    first = first.filter(starts_at__gte=delivery.due_at).order_by("starts_at").first()
    if first is None:
        return Skip("nothing to come")
    values = {"name": called(user), "when": local_words(first.starts_at, user.zone)}
    return Call(values, series.episode.program_id)
