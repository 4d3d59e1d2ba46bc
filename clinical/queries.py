"""Hours (attended treatment minutes, breaks excluded, by day and week in a zone) and how far a session's record is."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from clinical.models import Attendance, ProgressNote
from patients.models import Episode
from scheduling.models import Appointment, Booking, BookingQuerySet, ExcuseRequest, Session, SessionQuerySet


@dataclass(frozen=True, slots=True)
class Week:
    """Monday 0:00 to the next Monday 0:00 in a zone. `monday` is the first day."""

    monday: dt.date
    zone: str

    @classmethod
    def of(cls, moment: dt.datetime | None, zone: str) -> "Week":
        """The week a moment (now by default) falls in."""
        day = (moment or timezone.now()).astimezone(zoneinfo.ZoneInfo(zone)).date()
        return cls(day - dt.timedelta(days=day.weekday()), zone)

    @property
    def starts_at(self) -> dt.datetime:
        return dt.datetime.combine(self.monday, dt.time.min, zoneinfo.ZoneInfo(self.zone))

    @property
    def ends_at(self) -> dt.datetime:
        return dt.datetime.combine(self.monday + dt.timedelta(days=7), dt.time.min, zoneinfo.ZoneInfo(self.zone))

    @property
    def days(self) -> list[dt.date]:
        """Monday to Sunday."""
        return [self.monday + dt.timedelta(days=n) for n in range(7)]

    def shifted(self, weeks: int) -> "Week":
        """So many weeks later (earlier when negative)."""
        return Week(self.monday + dt.timedelta(weeks=weeks), self.zone)


@dataclass(frozen=True, slots=True)
class Hours:
    """One episode's week, all in minutes: attended so far, still ahead (booked treatment time), the goal."""

    attended: int
    ahead: int
    goal: int

    @property
    def short_by(self) -> int:
        """Minutes that will be missing even if everything ahead is attended; 0 when the goal is within reach."""
        return max(0, self.goal - self.attended - self.ahead)

    @property
    def missing(self) -> int:
        """Minutes not attended yet."""
        return max(0, self.goal - self.attended)

    @property
    def is_met(self) -> bool:
        return self.attended >= self.goal


def _attended(episodes: Iterable[Episode], first: dt.datetime, last: dt.datetime, zone: str):
    """What was attended between two moments, as (episode id, date in the zone, minutes): sessions, and appointments that were
    held. One query."""
    day = zoneinfo.ZoneInfo(zone)
    sessions = (
        Attendance.objects.filter(
            episode__in=episodes, attended=True, session__starts_at__gte=first, session__starts_at__lt=last
        )
        .annotate(day=TruncDate("session__starts_at", tzinfo=day))
        .order_by()
        .values_list("episode_id", "day", "minutes")
    )
    held = (
        Appointment.objects.between(first, last)
        .filter(episode__in=episodes, outcome=Appointment.Outcome.HELD)
        .annotate(day=TruncDate("starts_at", tzinfo=day))
        .order_by()
        .values_list("episode_id", "day", "attended_minutes")
    )
    return sessions.union(held, all=True)


def minutes_by_day(*, episode: Episode, week: Week) -> dict[dt.date, int]:
    """Attended treatment minutes of each day of the week on which there were any. One query."""
    return {day: minutes for (_pk, day), minutes in daily_minutes(episodes=[episode], week=week).items()}


