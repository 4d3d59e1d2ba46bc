"""Who could cover a session: free then, licensed in the home state of everybody expected, qualified for the kind of group."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.access import CLINICAL
from accounts.models import Licence, RoleAssignment, User
from groups.models import Qualification
from scheduling.models import Booking, Session, TimeOff

Place = tuple[Session, str]  # a session and the part to be led: "lead" or "co"


@dataclass(slots=True)
class Candidate:
    """A clinician of the group's program, and what keeps them from covering: (code, words), nothing when they could.

    Codes: not_a_clinician, away, elsewhere, other_part, not_licensed, not_qualified.
    """

    user: User
    reasons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return not self.reasons

    @property
    def why_not(self) -> str:
        """The reasons in words: "busy 9:00–10:00 AM, not licensed in CO"."""
        return ", ".join(words for _code, words in self.reasons)


def day_of(session: Session) -> dt.date:
    """The session's date in its own zone."""
    return session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()


def span_words(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """A time in the zone in force: "9:00–10:30 AM"."""
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    return f"{formats.date_format(start, 'g:i')}–{formats.date_format(end, 'g:i A')}"


def candidates(*, session: Session, part: str) -> list[Candidate]:
    """Who could lead one session in a part, and who could not. Six queries."""
    return candidates_for(places=[(session, part)])[session.pk, part]


def candidates_for(
    *, places: Iterable[Place], users: Iterable[User] | None = None
) -> dict[tuple[int, str], list[Candidate]]:
    """For each (session's id, part) every clinician of its program but those who lead it in that part now, those who fit
    first, then by name. users: only these. Sessions come with their group. Six queries for any number of places and people.
    """
    places = list(places)
    facts = _Facts(places, users)
    return {(session.pk, part): facts.of(session, part) for session, part in places}


class _Facts:
    """Everything the rule asks about the people and sessions, read at once."""

    def __init__(self, places: list[Place], users: Iterable[User] | None):
        sessions = {session.pk: session for session, _part in places}
        self.roles: dict[int, list[RoleAssignment]] = defaultdict(list)  # by program
        self.people: dict[int, User] = {}
        programs = {session.group.program_id for session in sessions.values()}
        held = RoleAssignment.objects.filter(program__in=programs, role__in=CLINICAL, user__is_active=True)
        if users is not None:
            held = held.filter(user__in=users)
        for role in held.select_related("user"):
            self.roles[role.program_id].append(role)
            self.people[role.user_id] = role.user
        first = min((s.starts_at for s in sessions.values()), default=timezone.now())
        last = max((s.ends_at for s in sessions.values()), default=first)
        self.busy: dict[int, list[tuple[dt.datetime, dt.datetime, int | None]]] = defaultdict(list)
        self.parts: dict[tuple[int, str], int] = {}  # (session, part) -> who leads it
        self.states: dict[int, set[str]] = defaultdict(set)  # by session
        bookings = Booking.objects.live()
        for user, start, end, session in bookings.filter(
            user__in=self.people, starts_at__lt=last, ends_at__gt=first
        ).values_list("user", "starts_at", "ends_at", "session"):
            self.busy[user].append((start, end, session))
        for session, part, user, state in (
            bookings.filter(session__in=sessions)
            .order_by()
            .values_list("session", "part", "user", "patient__state")
            .distinct()
        ):
            if user:
                self.parts[session, part] = user
            else:
                self.states[session].add(state)
        self.away: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
        for user, start, end in (
            TimeOff.objects.in_force()
            .filter(user__in=self.people, starts_at__lt=last, ends_at__gt=first)
            .values_list("user", "starts_at", "ends_at")
        ):
            self.away[user].append((start, end))
        self.licences: dict[int, list[tuple[str, dt.date | None]]] = defaultdict(list)
        for user, state, expires_on in Licence.objects.filter(staff__user__in=self.people).values_list(
            "staff__user", "state", "expires_on"
        ):
            self.licences[user].append((state, expires_on))
        self.kinds = set(Qualification.objects.filter(user__in=self.people).values_list("user", "kind"))

    def of(self, session: Session, part: str) -> list[Candidate]:
        day = day_of(session)
        found = {}
        for role in self.roles[session.group.program_id]:
            if role.user_id in found or self.parts.get((session.pk, part)) == role.user_id:
                continue
            if role.starts_on <= day and (role.ends_on is None or role.ends_on >= day):
                found[role.user_id] = Candidate(role.user, self.reasons(role.user_id, session, part, day))
        return sorted(found.values(), key=lambda c: (not c.fits, c.user.last_name, c.user.first_name, c.user.pk))

    def reasons(self, user: int, session: Session, part: str, day: dt.date) -> list[tuple[str, str]]:
        """Why this person can't lead the session."""
        found = []
        if self.parts.get((session.pk, "co" if part == "lead" else "lead")) == user:
            found.append(("other_part", _("is there already")))
        for start, end, other in sorted(self.busy[user], key=lambda one: one[0]):
            if other != session.pk and start < session.ends_at and end > session.starts_at:
                found.append(("elsewhere", _("busy %(when)s") % {"when": span_words(start, end)}))
        if any(start < session.ends_at and end > session.starts_at for start, end in self.away[user]):
            found.append(("away", _("away")))
        valid = {state for state, expires in self.licences[user] if expires is None or expires >= day}
        if missing := sorted(self.states[session.pk] - valid):
            found.append(("not_licensed", _("not licensed in %(states)s") % {"states": ", ".join(missing)}))
        if (user, session.group.kind) not in self.kinds:
            kind = session.group.get_kind_display().lower()
            found.append(("not_qualified", _("not qualified for %(kind)s") % {"kind": kind}))
        return found
