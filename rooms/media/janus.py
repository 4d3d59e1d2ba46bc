"""Janus carries sound and pictures here: its VideoRoom plugin, one room of ours a room of its.

Rooms are managed through its admin door, where a call needs no session that could be left open. Browsers come through the gate
(`rooms.gate`) and never meet it. In a room everybody is known by `Person.key`, never by a name; each publishing connection has
a number of ours, new each time, and that number is the ledger's handle.
"""

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterable, Mapping

import redis
import requests
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from rooms.media.base import (
    Capability,
    EventKind,
    Grant,
    MediaEvent,
    MediaRoom,
    MediaTrouble,
    Person,
    Present,
)
from rooms.media.turn import ice_servers

PLUGIN = "janus.plugin.videoroom"
BITRATE = 200_000  # bits a second of one picture
TOKEN_SECONDS = 60
NO_SUCH_ROOM, ROOM_EXISTS, NO_SUCH_FEED = 426, 427, 428
# A second of sound (50 packets) is long for a talk time; half of one tells a word from a cough. Level: 127 is silence, 0 a shout.
ACTIVE_PACKETS, AVERAGE_LEVEL = 25, 45
# A stretch counts as talk when three quarters of it were: beginnings are told half a stretch later than ends are, on average.
TOLD_LATER = dt.timedelta(milliseconds=20) * ACTIVE_PACKETS / 2
KINDS = {
    "joined": EventKind.JOINED,
    "leaving": EventKind.LEFT,
    "kicked": EventKind.LEFT,  # after which no `leaving` comes
    "published": EventKind.PUBLISHED,
    "unpublished": EventKind.UNPUBLISHED,  # comes twice
    "talking": EventKind.TALKING,
    "stopped-talking": EventKind.QUIET,
    "destroyed": EventKind.ROOM_GONE,  # after which nobody’s `leaving` comes
}


def new_handle() -> int:
    """A number for one publishing connection: 1 to 2**53 - 1, nobody's before."""
    return secrets.randbelow(2**53 - 1) + 1


def room_token(number: int) -> str:
    """What lets its bearer come into one room within a minute. The gate puts it in; no browser sees one."""
    claim = f"{int(time.time()) + TOKEN_SECONDS},{PLUGIN},room={number}"
    signature = hmac.new(settings.JANUS_SECRETS["token"].encode(), claim.encode(), hashlib.sha1).digest()
    return f"{claim}:{base64.b64encode(signature).decode()}"


def sound_place(handle: int | str) -> str:
    """Where the cache keeps which media of a connection are sound, when they are not the usual (the first)."""
    return f"media.sound.{handle}"


def media_group(key: str) -> str:
    """The channel-layer group of one person's sockets at the gate."""
    return f"media.{key}"


