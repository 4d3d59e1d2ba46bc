"""Pages over HTTP with 1,000 patients and 500 sessions in the week, beside a plain Django page in the same run."""

import contextlib
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection as db
from django.test.utils import setup_databases, teardown_databases

from bench.world import build, cookie_of
from iop.env import database_url

ROUNDS, WARM_UP = 60, 8


@dataclass(frozen=True, slots=True)
class Figure:
    """What one page cost: milliseconds, queries, bytes of the uncompressed answer."""

    name: str
    median: float
    p95: float
    queries: int
    size: int


def run() -> None:
    """Measure and print."""
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        began = time.perf_counter()
        world = build()
        print(f"1,000 patients, 500 sessions in the week, eight weeks made in {time.perf_counter() - began:.0f} s\n")
        with _server() as port:
            figures = [_measure(port, *page) for page in _pages(world)]
        _print(figures)
    finally:
        teardown_databases(databases, verbosity=0)


def _pages(world: dict) -> list[tuple[str, str, str]]:
    clinician, admin = cookie_of(world["clinician"]), cookie_of(world["admin"])
    return [
        ("plain Django page", "/plain/", clinician),
        ("roll-call of 10", f"/desk/sessions/{world['session'].uid}/roll-call/", clinician),
        ("clinician's home", "/desk/", clinician),
        ("week, a clinician's 10", "/desk/week/", clinician),
        ("week, all 500 (admin)", "/desk/week/", admin),
        ("home, all 1,000 (admin)", "/desk/", admin),
        ("plain Django page again", "/plain/", clinician),
    ]


@contextlib.contextmanager
def _server() -> Iterator[int]:
    """The product under its own WSGI server, one worker of four threads, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "bench.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=os.environ | {"DATABASE_URL": database_url(db.settings_dict)}, start_new_session=True
    )
    try:
        for _attempt in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def _measure(port: int, name: str, address: str, cookie: str) -> Figure:
    """Ask one page ROUNDS times, one after another on one connection. Raises RuntimeError for anything but 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times, queries, size = [], set(), 0
    for turn in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        connection.request("GET", address, headers={"Cookie": cookie, "Host": "127.0.0.1"})
        answer = connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{name} answered {answer.status}")
        if turn >= WARM_UP:
            times.append(took)
            queries.add(int(answer.headers["X-Queries"]))
            size = len(body)
    connection.close()
    return Figure(name, statistics.median(times), statistics.quantiles(times, n=20)[-1], max(queries), size)


def _print(figures: list[Figure]) -> None:
    plain = figures[0].median
    print(f"{'page':26} {'median ms':>10} {'p95 ms':>8} {'× plain':>8} {'queries':>8} {'bytes':>9}")
    for f in figures:
        print(f"{f.name:26} {f.median:10.1f} {f.p95:8.1f} {f.median / plain:8.1f} {f.queries:8} {f.size:9,}")
