"""The page of one's own calendar feed, in both doors."""

import re

import pytest
from django.test import Client

from scheduling.models import CalendarFeed
from tests.desk import browse, text, told

__all__ = ["browse"]

STAFF, PATIENT = "/desk/feed/", "/my/calendar-feed/"


def shown(response) -> str:
    """The private address on the page; "" when it shows none."""
    found = re.search(r'value="(http[^"]+\.ics)"', response.content.decode())
    return found[1] if found else ""


def test_doors(house, browse):
    for page in (STAFF, PATIENT):
        assert browse(None).get(page)["Location"].startswith("/account/login/")
    assert browse(house.pat.user).get(STAFF).status_code == 403
    assert browse(house.alice).get(PATIENT).status_code == 403
    assert browse(house.billing).get(STAFF).status_code == 403
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(STAFF).status_code == 200


@pytest.mark.parametrize("page", [STAFF, PATIENT])
def test_make_read_make_another_and_stop(house, browse, page):
    user = house.alice if page == STAFF else house.pat.user
    client = browse(user)
    first = client.get(page)
    assert "Make my address" in text(first) and "Stop the feed" not in text(first) and not shown(first)

    made = client.post(page, {"deed": "make"})
    address = shown(made)
    assert f'href="webcal{address.removeprefix("http")}"' in made.content.decode()
    assert "shown only now" in text(made) and "not yet" in text(made)
    assert "no-store" in made["Cache-Control"]
    assert Client().get(address).status_code == 200

    later = client.get(page)
    assert not shown(later) and address not in later.content.decode()
    assert "March 2, 2026, 8:00 AM PST" in text(later) and "not yet" not in text(later)

    other = shown(client.post(page, {"deed": "make"}))
    assert other != address
    assert Client().get(address).status_code == 404 and Client().get(other).status_code == 200

    stopped = client.post(page, {"deed": "revoke"}, follow=True)
    assert told(stopped) == ["The address no longer works. Calendars that used it are told nothing more."]
    assert Client().get(other).status_code == 404
    assert told(client.post(page, {"deed": "revoke"}, follow=True)) == []


def test_a_deed_nobody_knows_changes_nothing(house, browse):
    client = browse(house.pat.user)
    assert client.post(PATIENT, {"deed": "sell"}).status_code == 422
    assert client.post(PATIENT).status_code == 422
    assert not CalendarFeed.objects.exists()


def test_ones_own_only(house, browse):
    address = shown(browse(house.pat.user).post(PATIENT, {"deed": "make"}))
    browse(house.quinn.user).post(PATIENT, {"deed": "revoke"})
    assert Client().get(address).status_code == 200
    assert "Stop the feed" not in text(browse(house.quinn.user).get(PATIENT))
