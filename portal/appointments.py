"""The patient's appointments: what comes, picking a time, giving one back, and the way in."""

import datetime as dt
from itertools import groupby

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from patients.records import own_record
from portal.queries import own_appointment
from portal.views import through_the_door
from scheduling.models import Appointment, AppointmentKind, OpenHours
from scheduling.services import free_times, give_back_time, pick_time
from scheduling.services.hours import cancels_until, hours_for

WEEKS_OFFERED = 4


def _coming(patient) -> list[dict]:
    """Appointments that are not over, each with whether the patient may cancel it here. One query."""
    now = timezone.now()
    rows = Appointment.objects.scheduled().filter(patient=patient, ends_at__gt=now)
    rows = rows.select_related("provider", "hours").order_by("starts_at")
    return [{"thing": a, "may_cancel": bool((until := cancels_until(a)) and now <= until)} for a in rows]


def _offers(patient) -> list[dict]:
    """For each provider with open hours: their free times by day in the patient's zone. Eight queries at the most."""
    hours = {h.pk: h for h in hours_for(patient)}
    today = timezone.localdate()
    found = free_times(
        patient=patient,
        hours=list(hours.values()),
        first=today - dt.timedelta(days=1),  # where the hours are it may still be yesterday
        last=today + dt.timedelta(weeks=WEEKS_OFFERED),
    )
    offers: dict[int, dict] = {}
    for one in hours.values():
        offers.setdefault(one.provider_id, {"provider": one.provider, "times": []})
    for time in found:
        one = hours[time.hours_id]
        offers[one.provider_id]["times"].append((time.starts_at, one))
    for offer in offers.values():
        days = groupby(offer.pop("times"), key=lambda pair: timezone.localtime(pair[0]).date())
        offer["days"] = [(day, list(times)) for day, times in days]
    return list(offers.values())


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def appointments(request) -> HttpResponse:
    """One's coming appointments, and the times that can be picked in the next four weeks."""
    patient = own_record(request)
    context = {"coming": _coming(patient), "offers": _offers(patient), "today": timezone.localdate()}
    return render(request, "portal/appointments.html", context)


def _asked_time(value: str) -> dt.datetime:
    """The moment in an address or form; Http404 for a strange one."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise Http404 from None
    if moment.tzinfo is None or not 2000 <= moment.year <= 2100:
        raise Http404
    return moment


@requires(Can.USE_PORTAL)
@never_cache
def pick(request, uid) -> HttpResponse:
    """Look once more at a time, and book it. When it was taken meanwhile: back to the times, which say so."""
    patient = own_record(request)
    hours = get_object_or_404(OpenHours, uid=uid, pk__in=[h.pk for h in hours_for(patient)])
    if not (asked := request.POST.get("at") or request.GET.get("at", "")):
        return redirect("portal:appointments")
    starts_at = _asked_time(asked)
    kinds = [(kind, AppointmentKind(kind).label) for kind in hours.kinds]
    if request.method == "POST":
        kind = kinds[0][0] if len(kinds) == 1 else request.POST.get("kind", "")
        try:
            pick_time(hours=hours, patient=patient, starts_at=starts_at, kind=kind)
        except Refusal as refusal:
            if refusal.code != "kind":
                messages.error(request, refusal.message)
                return redirect("portal:appointments")
            context = _picking(hours, starts_at, kinds) | {"error": refusal.message}
            return render(request, "portal/pick.html", context, status=422)
        messages.success(request, _("Booked. You will be reminded."))
        return redirect("portal:appointments")
    day = starts_at.astimezone(timezone.get_current_timezone()).date()
    around = {"first": day - dt.timedelta(days=1), "last": day + dt.timedelta(days=1)}
    if starts_at not in {time.starts_at for time in free_times(patient=patient, hours=[hours], **around)}:
        messages.error(request, _("This time is no longer free. Please choose another."))
        return redirect("portal:appointments")
    return render(request, "portal/pick.html", _picking(hours, starts_at, kinds))


def _picking(hours: OpenHours, starts_at: dt.datetime, kinds: list) -> dict:
    ends_at = starts_at + dt.timedelta(minutes=hours.minutes)
    notice = starts_at - dt.timedelta(hours=hours.notice_hours)
    return {"hours": hours, "starts_at": starts_at, "ends_at": ends_at, "kinds": kinds, "until": notice}


@requires(Can.USE_PORTAL)
@never_cache
def cancel(request, uid) -> HttpResponse:
    """Give back a time one picked oneself, up to its notice; after that, or when the clinic made it, a page that says so."""
    patient = own_record(request)
    found = get_object_or_404(
        Appointment.objects.scheduled()
        .filter(patient=patient, starts_at__gt=timezone.now())
        .select_related("provider", "hours", "patient", "episode"),
        uid=uid,
    )
    until = cancels_until(found)
    error = ""
    if request.method == "POST":
        try:
            give_back_time(appointment=found, patient=patient)
        except Refusal as refusal:
            error = refusal.message
        else:
            messages.success(request, _("It is cancelled. The time is free for somebody else."))
            return redirect("portal:appointments")
    context = {"thing": found, "may_cancel": bool(until and timezone.now() <= until), "until": until, "error": error}
    return render(request, "portal/cancel.html", context, status=422 if error else 200)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def join(request, uid) -> HttpResponse:
    """The way into an appointment, from ten minutes before its start until its end."""
    own = own_appointment(own_record(request), uid)
    if own is None:
        raise Http404
    return through_the_door(request, own)
