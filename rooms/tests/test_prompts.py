"""Prompts and cards: shown to all, what is written shared only by whoever wrote it, and kept nowhere."""

import pytest
import redis

from core.errors import Refusal
from groups.models import Kind
from rooms import cards, wire
from rooms.models import Prompt
from rooms.services.prompts import LONGEST, close_prompt, draw_card, open_prompt, share_writing
from rooms.tests.scene import for_whom, heard

WORDS = "I wrote this for nobody"


def test_one_at_a_time_for_everybody(scene):
    with heard() as told:
        scene.ask(scene.alice, "prompt.open", kind="writing", text=" Write to yourself. ")
        scene.ask(scene.alice, "prompt.open", kind="question", text="What helped you come?")
    assert [data["text"] for _kind, data in for_whom(told, scene.pat)] == [
        "Write to yourself.",
        "What helped you come?",
    ]
    assert scene.picture(scene.pat)["prompts"]["open"]["text"] == "What helped you come?"
    with heard() as told:
        close_prompt(by=scene.alice)
        close_prompt(by=scene.alice)
    assert [kind for kind, _data in for_whom(told, scene.pat)] == ["prompt.close"]
    assert scene.picture(scene.pat)["prompts"] == {"open": None}


def test_what_is_shared_goes_to_whom_they_chose_and_is_kept_nowhere(scene):
    prompt = open_prompt(by=scene.alice, kind="writing", text="Write to yourself.")
    close_prompt(by=scene.alice)  # it may be shared once the writing is over
    with heard() as told:
        scene.ask(scene.pat, "prompt.share", id=prompt.pk, text=WORDS, to="leaders")
        share_writing(by=scene.quinn, prompt_id=prompt.pk, text="Read by all", to_all=True)
    heard_by = {
        who.shown: [d["text"] for _kind, d in for_whom(told, who)] for who in (scene.alice, scene.pat, scene.quinn)
    }
    assert heard_by == {"Alice": [WORDS, "Read by all"], "Pat": [WORDS, "Read by all"], "Quinn": ["Read by all"]}
    assert WORDS not in str(scene.picture(scene.alice))
    assert not any(WORDS in str(list(model.objects.values())) for model in (Prompt, type(scene.room)))


def test_what_is_refused(scene, monkeypatch):
    prompt = open_prompt(by=scene.alice, kind="writing", text="Write to yourself.")
    for code, deed in (
        ("nothing_said", lambda: open_prompt(by=scene.alice, kind="writing", text=" ")),
        ("too_long", lambda: open_prompt(by=scene.alice, kind="writing", text="x" * (LONGEST + 1))),
        ("not_a_leader", lambda: open_prompt(by=scene.pat, kind="writing", text="x")),
        ("not_a_leader", lambda: scene.ask(scene.pat, "prompt.draw", kind="question")),
        ("nothing_said", lambda: share_writing(by=scene.pat, prompt_id=prompt.pk, text=" ", to_all=True)),
        ("too_long", lambda: share_writing(by=scene.pat, prompt_id=prompt.pk, text="x" * 4001, to_all=True)),
        ("no_prompt", lambda: share_writing(by=scene.pat, prompt_id=0, text="x", to_all=True)),
    ):
        with pytest.raises(Refusal, match=code):
            deed()
    away = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(wire, "redis_client", lambda: away)
    with pytest.raises(Refusal, match="reconnecting"):
        share_writing(by=scene.pat, prompt_id=prompt.pk, text="x", to_all=True)


def test_a_card_is_not_drawn_twice_until_all_were_shown(scene):
    deck = {str(text) for text in cards.cards_for("icebreaker", scene.room.session.group.kind)}
    drawn = set()
    for _n in range(len(deck)):
        text = scene.ask(scene.alice, "prompt.draw", kind="icebreaker")["text"]
        assert text not in drawn
        drawn.add(text)
        open_prompt(by=scene.alice, kind="icebreaker", text=text)
    assert drawn == deck and draw_card(by=scene.alice, kind="icebreaker") in deck


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_of_group_has_cards_that_fit_on_one(kind):
    for of in Prompt.Kind.values:
        deck = [str(text) for text in cards.cards_for(of, kind)]
        assert len(deck) >= 10 and len(set(deck)) == len(deck) and all(len(text) <= LONGEST for text in deck)
    assert len(cards.ICEBREAKERS) >= 20
    assert len(cards.QUESTIONS) + sum(map(len, cards.QUESTIONS_OF_KIND.values())) >= 30
