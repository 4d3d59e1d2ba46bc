"""What a program allows in its rooms, and the agreement of its groups: for supervisors and program admins."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import GRANTS, Can, requires
from accounts.models import Program
from audit.models import Read
from core.errors import Refusal
from core.sent import sent_uid
from core.wordings import SOURCE, others
from patients.records import log_shown
from rooms.forms.door import AgreementForm, AgreementWordingForm, PolicyForm
from rooms.models import Agreement, RoomPolicy
from rooms.services import agreements
from rooms.services.policies import set_policy


def _programs(request):
    """The programs whose rules the reader sets."""
    return Program.objects.filter(pk__in=request.user.program_ids(*GRANTS[Can.SET_ROOM_RULES]))


@requires(Can.SET_ROOM_RULES)
@never_cache
def rules(request) -> HttpResponse:
    """The rules of each program the reader sets, and its agreement in force. Three queries for any number of programs."""
    programs = list(_programs(request))
    policies = {p.program_id: p for p in RoomPolicy.objects.filter(program__in=programs)}
    sent = sent_uid(request.POST.get("program")) if request.method == "POST" else None
    if sent:
        get_object_or_404(_programs(request), uid=sent)
    in_force: dict[int, Agreement] = {}
    for agreement in Agreement.objects.filter(program__in=programs).begun():
        in_force.setdefault(agreement.program_id, agreement)
    shown, refused = [], False
    for program in programs:
        mine = sent == program.uid
        policy = policies.get(program.pk) or RoomPolicy(program=program)
        form = PolicyForm(request.POST if mine else None, instance=policy, prefix=f"p{program.pk}")
        if mine and form.is_valid():
            try:
                set_policy(program=program, by=request.user, **form.cleaned_data)
            except Refusal as refusal:
                refusal.add_to(form)
            else:
                messages.success(request, _("Saved. It holds from the next session that is opened."))
                return redirect("rooms:rules")
        refused |= bool(form.errors)
        shown.append((program, form, in_force.get(program.pk)))
    context = {"section": "care", "programs": shown}
    return render(request, "rooms/rules.html", context, status=422 if refused else 200)


@requires(Can.SET_ROOM_RULES)
@never_cache
def agreement(request, uid) -> HttpResponse:
    """A program's agreement: its versions, who has not signed the one in force, and writing a new one."""
    program = get_object_or_404(_programs(request), uid=uid)
    found = Agreement.objects.of_program(program).select_related("written_by", "program")
    versions = list(found.prefetch_related("wordings"))
    current = agreements.in_force(program.pk)
    wording = _wording(request, current)
    if isinstance(wording, HttpResponse):
        return wording
    offered = {code: agreements.offered(code) for code in (SOURCE, *others())}
    initial = AgreementForm.initial_of(agreements.worded_of(versions[0]) if versions else offered, program.today)
    asked = request.method == "POST" and request.POST.get("do") != "word"
    form = AgreementForm(request.POST if asked else None, initial=initial)
    if asked and form.is_valid():
        said = form.cleaned_data
        try:
            agreements.write_version(
                program=program,
                text=said["text"],
                guidelines=said["guidelines"].splitlines(),
                in_force_from=said["in_force_from"],
                wordings=form.wordings(),
                still_same=said["still_same"],
                by=request.user,
            )
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The new version is kept. Everybody is asked to sign it at the door."))
            return redirect("rooms:agreement", uid)
    unsigned = agreements.unsigned(current, request.user) if current else []
    log_shown(request, [patient.pk for patient in unsigned], Read.What.LIST)
    context = {
        "section": "care",
        "program": program,
        "versions": versions,
        "current": current,
        "unsigned": unsigned,
        "form": form,
        "wording": wording,
    }
    wrong = form.errors or (wording and wording.errors)
    return render(request, "rooms/agreement.html", context, status=422 if wrong else 200)


def _wording(request, current: Agreement | None) -> AgreementWordingForm | HttpResponse | None:
    """Giving the version in force its words in a language it lacks; None where it lacks none."""
    there = {one.language for one in current.wordings.all()} if current else set(others())
    lacking = next((code for code in others() if code not in there), "")
    if current is None or not lacking:
        return None
    asked = request.method == "POST" and request.POST.get("do") == "word"
    text, guidelines = agreements.offered_beside(current, lacking)
    initial = {"text": text, "guidelines": "\n".join(guidelines)}
    form = AgreementWordingForm(request.POST if asked else None, code=lacking, initial=initial)
    if not asked or not form.is_valid():
        return form
    said = form.cleaned_data
    try:
        agreements.add_wording(
            agreement=current,
            language=lacking,
            text=said["text"],
            guidelines=said["guidelines"].splitlines(),
            by=request.user,
        )
    except Refusal as refusal:
        refusal.add_to(form)
        return form
    messages.success(request, _("Kept. Who reads that language reads these words from now on."))
    return redirect(request.path)
