"""One session: when, who leads, who is expected, what is to do next."""

import datetime as dt
import re
import zoneinfo

import pytest

from clinical.models import Status
from scheduling.models import Session
from scheduling.services import cancel_session, move_session, seat_member
from tests.desk import Readings, attend, count, document, more_people, text, write

QUERIES = 17
PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def address(session) -> str:
    return f"/desk/sessions/{session.uid}/"


def test_doors(house, browse):
    page = address(house.session)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    assert browse(house.billing).get(page).status_code == 403
    assert browse(house.pat.user).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.alice).get("/desk/sessions/00000000-0000-4000-8000-000000000000/").status_code == 404
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(page).status_code == 200


def test_a_fixed_number_of_queries(house, browse, clock):
    clock.shift(dt.timedelta(hours=1, minutes=30))
    big = more_people(house, 8)[0].memberships.get().group
    clock.shift(dt.timedelta(hours=7))
    document(house.session, house.alice, Pat="Spoke of the weekend.", Quinn="Listened.")
    many = Session.objects.filter(group=big).earliest("starts_at")
    document(many, house.alice, **{f"More{n}": f"Text {n}" for n in range(8)})
    client = browse(house.alice)
    assert count(client, address(house.session)) == QUERIES
    assert count(client, address(many)) == QUERIES


def test_who_is_shown_is_on_the_record_and_nobody_else(house, browse):
    seat_member(group=house.group, episode=house.robin_episode, joined_on=dt.date(2026, 3, 2))
    readings = Readings()
    page = text(browse(house.bob).get(address(house.session)))
    assert "Peerson" in page and "Quill" in page and "Rosenquist" not in page
    assert "and 1 person you are not on the care team of" in page
    assert readings.of(house.bob) == {"Pat", "Quinn"}
    page = text(browse(house.coordinator).get(address(house.session)))
    assert "3 people are expected. You are not on their care team." in page
    assert readings.of(house.coordinator) == set()
    readings = Readings()
    assert "Rosenquist" in text(browse(house.admin).get(address(house.session)))
    assert readings.of(house.admin) == {"Pat", "Quinn", "Robin"}


def test_coming_now_and_over(house, browse, clock):
    page = text(browse(house.alice).get(address(house.session)))
    assert "Move" in page and "/cancel/" in page and "/roll-call/" not in page and "Expected" in page
    clock.shift(dt.timedelta(hours=1))
    page = text(browse(house.alice).get(address(house.session)))
    assert "/move/" not in page and "/cancel/" not in page and "/roll-call/" in page and "Not taken yet" in page
    clock.shift(dt.timedelta(hours=2))
    attend(house.session, house.alice, Pat=Status.LATE, Quinn=Status.EXCUSED)
    page = text(browse(house.alice).get(address(house.session)))
    assert "2 of 2 taken · 0 of 1 notes signed" in page and "40 min" in page and "Excused" in page and "/notes/" in page
    write(house.session, house.alice, Pat="A draft.")
    assert "draft" in text(browse(house.alice).get(address(house.session)))


def test_notes_are_linked_for_those_who_read_notes(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    document(house.session, house.alice, Pat="Spoke of the weekend.")
    assert "signed note" in text(browse(house.alice).get(address(house.session)))
    page = text(browse(house.admin).get(address(house.session)))
    assert "Present" in page and "signed note" not in page and "/desk/notes/" not in page and "weekend" not in page


def test_who_may_not_document_is_not_led_there(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    for reader in (house.coordinator, house.admin):
        page = text(browse(reader).get(address(house.session)))
        assert "/roll-call/" not in page and "/notes/" not in page


def test_a_cancelled_session_says_why_and_stays_open_to_its_people(house, browse):
    """Its bookings are gone, its page is not: whoever cancelled it comes back to it."""
    cancel_session(session=house.session, reason="Alice is ill")
    for reader in (house.alice, house.bob, house.coordinator):
        page = text(browse(reader).get(address(house.session)))
        assert "This session is cancelled" in page and "Alice is ill" in page
        assert "Alice Clinician" in page and "needs a facilitator" not in page and "/cancel/" not in page
    assert browse(house.charlie).get(address(house.session)).status_code == 404


def test_a_moved_session_says_from_when(house, browse):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 4, 14, tzinfo=PACIFIC))
    page = text(browse(house.alice).get(address(house.session)))
    assert "Moved from Monday, March 2, 9:00 AM" in page and "Wednesday, March 4, 2:00–3:30 PM PST" in page


