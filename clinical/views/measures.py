"""Measures on staff's pages: scores of a person, giving one, reading one aloud, a program's rules."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import GRANTS, Can, requires
from accounts.models import Program
from audit.models import Read
from clinical.forms.measures import MeasureForm, VoidForm
from clinical.instruments import Definition, definition_numbered, definition_of, definitions, given
from clinical.models import ClinicalPolicy, MeasureAssignment, MeasureResponse, Moment
from clinical.queries_measures import series_of
from clinical.scoring import score as scored
from clinical.services import asking, measures
from core.errors import Refusal
from core.sent import sent_uid
from patients.models import Episode, Patient
from patients.records import open_record


def _stay(patient: Patient) -> Episode | None:
    return (
        Episode.objects.filter(patient=patient)
        .select_related("program", "patient__user", "primary_clinician")
        .order_by("-started_on")
        .first()
    )


@requires(Can.GIVE_MEASURES)
def index(request, uid):
    """A person's measures: latest score, band and change of each; what is asked for; giving another."""
    patient = open_record(request, uid, Read.What.MEASURE)
    stay = _stay(patient)
    if request.method == "POST" and stay:
        code = request.POST.get("measure", "")
        if "withdraw" in request.POST:
            asked = get_object_or_404(MeasureAssignment, patient=patient, uid=sent_uid(request.POST["withdraw"]))
            asking.withdraw(assignment=asked, by=request.user)
            messages.success(request, _("It is no longer asked for."))
        elif "aloud" in request.POST and code in given():
            return redirect("clinical:read_aloud", uid=uid, measure=definition_of(code).number)
        else:
            asking.ask(episode=stay, measure=code, by=request.user)
            messages.success(request, _("They are asked for it on their pages from now on."))
        return redirect("clinical:measures", uid=uid)
    today = timezone.localdate()
    asked = MeasureAssignment.objects.filter(patient=patient).open(today).order_by("closes_on", "pk")
    missed = MeasureAssignment.objects.filter(patient=patient, state="missed").order_by("-opens_on")[:8]
    known = definitions()
    return render(
        request,
        "clinical/measures/index.html",
        {
            "section": "people",
            "patient": patient,
            "stay": stay,
            "series": series_of(patient),
            # What the site has taken away since is no longer asked for.
            "asked": [(one, known[one.measure]) for one in asked if one.measure in known],
            "missed": [(one, known[one.measure]) for one in missed if one.measure in known],
            "measures": sorted(given().values(), key=lambda d: d.name),
            "without_wording": sorted(d.name for d in known.values() if not d.can_be_given),
        },
    )


def _definition(code: str) -> Definition:
    try:
        return definition_of(code)
    except KeyError:
        raise Http404(_("There is no such page.")) from None


def _numbered(number: str) -> Definition:
    """The measure an address names by its number, or 404."""
    try:
        return definition_numbered(int(number))
    except (KeyError, ValueError):
        raise Http404(_("There is no such page.")) from None


@requires(Can.GIVE_MEASURES)
def read_aloud(request, uid, measure):
    """Read the questions aloud and write down the answers. What is open of it is answered with it."""
    patient = open_record(request, uid, Read.What.MEASURE)
    definition, stay = _numbered(measure), _stay(patient)
    if not definition.can_be_given or stay is None:
        raise Http404(_("There is no such page."))
    form = MeasureForm(request.POST or None, definition=definition)
    refusal = None
    if request.method == "POST" and form.is_valid():
        open_one = MeasureAssignment.objects.filter(patient=patient, measure=definition.code, session=None)
        try:
            done = measures.record_response(
                measure=definition.code,
                answers=form.answers,
                mode=MeasureResponse.Mode.READ_ALOUD,
                by=request.user,
                episode=stay,
                assignment=open_one.open(timezone.localdate()).first(),
            )
        except Refusal as caught:
            if f"q{caught.field}" in form.fields:
                form.add_error(f"q{caught.field}", caught.message)
            else:
                refusal = caught
        else:
            if done.alert:
                messages.warning(request, _("This answer raised an alert. Stay with them, and take it on."))
                return redirect("clinical:alert", uid=done.alert.uid)
            messages.success(request, _("Kept."))
            return redirect("clinical:answers", uid=done.response.uid)
    context = {"section": "people", "patient": patient, "definition": definition, "form": form, "refusal": refusal}
    return render(
        request, "clinical/measures/read_aloud.html", context, status=422 if request.method == "POST" else 200
    )


