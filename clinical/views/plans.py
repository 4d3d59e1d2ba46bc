"""Pages of a patient's treatment plan: reading it, its versions, the editor, signing, reviewing."""

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from accounts.models import User
from accounts.proof import prove
from audit.models import Read
from clinical.forms.plans import PlanForm, ReviewForm, blank_parts, changed
from clinical.models import Diagnosis, TreatmentPlan
from clinical.queries_plans import attainment_of, document_of, episode_of
from clinical.services import plans
from clinical.services.plan_text import lacking, read_text
from clinical.services.sealing import cosigner_of, signature
from clinical.views.documentation_keys import of_somebody_else, who
from core.errors import Refusal
from core.formats import time_format
from patients.models import CareTeamMember
from patients.records import log_shown, open_record


def _plan(request: HttpRequest, uid) -> TreatmentPlan:
    """A version of a plan the reader may know of, on the record as read; else 404."""
    rows = TreatmentPlan.objects.visible_to(request.user)
    people = ("patient", "episode__program", "author", "cosigner", "returned_by", "voided_by", "signed_by")
    plan = get_object_or_404(rows.select_related(*people), uid=uid)
    log_shown(request, [plan.patient_id], Read.What.PLAN)
    return plan


def _reading(plan: TreatmentPlan, lines=()) -> dict:
    """What a page needs to show a version."""
    return {
        "plan": plan,
        "patient": plan.patient,
        "problems": document_of(plan, lines),
        "answers": list(plan.agreements.order_by("-at", "-pk")),
        "reviews": list(plan.reviews.order_by("-reviewed_on", "-pk")),
        "today": timezone.localdate(),
    }


@requires(Can.READ_NOTES)
def plan(request, uid):
    """The patient's plan in force, with the progress on each objective; its draft and its versions."""
    patient = open_record(request, uid, Read.What.PLAN)
    episode = episode_of(patient)
    found = plans.plan_in_force(episode) if episode else None
    draft = plans.open_version(episode) if episode else None
    lines = attainment_of(patient)
    context = {"section": "people", "patient": patient, "episode": episode, "draft": draft}
    context["is_over"] = bool(episode and episode.ended_on and episode.ended_on <= timezone.localdate())
    context["versions"] = list(patient.plans.select_related("author", "cosigner").order_by("-created_at"))
    if found:
        context |= _reading(found, lines)
        context["due"] = plans.review_due(found, context["reviews"][0] if context["reviews"] else None)
        shown = {o.line for p in context["problems"] for g in p.goals.all() for o in g.objectives.all()}
        context["past_lines"] = [line for line in lines if line.line not in shown and line.points]
    return render(request, "clinical/plans/plan.html", context)


@requires(Can.READ_NOTES)
def plan_version(request, uid):
    """One version as it stands, or stood: a draft, one that waits for a co-signature, one in force, an older or voided one."""
    plan = _plan(request, uid)
    if request.method == "POST" and "take_back" in request.POST:
        plans.take_back_plan(plan=plan, by=request.user)
        messages.success(request, _("It is a draft again."))
        return redirect("clinical:edit_plan", uid=uid)
    context = _reading(plan) | {"section": "people"}
    context["in_force"] = plan == plans.plan_in_force(plan.episode)
    context["broken"] = plan.is_signed and not plan.is_intact
    return render(request, "clinical/plans/version.html", context)


