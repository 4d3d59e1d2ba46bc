"""A real Celery worker on the real Redis and the tests' database: it does its work, and killed in the middle it harms nothing."""

import datetime as dt
import os
import zoneinfo
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from django.conf import settings as django_settings
from django.utils import timezone

from core.tests.processes import kill, running, said
from core.tests.racing import eventually
from messaging.models import Delivery, Policy
from messaging.tests.mail import Mail
from scheduling.models import Session
from scheduling.services import cancel_session, create_slot, seat_member
from tests.factories import make_group, make_patient, make_program, make_staff

pytestmark = pytest.mark.xdist_group("worker")


def own_redis_database() -> tuple[str, str, str]:
    """A database of Redis that only this pytest process uses: as we, redis-py and Celery name it."""
    number = 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    server = django_settings.REDIS_URL.partition("?")[0]
    if server.startswith("unix://"):
        ours = f"{server}?virtual_host={number}"
        return ours, f"{server}?db={number}", ours.replace("unix://", "redis+socket://", 1)
    url = urlsplit(server)._replace(path=f"/{number}").geturl()
    return url, url, url


class Workers:
    """Starts workers that share one queue of their own, and asks them for tasks."""

    def __init__(self, data: Path):
        self.data = data
        self.url, self.for_redis, self.broker = own_redis_database()
        self.mail = Mail(data / "mail")

    def ask(self, task: str) -> None:
        with Celery(broker=self.broker) as app:
            app.send_task(task, ignore_result=True)

    @contextmanager
    def worker(self):
        """A worker process, as in the Procfile but alone in its process, so that killing it kills all of it."""
        command = ("-m", "celery", "--quiet", "--app", "iop", "worker", "--pool", "solo", "--without-gossip")
        with running(
            *command, "--without-mingle", "--loglevel", "warning", data=self.data, REDIS_URL=self.url
        ) as process:
            yield process

    def wait_for(self, condition, process):
        """Until the condition holds. Fails with what the worker said, when it is gone."""
        try:
            answer = eventually(lambda: condition() or process.poll() is not None, seconds=60)
        except AssertionError:
            pytest.fail(f"The worker did not do it. It said:\n{said(self.data)}")
        assert process.poll() is None, said(self.data)
        return answer


@pytest.fixture
def workers(transactional_db, tmp_path):
    """Workers, with an empty queue before and after."""
    ours = Workers(tmp_path)
    with redis.Redis.from_url(ours.for_redis) as server:
        server.flushdb()
        yield ours
        server.flushdb()


@pytest.fixture
def meeting_soon(transactional_db):
    """By the real clock: a group of twelve that meets in 20 hours, and four more times a week."""
    program = make_program()
    Policy.objects.create(program=program, quiet_from=dt.time(0), quiet_until=dt.time(0))  # whatever the hour
    alice = make_staff(program)
    group = make_group(program, alice)
    soon = timezone.now() + dt.timedelta(hours=20)
    for days in range(5):
        at = (soon + dt.timedelta(days=days)).astimezone(zoneinfo.ZoneInfo("UTC"))
        wall = dt.time(at.hour, at.minute)
        create_slot(group=group, weekday=at.weekday(), starts_at=wall, minutes=60, zone="UTC", starts_on=soon.date())
    for _n in range(12):
        seat_member(group=group, episode=make_patient(program, alice), joined_on=timezone.localdate())
    return group


def states() -> Counter:
    return Counter(Delivery.objects.values_list("state", flat=True))


def test_a_real_worker_plans_and_sends(workers, meeting_soon):
    with workers.worker() as process:
        workers.ask("scheduling.plan_reminders")
        workers.wait_for(lambda: Delivery.objects.count() == 4 * 12, process)
        workers.ask("messaging.send_due")
        workers.wait_for(lambda: states() == {"sent": 12, "planned": 36}, process)
        workers.ask("scheduling.extend_horizon")
        workers.ask("scheduling.plan_reminders")
        workers.ask("messaging.send_due")
        redis_is_empty(workers, process)
    sent = Delivery.objects.filter(state="sent")
    assert states() == {"sent": 12, "planned": 36}
    assert set(sent.values_list("variant", "attempts")) == {(1440, 1)}
    assert set(workers.mail.written()) == workers.mail.names_of(sent)
    assert_says_nothing_of_anybody(workers)


def redis_is_empty(workers, process) -> None:
    """Every task asked for was taken and finished."""
    with redis.Redis.from_url(workers.for_redis) as server:
        workers.wait_for(lambda: not server.llen("celery") and not server.hlen("unacked"), process)


def assert_says_nothing_of_anybody(workers) -> None:
    words = said(workers.data)
    assert "@" not in words
    assert "Patient" not in words


def test_killed_in_the_middle_of_a_batch_another_worker_sends_the_rest(workers, meeting_soon):
    """The broker still holds the killed worker's task back; the rows in Postgres are what counts."""
    for session in Session.objects.filter(group=meeting_soon)[:15]:
        cancel_session(session=session, reason="holiday")
    total = 15 * (12 + 1)  # the facilitator hears of it too
    assert states() == {"planned": total}
    with workers.worker() as process:
        workers.ask("messaging.send_due")
        workers.wait_for(lambda: len(workers.mail.written()) >= 20, process)
        kill(process)
    before = workers.mail.written()
    held = states()
    assert 20 <= len(before) < total
    assert held["sent"] in (len(before), len(before) - 1)  # the last may have left unmarked
    with workers.worker() as process:
        workers.ask("messaging.send_due")
        workers.wait_for(lambda: states()["planned"] == 0, process)
        # Now the killed worker's leases run out.
        Delivery.objects.filter(leased_until__isnull=False, state__in=["claimed", "sending"]).update(
            leased_until=timezone.now() - dt.timedelta(seconds=1)
        )
        workers.ask("messaging.send_due")
        workers.wait_for(lambda: states() == {"sent": total}, process)
    after = workers.mail.written()
    assert set(after) == workers.mail.names_of(Delivery.objects.all())
    assert {name: after[name] for name in before} == before  # nothing that had left was sent again
    attempts = Counter(Delivery.objects.values_list("attempts", flat=True))
    assert attempts[1] >= total - 1
    assert set(attempts) <= {1, 2}
    assert_says_nothing_of_anybody(workers)
