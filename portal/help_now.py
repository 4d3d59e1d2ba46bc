"""The calm page for the worst moment: who answers now, who was told, what happens next (CLINICAL_FACTS section 9, 1)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from clinical.models import RiskAlert, RiskStep
from clinical.services.risk import raise_own
from patients.records import own_record


@requires(Can.USE_PORTAL)
@never_cache
def page(request) -> HttpResponse:
    """Help now. A POST tells the team; pressing again is the same call. The way to call stays: an alert that is open from
    yesterday, or from an answer in a form, keeps nobody from asking for help now."""
    patient = own_record(request)
    if request.method == "POST":
        raise_own(patient=patient)
        messages.success(request, _("Your team knows that you need somebody."))
        return redirect("portal:help_now")
    alert = RiskAlert.objects.filter(patient=patient, closed_at=None).order_by("-raised_at").first()
    told_at = None
    if alert:
        told = alert.steps.filter(what__in=(RiskStep.What.TOLD, RiskStep.What.RAISED)).order_by("-at")
        told_at = told.values_list("at", flat=True).first() or alert.raised_at
    context = {"alert": alert, "told_at": told_at, "patient": patient, "section": "help"}
    return render(request, "portal/help_now.html", context)
