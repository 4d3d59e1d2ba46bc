"""What a change of a weekly slot does to its dated sessions: told before it is done, and done, by the same code."""

import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.models import Booking, Closure, Session, Slot
from scheduling.services.horizon import local_start, slot_dates

KEEP: Any = object()  # "as it is": None is a wish of its own (the group's own facilitator)


class What(models.TextChoices):
    """What becomes of one session."""

    MOVES = "moves", gettext_lazy("new time")
    SAME = "same", gettext_lazy("same time")
    STAYS = "stays", gettext_lazy("stays as it is")
    CLOSED = "closed", gettext_lazy("closed that day")
    WITHDRAWN = "withdrawn", gettext_lazy("no longer takes place")
    ADDED = "added", gettext_lazy("added")


@dataclass(frozen=True, slots=True)
class Line:
    """One session: when it is now (None: not yet planned) and when it will be (None: not at all; of one that is closed, when
    it would be), and why it stays or is closed."""

    what: What
    before: dt.datetime | None
    after: dt.datetime | None
    minutes: int
    minutes_before: int | None = None
    why: str = ""

    @property
    def when(self) -> dt.datetime:
        """What the list is in order of."""
        return self.before or self.after


@dataclass(slots=True)
class SlotPreview:
    """What a change does, line by line; how many people are told; and what stands in its way (a refusal's sentence)."""

    wanted: str = ""  # what was asked for, so that another wish is not taken for this one
    lines: list[Line] = field(default_factory=list)
    told: int = 0
    clash: str = ""
    clash_code: str = ""

    @property
    def digest(self) -> str:
        """Short and the same as long as the change would do the same."""
        said = [self.wanted, self.clash, str(self.told)]
        said += [
            f"{line.what.value} {line.before} {line.after} {line.minutes} {line.minutes_before} {line.why}"
            for line in self.lines
        ]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def week_of(day: dt.date) -> dt.date:
    """The Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def first_possible(slot: Slot, now: dt.datetime) -> dt.date:
    """The first day from which the slot can change: not before today, its own first day, or the day after the last of its
    sessions that has begun. One query."""
    zone = zoneinfo.ZoneInfo(slot.zone)
    begun = slot.sessions.filter(starts_at__lte=now).aggregate(
        date=models.Max("slot_date"), start=models.Max("starts_at")
    )
    days = [now.astimezone(zone).date(), slot.starts_on]
    if begun["date"]:
        last = max(begun["date"], begun["start"].astimezone(zone).date())
        days.append(last + dt.timedelta(days=1))
    return max(days)


def coming_sessions(slot: Slot, from_day: dt.date, now: dt.datetime) -> list[Session]:
    """The slot's sessions from a day on that have not begun, each with `visited`; without those an end of the slot withdrew.
    One query."""
    visitors = Booking.objects.live().filter(session=OuterRef("pk"), part=Booking.Part.VISITOR)
    rows = slot.sessions.filter(slot_date__gte=from_day, starts_at__gt=now)
    if slot.ends_on:
        rows = rows.filter(slot_date__lt=slot.ends_on)
    rows = rows.exclude(status=Session.Status.CANCELLED, by_hand=False, closure=None)
    return list(rows.annotate(visited=Exists(visitors)).order_by("slot_date"))


def why_it_stays(session: Session) -> str:
    """Why a change of the series leaves this session (of `coming_sessions`) alone; empty when nobody touched it. One that is
    closed only because the program is follows the series: on another day the program may be open."""
    if session.is_cancelled and (session.closure_id is None or session.by_hand):
        return _("cancelled: %(reason)s") % {"reason": session.reason}
    if session.visited:
        return _("somebody visits it")
    if session.lead_id or session.co_id:
        return _("somebody else leads it")
    if session.by_hand and session.moved_from:
        return _("moved by hand")
    return _("changed by hand") if session.by_hand else ""


class Shift:
    """The coming sessions of a slot become those of the slot that follows it, each in the same week."""

    def __init__(self, old: Slot, new: Slot, sessions: Iterable[Session], now: dt.datetime):
        self.old, self.new, self.now = old, new, now
        self.lines: list[Line] = []
        self.kept: list[Session] = []
        self.moved: list[Session] = []  # another time than before
        self.changed: list[Session] = []  # every row to be written
        sessions = list(sessions)
        self._closures = _closures(new, sessions)
        for session in sessions:
            self._place(session)

    def _place(self, session: Session) -> None:
        day = week_of(session.slot_date) + dt.timedelta(days=self.new.weekday)
        if why := why_it_stays(session):
            self.kept.append(session)
            session.slot, session.slot_date = self.new, day  # the horizon does not make this week again
            after = None if session.is_cancelled else session.starts_at
            line = Line(What.STAYS, session.starts_at, after, session.minutes, session.minutes, why)
        elif not any(slot_dates(self.new, day, day)) or (start := self._start(day)) <= self.now:
            line = withdraw(session, _("The weekly time changed."))
        else:
            line = self._shift(session, day, start)
        self.changed.append(session)
        if line:
            self.lines.append(line)

    def _start(self, day: dt.date) -> dt.datetime:
        return local_start(day, self.new.starts_at, self.new.zone)

    def _shift(self, session: Session, day: dt.date, start: dt.datetime) -> Line:
        before, minutes_before, was = session.starts_at, session.minutes, session.slot_date
        end = start + dt.timedelta(minutes=self.new.minutes)
        if moves := (start, end) != (session.starts_at, session.ends_at):
            session.changes += 1
            self.moved.append(session)
        session.slot, session.slot_date, session.zone = self.new, day, self.new.zone
        session.starts_at, session.ends_at = start, end
        session.break_minutes, session.topic = self.new.break_minutes, self.new.topic
        if day != was:
            self._open_or_close(session, day)
        if session.is_cancelled:
            return Line(What.CLOSED, before, start, self.new.minutes, minutes_before, session.reason)
        what = What.MOVES if moves else What.SAME
        return Line(what, before, start, self.new.minutes, minutes_before)

    def _open_or_close(self, session: Session, day: dt.date) -> None:
        closure = next((c for c in self._closures if c.starts_on <= day <= c.last_on), None)
        session.closure = closure
        session.status = Session.Status.CANCELLED if closure else Session.Status.SCHEDULED
        session.reason = closure.reason if closure else ""


def _closures(slot: Slot, sessions: list[Session]) -> list[Closure]:
    """The closures of the program around these sessions. One query."""
    if not sessions:
        return []
    days = [session.slot_date for session in sessions]
    week = dt.timedelta(days=7)
    rows = Closure.objects.in_force().filter(program=slot.group.program_id)
    return list(rows.filter(starts_on__lte=max(days) + week, last_on__gte=min(days) - week).order_by("starts_on", "pk"))


def withdraw(session: Session, reason: str) -> Line | None:
    """The session (not saved yet) no longer takes place because its series changed: nobody decided on this very one.

    One that a closure had cancelled is not brought back by lifting it; to whoever looks nothing changes, so it has no line.
    """
    line = Line(What.WITHDRAWN, session.starts_at, None, session.minutes, session.minutes)
    if session.is_cancelled:
        line = None
    session.status, session.reason, session.closure = Session.Status.CANCELLED, reason, None
    session.changes += 1
    return line


WRITTEN = [
    "slot",
    "slot_date",
    "starts_at",
    "ends_at",
    "zone",
    "break_minutes",
    "topic",
    "status",
    "reason",
    "closure",
    "changes",
    "changed_at",
]


def write(sessions: list[Session], *, moved: Iterable[Session] = ()) -> None:
    """Save the sessions. Bookings of those that moved are let go first: they follow a session's times, and on the way two of
    them would lie over each other. Two queries."""
    now = timezone.now()
    for session in sessions:
        session.changed_at = now
    Booking.objects.live().filter(session__in=[session.pk for session in moved]).update(released_at=now)
    if sessions:
        Session.objects.bulk_update(sessions, WRITTEN)


def added_lines(slot: Slot, known: Iterable[Session]) -> list[Line]:
    """The sessions of the slot that were made just now. One query."""
    rows = slot.sessions.filter(starts_at__gt=timezone.now()).exclude(pk__in=[session.pk for session in known])
    return [
        Line(What.CLOSED, None, row.starts_at, row.minutes, None, row.reason)
        if row.is_cancelled
        else Line(What.ADDED, None, row.starts_at, row.minutes)
        for row in rows.order_by("starts_at")
    ]
