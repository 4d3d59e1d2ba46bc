"""The reader's own open hours: when patients may pick a time."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from core.errors import Refusal
from scheduling import services
from scheduling.forms.appointments import OpenHoursForm
from scheduling.models import AppointmentKind, OpenHours
from scheduling.views.common import form_status


@requires(Can.BOOK_APPOINTMENTS)
def open_hours(request):
    """The hours the reader has open, and a form to open more."""
    form = OpenHoursForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_hours(provider=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("These hours are open. Patients whose care team you are on can pick a time."))
            return redirect("scheduling:open_hours")
    mine = OpenHours.objects.current(timezone.localdate()).filter(provider=request.user).select_related("program")
    rows = [(hours, [AppointmentKind(kind).label for kind in hours.kinds]) for hours in mine]
    context = {"section": "week", "rows": rows, "form": form}
    return render(request, "scheduling/appointments/open_hours.html", context, status=form_status(request))


@require_POST
@requires(Can.BOOK_APPOINTMENTS)
def close(request, uid):
    """Close hours of the reader's own from today on. What was picked stays."""
    hours = get_object_or_404(OpenHours, uid=uid, provider=request.user)
    services.close_hours(hours=hours)
    messages.success(request, _("Closed from today on. What was picked before stays booked."))
    return redirect("scheduling:open_hours")
