"""What `bench.room` is compared with: a bare broadcast on the same server, and a plain Channels room on the same Redis."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import django
from django.apps import apps

if not apps.ready:
    django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from django.conf import settings

# As it comes, but for the idle sockets that redis-py 8 would drop.
settings.CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [{"address": settings.REDIS_URL, "socket_timeout": None}]},
    }
}

ROOMS: dict[str, set] = {}


async def bare(scope, receive, send) -> None:
    """No Django, no Channels, no Redis: what somebody says goes to everybody of the same address in this process."""
    await receive()
    await send({"type": "websocket.accept"})
    room = ROOMS.setdefault(scope["path"], set())
    room.add(send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            for one in list(room):
                await one({"type": "websocket.send", "text": event["text"]})
    finally:
        room.discard(send)


class Plain(AsyncWebsocketConsumer):
    """The room of Channels' own tutorial: no sign-in, no database, no order."""

    async def connect(self) -> None:
        self.group = self.scope["path"].strip("/").replace("/", ".")
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None) -> None:
        await self.channel_layer.group_send(self.group, {"type": "room.said", "text": text_data})

    async def room_said(self, message: dict) -> None:
        await self.send(message["text"])


channels = ProtocolTypeRouter({"websocket": Plain.as_asgi()})
