"""Filling in, sending, marking as done: nothing is lost, and what was sent stays as it was."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given as that
from hypothesis import strategies as st

from core.errors import Refusal
from library.answers import kept, read_out
from library.models import Homework, Reply, Sending, Sheet
from library.queries import homework_of, rounds_of, waiting_for
from library.services import (
    assign,
    mark_done,
    reply,
    save_sheet,
    send_sheet,
    take_back_done,
    take_up,
    withdraw,
    withdraw_item,
)
from library.services.own import questions_of
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from patients.models import CareTeamMember
from tests.examples.library import filled, make_article, questions


def refused(code: str, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


def send(homework, answers, version=0):
    return send_sheet(homework=homework, answers=answers, version=version)


def test_saved_as_it_is_typed(given, worksheet):
    short = str(questions(worksheet)["short"].pk)
    assert save_sheet(homework=given, answers={}, version=0).version == 0 and not Sheet.objects.exists()
    assert save_sheet(homework=given, answers={short: "At"}, version=0).version == 1
    assert save_sheet(homework=given, answers={short: "At the stop"}, version=1).version == 2
    assert save_sheet(homework=given, answers={short: "At the stop"}, version=1).version == 2, "a lost answer"
    refused("changed", save_sheet, homework=given, answers={short: "Elsewhere"}, version=1)
    assert Sheet.objects.get().answers == {short: "At the stop"}
    assert save_sheet(homework=given, answers={}, version=2).answers == {}, "and taken back altogether"


def test_only_answers_to_its_questions_are_kept(given, worksheet):
    asked = {kind: str(field.pk) for kind, field in questions(worksheet).items()}
    odd = {
        asked["scale"]: "11",
        asked["choice"]: "7",
        asked["choices"]: ["2", "9", "0"],
        asked["yes_no"]: "maybe",
        "0": "x",
    }
    assert save_sheet(homework=given, answers=odd, version=0).answers == {asked["choices"]: ["0", "2"]}
    long = {asked["short"]: "x" * 301}
    assert refused("too_long", save_sheet, homework=given, answers=long, version=1).field == f"q{asked['short']}"


@that(st.dictionaries(st.text(max_size=3), st.one_of(st.text(), st.lists(st.text()), st.none(), st.integers())))
def test_whatever_is_given_something_kept_reads_out(given_answers):
    class Field:
        pk, kind, options = 1, "choices", ["One", "Two"]

    for kind in ("short", "long", "scale", "choice", "choices", "yes_no"):
        Field.kind = kind
        answers = kept([Field], dict.fromkeys("1", next(iter(given_answers.values()), None)))
        assert len(read_out([Field], answers)) == 1


def test_what_is_needed_is_asked_for_when_it_is_sent(given, worksheet):
    asked = questions(worksheet)
    refused("empty", send, homework=given, answers={})
    some = {str(asked["long"].pk): "Something"}
    assert refused("missing", send, homework=given, answers=some).field == f"q{asked['short'].pk}"
    assert not Sending.objects.exists()


def test_sent_it_is_done_and_the_team_is_told(house, given, worksheet):
    sending = send(given, filled(worksheet))
    given.refresh_from_db()
    assert given.is_done and given.waiting_since == given.done_at == timezone.now()
    assert send(given, filled(worksheet), 1) == sending, "pressed twice, it is one"
    told = Delivery.objects.get(kind="homework_sent")
    assert told.recipient == house.alice and isinstance(compose(told), Call)
    CareTeamMember.objects.filter(user=house.alice).update(ends_at=timezone.now())
    assert compose(told) == Skip("no longer on the care team")


def test_a_later_change_is_a_new_sending(given, worksheet):
    send(given, filled(worksheet))
    again = filled(worksheet, "At home")
    saved = save_sheet(homework=given, answers=again, version=1)
    assert Sending.objects.count() == 1, "a draft changes nothing that was sent"
    second = send(given, again, saved.version)
    assert [s.number for s in given.sendings.all()] == [1, 2] and second.answers == again
    assert given.sendings.first().answers == filled(worksheet)


def test_what_was_sent_and_answered_never_changes(house, given, worksheet):
    sending = send(given, filled(worksheet))
    answer = reply(sending=sending, text="Well seen.", by=house.alice)
    for row, field in ((sending, "answers"), (answer, "text")):
        for deed in (
            row.delete,
            lambda row=row, field=field: type(row).objects.filter(pk=row.pk).update(**{field: "x"}),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                deed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM library_sending UNION ALL SELECT text FROM library_reply")
        stored = str(cursor.fetchall())
    assert "bus stop" not in stored and "Well seen" not in stored, "encrypted in their columns"
    assert Sending.objects.get().answers == filled(worksheet) and Reply.objects.get().text == "Well seen."


def test_somebody_no_longer_in_care_keeps_it_and_sends_nothing(house, given, worksheet):
    house.pat_episode.ended_on, house.pat_episode.ended_reason = timezone.localdate(), "Completed"
    house.pat_episode.save()
    refused("not_in_care", send, homework=given, answers=filled(worksheet))
    assert save_sheet(homework=given, answers=filled(worksheet), version=0).version == 1


def test_withdrawn_nothing_more_is_saved_or_sent(house, given, worksheet):
    saved = save_sheet(homework=given, answers=filled(worksheet), version=0)
    withdraw(homework=given, by=house.alice)
    refused("withdrawn", save_sheet, homework=given, answers={}, version=1)
    refused("withdrawn", send, homework=given, answers=filled(worksheet), version=1)
    refused("withdrawn", mark_done, homework=given)
    for deed in (
        lambda: Sending.objects.create(homework=given, number=1, answers={"1": "x"}),
        lambda: Sheet.objects.filter(pk=saved.pk).update(version=9),
    ):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            deed()
        assert caught.value.__cause__.diag.constraint_name == "filled_in_while_it_stands"
    assert Sheet.objects.get().answers == filled(worksheet), "what they wrote stays"


def test_done_and_taken_back(house, article):
    homework = assign(patient=house.pat, item=article, by=house.alice)
    assert mark_done(homework=homework).is_done and mark_done(homework=homework).is_done
    assert take_back_done(homework=homework).is_to_do
    mark_done(homework=homework)
    assign(patient=house.pat, item=article, by=house.alice)
    refused("has_it_already", take_back_done, homework=homework)


def test_taken_up_by_oneself(house, worksheet):
    own = take_up(patient=house.pat, item=worksheet)
    assert own.is_own_wish and take_up(patient=house.pat, item=worksheet) == own
    send(own, filled(worksheet))
    assert Delivery.objects.get(kind="homework_sent").recipient == house.alice, "the primary clinician"
    withdraw_item(item=worksheet)
    refused("not_there", take_up, patient=house.quinn, item=worksheet)
    elsewhere = make_article(house.program)
    house.pat_episode.ended_on, house.pat_episode.ended_reason = timezone.localdate(), "Completed"
    house.pat_episode.save()
    refused("not_there", take_up, patient=house.pat, item=elsewhere)


def test_what_waits(house, given, article, worksheet, django_assert_num_queries):
    today = timezone.localdate()
    later = assign(patient=house.pat, item=article, by=house.alice, due_on=today + dt.timedelta(days=3))
    with django_assert_num_queries(1):
        found = waiting_for(house.pat)
    assert (found.to_do, found.due_on, found.news) == (2, later.due_on, 0) and found
    with django_assert_num_queries(1):
        assert homework_of(house.pat) == {"to_do": [later, given], "done": []}
    answers = filled(worksheet, long="It was loud.\r\nI stayed.")
    reply(sending=send(given, answers), text="Well seen.", by=house.alice)
    mark_done(homework=later)
    found = waiting_for(house.pat)
    assert (found.to_do, found.news) == (0, 1) and found
    Homework.objects.update(news_at=None)
    assert not waiting_for(house.pat)
    homework = next(one for one in homework_of(house.pat)["done"] if one == given)
    with django_assert_num_queries(4):
        (only,) = rounds_of(homework)
    assert [one.lines for one in only.answered] == [
        *(("At the bus stop",), ("It was loud.", "I stayed."), ("7",), ("Two",), ("One", "Three"), ("No",)),
    ]
    assert len(questions_of(worksheet)) == 6
