"""The gate before a real Janus: forged names and foreign rooms, what is refused, who is put out, and what stays of them."""

import asyncio
import functools

import pytest
import redis.asyncio
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from rooms import places, wire
from rooms.gate import COME_AGAIN, GONE, LATER, TAKEN, MediaConsumer
from rooms.gate_rules import FULL
from rooms.media.base import MediaRoom
from rooms.media.janus import JanusBackend, media_group
from rooms.tests.tab import PLUGIN, Tab, in_a_loop, new_person, new_room

pytestmark = pytest.mark.xdist_group("janus")


JOIN = {"request": "join", "ptype": "publisher"}


async def present(room: MediaRoom) -> list:
    return await sync_to_async(JanusBackend().participants)(room)


async def eventually(question, seconds: float = 20):
    """Ask until the answer is true."""
    async with asyncio.timeout(seconds):
        while not (answer := await question()):
            await asyncio.sleep(0.05)
    return answer


@in_a_loop
async def test_whoever_they_say_they_are_they_are_who_they_are(janus):
    room, other = new_room(), new_room()
    await sync_to_async(JanusBackend().ensure_room)(other)
    tab = Tab(room)
    assert await tab.open()
    await tab.start()
    await tab.attach()
    joined = await tab.request(
        request="join", ptype="publisher", room=other.number, id=7, display="Somebody else", token="x", pin="y"
    )
    assert (joined["videoroom"], joined["room"]) == ("joined", room.number)
    assert joined["id"] != 7 and "private_id" not in joined
    assert await present(other) == []
    (one,) = await present(room)
    assert (one.key, one.publishing) == (tab.person.key, False)
    assert one.handle == str(joined["id"])
    await tab.request(request="configure", display="Mallory")
    assert (await present(room))[0].key == tab.person.key
    await tab.close()
    await eventually(lambda: _nobody(room))


async def _nobody(room: MediaRoom) -> bool:
    return await present(room) == []


@in_a_loop
async def test_what_is_not_a_members_to_ask_never_reaches_the_media_server(janus):
    room = new_room()
    tab, peer = Tab(room), Tab(room)
    await tab.join()
    joined = await peer.join()
    for body in (
        {"request": "kick", "id": joined["id"]},
        {"request": "moderate", "id": joined["id"], "mid": "0", "mute": True},
        {"request": "destroy"},
        {"request": "list"},
        {"request": "listparticipants"},
        {"request": "exists"},
        {"request": "create", "room": 99},
        {"request": "edit", "new_is_private": False},
        {"request": "allowed", "action": "disable"},
        {"request": "enable_recording", "record": True},
        {"request": "rtp_forward", "publisher_id": joined["id"], "host": "127.0.0.1"},
        {"request": "joinandconfigure", "ptype": "publisher"},
        {"request": ["join"]},
        {},
    ):
        answer = await tab.request(**({"room": room.number, "secret": room.secret} | body))
        assert (answer["janus"], answer["error"]["code"]) == ("error", 403), body
    for verb in ("info", "ping", "claim", "hangup", "message_plugin", "list_sessions", "get_status", ["create"], None):
        answer = await tab.ask(janus=verb, session_id=tab.session, handle_id=tab.handle, plugin=PLUGIN)
        assert answer["error"]["code"] == 403, verb
    assert (await tab.ask(janus="attach", session_id=tab.session, plugin="janus.plugin.echotest"))["error"]
    assert len(await present(room)) == 2 and janus.room(room.number)["is_private"]
    await tab.close()
    await peer.close()


@in_a_loop
async def test_sessions_and_handles_of_others_are_nobodys(janus):
    room = new_room()
    tab, peer = Tab(room), Tab(room)
    await tab.join()
    await peer.join()
    answer = await tab.ask(
        janus="message", session_id=peer.session, handle_id=peer.handle, body={"request": "unpublish"}
    )
    assert answer["error"]["code"] == 458
    answer = await tab.ask(janus="message", session_id=tab.session, handle_id=peer.handle, body={"request": "leave"})
    assert answer["error"]["code"] == 459
    assert (await tab.ask(janus="destroy", session_id=peer.session))["error"]["code"] == 458
    assert (await tab.ask(janus="create"))["error"]["code"] == 403
    assert len(await present(room)) == 2
    await tab.close()
    await peer.close()


