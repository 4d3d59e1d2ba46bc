"""The live room: how late a line arrives, what the processes cost, what an idle socket holds, beside plain ones in the same run.

`script/bench room [--idle 500] [--minutes 10] [--rounds 5] [--rooms 20]`. A line of the chat, said to all, is timed from the
moment its writer's page sends it until each other page of the room has it: through the socket, the room's lock and numbering in
Postgres, the log and the channel layer in Redis, and the consumer that puts it in order. Pages of every room are spread over two
live processes. The same pages say the same lines through a plain Channels room (two processes, the same Redis) and a bare
broadcast (two processes, a room in one of them). Then so many sockets are held idle, and a few real pages send sound and
pictures through Janus. Exits with 1 when a line of ours was lost, came twice or out of order, or a socket fell.
"""

import argparse
import contextlib
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.test.utils import setup_databases, teardown_databases

from bench.processes import LIVE, Cost, Meter, Pages, Server, backends, sockets
from bench.room_media import Media, media_server
from bench.room_world import OF_TWELVE, On, build
from bench.world import cookie_of
from iop.keeper import Redis

PROCESSES = 2
ONE_EVERY, MANY_EVERY = 0.25, 1.0  # seconds between two lines of a room
WAYS = {
    "bare": ("bare broadcast", "bench.room_plain:bare"),
    "channels": ("plain Channels", "bench.room_plain:channels"),
    "room": ("our room", LIVE),
}
SETTLES = 3  # seconds until what came with the handshakes is let go again
MUST_BE_0 = ("lost", "twice", "out_of_order", "refused", "new_pictures", "closed")


def run(*options: str) -> None:
    """Measure and print. Exits with 1 when anything of ours was lost."""
    parser = argparse.ArgumentParser(prog="script/bench room")
    for name, default in (("idle", 500), ("minutes", 10.0), ("rounds", 5), ("rooms", 20)):
        parser.add_argument(f"--{name}", type=type(default), default=default)
    chosen = parser.parse_args(options)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with _redis() as redis, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            world = build(max(chosen.rooms, math.ceil(chosen.idle / OF_TWELVE)))
            with media_server(Path(folder), world) as media:
                bench = Bench(Path(folder), world, redis, media)
                print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run\n")
                bench.fan_out(chosen.rooms, chosen.rounds * OF_TWELVE)
                bench.idle(chosen.idle, chosen.minutes)
                bench.media_pages()
            print(f"\nload {os.getloadavg()[0]:.1f} after the run")
    finally:
        deadline = time.monotonic() + 20
        while backends() and time.monotonic() < deadline:  # a process that was ended lets go a moment later
            time.sleep(0.1)
        teardown_databases(databases, verbosity=0)
    if bench.faults:
        sys.exit("Not as it must be: " + "; ".join(bench.faults))


