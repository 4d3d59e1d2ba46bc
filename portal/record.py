"""One's own record: what is in it, the signed notes, earlier plans, answers to questions; and what is withheld."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.instruments import definitions
from clinical.models import AmendmentRequest, Withholding
from clinical.own_record.words import band_words, parts_of
from clinical.queries_plans import document_of
from clinical.queries_release import entries_of, entry_of, plans_of, policies_of, responses_of
from clinical.services.release import ask_review
from core.errors import Refusal
from patients.models import Patient
from patients.records import own_record

ON_A_PAGE = 30


def requests_about(patient: Patient, **thing) -> list[AmendmentRequest]:
    """One's own requests about one thing, with what was said. Two queries."""
    rows = AmendmentRequest.objects.filter(patient=patient, withdrawn_at=None, **thing)
    return list(rows.prefetch_related("statements").order_by("asked_at", "pk"))


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def record(request) -> HttpResponse:
    """The way to everything that is kept about oneself."""
    patient = own_record(request)
    waiting = AmendmentRequest.objects.open().filter(patient=patient).count()
    return render(request, "portal/record/index.html", {"section": "record", "waiting": waiting})


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def notes(request) -> HttpResponse:
    """The signed notes and documents that one's program shows, the latest first. A fixed number of queries."""
    patient = own_record(request)
    policies = policies_of(patient)
    page = Paginator(entries_of(patient, policies=policies), ON_A_PAGE).get_page(request.GET.get("page"))
    hidden = [part for part in policies.hidden if part in ("notes", "visits", "discharge")]
    context = {"section": "record", "page": page, "days": policies.days, "hidden": hidden}
    return render(request, "portal/record/notes.html", context)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def note(request, uid) -> HttpResponse:
    """One signed note or document, with what was added to it and asked about it; or that it is withheld, and what one may do."""
    patient = own_record(request)
    entry = entry_of(patient, uid)
    if entry is None:
        raise Http404(_("There is no such page."))
    if entry.withholding:
        return render(request, "portal/record/withheld.html", {"section": "record", "entry": entry})
    thing = entry.thing
    context = {
        "section": "record",
        "entry": entry,
        "thing": thing,
        "parts": parts_of(thing),
        "addenda": list(thing.addenda.all()),
        "worked_on": [] if entry.is_note else list(thing.worked_on.select_related("objective")),
        "requests": requests_about(patient, **{"note" if entry.is_note else "document": thing}),
    }
    return render(request, "portal/record/note.html", context)


@requires(Can.USE_PORTAL)
@never_cache
def withheld(request, uid) -> HttpResponse:
    """Ask that somebody who had no part in it look at what is withheld."""
    patient = own_record(request)
    found = get_object_or_404(Withholding.objects.filter(patient=patient).select_related("note", "document"), uid=uid)
    if request.method == "POST":
        try:
            ask_review(withholding=found, by=request.user)
        except Refusal as refusal:
            messages.info(request, refusal.message)
        else:
            messages.success(request, _("Asked. Somebody who had no part in it looks at it, and you are told."))
    return redirect("portal:record_note", found.thing.uid)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def plans(request) -> HttpResponse:
    """Every version of one's plan that was signed."""
    patient = own_record(request)
    found = plans_of(patient)
    return render(request, "portal/record/plans.html", {"section": "record", "plans": found})


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def plan(request, uid) -> HttpResponse:
    """One version, as it was signed."""
    patient = own_record(request)
    found = next((one for one in plans_of(patient) if one.uid == uid), None)
    if found is None:
        raise Http404(_("There is no such page."))
    context = {
        "section": "record",
        "plan": found,
        "problems": document_of(found),
        "answers": list(found.agreements.order_by("at", "pk")),
        "requests": requests_about(patient, plan=found),
    }
    return render(request, "portal/record/plan.html", context)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def measures(request) -> HttpResponse:
    """What one answered, and what it came to. A fixed number of queries."""
    patient = own_record(request)
    page = Paginator(responses_of(patient), ON_A_PAGE).get_page(request.GET.get("page"))
    known = definitions()
    rows = [(row, known.get(row.measure), _scores(known.get(row.measure), row)) for row in page]
    return render(request, "portal/record/measures.html", {"section": "record", "page": page, "rows": rows})


def _scores(definition, row) -> list[dict]:
    """Each scale's score with the span it lies in and its band in words."""
    found = []
    for score in row.scores.all():
        scale = next((s for s in definition.scales if s.key == score.scale), None) if definition else None
        found.append(
            {
                "name": definition.said(scale.name) if scale and len(definition.scales) > 1 else "",
                "score": score,
                "scale": scale,
                "band": band_words(score.band),
            }
        )
    return found
