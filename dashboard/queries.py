"""Page-shaped reads of the staff dashboard. Each docstring says how many queries; none grows with rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, allows
from clinical.models import Attendance, ProgressNote
from clinical.queries import (
    Hours,
    Stage,
    Week,
    daily_minutes,
    documented_by,
    hours_of_week,
    owed,
    stage,
    with_progress,
)
from groups.models import Facilitator, Group, Membership, WaitlistEntry
from patients.models import CareTeamMember, Episode, Patient
from rooms.services.passes import door_is_open
from scheduling.models import (
    Appointment,
    AppointmentQuerySet,
    Booking,
    ExcuseRequest,
    Session,
    SessionQuerySet,
    Slot,
)
from scheduling.services.licences import licence_gaps
from scheduling.services.requests import excuses_of
from scheduling.services.windows import note_due

OWED_DAYS = 60


@dataclass(slots=True)
class Line:
    """A session on a list: its stage, who leads it, whether the reader does (`is_own`) or supervises somebody who does
    and so documents it, the day its notes are due, and of a coming one the states nobody who leads it is licensed in."""

    session: Session
    stage: Stage
    leads: list[str] = field(default_factory=list)
    is_own: bool = False
    may_document: bool = False
    due: dt.date | None = None
    is_late: bool = False
    unlicensed: list[str] = field(default_factory=list)

    @property
    def starts_at(self) -> dt.datetime:
        return self.session.starts_at

    @property
    def room_open(self) -> bool:
        """Whether the reader can go into its live room now."""
        return self.may_document and door_is_open(self.session, leads=True)


def lines(user, sessions: SessionQuerySet) -> list[Line]:
    """Sessions that have the counts of `with_progress` as lines, in order. Two queries, three when one is still to come."""
    found = {s.pk: Line(s, stage(s)) for s in sessions.select_related("group")}
    # A cancelled session has no live bookings; who would have led it is on the session's own page.
    bookings = (
        Booking.objects.live()
        .filter(session__in=found, user__isnull=False)
        .order_by("-part")
        .values_list(
            "session_id", "user_id", "user__first_name", "user__last_name", "user__staff_profile__supervisor_id"
        )
    )
    documents = allows(user, Can.TAKE_ATTENDANCE)
    for session_id, user_id, first, last, supervisor_id in bookings:
        line = found[session_id]
        line.leads.append(f"{first} {last}")
        line.is_own |= user_id == user.pk
        line.may_document |= documents and user.pk in (user_id, supervisor_id)
    ahead = [line.session for line in found.values() if line.stage in (Stage.COMING, Stage.NOW)]
    for pk, states in (licence_gaps(ahead) if ahead else {}).items():
        found[pk].unlicensed = states
    return list(found.values())


def day_of(moment: dt.datetime | None = None) -> tuple[dt.datetime, dt.datetime]:
    """The reader's day a moment falls in: its two midnights, in the zone in force for the request."""
    local = timezone.localtime(moment or timezone.now())
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = dt.datetime.combine(start.date() + dt.timedelta(days=1), dt.time.min, start.tzinfo)
    return start, tomorrow


def todays_lines(user) -> list[Line]:
    """Sessions of the reader's day that they may open. Three queries at most."""
    start, end = day_of()
    found = Session.objects.visible_to(user).between(start, end).order_by("starts_at", "pk")
    return lines(user, with_progress(found))


def owed_lines(user) -> list[Line]:
    """Sessions the reader leads (or supervises the leader of) that are over and not yet documented. Two queries."""
    if not allows(user, Can.TAKE_ATTENDANCE):
        return []
    since = timezone.now() - dt.timedelta(days=OWED_DAYS)
    own = Session.objects.visible_to(user).filter(starts_at__gte=since, pk__in=documented_by(user).values("session_id"))
    today = timezone.localdate()
    found = lines(user, owed(own))
    for line in found:
        line.due = note_due(line.session)
        line.is_late = line.due < today
    return found


@dataclass(slots=True)
class PersonHours:
    """A patient's week."""

    episode: Episode
    hours: Hours


def _by_name(episodes):
    return episodes.select_related("patient", "program").order_by(
        "patient__legal_last_name", "patient__legal_first_name", "pk"
    )


def open_episodes(user):
    """Open episodes of the patients the reader may see, by name."""
    return _by_name(Episode.objects.visible_to(user).open())


def episodes_of_week(user, week: Week):
    """Episodes in force on any day of the week, of the patients the reader may see, by name."""
    return _by_name(
        Episode.objects.visible_to(user).filter(
            Q(ended_on=None) | Q(ended_on__gt=week.monday), started_on__lte=week.days[-1]
        )
    )


def short_of_hours(user, week: Week, most: int) -> tuple[list[PersonHours], int]:
    """People who can't reach their hours this week with what is booked, the widest gap first, `most` of them; and how
    many more there are. Four queries: only those shown are read whole."""
    goals = list(Episode.objects.visible_to(user).open().only("weekly_goal_minutes"))
    hours = hours_of_week(episodes=goals, week=week)
    short = sorted((pk for pk in hours if hours[pk].short_by), key=lambda pk: (-hours[pk].short_by, pk))
    shown = {e.pk: e for e in Episode.objects.filter(pk__in=short[:most]).select_related("patient")}
    return [PersonHours(shown[pk], hours[pk]) for pk in short[:most]], max(0, len(short) - most)


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


@dataclass(slots=True)
class AppointmentLine:
    """An individual appointment in the week."""

    appointment: Appointment

    @property
    def starts_at(self) -> dt.datetime:
        return self.appointment.starts_at


def appointments(user) -> AppointmentQuerySet:
    """The appointments the reader may open, with their people, in order of time."""
    found = Appointment.objects.visible_to(user).filter(patient__in=Patient.objects.visible_to(user))
    return found.select_related("patient", "provider").order_by("starts_at", "pk")


