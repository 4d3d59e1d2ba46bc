"""The health page of the web process, and the check a container runs."""

import socket
from contextlib import closing

import pytest
from django.db import OperationalError, connection

from iop import health

pytestmark = pytest.mark.django_db


def test_answers_anybody(client):
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_says_when_the_database_is_lost(client, monkeypatch):
    def lost():
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "cursor", lost)
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own transaction lives on this connection
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "database": "unreachable"})


def test_check_asks_under_the_outside_name(live_server, monkeypatch):
    port = live_server.url.rpartition(":")[2]
    monkeypatch.setenv("PORT", port)
    monkeypatch.setenv("SITE_URL", live_server.url)
    assert health.answers("web")
    monkeypatch.setenv("SITE_URL", "https://stranger.example.org")  # a host the settings do not allow
    assert not health.answers("web")


@pytest.mark.parametrize(("process", "variable"), [("web", "PORT"), ("live", "LIVE_PORT")])
def test_check_fails_where_nobody_listens(monkeypatch, process, variable):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv(variable, str(port))
    assert not health.answers(process)


def test_beat_is_well_while_it_writes(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert not health.answers("beat")
    (tmp_path / "beat.db").touch()
    assert health.answers("beat")
    monkeypatch.setattr(health.time, "time", lambda: (tmp_path / "beat.db").stat().st_mtime + 601)
    assert not health.answers("beat")


def test_no_worker_no_answer():
    assert not health.answers("worker")
