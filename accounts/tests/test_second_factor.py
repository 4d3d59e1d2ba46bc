"""Staff outside DEBUG: the first sign-in leads to the second step, and from then on both are asked for."""

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.urls import reverse

from tests.factories import PASSWORD


@pytest.fixture(autouse=True)
def production(settings):
    settings.MFA_REQUIRED_FOR_STAFF = True


def sign_in(client, user):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


def code(secret: str) -> str:
    """The code an authenticator app shows now."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_the_whole_way_of_a_new_member_of_staff(house, client, clock):
    sign_in(client, house.alice)
    assert client.get("/desk/").url == reverse("mfa_activate_totp")
    assert client.get("/admin/").url == reverse("mfa_activate_totp")
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = client.session["mfa.totp.secret"]
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.status_code == 302
    codes = re.findall(r"\b[0-9a-f]{8}\b", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(set(codes)) >= 10
    assert client.get("/desk/").status_code == 200

    client.post(reverse("account_logout"))
    assert sign_in(client, house.alice).url == reverse("mfa_authenticate")
    assert client.get("/desk/").url.startswith(reverse("account_login"))  # the password alone opens nothing
    clock.shift(60)
    answer = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert client.get("/desk/").status_code == 200, answer.content

    client.post(reverse("account_logout"))
    sign_in(client, house.alice)
    client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert client.get("/desk/").status_code == 200  # without the phone, by a recovery code
    client.post(reverse("account_logout"))
    sign_in(client, house.alice)
    client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert client.get("/desk/").status_code == 302  # a recovery code opens once


def test_patients_are_not_held_up(house, client):
    sign_in(client, house.pat.user)
    assert client.get("/my/").status_code == 200
