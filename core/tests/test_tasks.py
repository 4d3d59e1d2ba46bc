"""A task's connection to the database: it outlives tasks, and Postgres may have closed it since."""

import pytest
from django.db import InterfaceError, OperationalError, connection

from accounts.models import Program
from core import tasks
from core.tests.racing import backend_pid, eventually, somebody_else


def cut_off() -> None:
    """Postgres ends this thread's connection, as it does when it restarts."""
    pid = backend_pid()
    with somebody_else() as they:

        def end() -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

        def is_gone() -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
                return cursor.fetchone()[0] == 0

        they(end).result()
        eventually(lambda: they(is_gone).result())


@tasks.house_task("tests.counting")
def counting() -> int:
    return Program.objects.count()


def test_after_postgres_restarted_a_task_does_its_work(transactional_db):
    assert counting() == 0
    cut_off()
    assert counting() == 0


def test_without_looking_first_it_fails(transactional_db, monkeypatch):
    """The negative control."""
    assert counting() == 0
    cut_off()
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "close_old_connections", lambda: None)
        with pytest.raises((OperationalError, InterfaceError)):
            counting()
    assert counting() == 0
