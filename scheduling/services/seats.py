"""Who is expected at which session: bookings follow memberships and facilitators, by one rule in one place."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups import services as groups
from groups.models import Facilitator, Group, Membership, WaitlistEntry
from patients.models import Episode
from scheduling.models import Booking, Session

# A session's date is that of its start in its own zone, also after a move.
_DAY = "(s.starts_at AT TIME ZONE s.zone)::date"
_LATER = "s.group_id = ANY(%(groups)s) AND s.ends_at > %(now)s"
_MEMBER = f"m.group_id = s.group_id AND m.joined_on <= {_DAY} AND (m.left_on IS NULL OR m.left_on > {_DAY})"
_FACILITATOR = f"f.group_id = s.group_id AND f.joined_on <= {_DAY} AND (f.left_on IS NULL OR f.left_on > {_DAY})"

_RELEASE = f"""
UPDATE scheduling_booking b SET released_at = %(now)s
FROM scheduling_session s
WHERE s.id = b.session_id AND b.released_at IS NULL AND {_LATER} AND (
    s.status <> 'scheduled'
    OR (b.membership_id IS NOT NULL AND s.starts_at > %(now)s AND NOT EXISTS (
        SELECT FROM groups_membership m WHERE m.id = b.membership_id AND {_MEMBER}))
    OR (b.user_id IS NOT NULL AND s.starts_at > %(now)s AND NOT EXISTS (
        SELECT FROM groups_facilitator f WHERE f.user_id = b.user_id AND f.part = b.part AND {_FACILITATOR}))
)
"""  # noqa: S608 - of our own words

# ON CONFLICT DO NOTHING: a person who is elsewhere at that time stays unbooked, and pages name them (`unseated`).
_BOOK_MEMBERS = f"""
INSERT INTO scheduling_booking (session_id, starts_at, ends_at, part, patient_id, membership_id)
SELECT s.id, s.starts_at, s.ends_at, 'member', m.patient_id, m.id
FROM scheduling_session s JOIN groups_membership m ON {_MEMBER}
WHERE {_LATER} AND s.status = 'scheduled' AND NOT EXISTS (
    SELECT FROM scheduling_booking b WHERE b.session_id = s.id AND b.patient_id = m.patient_id AND b.released_at IS NULL)
ORDER BY m.patient_id, s.starts_at
ON CONFLICT DO NOTHING
"""  # noqa: S608 - of our own words

_BOOK_FACILITATORS = f"""
INSERT INTO scheduling_booking (session_id, starts_at, ends_at, part, user_id)
SELECT s.id, s.starts_at, s.ends_at, f.part, f.user_id
FROM scheduling_session s JOIN groups_facilitator f ON {_FACILITATOR}
WHERE {_LATER} AND s.status = 'scheduled' AND NOT EXISTS (
    SELECT FROM scheduling_booking b WHERE b.session_id = s.id AND b.user_id = f.user_id AND b.released_at IS NULL)
