"""10,000 due deliveries claimed and marked: by the product's code, by a bare SQL loop, by one Celery task each.

All three in the same run, on the same rows, by turns; the best of ROUNDS each. Claimed and marked means: taken under a lease in
batches of a hundred and brought to their end; what a message says and the provider's time are not in it, and are shown beside
it as the rate of whole deliveries to people's own pages.
"""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone

from iop.env import BASE_DIR, database_url
from messaging.models import Category, Delivery, Preference
from messaging.services import BATCH, LEASE, claim_due, mark, plan, send_due

ROWS, ROUNDS, WHOLE = 10_000, 5, 1_000
PEOPLE = 100

CLAIM = """
UPDATE messaging_delivery d SET state = 'claimed', lease = %s, leased_until = %s
FROM (SELECT id FROM messaging_delivery WHERE state IN ('planned', 'claimed', 'sending') AND due_at <= %s
      AND (leased_until IS NULL OR leased_until < %s) ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED) due
WHERE d.id = due.id RETURNING d.id
"""
MARK = (
    "UPDATE messaging_delivery SET state = 'sent', sent_at = %s, lease = NULL, leased_until = NULL WHERE id = ANY(%s)"
)


def run() -> None:
    """Measure and print."""
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        users = _people()
        bare, ours = [], []
        for _round in range(ROUNDS):
            bare.append(_timed(users, ROWS, _bare_loop))
            ours.append(_timed(users, ROWS, _our_loop))
        tasks = _celery(users)
        whole = _whole(users)
        _print(min(bare), min(ours), tasks, whole)
    finally:
        teardown_databases(databases, verbosity=0)


def _people() -> list[int]:
    from accounts.models import User

    users = User.objects.bulk_create(
        User(email=f"bench{n}@example.org", first_name="Pat", last_name="Bench") for n in range(PEOPLE)
    )
    Preference.objects.bulk_create(Preference(user=user, channels=["in_app"]) for user in users)
    return [user.pk for user in users]


_variants = iter(range(1, 10**9))


def _due(users: list[int], rows: int, kind: str = "bench") -> None:
    """So many new rows, due, and the table as autovacuum would have left it."""
    now = timezone.now()
    values = {"kind": kind, "subject_id": 1, "expires_at": now + dt.timedelta(days=1)}
    plan(
        Delivery(
            recipient_id=users[n % PEOPLE],
            variant=next(_variants),
            due_at=now - dt.timedelta(seconds=rows - n),
            **values,
        )
        for n in range(rows)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_delivery")


def _timed(users: list[int], rows: int, loop) -> float:
    _due(users, rows)
    began = time.perf_counter()
    loop()
    took = time.perf_counter() - began
    left = Delivery.objects.exclude(state="sent").count()
    if left:
        raise RuntimeError(f"{left} rows were not marked")
    return took


def _bare_loop() -> None:
    with connection.cursor() as cursor:
        while True:
            now = timezone.now()
            cursor.execute(CLAIM, [uuid.uuid4(), now + LEASE, now, now, BATCH])
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(MARK, [timezone.now(), ids])


def _our_loop() -> None:
    while rows := claim_due():
        mark(rows, Delivery.State.SENT)


def _celery(users: list[int]) -> float:
    """One task for each delivery, which claims it by its number and marks it; by a real worker on both cores."""
    from bench.tasks import mark_one

    _due(users, ROWS)
    ids = list(Delivery.objects.filter(state="planned").values_list("pk", flat=True))
    with _worker():
        _due(users, 1)
        warm = Delivery.objects.filter(state="planned").latest("pk").pk
        mark_one.delay(warm)
        _wait(lambda: Delivery.objects.get(pk=warm).state == "sent")
        began = time.perf_counter()
        for pk in ids:
            mark_one.delay(pk)
        _wait(lambda: not Delivery.objects.exclude(state="sent").exists())
        return time.perf_counter() - began


def _wait(condition, seconds: int = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker did not do it in time")
        time.sleep(0.05)


@contextmanager
def _worker():
    command = [sys.executable, "-m", "celery", "--app", "bench.tasks", "worker", "--concurrency", "2"]
    command += ["--loglevel", "error", "--without-gossip", "--without-mingle"]
    env = os.environ | {"DATABASE_URL": database_url(connection.settings_dict), "REDIS_URL": settings.REDIS_URL}
    process = subprocess.Popen(
        command, env=env, cwd=BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _whole(users: list[int]) -> float:
    """Whole deliveries: composed, chosen, written to people's own pages."""
    from messaging.kinds import Call, composes

    composes("bench_whole", category=Category.CHANGE, label="Bench", subject="News", sentence="news.")(
        lambda delivery: Call({"name": "Pat"})
    )
    _due(users, WHOLE, "bench_whole")
    began = time.perf_counter()
    outcomes = send_due()
    took = time.perf_counter() - began
    if outcomes != {"sent": WHOLE}:
        raise RuntimeError(f"not all were sent: {dict(outcomes)}")
    return took


def _print(bare: float, ours: float, tasks: float, whole: float) -> None:
    print(f"{'way':34} {'seconds':>8} {'a second':>9} {'× bare SQL':>11}")
    for name, seconds in (
        (f"bare SQL, batches of {BATCH}", bare),
        ("claim_due and mark", ours),
        ("one Celery task each", tasks),
    ):
        print(f"{name:34} {seconds:8.2f} {ROWS / seconds:9,.0f} {seconds / bare:11.1f}")
    print(f"{'whole deliveries to own pages':34} {whole:8.2f} {WHOLE / whole:9,.0f}   (of {WHOLE:,})")
    print(f"\nclaim_due and mark: {tasks / ours:.0f} times the rate of one Celery task each")
