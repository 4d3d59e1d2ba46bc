"""State and licence: where people are, against where whoever leads them is licensed. It refuses nothing: the door does."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import DateField, Exists, F, Func, OuterRef, Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import CLINICAL, Role
from accounts.models import Licence, Program, RoleAssignment, StaffProfile, User
from groups.models import Group
from scheduling.models import Booking, Session, SessionQuerySet
from scheduling.services.horizon import HORIZON_WEEKS

EXPIRES_SOON = dt.timedelta(days=60)


def _uncovered(sessions: SessionQuerySet | Iterable[Session]):
    """Bookings of patients at these sessions in whose home state nobody who leads there is licensed on that day.

    A day is that of the session in its own zone. A session nobody leads has nobody licensed.
    """
    day = Func(F("session__zone"), F("starts_at"), template="timezone(%(expressions)s)::date", output_field=DateField())
    valid = Licence.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=OuterRef("day")),
        state=OuterRef("patient__state"),
        staff__user__bookings__session=OuterRef("session"),
        staff__user__bookings__released_at=None,
    )
    expected = Booking.objects.live().filter(session__in=sessions, patient__isnull=False)
    return expected.annotate(day=day).filter(~Exists(valid)).order_by()


def coming() -> SessionQuerySet:
    """Sessions of the eight weeks that are planned ahead."""
    now = timezone.now()
    return Session.objects.scheduled().between(now, now + dt.timedelta(weeks=HORIZON_WEEKS, days=1))


def licence_gaps(sessions: SessionQuerySet | Iterable[Session]) -> dict[int, list[str]]:
    """For each of these sessions (by id) that has any, the home states of its members and visitors in which none of those who
    lead it holds a licence valid on the day. One query for any number of sessions."""
    found: dict[int, list[str]] = defaultdict(list)
    for pk, state in _uncovered(sessions).values_list("session", "patient__state").distinct():
        found[pk].append(state)
    return {pk: sorted(states) for pk, states in found.items()}


def licence_warning(of: Group | Iterable[Session], *, states: Iterable[str] | None = None) -> str:
    """A sentence that names the states nobody who leads is licensed in, for a group's coming sessions or for these; "" when
    there are none. It names no patient. states: only these. Two queries at most."""
    sessions = list(coming().filter(group=of) if isinstance(of, Group) else of)
    gaps = licence_gaps(sessions)
    wanted = None if states is None else set(states)
    first = {}
    missing = set()
    for session in sessions:
        named = [s for s in gaps.get(session.pk, ()) if wanted is None or s in wanted]
        missing.update(named)
        if named and (not first or session.starts_at < first["session"].starts_at):
            first = {"session": session}
    if not missing:
        return ""
    return _("Nobody who leads is licensed in %(states)s, where members live: from %(when)s on.") % {
        "states": ", ".join(sorted(missing)),
        "when": formats.date_format(timezone.localtime(first["session"].starts_at), "D, M j"),
    }


def sessions_with_gaps(user: User) -> int:
    """How many coming sessions that the reader may open have such a gap. One query."""
    return _uncovered(coming().filter(pk__in=_open_to(user))).values("session").distinct().count()


def _open_to(user: User):
    return Session.objects.visible_to(user).values("pk")


def licensed_states(session: Session) -> set[str]:
    """The states in which somebody who leads this session holds a licence that is valid today. One query."""
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    leading = Booking.objects.live().filter(session=session, user__isnull=False)
    valid = Licence.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=today), staff__user__in=leading.values("user")
    )
    return set(valid.values_list("state", flat=True))


def licensed_staff(program: Program, states: Iterable[str]) -> dict[str, list[User]]:
    """Of these states, who of a program's clinical staff holds a licence there that is valid today. One query; none for none."""
    wanted = set(states)
    found: dict[str, list[User]] = {state: [] for state in wanted}
    if not wanted:
        return found
    clinical = RoleAssignment.objects.current().filter(program=program, role__in=CLINICAL)
    valid = Licence.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=program.today),
        state__in=wanted,
        staff__user__in=clinical.values("user"),
        staff__user__is_active=True,
    )
    for licence in valid.select_related("staff__user").order_by("staff__user__last_name", "staff__user__first_name"):
        if licence.staff.user not in found[licence.state]:
            found[licence.state].append(licence.staff.user)
    return found


@dataclass(slots=True)
class Gap:
    """One group's coming sessions for which nobody is licensed in a state."""

    group: Group
    state: str
    sessions: list[Session]

    @property
    def words(self) -> str:
        return ngettext("%(n)s session", "%(n)s sessions", len(self.sessions)) % {"n": len(self.sessions)}


def gaps_by_group(user: User) -> list[Gap]:
    """The coming sessions with a gap that the reader may open, by group and state, the soonest first. Two queries."""
    sessions = {
        s.pk: s
        for s in coming().filter(pk__in=_open_to(user)).select_related("group__program").order_by("starts_at", "pk")
    }
    found: dict[tuple[int, str], Gap] = {}
    gaps = licence_gaps(list(sessions))
    for pk, session in sessions.items():
        for state in gaps.get(pk, ()):
            found.setdefault((session.group_id, state), Gap(session.group, state, [])).sessions.append(session)
    return sorted(found.values(), key=lambda gap: (gap.sessions[0].starts_at, gap.group.name, gap.state))


def expiring_soon(user: User) -> list[Licence]:
    """Licences that expire within 60 days (or have): of clinicians of the programs the reader coordinates or runs, of whom they
    supervise, and their own. Two queries."""
    people = Q(staff__user=user) | Q(staff__in=StaffProfile.objects.filter(supervisor=user))
    if programs := user.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN):
        held = RoleAssignment.objects.current().filter(program__in=programs, role__in=CLINICAL)
        people |= Q(staff__user__in=held.values("user"))
    until = timezone.localdate() + EXPIRES_SOON
    return list(
        Licence.objects.filter(people, expires_on__lte=until, staff__user__is_active=True)
        .select_related("staff__user")
        .order_by("expires_on", "pk")
    )
