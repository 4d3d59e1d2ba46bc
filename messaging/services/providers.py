"""What all workers share about a provider: a circuit breaker and a rate, each one row's single statement.

Breaker: BREAK_AFTER failures of the provider in a row (no connection, time-out, 5xx, "too many"; never what it says of one
address) open it for a growing time. Meanwhile nothing is sent by it. Then one delivery is the trial; its success closes it, its
failure opens it for longer, and a worker that dies with it is no more than a pause.

Rate: a leaky bucket. Each delivery takes the next free moment; whose moment is not now is planned for then and has it reserved.
"""

import datetime as dt
import logging
import random

from django.conf import settings
from django.db import connection
from django.db.models import Q

from messaging.models import Provider

log = logging.getLogger(__name__)

BREAK_AFTER = 5
FIRST_BREAK = dt.timedelta(seconds=20)
LONGEST_BREAK = dt.timedelta(minutes=10)
TRIAL = dt.timedelta(minutes=3)  # as long as a sending lease
SAVED_UP = dt.timedelta(seconds=1)  # what was not used of the rate may be used so much later, at once

_TAKE = """
INSERT INTO messaging_provider (name, failures, next_at) VALUES (%(name)s, 0, %(floor)s + %(step)s)
ON CONFLICT (name) DO UPDATE
    SET next_at = GREATEST(COALESCE(messaging_provider.next_at, %(floor)s), %(floor)s) + %(step)s
    WHERE GREATEST(COALESCE(messaging_provider.next_at, %(floor)s), %(floor)s) < %(until)s
RETURNING next_at - %(step)s
"""

_FAILED = """
INSERT INTO messaging_provider AS p (name, failures) VALUES (%(name)s, 1)
ON CONFLICT (name) DO UPDATE
    SET failures = p.failures + 1,
        open_until = CASE WHEN p.failures + 1 >= %(after)s
            THEN %(now)s + %(jitter)s * LEAST(%(first)s * power(2, LEAST(p.failures + 1 - %(after)s, 20)), %(longest)s)
            ELSE p.open_until END
    WHERE p.open_until IS NULL OR p.open_until <= %(now)s OR %(trial)s
RETURNING failures, open_until
"""


def state_of(name: str) -> Provider:
    """The provider's row; a fresh one, not saved, where nothing happened yet. One query."""
    return Provider.objects.filter(name=name).first() or Provider(name=name)


def is_broken(provider: Provider) -> bool:
    """Whether it failed so often that nobody but a trial may use it."""
    return provider.failures >= BREAK_AFTER


def take_trial(name: str, now: dt.datetime) -> bool:
    """Be the one delivery that tries a provider whose pause is over. One query."""
    over = Q(open_until=None) | Q(open_until__lte=now)
    broken = Provider.objects.filter(over, name=name, failures__gte=BREAK_AFTER)
    return broken.update(open_until=now + TRIAL) == 1


def take_turn(name: str, now: dt.datetime, until: dt.datetime) -> dt.datetime | None:
    """The moment this delivery may go to the provider, now or later, and is expected. None: not before `until`.

    No query where the provider has no rate, else one.
    """
    rate = settings.PROVIDER_RATES.get(name, 0)
    if not rate:
        return now
    values = {"name": name, "floor": now - SAVED_UP, "step": dt.timedelta(seconds=1 / rate), "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        row = cursor.fetchone()
    return row and max(row[0], now)


def failed(name: str, now: dt.datetime, *, trial: bool) -> None:
    """The provider failed once more. What was under way when it was found to be down counts no further. One query."""
    values = {
        "name": name,
        "now": now,
        "trial": trial,
        "after": BREAK_AFTER,
        "first": FIRST_BREAK,
        "longest": LONGEST_BREAK,
        "jitter": random.uniform(0.8, 1.2),  # noqa: S311 - jitter
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, values)
        row = cursor.fetchone()
    if row and row[0] >= BREAK_AFTER:
        log.warning("provider %s failed %s times in a row; not asked until %s", name, row[0], row[1])


def worked(name: str) -> None:
    """The provider answered as it should. One query."""
    Provider.objects.filter(name=name).exclude(failures=0, open_until=None).update(failures=0, open_until=None)
