"""What a patient's pages read: their own sessions, and nobody else's anything."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from clinical.models import Attendance
from clinical.queries import Week
from patients.models import Episode, Patient
from scheduling.models import Appointment, Booking, ExcuseRequest, Session

JOIN_BEFORE = dt.timedelta(minutes=10)  # the door opens so long before a session


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a zone, filled up to whole weeks, Monday to Sunday. `first`: its first day."""

    first: dt.date
    zone: str

    @classmethod
    def of(cls, day: dt.date, zone: str) -> "Month":
        """The month a day falls in."""
        return cls(day.replace(day=1), zone)

    @property
    def days(self) -> list[dt.date]:
        """All the days of its weeks: four to six weeks."""
        begins = self.first - dt.timedelta(days=self.first.weekday())
        after = self.shifted(1).first
        return [begins + dt.timedelta(days=n) for n in range((after - begins).days + (7 - after.weekday()) % 7)]

    @property
    def weeks(self) -> list[list[dt.date]]:
        """Its days by week."""
        days = self.days
        return [days[n : n + 7] for n in range(0, len(days), 7)]

    @property
    def starts_at(self) -> dt.datetime:
        return dt.datetime.combine(self.days[0], dt.time.min, zoneinfo.ZoneInfo(self.zone))

    @property
    def ends_at(self) -> dt.datetime:
        return dt.datetime.combine(self.days[-1] + dt.timedelta(days=1), dt.time.min, zoneinfo.ZoneInfo(self.zone))

    def shifted(self, months: int) -> "Month":
        """So many months later (earlier when negative)."""
        year, month = divmod(self.first.year * 12 + self.first.month - 1 + months, 12)
        return Month(dt.date(year, month + 1, 1), self.zone)

    def holds(self, day: dt.date) -> bool:
        """Whether the day is of the month itself."""
        return (day.year, day.month) == (self.first.year, self.first.month)


class Stage(Enum):
    """Where a session or appointment stands for the person it is shown to."""

    COMING = "coming"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"
    AWAY = "away"  # the day it was moved away from


@dataclass(frozen=True, slots=True)
class Own:
    """One session or appointment as the person it is for sees it. `at`: when it stands in the list (for AWAY, where it would
    have been). room: its video link, which is opened and never shown. excuse: the state of their request to be excused, "" for
    none."""

    thing: Session | Appointment
    leader: str
    status: str
    minutes: int | None
    stage: Stage
    at: dt.datetime
    room: str
    excuse: str = ""

    @property
    def is_appointment(self) -> bool:
        return isinstance(self.thing, Appointment)

    @property
    def title(self) -> str:
        """The session's topic; of an appointment its kind."""
        return self.thing.get_kind_display() if self.is_appointment else self.thing.title

    @property
    def kind(self) -> str:
        """The kind of group, as `components/kind.html` knows it; "" of an appointment."""
        return "" if self.is_appointment else self.thing.group.kind

    @property
    def join_url(self) -> str:
        """The address of its door."""
        name = "portal:join_appointment" if self.is_appointment else "portal:join"
        return reverse(name, args=[self.thing.uid])

    @property
    def key(self) -> tuple[bool, int]:
        """What tells it from every other."""
        return self.is_appointment, self.thing.pk

    @property
    def day(self) -> dt.date:
        """Its date in the reader's zone."""
        return timezone.localtime(self.at).date()

    @property
    def joins_from(self) -> dt.datetime:
        return self.thing.starts_at - JOIN_BEFORE

    @property
    def is_open(self) -> bool:
        return self.stage is Stage.OPEN

    @property
    def is_off(self) -> bool:
        """Nothing takes place here any more."""
        return self.stage in (Stage.CANCELLED, Stage.AWAY)

    @property
    def was_moved(self) -> bool:
        """It stands at its new time."""
        return self.thing.moved_from is not None and not self.is_off

    @property
    def is_ahead(self) -> bool:
        """A session one is expected at that has not begun: one can still say that one can't come."""
        return not (self.is_appointment or self.is_off or self.thing.has_begun)

    @property
    def awaits_roll_call(self) -> bool:
        """It is over, and nobody has confirmed the attendance yet."""
        return self.stage is Stage.OVER and not self.status


