"""A process that sends what is due and stands still at one point, for tests that kill it there.

`python -m messaging.tests.sender POINT NUMBER MARK`: at the NUMBER-th message it makes the file MARK and waits to be killed:
`claimed` (before anything of it is sent), `sending` (marked, not handed over yet), `left` (handed over, not marked as sent).
"""

import datetime as dt
import os
import signal
import sys
from pathlib import Path

import time_machine


def main(point: str, number: str, mark: str) -> None:
    import django

    django.setup()
    from messaging.backends import OneFileEach
    from messaging.services import outbox

    seen = {"claimed": 0, "sending": 0, "left": 0}

    def stand_still(here: str) -> None:
        seen[here] += 1
        if here == point and seen[here] == int(number):
            Path(mark).touch()
            signal.pause()

    deliver, send = outbox.deliver, OneFileEach.send_messages

    def deliver_slowly(row):
        stand_still("claimed")
        return deliver(row)

    def send_slowly(self, messages):
        stand_still("sending")
        sent = send(self, messages)
        stand_still("left")
        return sent

    outbox.deliver, OneFileEach.send_messages = deliver_slowly, send_slowly
    outbox.send_due()


if __name__ == "__main__":
    with time_machine.travel(dt.datetime.fromisoformat(os.environ["NOW"]), tick=True):
        main(*sys.argv[1:])
