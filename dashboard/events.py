"""What stands in the calendar: sessions, appointments, closed days and time off, as the browser's calendar reads them.

Every time is a wall time of the zone in force (the reader's), without an offset, and the browser's calendar does no
arithmetic with zones: so it is right whatever zone the browser is in. An event is drawn from its start for as long as it
lasts; on the night the clocks change its true end is in its words.
"""

import datetime as dt
import json
import uuid
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat, JSONObject
from django.urls import NoReverseMatch, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Can, allows
from accounts.models import User
from groups.models import Group, Kind
from scheduling.models import Appointment, Booking, Closure, Session, TimeOff
from scheduling.services import local_start
from scheduling.services.preview import clock_span

MOST_DAYS = 49  # a month's sheet has six weeks
INDIVIDUAL = "individual"
KINDS = [*Kind.choices, (INDIVIDUAL, gettext_lazy("Individual work"))]
AROUND = dt.timedelta(days=60)  # whoever has something so near stands in the filter of facilitators


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose to see. Empty or None: everything."""

    kind: str = ""
    group: uuid.UUID | None = None
    facilitator: uuid.UUID | None = None


def groups_of(user) -> list[Group]:
    """Groups whose sessions the reader may open, by name. One query."""
    return list(Group.objects.filter(pk__in=Session.objects.visible_to(user).values("group_id")).order_by("name"))


def facilitators_of(user) -> list[User]:
    """Who leads or sees somebody around now in what the reader may open, by name. One query."""
    now = timezone.now()
    around = Booking.objects.live().filter(
        Q(session__in=Session.objects.visible_to(user)) | Q(appointment__in=Appointment.objects.visible_to(user)),
        user__isnull=False,
        starts_at__gt=now - AROUND,
        starts_at__lt=now + AROUND,
    )
    return list(User.objects.filter(pk__in=around.values("user_id")).order_by("first_name", "last_name", "pk"))


def events(user, start: dt.date, end: dt.date, choice: Choice) -> list[dict]:
    """Everything from `start` up to, not including, `end` that the reader may open. Three queries for any number of rows, four
    when somebody's time off is shown with them."""
    zone = timezone.get_current_timezone_name()
    first, last = (local_start(day, dt.time.min, zone) for day in (start, end))
    found = []
    if choice.kind != INDIVIDUAL:
        found += _sessions(user, first, last, choice)
    if choice.kind in ("", INDIVIDUAL) and choice.group is None:
        found += _appointments(user, first, last, choice)
    found += _closures(user, start, end)
    if choice.facilitator:
        found += _time_off(user, first, last, choice.facilitator)
    return found


# --- sessions


def with_facts(sessions):
    """Sessions with who leads them (`leads`; of a cancelled one, who was to) and how many seats are taken. Within the query."""
    here = Booking.objects.filter(session=OuterRef("pk"))
    name = Concat(F("user__first_name"), Value(" "), F("user__last_name"))
    of_staff = here.filter(user__isnull=False).order_by("-part", "-pk")
    taken = here.live().filter(patient__isnull=False).order_by().values("session").annotate(n=Count("pk")).values("n")
    return sessions.select_related("group").annotate(
        leads=ArraySubquery(of_staff.live().values_list(name)),
        were_to_lead=ArraySubquery(
            of_staff.filter(session__status=Session.Status.CANCELLED).values(said=JSONObject(part=F("part"), name=name))
        ),
        seats_taken=Coalesce(Subquery(taken, output_field=IntegerField()), 0),
    )


def _sessions(user, first, last, choice: Choice) -> list[dict]:
    found = Session.objects.visible_to(user).filter(starts_at__lt=last, ends_at__gt=first)
    if choice.kind:
        found = found.filter(group__kind=choice.kind)
    if choice.group:
        found = found.filter(group__uid=choice.group)
    if choice.facilitator:
        booked = Booking.objects.filter(user__uid=choice.facilitator)
        found = found.filter(
            Q(pk__in=booked.live().values("session_id"))
            | Q(status=Session.Status.CANCELLED, pk__in=booked.values("session_id"))
        )
    may_move = allows(user, Can.MANAGE_SCHEDULE)
    return [session_event(session, may_move) for session in with_facts(found).order_by("starts_at", "pk")]


