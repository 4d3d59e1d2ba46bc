"""What a patient's pages read: their own sessions, and nobody else's anything."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from clinical.models import Attendance
from clinical.queries import Week
from patients.models import Episode, Patient
from scheduling.models import Booking, Session

JOIN_BEFORE = dt.timedelta(minutes=10)  # the door opens so long before a session


class Stage(Enum):
    """Where a session stands for the person it is shown to."""

    COMING = "coming"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"
    AWAY = "away"  # the day it was moved away from


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One session as its member sees it. `at`: when it stands in the list (for AWAY, where it would have been)."""

    session: Session
    leader: str
    status: str
    minutes: int | None
    stage: Stage
    at: dt.datetime

    @property
    def day(self) -> dt.date:
        """Its date in the reader's zone."""
        return timezone.localtime(self.at).date()

    @property
    def joins_from(self) -> dt.datetime:
        return self.session.starts_at - JOIN_BEFORE

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
        return self.session.moved_from is not None and not self.is_off

    @property
    def awaits_roll_call(self) -> bool:
        """It is over, and nobody has confirmed the attendance yet."""
        return self.stage is Stage.OVER and not self.status


def stage_of(session: Session, now: dt.datetime) -> Stage:
    """The door is open from ten minutes before the start until the end."""
    if session.is_cancelled:
        return Stage.CANCELLED
    if session.ends_at <= now:
        return Stage.OVER
    return Stage.OPEN if session.starts_at - JOIN_BEFORE <= now else Stage.COMING


def _own_bookings(patient: Patient):
    """The patient's bookings with session, group, the leader's first name and their own attendance. One query."""
    of_session = {"session": OuterRef("session")}
    leader = Booking.objects.live().filter(part=Booking.Part.LEAD, **of_session).values("user__first_name")[:1]
    last_leader = (
        Booking.objects.filter(part=Booking.Part.LEAD, **of_session).order_by("-pk").values("user__first_name")[:1]
    )
    attendance = Attendance.objects.filter(patient=patient, **of_session)
    return (
        Booking.objects.filter(patient=patient, session__isnull=False)
        .select_related("session__group", "membership")
        .annotate(
            leader=Subquery(leader),
            last_leader=Subquery(last_leader),
            attended_as=Subquery(attendance.values("status")[:1]),
            attended_minutes=Subquery(attendance.values("minutes")[:1]),
        )
    )


def _was_theirs(booking: Booking) -> bool:
    """Whether they were to come on the session's day: one cancelled after somebody left, or after a visitor's seat was
    released, is not theirs."""
    if booking.part == Booking.Part.VISITOR:
        return booking.released_at is None or booking.released_at >= booking.session.changed_at
    left_on = booking.membership and booking.membership.left_on
    day = booking.session.starts_at.astimezone(zoneinfo.ZoneInfo(booking.session.zone)).date()
    return left_on is None or left_on > day


def _seen(booking: Booking, now: dt.datetime, at: dt.datetime | None = None) -> OwnSession:
    return OwnSession(
        session=booking.session,
        leader=booking.leader or booking.last_leader or "",
        status=booking.attended_as or "",
        minutes=booking.attended_minutes,
        stage=Stage.AWAY if at else stage_of(booking.session, now),
        at=at or booking.session.starts_at,
    )


def _of_booking(booking: Booking, week: Week, now: dt.datetime) -> Iterator[OwnSession]:
    """The booking's session in the week; and, when it was moved to another day, the place it was moved away from."""
    session = booking.session
    if week.starts_at <= session.starts_at < week.ends_at:
        yield _seen(booking, now)
    gone = session.moved_from
    if gone and not session.is_cancelled and week.starts_at <= gone < week.ends_at:
        zone = zoneinfo.ZoneInfo(week.zone)
        if gone.astimezone(zone).date() != session.starts_at.astimezone(zone).date():
            yield _seen(booking, now, at=gone)


def sessions_of_week(patient: Patient, week: Week) -> list[OwnSession]:
    """The patient's week in order of time, with cancelled and moved ones. One query for any number of sessions."""
    inside = Q(session__starts_at__gte=week.starts_at, session__starts_at__lt=week.ends_at)
    left = Q(session__moved_from__gte=week.starts_at, session__moved_from__lt=week.ends_at)
    theirs = Q(released_at=None) | Q(session__status=Session.Status.CANCELLED)
    now = timezone.now()
    latest = {
        b.session_id: b for b in _own_bookings(patient).filter(inside | left, theirs).order_by("pk") if _was_theirs(b)
    }
    found = [own for booking in latest.values() for own in _of_booking(booking, week, now)]
    return sorted(found, key=lambda own: (own.at, own.session.pk))


def next_session(patient: Patient) -> OwnSession | None:
    """The session that goes on now, or the next one. One query."""
    now = timezone.now()
    booking = _own_bookings(patient).filter(released_at=None, ends_at__gt=now).order_by("starts_at").first()
    return booking and _seen(booking, now)


def own_session(patient: Patient, uid) -> OwnSession | None:
    """One session the patient is expected at, or None. One query."""
    booking = _own_bookings(patient).filter(released_at=None, session__uid=uid).first()
    return booking and _seen(booking, timezone.now())


def by_day(week: Week, sessions: Iterable[OwnSession]) -> list[tuple[dt.date, list[OwnSession]]]:
    """The days of the week that have anything, each with its sessions."""
    days: dict[dt.date, list[OwnSession]] = {day: [] for day in week.days}
    for own in sessions:
        days[own.day].append(own)
    return [(day, found) for day, found in days.items() if found]


def stays(patient: Patient) -> tuple[list[Episode], Episode | None]:
    """The patient's open episodes, and the next one that has not begun. One query."""
    today = timezone.localdate()
    coming_or_open = patient.episodes.filter(Q(ended_on=None) | Q(ended_on__gt=today)).select_related("program")
    episodes = list(coming_or_open.order_by("started_on", "pk"))
    return [e for e in episodes if e.started_on <= today], next((e for e in episodes if e.started_on > today), None)


def attended_sessions(
    episodes: Iterable[Episode], first: Week, last: Week
) -> dict[tuple[int, dt.date], list[Attendance]]:
    """What was attended from the first week to the last, by (episode id, Monday of the week), the latest first.

    One query for any number of sessions.
    """
    zone = zoneinfo.ZoneInfo(last.zone)
    rows = (
        Attendance.objects.filter(
            episode__in=episodes,
            attended=True,
            session__starts_at__gte=first.starts_at,
            session__starts_at__lt=last.ends_at,
        )
        .select_related("session__group")
        .order_by("-session__starts_at")
    )
    found: dict[tuple[int, dt.date], list[Attendance]] = {}
    for row in rows:
        day = row.session.starts_at.astimezone(zone).date()
        found.setdefault((row.episode_id, day - dt.timedelta(days=day.weekday())), []).append(row)
    return found