@in_a_loop
async def test_nobody_subscribes_in_anothers_name_or_learns_how(janus):
    room = new_room()
    tab, peer = Tab(room), Tab(room)
    mine = await tab.join()
    theirs = await peer.join()
    await peer.publish()
    subscriber = await tab.attach()
    answer = await tab.request(
        handle=subscriber, request="join", ptype="subscriber", room=1, private_id=1,
        streams=[{"feed": theirs["id"], "secret": "x"}],
    )  # fmt: skip
    assert answer["error_code"] == 428, "without pictures there is nothing to see yet; the private id was right, though"
    assert "private_id" not in str(tab.heard) + str(peer.heard) + str(mine)
    early = Tab(room)
    assert await early.open()
    await early.start()
    await early.attach()
    refused = await early.request(request="join", ptype="subscriber", feed=mine["id"])
    assert refused["error"]["code"] == 403
    for one in (tab, peer, early):
        await one.close()


@in_a_loop
async def test_a_room_of_signed_tokens_takes_nobody_who_goes_around_the_gate(janus):
    import json

    from websockets.asyncio.client import connect

    room = new_room()
    await sync_to_async(JanusBackend().ensure_room)(room)
    async with connect(janus.url, subprotocols=["janus-protocol"]) as socket:

        async def ask(**message):
            await socket.send(json.dumps({"transaction": "t"} | message))
            while (said := json.loads(await socket.recv()))["janus"] == "ack":
                continue
            return said

        assert (await ask(janus="create"))["error"]["code"] == 403
        secret = {"apisecret": janus.secrets["api"]}
        session = (await ask(janus="create", **secret))["data"]["id"]
        at = {"session_id": session} | secret
        handle = (await ask(janus="attach", plugin=PLUGIN, **at))["data"]["id"]
        body = {"request": "join", "ptype": "publisher", "room": room.number}
        said = await ask(janus="message", handle_id=handle, body=body, **at)
        assert said["plugindata"]["data"]["error_code"] == 433
    assert await present(room) == []


@in_a_loop
async def test_somebody_removed_is_out_and_stays_out(janus):
    room = new_room()
    tab, peer = Tab(room), Tab(room)
    await tab.join()
    await peer.join()
    tab.removed = True
    await sync_to_async(JanusBackend().remove)(room, tab.person.key)
    assert await tab.closed() == COME_AGAIN
    assert [one.key for one in await present(room)] == [peer.person.key]
    again = Tab(room, tab.person)
    again.removed = True
    assert await again.open()
    assert await again.closed() == GONE
    assert [one.key for one in await present(room)] == [peer.person.key]
    await peer.close()


@in_a_loop
async def test_word_from_the_house_closes_the_socket(janus):
    for kind, code in (("media.moved", COME_AGAIN), ("media.closed", GONE)):
        room = new_room()
        tab = Tab(room)
        await tab.join()
        await get_channel_layer().group_send(media_group(tab.person.key), {"type": kind})
        assert await tab.closed() == code
        await tab.close()
        await eventually(lambda room=room: _nobody(room))


@in_a_loop
async def test_the_room_that_ends_lets_everybody_go(janus):
    room = new_room()
    tab, peer = Tab(room), Tab(room)
    await tab.join()
    await peer.join()
    await sync_to_async(JanusBackend().end_room)(room)
    assert await tab.closed() == await peer.closed() == COME_AGAIN


@in_a_loop
async def test_of_two_tabs_of_one_person_the_newer_stays(janus):
    room, person = new_room(), new_person()
    old, new, peer = Tab(room, person), Tab(room, person), Tab(room)
    await old.join()
    await peer.join()
    joined = await new.join()
    assert await old.closed() == TAKEN
    await old.close()

    async def just_one():
        return [one.handle for one in await present(room) if one.key == person.key] == [str(joined["id"])]

    await eventually(just_one)
    await new.close()
    await peer.close()