@contextlib.contextmanager
def _redis() -> Iterator[Redis]:
    """A Redis of its own: nobody else's work is in its figures, and no room of another database in its keys."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        server = Redis(Path(folder), for_tests=True)
        try:
            server.start()
            yield server
        finally:
            server.stop()


class Bench:
    """One run. `faults`: what must not have happened and did."""

    def __init__(self, folder: Path, world: list[On], redis: Redis, media: Media | None):
        self.folder, self.world, self.redis, self.media = folder, world, redis, media
        self.faults: list[str] = []
        self.cookies = [[cookie_of(user) for user in one.users] for one in world]

    # --- one after the other

    def fan_out(self, many: int, turns: int) -> None:
        """How late a line is with its hearers, each way."""
        cases = [
            (f"one room of {OF_TWELVE}, a line every {ONE_EVERY} s", 1, turns, ONE_EVERY),
            (f"{many} rooms of {OF_TWELVE}, in each a line every {MANY_EVERY:.0f} s", many, turns, MANY_EVERY),
            (f"{many} rooms of {OF_TWELVE}, everybody at once", many, OF_TWELVE, 0),
        ]
        found: dict[str, dict[str, dict]] = {case[0]: {} for case in cases}
        costs: dict[str, dict[str, Cost]] = {}
        for way, (_name, application) in WAYS.items():
            with sockets(application, self.folder, PROCESSES, **self._variables()) as servers:
                for number, (case, rooms, lines, every) in enumerate(cases):
                    with Pages() as pages:
                        self._open(pages, way, servers, rooms * OF_TWELVE)
                        if not number:
                            pages.do("say", turns=OF_TWELVE, every=ONE_EVERY)  # warm
                        meter = Meter(self._processes(servers) | {"the pages": lambda p=pages: [p.process.pid]})
                        meter.start()
                        found[case][way] = pages.do("say", turns=lines, every=every)
                        if every:
                            costs[f"{WAYS[way][0]}: {case}"] = meter.stop()
                    if way == "room":
                        self._must_be_0(case, found[case][way])
        _print_late(found)
        _print_costs(costs)

    def idle(self, count: int, minutes: float) -> None:
        """What an idle socket holds, and whether it stays."""
        with sockets(WAYS["channels"][1], self.folder, PROCESSES, **self._variables()) as servers:
            plain, _opened = self._growth("channels", servers, count)
        with sockets(WAYS["room"][1], self.folder, PROCESSES, **self._variables()) as servers, Pages() as pages:
            ours, opened = self._growth("room", servers, count, pages)
            meter = Meter(self._processes(servers))
            meter.start()
            time.sleep(minutes * 60)
            costs = meter.stop()
            later = sum(server.memory for server in servers)
            answers = pages.do("answer")
            heard = pages.do("say", turns=OF_TWELVE, every=MANY_EVERY)
            dropped = count - answers["answered"]
            print(
                f"\n{count} idle sockets on {PROCESSES} processes, opened in {opened:.1f} s, held for {minutes:g} minutes"
            )
            print(f"{'memory of one socket, plain Channels':44} {plain / 1024:8.0f} KB")
            print(f"{'memory of one socket, our room':44} {ours / 1024:8.0f} KB  {ours / max(plain, 1):5.1f} × plain")
            print(f"{'both processes at the end':44} {later / 2**20:8.0f} MB")
            print(f"{'dropped':44} {dropped:8}")
            print(f"{'then heard a line of everybody: lost':44} {heard['lost']:8}")
            if dropped or answers["closed"]:
                self.faults.append(f"{max(dropped, answers['closed'])} idle sockets were dropped")
            self._must_be_0("idle sockets", heard)
        _print_costs({f"{count} idle sockets": costs})

    def media_pages(self) -> None:
        """What sound and pictures of a few real pages cost."""
        if self.media is None:
            print("\nno janus on PATH: nothing is said of the media server")
            return
        with sockets(WAYS["room"][1], self.folder, 1, **self._variables()) as servers:
            _print_costs(
                self.media.with_browsers(
                    self.world[0], self.cookies[0], servers[0], self._processes(servers), **self._variables()
                )
            )

    # --- what they share

    def _variables(self) -> dict[str, str]:
        return {"REDIS_URL": self.redis.url()} | (self.media.variables if self.media else {})

    def _processes(self, servers: list[Server]) -> dict:
        found = {f"live {n}": lambda s=server: [s.process.pid] for n, server in enumerate(servers, 1)}
        found |= {"Redis": lambda: [self.redis.process.pid], "Postgres": backends}
        return found | ({"Janus": lambda: [self.media.process.pid]} if self.media else {})

    def _open(self, pages: Pages, way: str, servers: list[Server], count: int) -> float:
        """So many pages, room by room; seconds it took. A bare room is in one process, any other in all of them."""
        asked = []
        for number in range(count):
            room, place = divmod(number, OF_TWELVE)
            server = servers[(room if way == "bare" else place) % len(servers)]
            path = f"ws/rooms/{self.world[room].session.uid}/" if way == "room" else f"room/{room}"
            cookie = self.cookies[room][place] if way == "room" else ""
            asked.append({"room": room, "address": f"ws://127.0.0.1:{server.port}/{path}", "cookie": cookie})
        opened = pages.do("open", way=way, pages=asked)
        if opened["opened"] != count:
            raise RuntimeError(f"{count - opened['opened']} of {count} pages did not come in: {opened['failed']}")
        return opened["seconds"]

    def _growth(self, way: str, servers: list[Server], count: int, pages: Pages | None = None) -> tuple[float, float]:
        """Bytes that each of so many sockets adds to processes that are warm, and seconds until all are open."""
        with Pages() as warm:
            self._open(warm, way, servers, OF_TWELVE)
            warm.do("say", turns=OF_TWELVE, every=0.05)
        time.sleep(SETTLES)
        before = sum(server.memory for server in servers)
        with contextlib.nullcontext(pages) if pages else Pages() as held:
            took = self._open(held, way, servers, count)
            time.sleep(SETTLES)
            return (sum(server.memory for server in servers) - before) / count, took

    def _must_be_0(self, where: str, found: dict) -> None:
        self.faults += [f"{where}: {found[name]} {name.replace('_', ' ')}" for name in MUST_BE_0 if found[name]]


def _print_late(found: dict[str, dict[str, dict]]) -> None:
    print(f"{'a line to each other page':28} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'most':>8}", end="")
    print(f" {'× bare':>12} {'× Channels':>12} {'heard':>8} {'lost':>6} {'order':>6}")
    for case, by_way in found.items():
        print(case)
        for way, f in by_way.items():
            ratios = "".join(f"{_ratio(f, by_way[other]):>13}" for other in ("bare", "channels"))
            print(f"  {WAYS[way][0]:26} {f['p50']:8.1f} {f['p95']:8.1f} {f['p99']:8.1f} {f['most']:8.1f}", end="")
            print(f"{ratios} {f['heard']:8,} {f['lost']:6} {f['out_of_order']:6}")
    print("ratios: of p50 / of p99. order: out of order")


def _ratio(one: dict, other: dict) -> str:
    return f"{one['p50'] / other['p50']:.1f} / {one['p99'] / other['p99']:.1f}"


def _print_costs(costs: dict[str, dict[str, Cost]]) -> None:
    for case, by_name in costs.items():
        print(f"\nprocessor, {case}")
        for name, cost in by_name.items():
            print(f"  {name:26} {cost.seconds:8.1f} s {cost.percent:8.1f} % of a core")
