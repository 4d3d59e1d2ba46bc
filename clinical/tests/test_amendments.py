"""Correcting a record at its person's request: by when, by whom, in writing; and what the database holds of it."""

import datetime as dt
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from accounts.access import Role
from clinical.models import AmendmentRequest, AmendmentStatement
from clinical.services import amendments, record_news
from clinical.tests.documenting import make_plan, sign_one
from core.errors import Refusal
from core.tests.racing import failures, meeting_after, together
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from tests.factories import make_program, make_staff

WISH, WHY = "I never said that I drink every day.", "It says daily. I said on weekends."
REFUSED = {"decision": "denied", "basis": "correct", "answer": "The recording of the scale says daily."}


@contextmanager
def refuses(code, field=None):
    with pytest.raises(Refusal) as caught:
        yield
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.fixture
def desk(house, clock):
    """Monday noon, with a signed contact of Pat's by Alice."""
    clock.shift(dt.timedelta(hours=4))
    house.contact = sign_one(house.pat, house.alice)
    return house


def ask(house, **given) -> AmendmentRequest:
    given = {"thing": house.contact, "wish": WISH, "why": WHY, **given}
    return amendments.ask(patient=house.pat, by=house.pat.user, **given)


def told(kind: str) -> list[int]:
    return list(Delivery.objects.filter(kind=kind).order_by("pk").values_list("recipient_id", flat=True))


def news(kind: str, user):
    """What comes of the latest message of this kind to somebody."""
    return compose(Delivery.objects.filter(kind=kind, recipient=user).latest("pk"))


def test_asking_has_a_day_by_which_it_is_answered_and_is_told(desk):
    asked = ask(desk)
    assert (asked.about, asked.asked_on, asked.due_on) == ("document", dt.date(2026, 3, 2), dt.date(2026, 5, 1))
    assert asked.program == desk.program and asked.is_open
    assert set(told("request_asked")) == {desk.alice.pk, desk.admin.pk}
    call = news("request_asked", desk.alice)
    assert isinstance(call, Call) and str(asked.uid) in call.path and "Pat" not in str(call)
    assert ask(desk).pk == asked.pk, "pressed twice"
    assert AmendmentRequest.objects.count() == 1


def test_what_cannot_be_asked_is_said(desk):
    with refuses("empty", "wish"):
        ask(desk, wish="  ")
    with refuses("long", "why"):
        ask(desk, why="x" * 5001)
    with refuses("not_theirs"):
        ask(desk, thing=sign_one(desk.quinn, desk.alice))
    with refuses("not_own"):
        amendments.ask(patient=desk.pat, thing=None, wish=WISH, why=WHY, by=desk.alice)
    for n in range(amendments.OPEN_AT_MOST):
        ask(desk, thing=None, wish=f"{WISH} {n}")
    with refuses("too_many"):
        ask(desk)


def test_accepted_adds_a_correction_beside_the_note(desk):
    asked = ask(desk)
    with refuses("empty", "entry"):
        amendments.decide(request=asked, decision="accepted", answer="You are right.", by=desk.alice)
    done = amendments.decide(
        request=asked, decision="accepted", answer="You are right.", entry="Drinks on weekends.", by=desk.alice
    )
    assert (done.addendum.kind, done.addendum.text, done.addendum.document) == (
        *("correction", "Drinks on weekends."),
        desk.contact,
    )
    assert done.decided_name == "Alice Clinician, LMFT" and done.basis == ""
    desk.contact.refresh_from_db()
    assert desk.contact.is_intact
    assert isinstance(news("request_answered", desk.pat.user), Call)
    assert isinstance(news("request_asked", desk.alice), Skip)
    with refuses("decided"):
        amendments.decide(request=asked, by=desk.alice, **REFUSED)


def test_refused_names_its_basis_and_both_may_speak_after_it(desk):
    asked = ask(desk)
    with refuses("no_basis", "basis"):
        amendments.decide(request=asked, decision="denied", answer="No.", by=desk.bob)
    with refuses("not_refused"):
        amendments.disagree(request=asked, text="But.", by=desk.pat.user)
    done = amendments.decide(request=asked, by=desk.bob, **REFUSED)
    assert done.was_refused and done.addendum is None
    with refuses("not_said"):
        amendments.reply(request=done, text="Still.", by=desk.alice)
    with refuses("not_own"):
        amendments.disagree(request=done, text="Hers.", by=desk.quinn.user)
    amendments.disagree(request=done, text="I disagree.", by=desk.pat.user)
    with refuses("said"):
        amendments.disagree(request=done, text="And more.", by=desk.pat.user)
    amendments.reply(request=done, text="We read it.", by=desk.alice)
    assert list(done.statements.values_list("kind", "name")) == [
        ("disagreement", "Pat Peerson"),
        ("rebuttal", "Alice Clinician, LMFT"),
    ]
    assert told("request_answered") == [desk.pat.user_id] * 2


