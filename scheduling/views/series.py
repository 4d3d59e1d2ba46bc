"""Pages of a series of appointments: look at, change forward, end; each deed is shown before it is done."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from patients.models import Patient
from patients.records import log_shown
from scheduling import services
from scheduling.forms.appointments import EndSeriesForm, SeriesForm
from scheduling.models import AppointmentSeries
from scheduling.services.appointments.series import preview_series

SHOWN = 26


def visible_series(request, uid) -> AppointmentSeries:
    """The series, on the record as read; 404 when the reader may not know of it or of its patient."""
    series = get_object_or_404(
        AppointmentSeries.objects.visible_to(request.user)
        .filter(patient__in=Patient.objects.visible_to(request.user))
        .select_related("patient", "provider", "episode__program"),
        uid=uid,
    )
    log_shown(request, [series.patient_id], Read.What.APPOINTMENT)
    return series


@requires(Can.BOOK_APPOINTMENTS)
@require_safe
def series(request, uid):
    """One series: its rhythm, what comes, what could not be made."""
    found = visible_series(request, uid)
    today = timezone.localdate()
    coming = list(found.appointments.filter(ends_at__gt=timezone.now()).order_by("starts_at")[:SHOWN])
    context = {
        "section": "people",
        "series": found,
        "coming": coming,
        "past": found.appointments.filter(ends_at__lte=timezone.now()).order_by("-starts_at")[:8],
        "is_over": bool(found.ends_on and found.ends_on <= today),
    }
    return render(request, "scheduling/appointments/series.html", context)


@requires(Can.BOOK_APPOINTMENTS)
def change(request, uid):
    """Change the series from a day on."""
    found = visible_series(request, uid)
    form = SeriesForm(request.POST or None, series=found)
    return _deed(
        request, found, form, services.change_series, "change", _("The series goes on as chosen. Both are being told.")
    )


@requires(Can.BOOK_APPOINTMENTS)
def end(request, uid):
    """End the series from a day on."""
    found = visible_series(request, uid)
    form = EndSeriesForm(request.POST or None)
    return _deed(request, found, form, services.end_series, "end", _("The series ends. Both are being told."))


def _deed(request, found: AppointmentSeries, form, deed, name: str, done: str):
    """Ask, show what it would do, do it: the second sending carries `confirmed`."""
    changes, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            asked = {"series": found, "by": request.user, **form.cleaned_data}
            try:
                if "confirmed" in request.POST:
                    result = deed(**asked)
                    messages.success(request, done)
                    return redirect("scheduling:series", uid=result.uid)
                changes, status = preview_series(deed, **asked), 200
            except Refusal as refusal:
                refusal.add_to(form)
    context = {"section": "people", "series": found, "form": form, "changes": changes}
    return render(request, f"scheduling/appointments/series_{name}.html", context, status=status)
