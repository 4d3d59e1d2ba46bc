"""Rooms on a real Janus: made as configured, managed through its admin door."""

import base64
import secrets

import pytest
import requests

from rooms.media import backend, configured
from rooms.media.base import Capability, MediaRoom, MediaTrouble, Person
from rooms.media.janus import JanusBackend
from rooms.models import media_number

PERSON = Person(key="0123456789abcdef", name="Pat Q.")


def new_room(**values) -> MediaRoom:
    return MediaRoom(number=media_number(), secret=secrets.token_urlsafe(24), **values)


def test_a_room_is_private_and_can_not_be_recorded_or_forwarded(janus):
    room = new_room()
    JanusBackend().ensure_room(room)
    JanusBackend().ensure_room(room)
    made = janus.room(room.number)
    wanted = {
        "is_private": True,
        "require_pvtid": True,
        "record": False,
        "lock_record": True,
        "notify_joining": True,
        "audiolevel_event": True,
        "audiolevel_ext": True,
        "max_publishers": 18,  # seventeen people, and a screen
        "bitrate": 200_000,
        "bitrate_cap": True,
        "videocodec": "vp8",
        "audiocodec": "opus",
        "pin_required": False,
    }
    assert {name: made[name] for name in wanted} == wanted
    assert made["description"] == str(room.number)
    assert janus.plugin(request="list")["list"] == [], "others see no room"
    refused = janus.plugin(request="destroy", room=room.number, secret="guessed")
    assert refused["error_code"] == 433 and janus.room(room.number)
    assert janus.plugin(request="rtp_forward", room=room.number, secret=room.secret, publisher_id=1, host="127.0.0.1")[
        "error_code"
    ]


def test_nobody_makes_a_room_without_the_key(janus):
    assert janus.plugin(request="create", room=media_number())["error_code"]


def test_a_room_of_somebody_else_is_not_taken_for_ours(janus):
    room = new_room()
    JanusBackend().ensure_room(room)
    with pytest.raises(MediaTrouble):
        JanusBackend().ensure_room(MediaRoom(number=room.number, secret="another"))


def test_ending_a_room_twice_is_no_trouble(janus):
    room = new_room()
    JanusBackend().ensure_room(room)
    JanusBackend().end_room(room)
    JanusBackend().end_room(room)
    assert janus.room(room.number) == {}
    assert JanusBackend().participants(room) == []
    JanusBackend().remove(room, PERSON.key)
    JanusBackend().set_muted(room, PERSON.key, muted=True)


def test_health_says_what_is_wrong_and_how_to_mend_it(janus, settings):
    assert JanusBackend().health() == ""
    settings.JANUS_SECRETS = janus.secrets | {"admin": "wrong"}
    assert "JANUS_SECRET" in JanusBackend().health()
    settings.JANUS_ADMIN_URL = "http://127.0.0.1:9/admin"
    assert "does not answer" in JanusBackend().health()
    settings.JANUS_SECRETS = {}
    assert "not set" in JanusBackend().health()


def test_its_doors_want_secrets_and_only_this_machine_reaches_them(janus):
    answer = requests.post(janus.admin_url, json={"janus": "list_sessions", "transaction": "t"}, timeout=5).json()
    assert answer["error"]["code"] == 403
    import psutil

    listening = {
        address.laddr.ip
        for address in psutil.Process(janus.process.pid).net_connections()
        if address.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_its_configuration_is_its_owners_alone_and_its_log_quiet(janus):
    folder = janus.config.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    room = new_room()
    JanusBackend().ensure_room(room)
    log = janus.log.read_text()
    assert str(room.number) not in log and room.secret not in log
    assert janus.secrets["api"] not in log


def test_a_grant_lets_a_browser_use_turn_and_says_nothing_else(settings):
    room = new_room()
    settings.TURN_URLS, settings.TURN_SECRET = [], ""
    grant = JanusBackend().join_grant(room, PERSON)
    assert grant.backend == "janus" and grant.data["iceServers"] == [] and grant.data["me"] == PERSON.key
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example.org:3478"], "shared"
    (server,) = JanusBackend().join_grant(room, PERSON).data["iceServers"]
    until, _, who = server["username"].partition(":")
    assert who == PERSON.key and until.isdecimal()
    assert server["urls"] == settings.TURN_URLS and len(base64.b64decode(server["credential"])) == 20
    said = str(JanusBackend().join_grant(room, PERSON))
    assert room.secret not in said and str(room.number) not in said and PERSON.name not in said


def test_the_adapters_of_this_installation(settings):
    settings.JANUS_SECRETS, settings.LIVEKIT_URL = {}, ""
    assert configured() == ["link"]
    settings.JANUS_SECRETS, settings.LIVEKIT_URL = {"api": "x"}, "wss://livekit.example.org"
    assert configured() == ["janus", "livekit", "link"]
    settings.MEDIA_BACKEND = "livekit"
    assert configured() == ["livekit", "janus", "link"]
    for name in configured():
        assert backend(name).name == name
    assert backend("link").capabilities == frozenset()
    link = backend("link")
    grant = link.join_grant(MediaRoom(1, "x", link="https://meet.example.org/1"), PERSON)
    assert grant.data == {"link": "https://meet.example.org/1"}
    assert link.participants(MediaRoom(1, "x")) == [] and link.health() == ""
    assert Capability.TALK_TIME in backend("janus").capabilities
    for adapter in map(backend, configured()):
        assert not [name for name in dir(adapter) if "record" in name.lower()]
    with pytest.raises(KeyError):
        backend("zoom")
