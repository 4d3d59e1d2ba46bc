"""Sockets: the live rooms, and a health check. Pages are `iop.wsgi`'s.

Refuses to start while any view lacks its access stamp.
"""

import asyncio
import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")

import django

django.setup()

import redis.asyncio  # noqa: E402
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from accounts.access import refuse_unstamped_views  # noqa: E402
from rooms.routing import websocket_urlpatterns  # noqa: E402

refuse_unstamped_views(websocket_urlpatterns)

PING_SECONDS = 2


def _ask_postgres() -> None:
    """One statement on a connection of its own: a pooled one would only say that it was alive once."""
    connection = connections.create_connection("default")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


async def _ask_redis() -> None:
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PING_SECONDS) as client:
        await client.ping()


async def _answers(question) -> bool:
    """Whether it is answered in time. Any failure is a no: this is asked to be told, not to raise."""
    try:
        await asyncio.wait_for(question, PING_SECONDS)
    except Exception:
        return False
    return True


async def http(scope, receive, send) -> None:
    """GET /ws/health says whether this process reaches Postgres and Redis. Nothing else is here."""
    if scope["path"] != "/ws/health" or scope["method"] not in ("GET", "HEAD"):
        await _send_json(send, 404, {"ok": False})
        return
    database, broker = await asyncio.gather(_answers(asyncio.to_thread(_ask_postgres)), _answers(_ask_redis()))
    ok = database and broker
    await _send_json(send, 200 if ok else 503, {"ok": ok, "database": database, "redis": broker})


_ROUTES = [pattern.pattern for pattern in websocket_urlpatterns]
_rooms = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))


async def websocket(scope, receive, send) -> None:
    """To its room. Elsewhere it is refused: before it is accepted, closing a socket answers its handshake with 403."""
    if any(route.match(scope["path"].lstrip("/")) for route in _ROUTES):
        await _rooms(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def _send_json(send, status: int, answer: dict) -> None:
    body = json.dumps(answer).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = ProtocolTypeRouter({"http": http, "websocket": websocket})
