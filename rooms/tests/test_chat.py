"""Chat: to whom, what is kept, and that nothing typed is lost or written twice."""

import uuid

import pytest
import redis
from django.utils import timezone

from core.errors import Refusal
from rooms import wire
from rooms.live import PARTS
from rooms.models import ChatLine, Participant, RoomPolicy
from rooms.services import chat
from rooms.services.door import remove
from rooms.services.passes import enter
from rooms.tests.scene import for_whom, heard, sign_agreement

WORDS = "I slept better this week"


def policy(scene, **fields) -> None:
    RoomPolicy.objects.update_or_create(program=scene.house.program, defaults=fields)


def test_to_all_to_the_leaders_and_to_one(scene):
    with heard() as told:
        chat.say(by=scene.pat, to="all", text=f"  {WORDS} ")
        chat.say(by=scene.pat, to="leaders", text="Could we talk later?")
        chat.say(by=scene.alice, to="one", one=scene.quinn, text="Would you like to come in?")
    texts = {
        who.shown: [data["text"] for _kind, data in for_whom(told, who)]
        for who in (scene.alice, scene.pat, scene.quinn)
    }
    assert texts == {
        "Alice": [WORDS, "Could we talk later?", "Would you like to come in?"],
        "Pat": [WORDS, "Could we talk later?"],
        "Quinn": [WORDS, "Would you like to come in?"],
    }
    kind, data = for_whom(told, scene.quinn)[1]
    assert kind == "chat.line" and data["name"] == "Alice" and data["to"] == "one" and not data["kept"]
    assert ChatLine.objects.count() == 3 and not ChatLine.objects.exclude(text="").exists()


def test_to_a_peer_only_where_the_program_allows_it(scene):
    with pytest.raises(Refusal, match="not_to_peers"):
        chat.say(by=scene.pat, to="one", one=scene.quinn, text=WORDS)
    assert not scene.picture(scene.pat)["chat"]["peers"] and scene.picture(scene.alice)["chat"]["peers"]
    policy(scene, peer_chat=True)
    with heard() as told:
        scene.ask(scene.pat, "chat.say", to="one", key=scene.quinn.key, text=WORDS)
    assert for_whom(told, scene.quinn) and for_whom(told, scene.pat) and not for_whom(told, scene.alice)
    assert scene.picture(scene.pat)["chat"]["peers"]


def test_from_the_door_to_the_leaders_alone(scene, house):
    Participant.objects.filter(pk=scene.pat.pk).update(state="waiting", admitted_at=None)
    pat = Participant.objects.get(pk=scene.pat.pk)
    with heard() as told:
        scene.ask(pat, "chat.say", to="leaders", text="My camera does not work", kept=True)
        chat.say(by=scene.alice, to="one", one=pat, text="Come in without it")
    assert [data["text"] for _kind, data in for_whom(told, pat)] == ["My camera does not work", "Come in without it"]
    assert [data["door"] for _kind, data in for_whom(told, scene.alice)] == [True, False]
    assert not for_whom(told, scene.quinn)
    for to in ("all", "one"):
        with pytest.raises(Refusal, match="not_in"):
            chat.say(by=pat, to=to, one=scene.quinn, text=WORDS)


@pytest.mark.parametrize(("text", "code"), [("  ", "nothing_said"), ("x" * 2001, "too_long"), ("\x00", "nothing_said")])
def test_what_is_refused(scene, text, code):
    with pytest.raises(Refusal, match=code):
        chat.say(by=scene.pat, to="all", text=text)
    assert not ChatLine.objects.exists()


def test_whoever_was_removed_neither_writes_nor_is_written_to(scene):
    remove(by=scene.alice, participant=scene.pat, why="Recorded the screen")
    with pytest.raises(Refusal, match="removed"):
        chat.say(by=scene.pat, to="leaders", text=WORDS)
    for one in (scene.pat, None):
        with pytest.raises(Refusal, match="nobody"):
            chat.say(by=scene.alice, to="one", one=one, text=WORDS)
    with pytest.raises(Refusal, match="to_yourself"):
        chat.say(by=scene.alice, to="one", one=scene.alice, text=WORDS)


def test_words_are_kept_where_the_program_says_so_and_everybody_signed_and_was_told(scene, house):
    def write(told_kept=True) -> str:
        return chat.say(by=scene.pat, to="all", text=WORDS, told_kept=told_kept).text

    assert write() == ""
    policy(scene, chat_keeps="text")
    assert write() == "" and not scene.picture(scene.pat)["chat"]["keeps"]  # no agreement
    sign_agreement(house, house.pat)
    assert write() == ""  # Quinn has not signed
    sign_agreement(house)
    assert scene.picture(scene.pat)["chat"]["keeps"]
    assert write(told_kept=False) == "" and write() == WORDS
    lines = scene.picture(scene.quinn)["chat"]
    assert [line["text"] for line in lines["lines"]] == [WORDS] and lines["count"] == 5 and lines["mine"] == []
    assert len(scene.picture(scene.pat)["chat"]["mine"]) == 5
    sign_agreement(house, house.quinn)  # a newer one, which Pat has not signed
    assert write() == ""
    RoomPolicy.objects.update(chat_keeps="fact")
    assert write() == ""


def test_a_picture_has_only_what_its_reader_may_see(scene, house, clock):
    policy(scene, chat_keeps="text")
    sign_agreement(house)
    for to, one in (("all", None), ("leaders", None), ("one", scene.alice)):
        policy(scene, chat_keeps="text", peer_chat=True)
        chat.say(by=scene.pat, to=to, one=one, text=f"to {to}", told_kept=True)
    seen = {
        who.shown: [line["text"] for line in scene.picture(who)["chat"]["lines"]] for who in (scene.alice, scene.quinn)
    }
    assert seen == {"Alice": ["to all", "to leaders", "to one"], "Quinn": ["to all"]}
    clock.shift(60)
    Participant.objects.filter(pk=scene.quinn.pk).update(admitted_at=timezone.now())
    assert scene.picture(scene.quinn)["chat"]["lines"] == []  # what was written before they were let in
    supervisor = enter(user=house.bob, session_uid=scene.room.session.uid)
    assert scene.picture(supervisor)["chat"]["lines"] == []


def test_sent_again_it_is_written_once(scene):
    uid = uuid.uuid4()
    with heard() as told:
        for _again in range(2):
            assert scene.ask(scene.pat, "chat.say", to="all", text=WORDS, id=str(uid)) == {"id": str(uid)}
    assert len(told) == 1 and ChatLine.objects.count() == 1
    assert scene.picture(scene.pat)["chat"]["mine"] == [str(uid)]
    chat.say(by=scene.quinn, to="all", text="Somebody else’s", uid=uid)  # it names nobody else’s line
    assert ChatLine.objects.count() == 2


def test_without_redis_nothing_is_taken_and_nothing_lost(scene, monkeypatch):
    away = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(wire, "redis_client", lambda: away)
    with pytest.raises(Refusal, match="reconnecting") as refused:
        chat.say(by=scene.pat, to="all", text=WORDS)
    assert "still in the box" in refused.value.message and not ChatLine.objects.exists()


def test_a_picture_costs_the_same_whatever_was_written(scene, house, django_assert_num_queries):
    policy(scene, chat_keeps="text")
    sign_agreement(house)
    viewer = Participant.objects.select_related("room__session__group").get(pk=scene.pat.pk)
    for lines in (1, 5):
        for _n in range(lines):
            chat.say(by=scene.alice, to="one", one=scene.pat, text=WORDS, told_kept=True)
        with django_assert_num_queries(7):
            PARTS["chat"](viewer.room, viewer)
