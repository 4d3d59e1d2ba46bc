"""Runs a process of the stack at another time: `python -m tests.warp manage|celery|granian …` with the moment in WARP_TO.

The clock then ticks on from there. Nothing else differs from how the Procfile runs the same programs.
"""

import datetime as dt
import os
import sys
import time

import time_machine


def travel() -> None:
    """Move this process's clock to WARP_TO (ISO, with offset)."""
    time_machine.travel(dt.datetime.fromisoformat(os.environ["WARP_TO"]), tick=True).start()
    time.time()  # it ticks from when it is first asked: beat, which asks late, would be behind, and all it sends out of date


def main() -> None:
    program, sys.argv = sys.argv[1], sys.argv[1:]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop.settings")
    if program != "granian":  # its workers import tests.warp_wsgi, which travels
        travel()
    if program == "manage":
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    elif program == "celery":
        from celery.__main__ import main as celery

        celery()
    else:
        from granian.cli import entrypoint

        entrypoint()


if __name__ == "__main__":
    main()
