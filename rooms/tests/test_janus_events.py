"""What Janus 1.1.2 tells by its event handler, as it was sent: which fact is in it, and that nothing sent can break us."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.base import EventKind, MediaEvent
from rooms.media.janus import TOLD_LATER, JanusBackend

ROOM, ID, KEY = 3684285777498283, 932934870591934, "61d6cbf9e0f73b03"
AT = 1795652505020884
HANDLE = {"session_id": 8991927127241658, "handle_id": 1496344181056495, "opaque_id": KEY}


def plugin(handle: dict | None = None, **data) -> dict:
    event = {"plugin": "janus.plugin.videoroom", "data": {"room": ROOM} | data}
    return {"emitter": "MyJanusInstance", "type": 64, "timestamp": AT} | (handle or {}) | {"event": event}


SENT = {
    "joined": plugin(HANDLE, event="joined", id=ID, private_id=1681142185, display=KEY),
    "published": plugin(
        HANDLE, event="published", id=ID, display=KEY,
        streams=[{"type": "audio", "mindex": 0, "mid": "0", "codec": "opus"}],
    ),
    "talking": plugin(
        HANDLE, videoroom="talking", id=ID, mindex=0, mid="0", **{"audio-level-dBov-avg": 27.360000610351562}
    ),
    "stopped": plugin(
        HANDLE, videoroom="stopped-talking", id=ID, mindex=0, mid="0", **{"audio-level-dBov-avg": 100.4800033569336}
    ),
    # Of these three it does not say which handle it was.
    "unpublished": plugin(event="unpublished", id=ID),
    "leaving": plugin(event="leaving", id=ID),
    "kicked": plugin(event="kicked", id=ID),
    "created": plugin(event="created"),
    "configured": plugin(HANDLE, event="configured", id=ID, bitrate=200000),
    "destroyed": plugin(event="destroyed"),
    "silent": {"emitter": "MyJanusInstance", "type": 32, "subtype": 1, "timestamp": AT, **HANDLE,
               "event": {"media": "audio", "mid": "0", "receiving": False}},
    "sound": {"emitter": "MyJanusInstance", "type": 32, "subtype": 1, "timestamp": AT, **HANDLE,
              "event": {"media": "audio", "mid": "0", "receiving": True}},
    "dark": {"emitter": "MyJanusInstance", "type": 32, "subtype": 1, "timestamp": AT, **HANDLE,
             "event": {"media": "video", "mid": "1", "receiving": False}},
    "attached": {"emitter": "MyJanusInstance", "type": 2, "timestamp": AT, **HANDLE,
                 "event": {"name": "attached", "plugin": "janus.plugin.videoroom", "opaque_id": KEY}},
}  # fmt: skip


def parse(*told: object) -> list[MediaEvent]:
    return list(JanusBackend().parse_events(json.dumps(list(told)).encode(), {}))


@pytest.mark.parametrize(
    ("name", "kind", "handle", "key"),
    [
        ("joined", EventKind.JOINED, str(ID), KEY),
        ("published", EventKind.PUBLISHED, str(ID), KEY),
        ("talking", EventKind.TALKING, str(ID), KEY),
        ("stopped", EventKind.QUIET, str(ID), KEY),
        ("unpublished", EventKind.UNPUBLISHED, str(ID), ""),
        ("leaving", EventKind.LEFT, str(ID), ""),
        ("kicked", EventKind.LEFT, str(ID), ""),
        ("destroyed", EventKind.ROOM_GONE, "", ""),
    ],
)
def test_each_fact(name, kind, handle, key):
    at = dt.datetime.fromtimestamp(AT / 1_000_000, dt.UTC) - (TOLD_LATER if name == "talking" else dt.timedelta())
    assert parse(SENT[name]) == [MediaEvent(kind, ROOM, at, handle, key)]


def test_sound_that_stops_coming_is_nobodys_talk():
    (quiet,) = parse(SENT["silent"])
    assert (quiet.kind, quiet.handle, quiet.key) == (EventKind.QUIET, "", KEY)


@pytest.mark.parametrize("name", ["created", "configured", "sound", "dark", "attached"])
def test_what_is_nothing_to_us(name):
    assert parse(SENT[name]) == []


def test_the_order_is_kept_and_one_alone_is_no_list():
    told = [SENT[name] for name in ("joined", "talking", "stopped", "leaving")]
    assert [event.kind for event in parse(*told)] == ["joined", "talking", "quiet", "left"]
    assert len(list(JanusBackend().parse_events(json.dumps(SENT["joined"]).encode(), {}))) == 1


@pytest.mark.parametrize("value", [0, -1, 2**53, True, "7", None, 1.5, [7]])
@pytest.mark.parametrize("name", ["room", "id"])
def test_numbers_that_are_none_are_nobodys(name, value):
    told = plugin(HANDLE, **({"event": "joined", "id": ID, "display": KEY} | {name: value}))
    assert parse(told) == []


def test_a_display_that_can_be_no_key_is_not_taken():
    (event,) = parse(plugin(HANDLE, event="joined", id=ID, display="x" * 65))
    assert event.key == KEY, "it is known by the handle's own"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "timestamp", "event", "plugin", "data", "room", "id", "opaque_id"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.binary(max_size=40) | anything.map(lambda value: json.dumps(value).encode()))
def test_what_is_none_of_its_is_a_value_error(body):
    try:
        events = list(JanusBackend().parse_events(body, {}))
    except ValueError:
        return
    assert events == []


@given(st.sampled_from(sorted(SENT)), st.sampled_from(["type", "timestamp", "event", "opaque_id"]), anything)
def test_a_part_that_is_wrong_breaks_nothing(name, part, value):
    try:
        events = parse(SENT[name] | {part: value})
    except ValueError:
        return
    assert all(isinstance(event, MediaEvent) for event in events)
