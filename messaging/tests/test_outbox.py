"""The outbox: planned once, claimed by one, composed anew before leaving, never lost and never twice."""

import ast
import datetime as dt
import itertools
from collections import Counter
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from core.errors import Refusal
from core.tests.processes import kill, running, said
from core.tests.racing import backend_pid, eventually, failures, somebody_else, together, waits_for_a_lock
from iop.env import BASE_DIR
from messaging import channels, kinds, services
from messaging.kinds import Call, Later, Skip
from messaging.models import Category, Delivery, Notice
from messaging.services import (
    BATCH,
    LEASE,
    MAX_ATTEMPTS,
    SENDING_LEASE,
    claim_due,
    deliver,
    outbox,
    plan,
    send_due,
    settle_unknown,
)
from messaging.tests.mail import news
from scheduling.models import Session
from scheduling.services import cancel_session

State = Delivery.State
SECOND = dt.timedelta(seconds=1)
LONG_AGO = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def called_off(house):
    """The house, whose last session is cancelled; the news of it was not planned."""
    session = Session.objects.filter(slot=house.slot).latest("starts_at")
    Session.objects.filter(pk=session.pk).update(status="cancelled", reason="holiday")
    house.called_off = session
    return house


@pytest.fixture
def committed_off(committed_house):
    """The same, committed."""
    session = Session.objects.filter(slot=committed_house.slot).latest("starts_at")
    Session.objects.filter(pk=session.pk).update(status="cancelled", reason="holiday")
    committed_house.called_off = session
    return committed_house


def row(house, **fields) -> Delivery:
    """One delivery to Pat, due now, not saved."""
    now = timezone.now()
    values = {
        "kind": "session_cancelled",
        "subject_id": house.called_off.pk,
        "recipient": house.pat.user,
        "variant": 1,
        "due_at": now,
        "expires_at": now + dt.timedelta(days=1),
    }
    return Delivery(**values | fields)


def states() -> Counter:
    return Counter(Delivery.objects.values_list("state", flat=True))


CALL = Call({"name": "Pat", "when": "soon"})


@contextmanager
def composed_as(answer, category=Category.CHANGE):
    """Deliveries of the kind "test" are composed as `answer`, or by it."""
    words = {"label": "Test", "subject": "A subject", "sentence": "some words {when}."}
    kinds.composes("test", category=category, **words)(answer if callable(answer) else lambda delivery: answer)
    try:
        yield
    finally:
        kinds.KINDS.pop("test")


# --- planning


def test_planned_twice_is_planned_once(called_off):
    plan([row(called_off), row(called_off, variant=2)])
    Delivery.objects.filter(variant=2).update(state="skipped", reason="no longer called for")
    plan([row(called_off), row(called_off, variant=2, due_at=timezone.now() + dt.timedelta(days=1))])
    assert list(Delivery.objects.order_by("variant").values_list("variant", "state")) == [
        (1, "planned"),
        (2, "skipped"),
    ]


@pytest.mark.parametrize(
    "other", [{"kind": "session_moved"}, {"subject_id": 1}, {"recipient": "quinn"}, {"variant": 2}]
)
def test_the_key_is_what_it_is_about_to_whom_and_when(called_off, other):
    if "recipient" in other:
        other = {"recipient": called_off.quinn.user}
    plan([row(called_off), row(called_off, **other)])
    assert Delivery.objects.count() == 2
    with pytest.raises(IntegrityError, match="never_two_for_one"), transaction.atomic():
        row(called_off, **other).save()


def test_planners_at_once_plan_once(committed_off):
    house = committed_off
    rows = [(user, n) for user in (house.pat.user, house.quinn.user) for n in range(50)]

    def planner():
        plan(row(house, recipient=user, variant=n) for user, n in rows)

    assert failures(together([planner] * 8)) == []
    assert Delivery.objects.count() == len(rows)


