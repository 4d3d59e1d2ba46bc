"""Staff's pages: the library, one item as it reads, somebody's homework, one of it with what was sent, homework for a group."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, allows, requires
from audit.models import Read
from core.errors import Refusal
from groups.models import Group
from library import services
from library.forms import AssignForm, AssignToMembersForm, ReplyForm
from library.models import Homework, ItemKind, LibraryItem
from library.pages import read_page
from library.queries import homework_for_team, rounds_of
from library.recordings import hand_out
from library.services.own import questions_of
from library.services.team import on_team
from patients.models import Episode, Patient
from patients.records import log_shown, open_record


def _status(request) -> int:
    return 422 if request.method == "POST" else 200


@requires(Can.USE_DASHBOARD)
@require_safe
def items(request) -> HttpResponse:
    """What the libraries of the reader's programs hold."""
    kind = request.GET.get("kind", "")
    rows = LibraryItem.objects.visible_to(request.user).published().select_related("unit", "program").in_order()
    if kind in ItemKind.values:
        rows = rows.filter(kind=kind)
    found = list(rows)
    context = {
        "section": "library",
        "items": found,
        "kinds": ItemKind.choices,
        "kind": kind,
        "several": len({one.program_id for one in found}) > 1,
    }
    return render(request, "library/items.html", context)


def _item(request, uid) -> LibraryItem:
    rows = LibraryItem.objects.visible_to(request.user).select_related("unit", "program")
    return get_object_or_404(rows, uid=uid)


@requires(Can.USE_DASHBOARD)
@require_safe
def item(request, uid) -> HttpResponse:
    """One item as somebody in care reads it, also before it is published."""
    found = _item(request, uid)
    context = {"section": "library", **read_page(found), "questions": questions_of(found) if found.is_worksheet else []}
    return render(request, "library/item.html", context)


@requires(Can.USE_DASHBOARD)
@require_safe
def recording(request, uid) -> HttpResponse:
    """The file of a recording."""
    return hand_out(request, _item(request, uid))


def _own_patient(request, uid) -> Patient:
    """A patient on whose care team the reader is. Http404 for any other: their program is not enough."""
    patient = open_record(request, uid, Read.What.HOMEWORK)
    if not on_team(request.user, patient):
        raise Http404(_("There is no such page."))
    return patient


@requires(Can.SET_HOMEWORK)
@never_cache
def person(request, uid) -> HttpResponse:
    """What somebody has to do and has done, and the form to give them something."""
    patient = _own_patient(request, uid)
    programs = list(Episode.objects.open().filter(patient=patient).values_list("program_id", flat=True))
    form = AssignForm(request.POST or None, programs=programs)
    if request.method == "POST" and form.is_valid():
        try:
            services.assign(patient=patient, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Given. They are told that something is there, and not what."))
            return redirect("library:person", uid)
    rows = homework_for_team(request.user, patient)
    context = {
        "section": "people",
        "patient": patient,
        "form": form,
        "in_care": bool(programs),
        "waiting": [one for one in rows if one.waiting_since],
        "to_do": [one for one in rows if one.is_to_do and not one.waiting_since],
        "done": [one for one in rows if one.is_done and not one.waiting_since],
        "withdrawn": [one for one in rows if one.is_withdrawn],
        "today": timezone.localdate(),
    }
    return render(request, "library/person.html", context, status=_status(request))


@requires(Can.SET_HOMEWORK)
@never_cache
def series(request, uid) -> HttpResponse:
    """Give all members of a group the same to do."""
    group = get_object_or_404(Group.objects.visible_to(request.user).select_related("program"), uid=uid)
    members = services.members_to_give(group, request.user)
    log_shown(request, [one.pk for one in members], Read.What.GROUP)
    form = AssignToMembersForm(request.POST or None, group=group)
    if request.method == "POST" and form.is_valid():
        try:
            done = services.assign_to_members(group=group, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _said(done))
            return redirect("dashboard:group", uid)
    context = {"section": "groups", "group": group, "members": members, "form": form}
    return render(request, "library/series.html", context, status=_status(request))


def _said(done: services.Given) -> str:
    """What came of it, in a sentence or two."""
    n = len(done.given)
    said = ngettext("%(n)s person has it now.", "%(n)s people have it now.", n) % {"n": n}
    if had := len(done.had):
        more = ngettext(
            "%(n)s had it already and keeps it as it is.", "%(n)s had it already and keep it as it is.", had
        )
        said = f"{said} {more % {'n': had}}"
    return said


@requires(Can.SET_HOMEWORK)
@never_cache
def homework(request, uid) -> HttpResponse:
    """One homework: what was sent and answered; answering it; taking it back."""
    rows = Homework.objects.visible_to(request.user).select_related(
        "item__unit", "patient__user", "assigned_by", "withdrawn_by", "session"
    )
    found = get_object_or_404(rows, uid=uid)
    open_record(request, found.patient.uid, Read.What.HOMEWORK)
    rounds = rounds_of(found)
    deed = request.POST.get("deed", "")
    last = rounds[-1].sending if rounds else None
    form = ReplyForm(request.POST if deed == "answer" else None, initial={"number": last.number if last else None})
    if request.method == "POST":
        done = _do(request, deed, found, form)
        if done:
            return done
    context = {
        "section": "people",
        "homework": found,
        "item": found.item,
        "patient": found.patient,
        "rounds": rounds,
        "form": form,
        "today": timezone.localdate(),
        "may_withdraw": not found.is_withdrawn and allows(request.user, Can.SET_HOMEWORK),
    }
    return render(request, "library/homework.html", context, status=_status(request))


def _do(request, deed: str, found: Homework, form: ReplyForm) -> HttpResponse | None:
    """The deed the page asked for, and where it leads; None where its form has something to say."""
    if deed == "withdraw":
        services.withdraw(homework=found, by=request.user)
        messages.success(request, _("Withdrawn. What was sent and answered is kept."))
        return redirect("library:person", found.patient.uid)
    if deed == "answer" and form.is_valid():
        sending = found.sendings.select_related("homework").filter(number=form.cleaned_data["number"]).first()
        if sending is None:
            raise Http404(_("There is no such page."))
        try:
            services.reply(
                sending=sending, text=form.cleaned_data["text"], again=form.cleaned_data["again"], by=request.user
            )
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Answered. They are told that there is an answer."))
            return redirect("library:homework", found.uid)
    return None
