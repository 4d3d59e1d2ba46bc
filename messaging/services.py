"""Deeds of the outbox: plan, claim, send.

What is promised: never lost, never twice where the provider can be asked, never silently uncertain. A row is claimed under a
lease, marked `sending` just before the provider is called, and composed anew under its lock, so that what is no longer true is
not sent. A worker that dies leaves a lease that runs out: a row still `claimed` is simply sent; a row in `sending` is looked up
at the provider first, and where it can't be asked is parked as `unknown` for a person.
"""

import datetime as dt
import logging
import random
import smtplib
import uuid
from collections import Counter
from collections.abc import Iterable

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from messaging.channels import Uncertain, way
from messaging.kinds import Later, Skip, compose, kind_of
from messaging.models import Channel, Delivery
from messaging.texts import render

log = logging.getLogger(__name__)
State = Delivery.State

BATCH = 100
LEASE = dt.timedelta(minutes=5)  # a batch's claim
SENDING_LEASE = dt.timedelta(seconds=90)  # longer than EMAIL_TIMEOUT
MAX_ATTEMPTS = 6


def plan(deliveries: Iterable[Delivery]) -> None:
    """Write rows to the outbox, in the caller's transaction. One that is already there stays as it is. One query."""
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=5000)


@transaction.atomic
def claim_due(*, limit: int = BATCH, now: dt.datetime | None = None) -> list[Delivery]:
    """Take up to `limit` due rows under a new lease; rows another worker holds are passed over. Two queries.

    A row that was `sending` when its lease ran out stays so: its outcome is open.
    """
    moment = now or timezone.now()
    rows = list(
        Delivery.objects.due(moment).order_by("due_at").select_for_update(skip_locked=True, no_key=True)[:limit]
    )
    lease = uuid.uuid4()
    planned = [row.pk for row in rows if row.state != State.SENDING]
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(lease=lease, leased_until=moment + LEASE)
    Delivery.objects.filter(pk__in=planned).update(state=State.CLAIMED)
    for row in rows:
        row.lease = lease
    return rows


def send_due(*, limit: int | None = None, batch: int = BATCH) -> Counter:
    """Claim and send until nothing is due (or `limit` rows were handled). Returns a count by outcome."""
    outcomes: Counter = Counter()
    while (left := batch if limit is None else min(batch, limit - outcomes.total())) > 0:
        rows = claim_due(limit=left)
        if not rows:
            break
        for row in rows:
            outcomes[deliver(row)] += 1
    return outcomes


def deliver(row: Delivery) -> str:
    """Bring one claimed row to its end, or to its next attempt. Returns the state it is in afterwards ("lost": not ours)."""
    try:
        prepared = _prepare(row.pk, row.lease)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not this row's
    except Exception as error:  # one that can't be composed must not hold up the others
        log.exception("delivery %s can't be prepared", row.pk)
        row.attempts += 1
        return _try_later(row, error, certain=row.state != State.SENDING)
    if isinstance(prepared, str):
        return prepared
    delivery, letter, out = prepared
    to = out.address(delivery.recipient)
    try:
        ref = out.send(delivery, to, letter)
    except Uncertain as error:
        return _end(delivery, State.UNKNOWN, reason=f"interrupted while sending: {error}")
    except (OSError, smtplib.SMTPException) as error:
        return _try_later(delivery, error, certain=True)
    except Exception as error:
        log.exception("delivery %s met an error while sending", delivery.pk)
        return _try_later(delivery, error, certain=False)
    return _end(delivery, State.SENT, provider_ref=ref, sent_at=timezone.now())