def test_thirty_days_more_once_and_with_a_reason(desk, clock):
    asked = ask(desk)
    with refuses("empty", "reason"):
        amendments.take_longer(request=asked, reason=" ", by=desk.alice)
    longer = amendments.take_longer(request=asked, reason="The session's leader is away.", by=desk.alice)
    assert longer.due_on == asked.due_on + dt.timedelta(days=30)
    with refuses("extended"):
        amendments.take_longer(request=asked, reason="Again.", by=desk.alice)
    other = ask(desk, thing=None)
    clock.move_to(dt.datetime(2026, 5, 2, 20, tzinfo=dt.UTC))
    with refuses("late"):
        amendments.take_longer(request=other, reason="Late.", by=desk.alice)


def test_what_is_due_soon_is_told_once_and_once_more_when_it_is_late(desk, clock):
    asked = ask(desk)
    assert record_news.tell_due() == 0
    clock.move_to(dt.datetime(2026, 4, 25, 20, tzinfo=dt.UTC))
    assert record_news.tell_due() == record_news.tell_due() == 1
    assert set(told("request_due")) == {desk.alice.pk, desk.admin.pk} and len(told("request_due")) == 2
    assert isinstance(news("request_due", desk.alice), Call)
    clock.move_to(dt.datetime(2026, 5, 2, 20, tzinfo=dt.UTC))
    record_news.tell_due()
    assert len(told("request_due")) == 4
    amendments.decide(request=asked, by=desk.alice, **REFUSED)
    assert isinstance(news("request_due", desk.alice), Skip) and record_news.tell_due() == 0
    assert any(entry["task"] == "clinical.tell_due_requests" for entry in settings.CELERY_BEAT_SCHEDULE.values())


def test_who_decides(desk):
    asked = ask(desk)
    outsider = make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN)
    may = {
        name: amendments.may_decide(user, asked)
        for name, user in {
            "signer": desk.alice,
            "supervisor": desk.bob,
            "admin": desk.admin,
            "stranger": desk.charlie,
            "coordinator": desk.coordinator,
            "billing": desk.billing,
            "patient": desk.pat.user,
            "outsider": outsider,
        }.items()
    }
    assert {name for name, yes in may.items() if yes} == {"signer", "supervisor", "admin"}
    with refuses("not_a_clinician", "decision"):
        amendments.decide(request=asked, decision="accepted", answer="Yes.", entry="Yes.", by=desk.admin)
    amendments.decide(request=asked, by=desk.admin, **REFUSED)


def test_taken_back_by_whoever_asked(desk):
    asked = ask(desk)
    with refuses("not_own"):
        amendments.take_back(request=asked, by=desk.alice)
    amendments.take_back(request=asked, by=desk.pat.user)
    with refuses("withdrawn"):
        amendments.decide(request=asked, by=desk.alice, **REFUSED)
    assert isinstance(news("request_asked", desk.alice), Skip)
    assert not AmendmentRequest.objects.open().exists()


def test_who_may_know_of_it(desk):
    done = amendments.decide(request=ask(desk), by=desk.alice, **REFUSED)
    amendments.disagree(request=done, text="I disagree.", by=desk.pat.user)
    for seen in (AmendmentRequest.objects.visible_to, AmendmentStatement.objects.visible_to):
        assert seen(desk.alice).exists() and seen(desk.pat.user).exists() and seen(desk.admin).exists()
        for stranger in (desk.charlie, desk.quinn.user, desk.robin.user, desk.coordinator):
            assert not seen(stranger).exists()


