"""One claimed row: is it still true, which way does it leave by, what became of it."""

import datetime as dt
import logging
import random
import smtplib
import time
import uuid
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone, translation

from messaging.channels import NotNow, Refused, Uncertain, way
from messaging.kinds import Later, Letter, Skip, compose, kind_of
from messaging.models import Channel, Delivery
from messaging.services import providers
from messaging.services.choice import WAITING, Choice, Wait, choose
from messaging.texts import render

log = logging.getLogger(__name__)
State = Delivery.State

# Longer than handing over may take: a mail server's ten answers, each up to EMAIL_TIMEOUT. Else a look-up could come too early.
SENDING_LEASE = dt.timedelta(minutes=3)
FIRST_PAUSE = 15  # seconds; doubled with each attempt
MAX_ATTEMPTS = 6
# The database went while the provider's answer was being written down: wait for it so many seconds, one after the other.
INSIST = (0.1, 0.3, 1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Ready:
    """A row marked `sending`, and how it leaves."""

    delivery: Delivery
    letter: Letter
    path: str
    choice: Choice


def deliver(row: Delivery) -> str:
    """Bring one claimed row to its end, or to its next attempt. Returns the state it is in afterwards ("lost": not ours)."""
    try:
        ready = _prepare(row.pk, row.lease)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not this row's
    except Exception as error:  # one that can't be composed must not hold up the others
        log.exception("delivery %s can't be prepared", row.pk)
        row.attempts += 1
        return _try_later(row, error, certain=row.state != State.SENDING)
    return ready if isinstance(ready, str) else _send(ready)


def _send(ready: Ready) -> str:
    """Hand it over, and write down what became of it."""
    delivery, choice = ready.delivery, ready.choice
    out = choice.out
    healthy: bool | None = False  # of the provider; None: this says nothing of it
    try:
        ref = out.send(delivery, choice.to, ready.letter, path=ready.path, urgent=choice.urgent)
    except Refused as refused:
        healthy = True
        outcome = _surely(_next_way, delivery, choice, str(refused))
    except Uncertain as error:
        if out.can_ask:
            outcome = _surely(_try_later, delivery, error, certain=False)
        else:
            outcome = _surely(_end, delivery, State.UNKNOWN, reason=f"interrupted while sending: {error}")
    except (NotNow, OSError, smtplib.SMTPException) as error:
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            healthy = None  # it said something of one mailbox
        outcome = _surely(_try_later, delivery, error, certain=True)
    except Exception as error:
        log.exception("delivery %s met an error while sending", delivery.pk)
        healthy = None
        outcome = _surely(_try_later, delivery, error, certain=False)
    else:
        healthy = True
        outcome = _surely(_end, delivery, State.SENT, provider_ref=ref, sent_at=timezone.now())
    if healthy is False:
        providers.failed(out.provider, timezone.now(), trial=choice.trial)
    elif (choice.shaky or choice.trial) and healthy:
        providers.worked(out.provider)
    return outcome


@transaction.atomic
def _prepare(pk: int, lease: uuid.UUID) -> Ready | str:
    """Under the row's lock: is it still ours, still open, still true? Then mark it `sending`.

    Returns the state it was brought to, when there is nothing to hand over. The provider's row is touched last, so that
    nobody waits long for it.
    """
    delivery = Delivery.objects.select_for_update(no_key=True, of=("self",)).select_related("recipient").get(pk=pk)
    if delivery.lease != lease or delivery.state not in (State.CLAIMED, State.SENDING):
        return "lost"
    now = timezone.now()
    first = ""
    if delivery.state == State.SENDING:
        first = delivery.channel or str(Channel.EMAIL)
        left = way(first).already_left(delivery)
        if left:
            return _end(delivery, State.SENT, reason="found at provider", sent_at=now)
        if left is None:
            return _end(delivery, State.UNKNOWN, reason="interrupted while sending")
    user = delivery.recipient
    with translation.override(user.language):
        answer = compose(delivery)
    if isinstance(answer, Skip):
        return _end(delivery, State.SKIPPED, reason=answer.reason)
    if isinstance(answer, Later) and answer.due_at > now:
        return _end(delivery, State.PLANNED, due_at=answer.due_at, expires_at=answer.expires_at)
    if isinstance(answer, Later) or delivery.expires_at <= now:
        return _end(delivery, State.SKIPPED, reason="too late")
    if not user.is_active:
        return _end(delivery, State.SKIPPED, reason="no address")
    kind = kind_of(delivery)
    choice = choose(delivery, kind, answer, now, first=first)
    if isinstance(choice, Skip):
        return _end(delivery, State.SKIPPED, reason=choice.reason)
    if isinstance(choice, Wait):
        return _end(delivery, State.PLANNED, due_at=choice.due_at, reason=choice.reason, channel=choice.channel)
    delivery.channel, delivery.attempts = choice.channel, delivery.attempts + 1
    if delivery.reason in WAITING:
        delivery.reason = ""
    letter = render(kind, answer, channel=choice.channel, language=user.language)
    if choice.channel == Channel.IN_APP:
        ref = choice.out.send(delivery, choice.to, letter, path=answer.path)
        kept = {name: getattr(delivery, name) for name in ("channel", "attempts", "reason")}
        return _end(delivery, State.SENT, provider_ref=ref, sent_at=now, **kept)
    delivery.state, delivery.leased_until = State.SENDING, now + SENDING_LEASE
    delivery.save(update_fields=["channel", "state", "attempts", "leased_until", "reason"])
    return Ready(delivery, letter, answer.path, choice)


@transaction.atomic
def _next_way(delivery: Delivery, choice: Choice, reason: str) -> str:
    """It will never leave by this way: keep why, and plan it anew, due now, for the next one; the end when none is left."""
    now = timezone.now()
    choice.out.gave_up(delivery.recipient, choice.to, reason)
    tried = [*delivery.tried, choice.channel]
    if now >= delivery.expires_at:
        return _end(delivery, State.FAILED, reason=reason, tried=tried)
    return _end(delivery, State.PLANNED, reason=reason, tried=tried, channel="", due_at=now, attempts=0)


def _try_later(delivery: Delivery, error: Exception, *, certain: bool) -> str:
    """Plan the next attempt with a growing, jittered pause; give up after MAX_ATTEMPTS or when it would be useless.

    certain: it did not leave. Otherwise the row stays `sending`, so that the next attempt asks the provider first.
    """
    again, end = (State.PLANNED, State.FAILED) if certain else (State.SENDING, State.UNKNOWN)
    now = timezone.now()
    # The class only, or our own code: a server's answer quotes the address.
    reason = str(error) if isinstance(error, NotNow | Uncertain) else type(error).__name__
    pause = dt.timedelta(seconds=random.uniform(0.5, 1.5) * FIRST_PAUSE * 2**delivery.attempts)  # noqa: S311 - jitter
    if delivery.attempts >= MAX_ATTEMPTS or now + pause >= delivery.expires_at:
        return _end(delivery, end, reason=reason, attempts=delivery.attempts)
    return _end(delivery, again, reason=reason, attempts=delivery.attempts, due_at=now + pause)


def _end(delivery: Delivery, state: State, **fields) -> str:
    """Write the outcome and let the lease go. "lost" when the lease was not ours any more: another worker settled it."""
    ours = Delivery.objects.filter(pk=delivery.pk, lease=delivery.lease)
    if not ours.update(state=state, lease=None, leased_until=None, **fields):
        return "lost"
    if state in (State.FAILED, State.UNKNOWN):
        log.warning("delivery %s ended as %s: %s", delivery.pk, state, fields["reason"])
    return str(state)


def _surely(write, *args, **kwargs) -> str:
    """Write down what a provider answered, even if the database restarts meanwhile: else nobody would know it.

    Raises OperationalError or InterfaceError when it stays away for longer than INSIST says.
    """
    for pause in INSIST:
        try:
            return write(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise
            time.sleep(pause)
            connection.close()
    return write(*args, **kwargs)
