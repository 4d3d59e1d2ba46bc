"""Risk alerts: the list, one alert, a concern, who is on call."""

import datetime as dt

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import GRANTS, Can, allows, requires
from accounts.models import Program
from accounts.proof import prove
from audit.models import Read
from clinical.forms.risk import CloseForm, ConcernForm, PhoneForm, ShiftForm, StepForm
from clinical.instruments import definition_of
from clinical.models import ClinicalPolicy, Level, OnCallShift, RiskAlert, RiskStep
from clinical.services import risk, risk_quiet
from clinical.services.sealing import signature
from core.errors import Refusal
from core.sent import sent_uid
from patients.records import log_shown, open_record

CLOSED_SHOWN = 20


@requires(Can.RAISE_CONCERN)
def alerts(request):
    """Open alerts of the reader's people, the gravest first, then the last closed ones. Two queries."""
    mine = RiskAlert.objects.visible_to(request.user).select_related(
        "patient", "program", "acknowledged_by", "closed_by", "raised_by"
    )
    found = list(risk_quiet.with_steps(mine.open()))
    for one in found:
        one.is_begun = bool(one.acknowledged_at) and risk_quiet.is_begun(one)
    closed = list(mine.filter(closed_at__isnull=False).order_by("-closed_at")[:CLOSED_SHOWN])
    log_shown(request, [a.patient_id for a in (*found, *closed)], Read.What.RISK)
    return render(
        request,
        "clinical/risk/alerts.html",
        {
            "section": "care",
            "alerts": found,
            "closed": closed,
            "now": timezone.now(),
            "may_open": allows(request.user, Can.HANDLE_RISK),
        },
    )


def _alert(request, uid) -> RiskAlert:
    return get_object_or_404(
        RiskAlert.objects.visible_to(request.user).select_related(
            "patient__user",
            "program",
            "episode__primary_clinician",
            "response",
            "raised_by",
            "acknowledged_by",
            "closed_by",
        ),
        uid=uid,
    )


def _answer_words(alert: RiskAlert) -> tuple[str, str]:
    """The question and the answer that raised it, where an answer did."""
    code, _colon, key = alert.trigger.partition(":")
    if alert.response is None:
        return "", ""
    try:
        definition = definition_of(code)
        item = definition.item(key)
    except KeyError:  # the site has taken this definition away since
        return "", ""
    value = alert.response.answers.get(key)
    words = definition.options_of(item).label_of(value) if value is not None else ""
    return item.text or f"{definition.name} {key}", words


def _again_at(alert: RiskAlert, steps: list) -> dt.datetime | None:
    """When it was raised once more after somebody took it on, and nothing was written since."""
    raised = [
        s.at for s in steps if s.what == RiskStep.What.RAISED and alert.acknowledged_at and s.at > alert.acknowledged_at
    ]
    written = [s.at for s in steps if s.what in risk.BY_HAND]
    return raised[-1] if raised and not (written and written[-1] > raised[-1]) else None


@requires(Can.HANDLE_RISK)
def alert(request, uid):
    """One alert: what raised it, whom to call, every step so far, and what to do next. Opening it is a step."""
    found = _alert(request, uid)
    open_record(request, found.patient.uid, Read.What.RISK)
    # Two forms with a field of one name: each has ids of its own, so that a label names its own field.
    step, close = StepForm(auto_id="step_%s"), CloseForm(auto_id="close_%s")
    deed, error = request.POST.get("deed", ""), ""
    if request.method == "POST":
        step = StepForm(request.POST, auto_id="step_%s") if deed == "step" else step
        close = CloseForm(request.POST, auto_id="close_%s") if deed == "close" else close
        try:
            if _do(request, found, deed, step, close):
                return redirect("clinical:alert", uid=uid)
        except Refusal as refusal:
            if refusal.field == "password":
                error = refusal.message
            elif deed in ("step", "close"):
                refusal.add_to(close if deed == "close" else step)
            else:  # no form of its own: closed meanwhile
                messages.error(request, refusal.message)
                return redirect("clinical:alert", uid=uid)
    else:
        risk.see(alert=found, by=request.user)
    question, answer = _answer_words(found)
    steps = list(found.steps.select_related("by", "whom"))
    context = {
        "section": "care",
        "alert": found,
        "steps": steps,
        "is_begun": any(s.what in risk.BY_HAND for s in steps),
        "again_at": _again_at(found, steps),
        "step": step,
        "close": close,
        "question": question,
        "answer": answer,
        "now": timezone.now(),
        "signature": signature(request.user),
        "proof_error": error,
    }
    return render(request, "clinical/risk/alert.html", context, status=422 if request.method == "POST" else 200)


