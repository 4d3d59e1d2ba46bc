"""Polls: answered once, anonymous where they say so, forgotten at the end."""

import threading

import pytest

from core.errors import Refusal
from core.tests.racing import failures, together
from rooms import deeds
from rooms.live import PARTS
from rooms.models import Participant, Poll, PollAnswer, PollVote, RoomPolicy
from rooms.services.door import end_session
from rooms.services.polls import answer_poll, close_poll, hide_results, open_poll, results_of, show_results
from rooms.tests.scene import build_scene, come_in, for_whom, heard
from scheduling.services import seat_member
from tests.factories import make_patient


def with_more(scene, more: int) -> list[Participant]:
    """Pat, Quinn and so many others, all in."""
    found = [scene.pat, scene.quinn]
    for _n in range(more):
        episode = make_patient(scene.house.program, scene.house.alice)
        seat_member(group=scene.house.group, episode=episode, joined_on=scene.house.program.today)
        found.append(come_in(scene.alice, episode.patient))
    return found


def ask(scene, kind="single", **fields) -> Poll:
    options = ["Walking", "Calling somebody"] if kind in ("single", "multiple") else []
    return open_poll(by=scene.alice, **{"kind": kind, "title": "What helps?", "options": options} | fields)


def of(scene, who, poll) -> dict:
    return next(one for one in scene.picture(who)["polls"] if one["id"] == str(poll.uid))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": "  "}, "no_question"),
        ({"title": "x" * 201}, "too_long"),
        ({"options": ["One"]}, "options"),
        ({"options": ["One", "one "]}, "options"),
        ({"options": [str(n) for n in range(11)]}, "options"),
        ({"options": ["One", "x" * 121]}, "too_long"),
    ],
)
def test_a_question_that_cant_be_asked(scene, fields, code):
    with pytest.raises(Refusal, match=code):
        ask(scene, **fields)
    with pytest.raises(Refusal, match="not_a_leader"):
        open_poll(by=scene.pat, kind="word", title="What helps?")
    assert not Poll.objects.exists()


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("single", {}), ("single", {"choices": [0, 1]}), ("single", {"choices": [2]}), ("single", {"number": 3}),
        ("multiple", {"choices": []}), ("scale", {"number": 11}), ("scale", {"number": -1}), ("scale", {"word": "Ten"}),
        ("word", {"word": " "}), ("word", {"word": "x" * 41}),
    ],
)  # fmt: skip
def test_an_answer_that_fits_no_question(scene, kind, given):
    poll = ask(scene, kind)
    with pytest.raises(Refusal, match="no_answer"):
        answer_poll(by=scene.pat, poll=poll, **given)
    assert not PollVote.objects.exists() and not PollAnswer.objects.exists()


def test_an_anonymous_poll_from_beginning_to_end(scene):
    members = with_more(scene, 1)
    with heard() as told:
        poll = ask(scene, "multiple")
        for member, choices in zip(members, ([0], [0, 1], [1]), strict=True):
            scene.ask(member, "poll.answer", id=str(poll.uid), choices=choices)
    assert not PollAnswer.objects.exclude(participant=None).exists()
    for_pat = for_whom(told, scene.pat)
    assert [kind for kind, _data in for_pat] == ["poll.open", "poll.mine"]
    for_alice = [data for kind, data in for_whom(told, scene.alice) if kind == "poll.answered"]
    assert for_alice == [{"id": str(poll.uid), "answered": n} for n in (1, 2, 3)]
    with pytest.raises(Refusal, match="answered"):
        answer_poll(by=scene.pat, poll=poll, choices=[1])
    with pytest.raises(Refusal, match="leaders_ask"):
        answer_poll(by=scene.alice, poll=poll, choices=[1])

    assert "results" not in of(scene, scene.alice, poll) and of(scene, scene.alice, poll)["answered"] == 3
    assert of(scene, scene.pat, poll)["mine"] and "answered" not in of(scene, scene.pat, poll)
    with heard() as told:
        close_poll(by=scene.alice, poll=poll)
    assert [kind for kind, _data in for_whom(told, scene.pat)] == ["poll.closed"]
    assert for_whom(told, scene.alice)[1] == (
        "poll.results",
        {"id": str(poll.uid), "results": {"n": 3, "counts": [2, 2]}},
    )
    with pytest.raises(Refusal, match="closed"):
        answer_poll(by=scene.pat, poll=poll, choices=[1])
    assert "results" not in of(scene, scene.pat, poll)
    with heard() as told:
        scene.ask(scene.alice, "poll.show", id=str(poll.uid))
    assert for_whom(told, scene.quinn) == [("poll.shown", {"id": str(poll.uid), "results": {"n": 3, "counts": [2, 2]}})]
    assert of(scene, scene.pat, poll)["results"] == {"n": 3, "counts": [2, 2]}
    hide_results(by=scene.alice, poll=poll)
    assert "results" not in of(scene, scene.pat, poll) and "results" in of(scene, scene.alice, poll)


