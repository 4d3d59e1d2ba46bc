"""The gate: a browser's way to the media server, and its only one.

A socket of ours for each browser, a socket of our own to Janus behind it; between them the rules of `rooms.gate_rules`. Who
somebody is and where they may be is asked once, when they come (`rooms.services.passes.media_pass`); whatever changes it sends
word to the group `media.<key>`, and the socket is closed:

- 4001 come again: they belong in another room now, or the media room went. A new pass is asked for.
- 4003 gone: they have no pass.
- 4009 taken over: the same person came by a newer page. Don't come again by yourself.
- 1013 try again later: the media server is away.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import time

import redis
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from accounts.access import Can, requires
from accounts.middleware import is_idle
from core.errors import Refusal
from rooms import places, wire
from rooms.db import in_db
from rooms.gate_rules import FULL, LONGEST, Handle, Refused, Role, Traffic, Who, refusal
from rooms.media.base import MediaTrouble, Present
from rooms.media.janus import BITRATE, JanusBackend, media_group, moderation, new_handle, room_token, sound_place
from rooms.services import passes

log = logging.getLogger(__name__)

SUBPROTOCOL = "janus-protocol"
COME_AGAIN, GONE, TAKEN, LATER, TOO_LONG = 4001, 4003, 4009, 1013, 1009
OURS = "gate-"  # how transactions of the gate itself begin
KEPT_SECONDS = 12 * 3600


@requires(Can.USE_ROOM)
class MediaConsumer(AsyncWebsocketConsumer):
    """One browser's signalling. The address names the session (`uid`)."""

    upstream: ClientConnection | None = None
    pump: asyncio.Task | None = None
    group = ""
    is_closed = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # handle → the number of the connection that was promised a place by it. Here: a socket may close before it connects.
        self.claimed: dict[int, int] = {}

    async def connect(self) -> None:
        """Let in whoever has a pass, and open the way to the media server."""
        if SUBPROTOCOL not in self.scope.get("subprotocols", []):
            await self.close()
            return
        self.came = time.time_ns()
        try:
            allowed = await in_db(self._pass)
        except Refusal:
            await self._accept_and_close(GONE)
            return
        if allowed.backend != JanusBackend.name:
            await self._accept_and_close(GONE)
            return
        try:
            await sync_to_async(JanusBackend().ensure_room, thread_sensitive=False)(allowed.room)
            self.upstream = await connect(
                settings.JANUS_URL,
                subprotocols=[SUBPROTOCOL],
                open_timeout=settings.MEDIA_TIMEOUT,
                close_timeout=1,
                max_size=4 * LONGEST,
                proxy=None,
            )
        except (MediaTrouble, OSError, WebSocketException):
            await self._accept_and_close(LATER)
            return
        self.room, self.is_muted = allowed.room, allowed.is_muted
        self.traffic = Traffic(
            Who(
                key=allowed.person.key,
                room=allowed.room.number,
                api_secret=settings.JANUS_SECRETS["api"],
                bitrate=BITRATE,
                may_publish=allowed.may_publish,
                token=lambda: room_token(allowed.room.number),
                new_number=new_handle,
            )
        )
        await self._take_over(media_group(allowed.person.key))
        await self.accept(SUBPROTOCOL)
        self.pump = asyncio.create_task(self._inward())

    def _pass(self, *, again: bool = False) -> passes.Pass:
        """again: of a page that is in the room, where nobody is idle."""
        user = self.scope["user"]
        if not again and is_idle(self.scope["session"], user):
            raise Refusal("", "not_yours")
        return passes.media_pass(user, self.scope["url_route"]["kwargs"]["uid"])

    async def _take_over(self, group: str) -> None:
        """Hear what concerns this person, and let their older pages go."""
        self.group = group
        mine = {"type": "media.taken", "came": self.came, "by": self.channel_name}
        try:
            await asyncio.wait_for(self.channel_layer.group_add(group, self.channel_name), 3)
            await asyncio.wait_for(self.channel_layer.group_send(group, mine), 3)
        except (redis.RedisError, OSError, TimeoutError):
            log.warning("Redis is away: a media socket hears of nothing; the media server itself puts people out")

    async def disconnect(self, code: int) -> None:
        """With the browser its session on the media server goes, at once."""
        self.is_closed = True
        if self.group:
            with contextlib.suppress(redis.RedisError, OSError, TimeoutError):
                await asyncio.wait_for(self.channel_layer.group_discard(self.group, self.channel_name), 3)
        if self.pump:
            self.pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.pump
        await self._give_back(*list(self.claimed))
        if self.upstream:
            with contextlib.suppress(WebSocketException):
                if self.traffic.session:
                    await self._send_up({"janus": "destroy", "session_id": self.traffic.session})
            await self.upstream.close()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pass on what the rules let through; answer the rest with an error."""
        if text_data is None or len(text_data) > LONGEST:
            await self._let_go(TOO_LONG)
            return
        message = None
        try:
            message = json.loads(text_data)
            passed = self.traffic.outward(message)
        except (ValueError, RecursionError):
            await self._tell(refusal(None, Refused("not JSON")))
            return
        except Refused as refused:
            await self._tell(refusal(message, refused))
            return
        if passed.get("body", {}).get("ptype") == "publisher" and not await self._is_still_theirs():
            return
        if "jsep" in passed:
            handle = self.traffic.handles[passed["handle_id"]]
            if not await self._has_place(passed["handle_id"], handle):
                await self._tell(refusal(message, Refused("no place is free", FULL)))
                return
            await self._remember_sound(handle)
        with contextlib.suppress(WebSocketException):  # `_inward` sees it too, and closes
            await self.upstream.send(json.dumps(passed))
        if passed["janus"] == "detach" or passed.get("body", {}).get("request") in ("unpublish", "leave"):
            await self._give_back(passed["handle_id"])

    async def _inward(self) -> None:
        """Pass on what the media server says, until one of the two is gone."""
        with contextlib.suppress(WebSocketException):
            async for text in self.upstream:
                message = json.loads(text)
                if str(message.get("transaction", "")).startswith(OURS):
                    continue
                if (passed := self.traffic.inward(message)) is not None:
                    await self._tell(passed)
                if self.traffic.is_over:
                    await self._let_go(COME_AGAIN)
                    return
                if self.is_muted and _is_configured(message):
                    await self._moderate()
        await self._let_go(LATER)

    async def _moderate(self) -> None:
        """Silence what this person publishes, or let it be heard."""
        for number, handle in self.traffic.handles.items():
            if handle.role is Role.PUBLISHER and handle.has_joined:
                for mid in handle.sound:
                    body = moderation(self.room, handle.number, mid, muted=self.is_muted)
                    message = {"janus": "message", "session_id": self.traffic.session, "handle_id": number}
                    await self._send_up(message | {"body": body})

    async def _is_still_theirs(self) -> bool:
        """Whether they may still be where they came to. Somebody removed, moved or silenced while this socket was opening was not
        in its group yet and not on the media server: neither word nor kick reached them."""
        try:
            now = await in_db(self._pass, again=True)
        except Refusal:
            await self._let_go(GONE)
            return False
        except DatabaseError:
            log.warning("The database did not say whether somebody may still be in a media room")
            return True
        if now.room.number != self.room.number:
            await self._let_go(COME_AGAIN)
            return False
        self.is_muted = now.is_muted
        return True

    async def _has_place(self, number: int, handle: Handle) -> bool:
        """Whether what they want to send has a place in the room, beside those who send and those who asked before them. Where
        the media server does not say, it decides itself."""
        if handle.role is not Role.PUBLISHER:
            return True
        before = await self._claim(number, handle)  # before the look: whoever was promised a place earlier sends by now
        try:
            present = await sync_to_async(JanusBackend().participants, thread_sensitive=False)(self.room)
        except MediaTrouble:
            return True
        if self.traffic.has_place(handle, [*present, *before], self.room.people):
            return True
        await self._give_back(number)
        return False

    async def _claim(self, number: int, handle: Handle) -> list[Present]:
        """Those who were promised a place before this connection. Without Redis nobody, as far as is known."""
        self.claimed[number] = handle.number
        asked = places.claim(wire.store(), self.room.number, handle=handle.number, key=self.traffic.who.key)
        try:
            return await asyncio.wait_for(asked, 3)
        except (redis.RedisError, OSError, TimeoutError):
            log.warning("Redis is away: who comes in the same moment as another is not known")
            return []

    async def _give_back(self, *numbers: int) -> None:
        """What these handles were promised goes to whoever comes next."""
        handles = [self.claimed.pop(number) for number in numbers if number in self.claimed]
        if not handles:
            return
        given = places.give_back(wire.store(), self.room.number, key=self.traffic.who.key, handles=handles)
        with contextlib.suppress(redis.RedisError, OSError, TimeoutError):  # it is over by itself in a moment
            await asyncio.wait_for(given, 3)

    async def _remember_sound(self, handle: Handle) -> None:
        """So that muting by the server finds it, from whatever process."""
        if handle.role is Role.PUBLISHER and handle.sound != ("0",):
            await cache.aset(sound_place(handle.number), list(handle.sound), KEPT_SECONDS)

    async def _send_up(self, message: dict) -> None:
        ours = {"transaction": OURS + secrets.token_hex(8), "apisecret": settings.JANUS_SECRETS["api"]}
        await self.upstream.send(json.dumps(message | ours))

    async def _tell(self, message: dict) -> None:
        if not self.is_closed:
            with contextlib.suppress(RuntimeError, OSError):  # closed by the browser meanwhile
                await self.send(json.dumps(message))

    async def _let_go(self, code: int) -> None:
        if not self.is_closed:
            self.is_closed = True
            with contextlib.suppress(RuntimeError, OSError):
                await self.close(code)
            await self.upstream.close()  # whether their browser closes or not: nobody sees or hears them from here on

    async def _accept_and_close(self, code: int) -> None:
        """A browser is told a reason only by a socket that was open."""
        await self.accept(SUBPROTOCOL)
        await self.close(code)

    # --- word from the rest of the house

    async def media_moved(self, event: dict) -> None:
        """They belong in another room now."""
        await self._let_go(COME_AGAIN)

    async def media_closed(self, event: dict) -> None:
        """They were removed, or the session is over."""
        await self._let_go(GONE)

    async def media_taken(self, event: dict) -> None:
        """They came by another page; the newer stays."""
        if (event["came"], event["by"]) > (self.came, self.channel_name):
            await self._let_go(TAKEN)

    async def media_muted(self, event: dict) -> None:
        """A leader silenced them, or let them be heard: from now on, whatever they publish."""
        self.is_muted = bool(event["muted"])
        with contextlib.suppress(WebSocketException):
            await self._moderate()


def _is_configured(message: dict) -> bool:
    """Whether somebody's own media was taken just now."""
    return (message.get("plugindata") or {}).get("data", {}).get("configured") == "ok"
