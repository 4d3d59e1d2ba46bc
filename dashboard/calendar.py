"""The calendar of weeks and months: its page, what stands in it, and moving by drag or by keyboard.

The page works from the browser's calendar (static/js/calendar.js); the week's page shows the same without scripts.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import Can, allows, requires
from dashboard import events
from scheduling.models import Session
from scheduling.services import local_start, move_session, preview_move

VIEWS = ("month", "week", "day", "list")
YEARS = (2000, 2100)


class Unclear(APIException):
    """Something in the address or in what was sent can't be read: 400 and a sentence."""

    status_code = 400

    def __init__(self, message: str, code: str):
        super().__init__()
        self.detail = {"code": code, "message": message}


def _uid(text: str) -> uuid.UUID | None:
    """A uid as written in an address; None when it is none. Raises ValueError."""
    return uuid.UUID(text) if text else None


def _day(text: str) -> dt.date:
    """A date as written in an address. Raises ValueError."""
    day = dt.date.fromisoformat(text[:10])
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError("no year of ours")
    return day


def _chosen(given) -> events.Choice:
    """The filters named in an address. Raises ValueError."""
    kind = given.get("kind", "")
    if kind and kind not in dict(events.KINDS):
        raise ValueError("no kind of ours")
    return events.Choice(kind, _uid(given.get("group", "")), _uid(given.get("facilitator", "")))


# FullCalendar brings its own style sheet, and in it the font of its icons: on this page alone, by nonce.
@csp_update({"style-src": [SELF, NONCE], "font-src": [SELF, "data:"]})
@requires(Can.SEE_SCHEDULE)
def page(request):
    """The calendar. Its view, its date and its filters stand in the address: words of ours and uids, and nobody's data."""
    try:
        choice = _chosen(request.GET)
    except ValueError:
        choice = events.Choice()
    try:
        day = _day(request.GET.get("date", ""))
    except ValueError:
        day = timezone.localdate()
    view = request.GET.get("view", "")
    return render(
        request,
        "dashboard/calendar.html",
        {
            "section": "week",
            "view": view if view in VIEWS else "",
            "day": day,
            "choice": choice,
            "kinds": events.KINDS,
            "groups": events.groups_of(request.user),
            "facilitators": events.facilitators_of(request.user),
            "zone": timezone.get_current_timezone_name(),
            "may_move": allows(request.user, Can.MANAGE_SCHEDULE),
        },
    )


@requires(Can.SEE_SCHEDULE)
class Events(APIView):
    """What stands in the calendar from ?start= up to ?end= (days of the reader's zone, seven weeks at most); without them, in
    this week."""

    def get(self, request):
        today = timezone.localdate()
        monday = today - dt.timedelta(days=today.weekday())
        span = {"start": monday.isoformat(), "end": (monday + dt.timedelta(days=7)).isoformat()}
        try:
            start, end = (_day(request.GET.get(name, span[name])) for name in ("start", "end"))
            choice = _chosen(request.GET)
        except ValueError:
            raise Unclear(_("This address can’t be read. Open the calendar again."), "unclear") from None
        if not 0 < (end - start).days <= events.MOST_DAYS:
            raise Unclear(_("The calendar shows seven weeks at the most."), "too_long")
        return Response(events.events(request.user, start, end, choice))


@dataclass(frozen=True, slots=True)
class Movable:
    """A kind of thing that can be moved in the calendar. `move` and `preview` take it under the keyword `name`."""

    name: str
    rows: Callable[[], QuerySet]
    move: Callable
    preview: Callable


SESSION = Movable("session", lambda: Session.objects.select_related("group__program"), move_session, preview_move)


class _Moving(APIView):
    """What is asked of one thing: {start: wall time in the reader's zone, minutes, seen: its changes when it was shown}."""

    thing: Movable = SESSION

    def deed(self, request, uid) -> dict:
        """The keywords of the deed. Http404 for what the reader may not open; raises Unclear."""
        found = get_object_or_404(self.thing.rows().visible_to(request.user), uid=uid)
        sent = request.data if isinstance(request.data, dict) else {}
        start, minutes, seen = (sent.get(name) for name in ("start", "minutes", "seen"))
        try:
            day, time = _day(str(start)), dt.time.fromisoformat(str(start)[11:])
            if str(start)[10:11] != "T" or time.tzinfo:
                raise ValueError("no wall time")
        except ValueError:
            raise Unclear(_("Say the day and the time."), "unclear") from None
        if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 < minutes <= 24 * 60:
            raise Unclear(_("Say how many minutes."), "unclear")
        if not isinstance(seen, int) or isinstance(seen, bool):
            raise Unclear(_("Open the calendar again."), "unclear")
        starts_at = local_start(day, time, timezone.get_current_timezone_name())
        return {self.thing.name: found, "starts_at": starts_at, "minutes": minutes, "seen": seen, "by": request.user}


@requires(Can.MANAGE_SCHEDULE)
class Preview(_Moving):
    """What would change. Refused as the move would be: 409 {code, message}."""

    def post(self, request, uid):
        moved = self.thing.preview(**self.deed(request, uid))
        return Response(
            {
                "before": moved.before,
                "after": moved.after,
                "told": moved.told_words,
                "notes": moved.notes,
                "change": moved.is_change,
            }
        )


@requires(Can.MANAGE_SCHEDULE)
class Move(_Moving):
    """Move it."""

    def post(self, request, uid):
        self.thing.move(**self.deed(request, uid))
        return Response({"message": _("The session has its new time. Everybody expected is being told.")})
