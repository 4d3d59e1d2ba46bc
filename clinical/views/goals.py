"""A person's goals beside the plan: plain words, which a clinician sets, and their own steps; and changes they suggest to their
plans for hard times."""

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Can, allows, requires
from audit.models import Read
from clinical.models import Document, PlanSuggestion
from clinical.queries_goals import goals_of
from clinical.sections import sections_of
from clinical.services import suggestions
from clinical.services.documents import in_force
from clinical.services.goals import WORDS_LENGTH, set_plain_words
from core.errors import Refusal
from patients.records import open_record


class PlainForm(forms.Form):
    """One objective in plain words."""

    text = forms.CharField(
        label=gettext_lazy("In plain words"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )

    def __init__(self, *args, goal, **kwargs):
        text = goal.plain.text if goal.plain else ""
        super().__init__(*args, auto_id=f"id_{goal.line.hex}_%s", initial={"text": text}, **kwargs)


@requires(Can.READ_NOTES)
def goals(request, uid) -> HttpResponse:
    """The goals of somebody's plan in force as they read them, with their own steps. A fixed number of queries."""
    patient = open_record(request, uid, Read.What.PLAN)
    found, reached = goals_of(patient)
    may_word = allows(request.user, Can.WRITE_PLANS)
    failed, line = None, None
    if request.method == "POST" and may_word:
        line = _line(request.POST.get("goal"))
        goal = next((g for g in found if g.line == line), None)
        if goal is None:
            raise Http404(_("There is no such page."))
        failed = PlainForm(request.POST, goal=goal)
        if failed.is_valid():
            try:
                set_plain_words(patient=patient, line=line, by=request.user, **failed.cleaned_data)
            except Refusal as refusal:
                refusal.add_to(failed)
            else:
                messages.success(request, _("Saved: they read it so."))
                return redirect("clinical:goals", uid)
    rows = [{"goal": g, "form": failed if failed and g.line == line else PlainForm(goal=g)} for g in found]
    context = {"section": "people", "patient": patient, "rows": rows, "reached": reached, "may_word": may_word}
    return render(request, "clinical/plans/goals.html", context, status=422 if request.method == "POST" else 200)


def _line(value: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(value or "")
    except ValueError:
        raise Http404(_("There is no such page.")) from None


class AnswerForm(forms.Form):
    """A sentence to whoever suggested it. version: the one the clinician read."""

    version = forms.IntegerField(required=False, min_value=0, max_value=30000, widget=forms.HiddenInput)
    words = forms.CharField(
        label=gettext_lazy("A sentence to them"),
        required=False,
        max_length=suggestions.WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=gettext_lazy("They read it on their page. An answer without taking it over needs one."),
    )


def _beside(suggestion: PlanSuggestion, present: Document | None, draft: Document | None) -> list[dict]:
    """Part by part: as it is in force, as a draft has it where that differs, and as suggested."""
    now, drafted = (present.sections if present else {}), (draft.sections if draft else {})
    return [
        {
            "label": section.label,
            "now": now.get(section.key, ""),
            "draft": drafted.get(section.key, "") if draft and drafted.get(section.key) != now.get(section.key) else "",
            "suggested": suggestion.sections[section.key],
        }
        for section in sections_of(suggestion.kind)
        if section.key in suggestion.sections
    ]


@requires(Can.WRITE_NOTES)
def suggestion(request, uid) -> HttpResponse:
    """What somebody suggests to change in their plan, beside what it says: take it over into a draft, or answer."""
    rows = PlanSuggestion.objects.visible_to(request.user).select_related("patient", "document", "closed_by")
    found = get_object_or_404(rows, uid=uid)
    patient = open_record(request, found.patient.uid, Read.What.DOCUMENT)
    deed = request.POST.get("deed", "")
    form = AnswerForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        asked = {"words": form.cleaned_data["words"], "version": form.cleaned_data["version"] or 0}
        try:
            if deed == "take":
                draft = suggestions.take_over(suggestion=found, by=request.user, **asked)
                messages.success(request, _("It is in the draft. Look through it with them, then sign."))
                return redirect("clinical:edit_document", draft.uid)
            if deed == "answer":
                suggestions.answer_suggestion(suggestion=found, by=request.user, **asked)
                messages.success(request, _("%(name)s is told.") % {"name": patient})
                return redirect("clinical:record", patient.uid)
        except Refusal as refusal:
            refusal.add_to(form)
            if refusal.code == "changed_meanwhile":
                found.refresh_from_db()
                form.data = form.data.copy()
                form.data["version"] = found.version
    present = in_force(patient, found.kind)
    draft = Document.objects.filter(patient=patient, kind=found.kind, sealed_at=None, voided_at=None).first()
    context = {
        "section": "people",
        "patient": patient,
        "found": found,
        "parts": _beside(found, present, draft),
        "present": present,
        "is_older": present is not None and present.pk != found.document_id,
        "form": form,
        "is_open": found.state == PlanSuggestion.State.OPEN,
    }
    return render(
        request, "clinical/documents/suggestion.html", context, status=422 if request.method == "POST" else 200
    )
