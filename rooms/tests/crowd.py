"""Pages that come back by themselves, as those in browsers do, each in a thread of its own; and what each of them had to hear."""

import contextlib
import itertools
import json
import threading
import time
from concurrent.futures import Future

import redis
from django.conf import settings
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.sync.client import connect

from rooms import wire
from rooms.models import Participant
from rooms.tests.live import Live
from scheduling.models import Session
from tests.desk import browser_of
from tests.stack import wait_for


class Away(Exception):  # noqa: N818 - the page says so
    """The connection was lost before the answer came."""


class Tab:
    """One page. `heard`: (kind, place, data) of all that happened, in the order in which it came; `states`: how often it started
    anew, `places`: the place each time."""

    def __init__(self, live: Live, user, session: Session):
        cookie = browser_of(user).cookies[settings.SESSION_COOKIE_NAME].value
        self.live, self.path = live, f"/ws/rooms/{session.uid}/"
        self.headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}", "Origin": "http://127.0.0.1"}
        self.heard: list[tuple[str, int, dict]] = []
        self.jumps: list[tuple[int, int]] = []  # (heard so far, the place of the picture)
        self.state: dict = {}
        self.place, self.connections, self.is_back, self.is_frozen = 0, 0, False, False
        self.stopped, self.socket = threading.Event(), None
        self._numbers, self._asked = itertools.count(1), {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self.stopped.is_set():
            try:
                self._connected()
            except (OSError, ConnectionClosed, InvalidStatus, InvalidMessage, TimeoutError):
                self.is_back = False
                for waiting in self._asked.values():
                    if not waiting.done():
                        waiting.set_exception(Away())
                self._asked.clear()
                self.stopped.wait(0.3)

    def _connected(self) -> None:
        after = f"?after={self.place}" if self.place else ""
        address = f"ws://127.0.0.1:{self.live.port}{self.path}{after}"
        with connect(
            address, additional_headers=self.headers, max_size=None, legacy=True, ping_interval=None
        ) as socket:
            self.socket = socket
            self.connections += 1
            for text in socket:
                self._take(socket, json.loads(text))
            raise ConnectionClosed(None, None)

    def _take(self, socket, said: dict) -> None:
        kind = said.get("k")
        if "re" in said:
            waiting = self._asked.pop(said["re"], None)
            if waiting and not waiting.done():
                waiting.set_result(said)
        elif kind == "ping":
            if not self.is_frozen:
                socket.send(json.dumps({"do": "pong"}))
        elif kind in ("state", "again"):
            if kind == "state":
                self.jumps.append((len(self.heard), said["n"]))
                self.state = said["d"]
            self.place, self.is_back = max(self.place, said["n"]), True
        elif "n" in said:
            self.heard.append((kind, said["n"], said["d"]))
            self.place = max(self.place, said["n"])

    def ask(self, what: str, seconds: float = 15, **given) -> dict:
        """Ask, and wait for the answer. Raises Away when the connection is lost before it comes."""
        number, waiting = next(self._numbers), Future()
        self._asked[number] = waiting
        try:
            self.socket.send(json.dumps({"do": what, "id": number, "with": given}))
        except (ConnectionClosed, OSError):
            raise Away from None
        return waiting.result(seconds)

    def do(self, what: str, seconds: float = 30, **given) -> object:
        """The same for what has to be done, as somebody does it who presses again when the page says it was away."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(Away):
                answer = self.ask(what, **given)
                if "no" not in answer:
                    return answer["d"]
                assert answer["no"]["code"] == "away", answer
            assert time.monotonic() < end, f"{what} was not done within {seconds} s"
            self.stopped.wait(0.3)

    def here(self) -> "Tab":
        """Wait until it is connected and has its picture."""
        wait_for(lambda: self.is_back, seconds=30, why="a page did not come back")
        return self

    def hears(self, kind: str, times: int = 1, seconds: float = 10) -> None:
        """Wait until it has heard so many of a kind."""
        wait_for(
            lambda: sum(k == kind for k, _n, _d in self.heard) >= times, seconds=seconds, why=f"{kind} did not come"
        )

    def of(self, kind: str) -> list[dict]:
        """What it heard of a kind."""
        return [data for k, _n, data in self.heard if k == kind]

    def close(self, *, rudely: bool = False) -> None:
        """Leave; rudely: as a browser does that is killed."""
        self.stopped.set()
        if self.socket and rudely:
            self.socket.socket.close()
        elif self.socket:
            self.socket.close()
        self._thread.join(10)

    @property
    def is_in_order(self) -> bool:
        """Nothing twice, and everything after what was before it."""
        places = [n for _k, n, _d in self.heard]
        return all(a < b for a, b in itertools.pairwise(places))


def expected(participant: Participant, tab: Tab) -> list[int]:
    """The places of all that this page had to hear since its picture, by the room's log in Redis."""
    participant.refresh_from_db()
    participant.room.refresh_from_db()
    last, first = participant.room.seq, tab.jumps[0][1]
    with redis.Redis.from_url(settings.REDIS_URL) as server:
        rows = (
            server.mget([f"rooms:{participant.room_id}:{n}" for n in range(first + 1, last + 1)])
            if last > first
            else []
        )
    assert None not in rows
    news = [json.loads(row) for row in rows]
    return [
        one["n"]
        for one in news
        if wire.is_for(one["to"], key=participant.key, leads=participant.is_leader, is_in=participant.is_in)
    ]
