"""How a Celery task of ours runs: on the record, and a Refusal ends it without a retry."""

import functools
import logging

import pghistory
from celery import shared_task
from django.db import close_old_connections, connection

from core.errors import Refusal

log = logging.getLogger(__name__)


def house_task(name: str):
    """Register a task under `name`. Its writes are recorded as the task's; a Refusal is logged by its code, not retried."""

    def register(run):
        @shared_task(name=name)
        @functools.wraps(run)
        def task(*args, **kwargs):
            # Celery keeps a worker's connection whatever became of it: after Postgres restarts, every task would fail on it.
            if not connection.in_atomic_block:
                close_old_connections()
            with pghistory.context(actor=name):
                try:
                    return run(*args, **kwargs)
                except Refusal as refusal:
                    log.warning("%s refused: %s", name, refusal.code)
                    return None

        return task

    return register