@pytest.mark.parametrize("count", [1, 30])
def test_planning_takes_one_query(called_off, count):
    rows = [row(called_off, variant=n) for n in range(count)]
    with CaptureQueriesContext(connection) as queries:
        plan(rows)
    assert len(queries) == 1


# --- what the database keeps by itself


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"state": "sent"}, "sent_has_a_time"),
        ({"sent_at": dt.datetime(2026, 3, 2, tzinfo=dt.UTC)}, "sent_has_a_time"),
        ({"state": "skipped"}, "an_end_has_a_reason"),
        ({"state": "failed"}, "an_end_has_a_reason"),
        ({"state": "unknown"}, "an_end_has_a_reason"),
    ],
)
def test_what_a_row_can_not_be(called_off, fields, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        row(called_off, **fields).save()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE messaging_delivery SET state = 'planned', sent_at = NULL",
        "UPDATE messaging_delivery SET due_at = now()",
        "UPDATE messaging_delivery SET recipient_id = recipient_id",
        "DELETE FROM messaging_delivery",
    ],
)
def test_sent_is_final(called_off, sql):
    row(called_off, state="sent", sent_at=timezone.now()).save()
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_row_is_deleted(called_off):
    delivery = row(called_off)
    delivery.save()
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        delivery.delete()


# --- claiming


def test_only_what_is_due_and_free_is_claimed(called_off):
    now = timezone.now()
    lease = {"lease": "0" * 32, "leased_until": now + SECOND}
    ran_out = lease | {"leased_until": now - SECOND}
    free = [
        row(called_off, variant=1),
        row(called_off, variant=2, due_at=now - dt.timedelta(days=1)),
        row(called_off, variant=3, state="claimed", **ran_out),
        row(called_off, variant=4, state="sending", **ran_out),
    ]
    others = [
        row(called_off, variant=5, due_at=now + SECOND),
        row(called_off, variant=6, state="claimed", **lease),
        row(called_off, variant=7, state="sending", **lease),
        row(called_off, variant=8, state="skipped", reason="x"),
        row(called_off, variant=9, state="failed", reason="x"),
        row(called_off, variant=10, state="unknown", reason="x"),
        row(called_off, variant=11, state="sent", sent_at=now),
    ]
    Delivery.objects.bulk_create(free + others)
    claimed = claim_due()
    assert sorted(c.variant for c in claimed) == [1, 2, 3, 4]
    assert len({c.lease for c in claimed}) == 1
    stored = {d.variant: d for d in Delivery.objects.all()}
    assert {stored[v].state for v in (1, 2, 3)} == {"claimed"}
    assert stored[4].state == "sending"  # its outcome is open
    assert {stored[v].leased_until for v in (1, 2, 3, 4)} == {now + LEASE}
    assert claim_due() == []


def test_the_longest_due_come_first(called_off):
    now = timezone.now()
    plan(row(called_off, variant=n, due_at=now - n * SECOND) for n in range(10))
    assert [c.variant for c in claim_due(limit=3)] == [9, 8, 7]


@pytest.mark.parametrize("rows", [1, 60])
def test_claiming_takes_a_fixed_number_of_queries(called_off, rows):
    news(called_off.called_off, [called_off.pat.user], each=rows)
    with CaptureQueriesContext(connection) as queries:
        assert len(claim_due()) == rows
    assert len(queries) == 1


def claim_while_somebody_claims(house) -> tuple[set[int], set[int], bool]:
    """Somebody has claimed half of the rows and not committed; we claim meanwhile. What each got, and whether we had to wait."""
    news(house.called_off, [house.pat.user, house.quinn.user], each=10)
    with somebody_else() as they:
        pid = they(backend_pid).result()
        with transaction.atomic():
            ours = {d.pk for d in claim_due(limit=10)}
            claim = they(partial(claim_due, limit=10))
            eventually(lambda: claim.done() or waits_for_a_lock(pid))
            waited = not claim.done()
        theirs = {d.pk for d in claim.result()}
    return ours, theirs, waited


