"""Pages of one appointment: book, look at, move, cancel, say how it went."""

import zoneinfo

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from patients.models import Episode, Patient
from patients.records import log_shown, open_record
from scheduling import services
from scheduling.forms.appointments import (
    AppointmentForm,
    CancelAppointmentForm,
    MoveAppointmentForm,
    OutcomeForm,
)
from scheduling.models import Appointment
from scheduling.services.appointments.single import may_record
from scheduling.views.common import form_status

FIELDS = {"starts_at": "time", "starts_on": "day"}  # what the services call a field, and the forms otherwise


def add_refusal(refusal: Refusal, form) -> None:
    """Put the refusal beside the field of a form that asks for day and time apart."""
    if refusal.field not in form.fields:
        refusal.field = FIELDS.get(refusal.field, refusal.field)
    refusal.add_to(form)


def visible_appointment(request, uid, what: Read.What = Read.What.APPOINTMENT) -> Appointment:
    """The appointment, on the record as read; 404 when the reader may not know of it or of its patient."""
    appointment = get_object_or_404(
        Appointment.objects.visible_to(request.user)
        .filter(patient__in=Patient.objects.visible_to(request.user))
        .select_related("patient", "provider", "episode__program", "series", "booked_by", "recorded_by", "hours"),
        uid=uid,
    )
    log_shown(request, [appointment.patient_id], what)
    return appointment


@requires(Can.BOOK_APPOINTMENTS)
def new(request, uid):
    """Book an appointment or a series for a patient in care."""
    patient = open_record(request, uid, Read.What.APPOINTMENT)
    stays = Episode.objects.filter(patient=patient, ended_on=None).select_related("program", "patient")
    episode = stays.order_by("-started_on", "-pk").first()
    if episode is None:
        raise Http404(_("There is no such page."))
    form = AppointmentForm(request.POST or None, episode=episode, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = _book(form, episode, request.user)
        except Refusal as refusal:
            add_refusal(refusal, form)
        else:
            if isinstance(made, Appointment):
                messages.success(request, _("The appointment is booked. Both are being told."))
                return redirect("scheduling:appointment", uid=made.uid)
            messages.success(request, _("The appointments are booked, eight weeks ahead. Both are being told."))
            return redirect("scheduling:series", uid=made.uid)
    context = {"section": "people", "patient": patient, "episode": episode, "form": form}
    return render(request, "scheduling/appointments/new.html", context, status=form_status(request))


def _book(form: AppointmentForm, episode: Episode, by):
    data = form.cleaned_data
    what = {
        "kind": data["kind"],
        "provider": data["provider"],
        "episode": episode,
        "minutes": data["minutes"],
        "by": by,
    }
    if not data["every"]:
        return services.book_appointment(starts_at=form.starts_at, **what)
    day = data["day"]
    return services.start_series(
        weekday=day.weekday(), starts_at=data["time"], starts_on=day, every=data["every"], **what
    )


@requires(Can.BOOK_APPOINTMENTS)
def appointment(request, uid):
    """One appointment: when, who, how it stands; once it has begun, how it went."""
    found = visible_appointment(request, uid)
    records = found.has_begun and not found.is_cancelled and may_record(request.user, found)
    form = OutcomeForm(request.POST or None, appointment=found) if records else None
    if request.method == "POST":
        if form is None:
            messages.error(request, _("Only who provides it, or supervises them, says how it went, once it has begun."))
            return redirect("scheduling:appointment", uid=uid)
        if form.is_valid():
            try:
                services.record_outcome(
                    appointment=found,
                    outcome=form.cleaned_data["outcome"],
                    minutes=form.cleaned_data["minutes"],
                    by=request.user,
                )
            except Refusal as refusal:
                refusal.add_to(form)
            else:
                messages.success(request, _("Saved."))
                return redirect("scheduling:appointment", uid=uid)
    profile = getattr(found.provider, "staff_profile", None)
    room = profile.meeting_url if profile and request.user.pk == found.provider_id and not found.is_over else ""
    context = {
        "section": "people",
        "appointment": found,
        "form": form,
        "room": "" if found.is_cancelled else room,
        "may_change": not found.is_cancelled and not found.has_begun,
        "local": found.starts_at.astimezone(zoneinfo.ZoneInfo(found.zone)),
    }
    return render(request, "scheduling/appointments/appointment.html", context, status=form_status(request))


def _too_late(request, found: Appointment):
    """On opening the form of an appointment that can no longer be changed: back to its page, which says what it is now."""
    if request.method != "GET" or not (found.is_cancelled or found.has_begun):
        return None
    why = (
        _("This appointment is already cancelled.")
        if found.is_cancelled
        else _("This appointment has begun; it stays as it is.")
    )
    messages.info(request, why)
    return redirect("scheduling:appointment", uid=found.uid)


@requires(Can.BOOK_APPOINTMENTS)
def move(request, uid):
    """Move one appointment, once."""
    found = visible_appointment(request, uid)
    if back := _too_late(request, found):
        return back
    form = MoveAppointmentForm(request.POST or None, appointment=found)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.move_appointment(
                appointment=found, starts_at=form.starts_at, minutes=form.cleaned_data["minutes"], by=request.user
            )
        except Refusal as refusal:
            add_refusal(refusal, form)
        else:
            if moved.changes == found.changes:
                messages.info(request, _("That is when it takes place already. Nothing was changed."))
            else:
                messages.success(request, _("The appointment has its new time. Both are being told."))
            return redirect("scheduling:appointment", uid=uid)
    context = {"section": "people", "appointment": found, "form": form}
    return render(request, "scheduling/appointments/move.html", context, status=form_status(request))


@requires(Can.BOOK_APPOINTMENTS)
def cancel(request, uid):
    """Cancel one appointment."""
    found = visible_appointment(request, uid)
    if back := _too_late(request, found):
        return back
    form = CancelAppointmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_appointment(appointment=found, reason=form.cleaned_data["reason"], by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The appointment is cancelled. Both are being told."))
            return redirect("scheduling:appointment", uid=uid)
    context = {"section": "people", "appointment": found, "form": form}
    return render(request, "scheduling/appointments/cancel.html", context, status=form_status(request))
