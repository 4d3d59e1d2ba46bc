"""Writing, answering, giving to a colleague, closing; when an answer is promised; who is told."""

import datetime as dt
import uuid
import zoneinfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from patients.models import CareTeamMember
from patients.services import add_to_care_team, end_care_team
from scheduling.models import Closure
from tests.factories import make_patient, make_program, make_staff
from threads.models import AnswerPolicy, Attachment, Message, Seen, Thread
from threads.services import answer_by, assign, close, mark_seen, start_thread, team_of, write

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=PACIFIC)


def answer(thread, by, text="Of course.") -> Message:
    return write(thread=thread, text=text, by=by, key=uuid.uuid4())


def refused(code: str, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


# --- writing


def test_what_is_written_waits_for_an_answer_by_the_promised_time(house, thread):
    assert thread.program == house.program and thread.waiting_since == timezone.now()
    assert thread.due_at == at(3, 17)
    message = thread.messages.get()
    assert (message.text, message.by_patient, message.author) == ("Can I come late?", True, house.pat.user)


@pytest.mark.parametrize(
    ("day", "hour", "days", "due"),
    [
        (2, 8, 1, 3),  # Monday
        (2, 23, 1, 3),
        (6, 12, 1, 9),  # Friday: the weekend doesn't count
        (7, 12, 1, 9),  # Saturday
        (8, 12, 1, 9),  # Sunday, when clocks change
        (6, 12, 3, 11),
    ],
)
def test_business_days(house, day, hour, days, due):
    assert answer_by(house.program, at(day, hour), days) == at(due, 17)


def test_days_the_program_is_closed_do_not_count(house):
    closed = {"program": house.program, "reason": "Founder’s day", "created_by": house.coordinator}
    closure = Closure.objects.create(starts_on=dt.date(2026, 3, 3), last_on=dt.date(2026, 3, 4), **closed)
    assert answer_by(house.program, at(2, 8), 1) == at(5, 17)
    closure.lifted_at = timezone.now()
    closure.save()
    assert answer_by(house.program, at(2, 8), 1) == at(3, 17)


def test_the_programs_own_promise(house):
    AnswerPolicy.objects.create(program=house.program, business_days=2)
    sent = start_thread(patient=house.pat, subject="A", text="b", key=uuid.uuid4())
    assert sent.thread.due_at == at(4, 17)


def test_a_second_message_does_not_move_the_promise(house, thread, clock):
    clock.shift(dt.timedelta(hours=30))
    write(thread=thread, text="Are you there?", by=house.pat.user, key=uuid.uuid4())
    thread.refresh_from_db()
    assert thread.due_at == at(3, 17) and thread.last_at == timezone.now()
    answer(thread, house.alice)
    thread.refresh_from_db()
    assert thread.waiting_since is None and thread.due_at is None


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"subject": "  "}, "no_subject", "subject"),
        ({"subject": "x" * 121}, "long_subject", "subject"),
        ({"text": " \n "}, "empty", "text"),
        ({"text": "x" * 5001}, "long", "text"),
        ({"files": [("a.exe", b"MZ\x90\x00")]}, "not_a_safe_kind", "files"),
    ],
)
def test_what_is_refused_leaves_nothing(house, change, code, field):
    given = {"patient": house.pat, "subject": "A", "text": "b", "key": uuid.uuid4()} | change
    assert refused(code, start_thread, **given).field == field
    assert not Thread.objects.exists() and not Delivery.objects.filter(kind__startswith="message_").exists()


def test_somebody_no_longer_in_care_is_told_whom_to_call(house, thread):
    stay = house.pat_episode
    stay.ended_on, stay.ended_reason = timezone.localdate(), "Completed"
    stay.save()
    refused("not_in_care", start_thread, patient=house.pat, subject="A", text="b", key=uuid.uuid4())
    refused("not_in_care", write, thread=thread, text="c", by=house.pat.user, key=uuid.uuid4())


def test_only_the_care_team_answers(house, thread):
    refused("not_theirs", answer, thread=thread, by=house.charlie)
    add_to_care_team(patients=[house.pat], user=house.charlie, part=CareTeamMember.Part.COVER, source="test:1")
    assert answer(thread, house.charlie).by_patient is False
    end_care_team(source="test:1")
    refused("not_theirs", answer, thread=thread, by=house.charlie, text="Again")


