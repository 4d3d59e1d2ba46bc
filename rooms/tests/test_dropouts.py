"""The drop-out protocol: opened once by whichever process looks first, closed by coming back or by a leader’s words."""

import datetime as dt
from functools import partial

import pytest
from django.db import IntegrityError
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import failures, meeting_after, together
from rooms.models import Connection, DropOut, Room
from rooms.services import dropouts
from rooms.services.dropouts import BY_LEADER, end_drop_out, look, note_called
from rooms.tests.care_scenes import Scene
from rooms.wire import LEADERS


@pytest.fixture
def lost(care_scene):
    care_scene.connect(care_scene.alice)
    care_scene.connect(care_scene.quinn)
    connection = care_scene.connect(care_scene.pat)
    care_scene.lose(connection, 61)
    return connection


def test_whoever_is_lost_longer_than_the_grace_is_on_a_card_once(care_scene, lost, told, django_assert_num_queries):
    with told() as news:
        assert (look(), look()) == (1, 0)
    (one,) = news
    assert one.to == LEADERS and one.data["key"] == care_scene.pat.key
    call_at = dt.datetime.fromisoformat(one.data["call_at"])
    assert call_at == lost.closed_at + dt.timedelta(minutes=5)
    with django_assert_num_queries(1):
        look()


@pytest.mark.parametrize(("seconds", "why"), [(59, "lost"), (300, "left"), (300, "removed"), (300, "ended")])
def test_neither_within_the_grace_nor_whoever_left(care_scene, seconds, why):
    care_scene.lose(care_scene.connect(care_scene.pat), seconds, why)
    assert look() == 0


def test_a_second_page_that_is_still_open_is_no_drop_out(care_scene, lost):
    care_scene.connect(care_scene.pat)
    assert look() == 0


def test_two_processes_that_saw_the_same_loss_make_one_card(committed_house, clock):
    made = two_processes(Scene(committed_house, clock))
    assert sorted(made) == [0, 1] and DropOut.objects.count() == 1


def two_processes(care_scene: Scene) -> list:
    """Both saw that Pat was lost; what each of them makes of it."""
    care_scene.lose(care_scene.connect(care_scene.pat), 90)
    (seen,) = dropouts._candidates(timezone.now())
    return together([partial(dropouts._dropped, seen)] * 2)


def test_without_the_rooms_lock_the_second_runs_into_the_wall(committed_house, clock, monkeypatch):
    """The negative control: both have looked before either writes."""
    care_scene = Scene(committed_house, clock)
    monkeypatch.setattr(type(Room.objects.all()), "select_for_update", lambda self, **_how: self)
    monkeypatch.setattr(dropouts.DropOut, "__init__", meeting_after(dropouts.DropOut.__init__))
    (error,) = failures(two_processes(care_scene))
    assert isinstance(error, IntegrityError) and "one_open_drop_out" in str(error)


def test_neither_leaders_nor_those_at_the_door_nor_in_a_room_that_is_over(care_scene, lost):
    care_scene.lose(care_scene.connect(care_scene.alice), 300)
    care_scene.pat.state = "waiting"
    care_scene.pat.save()
    assert look() == 0
    care_scene.pat.state = "in"
    care_scene.pat.save()
    care_scene.room.ended_at, care_scene.room.ended_by = timezone.now(), care_scene.house.alice
    care_scene.room.save()
    assert look() == 0


def test_past_the_planned_end_only_while_a_leader_is_there(care_scene, clock):
    clock.move_to(care_scene.session.ends_at + dt.timedelta(minutes=10))
    care_scene.lose(care_scene.connect(care_scene.pat), 70)
    assert look() == 0
    care_scene.connect(care_scene.alice)
    assert look() == 1


def test_coming_back_closes_it_and_the_next_loss_opens_another(care_scene, lost, told):
    look()
    again = care_scene.connect(care_scene.pat, 0)
    with told() as news:
        assert (look(), look()) == (1, 0)
    assert news[0].data["outcome"] == DropOut.objects.get().outcome == "returned"
    care_scene.clock.shift(dt.timedelta(minutes=3))
    care_scene.lose(again, 90)
    assert look() == 1
    assert DropOut.objects.filter(ended_at=None).count() == 1


def test_a_leader_calls_and_says_how_it_ended(care_scene, lost, told):
    look()
    drop = DropOut.objects.get()
    with told() as news:
        note_called(by=care_scene.alice, drop_out=drop)
        note_called(by=care_scene.alice, drop_out=drop)
    assert [one.data["called_by"] for one in news] == ["Alice"]
    for outcome, text, code in (("returned", "x", "no_outcome"), ("welfare", " ", "no_words"), ("", "x", "no_outcome")):
        with pytest.raises(Refusal) as refused:
            end_drop_out(by=care_scene.alice, drop_out=drop, outcome=outcome, text=text)
        assert refused.value.code == code
    end_drop_out(by=care_scene.alice, drop_out=drop, outcome="reached")
    with pytest.raises(Refusal, match="ended"):
        note_called(by=care_scene.alice, drop_out=drop)
    assert look() == 0  # the same loss opens no second card
    with pytest.raises(Refusal) as refused:
        note_called(by=care_scene.quinn, drop_out=drop)
    assert refused.value.code == "not_a_leader"


@pytest.mark.parametrize("outcome", BY_LEADER)
def test_every_outcome_of_the_protocol(care_scene, lost, outcome):
    look()
    ended = end_drop_out(
        by=care_scene.alice, drop_out=DropOut.objects.get(), outcome=outcome, text="Her sister answered"
    )
    assert ended.ended_at and bool(ended.called_at) == (outcome != "left")


def test_who_may_see_them(care_scene, lost, house):
    look()
    seen = {n: DropOut.objects.visible_to(getattr(house, n)).count() for n in ("alice", "bob", "charlie", "billing")}
    assert seen == {"alice": 1, "bob": 1, "charlie": 0, "billing": 0}
    assert not DropOut.objects.visible_to(house.quinn.user).exists()
    assert Connection.objects.filter(participant=care_scene.pat).count() == 1
