"""Rounds: everybody is asked, nobody has to speak, and pressing twice moves on once."""

from functools import partial

import pytest

from core.errors import Refusal
from core.tests.racing import together
from rooms import live, wire
from rooms.models import Round, Spell, Turn
from rooms.services.agenda import begin_session, next_step, start_break
from rooms.services.door import remove
from rooms.services.rounds import (
    Order,
    call_turn,
    end_round,
    end_turn,
    order_turns,
    pass_turn,
    present,
    round_of,
    start_round,
)
from rooms.tests.floor import arrive, leave, seat

live.load()


@pytest.fixture
def seated(house, clock):
    return seat(house, clock, more=2)


def now(seated) -> str | None:
    """The name of whose turn it is."""
    return (turn := Turn.objects.filter(state="now").select_related("participant").first()) and turn.participant.shown


def names(seated) -> list[str]:
    return [t["name"] for t in round_of(seated.room)["round"]["turns"]]


def refused(deed, **given) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**given)
    return caught.value.code


def test_everybody_in_care_is_asked_as_they_came(seated):
    start_round(by=seated.alice, kind="check_in")
    assert names(seated) == [one.shown for one in seated.members]  # no leader is asked
    for one in seated.members:
        assert now(seated) == one.shown
        end_turn(by=one, key=one.key)
    held = Round.objects.get()
    assert held.ended_at and round_of(seated.room) == {"round": None, "held": []}  # it belonged to no step
    assert set(held.turns.values_list("state", flat=True)) == {"done"}


def test_who_passes_is_asked_once_more_and_may_pass_again(seated):
    pat, quinn, third, fourth = seated.members
    start_round(by=seated.alice, kind="closing")
    pass_turn(by=pat, key=pat.key)
    shown = {t["name"]: t for t in round_of(seated.room)["round"]["turns"]}
    assert shown[pat.shown]["state"] == "waiting" and shown[pat.shown]["again"]
    pass_turn(by=seated.alice, key=quinn.key)  # comes later
    for one in (third, fourth):
        end_turn(by=seated.alice, key=one.key)
    assert now(seated) == pat.shown
    pass_turn(by=pat, key=pat.key)
    shown = {t["name"]: t for t in round_of(seated.room)["round"]["turns"]}
    assert shown[pat.shown] == {"key": pat.key, "name": pat.shown, "state": "done", "again": False}
    assert now(seated) == quinn.shown
    end_turn(by=quinn, key=quinn.key)
    assert Round.objects.get().ended_at
    assert dict(Turn.objects.values_list("participant__shown", "state"))[pat.shown] == "passed"


def test_late_ones_come_after_and_who_left_is_passed_over(seated, house):
    pat, quinn, third, fourth = seated.members
    leave(quinn)
    Spell.objects.create(participant=third, kind="away", began_at=fourth.admitted_at)
    start_round(by=seated.alice, kind="check_in")
    assert names(seated) == [pat.shown, fourth.shown]
    end_turn(by=pat, key=pat.key)
    arrive(house.quinn.user, house)
    leave(fourth)
    end_turn(by=seated.alice, key=fourth.key)
    assert names(seated) == [pat.shown, fourth.shown, quinn.shown] and now(seated) == quinn.shown
    remove(by=seated.alice, participant=quinn, why="Asked to leave")
    end_turn(by=seated.bob, key=quinn.key)
    assert now(seated) is None


def test_orders(seated):
    pat, quinn, third, fourth = seated.members
    start_round(by=seated.alice, kind="other", order=Order.GIVEN, keys=[fourth.key, pat.key])
    assert names(seated) == [fourth.shown, pat.shown, quinn.shown, third.shown]
    order_turns(by=seated.alice, keys=[third.key, quinn.key, pat.key])
    assert names(seated) == [fourth.shown, third.shown, quinn.shown, pat.shown]
    assert refused(order_turns, by=seated.alice, keys=[third.key]) == "moved_on"
    call_turn(by=seated.bob, key=pat.key)
    assert now(seated) == pat.shown
    end_turn(by=pat, key=pat.key)
    assert now(seated) == fourth.shown  # who had it, and comes back
    end_round(by=seated.alice, on=0)
    assert now(seated)
    end_round(by=seated.alice, on=Round.objects.get().pk)
    assert now(seated) is None
    seen = set()
    for _once in range(12):
        start_round(by=seated.alice, kind="other", order=Order.RANDOM)
        seen.add(tuple(names(seated)))
        end_round(by=seated.alice)
    assert len(seen) > 1 and all(sorted(one) == sorted(m.shown for m in seated.members) for one in seen)