def test_the_care_team_may_begin_and_nobody_waits_for_it(house):
    given = {"patient": house.pat, "subject": "Wednesday", "text": "The room is open earlier.", "key": uuid.uuid4()}
    refused("not_theirs", start_thread, by=house.charlie, **given)
    refused("not_theirs", start_thread, by=house.coordinator, **given)
    first = start_thread(by=house.alice, **given)
    assert start_thread(by=house.alice, **given) == first and Thread.objects.count() == 1
    thread = Thread.objects.get()
    assert (thread.waiting_since, thread.due_at, first.by_patient) == (None, None, False)
    (note,) = Delivery.objects.filter(kind__startswith="message_")
    assert (note.kind, note.recipient) == ("message_for_you", house.pat.user)
    write(thread=thread, text="Thank you.", by=house.pat.user, key=uuid.uuid4())
    thread.refresh_from_db()
    assert thread.waiting_since
    other = start_thread(by=house.alice, **given | {"patient": house.quinn})
    assert other.thread.patient == house.quinn, "the same form, sent of another person"


def test_nothing_is_begun_with_somebody_no_longer_in_care(house):
    stay = house.pat_episode
    stay.ended_on, stay.ended_reason = timezone.localdate(), "Completed"
    stay.save()
    refused("not_in_care", start_thread, patient=house.pat, subject="A", text="b", key=uuid.uuid4(), by=house.alice)


# --- once


def test_the_same_form_sent_twice_is_one_message(house):
    given = {"patient": house.pat, "subject": "A", "text": "b", "key": uuid.uuid4(), "files": [("a.txt", b"c")]}
    first = start_thread(**given)
    assert start_thread(**given) == first
    assert (Thread.objects.count(), Message.objects.count(), Attachment.objects.count()) == (1, 1, 1)


def test_the_same_form_with_other_words_is_another_message(house, thread):
    """Somebody goes back in their browser, writes something else and sends: it is not lost."""
    key = uuid.uuid4()
    one = write(thread=thread, text="One", by=house.pat.user, key=key)
    other = write(thread=thread, text="Other", by=house.pat.user, key=key)
    assert one != other and thread.messages.count() == 3


def test_two_people_with_one_key_are_two(house, thread):
    key = uuid.uuid4()
    assert write(thread=thread, text="Ok", by=house.pat.user, key=key) != write(
        thread=thread, text="Ok", by=house.alice, key=key
    )


# --- read, given, closed


def test_reading_goes_on_and_never_back(house, thread):
    first = thread.messages.get()
    second = answer(thread, house.bob)
    mark_seen(thread=thread, message=second, by=house.alice)
    mark_seen(thread=thread, message=first, by=house.alice)
    assert Seen.objects.get(user=house.alice).up_to == second
    news = Thread.objects.with_news_for
    assert [t.has_news for t in news(house.alice)] == [False] and [t.has_news for t in news(house.pat.user)] == [True]


def test_given_to_a_colleague_of_the_team_and_nobody_else(house, thread):
    assert set(team_of(house.pat)) == {house.alice, house.bob}
    refused("not_theirs", assign, thread=thread, to=house.charlie, by=house.alice)
    assert assign(thread=thread, to=house.bob, by=house.alice).assigned_to == house.bob
    assert assign(thread=thread, to=None, by=house.alice).assigned_to is None


def test_closed_and_opened_by_writing(house, thread):
    done = close(thread=thread, up_to=thread.messages.get().pk, by=house.alice)
    assert done.closed_by == house.alice and done.waiting_since is None
    write(thread=thread, text="One more thing", by=house.pat.user, key=uuid.uuid4())
    thread.refresh_from_db()
    assert thread.closed_at is None and thread.waiting_since


def test_what_came_meanwhile_is_not_closed_unread(house, thread):
    last = thread.messages.get().pk
    write(thread=thread, text="One more thing", by=house.pat.user, key=uuid.uuid4())
    refused("newer", close, thread=thread, up_to=last, by=house.alice)


# --- who is told


def told(kind: str) -> list:
    return list(Delivery.objects.filter(kind=kind).order_by("pk"))


def test_the_primary_clinician_is_told_in_words_that_name_nothing(house, thread):
    (note,) = told("message_to_answer")
    assert note.recipient == house.alice
    call = compose(note)
    assert call == Call({"name": "Alice"}, house.program.pk, path="/desk/inbox/")


