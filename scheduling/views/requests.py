"""What one's people ask for: to be excused, or a seat to make up hours."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from patients.records import log_shown, open_record
from scheduling import services
from scheduling.forms.requests import AnswerForm, DeclineForm
from scheduling.models import ExcuseRequest, SeatRequest
from scheduling.services.requests import excuses_waiting, seats_left, seats_waiting
from scheduling.views.common import form_status


@requires(Can.MANAGE_MEMBERS)
@require_safe
def index(request) -> HttpResponse:
    """What waits for an answer, the soonest first. A fixed number of queries."""
    excuses, seats = excuses_waiting(request.user), seats_waiting(request.user)
    log_shown(request, [r.patient.pk for r in (*excuses, *seats)], Read.What.SCHEDULE)
    left = seats_left([r.session for r in seats])
    for one in seats:
        one.left = left[one.session_id]
    context = {"section": "planning", "excuses": excuses, "seats": seats}
    return render(request, "scheduling/requests.html", context)


@requires(Can.MANAGE_MEMBERS)
def excuse(request, uid) -> HttpResponse:
    """One request to be excused, and the answer to it."""
    rows = ExcuseRequest.objects.visible_to(request.user).select_related(
        "booking__session__group", "booking__patient", "answered_by"
    )
    found = get_object_or_404(rows, uid=uid)
    open_record(request, found.patient.uid, Read.What.SCHEDULE)
    form = AnswerForm(request.POST or None, request=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_excuse(request=found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
            if refusal.code == "changed_meanwhile":
                found.refresh_from_db()
                form.data = form.data.copy()  # answering again is a decision
                form.data["seen"] = found.answers
        else:
            messages.success(request, _("%(name)s is told.") % {"name": found.patient})
            return redirect("scheduling:requests")
    standing = ExcuseRequest.objects.standing().filter(pk=found.pk).exists() and not found.session.is_cancelled
    context = {"section": "planning", "found": found, "form": form, "standing": standing}
    return render(request, "scheduling/excuse.html", context, status=form_status(request))


@requires(Can.MANAGE_MEMBERS)
def seat(request, uid) -> HttpResponse:
    """One request for a seat: book it with one click, or say why not."""
    rows = SeatRequest.objects.visible_to(request.user).select_related(
        "session__group", "episode", "patient", "answered_by"
    )
    found = get_object_or_404(rows, uid=uid)
    open_record(request, found.patient.uid, Read.What.SCHEDULE)
    deed = request.POST.get("deed", "")
    form, refusal = DeclineForm(request.POST if deed == "decline" else None), None
    if request.method == "POST":
        try:
            if deed == "confirm":
                services.confirm_seat(request=found, by=request.user)
                messages.success(request, _("%(name)s is booked and is being told.") % {"name": found.patient})
                return redirect("scheduling:requests")
            if deed == "decline" and form.is_valid():
                services.decline_seat(request=found, by=request.user, **form.cleaned_data)
                messages.success(request, _("%(name)s is told.") % {"name": found.patient})
                return redirect("scheduling:requests")
        except Refusal as caught:
            if deed == "decline":
                caught.add_to(form)
            else:
                refusal = caught
            found.refresh_from_db()
    waits = SeatRequest.objects.waiting().filter(pk=found.pk).exists()
    left = seats_left([found.session])[found.session_id]
    context = {
        "section": "planning",
        "found": found,
        "form": form,
        "refusal": refusal,
        "waits": waits,
        "left": left,
    }
    return render(request, "scheduling/seat_request.html", context, status=form_status(request))
