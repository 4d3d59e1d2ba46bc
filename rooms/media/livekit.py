"""LiveKit carries sound and pictures here, as the alternative to Janus.

Tested against its documented wire format (Twirp calls, access tokens, signed webhooks); not yet run against a live server.

Browsers speak to LiveKit directly, with a token that names the room and the person. It tells nobody's talking by webhook, so
there is no talk time. A removed person's token would let them in again until it expires: tokens live a minute (who is
connected stays so), and removal takes away the ticket that gives new ones.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping

import aiohttp
from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.translation import gettext as _
from livekit import api

from rooms.media.base import Capability, EventKind, Grant, MediaEvent, MediaRoom, MediaTrouble, Person, Present

TOKEN_SECONDS = 60
EMPTY_SECONDS = 600
SOURCES = ["camera", "microphone", "screen_share", "screen_share_audio"]
KINDS = {
    "participant_joined": EventKind.JOINED,
    "participant_left": EventKind.LEFT,
    "participant_connection_aborted": EventKind.LEFT,
    "track_published": EventKind.PUBLISHED,
    "track_unpublished": EventKind.UNPUBLISHED,
    "room_finished": EventKind.ROOM_GONE,
}


class LiveKitBackend:
    """`MediaBackend` by LiveKit."""

    name = "livekit"
    capabilities = frozenset(Capability) - {Capability.TALK_TIME}

    def ensure_room(self, room: MediaRoom) -> None:
        request = api.CreateRoomRequest(
            name=str(room.number), empty_timeout=EMPTY_SECONDS, max_participants=room.people
        )
        self._ask(lambda rooms: rooms.create_room(request))

    def end_room(self, room: MediaRoom) -> None:
        self._ask(lambda rooms: rooms.delete_room(api.DeleteRoomRequest(room=str(room.number))), none=None)

    def join_grant(self, room: MediaRoom, person: Person) -> Grant:
        grants = api.VideoGrants(
            room_join=True,
            room=str(room.number),
            can_publish=True,
            can_subscribe=True,
            can_publish_data=False,  # what people write to each other goes by our own socket
            can_publish_sources=SOURCES,
            can_update_own_metadata=False,
        )
        token = (
            api.AccessToken(settings.LIVEKIT_KEY, settings.LIVEKIT_SECRET)
            .with_identity(person.key)
            .with_ttl(dt.timedelta(seconds=TOKEN_SECONDS))
            .with_grants(grants)
        )
        return Grant(self.name, {"url": settings.LIVEKIT_URL, "token": token.to_jwt(), "me": person.key})

    def remove(self, room: MediaRoom, key: str) -> None:
        who = api.RoomParticipantIdentity(room=str(room.number), identity=key)
        self._ask(lambda rooms: rooms.remove_participant(who), none=None)

    def set_muted(self, room: MediaRoom, key: str, *, muted: bool) -> None:
        who = api.RoomParticipantIdentity(room=str(room.number), identity=key)
        person = self._ask(lambda rooms: rooms.get_participant(who), none=None)
        for track in person.tracks if person else []:
            if track.type == api.TrackType.AUDIO:
                request = api.MuteRoomTrackRequest(
                    room=str(room.number), identity=key, track_sid=track.sid, muted=muted
                )
                self._ask(lambda rooms, request=request: rooms.mute_published_track(request), none=None)

    def participants(self, room: MediaRoom) -> list[Present]:
        request = api.ListParticipantsRequest(room=str(room.number))
        answer = self._ask(lambda rooms: rooms.list_participants(request), none=None)
        return [Present(one.sid, one.identity, bool(one.tracks)) for one in (answer.participants if answer else [])]

    def parse_events(self, body: bytes, headers: Mapping[str, str]) -> Iterable[MediaEvent]:
        verifier = api.TokenVerifier(settings.LIVEKIT_KEY, settings.LIVEKIT_SECRET)
        try:
            signed = headers.get("Authorization", "")
            told = api.WebhookReceiver(verifier).receive(body.decode(), signed)
        except Exception as error:  # its library raises bare ones
            raise ValueError("no signed event of LiveKit") from error
        kind = KINDS.get(told.event)
        if kind is None or not told.room.name.isdecimal():
            return []
        at = dt.datetime.fromtimestamp(told.created_at, dt.UTC)
        who = ("", "") if kind is EventKind.ROOM_GONE else (told.participant.sid, told.participant.identity)
        return [MediaEvent(kind, int(told.room.name), at, *who)]

    def health(self) -> str:
        if not settings.LIVEKIT_URL:
            return _("LIVEKIT_URL is not set, so rooms have no sound and pictures. See .env.example.")
        try:
            self._ask(lambda rooms: rooms.list_rooms(api.ListRoomsRequest(names=["0"])))
        except MediaTrouble as trouble:
            return str(trouble)
        return ""

    def _ask(self, call: Callable[[object], Awaitable[object]], **none: object) -> object:
        """The answer of LiveKit's room service; `none` where it says that there is no such room or person."""

        async def asked() -> object:
            timeout = aiohttp.ClientTimeout(total=settings.MEDIA_TIMEOUT)
            async with api.LiveKitAPI(
                settings.LIVEKIT_URL, settings.LIVEKIT_KEY, settings.LIVEKIT_SECRET, timeout=timeout
            ) as server:
                return await call(server.room)

        try:
            return async_to_sync(asked)()
        except api.TwirpError as error:
            if error.code == api.TwirpErrorCode.NOT_FOUND and "none" in none:
                return none["none"]
            raise MediaTrouble(_("The media server refuses (%(code)s).") % {"code": error.code}) from None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            raise MediaTrouble(_("The media server does not answer.")) from None
