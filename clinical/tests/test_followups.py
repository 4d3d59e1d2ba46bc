"""Follow-ups: one click, an owner, a day, an outcome; what is overdue reaches the lead."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from clinical.models import FollowUp
from clinical.services import followups
from clinical.services.risk_news import follow_up_overdue
from core.errors import Refusal
from core.tests.racing import together
from messaging.kinds import Call, Skip
from messaging.models import Delivery


def task_of(house, **kwargs) -> FollowUp:
    given_ = {"episode": house.pat_episode, "session": house.session, "reason": "quiet", "by": house.alice, **kwargs}
    return followups.open_follow_up(**given_)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)))
def test_the_next_business_day(day):
    found = followups.next_business_day(day)
    assert found > day and found.weekday() < 5
    between = [day + dt.timedelta(days=n) for n in range(1, (found - day).days)]
    assert all(d.weekday() >= 5 for d in between)


def test_one_click_and_again_is_the_same_task(house):
    first = task_of(house)
    assert (first.owner, first.due_on) == (house.alice, dt.date(2026, 3, 3))
    assert task_of(house, by=house.bob) == first and FollowUp.objects.count() == 1
    assert task_of(house, reason="distressed") != first
    followups.close_follow_up(follow_up=first, outcome="spoke", by=house.alice)
    assert task_of(house) != first


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_task(committed_house):
    together([lambda: task_of(committed_house)] * 2)
    assert FollowUp.objects.count() == 1


def test_only_somebody_of_the_care_team_is_given_it(house):
    with pytest.raises(Refusal) as refused:
        task_of(house, owner=house.charlie)
    assert refused.value.code == "not_theirs"
    task = task_of(house)
    with pytest.raises(Refusal) as refused:
        followups.hand_over(follow_up=task, owner=house.charlie, due_on=task.due_on, by=house.alice)
    assert refused.value.code == "not_theirs"
    assert followups.hand_over(follow_up=task, owner=house.bob, due_on=task.due_on, by=house.alice).owner == house.bob


def test_it_ends_with_an_outcome(house):
    task = task_of(house)
    for outcome, words, code in (("", "", "not_an_outcome"), ("not_reached", " ", "empty")):
        with pytest.raises(Refusal) as refused:
            followups.close_follow_up(follow_up=task, outcome=outcome, words=words, by=house.alice)
        assert refused.value.code == code
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(pk=task.pk).update(closed_at=timezone.now())
    followups.close_follow_up(follow_up=task, outcome="not_reached", words="Called twice", by=house.alice)
    with pytest.raises(Refusal) as refused:
        followups.close_follow_up(follow_up=task, outcome="spoke", by=house.alice)
    assert refused.value.code == "closed"


def test_what_is_overdue_reaches_the_lead_once(house, clock):
    task = task_of(house, owner=house.bob)
    clock.move_to(dt.datetime(2026, 3, 4, 7, 0, tzinfo=dt.UTC))  # still Tuesday evening in Los Angeles
    assert followups.tell_overdue() == 0
    clock.shift(dt.timedelta(hours=2))
    assert followups.tell_overdue() == 1 and followups.tell_overdue() == 0
    assert [d.recipient for d in Delivery.objects.filter(kind=followups.OVERDUE)] == [house.alice]
    moved = followups.hand_over(follow_up=task, owner=house.bob, due_on=dt.date(2026, 3, 5), by=house.alice)
    assert moved.lead_told_at is None
    clock.shift(dt.timedelta(days=4))
    assert followups.tell_overdue() == 1
    assert Delivery.objects.filter(kind=followups.OVERDUE, recipient=house.alice).count() == 2  # anew, of its new day


def test_the_message_stands_for_all_that_were_told_of_with_it(house, clock):
    first, second = task_of(house), task_of(house, reason="distressed")
    clock.shift(dt.timedelta(days=3))
    followups.tell_overdue()
    (message,) = Delivery.objects.filter(kind=followups.OVERDUE)
    followups.close_follow_up(follow_up=first, outcome="spoke", by=house.alice)
    assert isinstance(follow_up_overdue(message), Call)
    followups.close_follow_up(follow_up=second, outcome="spoke", by=house.alice)
    assert isinstance(follow_up_overdue(message), Skip)


def test_an_overdue_task_of_the_leads_reaches_their_supervisor(house, clock):
    task_of(house)
    task_of(house, reason="distressed")
    clock.shift(dt.timedelta(days=3))
    assert followups.tell_overdue() == 2
    assert [d.recipient for d in Delivery.objects.filter(kind=followups.OVERDUE)] == [house.bob]


def test_telling_of_many_costs_as_much_as_of_one(house, clock, django_assert_num_queries):
    for tasks in (1, 6):
        for _n in range(tasks):
            followups.open_follow_up(episode=house.pat_episode, reason="care", by=house.bob, owner=house.bob)
        clock.shift(dt.timedelta(days=3))
        with django_assert_num_queries(7):
            assert followups.tell_overdue() == tasks


def test_a_stranger_knows_of_none(house):
    task_of(house)
    assert not FollowUp.objects.visible_to(house.charlie).exists()
    assert FollowUp.objects.visible_to(house.bob).count() == 1