def stage_of(thing: Session | Appointment, now: dt.datetime) -> Stage:
    """The door is open from ten minutes before the start until the end."""
    if thing.is_cancelled:
        return Stage.CANCELLED
    if thing.ends_at <= now:
        return Stage.OVER
    return Stage.OPEN if thing.starts_at - JOIN_BEFORE <= now else Stage.COMING


# How an appointment went, in the words for attendance.
_AS_ATTENDANCE = {"held": "present", "missed": "no_show", "excused": "excused"}


def _own_bookings(patient: Patient):
    """The patient's bookings with session and group or appointment, the leader's first name, the room and how they attended.
    One query."""
    of_session = {"session": OuterRef("session")}
    leader = Booking.objects.live().filter(part=Booking.Part.LEAD, **of_session).values("user__first_name")[:1]
    last_leader = (
        Booking.objects.filter(part=Booking.Part.LEAD, **of_session).order_by("-pk").values("user__first_name")[:1]
    )
    attendance = Attendance.objects.filter(patient=patient, **of_session)
    excuse = ExcuseRequest.objects.standing().filter(booking=OuterRef("pk")).values("state")[:1]
    return (
        Booking.objects.filter(patient=patient)
        .select_related("session__group", "membership", "appointment")
        .annotate(
            leader=Coalesce(Subquery(leader), Subquery(last_leader), "appointment__provider__first_name"),
            attended_as=Coalesce(Subquery(attendance.values("status")[:1]), "appointment__outcome"),
            attended_minutes=Coalesce(Subquery(attendance.values("minutes")[:1]), "appointment__attended_minutes"),
            room=F("appointment__provider__staff_profile__meeting_url"),  # a session’s door is a page of ours
            excuse=Subquery(excuse),
        )
    )


def _was_theirs(booking: Booking) -> bool:
    """Whether they were to come on the session's day: one cancelled after somebody left, or after a visitor's seat was
    released, is not theirs."""
    if booking.part == Booking.Part.VISITOR:
        return booking.released_at is None or booking.released_at >= booking.session.changed_at
    left_on = booking.membership and booking.membership.left_on
    day = booking.thing.starts_at.astimezone(zoneinfo.ZoneInfo(booking.thing.zone)).date()
    return left_on is None or left_on > day


def _seen(booking: Booking, now: dt.datetime, at: dt.datetime | None = None) -> Own:
    status = booking.attended_as or ""
    return Own(
        thing=booking.thing,
        leader=booking.leader or "",
        status=_AS_ATTENDANCE.get(status, status),
        minutes=booking.attended_minutes,
        stage=Stage.AWAY if at else stage_of(booking.thing, now),
        at=at or booking.thing.starts_at,
        room=booking.room or "",
        excuse=booking.excuse or "",
    )


def _of_booking(booking: Booking, week: Week | Month, now: dt.datetime) -> Iterator[Own]:
    """What the booking is of, in the span; and, when it was moved to another day, the place it was moved away from."""
    thing = booking.thing
    if week.starts_at <= thing.starts_at < week.ends_at:
        yield _seen(booking, now)
    gone = thing.moved_from
    if gone and not thing.is_cancelled and week.starts_at <= gone < week.ends_at:
        zone = zoneinfo.ZoneInfo(week.zone)
        if gone.astimezone(zone).date() != thing.starts_at.astimezone(zone).date():
            yield _seen(booking, now, at=gone)


