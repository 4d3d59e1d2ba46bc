"""Shared by the tests of the patients' pages."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from groups.models import Kind
from scheduling.services import create_slot, seat_member
from tests.factories import make_group, make_staff


def text(response) -> str:
    """The page in one line."""
    return " ".join(response.content.decode().split())


def sign_in(client, user) -> None:
    """Signed in now, past the first request (which stamps the browser's session)."""
    client.logout()
    client.force_login(user)
    client.get("/account/logout/")


def queries(client, url: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def more_sessions(house, count: int) -> None:
    """So many more sessions for Pat this week, each with its own group."""
    for n in range(count):
        group = make_group(house.program, make_staff(house.program), kind=Kind.SKILLS, topic=f"Topic {n}")
        create_slot(group=group, weekday=1 + n % 5, starts_at=dt.time(10 + n), minutes=30)
        seat_member(group=group, episode=house.pat_episode, joined_on=timezone.localdate())
