"""What of the media server's protocol passes the gate, in both directions. Pure: no sockets, no clock, no settings.

A browser speaks plain janus.js (VideoRoom); whatever it says is read, and a new message is built from what is allowed in it.
Nothing is passed on for being unknown. Who somebody is, which room it is and what they may do in it is always put in here.

- Session: one. Handles: those made through here, each a publisher or a subscriber for its life.
- Outwards: create, attach, keepalive, trickle, detach, destroy; join, publish, configure, unpublish, leave of a publisher; join,
  start, subscribe, unsubscribe, configure, leave of a subscriber. Anything else is refused with an error of Janus' shape.
- Inwards: private ids (a subscription in somebody's name) are taken out of everything; ours is put into our own requests.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rooms.media.base import Present

PLUGIN = "janus.plugin.videoroom"
LONGEST = 256 * 1024  # characters of one message
MOST_HANDLES = 40
MOST_PUBLISHERS = 2  # oneself, and a screen
MOST_STREAMS = 4
MOST_FEEDS = 80
FORBIDDEN, UNKNOWN_SESSION, UNKNOWN_HANDLE, FULL = 403, 458, 459, 432  # Janus' own numbers
DESCRIPTIONS = frozenset({"camera", "camera-off", "microphone", "microphone-off", "screen", "screen-sound"})
INWARD = frozenset(
    {"success", "ack", "event", "error", "webrtcup", "media", "slowlink", "hangup", "detached", "trickle", "timeout"}
)
SECRETS = frozenset({"private_id", "secret", "pin", "token", "apisecret", "admin_key", "opaque_id"})


class Role(StrEnum):
    """What a handle is, from its first join on."""

    NEW = "new"
    PUBLISHER = "publisher"
    SUBSCRIBER = "subscriber"


class Refused(Exception):  # noqa: N818 - the house's word for it
    """Not passed on. code: of Janus'. The text is for developers; a person never sees it."""

    def __init__(self, reason: str, code: int = FORBIDDEN):
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Who:
    """Whom this connection is, where they may be, and whether others may see and hear them. token: makes what the media server
    wants to see for that room. new_number: makes one for a publishing connection."""

    key: str
    room: int
    api_secret: str = field(repr=False)
    bitrate: int
    may_publish: bool
    token: Callable[[], str] = field(repr=False)
    new_number: Callable[[], int] = field(repr=False)


@dataclass(slots=True)
class Handle:
    """One handle made through here. number, private_id: of a publisher, the second from its joining on. sound: the mids of its
    sound."""

    role: Role = Role.NEW
    number: int = 0
    private_id: int = 0
    has_joined: bool = False
    sound: tuple[str, ...] = ("0",)