def test_whoever_it_is_given_to_is_told(house, thread):
    assign(thread=thread, to=house.bob, by=house.alice)
    assert [note.recipient for note in told("message_to_answer")] == [house.alice, house.bob]
    write(thread=thread, text="Still there?", by=house.pat.user, key=uuid.uuid4())
    assert [note.recipient for note in told("message_to_answer")][2:] == [house.bob]


def test_nobody_is_told_of_what_is_answered_or_not_theirs_any_more(house, thread):
    (note,) = told("message_to_answer")
    CareTeamMember.objects.filter(user=house.alice).update(ends_at=timezone.now())
    assert compose(note) == Skip("no longer on the care team")
    CareTeamMember.objects.filter(user=house.alice).update(ends_at=None)
    answer(thread, house.bob)
    assert compose(note) == Skip("answered")


def test_the_patient_is_told_until_they_have_read_it(house, thread):
    message = answer(thread, house.alice, "Your diagnosis of depression")
    (note,) = told("message_for_you")
    assert note.recipient == house.pat.user
    assert compose(note) == Call({"name": "Pat"}, house.program.pk, path="/my/messages/")
    mark_seen(thread=thread, message=message, by=house.pat.user)
    assert compose(note) == Skip("read meanwhile")


# --- whose


def test_visible_to_oneself_and_the_care_team_only(house, thread):
    start_thread(patient=house.robin, subject="A", text="b", key=uuid.uuid4(), files=[("a.txt", b"c")])
    write(thread=thread, text="", by=house.pat.user, key=uuid.uuid4(), files=[("a.txt", b"c")])
    ran_away = make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN, "Otto")
    for model, way in ((Thread, "patient"), (Message, "thread__patient"), (Seen, "thread__patient")):
        seen = model.objects.visible_to
        for user in (house.pat.user, house.alice, house.bob):
            assert set(seen(user).values_list(way, flat=True)) == {house.pat.pk}, (model, user)
        assert set(seen(house.charlie).values_list(way, flat=True)) == {house.robin.pk}
        # Who runs a program, bills for it or coordinates it reads no messages by that alone; nor does a peer.
        for user in (house.quinn.user, house.admin, house.billing, house.coordinator, ran_away):
            assert not seen(user).exists(), (model, user)
    assert Attachment.objects.visible_to(house.pat.user).count() == 1
    assert not Attachment.objects.visible_to(house.quinn.user).exists()


def test_a_closed_account_sees_nothing(house, thread):
    house.alice.is_active = False
    assert not Thread.objects.visible_to(house.alice).exists() and not Message.objects.visible_to(house.alice).exists()


# --- walls


def test_the_database_and_its_history_hold_no_words(house, thread):
    with connection.cursor() as cursor:
        for table, column in (("threads_thread", "subject"), ("threads_message", "text")):
            cursor.execute(f"SELECT {column} FROM {table}")
            assert all(value.startswith("gAAAA") for (value,) in cursor.fetchall())
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'threads_threadevent'")
        columns = {name for (name,) in cursor.fetchall()}
    assert "waiting_since" in columns and "subject" not in columns
    assert thread.events.count() == 2  # begun, and waiting


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE threads_message SET by_patient = false",
        "DELETE FROM threads_message",
        "DELETE FROM threads_thread",
        "UPDATE threads_thread SET due_at = NULL",
        "UPDATE threads_thread SET closed_at = now()",
    ],
)
def test_what_was_written_stays(house, thread, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("model", [Thread, Message, Attachment, Seen, AnswerPolicy])
def test_nothing_is_emptied(db, model):
    with pytest.raises(DatabaseError, match="truncate"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL iop.may_truncate = 'off'; TRUNCATE {model._meta.db_table} CASCADE")


def test_a_stay_in_another_program_is_another_teams(house):
    """The newest stay's program answers."""
    evening = make_program("Evening track")
    olga = make_staff(evening, Role.CLINICIAN, "Olga")
    stay = make_patient(evening, olga, "Sam")
    assert start_thread(patient=stay.patient, subject="A", text="b", key=uuid.uuid4()).thread.program == evening
    assert [note.recipient for note in told("message_to_answer")] == [olga]