def test_two_workers_claim_different_rows_and_neither_waits(committed_off):
    ours, theirs, waited = claim_while_somebody_claims(committed_off)
    assert (len(ours), len(theirs), waited) == (10, 10, False)
    assert ours.isdisjoint(theirs)


def test_without_the_lock_two_workers_claim_the_same_rows(committed_off, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(outbox, "CLAIM", outbox.CLAIM.replace("FOR NO KEY UPDATE SKIP LOCKED", ""))
    ours, theirs, _waited = claim_while_somebody_claims(committed_off)
    assert ours == theirs


def test_four_workers_send_a_crowd_once(committed_off, mail):
    house = committed_off
    rows = news(house.called_off, [house.pat.user, house.quinn.user], each=60)
    outcomes = together([partial(send_due, batch=7)] * 4)
    assert failures(outcomes) == []
    assert sum(outcomes, Counter()) == {"sent": 120}
    assert len([o for o in outcomes if o]) > 1
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert set(mail.written()) == mail.names_of(rows)


def test_a_limit_is_kept(called_off, mail):
    news(called_off.called_off, [called_off.pat.user], each=BATCH + 20)
    assert send_due(limit=5) == {"sent": 5}
    assert states() == {"sent": 5, "planned": BATCH + 15}
    assert send_due() == {"sent": BATCH + 15}


# --- composing anew just before leaving


def test_a_letter_leaves_with_what_it_says(called_off, mail):
    with composed_as(CALL):
        plan([row(called_off, kind="test")])
        assert send_due() == {"sent": 1}
    (message,) = mail.all()
    delivery = Delivery.objects.get()
    assert (message["To"], message["Subject"]) == (called_off.pat.user.email, "A subject")
    assert message.get_content().startswith("Hi Pat,\n\nsome words soon.\n")
    assert message["Message-ID"] == delivery.provider_ref == channels.reference(delivery)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == "My schedule <schedule@localhost>"
    assert (delivery.sent_at, delivery.attempts, delivery.lease) == (timezone.now(), 1, None)


def test_the_file_is_for_nobody_else_to_read(called_off, mail):
    plan([row(called_off)])
    send_due()
    assert mail.folder.stat().st_mode & 0o077 == 0


def test_what_is_no_longer_called_for_is_not_sent(called_off, mail):
    with composed_as(Skip("changed")):
        plan([row(called_off, kind="test")])
        assert send_due() == {"skipped": 1}
    assert mail.all() == []
    assert Delivery.objects.get().reason == "changed"


def test_what_was_put_off_is_planned_again_and_sent_once(called_off, mail, clock):
    later = timezone.now() + dt.timedelta(hours=2)
    with composed_as(lambda d: CALL if timezone.now() >= later else Later(later, later + 60 * SECOND)):
        plan([row(called_off, kind="test")])
        assert send_due() == {"planned": 1}
        delivery = Delivery.objects.get()
        assert (delivery.due_at, delivery.expires_at, delivery.lease) == (later, later + 60 * SECOND, None)
        clock.move_to(later - SECOND)
        assert send_due() == {}
        clock.move_to(later)
        assert send_due() == {"sent": 1}
        assert send_due() == {}
    assert len(mail.all()) == 1


@pytest.mark.parametrize("answer", [CALL, Later(LONG_AGO, LONG_AGO)])
def test_what_comes_too_late_is_not_sent(called_off, mail, answer):
    with composed_as(answer):
        expires_at = timezone.now() + (60 * SECOND if isinstance(answer, Later) else 0 * SECOND)
        plan([row(called_off, kind="test", expires_at=expires_at)])
        assert send_due() == {"skipped": 1}
    assert Delivery.objects.get().reason == "too late"
    assert mail.all() == []


def test_nothing_is_sent_to_somebody_whose_account_is_closed(called_off, mail):
    plan([row(called_off)])
    type(called_off.pat.user).objects.filter(pk=called_off.pat.user.pk).update(is_active=False)
    assert send_due() == {"skipped": 1}
    assert Delivery.objects.get().reason == "no address"
    assert mail.all() == []
    assert not Notice.objects.exists()


def test_a_letter_is_in_the_language_of_the_person_it_is_for(called_off, mail):
    seen = []

    def composer(delivery):
        seen.append(translation.get_language())
        return Skip("seen")

    quinn = called_off.quinn.user
    quinn.language = "es"
    quinn.save()
    with composed_as(composer):
        plan([row(called_off, kind="test"), row(called_off, kind="test", recipient=quinn, variant=2)])
        send_due()
    assert sorted(seen) == ["en", "es"]


# --- one row's trouble is no other row's


def test_a_row_that_can_not_be_composed_holds_up_nobody(called_off, mail, clock):
    plan([row(called_off, variant=n) for n in (2, 3)])
    plan([row(called_off, kind="nobody_knows", due_at=timezone.now() - SECOND)])
    assert send_due() == {"planned": 1, "sent": 2}
    for _attempt in range(2, MAX_ATTEMPTS + 1):
        clock.shift(dt.timedelta(hours=1))
        outcome = send_due()
    assert outcome == {"failed": 1}
    failed = Delivery.objects.get(kind="nobody_knows")
    assert (failed.reason, failed.attempts) == ("KeyError", MAX_ATTEMPTS)


def test_a_row_of_open_outcome_whose_look_up_fails_stays_open(called_off, mail, clock, monkeypatch):
    """The provider can't be asked at the moment: asked again later, sent meanwhile by nobody."""
    news(called_off.called_off, [called_off.pat.user])
    Delivery.objects.update(state="sending", attempts=1)

    def unreachable(self, delivery):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(channels.Email, "already_left", unreachable)
        assert send_due() == {"sending": 1}
    assert send_due() == {}  # there is a pause
    clock.shift(dt.timedelta(hours=1))
    assert send_due() == {"sent": 1}
    assert Delivery.objects.get().attempts == 3
    assert len(mail.all()) == 1


def test_an_error_nobody_foresaw_leaves_the_outcome_open(called_off, mail, clock, monkeypatch):
    news(called_off.called_off, [called_off.pat.user])
    send = channels.Email.send

    def sends_and_stumbles(self, *args, **kwargs):
        send(self, *args, **kwargs)
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(channels.Email, "send", sends_and_stumbles)
        assert send_due() == {"sending": 1}
    before = mail.written()
    clock.shift(dt.timedelta(hours=1))
    assert send_due() == {"sent": 1}
    assert Delivery.objects.get().reason == "found at provider"
    assert mail.written() == before


# --- workers that die


def test_a_worker_that_came_back_too_late_has_lost_its_rows(called_off, mail, clock):
    news(called_off.called_off, [called_off.pat.user, called_off.quinn.user])
    theirs = claim_due()
    assert send_due() == {}
    clock.shift(LEASE)
    assert send_due() == {}
    clock.shift(SECOND)
    assert send_due() == {"sent": 2}
    before = mail.written()
    assert [deliver(d) for d in theirs] == ["lost", "lost"]
    assert mail.written() == before


PEOPLE = 2
EACH = 3


def die_at(point: str, house, tmp_path, mail) -> dict:
    """A real process sends six messages and is killed at the third. What had left by then."""
    news(house.called_off, [house.pat.user, house.quinn.user], each=EACH)
    mark = tmp_path / "mark"
    dead_broker = f"unix://{tmp_path}/nobody-listens.sock"
    command = ("-m", "messaging.tests.sender", point, "3", str(mark))
    with running(*command, data=tmp_path, NOW=timezone.now().isoformat(), REDIS_URL=dead_broker) as process:
        eventually(lambda: mark.exists() or process.poll() is not None)
        assert process.poll() is None, said(tmp_path)
        kill(process)
    return mail.written()


@pytest.mark.parametrize(
    ("point", "then", "left", "attempts"),
    [
        ("claimed", {"sent": 2, "claimed": 4}, 2, {1: 6}),
        ("sending", {"sent": 2, "sending": 1, "claimed": 3}, 2, {1: 5, 2: 1}),
        ("left", {"sent": 2, "sending": 1, "claimed": 3}, 3, {1: 6}),
    ],
)
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    committed_off, mail, clock, tmp_path, point, then, left, attempts
):
    before = die_at(point, committed_off, tmp_path, mail)
    assert (states(), len(before)) == (then, left)
    assert send_due() == {}  # its leases still hold
    clock.shift(max(LEASE, SENDING_LEASE) + 60 * SECOND)
    assert send_due() == {"sent": 4}
    assert states() == {"sent": 6}
    assert Counter(Delivery.objects.values_list("attempts", flat=True)) == attempts
    after = mail.written()
    assert set(after) == mail.names_of(Delivery.objects.all())
    assert {name: after[name] for name in before} == before  # what had left was not written again