@requires(Can.WRITE_PLANS)
@require_POST
def begin_plan(request, uid):
    """Begin the first plan, or a new version of the one in force."""
    patient = open_record(request, uid, Read.What.PLAN)
    episode = episode_of(patient)
    try:
        if episode is None:
            raise Refusal(_("Somebody who is not admitted has no plan."), "episode_over")
        draft = plans.begin_plan(episode=episode, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("clinical:plan", uid=uid)
    return redirect("clinical:edit_plan", uid=draft.uid)


def _choices(plan: TreatmentPlan, text) -> dict:
    """Who may be responsible (the care team, and whoever is named already), and the patient's diagnoses. Two queries."""
    named = {i.responsible for p in text.problems for g in p.goals for o in g.objectives for i in o.interventions}
    linked = {p.diagnosis for p in text.problems if p.diagnosis}
    team = CareTeamMember.objects.current().filter(patient=plan.patient_id).values("user_id")
    people = User.objects.filter(pk__in=team) | User.objects.filter(pk__in=named - {None})
    people = people.select_related("staff_profile").order_by("first_name", "last_name", "pk").distinct()
    known = [
        (d.pk, f"{d.code} {d.text}")
        for d in Diagnosis.objects.filter(patient=plan.patient_id, mistaken_at=None)
        if d.resolved_on is None or d.pk in linked
    ]
    return {"responsible": [(u.pk, signature(u)) for u in people], "diagnosis": known}


@requires(Can.WRITE_PLANS)
def edit_plan(request, uid):
    """The editor of a draft. Buttons that add, remove and move parts post what is typed and show it again; with scripts it saves
    itself ("keep")."""
    plan = _plan(request, uid)
    if plan.is_signed and request.POST.get("do") == "keep":
        return JsonResponse({"code": "signed", "message": _("This version is signed meanwhile.")}, status=409)
    if plan.is_signed:
        messages.info(request, _("This version is signed. Begin a new one to change it."))
        return redirect("clinical:plan_version", uid=uid)
    stored = read_text(plan)
    choices = _choices(plan, stored)
    refusal, theirs, status, deed = None, None, 200, request.POST.get("do", "save")
    data = request.POST if request.method == "POST" else None
    if data is not None and ":" in deed:
        data = changed(data, deed)
    form = PlanForm(data, text=stored, version=plan.version, choices=choices)
    if deed == "keep":
        return of_somebody_else(request, 409) or _keep(request, plan, form)
    if data is not None and ":" not in deed:
        status = 422
        if form.is_valid():
            try:
                plans.save_plan(plan=plan, text=form.text(), version=form.cleaned_data["version"], by=request.user)
            except Refusal as caught:
                refusal = caught
                if caught.code == "changed_meanwhile":
                    theirs = document_of(plan)
                    # Whoever has seen both may save again.
                    form.data = form.data.copy()
                    form.data["version"] = plan.version
            else:
                if deed == "sign":
                    return redirect("clinical:sign_plan", uid=uid)
                messages.success(request, _("Saved as a draft."))
                return redirect("clinical:edit_plan", uid=uid)
    context = {
        "section": "people",
        "plan": plan,
        "patient": plan.patient,
        "form": form,
        "blanks": blank_parts(choices),
        "refusal": refusal,
        "theirs": theirs,
        "errors": status == 422 and refusal is None,
        "who": who(request.user),
        "unsaved": ":" in deed and data is not None,
        "lacks": lacking(stored, timezone.localdate()) if data is None else [],
    }
    return render(request, "clinical/plans/edit.html", context, status=status)


def _keep(request: HttpRequest, plan: TreatmentPlan, form: PlanForm) -> JsonResponse:
    """Save a draft while it is being written. Answers {version, saved, uids}: which row each part of the page is by now; 422 when
    something can't be read yet, 409 with {code, message} when it can't be saved."""
    if not form.is_valid():
        return JsonResponse({"message": _("Not saved yet: something on this page can’t be read.")}, status=422)
    try:
        version = form.cleaned_data["version"]
        saved = plans.save_plan(plan=plan, text=form.text(), version=version, by=request.user)
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal.message)}, status=409)
    said = _("Saved at %(time)s.") % {"time": time_format(timezone.localtime(saved.written_at), "g:i A")}
    return JsonResponse({"version": saved.version, "saved": said, "uids": form.uids(read_text(saved))})


@requires(Can.WRITE_PLANS)
def sign_plan(request, uid):
    """Read a draft once more as it will stand, and sign it."""
    plan = _plan(request, uid)
    if plan.is_signed:
        return redirect("clinical:plan_version", uid=uid)
    refusal = None
    if request.method == "POST":
        try:
            version = request.POST.get("version", "")
            prove(request)
            plan = plans.sign_plan(plan=plan, by=request.user, version=int(version) if version.isdecimal() else 0)
        except Refusal as caught:
            refusal = caught
        else:
            said = _("Signed and sealed. %(name)s is asked to read and sign it.") % {"name": plan.patient.called}
            if plan.is_awaiting:
                said = _("Signed. It waits for the co-signature of %(name)s.") % {"name": plan.cosigner}
            messages.success(request, said)
            return redirect("clinical:plan", uid=plan.patient.uid)
    context = _reading(plan) | {
        "section": "people",
        "refusal": refusal if refusal and refusal.field != "password" else None,
        "password_error": refusal.message if refusal and refusal.field == "password" else "",
        "signature": signature(request.user),
        "cosigner": cosigner_of(request.user),
        "lacks": lacking(read_text(plan), timezone.localdate()),
    }
    return render(request, "clinical/plans/sign.html", context, status=422 if refusal else 200)


@requires(Can.WRITE_PLANS)
def discard_plan(request, uid):
    """Throw a draft away, after asking."""
    plan = _plan(request, uid)
    if plan.is_signed:
        return redirect("clinical:plan_version", uid=uid)
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            plans.discard_draft(plan=plan, version=int(version) if version.isdecimal() else 0, by=request.user)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("clinical:plan_version", uid=uid)
        messages.success(request, _("The draft is thrown away."))
        return redirect("clinical:plan", uid=plan.patient.uid)
    return render(request, "clinical/plans/discard.html", {"section": "people", "plan": plan, "patient": plan.patient})


@requires(Can.WRITE_PLANS)
def review_plan(request, uid):
    """Write down that the plan was gone through with the patient. uid: of the version in force."""
    plan = _plan(request, uid)
    if plan != plans.plan_in_force(plan.episode):
        messages.info(request, _("Only the version in force is reviewed."))
        return redirect("clinical:plan_version", uid=uid)
    form = ReviewForm(request.POST or None, initial={"reviewed_on": timezone.localdate(), "outcome": "continues"})
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            prove(request)
            review = plans.review_plan(plan=plan, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.field == "password":
                error = refusal.message
            else:
                refusal.add_to(form)
        else:
            if review.outcome == review.Outcome.REVISED:
                messages.success(request, _("The review is written down. This is the new version."))
                return redirect("clinical:edit_plan", uid=plans.open_version(plan.episode).uid)
            messages.success(request, _("The review is written down."))
            return redirect("clinical:plan", uid=plan.patient.uid)
    context = _reading(plan) | {
        "section": "people",
        "form": form,
        "signature": signature(request.user),
        "password_error": error,
    }
    return render(request, "clinical/plans/review.html", context, status=422 if request.method == "POST" else 200)