def test_in_the_readers_own_zone(house, browse):
    house.alice.zone = "America/New_York"
    house.alice.save()
    assert "Monday, March 2, 12:00–1:30 PM EST" in text(browse(house.alice).get(address(house.session)))


def test_the_room_is_for_those_who_lead_from_half_an_hour_before(house, browse, clock):
    house.group.meeting_url = "https://video.example.org/room"
    house.group.save()
    room = f'href="/desk/rooms/{house.session.uid}/"'
    assert room not in text(browse(house.alice).get(address(house.session)))
    clock.shift(dt.timedelta(minutes=30))
    assert room in text(browse(house.alice).get(address(house.session)))
    assert room not in text(browse(house.coordinator).get(address(house.session)))
    # The link itself is opened from the room, and never shown.
    assert "video.example.org" not in text(browse(house.alice).get(address(house.session)))


BUTTONS = re.compile(r'<div class="page-actions">(.*?)</div>')
LINKS = re.compile(r"<a [^>]*>\s*<svg.*?</svg>\s*(.*?)\s*</a>")
ALL_BUT = ["Handouts", "Messages"]


def deeds(page: str) -> tuple[list[str], list[str], int]:
    """The buttons of a session's page, what is in its menu, and how many of the buttons are main."""
    buttons, _menu, more = BUTTONS.search(page)[1].partition("<details")
    return LINKS.findall(buttons), LINKS.findall(more), buttons.count("btn-primary")


@pytest.mark.parametrize(
    ("hours", "buttons", "more", "main"),
    [
        (-24, ["Agenda"], [*ALL_BUT, "Add a visitor", "Move", "Change", "Cancel"], 0),
        (0.75, ["Open the room", "Agenda"], [*ALL_BUT, "Add a visitor", "Move", "Change", "Cancel"], 1),
        (1.5, ["Open the room", "Roll-call"], ["Notes", "How was the group?", *ALL_BUT], 1),
        (2.75, ["Roll-call", "Open the room"], ["Notes", "How was the group?", *ALL_BUT], 1),
        (4, ["Roll-call"], ["Notes", "How was the group?", *ALL_BUT], 1),
    ],
)
def test_what_comes_now_is_a_button_and_the_rest_a_menu(house, browse, clock, hours, buttons, more, main):
    clock.shift(dt.timedelta(hours=hours))
    assert deeds(text(browse(house.alice).get(address(house.session)))) == (buttons, more, main)


def test_notes_come_after_the_roll_call_and_are_read_once_signed(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    menu = ["Roll-call", "How was the group?", *ALL_BUT]
    assert deeds(text(browse(house.alice).get(address(house.session)))) == (["Notes"], menu, 1)
    document(house.session, house.alice, Pat="Spoke of the weekend.")
    assert deeds(text(browse(house.alice).get(address(house.session)))) == (["Notes"], menu, 0)


def test_others_find_what_they_may_do(house, browse, clock):
    schedule = ["Add a visitor", "Move", "Change", "Cancel"]
    assert deeds(text(browse(house.coordinator).get(address(house.session)))) == ([], ["Messages", *schedule], 0)
    clock.shift(dt.timedelta(hours=1))
    assert deeds(text(browse(house.coordinator).get(address(house.session)))) == (["Messages"], [], 0)
    clock.shift(dt.timedelta(hours=-1))
    cancel_session(session=house.session, reason="Alice is ill")
    assert deeds(text(browse(house.alice).get(address(house.session)))) == (["Messages"], [], 0)