def test_without_the_look_up_a_killed_worker_doubles(committed_off, mail, clock, tmp_path, monkeypatch):
    """The negative control."""
    before = die_at("left", committed_off, tmp_path, mail)
    monkeypatch.setattr(channels.Email, "already_left", lambda self, delivery: False)
    clock.shift(max(LEASE, SENDING_LEASE) + 60 * SECOND)
    assert send_due() == {"sent": 4}
    after = mail.written()
    assert len([name for name in before if after[name] != before[name]]) == 1


# --- outcomes nobody knows


@pytest.mark.parametrize(("left", "state"), [(True, "sent"), (False, "planned")])
def test_a_person_settles_what_became_of_a_message(called_off, mail, left, state):
    row(called_off, state="unknown", reason="interrupted", attempts=3).save()
    assert send_due() == {}
    settle_unknown(delivery=Delivery.objects.get(), left=left, by=called_off.admin)
    assert states() == {state: 1}
    assert str(called_off.admin.pk) in Delivery.objects.get().reason
    assert send_due() == ({} if left else {"sent": 1})
    assert len(mail.all()) == (0 if left else 1)
    with pytest.raises(Refusal) as caught:
        settle_unknown(delivery=Delivery.objects.get(), left=left, by=called_off.admin)
    assert caught.value.code == "not_unknown"