def week_of(patient: Patient, week: Week | Month) -> list[Own]:
    """The patient's week, or month, in order of time: sessions and appointments, with cancelled and moved ones. One query for any
    number."""
    which = Q()
    for thing in ("session", "appointment"):
        which |= Q(**{f"{thing}__starts_at__gte": week.starts_at, f"{thing}__starts_at__lt": week.ends_at})
        which |= Q(**{f"{thing}__moved_from__gte": week.starts_at, f"{thing}__moved_from__lt": week.ends_at})
    theirs = (
        Q(released_at=None)
        | Q(session__status=Session.Status.CANCELLED)
        | Q(appointment__status=Appointment.Status.CANCELLED)
    )
    now = timezone.now()
    rows = _own_bookings(patient).filter(which, theirs).order_by("pk")
    latest = {(b.session_id, b.appointment_id): b for b in rows if _was_theirs(b)}
    found = [own for booking in latest.values() for own in _of_booking(booking, week, now)]
    return sorted(found, key=lambda own: (own.at, own.key))


def next_of(patient: Patient) -> Own | None:
    """The session or appointment that goes on now, or the next one. One query."""
    now = timezone.now()
    booking = _own_bookings(patient).filter(released_at=None, ends_at__gt=now).order_by("starts_at").first()
    return booking and _seen(booking, now)


def own_session(patient: Patient, uid) -> Own | None:
    """One session the patient is expected at, or None. One query."""
    return _own(patient, session__uid=uid)


def own_appointment(patient: Patient, uid) -> Own | None:
    """One appointment the patient has, or None. One query."""
    return _own(patient, appointment__uid=uid)


def _own(patient: Patient, **which) -> Own | None:
    booking = _own_bookings(patient).filter(released_at=None, **which).first()
    return booking and _seen(booking, timezone.now())


def by_day(week: Week | Month, things: Iterable[Own]) -> list[tuple[dt.date, list[Own]]]:
    """The days of the week that have anything, each with what it has."""
    days: dict[dt.date, list[Own]] = {day: [] for day in week.days}
    for own in things:
        days[own.day].append(own)
    return [(day, found) for day, found in days.items() if found]


def stays(patient: Patient) -> tuple[list[Episode], Episode | None]:
    """The patient's open episodes, and the next one that has not begun. One query."""
    today = timezone.localdate()
    coming_or_open = patient.episodes.filter(Q(ended_on=None) | Q(ended_on__gt=today)).select_related("program")
    episodes = list(coming_or_open.order_by("started_on", "pk"))
    return [e for e in episodes if e.started_on <= today], next((e for e in episodes if e.started_on > today), None)


@dataclass(frozen=True, slots=True)
class Attended:
    """What counted for somebody's hours. kind: of the group; "" of an appointment."""

    at: dt.datetime
    title: str
    kind: str
    minutes: int


def attended(episodes: Iterable[Episode], first: Week, last: Week) -> dict[tuple[int, dt.date], list[Attended]]:
    """What was attended from the first week to the last, by (episode id, Monday of the week), the latest first.

    Two queries for any number.
    """
    zone = zoneinfo.ZoneInfo(last.zone)
    span = (first.starts_at, last.ends_at)
    sessions = Attendance.objects.filter(
        episode__in=episodes, attended=True, session__starts_at__gte=span[0], session__starts_at__lt=span[1]
    ).select_related("session__group")
    held = Appointment.objects.between(*span).filter(episode__in=episodes, outcome=Appointment.Outcome.HELD)
    rows = [
        (a.episode_id, Attended(a.session.starts_at, a.session.title, a.session.group.kind, a.minutes))
        for a in sessions
    ]
    rows += [(a.episode_id, Attended(a.starts_at, a.get_kind_display(), "", a.attended_minutes)) for a in held]
    found: dict[tuple[int, dt.date], list[Attended]] = {}
    for episode, row in sorted(rows, key=lambda pair: pair[1].at, reverse=True):
        day = row.at.astimezone(zone).date()
        found.setdefault((episode, day - dt.timedelta(days=day.weekday())), []).append(row)
    return found