@requires(Can.GIVE_MEASURES)
def history(request, uid, measure):
    """Every time a person answered one measure, as a table."""
    patient = open_record(request, uid, Read.What.MEASURE)
    definition = _numbered(measure)
    found = (
        MeasureResponse.objects.filter(patient=patient, measure=definition.code)
        .select_related("entered_by", "session__group")
        .prefetch_related("scores")
        .order_by("-answered_at")
    )
    rows = [(response, {score.scale: score for score in response.scores.all()}) for response in found]
    table = [(response, [(scale, scores.get(scale.key)) for scale in definition.scales]) for response, scores in rows]
    context = {"section": "people", "patient": patient, "definition": definition, "table": table}
    return render(request, "clinical/measures/history.html", context)


@requires(Can.GIVE_MEASURES)
def answers(request, uid):
    """One set of answers, item by item; voiding it."""
    response = get_object_or_404(
        MeasureResponse.objects.visible_to(request.user).select_related(
            "patient", "entered_by", "voided_by", "session__group", "assignment"
        ),
        uid=uid,
    )
    open_record(request, response.patient.uid, Read.What.MEASURE)
    definition = _definition(response.measure)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            measures.void_response(response=response, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("These answers are voided: they stay readable and count for nothing."))
            return redirect("clinical:answers", uid=uid)
    items = [
        (
            item,
            None if (value := response.answers.get(item.key)) is None else definition.options_of(item).label_of(value),
            value,
        )
        for item in definition.items
    ]
    scores = [(definition.scale(score.scale), score) for score in response.scores.all()]
    context = {
        "section": "people",
        "response": response,
        "definition": definition,
        "items": items,
        "scores": scores,
        "remarks": scored(definition, response.answers).remarks,
        "form": form,
    }
    return render(request, "clinical/measures/answers.html", context, status=422 if request.method == "POST" else 200)


SETTABLE = [m for m in Moment if m != Moment.BY_HAND]


@requires(Can.SET_RECORD_RULES)
def rules(request):
    """Which measures a program gives when, and whether incomplete ones are prorated."""
    programs = Program.objects.filter(pk__in=request.user.program_ids(*GRANTS[Can.SET_RECORD_RULES]))
    if request.method == "POST":
        program = get_object_or_404(programs, uid=sent_uid(request.POST.get("program")))
        wanted = [
            (code, moment)
            for code in given()
            for moment in SETTABLE
            if f"{code}:{moment}" in request.POST.getlist("rule")
        ]
        asking.set_rules(program=program, rules=wanted, may_prorate="may_prorate" in request.POST, by=request.user)
        messages.success(request, _("Saved. It holds from the next round on."))
        return redirect("clinical:measure_rules")
    found = asking.rules_of([program.pk for program in programs])
    policies = {p.program_id: p for p in ClinicalPolicy.objects.filter(program__in=programs)}
    shown = []
    for program in programs:
        set_now = set(found[program.pk])
        table = [
            (definition, [(moment, (definition.code, moment) in set_now) for moment in SETTABLE])
            for definition in sorted(given().values(), key=lambda d: d.name)
        ]
        shown.append((program, table, getattr(policies.get(program.pk), "may_prorate", False)))
    context = {
        "section": "care",
        "programs": shown,
        "moments": SETTABLE,
        "without_wording": sorted(d.name for d in definitions().values() if not d.can_be_given),
    }
    return render(request, "clinical/measures/rules.html", context)
