"""How a Celery task of ours runs: on the record, and a Refusal ends it without a retry."""

import functools
import logging

import pghistory
from celery import shared_task

from core.errors import Refusal

log = logging.getLogger(__name__)


def house_task(name: str):
    """Register a task under `name`. Its writes are recorded as the task's; a Refusal is logged by its code, not retried."""

    def register(run):
        @shared_task(name=name)
        @functools.wraps(run)
        def task(*args, **kwargs):
            with pghistory.context(actor=name):
                try:
                    return run(*args, **kwargs)
                except Refusal as refusal:
                    log.warning("%s refused: %s", name, refusal.code)
                    return None

        return task

    return register