def todays_appointments(user) -> list[Appointment]:
    """The reader's own appointments of their day. One query."""
    start, end = day_of()
    return list(appointments(user).between(start, end).filter(provider=user))


def appointments_of(user, patient: Patient, limit: int = 8) -> list[Appointment]:
    """The patient's next appointments, and those over whose outcome is not said yet. One query."""
    owed = Q(outcome="", status=Appointment.Status.SCHEDULED)
    coming = Q(ends_at__gt=timezone.now())
    return list(appointments(user).filter(owed | coming, patient=patient)[:limit])


def week_by_day(user, week: Week) -> list[tuple[dt.date, list[Line | AppointmentLine]]]:
    """The week's sessions and appointments that the reader may open, by day in the zone in force, no free weekend.
    Four queries at most."""
    days: dict[dt.date, list[Line | AppointmentLine]] = {day: [] for day in week.days}
    found = Session.objects.visible_to(user).between(week.starts_at, week.ends_at).order_by("starts_at", "pk")
    for line in lines(user, with_progress(found)):
        days[timezone.localdate(line.starts_at)].append(line)
    for appointment in appointments(user).between(week.starts_at, week.ends_at):
        days[timezone.localdate(appointment.starts_at)].append(AppointmentLine(appointment))
    for found in days.values():
        found.sort(key=lambda line: line.starts_at)
    return [(day, found) for day, found in days.items() if found or day.weekday() < 5]


@dataclass(slots=True)
class RosterRow:
    """One person expected at a session, with what is recorded."""

    patient: Patient
    attendance: Attendance | None
    note: ProgressNote | None
    is_visitor: bool = False
    excuse: ExcuseRequest | None = None


def roster(user, session: Session) -> tuple[list[RosterRow], int]:
    """Who is expected at the session, by name, as far as the reader may know them; and how many more. Five queries."""
    bookings = Booking.objects.live().filter(session=session, patient__isnull=False)
    parts = dict(bookings.values_list("patient_id", "part"))
    seen = list(
        Patient.objects.visible_to(user).filter(pk__in=parts).order_by("legal_last_name", "legal_first_name", "pk")
    )
    attendances = {a.patient_id: a for a in Attendance.objects.filter(session=session, patient__in=seen)}
    notes = {n.patient_id: n for n in without_words(ProgressNote.objects.filter(session=session, patient__in=seen))}
    excuses = excuses_of(session)
    rows = [
        RosterRow(p, attendances.get(p.pk), notes.get(p.pk), parts[p.pk] == Booking.Part.VISITOR, excuses.get(p.pk))
        for p in seen
    ]
    return rows, len(parts) - len(seen)


def without_words(notes):
    """The notes without their narrative: a list needs to know that they are there, not to decrypt them."""
    return notes.defer("text", "objective", "topic", "intervention")


def leads_of(session: Session) -> list[Booking]:
    """Who leads the session; of a cancelled one, who was to lead it. One query."""
    bookings = (
        Booking.objects.filter(session=session, user__isnull=False).select_related("user").order_by("-part", "-pk")
    )
    if not session.is_cancelled:
        return list(bookings.live())
    last = {}
    for booking in bookings:
        last.setdefault(booking.part, booking)
    return list(last.values())


def groups_with_seats(user) -> list[Group]:
    """Groups the reader works with, each with `members`, `waiting`, `leads` and `meets` (slots). Four queries."""
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
            Prefetch("slots", Slot.objects.not_over(today), "meets"),
        )
        .order_by("name")
    )


def _number(rows) -> Coalesce:
    counted = rows.filter(group=OuterRef("pk")).order_by().values("group").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def by_name(episodes, sought: str):
    """Episodes whose patient's legal or preferred name has every word of `sought`, or whose record number begins so."""
    for word in sought.split():
        episodes = episodes.filter(
            Q(patient__legal_first_name__icontains=word)
            | Q(patient__legal_last_name__icontains=word)
            | Q(patient__preferred_name__icontains=word)
            | Q(patient__record_number__istartswith=word)
        )
    return episodes


def care_team(patient: Patient) -> list[tuple[str, list[str]]]:
    """Who is on the care team now: (name, parts), one line a person. One query.

    Who is on it because of appointments is said to be so, unless they have another part as well."""
    parts: dict[str, list[str]] = {}
    rows = CareTeamMember.objects.current().filter(patient=patient).select_related("user").order_by("starts_at", "pk")
    for row in rows:
        held = parts.setdefault(str(row.user), [])
        if row.source.startswith(("appointment:", "series:")):
            continue
        if row.get_part_display() not in held:
            held.append(row.get_part_display())
    return [(name, held or [_("Appointments")]) for name, held in parts.items()]


def groups_open(user, groups: Iterable[int]) -> set[int]:
    """Of these groups (ids) those that the reader may open. One query."""
    return set(Group.objects.visible_to(user).filter(pk__in=list(groups)).values_list("pk", flat=True))


def record_of(patient: Patient, limit: int = 12) -> list[Attendance]:
    """The patient's last attendances, each with `written`: its note without its words, or None. Two queries."""
    found = list(
        Attendance.objects.filter(patient=patient)
        .select_related("session__group")
        .order_by("-session__starts_at")[:limit]
    )
    notes = {n.attendance_id: n for n in without_words(ProgressNote.objects.filter(attendance__in=found))}
    for attendance in found:
        attendance.written = notes.get(attendance.pk)
    return found


def openable(user, sessions: Iterable[int]) -> set[int]:
    """Of these sessions (ids) those that the reader may open. One query."""
    return set(Session.objects.visible_to(user).filter(pk__in=list(sessions)).values_list("pk", flat=True))


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
