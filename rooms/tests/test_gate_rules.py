"""The gate's rules, by whatever a browser may say: nothing reaches the media server that they do not let through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.gate_rules import MOST_HANDLES, PLUGIN, REQUESTS, VERBS, Refused, Role, Traffic, Who, own_media, refusal
from rooms.media.base import Present
from rooms.tests.tab import OFFER

KEY, ROOM, SESSION, OWN, PRIVATE = "0123456789abcdef", 4_242_424_242, 11, 101, 99
OUTSIDE = {"janus", "transaction", "apisecret", "session_id", "handle_id", "plugin", "opaque_id", "body", "jsep"}
OUTSIDE |= {"candidate", "candidates"}
INSIDE = {
    "request",
    "room",
    "token",
    "ptype",
    "id",
    "display",
    "private_id",
    "feed",
    "streams",
    "use_msid",
    "autoupdate",
}
INSIDE |= {"audio", "video", "keyframe", "bitrate", "descriptions", "restart"}
FORBIDDEN = {
    "record",
    "filename",
    "rec_dir",
    "secret",
    "admin_key",
    "pin",
    "data",
    "metadata",
    "user_id",
    "sc_substream",
}


def traffic(**values) -> Traffic:
    """Of somebody who publishes on handle 21 and subscribes on 22; 23 is new."""
    numbers = iter(range(OWN, 10_000))
    who = {"key": KEY, "room": ROOM, "api_secret": "api", "bitrate": 200_000, "may_publish": True} | values
    made = Traffic(Who(token=lambda: "signed", new_number=lambda: next(numbers), **who))
    send(made, janus="create")
    made.inward({"janus": "success", "transaction": "t", "data": {"id": SESSION}})
    for number in (21, 22, 23):
        send(made, janus="attach", plugin=PLUGIN)
        made.inward({"janus": "success", "transaction": "t", "data": {"id": number}})
    ask(made, 21, request="join", ptype="publisher")
    told(made, 21, videoroom="joined", private_id=PRIVATE)
    ask(made, 22, request="join", ptype="subscriber", streams=[{"feed": 5}])
    told(made, 22, videoroom="attached")
    return made


def send(made: Traffic, **message) -> dict:
    return made.outward({"transaction": "t", "session_id": SESSION} | message)


def ask(made: Traffic, handle: int, jsep: object = None, **body) -> dict:
    return send(made, janus="message", handle_id=handle, body=body, **({"jsep": jsep} if jsep else {}))


def told(made: Traffic, handle: int, **data) -> dict | None:
    return made.inward({"janus": "event", "sender": handle, "plugindata": {"plugin": PLUGIN, "data": data}})


words = st.sampled_from(sorted({name for _role, name in REQUESTS} | INSIDE | FORBIDDEN | OUTSIDE | set(VERBS) | {
    "kick", "moderate", "list", "rtp_forward", "publisher", "subscriber", PLUGIN, "offer", KEY, "feed", "mid", "0",
}))  # fmt: skip
numbers = st.sampled_from([0, 1, -1, 5, SESSION, 21, 22, 23, ROOM, OWN, PRIVATE, 2**53, 10**30, True, 1.5])


def names(value: object) -> set[str]:
    """Every name in it, however deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return set(value if isinstance(value, dict) else []).union(*map(names, inner))


leaves = st.none() | st.booleans() | numbers | words
anything = leaves | st.lists(leaves | st.dictionaries(words, leaves, max_size=3), max_size=2)
anything |= st.dictionaries(words, anything, max_size=3)
bodies = st.builds(
    lambda request, more: more | {"request": request}, words, st.dictionaries(words, anything, max_size=6)
)
messages = st.fixed_dictionaries(
    {"janus": words, "transaction": st.just("t"), "session_id": st.just(SESSION) | anything},
    optional={"handle_id": st.sampled_from([21, 22, 23]) | anything, "body": bodies | anything, "plugin": anything,
              "jsep": anything, "candidate": anything, "candidates": anything, "apisecret": anything, "token": anything,
              "opaque_id": anything, "secret": anything, "admin_secret": anything},
)  # fmt: skip


@given(st.lists(messages | anything, min_size=1, max_size=4))
def test_whatever_is_said_only_ones_own_gets_through(said):
    made = traffic()
    for message in said:
        before = set(made.handles)
        try:
            passed = made.outward(message)
        except Refused:
            continue
        json.dumps(passed)
        assert set(passed) <= OUTSIDE and passed["janus"] in VERBS
        assert passed["session_id"] == SESSION and passed["apisecret"] == "api"
        assert passed.get("handle_id", 21) in before
        assert passed.get("opaque_id", KEY) == KEY and passed.get("plugin", PLUGIN) == PLUGIN
        if "body" not in passed:
            continue
        body = passed["body"]
        assert set(body) <= INSIDE and not FORBIDDEN & names(body)
        assert body["request"] in {name for _role, name in REQUESTS}
        if body["request"] == "join":
            assert (body["room"], body["token"]) == (ROOM, "signed")
            assert body.get("display", KEY) == KEY and body.get("private_id", PRIVATE) == PRIVATE
            assert body["ptype"] == "subscriber" or body["id"] >= OWN
        else:
            assert not {"room", "token", "id", "display", "private_id"} & set(body)
        assert 0 < body.get("bitrate", 1) <= 200_000


@given(anything)
def test_before_a_session_there_is_nothing_but_create(message):
    made = Traffic(Who(key=KEY, room=ROOM, api_secret="api", bitrate=1, may_publish=True, token=str, new_number=int))
    try:
        passed = made.outward(message)
    except Refused as refused:
        assert refusal(message, refused)["janus"] == "error"
    else:
        assert passed["janus"] == "create"