class JanusBackend:
    """`MediaBackend` by Janus."""

    name = "janus"
    capabilities = frozenset(Capability)

    def ensure_room(self, room: MediaRoom) -> None:
        answer = self._ask(
            {
                "request": "create",
                "room": room.number,
                "secret": room.secret,
                "admin_key": settings.JANUS_SECRETS.get("rooms", ""),
                "description": str(room.number),
                "permanent": False,
                "is_private": True,
                "require_pvtid": True,
                "signed_tokens": True,
                "publishers": room.people + 1,  # a screen; see gate_rules.Traffic.has_place
                "bitrate": BITRATE,
                "bitrate_cap": True,
                "audiocodec": "opus",
                "opus_fec": True,
                "videocodec": "vp8",
                "record": False,
                "lock_record": True,
                "notify_joining": True,
                "audiolevel_ext": True,
                "audiolevel_event": True,
                "audio_active_packets": ACTIVE_PACKETS,
                "audio_level_average": AVERAGE_LEVEL,
            },
            fine={ROOM_EXISTS},
        )
        if answer.get("error_code") == ROOM_EXISTS:  # ours? its secret says so
            self._ask({"request": "edit", "room": room.number, "secret": room.secret})

    def end_room(self, room: MediaRoom) -> None:
        self._ask({"request": "destroy", "room": room.number, "secret": room.secret}, fine={NO_SUCH_ROOM})

    def join_grant(self, room: MediaRoom, person: Person) -> Grant:
        return Grant(self.name, {"me": person.key, "bitrate": BITRATE, "iceServers": ice_servers(person.key)})

    def remove(self, room: MediaRoom, key: str) -> None:
        for present in self._of(room, key):
            self._ask(
                {"request": "kick", "room": room.number, "secret": room.secret, "id": int(present.handle)},
                fine={NO_SUCH_ROOM, NO_SUCH_FEED},
            )

    def set_muted(self, room: MediaRoom, key: str, *, muted: bool) -> None:
        # The gate repeats it for whatever they publish later; here it is done at once, whether the gate hears of it or not.
        with contextlib.suppress(redis.RedisError, OSError, TimeoutError):
            send = async_to_sync(get_channel_layer().group_send)
            send(media_group(key), {"type": "media.muted", "muted": muted})
        for present in self._of(room, key):
            for mid in cache.get(sound_place(present.handle), ["0"]) if present.publishing else []:
                self._ask(moderation(room, int(present.handle), mid, muted=muted), fine={NO_SUCH_ROOM, NO_SUCH_FEED})

    def participants(self, room: MediaRoom) -> list[Present]:
        answer = self._ask({"request": "listparticipants", "room": room.number}, fine={NO_SUCH_ROOM})
        return [
            Present(str(one["id"]), one.get("display", ""), bool(one.get("publisher")))
            for one in answer.get("participants", [])
        ]

    def parse_events(self, body: bytes, headers: Mapping[str, str]) -> Iterable[MediaEvent]:
        try:
            told = json.loads(body)
            return [event for one in (told if isinstance(told, list) else [told]) if (event := _event(one))]
        except (AttributeError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError("no events of Janus") from error

    def health(self) -> str:
        if not settings.JANUS_SECRETS:
            return _("JANUS_SECRET is not set, so rooms have no sound and pictures. See .env.example.")
        try:
            self._call({"janus": "get_status"})
        except MediaTrouble as trouble:
            return str(trouble)
        return ""

    def _of(self, room: MediaRoom, key: str) -> list[Present]:
        return [present for present in self.participants(room) if present.key == key]

    def _ask(self, request: dict, *, fine: set[int] = frozenset()) -> dict:
        """The plugin's answer. fine: its codes of errors that are none here."""
        answer = self._call({"janus": "message_plugin", "plugin": PLUGIN, "request": request}).get("response", {})
        code = answer.get("error_code")
        if code and code not in fine:
            raise MediaTrouble(
                _("The media server refuses to %(what)s (%(code)s).") % {"what": request["request"], "code": code}
            )
        return answer

    def _call(self, message: dict) -> dict:
        message = message | {
            "transaction": secrets.token_hex(8),
            "admin_secret": settings.JANUS_SECRETS.get("admin", ""),
        }
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy between us and it
                answer = session.post(settings.JANUS_ADMIN_URL, json=message, timeout=settings.MEDIA_TIMEOUT).json()
        except (requests.RequestException, ValueError):
            raise MediaTrouble(_("The media server does not answer. Is `janus` running?")) from None
        if answer.get("janus") != "success":
            raise MediaTrouble(_("The media server does not take our word: is JANUS_SECRET the same on both sides?"))
        return answer


def moderation(room: MediaRoom, handle: int, mid: str, *, muted: bool) -> dict:
    """The request that silences one medium of one connection, or lets it be heard."""
    return {"request": "moderate", "room": room.number, "secret": room.secret, "id": handle, "mid": mid, "mute": muted}


def _event(told: dict) -> MediaEvent | None:
    """What one event of Janus' says; None when it is nothing to us."""
    at = dt.datetime.fromtimestamp(told["timestamp"] / 1_000_000, dt.UTC)
    event, key = told["event"], _key(told.get("opaque_id"))
    if told["type"] == 32:  # of the core: a medium stopped coming, and nobody can be talking by it
        silent = event.get("media") == "audio" and event.get("receiving") is False
        return MediaEvent(EventKind.QUIET, 0, at, key=key) if silent and key else None
    if told["type"] != 64 or event.get("plugin") != PLUGIN:
        return None
    data = event["data"]
    kind = KINDS.get(data.get("event") or data.get("videoroom"))
    number, handle = data.get("room"), data.get("id")
    if kind is None or not _is_number(number):
        return None
    if kind is EventKind.ROOM_GONE:
        return MediaEvent(kind, number, at)
    if not _is_number(handle):
        return None
    if kind is EventKind.TALKING:
        at -= TOLD_LATER
    return MediaEvent(kind, number, at, str(handle), _key(data.get("display")) or key)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _key(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 64 else ""
