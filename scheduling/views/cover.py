"""Pages of time off, cover and licences."""

import uuid

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from accounts.models import User
from core.errors import Refusal
from scheduling import services
from scheduling.forms.cover import TimeOffForm
from scheduling.models import CoverRequest, TimeOff
from scheduling.services import cover_lists, licences
from scheduling.views.common import form_status


@requires(Can.TAKE_TIME_OFF)
def time_off(request):
    """Time off that is coming, and what it touches."""
    absences = cover_lists.absences(request.user)
    context = {
        "section": "week",
        "own": [a for a in absences if a.is_own],
        "others": [a for a in absences if not a.is_own],
    }
    return render(request, "scheduling/time_off.html", context)


@requires(Can.TAKE_TIME_OFF)
def new_time_off(request):
    """Enter time off: one's own, or somebody's one is responsible for."""
    form = TimeOffForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.take_time_off(**form.deed(), by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _words_of(made))
            return redirect("scheduling:time_off")
    context = {"section": "week", "form": form}
    return render(request, "scheduling/new_time_off.html", context, status=form_status(request))


def _words_of(made: TimeOff) -> str:
    touched = made.cover_requests.count()
    if not touched:
        return _("The time off is entered.")
    return ngettext(
        "The time off is entered. %(n)s session needs somebody: those who could cover are being asked.",
        "The time off is entered. %(n)s sessions need somebody: those who could cover are being asked.",
        touched,
    ) % {"n": touched}


@require_POST
@requires(Can.TAKE_TIME_OFF)
def withdraw_time_off(request, uid):
    """They are there after all."""
    found = get_object_or_404(TimeOff.objects.visible_to(request.user).select_related("user"), uid=uid)
    try:
        services.withdraw_time_off(time_off=found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The time off is withdrawn. Requests for cover are closed."))
    return redirect("scheduling:time_off")


@requires(Can.TAKE_TIME_OFF)
def cover(request):
    """Cover wanted in the reader's programs, and what is covered. It shows nobody in care: whoever may take it is a stranger."""
    context = {
        "section": "week",
        "wanted": cover_lists.open_requests(request.user),
        "taken": cover_lists.taken_requests(request.user),
    }
    return render(request, "scheduling/cover.html", context)


def _request(request, uid) -> CoverRequest:
    rows = CoverRequest.objects.visible_to(request.user).select_related("session__group")
    return get_object_or_404(rows, uid=uid)


def _back(request):
    return redirect("scheduling:time_off" if request.POST.get("back") == "time_off" else "scheduling:cover")


@require_POST
@requires(Can.TAKE_TIME_OFF)
def take_cover(request, uid):
    """Take a session over, or assign somebody (`user`: their account's uid)."""
    found = _request(request, uid)
    user = request.user
    if chosen := request.POST.get("user", ""):
        user = User.objects.filter(uid=chosen).first() if _is_uid(chosen) else None
    try:
        if user is None:
            raise Refusal(_("Choose somebody."), "nobody_chosen")
        services.take_over(session=found.session, part=found.part, user=user, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        own = user == request.user
        said = _("The session is yours.") if own else _("%(name)s takes the session.") % {"name": user}
        messages.success(request, f"{said} {_('Everybody concerned is being told.')}")
        if own:
            return redirect("dashboard:session", uid=found.session.uid)
    return _back(request)


def _is_uid(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


@require_POST
@requires(Can.TAKE_TIME_OFF)
def give_back(request, uid):
    """No longer cover a session; the request opens again."""
    found = _request(request, uid)
    try:
        services.give_back(session=found.session, part=found.part, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Given back. Everybody concerned is being told."))
    return _back(request)


@requires(Can.PLAN_SCHEDULE)
def licence_gaps(request):
    """Coming sessions for which nobody is licensed where members live, and licences that expire soon."""
    context = {
        "section": "week",
        "gaps": licences.gaps_by_group(request.user),
        "expiring": licences.expiring_soon(request.user),
        "today": timezone.localdate(),
    }
    return render(request, "scheduling/licences.html", context)