ORDER BY f.user_id, s.starts_at
ON CONFLICT DO NOTHING
"""  # noqa: S608 - of our own words


def reconcile_bookings(*, group_ids: Iterable[int], now: dt.datetime | None = None) -> None:
    """Bring the bookings of these groups' coming sessions in line with their members, leaders and cancellations.

    Sessions that are over are never touched, nor a member's booking of one that has begun. Three queries for any number of
    rows. The caller holds the groups' row locks.
    """
    values = {"groups": list(group_ids), "now": now or timezone.now()}
    with connection.cursor() as cursor:
        for statement in (_RELEASE, _BOOK_FACILITATORS, _BOOK_MEMBERS):
            cursor.execute(statement, values)


def release_unexpected(session: Session) -> None:
    """Release the bookings of those who are not in the group on the day the session (not saved yet) now begins. Two queries."""
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    members = Membership.objects.current(day).filter(group=session.group_id)
    leaders = Facilitator.objects.current(day).filter(group=session.group_id).values_list("user", "part")
    stay = Q(membership__in=members)
    for user, part in leaders:
        stay |= Q(user=user, part=part)
    Booking.objects.live().filter(session=session).exclude(stay).update(released_at=timezone.now())


def unseated(*, memberships: Iterable[Membership]) -> list[tuple[Session, Membership, Booking | None]]:
    """Coming sessions that these members should be at but are not booked for, each with the booking that stands in the way,
    if one does. Two queries."""
    return _not_booked(memberships, "patient_id")


def unled(*, facilitators: Iterable[Facilitator]) -> list[tuple[Session, Facilitator, Booking | None]]:
    """The same for those who lead. Two queries."""
    return _not_booked(facilitators, "user_id")


def _not_booked(places: Iterable, who: str) -> list[tuple]:
    places = list(places)
    now = timezone.now()
    sessions = (
        Session.objects.scheduled()
        .filter(group__in={p.group_id for p in places}, starts_at__gt=now)
        .select_related("group")
    )
    theirs: dict[int, list[Booking]] = defaultdict(list)
    people = {f"{who}__in": {getattr(p, who) for p in places}}
    for booking in Booking.objects.live().filter(**people, ends_at__gt=now).select_related("session__group"):
        theirs[getattr(booking, who)].append(booking)
    found = []
    for session in sessions:
        day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
        for place in places:
            if place.group_id != session.group_id or place.joined_on > day or (place.left_on and place.left_on <= day):
                continue
            mine = theirs[getattr(place, who)]
            if any(b.session_id == session.pk for b in mine):
                continue
            blockers = (b for b in mine if b.starts_at < session.ends_at and b.ends_at > session.starts_at)
            found.append((session, place, next(blockers, None)))
    return found


@in_one_piece
def seat_member(*, group: Group, episode: Episode, joined_on: dt.date) -> Membership:
    """Join the group and be booked for its coming sessions.

    Raises Refusal: those of `groups.services.join_group`, and elsewhere (at the same time in another group).
    """
    membership = groups.join_group(group=group, episode=episode, joined_on=joined_on)
    reconcile_bookings(group_ids=[group.pk])
    clashes = [(session, other) for session, _member, other in unseated(memberships=[membership]) if other]
    if clashes:
        session, other = clashes[0]
        raise Refusal(
            ngettext(
                "%(name)s is then in “%(other)s” (%(when)s). Nobody can be in two places at once.",
                "%(name)s is then in “%(other)s” (%(when)s, and %(more)s more times). Nobody can be in two places at once.",
                len(clashes),
            )
            % {
                "name": episode.patient,
                "other": other.session.group,
                "when": formats.date_format(timezone.localtime(session.starts_at), "D g:i A"),
                "more": len(clashes) - 1,
            },
            "elsewhere",
            "episode",
        )
    return membership


@in_one_piece
def seat_waiting(*, entry: WaitlistEntry) -> Membership:
    """Give a waiting person a free seat from today. Raises Refusal (not_waiting) and those of `seat_member`."""
    groups.lock_group(entry.group)
    entry = WaitlistEntry.objects.select_related("group", "episode__patient").get(pk=entry.pk)
    if entry.ended_at is not None:
        raise Refusal(_("%(name)s no longer waits for this group.") % {"name": entry.episode.patient}, "not_waiting")
    return seat_member(group=entry.group, episode=entry.episode, joined_on=timezone.localdate())


@in_one_piece
def leave_group(*, membership: Membership, left_on: dt.date, reason: str) -> Membership:
    """Leave the group and its coming sessions from `left_on` on. Raises the Refusals of `groups.services.leave_group`."""
    membership = groups.leave_group(membership=membership, left_on=left_on, reason=reason)
    reconcile_bookings(group_ids=[membership.group_id])
    return membership


@in_one_piece
def lead_group(*, group: Group, user: User, part: Facilitator.Part, from_day: dt.date) -> Facilitator:
    """Lead the group and its coming sessions from `from_day`.

    Raises Refusal: those of `groups.services.set_facilitator`, and elsewhere (leads another session at that time).
    """
    facilitator = groups.set_facilitator(group=group, user=user, part=part, from_day=from_day)
    reconcile_bookings(group_ids=[group.pk])
    for _session, _facilitator, other in unled(facilitators=[facilitator]):
        if other:
            raise Refusal(
                _("%(name)s leads “%(other)s” at that time. Nobody can be in two places at once.")
                % {"name": user, "other": other.session.group},
                "elsewhere",
                "user",
            )
    return facilitator