def _do(request, found: RiskAlert, deed: str, step: StepForm, close: CloseForm) -> bool:
    """The deed asked for; False when its form is not filled in."""
    if deed == "acknowledge":
        taken = risk.acknowledge(alert=found, by=request.user)
        if taken.acknowledged_by_id == request.user.pk:
            messages.success(request, _("You have taken it on. Call them now."))
        return True
    if deed == "step" and step.is_valid():
        risk.add_step(alert=found, by=request.user, **step.cleaned_data)
        return True
    if deed == "close" and close.is_valid():
        prove(request)
        risk.close_alert(alert=found, by=request.user, **close.cleaned_data)
        messages.success(request, _("The alert is closed."))
        return True
    return False


@requires(Can.RAISE_CONCERN)
def raise_concern(request, uid):
    """Raise a concern about somebody's safety. Whoever sees the person may; who deals with it reads it."""
    patient = open_record(request, uid, Read.What.RISK)
    form = ConcernForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        level, words = Level(form.cleaned_data["level"]), form.cleaned_data["words"]
        try:
            raised = risk.raise_concern(patient=patient, level=level, words=words, by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The primary clinician and whoever is on call are told now."))
            if allows(request.user, Can.HANDLE_RISK):
                return redirect("clinical:alert", uid=raised.uid)
            return redirect("clinical:alerts")
    context = {"section": "people", "patient": patient, "form": form}
    return render(request, "clinical/risk/concern.html", context, status=422 if request.method == "POST" else 200)


def _programs(request):
    return Program.objects.filter(pk__in=request.user.program_ids(*GRANTS[Can.SET_RECORD_RULES]))


@requires(Can.SET_RECORD_RULES)
def on_call(request):
    """Who is on call for the reader's programs, and the clinic's own line."""
    programs = _programs(request)
    form = ShiftForm(request.POST if request.POST.get("deed") == "shift" else None, programs=programs)
    typed = {}  # a line that could not be kept comes back as it was typed
    if request.method == "POST" and form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("clinical:on_call")
    if request.method == "POST" and request.POST.get("deed") == "phone":
        program = get_object_or_404(programs, uid=sent_uid(request.POST.get("program")))
        phone = PhoneForm(request.POST, auto_id=f"phone_{program.pk}_%s")
        if phone.is_valid():
            policy, _made = ClinicalPolicy.objects.get_or_create(program=program)
            policy.crisis_phone = phone.cleaned_data["crisis_phone"].strip()
            policy.save(update_fields=["crisis_phone"])
            messages.success(request, _("Saved."))
            return redirect("clinical:on_call")
        typed = {program.pk: phone}
    shifts = OnCallShift.objects.filter(program__in=programs, ends_at__gt=timezone.now()).select_related(
        "program", "user"
    )
    policies = {p.program_id: p for p in ClinicalPolicy.objects.filter(program__in=programs)}
    phones = [
        (
            program,
            typed.get(program.pk)
            or PhoneForm(
                initial={"crisis_phone": getattr(policies.get(program.pk), "crisis_phone", "")},
                auto_id=f"phone_{program.pk}_%s",
            ),
        )
        for program in programs
    ]
    context = {"section": "care", "form": form, "shifts": shifts, "phones": phones, "now": timezone.now()}
    return render(request, "clinical/risk/on_call.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.SET_RECORD_RULES)
@require_POST
def end_shift(request, uid):
    """Take a shift away; one that has begun ends now."""
    shift = get_object_or_404(OnCallShift.objects.filter(program__in=_programs(request)), uid=uid)
    now = timezone.now()
    if shift.ends_at <= now:
        messages.info(request, _("This shift is over already."))
        return redirect("clinical:on_call")
    if shift.starts_at < now:
        shift.ends_at = now
        shift.save(update_fields=["ends_at"])
    else:
        shift.delete()
    messages.success(request, _("The shift is taken away."))
    return redirect("clinical:on_call")
