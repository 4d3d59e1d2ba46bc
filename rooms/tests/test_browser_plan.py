"""The planning page in a real browser: by keys and by mouse, and what it takes shown as it changes."""

import re

import pytest
from playwright.sync_api import expect

from rooms.models import PlannedStep
from tests.browser import picture, violations
from tests.desk_browser import open_as

pytestmark = pytest.mark.xdist_group("live")


@pytest.mark.parametrize("width", [390, 1280])
def test_planning_by_keys_and_by_mouse(live_server, chrome, committed_house, settings, width):
    settings.MFA_REQUIRED_FOR_STAFF = False
    size = {"viewport": {"width": width, "height": 900}}
    page, complaints = open_as(chrome, live_server, committed_house.alice, **size)
    page.goto(f"/desk/rooms/plan/usual/{committed_house.group.uid}/")
    rows = page.locator(".plan-row")
    expect(rows).to_have_count(7)
    expect(page.locator(".plan-words")).to_have_text("It fills the time.")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"plan-{width}-{scheme}")
    assert violations(page) == []

    minutes = rows.nth(2).get_by_label("Minutes")
    minutes.fill("40")
    expect(page.locator(".plan-words")).to_have_text(re.compile(r"\d+ min more than there is treatment"))
    picture(page, f"plan-over-{width}", full=False)
    page.get_by_role("button", name="Save the agenda").click()
    expect(page.locator(".alert-danger")).to_contain_text("the session has 75 for treatment")
    rows.nth(2).get_by_label("Minutes").fill("10")
    rows.nth(4).get_by_label("Title").fill("Waves")
    rows.nth(4).get_by_label("Minutes").fill("")
    page.get_by_role("button", name="Save the agenda").click()
    expect(page.locator(".alert-danger")).to_contain_text("Step 5: a step takes between 1 and 240 minutes.")
    expect(rows.nth(4).get_by_label("Minutes")).to_be_focused()  # where one goes on; nothing typed is lost
    expect(rows.nth(4).get_by_label("Title")).to_have_value("Waves")
    assert violations(page) == []
    picture(page, f"plan-wrong-{width}", full=False)
    page.once("dialog", lambda asked: asked.dismiss())
    page.get_by_role("link", name=committed_house.group.name).click()  # what was refused is not left without a word
    expect(rows.nth(4).get_by_label("Title")).to_have_value("Waves")
    rows.nth(4).get_by_label("Minutes").fill("5")
    assert not PlannedStep.objects.exists()

    rows.nth(2).get_by_label("Title").fill("Cravings")
    expect(page.locator(".plan-words")).to_have_text(re.compile(r"\d+ min are free"))
    page.get_by_role("button", name="Earlier: Cravings").focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1).get_by_label("Title")).to_have_value("Cravings")
    expect(page.get_by_role("button", name="Earlier: Cravings")).to_be_focused()
    expect(page.locator("[data-say]")).to_have_text("Cravings is now step 2 of 7")

    grip, first = rows.nth(1).locator(".plan-grip").bounding_box(), rows.nth(0).bounding_box()
    page.mouse.move(grip["x"] + 4, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + 4, steps=6)
    page.mouse.up()
    expect(rows.nth(0).get_by_label("Title")).to_have_value("Cravings")

    rows.nth(6).get_by_role("button", name="Take out").click()
    page.get_by_role("button", name="Add a step").click()
    expect(rows).to_have_count(7)
    expect(rows.nth(6).get_by_label("Kind")).to_be_focused()
    rows.nth(6).get_by_label("Minutes").fill("5")
    page.get_by_role("button", name="Save the agenda").click()
    expect(page.locator(".alert-success")).to_contain_text("saved")
    kinds = list(PlannedStep.objects.values_list("kind", "title", "minutes"))
    assert kinds[0] == ("teaching", "Cravings", 10) and kinds[6] == ("activity", "", 5)
    assert [c for c in complaints if "422" not in c] == []