def hours_of_week(*, episodes: Iterable[Episode], week: Week, now: dt.datetime | None = None) -> dict[int, Hours]:
    """Hours of each episode (by id) in the week. Two queries for any number of episodes.

    Attended: sessions by their attendance, appointments that were held. Ahead: what is booked in the week and neither over
    nor already recorded, without its breaks; a seat taken once (a visitor's) counts like a member's, and a session somebody is
    excused from does not.
    ASAM 2.1 asks for 9 hours a week; the episode's own goal counts.
    """
    moment = now or timezone.now()
    goals = {e.pk: e.weekly_goal_minutes for e in episodes}
    attended: dict[int, int] = defaultdict(int)
    for pk, minutes in (
        Attendance.objects.filter(
            episode__in=goals,
            attended=True,
            session__starts_at__gte=week.starts_at,
            session__starts_at__lt=week.ends_at,
        )
        .values_list("episode")
        .annotate(Sum("minutes"))
    ).union(
        Appointment.objects.between(week.starts_at, week.ends_at)
        .filter(episode__in=goals, outcome=Appointment.Outcome.HELD)
        .values_list("episode")
        .annotate(Sum("attended_minutes")),
        all=True,
    ):
        attended[pk] += minutes
    taken = Attendance.objects.filter(session=OuterRef("session"), patient=OuterRef("patient"))
    bookings = (
        Booking.objects.live()
        .filter(
            ~Exists(taken),
            ~Exists(ExcuseRequest.objects.excused().filter(booking=OuterRef("pk"))),
            Q(appointment=None) | Q(appointment__outcome=""),
            Q(membership__episode__in=goals) | Q(episode__in=goals),
            starts_at__gte=week.starts_at,
            starts_at__lt=week.ends_at,
            ends_at__gt=moment,
        )
        .annotate(stay=Coalesce("membership__episode", "episode"))
        .values_list("stay")
        .annotate(span=Sum(F("ends_at") - F("starts_at")), rest=Sum(Coalesce("session__break_minutes", 0)))
    )
    ahead = {pk: int(span.total_seconds() // 60) - rest for pk, span, rest in bookings}
    return {pk: Hours(attended.get(pk) or 0, ahead.get(pk, 0), goal) for pk, goal in goals.items()}


def weekly_totals(*, episode: Episode, week: Week, weeks: int = 8) -> list[tuple[Week, int]]:
    """Attended minutes of this week and up to `weeks` - 1 before it, the latest first, since the admission."""
    since = Week(episode.started_on - dt.timedelta(days=episode.started_on.weekday()), week.zone)
    weeks = max(1, min(weeks, (week.monday - since.monday).days // 7 + 1))
    first = week.shifted(1 - weeks)
    totals: dict[dt.date, int] = {}
    for _pk, day, minutes in _attended([episode], first.starts_at, week.ends_at, week.zone):
        monday = day - dt.timedelta(days=day.weekday())
        totals[monday] = totals.get(monday, 0) + minutes
    return [(w, totals.get(w.monday, 0)) for w in (week.shifted(-n) for n in range(weeks))]


def daily_minutes(*, episodes: Iterable[Episode], week: Week) -> dict[tuple[int, dt.date], int]:
    """Attended minutes by (episode id, day) of the week. One query for any number of episodes."""
    found: dict[tuple[int, dt.date], int] = {}
    for pk, day, minutes in _attended(episodes, week.starts_at, week.ends_at, week.zone):
        found[pk, day] = found.get((pk, day), 0) + minutes
    return found


# --- who documents a session, and how far its record is


def documented_by(user) -> BookingQuerySet:
    """Bookings of the sessions the person may document: they facilitate it, or supervise somebody who does."""
    return Booking.objects.live().filter(Q(user=user) | Q(user__staff_profile__supervisor=user), user__isnull=False)


def may_document(user, session: Session) -> bool:
    """Whether the person may document the session. One query."""
    return documented_by(user).filter(session=session).exists()


def _count(rows) -> Coalesce:
    """How many of `rows` belong to the session of the outer query."""
    counted = rows.filter(session=OuterRef("pk")).order_by().values("session").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def with_progress(sessions: SessionQuerySet) -> SessionQuerySet:
    """The sessions with counts of people: `expected`, `taken` (attendance recorded), `attended`, `signed` (notes)."""
    return sessions.annotate(
        expected=_count(Booking.objects.live().filter(patient__isnull=False)),
        taken=_count(Attendance.objects.all()),
        attended=_count(Attendance.objects.filter(attended=True)),
        signed=_count(ProgressNote.objects.signed()),
    )


class Stage(Enum):
    """How far a session's record is."""

    CANCELLED = "cancelled"
    COMING = "coming"
    NOW = "now"
    ROLL_CALL = "roll_call"
    NOTES = "notes"
    DONE = "done"


def stage(session: Session, now: dt.datetime | None = None) -> Stage:
    """The stage of a session that has the counts of `with_progress`."""
    moment = now or timezone.now()
    if session.is_cancelled:
        return Stage.CANCELLED
    if session.starts_at > moment:
        return Stage.COMING
    if session.ends_at > moment:
        return Stage.NOW
    if session.taken < session.expected:
        return Stage.ROLL_CALL
    return Stage.NOTES if session.signed < session.attended else Stage.DONE


def owed(sessions: SessionQuerySet, *, now: dt.datetime | None = None) -> SessionQuerySet:
    """Of these sessions, those that are over and whose roll-call or notes are not complete, the oldest first."""
    return (
        with_progress(sessions.scheduled().filter(ends_at__lte=now or timezone.now()))
        .filter(Q(taken__lt=F("expected")) | Q(signed__lt=F("attended")))
        .order_by("starts_at")
    )
