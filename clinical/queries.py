"""Hours: attended treatment minutes, breaks excluded, by day and week in a zone."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from clinical.models import Attendance
from patients.models import Episode
from scheduling.models import Booking


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


def minutes_by_day(*, episode: Episode, week: Week) -> dict[dt.date, int]:
    """Attended treatment minutes of each day of the week on which there were any. One query."""
    return dict(
        Attendance.objects.filter(
            episode=episode, attended=True, session__starts_at__gte=week.starts_at, session__starts_at__lt=week.ends_at
        )
        .annotate(day=TruncDate("session__starts_at", tzinfo=zoneinfo.ZoneInfo(week.zone)))
        .values("day")
        .annotate(total=Sum("minutes"))
        .values_list("day", "total")
    )


def hours_of_week(*, episodes: Iterable[Episode], week: Week, now: dt.datetime | None = None) -> dict[int, Hours]:
    """Hours of each episode (by id) in the week. Two queries for any number of episodes.

    Ahead: booked sessions of the week that are not over, without their breaks. ASAM 2.1 asks for 9 hours a week; the episode's
    own goal counts.
    """
    moment = now or timezone.now()
    goals = {e.pk: e.weekly_goal_minutes for e in episodes}
    attended = dict(
        Attendance.objects.filter(
            episode__in=goals, attended=True, session__starts_at__gte=week.starts_at, session__starts_at__lt=week.ends_at
        )
        .values_list("episode")
        .annotate(Sum("minutes"))
    )
    ahead: dict[int, int] = {}
    bookings = Booking.objects.live().filter(
        membership__episode__in=goals,
        starts_at__gte=week.starts_at,
        starts_at__lt=week.ends_at,
        ends_at__gt=moment,
    )
    for episode_id, starts_at, ends_at, rest in bookings.values_list(
        "membership__episode_id", "starts_at", "ends_at", "session__break_minutes"
    ):
        minutes = int((ends_at - starts_at).total_seconds() // 60) - rest
        ahead[episode_id] = ahead.get(episode_id, 0) + minutes
    return {pk: Hours(attended.get(pk) or 0, ahead.get(pk, 0), goal) for pk, goal in goals.items()}


def weekly_totals(*, episode: Episode, week: Week, weeks: int = 8) -> list[tuple[Week, int]]:
    """Attended minutes of this week and the ones before, the latest first. One query."""
    first = week.shifted(1 - weeks)
    totals: dict[dt.date, int] = {}
    rows = (
        Attendance.objects.filter(
            episode=episode, attended=True, session__starts_at__gte=first.starts_at, session__starts_at__lt=week.ends_at
        )
        .annotate(day=TruncDate("session__starts_at", tzinfo=zoneinfo.ZoneInfo(week.zone)))
        .values_list("day", "minutes")
    )
    for day, minutes in rows:
        monday = day - dt.timedelta(days=day.weekday())
        totals[monday] = totals.get(monday, 0) + minutes
    return [(w, totals.get(w.monday, 0)) for w in (week.shifted(-n) for n in range(weeks))]


def notes_owed_filter(prefix: str = "") -> dict:
    """Annotations over sessions: how many are expected, taken, attended and signed."""
    return {
        "expected": Count(f"{prefix}bookings", filter=Q(bookings__released_at=None, bookings__patient__isnull=False), distinct=True),
        "taken": Count(f"{prefix}attendances", distinct=True),
        "attended": Count(f"{prefix}attendances", filter=Q(attendances__attended=True), distinct=True),
        "signed": Count(f"{prefix}notes", filter=Q(notes__signed_at__isnull=False), distinct=True),
    }