def test_too_few_stay_anonymous(scene):
    poll = ask(scene)
    for who in (scene.pat, scene.quinn):
        answer_poll(by=who, poll=poll, choices=[0])
    with pytest.raises(Refusal, match="too_few"):
        show_results(by=scene.alice, poll=poll)
    close_poll(by=scene.alice, poll=poll)
    assert of(scene, scene.alice, poll)["results"] == {"n": 2, "few": True}


def test_with_names_it_may_be_changed_and_only_leaders_learn_who(scene):
    poll = ask(scene, is_anonymous=False)
    answer_poll(by=scene.pat, poll=poll, choices=[0])
    answer_poll(by=scene.pat, poll=poll, choices=[1])
    answer_poll(by=scene.quinn, poll=poll, choices=[1])
    with heard() as told:
        show_results(by=scene.alice, poll=poll)
    kinds = dict(for_whom(told, scene.alice))
    assert kinds["poll.results"]["results"]["who"] == [("Pat", "Calling somebody"), ("Quinn", "Calling somebody")]
    assert all("who" not in data.get("results", {}) for _kind, data in for_whom(told, scene.pat))
    assert of(scene, scene.pat, poll)["results"] == {"n": 2, "counts": [0, 2]}
    assert "who" in of(scene, scene.alice, poll)["results"]


def test_a_scale_and_words(scene):
    members = with_more(scene, 2)
    scale, word = ask(scene, "scale"), ask(scene, "word")
    for member, number, said in zip(members, (0, 7, 7, 10), ("calm", "Calm", "tired", "calm "), strict=True):
        answer_poll(by=member, poll=scale, number=number)
        answer_poll(by=member, poll=word, word=said)
    found = results_of(scale, scale.answers.all())
    assert found == {"n": 4, "counts": [1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1], "mean": 6.0}
    assert results_of(word, word.answers.all()) == {"n": 4, "words": [["calm", 3], ["tired", 1]]}


@pytest.mark.parametrize("keeps", [False, True])
def test_answers_are_forgotten_at_the_end_unless_kept(scene, keeps):
    RoomPolicy.objects.create(program=scene.house.program, poll_keeps=keeps)
    poll = ask(scene, "word")
    answer_poll(by=scene.pat, poll=poll, word="Tired")
    end_session(by=scene.alice)
    assert PollAnswer.objects.count() == keeps and PollVote.objects.count() == 1 and Poll.objects.get().title


def test_a_poll_of_another_room_is_none_here(scene):
    with pytest.raises(Refusal, match="no_poll"):
        scene.ask(scene.alice, "poll.close", id="00000000-0000-0000-0000-000000000000")


def test_a_picture_costs_the_same_with_many_polls(scene, django_assert_num_queries):
    viewer = Participant.objects.select_related("room__session__group").get(pk=scene.alice.pk)
    for more in (1, 4):
        for _n in range(more):
            poll = ask(scene, is_anonymous=False)
            for who in (scene.pat, scene.quinn):
                answer_poll(by=who, poll=poll, choices=[0])
            close_poll(by=scene.alice, poll=poll)
        with django_assert_num_queries(2):
            PARTS["polls"](viewer.room, viewer)


def answer(who, poll) -> None:
    answer_poll(by=who, poll=poll, choices=[0])


def race(scene, poll) -> list:
    """Pat on two pages and Quinn on two, all at the same moment."""
    return together([lambda who=who: answer(who, poll) for who in (scene.pat, scene.quinn) * 2])


def test_everybody_at_once_counts_each_once(committed_house, clock, monkeypatch):
    clock.shift(65 * 60)
    scene = build_scene(committed_house)
    told = []
    monkeypatch.setattr(deeds.wire, "send", told.extend)
    poll = ask(scene)
    told.clear()
    refused = failures(race(scene, poll))
    assert [one.code for one in refused] == ["answered", "answered"]
    assert PollVote.objects.count() == PollAnswer.objects.count() == 2
    assert [one.news.data["answered"] for one in told if one.news.kind == "poll.answered"] == [1, 2]


def test_without_the_lock_the_counts_would_be_wrong(committed_house, clock, monkeypatch):
    """The negative control of the test before: what holds it is the room’s lock. Without it two are inside a deed at once."""
    clock.shift(65 * 60)
    scene = build_scene(committed_house)
    poll = ask(scene)
    told, both, tell = [], threading.Barrier(2, timeout=20), deeds.Deed.tell

    def tell_together(self, kind, *args, **how):
        if kind == "poll.answered":
            both.wait()
        tell(self, kind, *args, **how)

    monkeypatch.setattr(deeds.wire, "send", told.extend)
    monkeypatch.setattr(deeds.Deed, "tell", tell_together)
    monkeypatch.setattr(type(deeds.Room.objects.all()), "select_for_update", lambda self, **_how: self)
    refused = failures(together(lambda who=who: answer(who, poll) for who in (scene.pat, scene.quinn)))
    assert refused == []
    assert [one.news.data["answered"] for one in told if one.news.kind == "poll.answered"] == [1, 1]
