"""LiveKit's wire format as it is documented: Twirp calls to a stand-in on loopback, access tokens, signed webhooks.

Not a live server: none can be had from the registries we build from.
"""

import base64
import hashlib
import http.server
import json
import threading

import jwt
import pytest
from livekit import api

from rooms.media.base import Capability, EventKind, MediaRoom, MediaTrouble, Person
from rooms.media.livekit import LiveKitBackend

KEY, SECRET = "devkey", "a secret of the tests that is long enough"
ROOM, PERSON = MediaRoom(number=4242, secret="never sent"), Person(key="0123456789abcdef", name="Pat")
AUDIO = api.TrackInfo(sid="TR_sound", type=api.TrackType.AUDIO)
VIDEO = api.TrackInfo(sid="TR_picture", type=api.TrackType.VIDEO)
PAT = api.ParticipantInfo(sid="PA_1", identity=PERSON.key, tracks=[AUDIO, VIDEO])


class RoomService(http.server.BaseHTTPRequestHandler):
    """Answers each call with what the test put there: a message, or an error (status, code)."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = self.path.removeprefix("/twirp/livekit.RoomService/")
        self.server.calls.append((name, body, self.headers["Authorization"]))
        answer = self.server.answers.get(name, b"")
        status, content, kind = 200, answer, "application/protobuf"
        if isinstance(answer, tuple):
            status, kind = answer[0], "application/json"
            content = json.dumps({"code": answer[1], "msg": "said by the server"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments):
        """Nothing."""


@pytest.fixture
def server(settings):
    stand_in = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RoomService)
    stand_in.calls, stand_in.answers = [], {}
    threading.Thread(target=stand_in.serve_forever, daemon=True).start()
    settings.LIVEKIT_URL = f"http://127.0.0.1:{stand_in.server_port}"
    settings.LIVEKIT_KEY, settings.LIVEKIT_SECRET = KEY, SECRET
    yield stand_in
    stand_in.shutdown()
    stand_in.server_close()


def said(server, name: str, message):
    """The requests of that name, read as LiveKit would; each came with a token of ours."""
    found = []
    for called, body, word in server.calls:
        if called == name:
            assert jwt.decode(word.removeprefix("Bearer "), SECRET, algorithms=["HS256"])["iss"] == KEY
            found.append(message.FromString(body))
    return found


def test_rooms_are_made_and_ended(server):
    server.answers["CreateRoom"] = api.Room(name="4242").SerializeToString()
    LiveKitBackend().ensure_room(ROOM)
    (made,) = said(server, "CreateRoom", api.CreateRoomRequest)
    assert (made.name, made.max_participants, made.metadata) == ("4242", 17, "")
    assert not made.HasField("egress"), "nothing is recorded"
    LiveKitBackend().end_room(ROOM)
    assert said(server, "DeleteRoom", api.DeleteRoomRequest)[0].room == "4242"
    server.answers["DeleteRoom"] = (404, "not_found")
    LiveKitBackend().end_room(ROOM)
    assert ROOM.secret not in str(server.calls)


def test_a_grant_names_the_room_and_the_person_and_is_soon_useless(server):
    grant = LiveKitBackend().join_grant(ROOM, PERSON)
    claims = jwt.decode(grant.data["token"], SECRET, algorithms=["HS256"])
    assert claims["sub"] == PERSON.key and PERSON.name not in str(claims)
    assert claims["exp"] - claims["nbf"] <= 60
    video = claims["video"]
    assert (video["roomJoin"], video["room"], video["canPublish"]) == (True, "4242", True)
    assert not video["canPublishData"] and not video.get("roomAdmin") and not video.get("roomRecord")


def test_somebody_is_muted_by_each_of_their_sounds_and_put_out(server):
    server.answers["GetParticipant"] = PAT.SerializeToString()
    LiveKitBackend().set_muted(ROOM, PERSON.key, muted=True)
    (muted,) = said(server, "MutePublishedTrack", api.MuteRoomTrackRequest)
    assert (muted.room, muted.identity, muted.track_sid, muted.muted) == ("4242", PERSON.key, "TR_sound", True)
    LiveKitBackend().remove(ROOM, PERSON.key)
    (removed,) = said(server, "RemoveParticipant", api.RoomParticipantIdentity)
    assert (removed.room, removed.identity) == ("4242", PERSON.key)
    server.answers |= {"GetParticipant": (404, "not_found"), "RemoveParticipant": (404, "not_found")}
    LiveKitBackend().set_muted(ROOM, PERSON.key, muted=True)
    LiveKitBackend().remove(ROOM, PERSON.key)


def test_who_is_there(server):
    server.answers["ListParticipants"] = api.ListParticipantsResponse(participants=[PAT]).SerializeToString()
    (present,) = LiveKitBackend().participants(ROOM)
    assert (present.handle, present.key, present.publishing) == ("PA_1", PERSON.key, True)
    server.answers["ListParticipants"] = (404, "not_found")
    assert LiveKitBackend().participants(ROOM) == []


def test_trouble_is_said_without_what_the_server_said(server, settings):
    server.answers["ListParticipants"] = (401, "unauthenticated")
    with pytest.raises(MediaTrouble, match="refuses") as trouble:
        LiveKitBackend().participants(ROOM)
    assert "said by the server" not in str(trouble.value)
    assert LiveKitBackend().health() == ""
    settings.LIVEKIT_URL = "http://127.0.0.1:9"
    assert "does not answer" in LiveKitBackend().health()
    settings.LIVEKIT_URL = ""
    assert "not set" in LiveKitBackend().health()
    assert Capability.TALK_TIME not in LiveKitBackend.capabilities


def signed(event: dict, *, secret: str = SECRET, body: str | None = None) -> tuple[bytes, dict]:
    text = json.dumps(event)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    word = jwt.encode({"iss": KEY, "sha256": digest, "exp": 4_000_000_000}, secret, algorithm="HS256")
    return (body or text).encode(), {"Authorization": word}


def told(name: str, **more) -> dict:
    who = {"sid": "PA_1", "identity": PERSON.key}
    return {"event": name, "room": {"name": "4242"}, "participant": who, "createdAt": "1795650430"} | more


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("participant_joined", EventKind.JOINED),
        ("participant_left", EventKind.LEFT),
        ("participant_connection_aborted", EventKind.LEFT),
        ("track_published", EventKind.PUBLISHED),
        ("track_unpublished", EventKind.UNPUBLISHED),
    ],
)
def test_signed_webhooks_are_facts(server, name, kind):
    (event,) = LiveKitBackend().parse_events(*signed(told(name)))
    assert (event.kind, event.number, event.handle, event.key) == (kind, 4242, "PA_1", PERSON.key)
    assert event.at.timestamp() == 1_795_650_430


def test_other_webhooks_are_none(server):
    (gone,) = LiveKitBackend().parse_events(*signed(told("room_finished")))
    assert (gone.kind, gone.number, gone.handle) == (EventKind.ROOM_GONE, 4242, "")
    assert list(LiveKitBackend().parse_events(*signed(told("egress_started")))) == []
    assert list(LiveKitBackend().parse_events(*signed(told("participant_joined", room={"name": "theirs"})))) == []


def test_what_is_not_signed_by_it_is_refused(server):
    event = told("participant_left")
    for body, headers in (
        signed(event, secret="another secret that is long enough"),
        signed(event, body=json.dumps(told("participant_joined"))),
        (signed(event)[0], {}),
        (b"\xff", signed(event)[1]),
    ):
        with pytest.raises(ValueError, match="no signed event"):
            LiveKitBackend().parse_events(body, headers)
