"""Page-shaped reads of the staff dashboard. Each docstring says how many queries; none grows with rows."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.access import CLINICAL
from clinical.models import Attendance, ProgressNote
from clinical.queries import Hours, Stage, Week, daily_minutes, hours_of_week, note_due, owed, stage, with_progress
from groups.models import Facilitator, Group, Membership, WaitlistEntry
from patients.models import CareTeamMember, Episode, Patient
from scheduling.models import Booking, Session, SessionQuerySet, Slot

OWED_DAYS = 60


@dataclass(slots=True)
class Line:
    """A session on a list: with its stage, who leads it, and the day its notes are due."""

    session: Session
    stage: Stage
    leads: list[str]
    due: dt.date | None = None
    is_late: bool = False


def leaders(sessions: list[Session]) -> dict[int, list[str]]:
    """Names of the facilitators of each session (by id), the lead first. One query."""
    names: dict[int, list[str]] = defaultdict(list)
    rows = (
        Booking.objects.live()
        .filter(session__in=[s.pk for s in sessions], user__isnull=False)
        .order_by("-part")
        .values_list("session_id", "user__first_name", "user__last_name")
    )
    for session_id, first, last in rows:
        names[session_id].append(f"{first} {last}")
    return names


def lines(sessions: SessionQuerySet) -> list[Line]:
    """The sessions as lines, in order. Two queries."""
    found = list(with_progress(sessions.select_related("group")))
    names = leaders(found)
    return [Line(session, stage(session), names.get(session.pk, [])) for session in found]


def day_of(user, moment: dt.datetime | None = None) -> tuple[dt.datetime, dt.datetime]:
    """The reader's day a moment falls in: its two midnights, in the zone in force for the request."""
    local = timezone.localtime(moment or timezone.now())
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = dt.datetime.combine(start.date() + dt.timedelta(days=1), dt.time.min, start.tzinfo)
    return start, tomorrow


def todays_lines(user) -> list[Line]:
    """Sessions of the reader's day that they may open. Two queries."""
    start, end = day_of(user)
    return lines(Session.objects.visible_to(user).between(start, end).order_by("starts_at", "pk"))


def owed_lines(user) -> list[Line]:
    """Sessions the reader leads (or supervises the leader of) that are over and not yet documented. Two queries."""
    if user.roles.isdisjoint(CLINICAL):
        return []
    since = timezone.now() - dt.timedelta(days=OWED_DAYS)
    found = list(owed(Session.objects.visible_to(user).filter(starts_at__gte=since)).select_related("group"))
    names = leaders(found)
    today = timezone.localdate()
    return [Line(s, stage(s), names.get(s.pk, []), due=note_due(s), is_late=note_due(s) < today) for s in found]


@dataclass(slots=True)
class PersonHours:
    """A patient's week."""

    episode: Episode
    hours: Hours


def open_episodes(user):
    """Open episodes of the patients the reader may see, by name."""
    return (
        Episode.objects.visible_to(user)
        .open()
        .select_related("patient", "program")
        .order_by("patient__legal_last_name", "patient__legal_first_name", "pk")
    )


def short_of_hours(user, week: Week) -> list[PersonHours]:
    """People who can't reach their hours this week with what is booked, the widest gap first. Three queries."""
    episodes = list(open_episodes(user))
    hours = hours_of_week(episodes=episodes, week=week)
    short = [PersonHours(e, hours[e.pk]) for e in episodes if hours[e.pk].short_by]
    return sorted(short, key=lambda row: -row.hours.short_by)


@dataclass(slots=True)
class HoursRow:
    """A patient's week, day by day (None: nothing attended that day)."""

    episode: Episode
    days: list[int | None]
    hours: Hours


def hours_table(episodes: list[Episode], week: Week) -> list[HoursRow]:
    """Attended minutes by day and week of these episodes. Three queries."""
    by_day = daily_minutes(episodes=episodes, week=week)
    hours = hours_of_week(episodes=episodes, week=week)
    return [HoursRow(e, [by_day.get((e.pk, day)) for day in week.days], hours[e.pk]) for e in episodes]


