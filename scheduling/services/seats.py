"""Who is expected at which session: bookings follow memberships and facilitators, by one rule in one place."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import formats
from core.errors import Refusal
from core.transactions import in_one_piece
from groups import services as groups
from groups.models import Facilitator, Group, Membership, WaitlistEntry
from patients.models import Episode
from scheduling.models import Booking, Session
from scheduling.services.clashes import name_of
from scheduling.services.cover_requests import follow_requests
from scheduling.services.leaders import part_with, welcome
from scheduling.services.windows import follow_windows

# A session's date is that of its start in its own zone, also after a move.
_DAY = "(s.starts_at AT TIME ZONE s.zone)::date"
_LATER = "s.group_id = ANY(%(groups)s) AND s.ends_at > %(now)s"
_MEMBER = f"m.group_id = s.group_id AND m.joined_on <= {_DAY} AND (m.left_on IS NULL OR m.left_on > {_DAY})"
_FACILITATOR = f"f.group_id = s.group_id AND f.joined_on <= {_DAY} AND (f.left_on IS NULL OR f.left_on > {_DAY})"

# Who is to lead each coming session, in which part: whom the session names, else whom its slot names, else the group's
# facilitator of that day. Nobody has both parts: the lead goes before.
_LEADERS = f"""
SELECT * FROM (
    SELECT s.id AS session_id, s.starts_at, s.ends_at, part, COALESCE(
        CASE part WHEN 'lead' THEN s.lead_id ELSE s.co_id END,
        CASE part WHEN 'lead' THEN l.lead_id ELSE l.co_id END,
        (SELECT f.user_id FROM groups_facilitator f WHERE f.part = parts.part AND {_FACILITATOR}
         ORDER BY f.joined_on DESC LIMIT 1)) AS user_id
    FROM scheduling_session s LEFT JOIN scheduling_slot l ON l.id = s.slot_id, (VALUES ('lead'), ('co')) AS parts(part)
    WHERE {_LATER} AND s.status = 'scheduled'
) named WHERE user_id IS NOT NULL
"""  # noqa: S608 - of our own words

_RELEASE = f"""
WITH leaders AS ({_LEADERS})
UPDATE scheduling_booking b SET released_at = %(now)s
FROM scheduling_session s
WHERE s.id = b.session_id AND b.released_at IS NULL AND {_LATER} AND (
    s.status <> 'scheduled'
    OR (b.membership_id IS NOT NULL AND s.starts_at > %(now)s AND NOT EXISTS (
        SELECT FROM groups_membership m WHERE m.id = b.membership_id AND {_MEMBER}))
    OR (b.user_id IS NOT NULL AND s.starts_at > %(now)s AND NOT EXISTS (
        SELECT FROM leaders n WHERE n.session_id = s.id AND n.part = b.part AND n.user_id = b.user_id))
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
WITH leaders AS ({_LEADERS})
INSERT INTO scheduling_booking (session_id, starts_at, ends_at, part, user_id)
SELECT n.session_id, n.starts_at, n.ends_at, n.part, n.user_id
FROM leaders n
WHERE NOT EXISTS (
    SELECT FROM scheduling_booking b
    WHERE b.session_id = n.session_id AND b.user_id = n.user_id AND b.released_at IS NULL)
ORDER BY n.user_id, n.starts_at, n.part DESC
ON CONFLICT DO NOTHING
"""  # noqa: S608 - of our own words


def reconcile_bookings(*, group_ids: Iterable[int], now: dt.datetime | None = None, by: User | None = None) -> None:
    """Bring the bookings of these groups' coming sessions in line with their members, leaders and cancellations.

    Sessions that are over are never touched, nor a member's booking of one that has begun; a visitor's only when the session
    is cancelled. Care-team access for one session and requests for cover follow from the bookings, so they follow here. Six
    queries for any number of rows, and eight more when new cover is wanted (of which `by` is not told). The caller holds the
    groups' row locks.
    """
    values = {"groups": list(group_ids), "now": now or timezone.now()}
    with connection.cursor() as cursor:
        for statement in (_RELEASE, _BOOK_FACILITATORS, _BOOK_MEMBERS):
            cursor.execute(statement, values)
    follow_windows(group_ids=values["groups"], now=values["now"])
    follow_requests(group_ids=values["groups"], now=values["now"], by=by)


def release_unexpected(session: Session) -> None:
    """Release the bookings of those who are not in the group on the day the session (not saved yet) now begins. Two queries.

    Visitors, and whom the session or its slot names to lead, come along.
    """
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    members = Membership.objects.current(day).filter(group=session.group_id)
    parts = dict(Facilitator.objects.current(day).filter(group=session.group_id).values_list("part", "user"))
    for source in (session.slot, session):
        for part in ("lead", "co"):
            if source and (named := getattr(source, f"{part}_id")):
                parts[part] = named
    stay = Q(membership__in=members) | Q(part=Booking.Part.VISITOR)
    for part, user in parts.items():
        stay |= Q(user=user, part=part)
    Booking.objects.live().filter(session=session).exclude(stay).update(released_at=timezone.now())


def unseated(*, memberships: Iterable[Membership]) -> list[tuple[Session, Membership, Booking | None]]:
    """Coming sessions that these members should be at but are not booked for, each with the booking that stands in the way,
    if one does. Two queries."""
    return _not_booked(memberships)


def unled(*, group: Group) -> list[tuple[Session, User, Booking | None]]:
    """Coming sessions of the group that somebody is to lead but is not booked for, with the booking that stands in the way, if
    one does. Three queries."""
    with connection.cursor() as cursor:
        cursor.execute(_LEADERS, {"groups": [group.pk], "now": timezone.now()})
        named = [(row[0], row[4]) for row in cursor.fetchall()]
    users = User.objects.in_bulk({user for _session, user in named})
    sessions = Session.objects.scheduled().filter(pk__in={pk for pk, _user in named}, starts_at__gt=timezone.now())
    sessions = sessions.select_related("group").in_bulk()
    theirs = _bookings_of("user_id", users)
    return [
        (sessions[pk], users[user], _in_the_way(sessions[pk], theirs[user]))
        for pk, user in named
        if pk in sessions and not any(b.session_id == pk for b in theirs[user])
    ]


def _bookings_of(who: str, people: Iterable[int]) -> dict[int, list[Booking]]:
    """The coming bookings of these people, by their id. One query."""
    found: dict[int, list[Booking]] = defaultdict(list)
    rows = Booking.objects.live().filter(**{f"{who}__in": list(people)}, ends_at__gt=timezone.now())
    for booking in rows.select_related("session__group", "appointment"):
        found[getattr(booking, who)].append(booking)
    return found


def _in_the_way(session: Session, bookings: Iterable[Booking]) -> Booking | None:
    return next((b for b in bookings if b.starts_at < session.ends_at and b.ends_at > session.starts_at), None)


def _not_booked(places: Iterable[Membership]) -> list[tuple[Session, Membership, Booking | None]]:
    places = list(places)
    now = timezone.now()
    sessions = (
        Session.objects.scheduled()
        .filter(group__in={p.group_id for p in places}, starts_at__gt=now)
        .select_related("group")
    )
    theirs = _bookings_of("patient_id", {p.patient_id for p in places})
    found = []
    for session in sessions:
        day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
        for place in places:
            if place.group_id != session.group_id or place.joined_on > day or (place.left_on and place.left_on <= day):
                continue
            mine = theirs[place.patient_id]
            if not any(b.session_id == session.pk for b in mine):
                found.append((session, place, _in_the_way(session, mine)))
    return found


@in_one_piece
def seat_member(*, group: Group, episode: Episode, joined_on: dt.date, by: User | None = None) -> Membership:
    """Join the group and be booked for its coming sessions. by: to whom a refusal names the other thing.

    Raises Refusal: those of `groups.services.join_group`, and elsewhere (at the same time in another group).
    """
    membership = groups.join_group(group=group, episode=episode, joined_on=joined_on)
    reconcile_bookings(group_ids=[group.pk])
    clashes = [(session, other) for session, _member, other in unseated(memberships=[membership]) if other]
    if clashes:
        session, other = clashes[0]
        raise Refusal(
            ngettext(
                "%(name)s is then in %(other)s (%(when)s). Nobody can be in two places at once.",
                "%(name)s is then in %(other)s (%(when)s, and %(more)s more times). Nobody can be in two places at once.",
                len(clashes),
            )
            % {
                "name": episode.patient,
                "other": name_of(other, by),
                "when": formats.date_format(timezone.localtime(session.starts_at), "D g:i A"),
                "more": len(clashes) - 1,
            },
            "elsewhere",
            "episode",
        )
    welcome(membership)
    return membership


@in_one_piece
def seat_waiting(*, entry: WaitlistEntry, by: User | None = None) -> Membership:
    """Give a waiting person a free seat from today. Raises Refusal (not_waiting) and those of `seat_member`."""
    groups.lock_group(entry.group)
    entry = WaitlistEntry.objects.select_related("group", "episode__patient").get(pk=entry.pk)
    if entry.ended_at is not None:
        raise Refusal(_("%(name)s no longer waits for this group.") % {"name": entry.episode.patient}, "not_waiting")
    return seat_member(group=entry.group, episode=entry.episode, joined_on=timezone.localdate(), by=by)


@in_one_piece
def leave_group(*, membership: Membership, left_on: dt.date, reason: str) -> Membership:
    """Leave the group and its coming sessions from `left_on` on. Raises the Refusals of `groups.services.leave_group`."""
    membership = groups.leave_group(membership=membership, left_on=left_on, reason=reason)
    reconcile_bookings(group_ids=[membership.group_id])
    part_with(membership)
    return membership


@in_one_piece
def lead_group(
    *, group: Group, user: User, part: Facilitator.Part, from_day: dt.date, by: User | None = None
) -> Facilitator:
    """Lead the group and its coming sessions from `from_day`.

    Raises Refusal: those of `groups.services.set_facilitator`, and elsewhere (leads another session at that time).
    """
    facilitator = groups.set_facilitator(group=group, user=user, part=part, from_day=from_day)
    reconcile_bookings(group_ids=[group.pk])
    for _session, leader, other in unled(group=group):
        if other and leader == user:
            raise Refusal(
                _("%(name)s leads %(other)s at that time. Nobody can be in two places at once.")
                % {"name": user, "other": name_of(other, by)},
                "elsewhere",
                "user",
            )
    return facilitator
