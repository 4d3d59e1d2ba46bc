"""The room's socket: who is let to it, what they ask, and what they are told, in order and nothing twice."""

import asyncio
import contextlib
import datetime as dt
import json
import logging
import time
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _
from redis import RedisError

from accounts.access import Can, requires
from accounts.idle import is_idle, note_in_room
from core.errors import Refusal
from rooms import live, wire
from rooms.db import in_db, turn_in
from rooms.heart import gone_at, heart, places
from rooms.models import Connection, Participant
from rooms.services import passes, presence

log = logging.getLogger(__name__)

live.load()

# What a socket is closed with. Pages know them: 4001 come again at once, 4003 gone for good, 4004 nothing here for you.
COME_AGAIN, GONE, NOTHING_HERE = 4001, 4003, 4004
BIGGEST = 64 * 1024  # bytes of one message
PER_SECOND, AT_ONCE = 25, 80  # messages
MOST_MISSED = 500  # what a page that comes back is told one by one; after more it starts anew
NOTED_EVERY = 60  # seconds
REORDER_WAIT = 0.25  # seconds that something out of order may wait for what comes before it


@requires(Can.USE_ROOM)
class RoomConsumer(AsyncWebsocketConsumer):
    """One page of one person in one room.

    In: {"do": name, "id": any, "with": {…}}, or {"do": "pong"}. Out: {"k": kind, "n": place, "d": data} for what happened,
    {"k": "state", "n": place, "d": picture} to start from, {"k": "again", "n": place} to go on from where the page was,
    {"re": id, "d": …} or {"re": id, "no": {code, message, field}}.
    """

    connection_id: int | None = None
    room_id: int = 0
    seq: int = 0
    waiting: asyncio.Task | None = None
    noted: float = float("-inf")  # when their session was last told that they are here

    async def connect(self) -> None:
        """Let in whoever has a ticket; say to whom has none why, when it is their own session."""
        self.heard = time.monotonic()
        self.allowance, self.counted_at = float(AT_ONCE), self.heard
        self.held: dict[int, dict] = {}
        self.lock = asyncio.Lock()
        self.user = self.scope["user"]
        try:
            participant = await in_db(self._enter)
        except Refusal as refusal:
            if refusal.code == "not_yours":
                await self.close()
                return
            await self.accept()
            await self._send({"k": "refused", "d": {"code": refusal.code, "message": str(refusal.message)}})
            await self.close(GONE)
            return
        self.participant_id, self.room_id = participant.pk, participant.room_id
        self._learn(participant)
        await self.accept()
        try:
            async with turn_in(self.room_id):
                with wire.held_back() as told:
                    self.connection_id = await in_db(self._open, participant)
            await self._join_layer()
            await self._pass_on(told)
            if not await self._go_on():
                await self._send_picture()
        except Refusal as refusal:  # removed, or over, at this very moment
            await self._send({"k": "refused", "d": {"code": refusal.code, "message": str(refusal.message)}})
            await self.close(GONE)
            return
        heart().add(self)
        await self._note_in_room()

    async def _note_in_room(self) -> None:
        """Their session lives while this page answers, though it asks for nothing (accounts.idle). Once a minute.

        Whoever signed out meanwhile is out of the room too.
        """
        if self.heard - self.noted < NOTED_EVERY:
            return
        self.noted = self.heard
        try:
            if await in_db(note_in_room, self.scope["session"].session_key):
                return
        except DatabaseError:
            log.warning("The database did not take that somebody is in a room; the next answer tries again")
            return
        await self._send({"k": "refused", "d": {"code": "signed_out", "message": await in_db(self._signed_out)}})
        await self.give_up(Connection.Why.LEFT)

    def _signed_out(self) -> str:
        with translation.override(self.user.language):
            return _("You are signed out. Sign in again to come back.")

    def _enter(self) -> Participant:
        session = self.scope["session"]
        if is_idle(session, self.user):
            raise Refusal("", "not_yours")
        with translation.override(self.user.language):
            return passes.enter(user=self.user, session_uid=self.scope["url_route"]["kwargs"]["uid"])

    @staticmethod
    def _open(participant: Participant) -> int:
        return presence.open_connection(participant).pk

    def _learn(self, participant: Participant) -> None:
        self.key, self.leads, self.is_in = participant.key, participant.is_leader, participant.is_in

    async def _join_layer(self) -> None:
        """From now on what happens comes by the channel layer. Without Redis it comes by the heart, a little later."""
        try:
            await asyncio.wait_for(self.channel_layer.group_add(wire.layer_group(self.room_id), self.channel_name), 3)
        except (RedisError, OSError, TimeoutError):
            log.warning("Redis is away: a room's socket lives by the heart alone")

    # --- what they ask

    async def receive(self, text_data=None, bytes_data=None) -> None:
        """One message of theirs."""
        self.heard = time.monotonic()
        if text_data is None or len(text_data) > BIGGEST:
            await self.close(COME_AGAIN)
            return
        try:
            said = json.loads(text_data)
            what, number = said.get("do"), said.get("id")
        except (ValueError, AttributeError):
            await self.close(COME_AGAIN)
            return
        if what == "pong":
            await self._note_in_room()
            return
        if what == "picture":
            await self._send_picture()
            return
        if not self._may_ask():
            await self._refuse(number, "too_fast", "")
            return
        await self._do(what, number, said.get("with"))

    def _may_ask(self) -> bool:
        """Whether they keep to a pace a person keeps to."""
        self.allowance = min(AT_ONCE, self.allowance + (self.heard - self.counted_at) * PER_SECOND)
        self.counted_at = self.heard
        if self.allowance < 1:
            return False
        self.allowance -= 1
        return True

    async def _do(self, what, number, given) -> None:
        try:
            async with turn_in(self.room_id):
                with wire.held_back() as told:
                    answer = await in_db(self._run, what, given)
        except Refusal as refusal:
            await self._refuse(number, refusal.code, str(refusal.message), refusal.field)
            if refusal.code == "removed":
                await self.give_up(Connection.Why.REMOVED)
            return
        except DatabaseError:
            log.warning("The database did not answer a room's command")
            await self._refuse(number, "away", "")
            return
        await self._pass_on(told)
        if number is not None:
            await self._send({"re": number, "d": answer})

    def _run(self, what, given):
        with translation.override(self.user.language):
            return live.run(self.participant_id, what, given)

    async def _refuse(self, number, code: str, message: str, field: str | None = None) -> None:
        await self._send({"re": number, "no": {"code": code, "message": message, "field": field}})

    async def _pass_on(self, told: list[wire.Numbered]) -> None:
        """To everybody by the layer; where Redis is away, to ourselves at once and to others by their hearts."""
        if not told:
            return
        try:
            await asyncio.wait_for(wire.send_with(wire.store(), told), 3)
        except (RedisError, OSError, TimeoutError):
            log.warning("Redis did not take what happened in a room; its sockets will look it up")
            mine = [one.as_json() for one in told if one.room_id == self.room_id]
            await self.room_news({"news": mine})

    # --- what they are told

    async def room_news(self, message: dict) -> None:
        """What happened, by the layer: forwarded in its order, each once; what comes too early waits for what it follows."""
        async with self.lock:
            for one in message["news"]:
                if one["n"] > self.seq:
                    self.held[one["n"]] = one
            await self._forward()
        if self.held and (self.waiting is None or self.waiting.done()):
            self.waiting = asyncio.create_task(self._wait_for_order())

    async def _wait_for_order(self) -> None:
        await asyncio.sleep(REORDER_WAIT)
        if self.held:
            await self.catch_up(max(self.held))

    async def _forward(self) -> None:
        while (one := self.held.pop(self.seq + 1, None)) is not None:
            self.seq += 1
            await self._tell(one)

    async def _tell(self, one: dict) -> None:
        if one["k"] == "you" and self.key in one["to"]:
            await self._changed(one)
            return
        if wire.is_for(one["to"], key=self.key, leads=self.leads, is_in=self.is_in):
            await self._send({"k": one["k"], "n": one["n"], "d": one["d"]})
        if one["k"] == "room.over":
            asyncio.get_running_loop().call_later(1, lambda: asyncio.ensure_future(self.give_up(Connection.Why.ENDED)))

    async def _changed(self, one: dict) -> None:
        """Something about themselves changed: let in, removed. They start anew from what they may see now."""
        await self._send({"k": "you", "n": one["n"], "d": one["d"]})
        if one["d"].get("state") == Participant.State.REMOVED:
            await self.give_up(Connection.Why.REMOVED)
            return
        self._learn(await in_db(Participant.objects.get, pk=self.participant_id))
        await self._send_picture(locked=True)

    async def catch_up(self, until: int) -> None:
        """Some of what happened did not come: fetch it, one by one from the log or all at once as a picture.

        Postgres knows of it a moment before the log does, and words are in no picture: what is not in the log is looked for
        again, and may come by the layer meanwhile.
        """
        for pause in wire.NOT_YET:
            if await self._caught_up(until):
                return
            await asyncio.sleep(pause)
        if not await self._caught_up(until):
            async with self.lock:
                if until > self.seq:
                    await self._send_picture(locked=True)

    async def _caught_up(self, until: int) -> bool:
        """Whether everything up to there is told, or nothing but a picture can tell it: Redis is away."""
        async with self.lock:
            if until <= self.seq:
                return True
            try:
                missing = await wire.missed(wire.store(), self.room_id, self.seq, until)
            except (RedisError, OSError, TimeoutError):
                await self._send_picture(locked=True)
                return True
            for one in missing or ():
                self.held.setdefault(one["n"], one)
            await self._forward()
            return missing is not None

    async def _go_on(self) -> bool:
        """A page that was here a moment ago (?after=) is told what it missed, one by one: words that are not kept are in no
        picture. False where it must start anew: the log has not all of it, or they were let in or put out meanwhile."""
        said = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("after", [""])[0]
        if not (said.isascii() and said.isdigit() and len(said) < 19):
            return False
        after = int(said)
        async with self.lock:
            until = (await in_db(places, {self.room_id})).get(self.room_id, 0)
            if not self.is_in or not 0 < after <= until <= after + MOST_MISSED:
                return False
            try:
                missing = await wire.missed(wire.store(), self.room_id, after, until) if until > after else []
            except (RedisError, OSError, TimeoutError):
                return False
            if missing is None or any(one["k"] == "you" and self.key in one["to"] for one in missing):
                return False
            self.seq = after
            self.held = {n: one for n, one in self.held.items() if n > after} | {one["n"]: one for one in missing}
            await self._send({"k": "again", "n": after})
            await self._forward()
        return True

    async def _send_picture(self, *, locked: bool = False) -> None:
        if not locked:
            async with self.lock:
                await self._send_picture(locked=True)
            return
        found = await in_db(self._picture)
        self.seq = max(self.seq, found.pop("seq"))
        self.held = {n: one for n, one in self.held.items() if n > self.seq}
        await self._send({"k": "state", "n": self.seq, "d": found})

    def _picture(self) -> dict:
        with translation.override(self.user.language):
            return live.picture(self.participant_id)

    async def ping(self) -> None:
        """Ask whether the page still answers. Its answer is a message handler: a page in the background gives it too."""
        await self._send({"k": "ping"})

    async def _send(self, said: dict) -> None:
        try:
            await self.send(json.dumps(said, ensure_ascii=False, default=str))
        except (RuntimeError, OSError):  # closed meanwhile
            heart().remove(self)

    # --- the end

    async def give_up(self, why: str, *, at: dt.datetime | None = None) -> None:
        """Close this socket from our side. at: since when they are gone, now by default."""
        heart().remove(self)
        await self._close_connection(why, at)
        with contextlib.suppress(RuntimeError, OSError):  # the page closed it meanwhile
            await self.close(GONE if why in (Connection.Why.REMOVED, Connection.Why.ENDED) else COME_AGAIN)

    async def disconnect(self, code) -> None:
        """The page is gone: 1000 and 1001 are a page that was left; anything else is a network or browser that was lost."""
        heart().remove(self)
        if self.waiting:
            self.waiting.cancel()
        if not self.room_id:  # turned away before they were anywhere
            return
        if code in (1000, 1001):
            await self._close_connection(Connection.Why.LEFT)
        else:
            await self._close_connection(Connection.Why.LOST, gone_at(self.heard))
        try:
            await self.channel_layer.group_discard(wire.layer_group(self.room_id), self.channel_name)
        except (RedisError, OSError, TimeoutError):
            log.info("Redis is away: a closed socket’s place in the layer expires by itself")

    async def _close_connection(self, why: str, at: dt.datetime | None = None) -> None:
        connection_id, self.connection_id = self.connection_id, None
        if connection_id is None:
            return
        try:
            async with turn_in(self.room_id):
                with wire.held_back() as told:
                    await in_db(presence.close_connection, connection_id, why, at)
        except DatabaseError:
            log.warning("The database did not take that a socket closed; the sweep will")
            return
        await self._pass_on(told)
