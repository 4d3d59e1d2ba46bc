"""What the patient and their clinician are working on: reading it, agreeing and signing, or saying what should be different."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from accounts.proof import prove
from clinical.models import PlanAgreement, TreatmentPlan
from clinical.queries_plans import attainment_of, document_of
from clinical.services import plans
from core.errors import Refusal
from patients.models import Episode
from patients.records import own_record


def _in_force(patient) -> list[TreatmentPlan]:
    """The sealed plan in force of each of the patient's stays that is open. One query; never a draft."""
    stays = Episode.objects.open().filter(patient=patient)
    rows = TreatmentPlan.objects.sealed().filter(patient=patient, episode__in=stays)
    rows = rows.select_related("episode__primary_clinician").prefetch_related("agreements")
    newest: dict[int, TreatmentPlan] = {}
    for row in rows.order_by("number"):
        newest[row.episode_id] = row
    return list(newest.values())


def _last_answer(plan: TreatmentPlan) -> PlanAgreement | None:
    answers = list(plan.agreements.all())
    return answers[-1] if answers else None


@requires(Can.USE_PORTAL)
@never_cache
def plan(request) -> HttpResponse:
    """One's own plan, and one's answer to it."""
    patient = own_record(request)
    found = _in_force(patient)
    # With stays in two programs: the one that waits for an answer comes first.
    found.sort(key=lambda p: (_last_answer(p) is not None, -p.pk))
    refusal, given = None, {}
    if request.method == "POST":
        asked = next((p for p in found if str(p.uid) == request.POST.get("plan")), None)
        if asked is None:
            raise Http404
        found.sort(key=lambda p: p != asked)
        given = {name: request.POST.get(name, "") for name in ("answer", "name", "words")}
        try:
            if given["answer"] not in PlanAgreement.Answer.values:
                raise Refusal(_("Choose whether you agree."), "no_answer", "answer")
            if given["answer"] == PlanAgreement.Answer.AGREES:
                given["words"] = ""
            prove(request)
            plans.answer_plan(plan=asked, patient=patient, content_hash=request.POST.get("seen", ""), **given)
        except Refusal as caught:
            refusal = caught
        else:
            if given["answer"] == PlanAgreement.Answer.AGREES:
                messages.success(request, _("Thank you. You have signed."))
            else:
                messages.success(request, _("Thank you for saying so. Your clinician will talk with you about it."))
            return redirect("portal:plan")
    lines = attainment_of(patient)
    context = {
        "patient": patient,
        "rows": [{"plan": p, "problems": document_of(p, lines), "answer": _last_answer(p)} for p in found[:1]],
        "refusal": refusal,
        "given": given,
        "error_in": refusal.field if refusal else "",
    }
    return render(request, "portal/plan.html", context, status=422 if refusal else 200)
