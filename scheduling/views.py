"""Pages that change one session, or who belongs to a group. A form that comes back with errors answers 422."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import GRANTS, Can, requires
from audit.models import Read
from core.errors import Refusal
from groups import services as group_services
from groups.models import Group, Membership, WaitlistEntry
from patients.records import log_shown, open_record
from scheduling import services
from scheduling.forms import CancelForm, EndStayForm, JoinForm, LeaveForm, MoveForm, WaitForm
from scheduling.models import Session


def visible_session(request, uid) -> Session:
    """The session, or 404 when the reader may not know of it."""
    return get_object_or_404(Session.objects.visible_to(request.user).select_related("group__program"), uid=uid)


def visible_group(request, uid) -> Group:
    """The group, or 404 when the reader may not know of it."""
    return get_object_or_404(Group.objects.visible_to(request.user).select_related("program"), uid=uid)


def _status(request) -> int:
    return 422 if request.method == "POST" else 200


def _too_late(request, session: Session):
    """On opening the form of a session that can no longer be changed: back to its page, which says what it is now."""
    if request.method != "GET" or not (session.is_cancelled or session.has_begun):
        return None
    why = (
        _("This session is already cancelled.")
        if session.is_cancelled
        else _("This session has begun; it stays as it is.")
    )
    messages.info(request, why)
    return redirect("dashboard:session", uid=session.uid)


@requires(Can.MANAGE_SCHEDULE)
def cancel(request, uid):
    """Cancel one session."""
    session = visible_session(request, uid)
    if back := _too_late(request, session):
        return back
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_session(session=session, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The session is cancelled. Everybody expected is being told."))
            return redirect("dashboard:session", uid=uid)
    context = {"section": "week", "session": session, "form": form}
    return render(request, "scheduling/cancel.html", context, status=_status(request))


@requires(Can.MANAGE_SCHEDULE)
def move(request, uid):
    """Move one session, once."""
    session = visible_session(request, uid)
    if back := _too_late(request, session):
        return back
    form = MoveForm(request.POST or None, session=session)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.move_session(
                session=session, starts_at=form.starts_at, minutes=form.cleaned_data["minutes"]
            )
        except Refusal as refusal:
            refusal.field = "time" if refusal.field == "starts_at" else refusal.field
            refusal.add_to(form)
        else:
            if moved.changes == session.changes:
                messages.info(request, _("That is when it takes place already. Nothing was changed."))
            else:
                messages.success(request, _("The session has its new time. Everybody expected is being told."))
            return redirect("dashboard:session", uid=uid)
    context = {"section": "week", "session": session, "form": form}
    return render(request, "scheduling/move.html", context, status=_status(request))


@requires(Can.MANAGE_MEMBERS)
def join(request, uid):
    """Give somebody a seat; when the group is full, offer the wait-list."""
    group = visible_group(request, uid)
    form = JoinForm(request.POST or None, group=group, user=request.user)
    full = False
    if request.method == "POST" and form.is_valid():
        episode = form.cleaned_data["episode"]
        try:
            services.seat_member(group=group, episode=episode, joined_on=form.cleaned_data["joined_on"])
        except Refusal as refusal:
            full = refusal.code == "group_full"
            refusal.add_to(form)
        else:
            messages.success(request, _("%(name)s is now a member.") % {"name": episode.patient})
            return redirect("dashboard:group", uid=uid)
    log_shown(request, shown := form.shown, Read.What.LIST)
    context = {"section": "groups", "group": group, "form": form, "full": full, "nobody": not shown}
    return render(request, "scheduling/join.html", context, status=_status(request))


@requires(Can.MANAGE_MEMBERS)
def wait(request, uid):
    """Put somebody on the wait-list of a full group."""
    group = visible_group(request, uid)
    form = WaitForm(request.POST or None, group=group, user=request.user)
    if request.method == "POST" and form.is_valid():
        episode = form.cleaned_data["episode"]
        try:
            group_services.join_waitlist(group=group, episode=episode)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("%(name)s is on the wait-list.") % {"name": episode.patient})
            return redirect("dashboard:group", uid=uid)
    log_shown(request, shown := form.shown, Read.What.LIST)
    context = {"section": "groups", "group": group, "form": form, "nobody": not shown}
    return render(request, "scheduling/wait.html", context, status=_status(request))


@requires(Can.MANAGE_MEMBERS)
def leave(request, uid):
    """End a membership from a date."""
    membership = get_object_or_404(
        Membership.objects.visible_to(request.user)
        .filter(group__in=Group.objects.visible_to(request.user))
        .select_related("group", "patient"),
        uid=uid,
    )
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.leave_group(membership=membership, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("%(name)s leaves the group.") % {"name": membership.patient})
            return redirect("dashboard:group", uid=membership.group.uid)
    log_shown(request, [membership.patient_id], Read.What.GROUP)
    context = {"section": "groups", "membership": membership, "form": form}
    return render(request, "scheduling/leave.html", context, status=_status(request))


def _entry(request, uid) -> WaitlistEntry:
    return get_object_or_404(
        WaitlistEntry.objects.visible_to(request.user)
        .filter(group__in=Group.objects.visible_to(request.user))
        .select_related("group", "episode__patient"),
        uid=uid,
    )


@require_POST
@requires(Can.MANAGE_MEMBERS)
def seat(request, uid):
    """Give a waiting person the free seat, from today. When it was taken meanwhile, the group's page says so."""
    entry = _entry(request, uid)
    try:
        services.seat_waiting(entry=entry)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("dashboard:group", uid=entry.group.uid)
    messages.success(request, _("%(name)s is now a member.") % {"name": entry.episode.patient})
    return redirect("dashboard:group", uid=entry.group.uid)


@require_POST
@requires(Can.MANAGE_MEMBERS)
def withdraw(request, uid):
    """Take somebody off the wait-list."""
    entry = _entry(request, uid)
    group_services.withdraw_from_waitlist(entry=entry)
    messages.success(request, _("%(name)s no longer waits.") % {"name": entry.episode.patient})
    return redirect("dashboard:group", uid=entry.group.uid)


@requires(Can.ADMIT)
def end_stay(request, uid):
    """End a patient's open stay (the last begun, where the reader may admit), with its groups and seats."""
    patient = open_record(request, uid)
    programs = request.user.program_ids(*GRANTS[Can.ADMIT])
    stays = patient.episodes.filter(ended_on=None, program__in=programs).select_related("program")
    episode = stays.order_by("-started_on", "-pk").first()
    if episode is None:
        raise Http404(_("There is no such page."))
    form = EndStayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_episode(episode=episode, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The stay of %(name)s ends.") % {"name": patient})
            return redirect("dashboard:person", uid=uid)
    context = {"section": "people", "patient": patient, "episode": episode, "form": form}
    return render(request, "scheduling/end_stay.html", context, status=_status(request))
