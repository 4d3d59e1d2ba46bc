"""What the patient is asked to answer: a short list, one form at a time, a calm thank-you."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.forms.measures import MeasureForm
from clinical.instruments import definition_of
from clinical.models import MeasureAssignment, MeasureResponse
from clinical.services.measures import open_for, record_response
from core.errors import Refusal
from patients.records import own_record


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def index(request) -> HttpResponse:
    """What is asked now."""
    patient = own_record(request)
    asked = [(one, definition_of(one.measure)) for one in open_for(patient, patient.user.zone)]
    return render(request, "portal/check_ins.html", {"asked": asked, "section": "check_ins"})


@requires(Can.USE_PORTAL)
@never_cache
def answer(request, uid) -> HttpResponse:
    """One form. A blank is not zero, and nothing typed is lost. After an answer that shows risk: the page with help."""
    patient = own_record(request)
    found = get_object_or_404(MeasureAssignment.objects.select_related("session__group"), patient=patient, uid=uid)
    if found not in open_for(patient, patient.user.zone):
        messages.info(request, _("This is answered already, or its time is over. Thank you."))
        return redirect("portal:check_ins")
    definition = definition_of(found.measure)
    form = MeasureForm(request.POST or None, definition=definition)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            done = record_response(
                measure=found.measure,
                answers=form.answers,
                mode=MeasureResponse.Mode.SELF,
                by=request.user,
                assignment=found,
            )
        except Refusal as caught:
            if f"q{caught.field}" in form.fields:
                form.add_error(f"q{caught.field}", caught.message)
            else:
                refusal = caught
        else:
            if done.alert:
                return redirect("portal:help_now")
            if done.result.blanks:
                messages.success(request, _("Thank you. What you left blank stays blank; that is all right."))
            else:
                messages.success(request, _("Thank you. Your team reads it before they see you next."))
            return redirect("portal:check_ins")
    context = {"one": found, "form": form, "definition": definition, "refusal": refusal, "section": "check_ins"}
    return render(request, "portal/check_in.html", context, status=422 if request.method == "POST" else 200)
