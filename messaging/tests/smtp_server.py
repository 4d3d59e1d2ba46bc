"""A mail server for tests: speaks SMTP on 127.0.0.1, keeps what it took, and misbehaves as it is told."""

import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.I | re.M)
ANSWERS = {"refuse": "550 5.1.1 no such mailbox", "policy": "550 5.7.1 you are on a list", "busy": "451 try later"}


class MailServer(socketserver.ThreadingTCPServer):
    """manner: how it behaves towards the next messages; a function, where each may be another.

    fine; refuse (no such mailbox); policy (not from you, to any mailbox); busy (try later, at the mailbox); full (try later,
    after the text); drop (takes the text and hangs up without a word); silent (takes the text and never answers); rude (takes
    it, then answers the goodbye with nonsense). XSEEN <message id>: whether it took that one, as no real server will say.
    """

    allow_reuse_address = True
    request_queue_size = 100
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.manner: str | Callable[[], str] = "fine"
        self.latency = 0.0
        self.taken: list[bytes] = []
        self.taken_at: list[float] = []
        self.seen: set[str] = set()
        self.closing = threading.Event()
        self.turn = threading.Lock()

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        with suppress(OSError):  # whoever spoke is gone
            self.talk()

    def talk(self) -> None:
        manner = self.server.manner
        self.manner = manner() if callable(manner) else manner
        self.say("220 test")
        while line := self.rfile.readline():
            word = line[:4].upper().decode().strip()
            if word == "DATA":
                if not self.take():
                    return
            elif word == "RCPT":
                self.say(ANSWERS.get(self.manner, "250 ok"))
            elif word == "XSEE":
                self.say("250 yes" if line.split()[1].decode() in self.server.seen else "550 no")
            elif word == "QUIT":
                self.say("x" * 9000 if self.manner == "rude" else "221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> bool:
        """Read the text. False to hang up."""
        self.say("354 go on")
        text = b""
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:  # hung up in the middle: it is no message
                return False
            text += line
        if self.manner == "full":
            self.say("452 no room at the moment")
            return True
        with self.server.turn:
            self.server.taken.append(text)
            self.server.taken_at.append(time.time())
        if found := MESSAGE_ID.search(text):
            self.server.seen.add(found[1].decode())
        if self.manner == "drop":
            return False
        if self.manner == "silent":
            self.server.closing.wait()
            return False
        self.server.closing.wait(self.server.latency)
        self.say("250 taken")
        return True


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A running server."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