def session_event(session: Session, may_move: bool) -> dict:
    """A session with its facts (`with_facts`) for the browser's calendar."""
    group = session.group
    leads = list(session.leads)
    if session.is_cancelled:
        last = {}
        for said in session.were_to_lead:
            said = json.loads(said) if isinstance(said, str) else said
            last.setdefault(said["part"], said["name"])
        leads = list(last.values())
    states, words = [], ""
    if session.is_cancelled:
        states, words = ["cancelled"], _("Closed") if session.closure_id else _("Cancelled")
    elif session.moved_from:
        states, words = ["moved"], _("Moved")
    elif session.changes or session.by_hand:
        states, words = ["changed"], _("Changed")
    if session.is_over:
        states.append("over")
    movable = may_move and not session.is_cancelled and not session.has_begun
    nobody = "" if session.is_cancelled else _("nobody leads it")
    led = _("led by %(names)s") % {"names": ", ".join(leads)} if leads else nobody
    event = _timed(session.starts_at, session.ends_at) | {
        "id": str(session.uid),
        "title": group.name,
        "url": reverse("dashboard:session", args=[session.uid]),
        "classNames": [f"kind-{group.kind}", *(f"is-{state}" for state in states)],
        "editable": movable,
        "kind": group.kind,
        "kindWord": str(group.get_kind_display()),
        "state": words,
        "who": ", ".join(leads) or nobody,
        "seats": ""
        if session.is_cancelled
        else _("%(taken)s of %(capacity)s seats") % {"taken": session.seats_taken, "capacity": group.capacity},
        "taken": session.seats_taken,
        "capacity": group.capacity,
        "seen": session.changes,
        "cancelled": session.is_cancelled,
        "moved": bool(session.moved_from),
        "closed": session.closure_id is not None,
        "begun": session.has_begun,
        "changed": session.by_hand,
    }
    if movable:
        event["preview"] = reverse("dashboard:calendar_preview", args=[session.uid])
        event["move"] = reverse("dashboard:calendar_move", args=[session.uid])
    event["label"] = _listed(group.name, event["kindWord"], event["when"], led, event["seats"], words)
    return event


# --- individual work: nobody's name but the provider's


def _appointments(user, first, last, choice: Choice) -> list[dict]:
    found = Appointment.objects.visible_to(user).filter(starts_at__lt=last, ends_at__gt=first)
    if choice.facilitator:
        found = found.filter(provider__uid=choice.facilitator)
    return [_appointment_event(a) for a in found.select_related("provider").order_by("starts_at", "pk")]


def _appointment_event(appointment: Appointment) -> dict:
    kind = str(appointment.get_kind_display())
    words = _("Cancelled") if appointment.is_cancelled else _("Moved") if appointment.moved_from else ""
    states = ["cancelled"] if appointment.is_cancelled else ["moved"] if appointment.moved_from else []
    if appointment.is_over:
        states.append("over")
    event = _timed(appointment.starts_at, appointment.ends_at) | {
        "id": str(appointment.uid),
        "title": kind,
        "url": _address_of(appointment),
        "classNames": [f"kind-{INDIVIDUAL}", *(f"is-{state}" for state in states)],
        "editable": False,
        "kind": INDIVIDUAL,
        "kindWord": _("Individual work"),
        "state": words,
        "who": str(appointment.provider),
        "seats": "",
        "seen": appointment.changes,
        "cancelled": appointment.is_cancelled,
        "moved": bool(appointment.moved_from),
        "closed": appointment.closure_id is not None,
        "begun": appointment.has_begun,
        "changed": appointment.by_hand,
    }
    event["label"] = _listed(kind, event["when"], _("with %(name)s") % {"name": appointment.provider}, words)
    return event


