"""What media servers tell us: who may, and what is taken."""

import base64

import pytest
from django.test import Client

from rooms.services import ledger

SECRET = "s" * 64


@pytest.fixture
def taken(settings, monkeypatch):
    settings.JANUS_SECRETS = {"hook": SECRET}
    settings.LIVEKIT_URL = ""
    found = []
    monkeypatch.setattr(ledger, "take_events", found.extend)
    return found


def post(body: object, word: str | None = f"janus:{SECRET}"):
    headers = {"Authorization": "Basic " + base64.b64encode(word.encode()).decode()} if word else {}
    return Client(enforce_csrf_checks=True).post(
        "/hooks/media/", body, content_type="application/json", headers=headers
    )


def event(name: str, **data) -> dict:
    told = {"plugin": "janus.plugin.videoroom", "data": {"event": name, "room": 5, "id": 6} | data}
    return {"type": 64, "timestamp": 1_795_650_430_637_341, "event": told}


def test_facts_with_the_secret_are_taken(db, taken):
    answer = post([event("joined", display="0123456789abcdef"), event("leaving")])
    assert (answer.status_code, answer.content) == (204, b"")
    assert [(one.kind, one.handle) for one in taken] == [("joined", "6"), ("left", "6")]


@pytest.mark.parametrize("word", [None, "", "janus:", "janus:wrong", f"other:{SECRET}", f"janus:{SECRET}x", "é:é"])
def test_without_it_nothing_is_and_nothing_said(db, taken, word):
    answer = post([event("joined", display="0123456789abcdef")], word)
    assert (answer.status_code, answer.content) == (403, b"")
    assert taken == []


def test_where_no_secret_is_set_nobody_can_say_it(db, taken, settings):
    settings.JANUS_SECRETS = {}
    assert post([event("leaving")], "janus:").status_code == 403


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Bearer x", "Basic " + "=" * 9])
def test_nonsense_is_no_secret(db, taken, header):
    answer = Client().post("/hooks/media/", [], content_type="application/json", headers={"Authorization": header})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body", ["", "[", "7", '{"type": 64}', '[{"type": 64, "timestamp": "x", "event": {}}]', "[[]]"]
)
def test_what_can_not_be_read_is_forgotten(db, taken, body):
    assert post(body).status_code == 204
    assert taken == []


def test_only_posts(db, taken):
    assert Client().get("/hooks/media/").status_code == 405