def week_by_day(user, week: Week) -> list[tuple[dt.date, list[Line]]]:
    """The week's sessions that the reader may open, by day in the zone in force; a free weekend is left out. Two queries."""
    days: dict[dt.date, list[Line]] = {day: [] for day in week.days}
    for line in lines(
        Session.objects.visible_to(user).between(week.starts_at, week.ends_at).order_by("starts_at", "pk")
    ):
        days[timezone.localdate(line.session.starts_at)].append(line)
    return [(day, found) for day, found in days.items() if found or day.weekday() < 5]


@dataclass(slots=True)
class RosterRow:
    """One person expected at a session, with what is recorded."""

    patient: Patient
    attendance: Attendance | None
    note: ProgressNote | None


def roster(user, session: Session) -> tuple[list[RosterRow], int]:
    """Who is expected at the session, by name, as far as the reader may know them; and how many more there are. Four queries."""
    expected = Booking.objects.live().filter(session=session, patient__isnull=False)
    seen = list(
        Patient.objects.visible_to(user)
        .filter(pk__in=expected.values("patient_id"))
        .order_by("legal_last_name", "legal_first_name", "pk")
    )
    attendances = {a.patient_id: a for a in Attendance.objects.filter(session=session, patient__in=seen)}
    notes = {n.patient_id: n for n in ProgressNote.objects.filter(session=session, patient__in=seen)}
    return [RosterRow(p, attendances.get(p.pk), notes.get(p.pk)) for p in seen], expected.count() - len(seen)


def leads_or_supervises(user, session: Session) -> bool:
    """Whether the reader may document the session: facilitates it, or supervises somebody who does. One query."""
    return (
        Booking.objects.live()
        .filter(Q(user=user) | Q(user__staff_profile__supervisor=user), session=session, user__isnull=False)
        .exists()
    )


def groups_with_seats(user) -> list[Group]:
    """Groups the reader works with, each with `members`, `waiting`, `leads` (names) and `meets` (slots). Four queries."""
    today = timezone.localdate()
    return list(
        Group.objects.visible_to(user)
        .filter(Q(ended_on=None) | Q(ended_on__gt=today))
        .annotate(
            members=_number(Membership.objects.not_over(today)),
            waiting=_number(WaitlistEntry.objects.waiting()),
        )
        .prefetch_related(
            Prefetch(
                "facilitators", Facilitator.objects.current(today).select_related("user").order_by("-part"), "leads"
            ),
            Prefetch("slots", Slot.objects.filter(ends_on=None), "meets"),
        )
        .order_by("name")
    )


def _number(rows) -> Coalesce:
    counted = rows.filter(group=OuterRef("pk")).order_by().values("group").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def by_name(episodes, sought: str):
    """Episodes whose patient's legal or preferred name has every word of `sought`, or whose record number begins with it."""
    for word in sought.split():
        episodes = episodes.filter(
            Q(patient__legal_first_name__icontains=word)
            | Q(patient__legal_last_name__icontains=word)
            | Q(patient__preferred_name__icontains=word)
            | Q(patient__record_number__istartswith=word)
        )
    return episodes


def care_team(patient: Patient) -> list[tuple[str, list[str]]]:
    """Who is on the care team now: (name, parts), one line a person. One query."""
    parts: dict[str, list[str]] = {}
    rows = CareTeamMember.objects.current().filter(patient=patient).select_related("user").order_by("starts_at", "pk")
    for row in rows:
        held = parts.setdefault(str(row.user), [])
        if row.get_part_display() not in held:
            held.append(row.get_part_display())
    return list(parts.items())


def coming_of(patient: Patient, limit: int = 6) -> list[Session]:
    """The patient's next sessions. One query."""
    return list(
        Session.objects.scheduled()
        .filter(
            pk__in=Booking.objects.live().filter(patient=patient, ends_at__gt=timezone.now()).values("session_id"),
        )
        .select_related("group")
        .order_by("starts_at")[:limit]
    )