# --- without Redis


def test_a_deed_and_its_mail_need_no_broker(committed_off, mail, settings):
    """The rows are in Postgres in the deed's own transaction; the killed processes above had no broker either."""
    from iop.celery import app

    house = committed_off
    with app.connection_for_write(url="redis+socket:///nobody-listens.sock") as nobody:
        with pytest.raises(Exception, match="nobody-listens"):
            nobody.ensure_connection(max_retries=1, interval_start=0)
        cancel_session(session=house.session, reason="power cut")
        assert states() == {"planned": 3}
        assert send_due() == {"sent": 3}


def test_no_service_imports_a_task_or_the_broker():
    """What a deed needs later is a row, which a task finds."""
    files = list(
        itertools.chain.from_iterable(
            BASE_DIR.glob(f"{app}/{name}")
            for app in (
                "core",
                "audit",
                "accounts",
                "messaging",
                "patients",
                "groups",
                "journal",
                "scheduling",
                "clinical",
            )
            for name in (
                "models.py",
                "services.py",
                "services/*.py",
                "queries.py",
                "channels.py",
                "kinds.py",
                "forms.py",
            )
        )
    )
    assert len(files) > 10
    wrong = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{a.name}" for a in node.names]
            bad = ("celery", "kombu", "redis", "channels", "asgiref", "core.tasks")
            wrong += [(file.name, n) for n in names if n.startswith(bad) or ".tasks" in n]
    assert wrong == []


def test_services_are_named_for_what_the_task_calls(called_off, mail):
    """The task is the service and nothing else."""
    from messaging.tasks import send_due as task

    plan([row(called_off)])
    assert task() is None
    assert states() == {"sent": 1}
    assert services.send_due() == {}
