"""Quick ratings, breaches, mutes, grounding, the closing check, and what their part of the picture tells whom."""

import datetime as dt

import pytest
from django.utils import timezone

from core.errors import Refusal
from rooms import live, wire
from rooms.models import Agreement, Breach, Participant, QuickRating, Round, Turn
from rooms.services import mutes
from rooms.services.breaches import guidelines_of, log_breach
from rooms.services.closing import is_check_open, open_check
from rooms.services.grounding import show
from rooms.services.ratings import latest_of, rate
from rooms.wire import LEADERS

live.load()


def code_of(deed, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refused:
        deed(*args, **kwargs)
    return refused.value.code


def test_the_newest_rating_counts_and_not_rated_is_not_zero(care_scene, told):
    with told() as news:
        rate(by=care_scene.alice, participant=care_scene.pat, scale="tone", value=3)
        rate(by=care_scene.alice, participant=care_scene.pat, scale="tone", value=0)
    assert {one.to for one in news} == {LEADERS}
    assert latest_of(care_scene.room) == {care_scene.pat.key: {"tone": 0}}
    assert QuickRating.objects.count() == 2
    assert code_of(rate, by=care_scene.pat, participant=care_scene.quinn, scale="tone", value=1) == "not_a_leader"
    assert code_of(rate, by=care_scene.alice, participant=care_scene.alice, scale="tone", value=1) == "not_a_member"
    assert code_of(rate, by=care_scene.alice, participant=care_scene.pat, scale="tone", value=5) == "out_of_range"


def test_a_breach_names_a_guideline_and_what_was_done(care_scene, told):
    today = timezone.localdate()
    make = {"program": care_scene.house.program, "text": "…", "written_by": care_scene.house.bob}
    Agreement.objects.create(version=1, guidelines=["What is said here stays here."], in_force_from=today, **make)
    Agreement.objects.create(version=2, guidelines=["Later."], in_force_from=today + dt.timedelta(days=1), **make)
    assert guidelines_of(care_scene.room) == ["What is said here stays here."]
    words = {"text": "Named a neighbour", "done": "Reminded everybody"}
    with told() as news:
        log_breach(by=care_scene.alice, participant=care_scene.pat, guideline="What is said here stays here.", **words)
    assert news[0].to == LEADERS and "neighbour" not in str(news[0].data)
    log_breach(by=care_scene.alice, participant=care_scene.pat, guideline="Our own words", **words)
    refuse = {"by": care_scene.alice, "participant": care_scene.pat}
    assert code_of(log_breach, **refuse, guideline=" ", **words) == "no_guideline"
    assert code_of(log_breach, **refuse, guideline="x", text="", done=" ") == "not_done"
    assert (
        code_of(log_breach, by=care_scene.alice, participant=care_scene.alice, guideline="x", **words) == "not_a_member"
    )


def test_muting_by_the_server(care_scene, told):
    with told() as news:
        mutes.set_muted(by=care_scene.alice, participant=care_scene.pat, muted=True)
    care_scene.pat.refresh_from_db()
    assert care_scene.pat.is_muted and news[0].data == {"key": care_scene.pat.key, "muted": True}
    assert code_of(mutes.set_muted, by=care_scene.alice, participant=care_scene.alice, muted=True) == "a_leader"
    assert code_of(mutes.set_muted, by=care_scene.pat, participant=care_scene.quinn, muted=True) == "not_a_leader"
    mutes.unmute_all(by=care_scene.alice)
    assert not Participant.objects.filter(is_muted=True).exists()


def test_all_but_who_has_the_turn_else_who_is_heard(care_scene):
    now = timezone.now()
    care_scene.talk(care_scene.quinn, 200, None)
    assert mutes.mute_others(by=care_scene.alice) == care_scene.quinn
    assert set(Participant.objects.filter(is_muted=True)) == {care_scene.pat}
    mutes.unmute_all(by=care_scene.alice)
    held = Round.objects.create(room=care_scene.room, kind="check_in", began_at=now)
    Turn.objects.create(round=held, participant=care_scene.pat, place=1, state="now", began_at=now)
    assert mutes.mute_others(by=care_scene.alice) == care_scene.pat
    assert set(Participant.objects.filter(is_muted=True)) == {care_scene.quinn}
    mutes.unmute_all(by=care_scene.alice)
    assert mutes.mute_others(by=care_scene.alice, but=care_scene.quinn) == care_scene.quinn


def test_a_grounding_exercise_is_for_all_or_for_one_alone(care_scene, told):
    with told() as news:
        show(by=care_scene.alice, exercise="box")
        show(by=care_scene.alice, exercise="feet", participant=care_scene.pat)
    assert [one.to for one in news] == [wire.ALL, (care_scene.pat.key,)]
    assert code_of(show, by=care_scene.alice, exercise="push-ups") == "no_exercise"
    assert code_of(show, by=care_scene.pat, exercise="box") == "not_a_leader"


def test_an_exercise_that_could_not_be_shown_is_refused_in_words(care_scene, settings, told):
    """It is news alone: told as done while nobody sees it, a leader would wait in silence."""
    wire.redis_client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        with told() as news, pytest.raises(Refusal, match="reconnecting") as refused:
            show(by=care_scene.alice, exercise="box")
    finally:
        wire.redis_client.cache_clear()
    assert "Say it aloud, or try again" in refused.value.message and news == []


def test_the_closing_check_is_opened_by_a_leader_or_by_the_agenda(care_scene, told):
    assert not is_check_open(care_scene.room)
    with told() as news:
        open_check(by=care_scene.alice)
        open_check(by=care_scene.alice)
    assert [one.kind for one in news] == ["check.open"]
    care_scene.room.refresh_from_db()
    assert is_check_open(care_scene.room)
    care_scene.room.check_opened_at = None
    care_scene.room.save()
    step = care_scene.room.steps.get(kind="closing_check")
    step.began_at = timezone.now()
    step.save()
    assert is_check_open(care_scene.room)
    assert code_of(open_check, by=care_scene.pat) == "not_a_leader"


def test_only_leaders_get_the_part_of_leaders_and_always_in_as_many_queries(care_scene, django_assert_num_queries):
    rate(by=care_scene.alice, participant=care_scene.pat, scale="tone", value=3)
    log_breach(by=care_scene.alice, participant=care_scene.pat, guideline="x", text="", done="y")
    assert live.PARTS["care"](care_scene.room, care_scene.pat) is None
    supervisor = care_scene.enter(care_scene.house.bob)
    assert live.PARTS["care"](care_scene.room, supervisor) is None
    with django_assert_num_queries(5):
        found = live.PARTS["care"](care_scene.room, care_scene.alice)
    assert found["ratings"] == {care_scene.pat.key: {"tone": 3}} and len(found["breaches"]) == 1
    with django_assert_num_queries(2):
        assert live.PARTS["own"](care_scene.room, care_scene.pat) == {"away": False, "calls": []}


def test_who_may_see_ratings_and_breaches(care_scene, house):
    rate(by=care_scene.alice, participant=care_scene.pat, scale="engagement", value=2)
    log_breach(by=care_scene.alice, participant=care_scene.pat, guideline="x", text="", done="y")
    for model in (QuickRating, Breach):
        seen = {n: model.objects.visible_to(getattr(house, n)).count() for n in ("alice", "bob", "charlie", "billing")}
        assert seen == {"alice": 1, "bob": 1, "charlie": 0, "billing": 0}
        assert not model.objects.visible_to(house.quinn.user).exists()