@given(anything)
def test_nothing_secret_comes_in(inner):
    made = traffic()
    message = {
        "janus": "event",
        "sender": 21,
        "plugindata": {"data": {"private_id": 7, "deep": [{"secret": 1}, inner]}},
    }
    said = json.dumps(made.inward(message))
    for name in ("private_id", "secret", "token", "pin", "apisecret", "admin_key"):
        assert f'"{name}":' not in said


@pytest.mark.parametrize("verb", ["keepalive", "success", "server_info", "claim", None, ["event"]])
def test_only_what_a_browser_waits_for_comes_in(verb):
    assert (traffic().inward({"janus": verb}) is not None) == (verb == "success")


def test_sound_is_found_and_anything_but_sound_and_pictures_refused():
    assert own_media(OFFER) == ("0",)
    video = OFFER.replace("m=audio", "m=video")
    assert own_media(video) == ()
    assert own_media(video + OFFER.replace("a=mid:0", "a=mid:snd")) == ("snd",)
    with pytest.raises(Refused):
        own_media(OFFER + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\n")
    with pytest.raises(Refused):
        own_media(OFFER * 5)
    made = traffic()
    with pytest.raises(Refused):
        ask(made, 21, {"type": "offer", "sdp": OFFER + "m=application 9 UDP/DTLS/SCTP x\r\n"}, request="publish")


def test_what_a_publisher_says_of_its_media_is_kept_to_what_may_be_said():
    made = traffic()
    passed = ask(
        made,
        21,
        {"type": "offer", "sdp": OFFER, "e2ee": True},
        request="publish", audio=True, bitrate=9_000_000, record=True, filename="x.mjr", display="Mallory", data=True,
        descriptions=[{"mid": "0", "description": "screen"}, {"mid": "1", "description": "read this"}],
        streams=[{"mid": "0", "send": False, "record": True}],
    )  # fmt: skip
    assert passed["jsep"] == {"type": "offer", "sdp": OFFER}
    assert passed["body"] == {
        "request": "publish", "audio": True, "bitrate": 200_000, "streams": [{"mid": "0", "send": False}],
        "descriptions": [{"mid": "0", "description": "screen"}],
    }  # fmt: skip
    assert "bitrate" not in ask(made, 21, request="configure", bitrate=0)["body"], "0 would be: without limit"


def test_a_handle_is_one_thing_for_its_life():
    made = traffic()
    for handle, request in ((21, "start"), (22, "publish"), (23, "unpublish"), (23, "publish"), (21, "join")):
        with pytest.raises(Refused):
            ask(made, handle, request=request, ptype="publisher")
    assert made.handles[23].role is Role.NEW


def test_a_join_that_failed_may_be_tried_again_with_another_number():
    made = traffic()
    first = ask(made, 23, request="join", ptype="publisher")["body"]["id"]
    told(made, 23, videoroom="event", error_code=432)
    assert ask(made, 23, request="join", ptype="publisher")["body"]["id"] != first


def test_a_third_publisher_and_too_many_handles_are_refused():
    made = traffic()
    ask(made, 23, request="join", ptype="publisher")
    for number in range(24, 24 + MOST_HANDLES - 3):
        send(made, janus="attach", plugin=PLUGIN)
        made.inward({"janus": "success", "transaction": "t", "data": {"id": number}})
    with pytest.raises(Refused):
        ask(made, 24, request="join", ptype="publisher")
    with pytest.raises(Refused):
        send(made, janus="attach", plugin=PLUGIN)
    send(made, janus="detach", handle_id=24)
    send(made, janus="attach", plugin=PLUGIN)


def test_being_put_out_ends_it():
    for data in (
        {"videoroom": "event", "leaving": "ok", "reason": "kicked"},
        {"videoroom": "destroyed", "room": ROOM},
    ):
        made = traffic()
        told(made, 21, videoroom="event", kicked=5)
        told(made, 21, videoroom="event", leaving=5)
        assert not made.is_over, "that was somebody else"
        told(made, 21, **data)
        assert made.is_over
    made = traffic()
    made.inward({"janus": "timeout", "session_id": SESSION})
    assert made.is_over


def sending(*handles: tuple[str, int]) -> list[Present]:
    return [Present(str(number), key, True) for key, number in handles]


def test_so_many_people_have_a_place_and_one_screen():
    made = traffic()
    own = made.handles[21]
    two = sending(("a", 1), ("b", 2))
    assert made.has_place(own, two, people=3) and not made.has_place(own, two, people=2)
    looking_on = [*two, Present("3", "c", False)]
    assert made.has_place(own, looking_on, people=3), "who sends nothing takes no place"
    full = sending(("a", 1), ("b", 2), ("c", 3))
    assert made.has_place(own, [*full, *sending((KEY, OWN))], people=3), "who sends already keeps their place"
    assert made.has_place(own, [*two, *sending((KEY, 77))], people=3), "an older page of theirs takes none"

    ask(made, 23, request="join", ptype="publisher")
    screen = made.handles[23]
    with_own = [*two, *sending((KEY, OWN))]
    assert made.has_place(screen, with_own, people=3)
    assert not made.has_place(screen, [*with_own, *sending(("b", 4))], people=3), "another shows one"
    assert made.has_place(screen, [*with_own, *sending((KEY, screen.number))], people=3)
    assert not made.has_place(screen, full, people=3), "who is not seen otherwise takes a person’s place by it"
    assert made.has_place(screen, [*with_own, *two], people=3), "who sends and was promised a place is there once"
