"""Giving homework, answering what was sent, taking it back; who sees what."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from library.models import Homework, Reply, Sending, Sheet
from library.queries import count_for_team, homework_for_team, to_answer
from library.services import (
    assign,
    assign_to_members,
    mark_done,
    read_news,
    reply,
    save_sheet,
    send_sheet,
    withdraw,
    withdraw_item,
)
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from patients.models import CareTeamMember
from patients.services import add_to_care_team, end_care_team
from tests.examples.library import filled, make_article, make_worksheet
from tests.factories import make_program, make_staff


def refused(code: str, deed, **kwargs) -> None:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code


@pytest.fixture
def sent(house, given, worksheet) -> Sending:
    """Pat sent the worksheet."""
    return send_sheet(homework=given, answers=filled(worksheet), version=0)


def test_given_they_are_told_and_not_what(house, given):
    told = Delivery.objects.get(kind="homework_given")
    call = compose(told)
    assert isinstance(call, Call) and call.path == "/my/homework/" and told.recipient == house.pat.user
    mark_done(homework=given)
    assert compose(told) == Skip("done or withdrawn meanwhile")


def test_what_is_refused(house, article, worksheet):
    given = {"patient": house.pat, "item": article, "by": house.alice}
    today = timezone.localdate()
    for who in (house.charlie, house.coordinator, house.admin):
        refused("not_theirs", assign, **given | {"by": who})
    refused("past_day", assign, **given, due_on=today - dt.timedelta(days=1))
    refused("too_far", assign, **given, due_on=today + dt.timedelta(days=400))
    refused("too_long", assign, **given, note="x" * 1001)
    refused("not_in_care", assign, **given | {"item": make_article(make_program("Elsewhere"))})
    assign(**given)
    refused("has_it_already", assign, **given)
    withdraw_item(item=worksheet)
    refused("not_published", assign, **given | {"item": worksheet})


def test_the_database_holds_it_too(house, given, worksheet):
    elsewhere = make_article(make_program("Elsewhere"))
    row = {"patient": house.pat, "assigned_by": house.alice}
    for name, deed in (
        ("one_open_homework_of_an_item", lambda: Homework.objects.create(item=worksheet, **row)),
        ("homework_of_own_program", lambda: Homework.objects.create(item=elsewhere, **row)),
        ("homework_state_is_whole", lambda: Homework.objects.update(state="done")),
    ):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            deed()
        assert caught.value.__cause__.diag.constraint_name == name
    for deed in (given.delete, lambda: Homework.objects.update(patient=house.quinn)):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_everybody_of_a_group_each_by_themselves(house, article):
    assign(patient=house.quinn, item=article, by=house.alice)
    done = assign_to_members(group=house.group, item=article, by=house.alice, session=house.session)
    assert [one.patient for one in done.given] == [house.pat] and done.had == [house.quinn]
    assert Homework.objects.get(patient=house.pat).session == house.session
    refused("not_theirs", assign_to_members, group=house.group, item=article, by=house.charlie)
    other = make_article(make_program("Elsewhere"))
    refused("another_program", assign_to_members, group=house.group, item=other, by=house.alice)
    wrong = house.other_group.sessions.first()
    refused("another_session", assign_to_members, group=house.group, item=article, by=house.alice, session=wrong)
    refused("nobody", assign_to_members, group=house.group, item=article, by=house.coordinator)


def test_answered_it_waits_no_more_and_they_are_told(house, given, sent):
    assert to_answer(house.alice) == [given]
    answer = reply(sending=sent, text=" Well seen. ", by=house.alice)
    assert reply(sending=sent, text="Well seen.", by=house.alice) == answer, "pressed twice, it is one"
    given.refresh_from_db()
    assert given.is_done and given.waiting_since is None and given.news_at == answer.at
    assert to_answer(house.alice) == []
    told = Delivery.objects.get(kind="homework_answered")
    assert told.recipient == house.pat.user and isinstance(compose(told), Call)
    read_news(homework=given)
    assert compose(told) == Skip("read meanwhile")


def test_once_more_please(house, given, sent, worksheet):
    reply(sending=sent, text="Try the third question again.", by=house.alice, again=True)
    given.refresh_from_db()
    assert given.is_to_do
    second = send_sheet(homework=given, answers=filled(worksheet), version=1)
    assert second.number == 2, "also where they leave it as it was"
    refused("newer", reply, sending=sent, text="Late", by=house.alice)
    refused("empty", reply, sending=second, text=" ", by=house.alice)
    refused("too_long", reply, sending=second, text="x" * 5001, by=house.alice)
    refused("not_theirs", reply, sending=second, text="Hello", by=house.charlie)
    assign(patient=house.pat, item=worksheet, by=house.alice)
    refused("has_it_already", reply, sending=second, text="Again", by=house.alice, again=True)


def test_withdrawn_it_waits_for_nobody(house, given, sent):
    assert withdraw(homework=given, by=house.alice).is_withdrawn
    assert withdraw(homework=given, by=house.alice).withdrawn_by == house.alice
    refused("withdrawn", reply, sending=sent, text="Late", by=house.alice)
    refused("not_theirs", withdraw, homework=given, by=house.charlie)
    assert to_answer(house.alice) == [] and Sending.objects.exists()


def test_who_sees_what(house, given, sent, worksheet):
    reply(sending=sent, text="Well seen.", by=house.alice)
    for model in (Homework, Sending, Reply):
        seen = model.objects.visible_to
        for user in (house.pat.user, house.alice, house.bob):
            assert seen(user).count() == 1, (model, user)
        outsider = make_staff(make_program(), Role.CLINICIAN)
        for user in (house.quinn.user, house.charlie, house.admin, house.billing, outsider):
            assert not seen(user).exists(), (model, user)
    assert Sheet.objects.visible_to(house.pat.user).exists()
    for user in (house.alice, house.bob, house.quinn.user, house.admin):
        assert not Sheet.objects.visible_to(user).exists(), "a draft is its writer's own"
    add_to_care_team(patients=[house.pat], user=house.charlie, part=CareTeamMember.Part.COVER, source="test:1")
    assert Sending.objects.visible_to(house.charlie).exists()
    end_care_team(source="test:1")
    assert not Sending.objects.visible_to(house.charlie).exists()


def test_lists_cost_the_same_whatever_the_rows(house, given, sent, django_assert_num_queries):
    for _n in range(4):
        assign(patient=house.pat, item=make_worksheet(house.program), by=house.alice)
    assert len(house.alice.roles)
    with django_assert_num_queries(1):
        assert len(homework_for_team(house.alice, house.pat)) == 5
    with django_assert_num_queries(1):
        assert to_answer(house.alice)[0].patient.name
    with django_assert_num_queries(1):
        assert count_for_team(house.alice, house.pat) == {"to_do": 4, "waiting": 1, "all": 5}
    first = homework_for_team(house.alice, house.pat)[0]
    assert first == given, "what waits for an answer comes first"


def test_a_draft_is_never_among_what_the_team_reads(house, given, worksheet):
    save_sheet(homework=given, answers=filled(worksheet, "Only for myself"), version=0)
    assert not Sending.objects.exists() and count_for_team(house.alice, house.pat)["waiting"] == 0