@in_a_loop
async def test_muted_by_a_leader_stays_muted_whatever_they_publish(janus):
    room = new_room()
    tab, peer = Tab(room), Tab(room)
    await tab.join()
    await peer.join()
    assert (await tab.publish())["configured"] == "ok"

    def muted(said: dict) -> object:
        return said.get("plugindata", {}).get("data", {}).get("moderation")

    await sync_to_async(JanusBackend().set_muted)(room, tab.person.key, muted=True)
    said = (await peer.until(muted))["plugindata"]["data"]
    assert (said["mid"], said["moderation"]) == ("0", "muted")
    await tab.request(request="unpublish")
    await tab.publish()
    assert (await peer.until(muted))["plugindata"]["data"]["moderation"] == "muted"
    again = Tab(room, tab.person, is_muted=True)
    await again.join()
    await again.publish()
    assert (await peer.until(muted))["plugindata"]["data"]["id"] != said["id"]
    await sync_to_async(JanusBackend().set_muted)(room, tab.person.key, muted=False)
    assert (await peer.until(muted))["plugindata"]["data"]["moderation"] == "unmuted"
    for one in (tab, again, peer):
        await one.close()


@in_a_loop
async def test_who_only_looks_on_can_not_be_heard(janus):
    tab = Tab(new_room(), may_publish=False)
    await tab.join()
    assert (await tab.publish())["error"]["code"] == 403
    await tab.close()


def while_it_opens(tab: Tab, **change: object) -> Tab:
    """Something about the person changes right after they got their pass, before their socket is in any group."""
    given = tab.give_pass

    def give_pass():
        tab.give_pass = given
        found = given()
        for name, value in change.items():
            setattr(tab, name, value)
        return found

    tab.give_pass = give_pass
    return tab


@in_a_loop
async def test_who_is_removed_while_the_socket_opens_does_not_get_in(janus):
    tab = while_it_opens(Tab(new_room()), removed=True)
    assert await tab.open()
    await tab.start()
    await tab.attach()
    await tab.say(janus="message", session_id=tab.session, handle_id=tab.handle, body=JOIN)
    assert await tab.closed() == GONE
    assert await present(tab.room) == []


@in_a_loop
async def test_who_is_moved_or_silenced_while_the_socket_opens(janus):
    tab = while_it_opens(Tab(room := new_room()), room=new_room())
    assert await tab.open()
    await tab.start()
    await tab.attach()
    await tab.say(janus="message", session_id=tab.session, handle_id=tab.handle, body=JOIN)
    assert await tab.closed() == COME_AGAIN
    assert await present(room) == []

    tab, peer = while_it_opens(Tab(room), values={"backend": "janus", "may_publish": True, "is_muted": True}), Tab(room)
    await peer.join()
    await tab.join()
    await tab.publish()
    said = await peer.until(lambda said: said.get("plugindata", {}).get("data", {}).get("moderation"))
    assert said["plugindata"]["data"]["moderation"] == "muted"
    await tab.close()
    await peer.close()


@in_a_loop
async def test_without_looking_again_they_would_be_in(janus, monkeypatch):
    """The negative control."""

    async def is_fine(_self):
        return True

    monkeypatch.setattr(MediaConsumer, "_is_still_theirs", is_fine)
    tab = while_it_opens(Tab(new_room()), removed=True)
    assert (await tab.join())["videoroom"] == "joined"
    await tab.close()


async def published_together(room: MediaRoom) -> tuple[list[Tab], list[Tab]]:
    """Two send in the same moment: those of them who may, and those who were told that no place is free."""
    tabs = [Tab(room), Tab(room)]
    for tab in tabs:
        await tab.join()
    said = await asyncio.gather(*(tab.publish() for tab in tabs))
    may = [tab for tab, one in zip(tabs, said, strict=True) if one.get("configured") == "ok"]
    may_not = [tab for tab, one in zip(tabs, said, strict=True) if one.get("error", {}).get("code") == FULL]
    assert len(may) + len(may_not) == len(tabs), said
    return may, may_not