def _address_of(appointment: Appointment) -> str:
    try:
        return reverse("scheduling:appointment", args=[appointment.uid])
    except NoReverseMatch:
        return f"/desk/appointments/{appointment.uid}/"


# --- when nobody is there


def _closures(user, start: dt.date, end: dt.date) -> list[dict]:
    found = Closure.objects.visible_to(user).in_force().filter(starts_on__lt=end, last_on__gte=start)
    events = []
    for closure in found.select_related("program"):
        title = _("Closed: %(why)s") % {"why": closure.reason}
        span = {"start": closure.starts_on.isoformat(), "end": (closure.last_on + dt.timedelta(days=1)).isoformat()}
        label = _listed(title, str(closure.program), _days(closure.starts_on, closure.last_on))
        events += _behind(str(closure.uid), title, label, {**span, "allDay": True}, span, "closure")
    return events


def _time_off(user, first, last, facilitator: uuid.UUID) -> list[dict]:
    found = TimeOff.objects.visible_to(user).in_force()
    found = found.filter(user__uid=facilitator, starts_at__lt=last, ends_at__gt=first)
    events = []
    for off in found.select_related("user"):
        begin, finish = timezone.localtime(off.starts_at), timezone.localtime(off.ends_at)
        title = _("%(name)s is away") % {"name": off.user}
        label = _listed(title, _when(off.starts_at, off.ends_at))
        last_day = (finish - dt.timedelta(microseconds=1)).date()
        days = {"start": begin.date().isoformat(), "end": (last_day + dt.timedelta(days=1)).isoformat()}
        span = {"start": _wall(begin), "end": _wall(finish)}
        events += _behind(str(off.uid), title, label, span, days, "away")
    return events


def _behind(uid: str, title: str, label: str, span: dict, days: dict, why: str) -> list[dict]:
    """Time in which nothing takes place: a wash behind the grid, and a line that lists and screen readers have too."""
    wash = {"id": f"{uid}-wash", "display": "background", "classNames": [f"wash-{why}"], **span}
    line = {"id": uid, "title": title, "label": label, "allDay": True, "classNames": [f"line-{why}"], **days}
    return [{"editable": False, "kind": why, **row} for row in (wash, line)]


# --- words


def _timed(starts_at: dt.datetime, ends_at: dt.datetime) -> dict:
    begin, length = timezone.localtime(starts_at), ends_at - starts_at
    finish = timezone.localtime(ends_at)
    return {
        "start": _wall(begin),
        "end": _wall(begin.replace(tzinfo=None) + length),
        "wall": _wall(begin),
        "minutes": int(length.total_seconds() // 60),
        "time": clock_span(begin, finish),
        "when": _when(starts_at, ends_at),
    }


def _wall(local: dt.datetime) -> str:
    return local.replace(tzinfo=None).isoformat(timespec="minutes")


def _clock(local: dt.datetime) -> str:
    return formats.time_format(local.time(), "g:i A")


def _when(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    begin, finish = timezone.localtime(starts_at), timezone.localtime(ends_at)
    until = _clock(finish)
    if (ends_at - starts_at) >= dt.timedelta(days=1):
        until = f"{formats.date_format(finish, 'l, F j')}, {until}"
    return _("%(from)s to %(until)s") % {
        "from": f"{formats.date_format(begin, 'l, F j')}, {_clock(begin)}",
        "until": until,
    }


def _days(first: dt.date, last: dt.date) -> str:
    if first == last:
        return formats.date_format(first, "l, F j")
    return _("%(from)s to %(until)s") % {
        "from": formats.date_format(first, "l, F j"),
        "until": formats.date_format(last, "l, F j"),
    }


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
