"""Planning pages: the usual agenda of a group, and one session's own."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import Can, requires
from core.errors import Refusal
from rooms.models import StepKind
from rooms.services import plan
from rooms.services.plan import Planned
from scheduling.models import Session


@requires(Can.LEAD_ROOM)
def group(request: HttpRequest, uid) -> HttpResponse:
    """What the sessions of a group usually go through."""
    found = get_object_or_404(plan.groups_to_plan(request.user).select_related("program"), uid=uid)
    return _page(request, found, {"group": found, "section": "groups"}, "dashboard:group")


@requires(Can.LEAD_ROOM)
def session(request: HttpRequest, uid) -> HttpResponse:
    """What one session goes through."""
    found = get_object_or_404(plan.sessions_to_plan(request.user).select_related("group__program"), uid=uid)
    context = {"group": found.group, "session": found, "section": "week", "closed": plan.why_not(found)}
    return _page(request, found, context, "dashboard:session")


def _page(request: HttpRequest, thing, context: dict, back: str) -> HttpResponse:
    of = {"session" if isinstance(thing, Session) else "group": thing}
    steps, seen, error, wrong, do = plan.planned(thing), None, "", "", request.POST.get("do", "")
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        try:
            if do == "usual":
                plan.set_plan(**of, steps=[])
                messages.success(request, _("It follows the usual agenda again."))
                return redirect(request.path)
            steps = _posted(request.POST)
            if do == "save":
                plan.set_plan(**of, steps=steps, seen=seen)
                messages.success(request, _("The agenda is saved."))
                return redirect(back, thing.uid)
            steps = _changed(steps, do)
        except Refusal as refusal:
            error, wrong = refusal.message, refusal.field or ""
    return render(
        request,
        "rooms/plan.html",
        context
        | {
            "steps": steps,
            "taken": plan.minutes_of(steps),
            "limits": plan.limits_of(thing),
            "own": plan.has_own_plan(thing),
            "seen": seen or plan.digest(steps),
            "error": error,
            "wrong": wrong,
            "kinds": StepKind.choices,
            "most": plan.MOST_PLANNED,
            "back": back,
            "thing": thing,
        },
        status=422 if error else 200,
    )


def _posted(sent) -> list[Planned]:
    """The rows as they were sent. What is no number is none."""
    rows = zip(sent.getlist("kind"), sent.getlist("title"), sent.getlist("minutes"), strict=False)
    return [
        Planned(
            kind, title.strip(), int(minutes) if minutes.isascii() and minutes.isdecimal() and len(minutes) < 5 else 0
        )
        for kind, title, minutes in rows
    ]


def _changed(steps: Sequence[Planned], do: str) -> list[Planned]:
    """The rows after one of the buttons that change them, for a browser without scripts."""
    steps = list(steps)
    what, _sign, number = do.partition("-")
    if what == "add" and len(steps) < plan.MOST_PLANNED:
        return [*steps, Planned(StepKind.ACTIVITY, "", 10)]
    at = int(number) - 1 if number.isascii() and number.isdecimal() and len(number) < 4 else -1
    if 0 <= at < len(steps):
        one = steps.pop(at)
        if what in ("up", "down"):
            steps.insert(max(0, at - 1) if what == "up" else at + 1, one)
    return steps
