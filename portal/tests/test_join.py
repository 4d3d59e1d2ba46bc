"""The way into a session: whose, and when."""

import datetime as dt
import re
import uuid

import pytest

from conftest import MONDAY_8
from portal.tests.helpers import sign_in, text
from scheduling.services import cancel_session, leave_group, move_session

pytestmark = pytest.mark.django_db
ROOM = "https://video.example.org/room-of-the-week"
START = MONDAY_8 + dt.timedelta(hours=1)
END = START + dt.timedelta(minutes=90)


@pytest.fixture
def door(house) -> str:
    """The address of the door of Pat's session, which has a room."""
    house.group.meeting_url = ROOM
    house.group.save()
    return f"/my/sessions/{house.session.uid}/join/"


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (START - dt.timedelta(minutes=10, seconds=1), False),
        (START - dt.timedelta(minutes=10), True),
        (START, True),
        (END - dt.timedelta(seconds=1), True),
        (END, False),
        (END + dt.timedelta(days=1), False),
    ],
)
def test_open_from_ten_minutes_before_until_the_end(client, house, clock, door, at, opens):
    clock.move_to(at)
    sign_in(client, house.pat.user)
    answer = client.get(door)
    today = text(client.get("/my/"))
    if opens:
        assert (answer.status_code, answer["Location"]) == (302, f"/my/rooms/{house.session.uid}/door/")
        (button,) = re.findall(rf'<a [^>]*href="{door}"[^>]*>', today)
        assert "target" not in button, "the door is a page of ours, wherever the group meets then"
    else:
        assert answer.status_code == 200 and ROOM not in text(answer)
        assert door not in today


def test_too_early_says_from_when(pat_client, door):
    page = text(pat_client.get(door))
    assert "You can join from 8:50 AM on Monday, March 2, ten minutes before it begins." in page
    assert "in 1 h" in page


def test_over_says_so(client, house, clock, door):
    clock.move_to(END)
    sign_in(client, house.pat.user)
    page = text(client.get(door))
    assert "This session is over" in page and "It ended at 10:30 AM on Monday, March 2." in page


def test_a_moved_session_opens_at_its_new_time(client, house, clock, door):
    move_session(session=house.session, starts_at=START + dt.timedelta(hours=5))
    sign_in(client, house.pat.user)
    clock.move_to(START)
    assert client.get(door).status_code == 200
    clock.move_to(START + dt.timedelta(hours=5))
    sign_in(client, house.pat.user)
    assert client.get(door).status_code == 302


def test_the_room_is_never_on_a_page(client, house, clock, door):
    clock.move_to(START)
    sign_in(client, house.pat.user)
    for url in ("/my/", "/my/week/", "/my/hours/"):
        assert ROOM not in text(client.get(url))


def test_somebody_elses_session_is_not_there(client, house, clock, door):
    clock.move_to(START)
    sign_in(client, house.robin.user)
    assert client.get(door).status_code == 404
    assert client.get(f"/my/sessions/{uuid.uuid4()}/join/").status_code == 404


def test_cancelled_or_left_is_not_there(client, house, clock, door):
    later = house.slot.sessions.order_by("starts_at")[1]
    leave_group(membership=house.quinn.memberships.get(), left_on=dt.date(2026, 3, 5), reason="finished")
    cancel_session(session=house.session, reason="Storm")
    clock.move_to(START)
    sign_in(client, house.pat.user)
    assert client.get(door).status_code == 404
    sign_in(client, house.quinn.user)
    assert client.get(f"/my/sessions/{later.uid}/join/").status_code == 404


def test_staff_do_not_join_here(client, house, door):
    client.force_login(house.alice)
    assert client.get(door).status_code == 403


def test_not_signed_in_goes_to_sign_in(client, door):
    answer = client.get(door)
    assert answer.status_code == 302 and answer["Location"].startswith("/account/login/?next=/my/sessions/")


def test_only_by_get(pat_client, door):
    assert pat_client.post(door).status_code == 405