@in_a_loop
async def test_of_two_who_come_in_the_same_moment_one_gets_the_last_place(janus):
    """Nobody's media flow here, so all the while the media server knows of neither that they send."""
    for _time in range(5):
        room = new_room(people=1)
        (one,), (other,) = await published_together(room)
        assert not any(there.publishing for there in await present(room))
        assert (await other.publish())["error"]["code"] == FULL, "asking again helps nothing while the other has it"
        assert (await one.publish())["configured"] == "ok", "who has a place keeps it"
        await one.request(request="unpublish")
        assert (await other.publish())["configured"] == "ok", "what was given back is free"
        assert (await one.publish())["error"]["code"] == FULL
        await other.close()
        await eventually(functools.partial(_may_publish, one))
        await one.close()


async def _may_publish(tab: Tab) -> bool:
    return (await tab.publish()).get("configured") == "ok"


@in_a_loop
async def test_of_two_who_show_a_screen_in_the_same_moment_one_does(janus):
    room = new_room(people=3)
    tabs = [Tab(room), Tab(room)]
    for tab in tabs:
        await tab.join()
        await tab.publish()
        await tab.attach()
        await tab.request(**JOIN)
    said = await asyncio.gather(*(tab.publish() for tab in tabs))
    (shows,) = (tab for tab, one in zip(tabs, said, strict=True) if one.get("configured") == "ok")
    (waits,) = (tab for tab, one in zip(tabs, said, strict=True) if one.get("error", {}).get("code") == FULL)
    await shows.ask(janus="detach", session_id=shows.session, handle_id=shows.handle)
    await eventually(functools.partial(_may_publish, waits))
    for tab in tabs:
        await tab.close()


@in_a_loop
async def test_without_an_order_both_would_get_it(janus, monkeypatch):
    """The negative control."""

    async def nobody(_client, _room, **_who):
        return []

    monkeypatch.setattr(places, "claim", nobody)
    both, none = await published_together(new_room(people=1))
    assert (len(both), none) == (2, [])
    for tab in both:
        await tab.close()


@in_a_loop
async def test_a_promise_that_nobody_keeps_is_over_by_itself(janus, monkeypatch):
    monkeypatch.setattr(places, "PROMISED_SECONDS", 1)
    room = new_room(people=1)
    (one,), (other,) = await published_together(room)
    await eventually(lambda: _may_publish(other))
    for tab in (one, other):
        await tab.close()


@in_a_loop
async def test_without_redis_the_media_server_alone_says_who_has_a_place(janus, monkeypatch):
    away = redis.asyncio.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(wire, "store", lambda: away)
    tab = Tab(new_room(people=1))
    await tab.join()
    assert (await tab.publish())["configured"] == "ok"
    await tab.close()


@in_a_loop
async def test_without_a_media_server_they_are_told_to_try_later(janus, settings):
    tab = Tab(new_room())
    settings.JANUS_URL = "ws://127.0.0.1:9"
    assert await tab.open()
    assert await tab.closed() == LATER
    settings.JANUS_URL, settings.JANUS_ADMIN_URL = janus.url, "http://127.0.0.1:9/admin"
    assert await tab.open()
    assert await tab.closed() == LATER


@in_a_loop
async def test_a_media_server_that_was_killed_has_the_room_again_when_they_come_again(janus):
    room = new_room()
    tab = Tab(room)
    await tab.join()
    janus.kill()
    assert await tab.closed() == LATER
    await asyncio.to_thread(janus.start)
    again = Tab(room, tab.person)
    assert (await again.join())["videoroom"] == "joined"
    await again.close()


@in_a_loop
async def test_another_backends_room_or_no_subprotocol_opens_nothing(janus):
    tab = Tab(new_room(), backend="livekit")
    assert await tab.open()
    assert await tab.closed() == GONE
    assert not await Tab(new_room()).open(subprotocol="something")
