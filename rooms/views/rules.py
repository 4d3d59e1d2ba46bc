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
from patients.records import log_shown
from rooms.forms.door import AgreementForm, PolicyForm
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
    versions = list(Agreement.objects.of_program(program).select_related("written_by", "program"))
    current = agreements.in_force(program.pk)
    offered = (agreements.offered_text(), agreements.offered_guidelines())
    initial = AgreementForm.initial_of(versions[0] if versions else None, *offered, program.today)
    form = AgreementForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            agreements.write_version(
                program=program,
                text=said["text"],
                guidelines=said["guidelines"].splitlines(),
                in_force_from=said["in_force_from"],
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
    }
    return render(request, "rooms/agreement.html", context, status=422 if form.errors else 200)
