"""A browser says that somebody is there; account pages offer no sign-up and name nobody."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client

pytestmark = pytest.mark.django_db


def test_still_here_puts_off_the_end(client, house, clock):
    client.force_login(house.alice)
    client.get("/account/logout/")
    for _minute in range(20):
        clock.shift(dt.timedelta(minutes=1))
        assert client.post("/account/still-here/").status_code == 204
    assert client.get("/account/logout/").status_code == 200


def test_after_the_end_it_leads_to_sign_in(client, house, clock, settings):
    client.force_login(house.alice)
    client.get("/account/logout/")
    clock.shift(dt.timedelta(minutes=settings.IDLE_MINUTES_STAFF, seconds=1))
    answer = client.post("/account/still-here/")
    assert answer.status_code == 302 and answer["Location"].startswith("/account/login/")


def test_still_here_only_by_post_with_a_token_and_signed_in(client, house):
    assert client.post("/account/still-here/").status_code == 302
    client.force_login(house.pat.user)
    assert client.get("/account/still-here/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.pat.user)
    assert strict.post("/account/still-here/").status_code == 403


def test_every_page_carries_the_idle_seconds(client, house, settings):
    client.force_login(house.pat.user)
    page = client.get("/my/").content.decode()
    assert f'data-idle-seconds="{settings.IDLE_MINUTES_PATIENT * 60}"' in page
    assert 'data-still-here="/account/still-here/"' in page


@pytest.mark.parametrize("url", ["/account/login/", "/account/password/reset/", "/account/password/reset/done/"])
def test_pages_before_sign_in_say_nothing_of_care(client, db, url):
    page = client.get(url).content.decode().lower()
    assert "sign up" not in page.replace("nothing to sign up for", "")
    assert not any(word in page for word in ("recovery", "therapy", "patient", "treatment", "iop", "addiction"))


def test_nobody_can_sign_up(client, db):
    assert b"Accounts are made for you" in client.get("/account/signup/").content
    client.post("/account/signup/", {"email": "new@example.org", "password1": "x" * 12, "password2": "x" * 12})
    from accounts.models import User

    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("known", [True, False])
def test_the_reset_mail_is_neutral(client, house, known):
    address = house.pat.user.email if known else "nobody@example.org"
    client.post("/account/password/reset/", {"email": address})
    (letter,) = mail.outbox
    assert letter.subject == "Your new password"
    assert "My schedule" in letter.body and ("/account/password/reset/key/" in letter.body) is known
    words = (letter.subject + letter.body).lower()
    assert not any(word in words for word in ("pat ", "peerson", "group", "recovery", "iop", "sign up", "signup"))
