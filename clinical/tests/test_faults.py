"""An alert nobody took on escalates, once, whatever is killed meanwhile: a real Celery worker, Redis, a connection to Postgres.

The worker is caught in the middle: somebody else's lock keeps it from writing to the outbox, which is the last it does of an
escalation. So everything else of it is written by then, and nothing is committed.
"""

import datetime as dt
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.access import Role
from clinical.models import Level, RiskAlert
from clinical.services import risk
from core.tests.processes import kill, running, said
from core.tests.racing import eventually, somebody_else
from iop.keeper import Redis
from messaging.models import Delivery
from messaging.tests.test_worker import workers
from tests.factories import make_patient, make_program, make_staff

__all__ = ["workers"]
pytestmark = pytest.mark.xdist_group("worker")

ESCALATE = "clinical.escalate_alerts"
# Beat as in the Procfile, with one of its tasks, every second.
BEAT = """
import sys
from iop.celery import app
app.finalize()
own = app.conf.beat_schedule["escalate-alerts"]
app.conf.beat_schedule = {"escalate-alerts": {**own, "schedule": 1.0, "options": {"expires": 5}}}
app.start(["--quiet", "beat", "--schedule", sys.argv[1], "--loglevel", "warning", "--max-interval", "1"])
"""
# The negative control's worker: it commits what it has written before it tells anybody.
HALF = """
import sys
from iop.celery import app
app.finalize()
import django
django.setup()
from django.db import connection
from clinical.services import risk
real = risk.tell_of
def tell(*args):
    connection.connection.commit()
    real(*args)
risk.tell_of = tell
app.worker_main(["--quiet", "worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "warning"])
"""


@pytest.fixture
def overdue(transactional_db):
    """By the real clock: a grave alert that nobody took on for twenty minutes. Its clinician and a supervisor were told."""
    program = make_program()
    bob = make_staff(program, Role.SUPERVISOR, "Bob")
    episode = make_patient(program, make_staff(program, Role.CLINICIAN, "Alice", supervisor=bob))
    alert = risk.raise_alert(
        patient=episode.patient,
        episode=episode,
        source=RiskAlert.Source.OWN,
        level=Level.HIGH,
        trigger="own",
        by=episode.patient.user,
        now=timezone.now() - dt.timedelta(minutes=20),
    )
    assert told(alert, risk.RAISED) == {"Alice": 1, "Bob": 1}
    return alert


def told(alert: RiskAlert, kind: str = risk.ESCALATED) -> Counter:
    """How many messages of a kind are in the outbox for each, by first name."""
    rows = Delivery.objects.filter(kind=kind, subject_id=alert.pk)
    return Counter(rows.values_list("recipient__first_name", flat=True))


def steps(alert: RiskAlert) -> Counter:
    return Counter(alert.steps.values_list("what", flat=True))


def is_escalated(alert: RiskAlert) -> bool:
    return RiskAlert.objects.get(pk=alert.pk).escalations > 0


def assert_escalated_once(alert: RiskAlert) -> None:
    found = RiskAlert.objects.get(pk=alert.pk)
    assert found.escalations == 1
    assert found.acknowledge_by > timezone.now()
    assert steps(alert) == {"raised": 1, "told": 4, "escalated": 1}
    assert told(alert) == {"Alice": 1, "Bob": 1}


def assert_untouched(alert: RiskAlert) -> None:
    assert not is_escalated(alert)
    assert steps(alert) == {"raised": 1, "told": 2}
    assert not told(alert)


@contextmanager
def nobody_writes_to_the_outbox():
    """Somebody else holds the outbox's table until the block ends: whoever writes to it waits."""

    def hold() -> None:
        transaction.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE messaging_delivery IN SHARE ROW EXCLUSIVE MODE")

    with somebody_else() as they:
        they(hold).result()
        try:
            yield
        finally:
            they(transaction.rollback).result()