@transaction.atomic
def _prepare(pk: int, lease: uuid.UUID):
    """Under the row's lock: is it still ours, still open, still true? Then mark it `sending`.

    Returns (delivery, letter, way), or the state it was brought to.
    """
    delivery = Delivery.objects.select_for_update(no_key=True, of=("self",)).select_related("recipient").get(pk=pk)
    if delivery.lease != lease or delivery.state not in (State.CLAIMED, State.SENDING):
        return "lost"
    now = timezone.now()
    delivery.channel = delivery.channel or Channel.EMAIL
    out = way(delivery.channel)
    if delivery.state == State.SENDING:
        left = out.already_left(delivery)
        if left:
            return _end(delivery, State.SENT, reason="found at provider", sent_at=now)
        if left is None:
            return _end(delivery, State.UNKNOWN, reason="interrupted while sending")
    with translation.override(delivery.recipient.language):
        answer = compose(delivery)
    if isinstance(answer, Skip):
        return _end(delivery, State.SKIPPED, reason=answer.reason)
    if isinstance(answer, Later) and answer.due_at > now:
        return _end(delivery, State.PLANNED, due_at=answer.due_at, expires_at=answer.expires_at)
    if isinstance(answer, Later) or delivery.expires_at <= now:
        return _end(delivery, State.SKIPPED, reason="too late")
    if not delivery.recipient.is_active or not out.address(delivery.recipient):
        return _end(delivery, State.SKIPPED, reason="no address")
    delivery.state, delivery.attempts = State.SENDING, delivery.attempts + 1
    delivery.leased_until = now + SENDING_LEASE
    delivery.save(update_fields=["channel", "state", "attempts", "leased_until"])
    letter = render(kind_of(delivery), answer, channel=delivery.channel, language=delivery.recipient.language)
    return delivery, letter, out


@transaction.atomic
def settle_unknown(*, delivery: Delivery, left: bool, by: User) -> Delivery:
    """A person found out what became of a message: it left, or it did not and is planned again, due now.

    Planned again, it is composed anew like any other, so that what is no longer called for is not sent. Who settled it
    stays on the row. Raises Refusal (not_unknown).
    """
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state != State.UNKNOWN:
        raise Refusal(_("Its outcome is not unknown; there is nothing to settle."), "not_unknown")
    now = timezone.now()
    if left:
        delivery.state, delivery.sent_at = State.SENT, now
        delivery.reason = f"settled by account {by.pk}: it left"
    else:
        delivery.state, delivery.due_at, delivery.attempts = State.PLANNED, now, 0
        delivery.reason = f"settled by account {by.pk}: it did not leave"
    delivery.save(update_fields=["state", "sent_at", "due_at", "attempts", "reason"])
    return delivery


def _try_later(delivery: Delivery, error: Exception, *, certain: bool) -> str:
    """Plan the next attempt with a growing, jittered pause; give up after MAX_ATTEMPTS or when it would be useless.

    certain: it did not leave. Otherwise the row stays `sending`, so that the next attempt asks the provider first.
    """
    again, end = (State.PLANNED, State.FAILED) if certain else (State.SENDING, State.UNKNOWN)
    now = timezone.now()
    # The class only: a server's answer quotes the address.
    reason = type(error).__name__
    pause = dt.timedelta(seconds=random.uniform(0.5, 1.5) * 15 * 2**delivery.attempts)  # noqa: S311 - jitter
    if isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        500 <= code < 600 for code, _text in error.recipients.values()
    ):
        return _end(delivery, end, reason="address refused")
    if delivery.attempts >= MAX_ATTEMPTS or now + pause >= delivery.expires_at:
        return _end(delivery, end, reason=reason, attempts=delivery.attempts)
    return _end(delivery, again, reason=reason, attempts=delivery.attempts, due_at=now + pause)


def _end(delivery: Delivery, state: State, **fields) -> str:
    """Write the outcome and let the lease go."""
    Delivery.objects.filter(pk=delivery.pk, lease=delivery.lease).update(
        state=state, lease=None, leased_until=None, **fields
    )
    if state in (State.FAILED, State.UNKNOWN):
        log.warning("delivery %s ended as %s: %s", delivery.pk, state, fields["reason"])
    return str(state)


@transaction.atomic
def send_again(*, delivery: Delivery, by: User) -> Delivery:
    """A person lets a message that was given up be tried once more, from its first way on, due now.

    It is composed anew like any other. Who asked stays on the row. Raises Refusal (not_failed, too_late).
    """
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state != State.FAILED:
        raise Refusal(_("It was not given up; there is nothing to try again."), "not_failed")
    now = timezone.now()
    if delivery.expires_at <= now:
        raise Refusal(_("What it speaks of is past. It is not sent any more."), "too_late")
    delivery.state, delivery.due_at, delivery.attempts, delivery.channel, delivery.tried = State.PLANNED, now, 0, "", []
    delivery.reason = f"tried again by account {by.pk}"
    delivery.save(update_fields=["state", "due_at", "attempts", "channel", "tried", "reason"])
    return delivery
