"""The pages of `bench.room`: sockets that say lines to each other and time them, all by this process' one clock.

Knows nothing of Django. Reads what is asked of it as lines of JSON, and answers each with one: {"deed": "open", "way", "pages":
[{"room", "address", "cookie"}]}, {"deed": "say", "turns", "every"}, {"deed": "answer"}. It ends when its input does.
"""

import asyncio
import itertools
import json
import math
import random
import sys
import time
from collections import defaultdict

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

AT_ONCE = 24  # handshakes
SETTLES = 30  # seconds that the last line may take


class Page:
    """One page. `heard`: the lines in the order they came; `late`: the milliseconds those of others took."""

    def __init__(self, way: str, number: int, room: int, address: str, cookie: str):
        self.way, self.number, self.room, self.address, self.cookie = way, number, room, address, cookie
        self.socket = None
        self.ready, self.answered = asyncio.Event(), asyncio.Event()
        self.closed = False
        self._said = itertools.count()
        self.forget()

    def forget(self) -> None:
        """What was heard so far no longer counts."""
        self.heard: list[str] = []
        self.late: list[float] = []
        self.places: list[int] = []
        self.refused = self.pictures = 0

    async def open(self) -> None:
        """Connect, and wait until the room has shown itself."""
        headers = {"Origin": "http://127.0.0.1"} | ({"Cookie": self.cookie} if self.cookie else {})
        self.socket = await connect(
            self.address, additional_headers=headers, max_size=None, ping_interval=None, open_timeout=60, proxy=None
        )
        self.reading = asyncio.create_task(self._read())
        if self.way == "room":
            await asyncio.wait_for(self.ready.wait(), 60)

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                await self._take(json.loads(text), time.monotonic())
        except ConnectionClosed:
            pass
        self.closed = True

    async def _take(self, said: dict, at: float) -> None:
        kind = said.get("k")
        if kind == "ping":
            await self.socket.send('{"do": "pong"}')
        elif kind == "state":
            self.pictures += self.ready.is_set()
            if said["d"]["me"]["state"] == "in":
                self.ready.set()
        elif "re" in said:
            self.refused += "no" in said
            self.answered.set()
        elif kind == "chat.line":
            self.places.append(said["n"])
            self._hear(said["d"]["text"], at)
        elif self.way != "room":
            self._hear(said["text"], at)

    def _hear(self, line: str, at: float) -> None:
        self.heard.append(line)
        _room, number, _said, sent = line.split(" ")
        if int(number) != self.number:
            self.late.append((at - float(sent)) * 1000)

    async def say(self) -> None:
        """One line to everybody in the room. It carries the moment it was said."""
        text = f"{self.room} {self.number} {next(self._said)} {time.monotonic():.6f}"
        message = (
            {"do": "chat.say", "id": 1, "with": {"to": "all", "text": text}} if self.way == "room" else {"text": text}
        )
        await self._send(message)

    async def ask(self) -> bool:
        """Whether it still answers: a question to the room, its answer by the database."""
        self.answered.clear()
        await self._send({"do": "agenda.clock", "id": 2, "with": {}})
        try:
            await asyncio.wait_for(self.answered.wait(), SETTLES)
        except TimeoutError:
            return False
        return True

    async def _send(self, message: dict) -> None:
        try:
            await self.socket.send(json.dumps(message))
        except ConnectionClosed:
            self.closed = True


class Pages:
    """All of them."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.rooms: dict[int, list[Page]] = defaultdict(list)

    async def open(self, *, way: str, pages: list[dict]) -> dict:
        """Connect everybody."""
        began, gate = time.monotonic(), asyncio.Semaphore(AT_ONCE)
        failed: list[str] = []

        async def one(page: Page) -> None:
            async with gate:
                try:
                    await page.open()
                except (OSError, TimeoutError, WebSocketException) as error:
                    failed.append(f"{type(error).__name__}: {error}")

        self.pages = [Page(way, number, **values) for number, values in enumerate(pages)]
        for page in self.pages:
            self.rooms[page.room].append(page)
        await asyncio.gather(*(one(page) for page in self.pages))
        return {"opened": len(self.pages) - len(failed), "seconds": time.monotonic() - began, "failed": failed[:3]}

    async def say(self, *, turns: int, every: float) -> dict:
        """In each room so many lines, one every so many seconds (0: all at once), by everybody in turn; wait until all heard."""
        for page in self.pages:
            page.forget()
        chance = random.Random(5)  # noqa: S311 - the same order in every run
        await asyncio.gather(*(self._converse(room, turns, every, chance) for room in self.rooms.values()))
        deadline = time.monotonic() + SETTLES
        while time.monotonic() < deadline and any(len(page.heard) < turns for page in self.pages):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)  # whatever comes twice
        return self._counted(turns)

    async def _converse(self, pages: list[Page], turns: int, every: float, chance: random.Random) -> None:
        said = []
        while len(said) < turns:
            said += chance.sample(pages, len(pages))
        began = time.monotonic() + chance.random() * every
        for n, page in enumerate(said[:turns]):
            if every:
                await asyncio.sleep(max(0, began + n * every - time.monotonic()))
            await page.say()

    def _counted(self, turns: int) -> dict:
        late = sorted(itertools.chain.from_iterable(page.late for page in self.pages))
        return {
            "heard": len(late),
            "p50": part(late, 0.50),
            "p95": part(late, 0.95),
            "p99": part(late, 0.99),
            "most": part(late, 1),
            "lost": sum(turns - len(set(page.heard)) for page in self.pages),
            "twice": sum(len(page.heard) - len(set(page.heard)) for page in self.pages),
            "out_of_order": sum(out_of_order(page, room[0]) for room in self.rooms.values() for page in room),
            "refused": sum(page.refused for page in self.pages),
            "new_pictures": sum(page.pictures for page in self.pages),
            "closed": self._closed(),
        }

    def _closed(self) -> int:
        return sum(page.closed for page in self.pages)

    async def answer(self) -> dict:
        """How many of them still answer."""
        answered = await asyncio.gather(*(page.ask() for page in self.pages))
        return {"answered": sum(answered), "closed": self._closed()}


def part(values: list[float], share: float) -> float:
    """What such a share of the values, in order, does not go beyond (nearest rank); nothing is infinitely late."""
    return values[max(0, math.ceil(len(values) * share) - 1)] if values else math.inf


def out_of_order(page: Page, other: Page) -> int:
    """How often something came before what it follows: in the room's own numbers, in what one person said, in what another page
    of the room heard."""
    place = {line: n for n, line in enumerate(other.heard)}
    by_each = defaultdict(list)
    for line in page.heard:
        _room, number, said, _sent = line.split(" ")
        by_each[number].append(int(said))
    sequences = [page.places, [place[line] for line in page.heard if line in place], *by_each.values()]
    return sum(b <= a for one in sequences for a, b in itertools.pairwise(one))


async def main() -> None:
    """Do what is asked, one after the other."""
    pages = Pages()
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        print(json.dumps(await getattr(pages, asked.pop("deed"))(**asked)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
