"""Calls to the leaders: opened once, heard by leaders alone, taken, closed with what was done."""

import pytest

from core.errors import Refusal
from rooms.models import Call, Participant, Spell
from rooms.services.calls import call_leaders, close_call, take_back, take_call
from rooms.services.presence_own import come_back, step_away
from rooms.wire import LEADERS

NOT_OK, TROUBLE = Call.Kind.NOT_OK, Call.Kind.TROUBLE


def test_pressing_again_opens_one_call_and_keeps_every_word(care_scene, told):
    with told() as news:
        for words in ("", "", "I feel dizzy", "I feel dizzy", "Please come"):
            call_leaders(by=care_scene.pat, kind=NOT_OK, text=words)
    assert Call.objects.get().text == "I feel dizzy\nPlease come"
    assert {one.to for one in news} == {LEADERS, (care_scene.pat.key,)}
    assert all("text" not in one.data for one in news if one.to != LEADERS)
    call_leaders(by=care_scene.pat, kind=TROUBLE, text="I hear nothing")
    assert Call.objects.count() == 2


def test_it_works_at_the_door_too(care_scene):
    Participant.objects.filter(pk=care_scene.pat.pk).update(state="waiting")
    assert call_leaders(by=care_scene.pat, kind=NOT_OK).participant == care_scene.pat
    Participant.objects.filter(pk=care_scene.pat.pk).update(state="removed", removed_at=care_scene.pat.came_at)
    with pytest.raises(Refusal, match="removed"):
        call_leaders(by=care_scene.pat, kind=NOT_OK)


def test_a_leader_takes_it_on_and_closes_it_with_what_was_done(care_scene, told, house):
    call = call_leaders(by=care_scene.pat, kind=NOT_OK)
    with told() as news:
        take_call(by=care_scene.alice, call=call)
        take_call(by=care_scene.alice, call=call)
    assert [one.data["taken_by"] for one in news] == ["Alice", "Alice"]  # to the leaders, and to Pat
    with pytest.raises(Refusal) as refused:
        close_call(by=care_scene.alice, call=call, outcome="  ")
    assert (refused.value.code, refused.value.field) == ("no_outcome", "outcome")
    with told() as news:
        close_call(by=care_scene.alice, call=call, outcome="Talked in the room beside; is calmer")
    assert all("outcome" not in one.data and one.data["closed"] for one in news)
    with pytest.raises(Refusal, match="closed"):
        take_call(by=care_scene.alice, call=call)
    call_leaders(by=care_scene.pat, kind=NOT_OK)  # and once more
    assert Call.objects.count() == 2


def test_only_leaders_take_and_close(care_scene):
    call = call_leaders(by=care_scene.pat, kind=NOT_OK)
    for deed in (
        lambda: take_call(by=care_scene.quinn, call=call),
        lambda: close_call(by=care_scene.pat, call=call, outcome="x"),
    ):
        with pytest.raises(Refusal) as refused:
            deed()
        assert refused.value.code == "not_a_leader"


def test_a_trouble_that_is_solved_the_caller_takes_back_but_not_being_not_ok(care_scene):
    call_leaders(by=care_scene.pat, kind=TROUBLE)
    take_back(by=care_scene.pat, kind=TROUBLE)
    take_back(by=care_scene.pat, kind=TROUBLE)
    assert Call.objects.get().closed_at
    call_leaders(by=care_scene.pat, kind=NOT_OK)
    with pytest.raises(Refusal) as refused:
        take_back(by=care_scene.pat, kind=NOT_OK)
    assert refused.value.code == "a_leader_closes"


def test_stepping_away_and_back(care_scene, told):
    with told() as news:
        step_away(by=care_scene.pat)
        step_away(by=care_scene.pat)
        come_back(by=care_scene.pat)
        come_back(by=care_scene.pat)
    assert [one.data["away"] for one in news] == [True, False]
    assert Spell.objects.get().ended_at


def test_who_may_see_calls(care_scene, house):
    call_leaders(by=care_scene.pat, kind=NOT_OK)
    seen = {
        name: Call.objects.visible_to(getattr(house, name)).count() for name in ("alice", "bob", "charlie", "billing")
    }
    assert seen == {"alice": 1, "bob": 1, "charlie": 0, "billing": 0}
    assert not Call.objects.visible_to(house.quinn.user).exists()
