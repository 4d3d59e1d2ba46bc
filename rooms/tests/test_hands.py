"""Raised hands: who spoke least comes first; only leaders know the order. Reactions come and go."""

import datetime as dt
from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.tests.racing import together
from rooms import live, wire
from rooms.models import Hand, Participant, Round, TalkSpell, Turn
from rooms.services import hands
from rooms.services.hands import call_on, clear_hands, lower_hand, queue, raise_hand, react, spoken
from rooms.tests.floor import leave, seat

live.load()
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def seated(house, clock):
    return seat(house, clock, more=2)


def talks(one: Participant, begins: int, lasts: int | None) -> TalkSpell:
    """They were heard from so many seconds after they were let in, for so long."""
    at = one.admitted_at + begins * SECOND
    return TalkSpell.objects.create(
        participant=one, began_at=at, ended_at=None if lasts is None else at + lasts * SECOND
    )


def order(seated, at) -> list[Participant]:
    return [hand.participant for hand in queue(seated.room, at)]


def refused(deed, **given) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**given)
    return caught.value.code


def refresh(seated):
    for one in seated.members:
        one.refresh_from_db()


def test_talk_and_turns_count_once(seated, clock):
    refresh(seated)
    pat, quinn, third, fourth = seated.members
    clock.shift(600)
    until = pat.admitted_at + 300 * SECOND
    held = Round.objects.create(room=seated.room, kind="other", began_at=pat.admitted_at)
    Turn.objects.create(
        round=held, participant=pat, place=1, state="done",
        began_at=pat.admitted_at + 10 * SECOND, ended_at=pat.admitted_at + 70 * SECOND,
    )  # fmt: skip
    talks(pat, 20, 30)  # within the turn
    talks(pat, 60, 20)  # ten seconds past it
    talks(pat, 100, 5)
    Turn.objects.create(
        round=held, participant=quinn, place=2, state="passed",
        began_at=quinn.admitted_at, ended_at=quinn.admitted_at + 40 * SECOND,
    )  # fmt: skip
    talks(third, 297, None)
    assert spoken(seated.room, until) == {pat.pk: 75, third.pk: 1}
    assert fourth.pk not in spoken(seated.room, until)


def test_who_spoke_least_is_first_then_who_waits_longest(seated, clock):
    refresh(seated)
    pat, quinn, third, fourth = seated.members
    talks(pat, 0, 60)
    talks(third, 0, 10)
    for one in (pat, quinn, third, fourth):
        clock.shift(5)
        raise_hand(by=one)
    at = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)
    assert order(seated, at) == [quinn, fourth, third, pat]
    leave(quinn)
    assert order(seated, at) == [fourth, third, pat, quinn]
    call_on(by=seated.alice, key=third.key)
    call_on(by=seated.bob, key=third.key)  # pressed by both
    assert Hand.objects.get(participant=third).called_at
    lower_hand(by=fourth, key=fourth.key)
    assert order(seated, at) == [pat, quinn]
    lower_hand(by=seated.alice, key=quinn.key)
    clear_hands(by=seated.alice)
    assert order(seated, at) == [] and Hand.objects.filter(called_at__isnull=False).count() == 1


def test_who_may_do_what(seated):
    pat, quinn = seated.pat, seated.quinn
    raise_hand(by=pat)
    raise_hand(by=pat)
    assert Hand.objects.count() == 1
    for deed, given_ in ((lower_hand, {"key": pat.key}), (call_on, {"key": pat.key}), (clear_hands, {})):
        assert refused(deed, by=quinn, **given_) == "not_a_leader"


def test_only_leaders_know_the_order_and_each_their_own_place(seated, clock, django_capture_on_commit_callbacks):
    refresh(seated)
    pat, quinn = seated.pat, seated.quinn
    talks(pat, 0, 10)
    clock.shift(60)
    with wire.held_back() as found, django_capture_on_commit_callbacks(execute=True):
        raise_hand(by=pat)
        raise_hand(by=quinn)
    both = sorted([pat.key, quinn.key])
    leader, first, second, none = (
        live.PARTS["hands"](seated.room, p) for p in (seated.alice, quinn, pat, seated.others[0])
    )
    assert leader == {"up": both, "order": [quinn.key, pat.key], "place": None}
    assert first == {"up": both, "order": None, "place": 1} and second["place"] == 2
    assert none == {"up": both, "order": None, "place": None}
    last = [one.news for one in found][-4:]
    assert [(n.kind, n.to) for n in last] == [
        ("hands", wire.ALL), ("hands.order", wire.LEADERS),
        ("hands.place", (quinn.key,)), ("hands.place", (pat.key,)),
    ]  # fmt: skip
    assert last[0].data == {"up": both} and last[1].data == {"order": leader["order"]}