def test_what_is_refused(seated):
    pat, quinn = seated.pat, seated.quinn
    assert refused(start_round, by=pat, kind="check_in") == "not_a_leader"
    assert refused(start_round, by=seated.alice, kind="nap") == "kind"
    assert refused(call_turn, by=seated.alice, key=pat.key) == "no_round"
    start_round(by=seated.alice, kind="check_in")
    assert refused(start_round, by=seated.bob, kind="check_in") == "one_round"
    assert refused(end_turn, by=quinn, key=pat.key) == "not_a_leader"
    assert refused(pass_turn, by=quinn, key=pat.key) == "not_a_leader"
    assert refused(call_turn, by=seated.alice, key="nobody") == "nobody"
    end_turn(by=quinn, key=quinn.key)  # not their turn: nothing happens
    assert now(seated) == pat.shown
    end_round(by=seated.alice)
    for one in seated.members:
        leave(one)
    assert present(seated.room) == []
    assert refused(start_round, by=seated.alice, kind="check_in") == "nobody"


def test_in_which_steps_a_round_was_held_is_known_to_a_page_that_was_reloaded(
    seated, django_capture_on_commit_callbacks
):
    """So that it is not offered again: also not in what is left of its step after a break."""

    def shown() -> list[int]:
        return live.PARTS["round"](seated.room, seated.alice)["held"]

    begin_session(by=seated.alice)
    step = seated.room.steps.get(began_at__isnull=False, ended_at=None)
    assert shown() == []
    with wire.held_back() as found, django_capture_on_commit_callbacks(execute=True):
        start_round(by=seated.alice, kind="check_in", on=step.pk)
        end_round(by=seated.alice)
    assert shown() == [step.pk] == found[-1].news.data["held"]
    with wire.held_back() as found, django_capture_on_commit_callbacks(execute=True):
        start_break(by=seated.alice, minutes=5, on=step.pk)
    (rest,) = shown()
    assert rest == seated.room.steps.get(kind="check_in", began_at=None).pk != step.pk
    assert [one.news.data["held"] for one in found if one.news.kind == "round"] == [[rest]]
    next_step(by=seated.alice, on=seated.room.steps.get(kind="break", began_at__isnull=False).pk)
    next_step(by=seated.alice, on=rest)
    assert shown() == [rest]  # the next step has had none


def test_the_news_are_the_picture(seated, django_capture_on_commit_callbacks, django_assert_max_num_queries):
    with wire.held_back() as found, django_capture_on_commit_callbacks(execute=True):
        start_round(by=seated.alice, kind="check_in")
        pass_turn(by=seated.pat, key=seated.pat.key)
    assert [one.news.kind for one in found] == ["round", "round"]
    with django_assert_max_num_queries(3):
        assert found[-1].news.data == live.PARTS["round"](seated.room, seated.quinn)


@pytest.mark.parametrize("guarded", [True, False])
def test_done_by_a_member_and_a_leader_at_once_moves_on_once(committed_house, clock, guarded):
    found = seat(committed_house, clock, more=2)
    start_round(by=found.alice, kind="check_in")
    pat, quinn = found.pat, found.quinn
    second = pat if guarded else quinn  # the negative control: what would happen were it not said whose turn it was
    answers = together([partial(end_turn, by=pat, key=pat.key), partial(end_turn, by=found.alice, key=pat.key)])
    if not guarded:
        end_turn(by=found.alice, key=second.key)
    assert answers == [None, None]
    assert now(found) == (quinn.shown if guarded else found.others[0].shown)
