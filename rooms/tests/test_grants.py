"""What a browser is given for sound and pictures, by backend, and what its page may reach for that."""

import pytest
from django.http import HttpResponse

from core.errors import Refusal
from groups.models import Group
from rooms import live, page
from rooms.models import Camera, Participant, Room, RoomPolicy
from rooms.services.grants import grant_for
from rooms.services.passes import enter
from rooms.tests.live import house_on_air, let_in
from rooms.tests.test_livekit import server

__all__ = ["server"]
live.load()


@pytest.fixture
def seated(transactional_db):
    """(house, session, the ticket of Pat, who was let in)."""
    house, session = house_on_air()
    let_in(house, session, house.pat)
    return house, session, Participant.objects.get(patient=house.pat)


def test_by_janus(seated, janus, settings):
    _house, _session, pat = seated
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example:3478"], "x"
    given = grant_for(by=pat)
    assert given["backend"] == "janus" and given["missing"] == [] and given["trouble"] == ""
    assert given["data"]["me"] == pat.key and given["data"]["iceServers"][0]["urls"] == ["turn:turn.example:3478"]
    assert pat.room.secret not in str(given) and str(pat.room.number) not in str(given)
    settings.JANUS_SECRETS = {}
    assert grant_for(by=pat)["trouble"] == "Sound and pictures are not available."


def test_by_livekit(seated, server, settings):
    _house, _session, pat = seated
    Room.objects.update(backend="livekit")
    given = grant_for(by=pat)
    assert given["data"]["url"] == settings.LIVEKIT_URL and given["data"]["token"]
    assert len(given["missing"]) == 1, "who speaks"
    assert [name for name, _body, _signed in server.calls] == ["CreateRoom"]
    settings.LIVEKIT_URL = "http://127.0.0.1:9"
    given = grant_for(by=pat)
    assert (given["data"], given["trouble"]) == ({}, "Sound and pictures are not available.")


def test_by_a_link(seated):
    house, _session, pat = seated
    Room.objects.update(backend="link")
    Group.objects.filter(pk=house.group.pk).update(meeting_url="https://meet.example/abc")
    given = grant_for(by=pat)
    assert given["data"] == {"link": "https://meet.example/abc"} and len(given["missing"]) == 6


def test_nobody_at_the_door_is_given_anything(seated):
    house, session, _pat = seated
    quinn = enter(user=house.quinn.user, session_uid=session.uid)
    with pytest.raises(Refusal) as refused:
        live.run(quinn.pk, "media.grant", {})
    assert refused.value.code == "not_in"


def test_what_a_program_asks_of_cameras_is_in_the_picture(seated, django_assert_num_queries):
    house, _session, pat = seated
    of_room = live.PARTS["room"]
    viewer = Participant.objects.select_related("room__session__group__program").get(pk=pat.pk)
    with django_assert_num_queries(1):
        assert of_room(viewer.room, viewer)["camera"] == Camera.CHOICE
    RoomPolicy.objects.create(program=house.program, camera=Camera.ON)
    assert of_room(viewer.room, viewer)["camera"] == Camera.ON


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("", []),
        ("wss://media.example", ["wss://media.example", "https://media.example"]),
        ("http://127.0.0.1:7880", ["ws://127.0.0.1:7880", "http://127.0.0.1:7880"]),
    ],
)
def test_the_page_reaches_the_media_server_it_speaks_to_and_no_other(settings, url, reached):
    settings.LIVE_DIRECT_PORT, settings.LIVEKIT_URL = 0, url
    allowed = page.with_sockets(HttpResponse())._csp_update
    assert allowed.get("connect-src", ["'self'"]) == ["'self'", *reached]
    assert allowed["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
