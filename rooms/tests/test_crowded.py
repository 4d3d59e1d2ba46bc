"""Much at once: what a layer would drop, what the log does not have yet, and a room that holds up the others."""

import asyncio
import contextlib
import datetime as dt
import json
import uuid

import pytest
import redis.asyncio
from channels_redis.core import RedisChannelLayer
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rooms import wire
from rooms.consumers import RoomConsumer
from rooms.models import Room
from rooms.tests.live import Live, Page, house_on_air, license_in
from scheduling.services import add_session

pytestmark = pytest.mark.xdist_group("live")
MANY = 300


def through_the_layer(**config) -> int:
    """How many of MANY messages come that were sent to a group before anybody took one up."""

    async def send_and_count() -> int:
        layer = RedisChannelLayer(**config)
        group, channel, found = f"crowd.{uuid.uuid4().hex}", await layer.new_channel(), 0
        await layer.group_add(group, channel)
        for n in range(MANY):
            await layer.group_send(group, {"type": "room.news", "n": n})
        with contextlib.suppress(TimeoutError):
            while found < MANY:
                await asyncio.wait_for(layer.receive(channel), 1)
                found += 1
        await layer.close_pools()
        return found

    return asyncio.run(send_and_count())


def test_the_layer_holds_what_many_rooms_say_at_once():
    assert through_the_layer(**settings.CHANNEL_LAYERS["default"]["CONFIG"]) == MANY


def test_as_it_comes_the_layer_drops_it():
    """The negative control: the same, with the capacity that nobody set."""
    usual = {k: v for k, v in settings.CHANNEL_LAYERS["default"]["CONFIG"].items() if k != "capacity"}
    assert through_the_layer(**usual) < MANY


def told_while_it_is_written() -> list[dict]:
    """What a page is told of two things that happened, of which the second comes into the log after its socket first looked."""
    room = uuid.uuid4().int >> 70

    async def catch_up() -> list[dict]:
        told, looked = [], asyncio.Event()

        class Socket(RoomConsumer):
            key, leads, is_in, room_id = "0", False, True, room

            async def send(self, text_data=None, bytes_data=None, close=False):
                told.append(json.loads(text_data))

            async def _send_picture(self, *, locked=False):
                told.append({"k": "state"})

            async def _caught_up(self, until):
                found = await super()._caught_up(until)
                looked.set()
                return found

        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as client:

            async def write(seq: int) -> None:
                one = {"k": "chat.line", "n": seq, "to": ["*"], "d": {}}
                await client.set(f"rooms:{room}:{seq}", json.dumps(one), ex=60)

            socket = Socket()
            socket.held, socket.lock = {}, asyncio.Lock()
            await write(1)
            catching = asyncio.create_task(socket.catch_up(2))
            await looked.wait()
            await write(2)
            await catching
        return told

    return asyncio.run(catch_up())


def test_what_is_committed_and_not_in_the_log_yet_is_waited_for():
    assert [(one["k"], one["n"]) for one in told_while_it_is_written()] == [("chat.line", 1), ("chat.line", 2)]


def test_without_waiting_it_is_a_picture_without_words(monkeypatch):
    """The negative control: looked at once, the log seems to have lost it, and words that are in no picture are gone."""
    monkeypatch.setattr(wire, "NOT_YET", ())
    assert {"k": "state"} in told_while_it_is_written()


def looked_up_by_many() -> int:
    """How many of MANY sockets that look up the same at once find it."""
    room = uuid.uuid4().int >> 70

    async def look() -> int:
        client = wire.store()
        await client.set(f"rooms:{room}:1", json.dumps({"k": "chat.line", "n": 1}), ex=60)
        found = await asyncio.gather(*(wire.missed(client, room, 0, 1) for _n in range(MANY)), return_exceptions=True)
        await client.aclose()
        return sum(isinstance(one, list) for one in found)

    return asyncio.run(look())


def test_many_sockets_look_up_at_once():
    assert looked_up_by_many() == MANY


def test_with_the_usual_pool_redis_seems_to_be_away_for_some(monkeypatch):
    """The negative control: the pool as it comes refuses the 101st."""
    monkeypatch.setattr(wire, "store", lambda: redis.asyncio.Redis.from_url(settings.REDIS_URL))
    assert looked_up_by_many() < MANY


def answers_beside_a_busy_room(tmp_path, **variables: str) -> bool:
    """Whether somebody is answered in one room while seven pages wait for another room's row."""
    house, session = house_on_air()
    license_in(house.charlie, "CA")
    soon = timezone.now() + dt.timedelta(minutes=5)  # leaders come half an hour before
    other = add_session(group=house.other_group, starts_at=soon, minutes=60, by=house.charlie)
    live = Live(tmp_path, **variables)
    try:
        busy = [Page(live, house.alice, session) for _page in range(7)]
        beside = Page(live, house.charlie, other)
        for page in (*busy, beside):
            page.until("state")
        with transaction.atomic():
            Room.objects.select_for_update().get(session=session)
            for n, page in enumerate(busy):
                page.socket.send(json.dumps({"do": "door.lock", "id": n, "with": {"locked": True}}))
            with contextlib.suppress(TimeoutError):
                return bool(beside.ask("door.lock", locked=True))
            return False
    finally:
        connection.close()
        live.stop()


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


def test_a_busy_room_holds_up_no_other(transactional_db, tmp_path):
    assert answers_beside_a_busy_room(tmp_path)


def test_without_turns_it_holds_up_all(transactional_db, tmp_path):
    """The negative control: each that waits for the room's row holds a thread, and there are six."""
    assert not answers_beside_a_busy_room(tmp_path, application="rooms.tests.broken:application", BROKEN="crowded")