def waiting() -> list[int]:
    """The numbers of the connections to our database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def is_gone(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
        return cursor.fetchone()[0] == 0


def asked_until(workers, process, condition) -> None:
    """Wake the worker until the condition holds: what it was asked for first may be with a worker that is dead."""
    workers.ask(ESCALATE)
    workers.wait_for(condition, process)


def test_killed_in_the_middle_nothing_is_half_done_and_the_next_worker_escalates_once(workers, overdue):
    with ExitStack() as held:
        held.enter_context(nobody_writes_to_the_outbox())
        with workers.worker() as process:
            workers.ask(ESCALATE)
            workers.wait_for(waiting, process)
            (pid,) = waiting()
            kill(process)
        held.close()
        eventually(lambda: is_gone(pid))
    assert_untouched(overdue)
    with transaction.atomic():  # its lock died with it
        assert RiskAlert.objects.select_for_update(nowait=True).get(pk=overdue.pk)
    with workers.worker() as process:
        asked_until(workers, process, lambda: is_escalated(overdue))
        workers.ask(ESCALATE)
        workers.ask(ESCALATE)
        assert_all_taken(workers, process)
    assert_escalated_once(overdue)


def test_a_worker_that_commits_before_it_tells_leaves_it_half_done(workers, overdue):
    """The negative control: escalated, as the row says, and nobody was told."""
    with nobody_writes_to_the_outbox(), running("-c", HALF, data=workers.data, REDIS_URL=workers.url) as process:
        workers.ask(ESCALATE)
        workers.wait_for(waiting, process)
        (pid,) = waiting()
        kill(process)
    eventually(lambda: is_gone(pid))
    assert is_escalated(overdue) and not told(overdue)


def test_cut_off_from_postgres_in_the_middle_the_same_worker_escalates_once_later(workers, overdue):
    with workers.worker() as process:
        with nobody_writes_to_the_outbox():
            workers.ask(ESCALATE)
            workers.wait_for(waiting, process)
            (pid,) = waiting()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
            eventually(lambda: is_gone(pid))
            assert_untouched(overdue)
        asked_until(workers, process, lambda: is_escalated(overdue))
        workers.ask(ESCALATE)
        assert_all_taken(workers, process)
    assert_escalated_once(overdue)
    words = said(workers.data)
    assert "@" not in words and overdue.patient.legal_last_name not in words


def test_two_workers_at_once_escalate_once(workers, overdue):
    with ExitStack() as held, workers.worker() as one, workers.worker() as other:
        held.enter_context(nobody_writes_to_the_outbox())
        for _turn in range(6):
            workers.ask(ESCALATE)
        workers.wait_for(waiting, one)
        assert len(waiting()) == 1  # the other passes the row over
        held.close()
        workers.wait_for(lambda: is_escalated(overdue), one)
        assert_all_taken(workers, one)
        assert other.poll() is None
    assert_escalated_once(overdue)


def assert_all_taken(workers, process) -> None:
    """Every task asked for was taken and finished."""
    import redis

    with redis.Redis.from_url(workers.for_redis) as server:
        workers.wait_for(lambda: not server.llen("celery"), process)
    # A task in hand (a solo worker holds one) is done when its successor is taken.
    eventually(lambda: not waiting())


def test_redis_lost_while_it_becomes_overdue_and_back_again_it_escalates_once(transactional_db, overdue, tmp_path):
    RiskAlert.objects.filter(pk=overdue.pk).update(acknowledge_by=timezone.now() + dt.timedelta(hours=1))
    worker = ("-m", "celery", "--quiet", "--app", "iop", "worker", "--pool", "solo", "--without-gossip")
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as folder:
        server = Redis(Path(folder), for_tests=True)
        url = server.start()
        try:
            with (
                running(*worker, "--without-mingle", "--loglevel", "warning", data=tmp_path, REDIS_URL=url) as worked,
                running("-c", BEAT, str(tmp_path / "beat"), data=tmp_path, REDIS_URL=url) as beat,
            ):
                client = server._client()
                eventually(lambda: client.info("commandstats").get("cmdstat_brpop", {}).get("calls", 0) > 2)
                eventually(lambda: "cmdstat_lpush" in client.info("commandstats"))  # beat has asked
                assert_untouched(overdue)
                server.process.kill()
                server.process.wait()
                RiskAlert.objects.filter(pk=overdue.pk).update(acknowledge_by=timezone.now() - dt.timedelta(seconds=1))
                server.start()
                eventually(lambda: is_escalated(overdue), seconds=60)
                pushed = client.info("commandstats")["cmdstat_lpush"]["calls"]
                eventually(lambda: client.info("commandstats")["cmdstat_lpush"]["calls"] >= pushed + 2)
                assert (worked.poll(), beat.poll()) == (None, None), said(tmp_path)
        finally:
            server.stop()
    assert_escalated_once(overdue)
