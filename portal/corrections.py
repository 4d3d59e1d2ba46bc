"""Asking for a correction of one's own record: what one asked, a new request, and what came of it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.forms.amendments import AskForm, StatementForm
from clinical.instruments import definitions
from clinical.models import AmendmentRequest, MeasureResponse
from clinical.queries_release import entry_of, plans_of, responses_of
from clinical.services import amendments
from core.errors import Refusal
from core.formats import date_format
from core.sent import sent_uid
from patients.models import Patient
from patients.records import own_record


def _words_of(thing) -> str:
    """What a request is about, in the person's words: "Plan, version 2"."""
    if thing is None:
        return ""
    if isinstance(thing, MeasureResponse):
        definition = definitions().get(thing.measure)
        about = definition.said(definition.name) if definition else thing.measure
        at = thing.answered_at
    elif hasattr(thing, "session"):
        about, at = thing.session.title, thing.session.starts_at
    elif hasattr(thing, "happened_at"):
        about, at = str(thing.get_kind_display()), thing.happened_at
    else:
        about, at = _("Plan, version %(n)s") % {"n": thing.number}, thing.sealed_at
    return f"{about} · {date_format(timezone.localtime(at), 'F j, Y')}"


def _thing(patient: Patient, uid):
    """What of one's own record has this uid: only what one can read, and what is withheld too; None where there is none."""
    if entry := entry_of(patient, uid):
        return entry.thing
    for found in (*plans_of(patient), *responses_of(patient)):
        if found.uid == uid:
            return found
    return None


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def index(request) -> HttpResponse:
    """What one asked and what came of it, the latest first."""
    patient = own_record(request)
    rows = AmendmentRequest.objects.filter(patient=patient)
    return render(request, "portal/record/corrections.html", {"section": "record", "requests": rows})


@requires(Can.USE_PORTAL)
@never_cache
def new(request) -> HttpResponse:
    """Ask. `?of=` names what it is about; without it, one says so."""
    patient = own_record(request)
    asked = request.POST.get("of") if request.method == "POST" else request.GET.get("of")
    thing = _thing(patient, sent_uid(asked)) if asked else None
    if asked and thing is None:
        raise Http404(_("There is no such page."))
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = amendments.ask(patient=patient, thing=thing, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Sent. You are told when there is an answer."))
            return redirect("portal:correction", made.uid)
    context = {"section": "record", "form": form, "thing": thing, "about": _words_of(thing)}
    return render(
        request, "portal/record/correction_new.html", context, status=422 if request.method == "POST" else 200
    )


@requires(Can.USE_PORTAL)
@never_cache
def correction(request, uid) -> HttpResponse:
    """One request: what was asked, by when it is answered, the answer, and what one may do then."""
    patient = own_record(request)
    related = ("note__session__group", "document", "plan", "response", "addendum")
    mine = AmendmentRequest.objects.filter(patient=patient).select_related(*related)
    found = get_object_or_404(mine.prefetch_related("statements"), uid=uid)
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    form = StatementForm(request.POST if deed == "disagree" else None)
    try:
        if deed == "take_back":
            amendments.take_back(request=found, by=request.user)
            messages.success(request, _("Taken back. Nobody looks at it any more."))
            return redirect("portal:correction", uid)
        if deed == "disagree" and form.is_valid():
            amendments.disagree(request=found, text=form.cleaned_data["text"], by=request.user)
            messages.success(request, _("Your statement now goes with your record."))
            return redirect("portal:correction", uid)
    except Refusal as refusal:
        if deed == "take_back":
            messages.info(request, refusal.message)
            return redirect("portal:correction", uid)
        refusal.add_to(form)
    statements = list(found.statements.all())
    context = {
        "section": "record",
        "found": found,
        "about": _words_of(found.thing),
        "statements": statements,
        "form": form,
        "may_disagree": found.was_refused and not any(s.kind == "disagreement" for s in statements),
        "leads_to": found.note or found.document,
    }
    return render(request, "portal/record/correction.html", context, status=422 if deed else 200)
