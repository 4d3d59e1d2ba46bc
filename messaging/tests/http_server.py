"""A stand-in for providers that are called over HTTP: Twilio, push services, a mail provider. It misbehaves as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

# manner -> status and Twilio's code. None of these takes the message.
ANSWERS = {
    "not a number": (400, 21211),
    "unsubscribed": (400, 21610),
    "wrong key": (401, 20003),
    "gone": (410, 0),
    "busy": (429, 20429),
    "broken": (500, 0),
    "down": (503, 0),
}


@dataclass(frozen=True)
class Asked:
    """One request that was taken."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def form(self) -> dict[str, str]:
        """A form's fields."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


class StandIn(ThreadingHTTPServer):
    """manner: how it behaves towards the next requests; a function, where each may be another.

    fine; one of ANSWERS; gateway (takes it, and a gateway says 502); drop (takes it and hangs up without a word); silent (takes
    it and never answers); nonsense (takes it and answers what nobody can read); elsewhere (sends the caller to another host).
    """

    daemon_threads = True
    request_queue_size = 100

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.manner: str | Callable[[], str] = "fine"
        self.latency = 0.0
        self.taken: list[Asked] = []
        self.asked = 0
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """Whoever asked is gone."""


class _Answer(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def log_message(self, *args) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:  # hung up in the middle: it is no request
            return
        manner = self.server.manner
        manner = manner() if callable(manner) else manner
        self.server.asked += 1
        if manner in ANSWERS:
            status, code = ANSWERS[manner]
            return self.answer(status, {"code": code, "message": f"no to {body!r}", "status": status})
        if manner == "elsewhere":
            return self.answer(307, {}, Location="http://127.0.0.1:1/inside")
        self.server.taken.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if manner == "drop":
            self.close_connection = True
            return None
        if manner == "silent":
            self.server.closing.wait()
            self.close_connection = True
            return None
        self.server.closing.wait(self.server.latency)
        if manner == "gateway":
            return self.answer(502, {})
        if manner == "nonsense":
            return self.answer(201, None)
        number = len(self.server.taken)
        if self.path == "/email":
            return self.answer(
                200, {"ErrorCode": 0, "Message": "OK", "MessageID": f"M{number}", "To": json.loads(body)["To"]}
            )
        return self.answer(201, {"sid": f"SM{number:032d}", "status": "queued"})

    def answer(self, status: int, data: dict | None, **headers: str) -> None:
        body = b"<p>" if data is None else json.dumps(data).encode()
        with suppress(OSError):
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A running stand-in."""
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