def test_the_words_are_ciphertext_in_the_rows_and_their_history(desk):
    done = amendments.decide(request=ask(desk, others="My doctor"), by=desk.alice, **REFUSED)
    amendments.disagree(request=done, text="I disagree.", by=desk.pat.user)
    with connection.cursor() as cursor:
        for table in ("amendmentrequest", "amendmentrequestevent", "amendmentstatement", "amendmentstatementevent"):
            cursor.execute(f"SELECT string_agg(row_to_json(t)::text, ' ') FROM clinical_{table} t")
            (rows,) = cursor.fetchone()
            assert "gAAAA" in rows
            assert not [w for w in ("weekends", "every day", "doctor", "scale says", "I disagree") if w in rows]


# --- the database is the last wall


def wrong(house, **changed):
    """An insert that must not come to be."""
    today = timezone.localdate()
    given = {
        **{"patient": house.pat, "program": house.program, "about": "other", "wish": WISH, "why": WHY},
        **{"asked_at": timezone.now(), "asked_on": today, "due_on": today + dt.timedelta(days=60)},
    }
    with pytest.raises((IntegrityError, InternalError)) as caught, transaction.atomic():
        AmendmentRequest.objects.create(**(given | changed))
    return str(caught.value)


def test_walls_of_a_request(desk):
    late = timezone.localdate() + dt.timedelta(days=61)
    theirs = sign_one(desk.quinn, desk.alice)
    draft = make_plan(desk.quinn_episode, desk.alice, "x")
    assert "says_what_and_why" in wrong(desk, why="")
    assert "is_due_in_time" in wrong(desk, due_on=late)
    assert "about_one_thing" in wrong(desk, about="note")
    assert "about_one_thing" in wrong(desk, document=desk.contact)
    assert "whoever asks" in wrong(desk, about="document", document=theirs)
    assert "whoever asks" in wrong(desk, about="plan", plan=draft)
    signed = {"decided_at": timezone.now(), "decided_by": desk.alice, "decided_name": "A", "answer": "No."}
    assert "decision_is_whole" in wrong(desk, decision="denied", **signed)
    assert "decision_is_whole" in wrong(desk, decision="accepted", basis="correct", **signed)
    assert "is_added" in wrong(desk, about="document", document=desk.contact, decision="accepted", **signed)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clinical_amendmentrequest SET wish = why",
        "UPDATE clinical_amendmentrequest SET asked_on = asked_on + 1",
        "DELETE FROM clinical_amendmentrequest",
        "UPDATE clinical_amendmentstatement SET text = name",
        "DELETE FROM clinical_amendmentstatement",
    ],
)
def test_what_was_said_stays(desk, sql):
    done = amendments.decide(request=ask(desk), by=desk.alice, **REFUSED)
    amendments.disagree(request=done, text="I disagree.", by=desk.pat.user)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_what_is_decided_stays_and_statements_come_in_order(desk):
    asked = ask(desk)
    row = {"request": asked, "text": "x", "by": desk.pat.user, "name": "Pat", "at": timezone.now()}
    for kind in ("disagreement", "rebuttal"):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            AmendmentStatement.objects.create(kind=kind, **row)
    amendments.decide(request=asked, by=desk.alice, **REFUSED)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        AmendmentStatement.objects.create(kind="rebuttal", **row)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        AmendmentRequest.objects.filter(pk=asked.pk).update(decision="accepted", basis="")


def decide_at_once(house) -> list:
    """Alice refuses while Bob accepts. What each was told."""
    asked = amendments.ask(patient=house.pat, thing=None, wish=WISH, why=WHY, by=house.pat.user)
    return together(
        [
            lambda: amendments.decide(request=asked, by=house.alice, **REFUSED),
            lambda: amendments.decide(request=asked, decision="accepted", answer="Yes.", by=house.bob),
        ]
    )


def test_two_who_decide_at_once_are_one_answer(committed_house):
    (lost,) = failures(decide_at_once(committed_house))
    assert isinstance(lost, Refusal) and lost.code == "decided"


def test_without_the_lock_the_database_refuses_the_second(committed_house, monkeypatch):
    """The negative control: both have looked before either writes, and only the wall is left."""
    related = ("patient__user", "program")
    looked = meeting_after(lambda asked: AmendmentRequest.objects.select_related(*related).get(pk=asked.pk))
    monkeypatch.setattr(amendments, "_locked", looked)
    (lost,) = failures(decide_at_once(committed_house))
    assert isinstance(lost, InternalError)
    assert AmendmentRequest.objects.get().decision in ("denied", "accepted")
