"""The outbox itself: write rows, claim what is due in batches, hand it on to be sent, mark many rows at once."""

import datetime as dt
import uuid
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from messaging.models import Delivery
from messaging.services.sending import deliver

State = Delivery.State

BATCH = 100
LEASE = dt.timedelta(minutes=5)  # a batch's claim; a row that is being sent has one of its own (SENDING_LEASE)

# One statement. MATERIALIZED: the rows are locked once and for all, whatever plan is chosen. A row that was `sending` when its
# lease ran out stays so: its outcome is open. Its columns are named, so that it does not depend on their order in the table.
CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM messaging_delivery
    WHERE state IN ('planned', 'claimed', 'sending') AND due_at <= %(now)s
      AND (leased_until IS NULL OR leased_until < %(now)s)
    ORDER BY due_at, id LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE messaging_delivery d
SET lease = %(lease)s, leased_until = %(until)s, state = CASE d.state WHEN 'sending' THEN d.state ELSE 'claimed' END
FROM due WHERE d.id = due.id
RETURNING d.id, d.kind, d.subject_id, d.recipient_id, d.channel, d.tried, d.variant, d.due_at, d.expires_at, d.state, d.reason,
    d.attempts, d.lease, d.leased_until, d.sent_at, d.provider_ref, d.created_at
"""


def plan(deliveries: Iterable[Delivery]) -> None:
    """Write rows to the outbox, in the caller's transaction. One that is already there stays as it is. One query."""
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=5000)


def claim_due(*, limit: int = BATCH, now: dt.datetime | None = None) -> list[Delivery]:
    """Take up to `limit` due rows under a new lease, the longest due first; rows another worker holds are passed over.

    One query. A row that was `sending` when its lease ran out stays so: its outcome is open.
    """
    moment = now or timezone.now()
    values = {"now": moment, "limit": limit, "lease": uuid.uuid4(), "until": moment + LEASE}
    return sorted(Delivery.objects.raw(CLAIM, values), key=lambda row: (row.due_at, row.pk))


def send_due(*, limit: int | None = None, batch: int = BATCH) -> Counter:
    """Claim and send until nothing is due (or `limit` rows were handled). Returns a count by outcome."""
    outcomes: Counter = Counter()
    while (left := batch if limit is None else min(batch, limit - outcomes.total())) > 0:
        rows = deque(claim_due(limit=left))
        if not rows:
            break
        try:
            while rows:
                outcomes[deliver(rows[0])] += 1
                rows.popleft()
        except BaseException:
            _put_back(rows)
            raise
    return outcomes


def _put_back(rows: Sequence[Delivery]) -> None:
    """This worker goes; others need not wait for its lease to run out. What it was sending stays as it is."""
    if not connection.in_atomic_block:
        connection.close()  # it may be what is broken
    with suppress(DatabaseError, InterfaceError):
        mark(rows, State.PLANNED)


def mark(rows: Sequence[Delivery], state: State, *, reason: str = "") -> int:
    """Bring rows of one claim to the same state at once and let their lease go. Returns how many were still ours. One query."""
    left = timezone.now() if state == State.SENT else None
    ours = Delivery.objects.filter(pk__in=[row.pk for row in rows], lease=rows[0].lease, state=State.CLAIMED)
    return ours.update(
        state=state, lease=None, leased_until=None, sent_at=left, **({"reason": reason} if reason else {})
    )
