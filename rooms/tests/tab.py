"""A browser's tab at the gate, without media: what janus.js would say, by hand; and whatever it would never say.

The gate runs in a real uvicorn in the test's own loop, and the tab is a real websocket to it.
"""

import asyncio
import functools
import json
import secrets
import socket
from types import SimpleNamespace

import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts.access import Role
from core.errors import Refusal
from rooms.gate import SUBPROTOCOL, MediaConsumer
from rooms.media.base import MediaRoom, Person
from rooms.models import media_number
from rooms.services.passes import Pass

PLUGIN = "janus.plugin.videoroom"
USER = SimpleNamespace(is_authenticated=True, roles=frozenset({Role.PATIENT}))
OFFER = "\r\n".join(
    [
        "v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic: WMS *",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-options:trickle",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=setup:actpass", "a=mid:0",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=sendonly", "a=msid:- sound", "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2", "a=ssrc:1 cname:x", "",
    ]
)  # fmt: skip


TABS: dict[str, "Tab"] = {}
PORT = 0


async def application(scope, receive, send) -> None:
    """The gate of whichever tab the path names."""
    tab = TABS[scope["path"].strip("/")]
    gate = type("Gate", (MediaConsumer,), {"_pass": lambda _consumer, **_how: tab.give_pass()})
    scope |= {"user": tab.user, "session": {}, "url_route": {"kwargs": {"uid": "x"}}}
    await gate.as_asgi()(scope, receive, send)


def in_a_loop(test):
    """Run an async test beside the gate."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        asyncio.run(_with_gate(test, *args, **kwargs))

    return run


async def _with_gate(test, *args, **kwargs) -> None:
    global PORT
    listening = socket.create_server(("127.0.0.1", 0))
    PORT = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="warning", ws="auto"))
    server.install_signal_handlers = lambda: None
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.wait_for(test(*args, **kwargs), 60)
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, 10)
        TABS.clear()


def new_room(**values) -> MediaRoom:
    """A media room nobody has yet."""
    return MediaRoom(number=media_number(), secret=secrets.token_urlsafe(24), **values)


def new_person() -> Person:
    """Somebody nobody knows."""
    return Person(key=secrets.token_hex(8), name="Pat")


class Tab:
    """One tab of one person. Its gate gives the pass it is given here; `removed` takes it away."""

    def __init__(self, room: MediaRoom, person: Person | None = None, **values: object):
        self.room, self.person = room, person or new_person()
        self.values = {"backend": "janus", "may_publish": True} | values
        self.removed = False
        self.session = self.handle = 0
        self.heard: list[dict] = []
        self.user: object = None
        TABS.setdefault(path := secrets.token_hex(8), self)
        self.path = path

    def give_pass(self) -> Pass:
        """What the house says of them."""
        if self.removed:
            raise Refusal("You are no longer in this session.", "removed")
        return Pass(participant_id=1, room=self.room, person=self.person, **self.values)

    async def open(self, *, user: object = USER, subprotocol: str = SUBPROTOCOL) -> bool:
        """Whether the socket opened."""
        self.user = user
        try:
            self.socket = await connect(f"ws://127.0.0.1:{PORT}/{self.path}", subprotocols=[subprotocol], proxy=None)
        except InvalidStatus:
            return False
        return True

    async def say(self, **message: object) -> str:
        """Send; the transaction."""
        transaction = message.setdefault("transaction", secrets.token_hex(4))
        await self.socket.send(json.dumps(message))
        return transaction

    async def ask(self, **message: object) -> dict:
        """Send, and wait for the answer; what else comes meanwhile is kept in `heard`."""
        transaction = await self.say(**message)
        return await self.until(lambda said: said.get("transaction") == transaction and said["janus"] != "ack")

    async def until(self, wanted, seconds: float = 20) -> dict:
        """The first message that is wanted."""
        async with asyncio.timeout(seconds):
            while True:
                said = json.loads(await self.socket.recv())
                self.heard.append(said)
                if wanted(said):
                    return said

    async def closed(self, seconds: float = 20) -> int:
        """The code with which the socket is closed."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.heard.append(json.loads(await self.socket.recv()))
        except ConnectionClosed as closed:
            return closed.rcvd.code

    async def start(self) -> None:
        """A session on the media server."""
        self.session = (await self.ask(janus="create"))["data"]["id"]

    async def attach(self) -> int:
        """A handle."""
        self.handle = (await self.ask(janus="attach", session_id=self.session, plugin=PLUGIN))["data"]["id"]
        return self.handle

    async def request(self, *, handle: int = 0, jsep: dict | None = None, **body: object) -> dict:
        """A request to the plugin, and its data; an error of Janus' shape as it is."""
        more = {"jsep": jsep} if jsep else {}
        said = await self.ask(
            janus="message", session_id=self.session, handle_id=handle or self.handle, body=body, **more
        )
        return said["plugindata"]["data"] if "plugindata" in said else said

    async def join(self) -> dict:
        """All of the way in, as a publisher."""
        assert await self.open()
        await self.start()
        await self.attach()
        return await self.request(request="join", ptype="publisher")

    async def publish(self) -> dict:
        """Sound, as far as signalling goes."""
        return await self.request(request="publish", jsep={"type": "offer", "sdp": OFFER})

    async def close(self) -> None:
        """The tab is closed."""
        await self.socket.close()