def test_a_picture_takes_two_queries_whatever_the_hands(seated, django_assert_max_num_queries):
    for one in seated.members:
        raise_hand(by=one)
        with django_assert_max_num_queries(2):
            live.PARTS["hands"](seated.room, seated.alice)


def test_a_reaction_is_told_and_kept_nowhere(seated, settings, django_capture_on_commit_callbacks):
    with wire.held_back() as found, django_capture_on_commit_callbacks(execute=True):
        react(by=seated.pat, kind="leaf")
    assert [(one.news.kind, one.news.data["kind"], one.news.data["key"]) for one in found] == [
        ("reaction", "leaf", seated.pat.key)
    ]
    assert refused(react, by=seated.pat, kind="dislike") == "kind"
    for _more in range(hands.REACTIONS_AT_ONCE - 1):
        react(by=seated.pat, kind="heart")
    assert refused(react, by=seated.pat, kind="heart") == "too_many"
    react(by=seated.quinn, kind="heart")  # others are not held back


def test_without_redis_a_reaction_is_refused_in_words(seated, settings):
    wire.redis_client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        assert refused(react, by=seated.pat, kind="heart") == "away"
    finally:
        wire.redis_client.cache_clear()


def test_two_leaders_calling_at_once_call_one(committed_house, clock, monkeypatch):
    assert called_by_two(committed_house, clock, monkeypatch) == 1
    assert Hand.objects.filter(called_at__isnull=False).count() == 1
    assert Hand.objects.filter(lowered_at=None).count() == 1


def called_by_two(house, clock, monkeypatch) -> int:
    """Both leaders call on Pat at the same moment; how often it is told."""
    found, told = seat(house, clock), []
    raise_hand(by=found.pat)
    raise_hand(by=found.quinn)
    monkeypatch.setattr(wire, "send", told.extend)
    assert together([partial(call_on, by=one, key=found.pat.key) for one in (found.alice, found.bob)]) == [None, None]
    return sum(one.news.kind == "hands.called" for one in told)


def test_without_looking_whether_the_hand_is_up_it_is_called_twice(committed_house, clock, monkeypatch):
    """The negative control."""

    def whatever(doing, key: str, **fields) -> int:
        return Hand.objects.filter(participant__key=key).update(lowered_at=doing.now, **fields)

    monkeypatch.setattr(hands, "_lower", whatever)
    assert called_by_two(committed_house, clock, monkeypatch) == 2


DEEDS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["raise", "raise", "talk", "lower", "call", "leave"]), st.integers(1, 90)
    ),
    max_size=25,
)


def test_the_queue_is_fair_whatever_happens(house, clock):
    found = seat(house, clock, more=2)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(deeds=DEEDS)
    def whatever_happens(deeds):
        with transaction.atomic():
            _live(found, clock, deeds)
            transaction.set_rollback(True)

    whatever_happens()


def _live(found, clock, deeds) -> None:
    seconds, up, gone = [0] * 4, {}, set()
    for who, what, lasts in deeds:
        one, at = found.members[who], dt.datetime.now(dt.UTC)
        if what == "talk":
            TalkSpell.objects.create(participant=one, began_at=at, ended_at=at + lasts * SECOND)
            seconds[who] += lasts
            clock.shift(lasts)
        elif what == "raise":
            raise_hand(by=one)
            up.setdefault(who, at)
        elif what == "lower":
            lower_hand(by=one, key=one.key)
            up.pop(who, None)
        elif what == "leave":
            leave(one)
            gone.add(who)
        elif shown := queue(found.room, at):
            called = shown[0].participant
            call_on(by=found.alice, key=called.key)
            chosen = found.members.index(called)
            # Nobody who is here and spoke less, or as much and waits longer, was passed over.
            assert all(
                (chosen in gone, seconds[chosen], up[chosen]) <= (n in gone, seconds[n], t) for n, t in up.items()
            )
            up.pop(chosen)
        clock.shift(1)
        assert {h.participant_id for h in queue(found.room, at)} == {found.members[n].pk for n in up}
