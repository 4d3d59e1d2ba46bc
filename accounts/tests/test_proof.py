"""Proving who signs: a password, or nothing happens; wrong ones are counted and logged without data."""

import logging

import pytest
from allauth.core import context
from django.test import RequestFactory

from accounts.proof import ATTEMPTS, has_passkey, prove
from core.errors import Refusal
from core.tests.racing import together
from tests.factories import PASSWORD


def sent(user, **fields):
    request = RequestFactory().post("/", fields)
    request.user, request.session = user, {}
    return request


def refused(request) -> str:
    with pytest.raises(Refusal) as caught, context.request_context(request):
        prove(request)
    assert caught.value.field == "password"
    return caught.value.code


def test_the_password_proves(house):
    prove(sent(house.alice, password=PASSWORD))
    assert refused(sent(house.alice)) == "no_proof"
    assert refused(sent(house.alice, password="wrong")) == "wrong_password"
    assert refused(sent(house.alice, password=PASSWORD + " ")) == "wrong_password"


@pytest.mark.parametrize("answer", ["{}", "[]", "null", "not json", '{"id": "x", "response": {}}', '"x"', "1"])
def test_an_answer_that_is_none(house, answer):
    assert refused(sent(house.alice, passkey=answer)) == "wrong_passkey"


def test_after_five_wrong_ones_there_is_a_pause_and_the_right_one_starts_anew(house, clock):
    for _time in range(ATTEMPTS - 1):
        assert refused(sent(house.alice, password="wrong")) == "wrong_password"
    prove(sent(house.alice, password=PASSWORD))
    for _time in range(ATTEMPTS):
        assert refused(sent(house.alice, password="wrong")) == "wrong_password"
    assert refused(sent(house.alice, password=PASSWORD)) == "too_many"
    prove(sent(house.bob, password=PASSWORD))  # somebody else is not held up
    clock.shift(301)
    prove(sent(house.alice, password=PASSWORD))


def test_the_log_says_that_it_failed_and_nothing_else(house, caplog):
    with caplog.at_level(logging.WARNING, "accounts.proof"):
        refused(sent(house.alice, password="hunter2hunter2"))
        refused(sent(house.alice, passkey='{"id": "hunter2hunter2"}'))
    assert "wrong_password" in caplog.text and "wrong_passkey" in caplog.text
    assert "hunter2" not in caplog.text and "alice" not in caplog.text.lower()


def test_nobody_has_a_passkey_until_they_add_one(house):
    assert not has_passkey(house.alice)


def test_asking_needs_a_signed_in_person_and_is_never_a_get(house, client):
    assert client.post("/account/passkey/ask/").status_code == 302
    client.force_login(house.alice)
    assert client.get("/account/passkey/ask/").status_code == 405
    asked = client.post("/account/passkey/ask/").json()["publicKey"]
    assert asked["userVerification"] == "required" and asked["challenge"]


def test_a_hundred_at_once_are_no_hundred_guesses(committed_house):
    user = committed_house.alice
    outcomes = together([lambda: prove(sent(user, password="wrong"))] * 8)
    assert sorted(o.code for o in outcomes) == ["too_many"] * 3 + ["wrong_password"] * ATTEMPTS
