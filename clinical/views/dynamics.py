"""The leaders' workspace: how each group goes over its sessions; and one's own psychotherapy notes."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from audit.models import Read
from clinical.forms.dynamics import ObservationForm, PrivateNoteForm
from clinical.models import GroupObservation, PsychotherapyNote
from clinical.queries_dynamics import to_observe, workspace_of
from clinical.services import dynamics
from core.errors import Refusal
from core.sent import sent_uid
from patients.records import log_shown
from scheduling.models import Session

NOTES_ON_PAGE = 25


@requires(Can.LEAD_WORKSPACE)
def workspaces(request):
    """The reader's groups, and the sessions nobody has observed yet. Two queries."""
    groups = dynamics.groups_led(request.user).filter(ended_on=None).order_by("name")
    context = {"section": "care", "groups": groups, "to_observe": to_observe(request.user)}
    return render(request, "clinical/dynamics/index.html", context)


@requires(Can.LEAD_WORKSPACE)
def workspace(request, uid):
    """One group over its last sessions."""
    group = get_object_or_404(dynamics.groups_led(request.user), uid=uid)
    found = workspace_of(request.user, group)
    log_shown(request, [row.patient.pk for row in found.members], Read.What.GROUP)
    return render(request, "clinical/dynamics/workspace.html", {"section": "care", "group": group, "space": found})


@requires(Can.LEAD_WORKSPACE)
def observe(request, uid):
    """How the group was in one session."""
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("group"), uid=uid)
    if not dynamics.may_observe(request.user, session):
        raise Http404(_("There is no such page."))
    found = GroupObservation.objects.filter(session=session).select_related("written_by").first()
    form = ObservationForm(request.POST or None, observation=found)
    theirs = None
    if request.method == "POST" and form.is_valid():
        try:
            dynamics.save_observation(
                session=session, values=form.values, version=form.cleaned_data["version"] or 0, by=request.user
            )
        except Refusal as refusal:
            refusal.add_to(form)
            if refusal.code == "changed_meanwhile":
                # As it is now: there may have been none when this request began.
                theirs = found = GroupObservation.objects.select_related("written_by").get(session=session)
                form.data = form.data.copy()
                form.data["version"] = found.version
        else:
            messages.success(request, _("Kept, for the leaders of this group."))
            if dynamics.groups_led(request.user).filter(pk=session.group_id).exists():
                return redirect("clinical:workspace", uid=session.group.uid)
            return redirect("dashboard:session", uid=uid)
    context = {"section": "care", "session": session, "form": form, "observation": found, "theirs": theirs}
    return render(request, "clinical/dynamics/observe.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.LEAD_WORKSPACE)
@never_cache
def private_notes(request):
    """One's own psychotherapy notes, the latest day first; and a new one. Nobody else reads them, and they are in no export."""
    session = None
    if asked := request.GET.get("session", ""):
        session = Session.objects.visible_to(request.user).select_related("group").filter(uid=sent_uid(asked)).first()
    form = PrivateNoteForm(request.POST or None, initial=_initial(session))
    if request.method == "POST" and form.is_valid():
        try:
            dynamics.save_private_note(
                author=request.user,
                text=form.cleaned_data["text"],
                about_on=form.cleaned_data["about_on"],
                session=session,
            )
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Kept, for you alone."))
            return redirect("clinical:private_notes")
    mine = PsychotherapyNote.objects.visible_to(request.user).select_related("session__group")
    page = Paginator(mine, NOTES_ON_PAGE).get_page(request.GET.get("page"))
    context = {"section": "care", "page": page, "form": form, "session": session, "keep": ""}
    return render(
        request, "clinical/dynamics/private_notes.html", context, status=422 if request.method == "POST" else 200
    )


def _initial(session: Session | None) -> dict:
    return {"about_on": timezone.localtime(session.starts_at).date() if session else timezone.localdate()}


@requires(Can.LEAD_WORKSPACE)
@never_cache
def private_note(request, uid):
    """One of one's own psychotherapy notes."""
    found = get_object_or_404(
        PsychotherapyNote.objects.visible_to(request.user).select_related("session__group"), uid=uid
    )
    initial = {"about_on": found.about_on, "text": found.text, "version": found.version}
    form = PrivateNoteForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            dynamics.save_private_note(
                author=request.user,
                note=found,
                text=form.cleaned_data["text"],
                about_on=form.cleaned_data["about_on"],
                version=form.cleaned_data["version"] or 0,
            )
        except Refusal as refusal:
            refusal.add_to(form)
            form.data = form.data.copy()
            form.data["version"] = found.version
        else:
            messages.success(request, _("Kept, for you alone."))
            return redirect("clinical:private_notes")
    context = {"section": "care", "note": found, "form": form}
    return render(
        request, "clinical/dynamics/private_note.html", context, status=422 if request.method == "POST" else 200
    )
