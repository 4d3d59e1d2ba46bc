"""Requests for cover follow time off and bookings, so that none is forgotten: also of sessions made or moved later."""

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from accounts.models import User
from messaging.models import Delivery
from messaging.services import plan
from scheduling.models import CoverRequest
from scheduling.services.candidates import candidates_for

# Somebody else leads it in that part now, it is cancelled, or its leader is there after all.
_WITHDRAW = """
UPDATE scheduling_coverrequest r SET closed_at = %(now)s, outcome = 'withdrawn'
FROM scheduling_session s
WHERE s.id = r.session_id AND r.closed_at IS NULL AND s.group_id = ANY(%(groups)s) AND s.starts_at > %(now)s AND (
    s.status <> 'scheduled'
    OR EXISTS (
        SELECT FROM scheduling_booking b
        WHERE b.session_id = s.id AND b.part = r.part AND b.released_at IS NULL AND b.user_id <> r.absent_id)
    OR EXISTS (
        SELECT FROM scheduling_timeoff t
        WHERE t.id = r.time_off_id
          AND (t.withdrawn_at IS NOT NULL OR t.starts_at >= s.ends_at OR t.ends_at <= s.starts_at))
)
"""
_OPEN = """
INSERT INTO scheduling_coverrequest (uid, created_at, session_id, part, absent_id, time_off_id, outcome)
SELECT DISTINCT ON (b.session_id, b.part) gen_random_uuid(), %(now)s, b.session_id, b.part, b.user_id, t.id, ''
FROM scheduling_booking b
JOIN scheduling_session s ON s.id = b.session_id
JOIN scheduling_timeoff t ON t.user_id = b.user_id AND t.withdrawn_at IS NULL
    AND t.starts_at < b.ends_at AND t.ends_at > b.starts_at
WHERE b.released_at IS NULL AND s.status = 'scheduled' AND s.starts_at > %(now)s AND s.group_id = ANY(%(groups)s)
ORDER BY b.session_id, b.part, t.starts_at
ON CONFLICT (session_id, part) WHERE closed_at IS NULL DO NOTHING
RETURNING id
"""


def follow_requests(*, group_ids: Iterable[int], now: dt.datetime | None = None, by: User | None = None) -> list[int]:
    """Open a request for every coming session of these groups whose leader is away, close those no longer needed, and tell who
    could cover (but `by`). Returns the ids of the new ones. Two queries; eight when there are new ones, however many.

    The caller holds the groups' row locks.
    """
    values = {"groups": list(group_ids), "now": now or timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, values)
        cursor.execute(_OPEN, values)
        opened = [pk for (pk,) in cursor.fetchall()]
    if opened:
        ask(opened, by=by)
    return opened


def ask(request_ids: Iterable[int], *, by: User | None = None) -> None:
    """Tell everybody who could take one of these requests, but `by`: one message each, about the first. Eight queries."""
    requests = CoverRequest.objects.filter(pk__in=list(request_ids)).select_related("session__group")
    requests = list(requests.order_by("session__starts_at", "pk"))
    found = candidates_for(places=[(r.session, r.part) for r in requests])
    first: dict[int, Delivery] = {}
    now = timezone.now()
    for request in requests:
        for candidate in found[request.session_id, request.part]:
            if not candidate.fits or candidate.user == by:
                continue
            message = first.setdefault(
                candidate.user.pk,
                Delivery(kind="cover_wanted", subject_id=request.pk, recipient=candidate.user, variant=0, due_at=now),
            )
            message.expires_at = request.session.starts_at  # useless once the last of them begins
    plan(message for message in first.values() if message.expires_at > now)