@dataclass(slots=True)
class Traffic:
    """What passed so far: what the next message is judged by. asked: transactions of `create` and `attach` not yet answered."""

    who: Who
    session: int = 0
    handles: dict[int, Handle] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    is_over: bool = False

    def outward(self, message: object) -> dict[str, Any]:
        """The message to send to the media server for what a browser said. Raises Refused."""
        if not isinstance(message, dict):
            raise Refused("not a message")
        transaction = message.get("transaction")
        if not isinstance(transaction, str) or not re.fullmatch(r"[\w-]{1,64}", transaction, re.ASCII):
            raise Refused("no transaction")
        verb = message.get("janus")
        rule = VERBS.get(verb) if isinstance(verb, str) else None
        if rule is None:
            raise Refused("not allowed")
        base = {"janus": verb, "transaction": transaction, "apisecret": self.who.api_secret}
        if verb != "create":
            if not self.session or not _same(message.get("session_id"), self.session):
                raise Refused("no such session", UNKNOWN_SESSION)
            base["session_id"] = self.session
        return base | rule(self, message)

    def inward(self, message: object) -> dict[str, Any] | None:
        """The message to send to the browser for what the media server said; None when it is nothing to it."""
        if not isinstance(message, dict) or not isinstance(message.get("janus"), str) or message["janus"] not in INWARD:
            return None
        asked = self.asked.pop(str(message.get("transaction", "")), None)
        number = (message.get("data") or {}).get("id") if message["janus"] == "success" else None
        if asked == "create" and _is_number(number):
            self.session = number
        if asked == "attach" and _is_number(number):
            self.handles[number] = Handle()
        if message["janus"] == "detached":
            self.handles.pop(message.get("sender"), None)
        if message["janus"] == "timeout":
            self.is_over = True
        self._learn(self.handles.get(message.get("sender")), (message.get("plugindata") or {}).get("data") or {})
        return _without_secrets(message)

    def has_place(self, handle: Handle, present: Iterable[Present], people: int) -> bool:
        """Whether the room has a place for what this publisher sends, by who is there: so many people, and one screen besides.

        present: who sends, and who was promised a place before; a connection that is both counts once. Who sends something
        already keeps their place. An older page of the same person, not gone yet, takes none.
        """
        mine = {str(one.number) for one in self.handles.values() if one.role is Role.PUBLISHER}
        sending = {one.handle: one for one in present if one.publishing}.values()
        own = {one.handle for one in sending if one.handle in mine}
        if str(handle.number) in own:
            return True
        others = [one.key for one in sending if one.handle not in mine and one.key != self.who.key]
        if own:  # a second connection of somebody: a screen
            return len(others) == len(set(others))
        return len(set(others)) < people

    def _learn(self, handle: Handle | None, data: Mapping[str, Any]) -> None:
        if handle and data.get("videoroom") in ("joined", "attached"):
            handle.has_joined, handle.private_id = True, data.get("private_id") or 0
        elif handle and "error_code" in data and not handle.has_joined:
            handle.role = Role.NEW  # it may try again
        put_out = data.get("leaving") == "ok" and data.get("reason") == "kicked"
        if put_out or (data.get("videoroom") == "destroyed"):
            self.is_over = True

    def _handle(self, message: Mapping[str, Any]) -> tuple[int, Handle]:
        number = message.get("handle_id")
        if not _is_number(number) or number not in self.handles:
            raise Refused("no such handle", UNKNOWN_HANDLE)
        return number, self.handles[number]

    # --- the verbs of the protocol: each returns what it adds to the message

    def _create(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if self.session or "create" in self.asked.values():
            raise Refused("one session is enough")
        self.asked[message["transaction"]] = "create"
        return {}

    def _attach(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if message.get("plugin") != PLUGIN:
            raise Refused("not this plugin")
        if len(self.handles) + len(self.asked) >= MOST_HANDLES:
            raise Refused("too many handles")
        self.asked[message["transaction"]] = "attach"
        return {"plugin": PLUGIN, "opaque_id": self.who.key}

    def _nothing(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def _detach(self, message: Mapping[str, Any]) -> dict[str, Any]:
        number, _handle = self._handle(message)
        del self.handles[number]
        return {"handle_id": number}

    def _trickle(self, message: Mapping[str, Any]) -> dict[str, Any]:
        number, _handle = self._handle(message)
        several = message.get("candidates")
        if isinstance(several, list):
            return {"handle_id": number, "candidates": [_candidate(one) for one in several[:MOST_FEEDS]]}
        return {"handle_id": number, "candidate": _candidate(message.get("candidate"))}

    def _message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        number, handle = self._handle(message)
        body = message.get("body")
        if not isinstance(body, dict) or not isinstance(body.get("request"), str):
            raise Refused("no request")
        rule = REQUESTS.get((handle.role, body["request"]))
        if rule is None:
            raise Refused("not allowed")
        added: dict[str, Any] = {"handle_id": number}
        jsep = None
        if message.get("jsep") is not None:
            jsep = added["jsep"] = _jsep(message["jsep"])
        if handle.role is Role.PUBLISHER and jsep and not self.who.may_publish:
            raise Refused("only looking on")
        if handle.role is Role.PUBLISHER and jsep:
            handle.sound = own_media(jsep["sdp"])
        added["body"] = {"request": body["request"], **rule(self, handle, body)}
        return added

    # --- the plugin's requests: each returns what it adds to the body

    def _join(self, handle: Handle, body: Mapping[str, Any]) -> dict[str, Any]:
        added: dict[str, Any] = {"room": self.who.room, "token": self.who.token()}
        if body.get("ptype") == "publisher":
            if sum(one.role is Role.PUBLISHER for one in self.handles.values()) >= MOST_PUBLISHERS:
                raise Refused("published already")
            handle.role, handle.number = Role.PUBLISHER, self.who.new_number()
            return added | {"ptype": "publisher", "id": handle.number, "display": self.who.key}
        if body.get("ptype") == "subscriber":
            private_id = next((one.private_id for one in self.handles.values() if one.private_id), 0)
            if not private_id:
                raise Refused("join as a publisher first")
            handle.role = Role.SUBSCRIBER
            added |= {"ptype": "subscriber", "private_id": private_id}
            if body.get("streams") is None:
                return added | {"feed": _number(body.get("feed"))}
            return added | {"streams": _feeds(body["streams"])} | _flags(body, "use_msid", "autoupdate")
        raise Refused("not as that")

    def _configure_own(self, handle: Handle, body: Mapping[str, Any]) -> dict[str, Any]:
        added = _flags(body, "audio", "video", "keyframe")
        if _is_number(body.get("bitrate")):
            added["bitrate"] = min(body["bitrate"], self.who.bitrate)
        if body.get("streams") is not None:
            added["streams"] = [
                {"mid": _mid(one.get("mid"))} | _flags(one, "send", "keyframe") for one in _objects(body["streams"])
            ]
        if body.get("descriptions") is not None:
            added["descriptions"] = [
                {"mid": _mid(one.get("mid")), "description": one["description"]}
                for one in _objects(body["descriptions"])
                if isinstance(one.get("description"), str) and one["description"] in DESCRIPTIONS
            ]
        return added

    def _configure_feeds(self, handle: Handle, body: Mapping[str, Any]) -> dict[str, Any]:
        added = _flags(body, "restart")
        if body.get("streams") is not None:
            added["streams"] = [
                {"mid": _mid(one.get("mid"))} | _flags(one, "send", "restart")
                for one in _objects(body["streams"], MOST_FEEDS)
            ]
        return added

    def _change_feeds(self, handle: Handle, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"streams": _feeds(body.get("streams"))}

    def _bare(self, handle: Handle, body: Mapping[str, Any]) -> dict[str, Any]:
        return {}


VERBS = {
    "create": Traffic._create,
    "attach": Traffic._attach,
    "keepalive": Traffic._nothing,
    "destroy": Traffic._nothing,
    "detach": Traffic._detach,
    "trickle": Traffic._trickle,
    "message": Traffic._message,
}
REQUESTS = {
    (Role.NEW, "join"): Traffic._join,
    (Role.PUBLISHER, "publish"): Traffic._configure_own,
    (Role.PUBLISHER, "configure"): Traffic._configure_own,
    (Role.PUBLISHER, "unpublish"): Traffic._bare,
    (Role.PUBLISHER, "leave"): Traffic._bare,
    (Role.SUBSCRIBER, "start"): Traffic._bare,
    (Role.SUBSCRIBER, "subscribe"): Traffic._change_feeds,
    (Role.SUBSCRIBER, "unsubscribe"): Traffic._change_feeds,
    (Role.SUBSCRIBER, "configure"): Traffic._configure_feeds,
    (Role.SUBSCRIBER, "leave"): Traffic._bare,
}


def refusal(message: object, refused: Refused) -> dict[str, Any]:
    """What the browser is answered: an error as Janus would send it, so that janus.js gives it to whoever asked."""
    transaction = message.get("transaction") if isinstance(message, dict) else None
    answer = {"janus": "error", "error": {"code": refused.code, "reason": str(refused)}}
    return answer | ({"transaction": transaction[:64]} if isinstance(transaction, str) else {})


def own_media(sdp: str) -> tuple[str, ...]:
    """The mids of sound in what somebody publishes. Raises Refused for data channels (people write by our own socket, where a
    program's rules hold) and for more streams than a person has."""
    found: list[tuple[str, str]] = []
    for section in re.split(r"^m=", sdp, flags=re.MULTILINE)[1:]:
        kind = section.partition(" ")[0]
        if kind not in ("audio", "video"):
            raise Refused("only sound and pictures")
        mid = re.search(r"^a=mid:(\S{1,16})\s*$", section, re.MULTILINE)
        found.append((kind, mid[1] if mid else str(len(found))))
    if len(found) > MOST_STREAMS:
        raise Refused("too many streams")
    return tuple(mid for kind, mid in found if kind == "audio")


def _jsep(jsep: object) -> dict[str, Any]:
    if (
        not isinstance(jsep, dict)
        or jsep.get("type") not in ("offer", "answer")
        or not isinstance(jsep.get("sdp"), str)
    ):
        raise Refused("no description of media")
    return {"type": jsep["type"], "sdp": jsep["sdp"]} | _flags(jsep, "trickle")


def _candidate(candidate: object) -> dict[str, Any]:
    if not isinstance(candidate, dict):
        raise Refused("no candidate")
    if candidate.get("completed") is True:
        return {"completed": True}
    if not isinstance(candidate.get("candidate"), str):
        raise Refused("no candidate")
    added: dict[str, Any] = {"candidate": candidate["candidate"][:1024]}
    if isinstance(candidate.get("sdpMid"), str):
        added["sdpMid"] = _mid(candidate["sdpMid"])
    if isinstance(index := candidate.get("sdpMLineIndex"), int) and not isinstance(index, bool) and 0 <= index < 256:
        added["sdpMLineIndex"] = index
    return added


def _feeds(streams: object) -> list[dict[str, Any]]:
    """Whose streams: of a feed, all or those of a mid; or one of the subscriber's own."""
    feeds = []
    for one in _objects(streams, MOST_FEEDS):
        feed: dict[str, Any] = {"feed": _number(one["feed"])} if one.get("feed") is not None else {}
        feed |= {name: _mid(one[name]) for name in ("mid", "sub_mid") if one.get(name) is not None}
        if not feed:
            raise Refused("no feed")
        feeds.append(feed)
    return feeds


def _objects(value: object, most: int = MOST_STREAMS) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise Refused("not a list of streams")
    return value


def _flags(given: Mapping[str, Any], *names: str) -> dict[str, bool]:
    return {name: given[name] for name in names if isinstance(given.get(name), bool)}


def _mid(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[\w-]{1,16}", value, re.ASCII):
        raise Refused("no mid")
    return value


def _number(value: object) -> int:
    if not _is_number(value):
        raise Refused("no number")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _same(value: object, number: int) -> bool:
    return _is_number(value) and value == number


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(one) for name, one in value.items() if name not in SECRETS}
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    return value
