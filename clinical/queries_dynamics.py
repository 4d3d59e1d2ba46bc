"""A group over its sessions, for its leaders: scales, roles, stage, how its members take part, how safe they say it felt."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.utils import timezone

from clinical.models import Attendance, GroupObservation, GroupRole
from clinical.models.dynamics import SCALES
from clinical.services.measures import climate_of
from groups.models import Group
from patients.models import Patient
from scheduling.models import Session

SESSIONS = 12


@dataclass(slots=True)
class ScaleRow:
    """One scale over the sessions: a value each, None where it was not rated."""

    name: str
    label: str
    values: list[int | None]

    @property
    def latest(self) -> int | None:
        return next((v for v in reversed(self.values) if v is not None), None)

    @property
    def places(self) -> list[tuple[int, int]]:
        """Places on a picture 4 high: (session's number, 4 - value), without those not rated."""
        return [(at, 4 - value) for at, value in enumerate(self.values) if value is not None]

    @property
    def line(self) -> str:
        """The line as an SVG path. It is broken where a session was not rated: nobody knows what it was like."""
        words, last = [], None
        for at, height in self.places:
            words.append(f"{'L' if last == at - 1 else 'M'}{at} {height}")
            last = at
        return " ".join(words)

    @property
    def dots(self) -> str:
        """A dot for each rating, as an SVG path of points without length (round caps draw them)."""
        return " ".join(f"M{at} {height}h0" for at, height in self.places)


@dataclass(slots=True)
class MemberRow:
    """How one member took part: participation of each session, None for not rated, "–" for absent or not expected."""

    patient: Patient
    cells: list[Attendance | None]


@dataclass(slots=True)
class Workspace:
    """What the leaders' page shows of the last sessions, the earliest first."""

    sessions: list[Session]
    scales: list[ScaleRow]
    stages: list[str]
    roles: list[tuple[str, int]]
    climate: list[tuple[float, int] | None]
    members: list[MemberRow]
    joined: int
    left: int
    observed: dict[int, GroupObservation] = field(default_factory=dict)

    @property
    def climate_by_session(self) -> list[tuple[Session, tuple[float, int]]]:
        """Where five people or more answered."""
        return [(s, c) for s, c in zip(self.sessions, self.climate, strict=True) if c]

    @property
    def last(self) -> int:
        """The number of the last session, where a line ends."""
        return max(1, len(self.sessions) - 1)

    @property
    def width(self) -> str:
        """The width of a picture, with room for the first and last dot."""
        return f"{self.last + 0.6:.1f}"


def workspace_of(user, group: Group) -> Workspace:
    """The group's last sessions that have begun. Six queries for any number of members."""
    found = Session.objects.scheduled().filter(group=group, starts_at__lte=timezone.now()).order_by("-starts_at")
    sessions = list(found[:SESSIONS])[::-1]
    observed = {o.session_id: o for o in GroupObservation.objects.filter(session__in=sessions).defer("text")}
    rows = [observed.get(s.pk) for s in sessions]
    names = {f.name: str(f.verbose_name) for f in GroupObservation._meta.concrete_fields}
    scales = [ScaleRow(name, names[name], [getattr(o, name) if o else None for o in rows]) for name in SCALES]
    roles = Counter(role for o in rows if o for role in o.roles)
    climate = climate_of(sessions)
    since = sessions[0].starts_at.date() if sessions else timezone.localdate()
    return Workspace(
        sessions,
        scales,
        [o.get_stage_display() if o and o.stage else "" for o in rows],
        [(str(GroupRole(name).label), n) for name, n in roles.most_common()],
        [climate.get(s.pk) for s in sessions],
        _members(user, group, sessions),
        group.memberships.filter(joined_on__gt=since).count(),
        group.memberships.filter(left_on__gt=since, left_on__lte=timezone.localdate()).count(),
        observed,
    )


def _members(user, group: Group, sessions: list[Session]) -> list[MemberRow]:
    """Present members whom the reader may see, and how each took part. Two queries."""
    people = list(
        Patient.objects.visible_to(user)
        .filter(memberships__in=group.memberships.current())
        .distinct()
        .order_by("legal_last_name", "legal_first_name", "pk")
    )
    by_person: dict[int, dict[int, Attendance]] = defaultdict(dict)
    for attendance in Attendance.objects.filter(session__in=sessions, patient__in=people):
        by_person[attendance.patient_id][attendance.session_id] = attendance
    return [MemberRow(person, [by_person[person.pk].get(s.pk) for s in sessions]) for person in people]


def to_observe(user, since: dt.timedelta = dt.timedelta(days=14)) -> list[Session]:
    """Sessions of the reader's own groups in the last two weeks that nobody has observed yet, the latest first. One query."""
    from clinical.services.dynamics import groups_led

    now = timezone.now()
    found = Session.objects.scheduled().filter(group__in=groups_led(user), observation=None)
    return list(
        found.filter(starts_at__gt=now - since, ends_at__lte=now).select_related("group").order_by("-starts_at")[:10]
    )
