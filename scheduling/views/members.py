"""Pages that change who belongs to a group, or ends a stay."""

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
from scheduling.forms import EndStayForm, JoinForm, LeaveForm, WaitForm
from scheduling.services.licences import licence_warning
from scheduling.views.common import form_status, visible_group


@requires(Can.MANAGE_MEMBERS)
def join(request, uid):
    """Give somebody a seat; when the group is full, offer the wait-list."""
    group = visible_group(request, uid)
    form = JoinForm(request.POST or None, group=group, user=request.user)
    full = False
    if request.method == "POST" and form.is_valid():
        episode = form.cleaned_data["episode"]
        try:
            services.seat_member(
                group=group, episode=episode, joined_on=form.cleaned_data["joined_on"], by=request.user
            )
        except Refusal as refusal:
            full = refusal.code == "group_full"
            refusal.add_to(form)
        else:
            messages.success(request, _("%(name)s is now a member.") % {"name": episode.patient})
            if warning := licence_warning(group, states=[episode.patient.state]):
                messages.warning(request, warning)
            return redirect("dashboard:group", uid=uid)
    log_shown(request, shown := form.shown, Read.What.LIST)
    context = {"section": "groups", "group": group, "form": form, "full": full, "nobody": not shown}
    return render(request, "scheduling/join.html", context, status=form_status(request))


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
    return render(request, "scheduling/wait.html", context, status=form_status(request))


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
    return render(request, "scheduling/leave.html", context, status=form_status(request))


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
        services.seat_waiting(entry=entry, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("dashboard:group", uid=entry.group.uid)
    messages.success(request, _("%(name)s is now a member.") % {"name": entry.episode.patient})
    if warning := licence_warning(entry.group, states=[entry.episode.patient.state]):
        messages.warning(request, warning)
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
            services.end_episode(episode=episode, **form.cleaned_data, by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The stay of %(name)s ends.") % {"name": patient})
            return redirect("dashboard:person", uid=uid)
    context = {"section": "people", "patient": patient, "episode": episode, "form": form}
    return render(request, "scheduling/end_stay.html", context, status=form_status(request))
