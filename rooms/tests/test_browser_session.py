"""A whole session by two people in a real browser: from the patient's day to the leader's notes."""

import re

import pytest
from playwright.sync_api import expect

from rooms.models import Room
from tests.browser import picture
from tests.desk_browser import open_as
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")


def test_from_the_door_to_the_notes(pages, live_server, chrome):
    look = {"viewport": {"width": 1280, "height": 800}}
    house, session = pages.house, pages.session
    alice, _complaints = open_as(chrome, live_server, house.alice, **look)
    alice.goto("/desk/")
    alice.get_by_role("link", name=re.compile("^Open the room")).click()
    expect(alice.locator("#inside")).to_be_visible()

    pat, _complaints = open_as(chrome, live_server, house.pat.user, viewport={"width": 390, "height": 844})
    pat.goto(f"/my/sessions/{session.uid}/join/")
    expect(pat.get_by_role("heading", name="Before you come in")).to_be_visible()
    pat.get_by_label("Street and number").fill("1 Elm Street")
    pat.get_by_label("City or town").fill("Fresno")
    pat.get_by_label("State").select_option("CA")
    pat.get_by_label("Number we can call you at now").fill("559 555 0101")
    for box in pat.get_by_role("checkbox").all():
        box.check()
    for yes in pat.get_by_role("radio", name="Yes").all():
        yes.check()
    pat.get_by_role("button", name="Knock").click()
    expect(pat.locator("#waiting")).to_be_visible()
    picture(pat, "session-waiting", full=False)

    alice.get_by_role("button", name=re.compile("^Let in")).first.click()
    expect(pat.locator("#inside")).to_be_visible()
    expect(alice.locator("#people .person-name")).to_have_text(["Alice", "Pat"])

    alice.get_by_role("tab", name="Plan").click()
    alice.get_by_role("button", name="Begin the session").click()
    expect(pat.locator("#room-step")).to_contain_text("Check-in")
    picture(alice, "session-begun", full=False)
    picture(pat, "session-begun-390", full=False)

    alice.get_by_role("button", name="Leave", exact=True).click()
    picture(alice, "session-leaving", full=False)
    alice.get_by_role("button", name="End the session for everybody").click()
    expect(pat.locator("#ended")).to_be_visible()
    expect(alice.locator("#ended")).to_be_visible()
    wait_for(lambda: Room.objects.get(session=session).is_over, why="the room is not over")
    alice.get_by_role("link", name="Attendance and notes").click()
    expect(alice.get_by_text(re.compile("Proposed from the room", re.IGNORECASE)).first).to_be_visible()
    picture(alice, "session-notes", full=False)
