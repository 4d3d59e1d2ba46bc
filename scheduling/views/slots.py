"""Pages that change a group's weekly times: what it will do is shown before it is done, by the same code."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.access import Can, requires
from core.errors import Refusal
from scheduling import services
from scheduling.forms import ChangeSlotForm, EndSlotForm, SlotForm
from scheduling.models import Slot
from scheduling.views.common import form_status, visible_group, visible_slot, warn_of_licences


@requires(Can.PLAN_SCHEDULE)
def add(request, uid):
    """Add a weekly time to a group."""
    group = visible_group(request, uid)
    form = SlotForm(request.POST or None, group=group)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_slot(group=group, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The weekly time is added. Everybody in the group is being told."))
            warn_of_licences(request, group)
            return redirect("dashboard:group", uid=uid)
    context = {"section": "groups", "group": group, "form": form}
    return render(request, "scheduling/add_slot.html", context, status=form_status(request))


@requires(Can.PLAN_SCHEDULE)
def change(request, uid):
    """Change a weekly time from a day on: first what that does, then the deed."""
    slot = visible_slot(request, uid)
    form = ChangeSlotForm(request.POST or None, slot=slot)
    return _in_two_steps(
        request,
        slot,
        form,
        day="from_day",
        preview=services.preview_slot_change,
        deed=services.change_slot,
        template="scheduling/change_slot.html",
        done=_("The weekly time changes from %(day)s on. Everybody it concerns is being told."),
    )


@requires(Can.PLAN_SCHEDULE)
def end(request, uid):
    """End a weekly time on a day: first what that does, then the deed."""
    slot = visible_slot(request, uid)
    form = EndSlotForm(request.POST or None)
    return _in_two_steps(
        request,
        slot,
        form,
        day="ends_on",
        preview=services.preview_slot_end,
        deed=services.end_slot,
        template="scheduling/end_slot.html",
        done=_("The weekly time ends on %(day)s. Everybody it concerns is being told."),
    )


def _in_two_steps(
    request,
    slot: Slot,
    form: Form,
    *,
    day: str,
    preview: Callable,
    deed: Callable,
    template: str,
    done: str,
):
    """Show what will change; when that was seen (its digest came along) and is still so, do it."""
    if request.method == "GET" and (later := getattr(slot, "followed_by", None)):
        messages.info(request, _("This weekly time has changed meanwhile. This is the one that follows it."))
        return redirect(request.resolver_match.view_name, uid=later.uid)
    seen, found = request.POST.get("seen", ""), None
    if request.method == "POST" and form.is_valid():
        wish = {"slot": slot, "by": request.user, **form.cleaned_data}
        try:
            if seen and "do" in request.POST:
                try:
                    deed(**wish, expect=seen)
                except Refusal as refusal:
                    if refusal.code not in ("stale", "elsewhere", "slot_overlaps"):
                        raise
                    found = preview(**wish)
                    form.stale = refusal.code == "stale"
                else:
                    when = formats.date_format(form.cleaned_data[day], "l, F j")
                    messages.success(request, done % {"day": when})
                    warn_of_licences(request, slot.group)
                    return redirect("dashboard:group", uid=slot.group.uid)
            else:
                found = preview(**wish)
        except Refusal as refusal:
            refusal.field = day if refusal.field == "from_day" else refusal.field
            refusal.add_to(form)
    context = {"section": "groups", "slot": slot, "form": form, "preview": found}
    status = 200 if found and not getattr(form, "stale", False) and not found.clash else form_status(request)
    return render(request, template, context, status=status)
