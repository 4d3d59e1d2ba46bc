"""Goals: what one works on in plain words, steps of one's own to tick, and what one lets one's group read of it."""

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.models import OwnStep, SharedGoal
from clinical.queries_goals import OwnGoal, circles_of, goals_of, memberships_of, taken_down_of
from clinical.services import goals as deeds
from clinical.services.goals import SHARED_LENGTH, STEP_LENGTH
from core.errors import Refusal
from patients.models import Patient
from patients.records import own_record

_SAID = {
    "tick": gettext_lazy("Ticked. Well done."),
    "untick": gettext_lazy("Open again. That is fine."),
    "up": gettext_lazy("Moved."),
    "down": gettext_lazy("Moved."),
    "away": gettext_lazy("Put away. You find it under “Put away”."),
    "out": gettext_lazy("It is on the list again."),
}


class StepForm(forms.Form):
    """A step. `key` tells the same form sent twice from two steps that read the same."""

    text = forms.CharField(
        label=gettext_lazy("A next step of your own"),
        max_length=STEP_LENGTH,
        error_messages={"required": gettext_lazy("Write what the step is.")},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, line: uuid.UUID, **kwargs):
        super().__init__(*args, auto_id=f"id_{line.hex}_%s", initial={"key": uuid.uuid4()}, **kwargs)

    def clean_key(self) -> uuid.UUID:
        return self.cleaned_data["key"] or uuid.uuid4()


def _uid(value: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(value or "")
    except ValueError:
        raise Http404(_("There is no such page.")) from None


def _do(patient: Patient, deed: str, sent) -> str:
    """Do to a step what was asked; the sentence to say."""
    step = get_object_or_404(OwnStep, patient=patient, uid=_uid(sent.get("step")))
    if deed in ("tick", "untick"):
        deeds.tick_step(step=step, done=deed == "tick")
    elif deed in ("up", "down"):
        deeds.move_step(step=step, up=deed == "up")
    else:
        deeds.put_away_step(step=step, away=deed == "away")
    return str(_SAID[deed])


def _back(line: uuid.UUID) -> HttpResponse:
    """To the goal one was at."""
    return redirect(f"{reverse('portal:goals')}#goal-{line}")


@requires(Can.USE_PORTAL)
@never_cache
def goals(request) -> HttpResponse:
    """One's goals with their steps. A fixed number of queries."""
    patient = own_record(request)
    deed, refusal, failed, worded = request.POST.get("deed", ""), None, None, None
    if request.method == "POST":
        line = _uid(request.POST.get("goal"))
        try:
            if deed in _SAID:
                messages.success(request, _do(patient, deed, request.POST))
                return _back(line)
            if deed == "add":
                failed = StepForm(request.POST, line=line)
                if failed.is_valid():
                    deeds.add_step(patient=patient, line=line, **failed.cleaned_data)
                    messages.success(request, _("Added."))
                    return _back(line)
            if deed == "word":
                step = get_object_or_404(OwnStep, patient=patient, uid=_uid(request.POST.get("step")), removed_at=None)
                deeds.change_step(step=step, text=request.POST.get("text", ""))
                messages.success(request, _("Saved."))
                return _back(line)
        except Refusal as caught:
            if deed == "word":
                worded = {
                    "step": _uid(request.POST.get("step")),
                    "text": request.POST.get("text", ""),
                    "error": caught.message,
                }
            elif failed is not None and caught.field:
                caught.add_to(failed)
            else:
                refusal = caught
    found, reached = goals_of(patient)
    rows = [
        {"goal": g, "form": failed if failed is not None and g.line == line else StepForm(line=g.line)} for g in found
    ]
    context = {
        "section": "goals",
        "rows": rows,
        "reached": reached,
        "refusal": refusal,
        "worded": worded,
        "in_a_group": bool(memberships_of(patient)),
    }
    return render(request, "portal/goals.html", context, status=422 if request.method == "POST" else 200)


class ShareForm(forms.Form):
    """What the others are to read, and in which of one's groups."""

    with_whom = forms.ChoiceField(
        label=gettext_lazy("With whom?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose with whom.")},
    )
    words = forms.CharField(
        label=gettext_lazy("What they read"),
        max_length=SHARED_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text=gettext_lazy("Change it as you like: say only what you want them to know."),
        error_messages={"required": gettext_lazy("Write what the others are to read.")},
    )

    def __init__(self, *args, memberships, goal: OwnGoal, **kwargs):
        first = str(memberships[0].uid) if len(memberships) == 1 else None
        words = goal.shared[0].words if goal.shared else goal.words[:SHARED_LENGTH]
        super().__init__(*args, initial={"with_whom": first, "words": words}, **kwargs)
        self.memberships = {str(m.uid): m for m in memberships}
        self.fields["with_whom"].choices = [(str(m.uid), m.group.name) for m in memberships]

    @property
    def membership(self):
        return self.memberships[self.cleaned_data["with_whom"]]


@requires(Can.USE_PORTAL)
@never_cache
def share(request, uid) -> HttpResponse:
    """Share one goal with a group of one's own: choose the words, look at exactly what will be seen, then share; or take it back.
    uid: the goal's line."""
    patient = own_record(request)
    found, _reached = goals_of(patient)
    goal = next((g for g in found if g.line == uid), None)
    if goal is None:
        raise Http404(_("There is no such page."))
    memberships = memberships_of(patient)
    deed = request.POST.get("deed", "")
    if deed == "back":
        shared = get_object_or_404(SharedGoal, patient=patient, line=uid, uid=_uid(request.POST.get("shared")))
        deeds.take_back_goal(shared=shared)
        messages.success(request, _("Taken back. Nobody else reads it any more."))
        return redirect("portal:share_goal", uid)
    sent = deed in ("look", "share", "edit")
    form = ShareForm(request.POST if sent else None, memberships=memberships, goal=goal)
    preview = refusal = None
    if sent and form.is_valid():
        if deed == "share":
            try:
                words = form.cleaned_data["words"]
                deeds.share_goal(patient=patient, line=uid, membership=form.membership, words=words)
            except Refusal as caught:
                if caught.field == "words":
                    caught.add_to(form)
                else:
                    refusal = caught
            else:
                messages.success(request, _("Shared. You can take it back at any time."))
                return redirect("portal:circle")
        elif deed == "look":
            preview = {"group": form.membership.group, "words": form.cleaned_data["words"]}
    context = {
        "section": "goals",
        "goal": goal,
        "form": form,
        "memberships": memberships,
        "preview": preview,
        "refusal": refusal,
        "name": patient.display_name,
        "taken_down": [one for one in taken_down_of(patient) if one.line == uid],
    }
    status = 422 if request.method == "POST" and not (preview or deed == "edit") else 200
    return render(request, "portal/share_goal.html", context, status=status)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def circle(request) -> HttpResponse:
    """What those in one's groups share, oneself among them, and what a leader took down of it. A fixed number of queries."""
    patient = own_record(request)
    taken_down = taken_down_of(patient)
    context = {
        "section": "goals",
        "circles": circles_of(patient),
        "taken_down": taken_down,
        "lines": {o.line for o in deeds.objectives_in_force(patient)} if taken_down else (),  # what may be said anew
    }
    return render(request, "portal/circle.html", context)
