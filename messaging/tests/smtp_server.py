"""A mail server for tests: speaks SMTP on 127.0.0.1, keeps what it took, and misbehaves as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ANSWERS = {"refuse": "550 5.1.1 no such mailbox", "policy": "550 5.7.1 you are on a list", "busy": "451 try later"}


class MailServer(socketserver.ThreadingTCPServer):
    """manner: how it behaves towards the next messages.

    fine; refuse (no such mailbox); policy (not from you, to any mailbox); busy (try later, at the mailbox);
    full (try later, after the text); drop (takes the text and hangs up without a word); silent (takes the text and never
    answers); rude (takes it, then answers the goodbye with nonsense).
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Talk)
        self.manner = "fine"
        self.taken: list[bytes] = []
        self.closing = threading.Event()

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline():
            word = line[:4].upper().decode().strip()
            if word == "DATA":
                if not self.take():
                    return
            elif word == "RCPT":
                self.say(ANSWERS.get(self.server.manner, "250 ok"))
            elif word == "QUIT":
                self.say("x" * 9000 if self.server.manner == "rude" else "221 bye")
                return
            else:
                self.say("250 ok")

    def take(self) -> bool:
        """Read the text. False to hang up."""
        self.say("354 go on")
        text = b""
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            text += line
        if self.server.manner == "full":
            self.say("452 no room at the moment")
            return True
        self.server.taken.append(text)
        if self.server.manner == "drop":
            return False
        if self.server.manner == "silent":
            self.server.closing.wait()
            return False
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
