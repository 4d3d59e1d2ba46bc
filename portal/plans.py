"""The patient's own plans: the safety plan and the relapse-prevention plan in force, to read and to keep. Nothing else of the
record, and no draft."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.models import ClinicalPolicy, Kind, PlanSuggestion
from clinical.queries_documents import plans_of
from clinical.sections import PLANS, sections_of
from patients.records import own_record


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def plans(request) -> HttpResponse:
    """One's own plans as signed, with 988 above them."""
    patient = own_record(request)
    found = plans_of(patient)
    shown, said = [], _suggestions(patient)
    for kind in PLANS:
        if (plan := found[kind]["in_force"]) is None:
            continue
        parts = [(s.label, text) for s in sections_of(kind) if (text := plan.sections.get(s.key))]
        shown.append({"kind": Kind(kind), "plan": plan, "parts": parts, "said": said.get(kind)})
    latest = patient.episodes.order_by("-started_on", "-pk").values_list("program_id", flat=True).first()
    phone = ClinicalPolicy.of(latest).crisis_phone if latest else ""
    return render(request, "portal/plans.html", {"plans": shown, "crisis_phone": phone})


def _suggestions(patient) -> dict[str, PlanSuggestion]:
    """The latest suggestion about each plan that was not taken back, by kind. One query."""
    rows = PlanSuggestion.objects.filter(patient=patient).exclude(state=PlanSuggestion.State.WITHDRAWN)
    return {row.kind: row for row in rows.select_related("closed_by").order_by("created_at", "pk")}
