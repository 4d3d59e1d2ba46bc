"""The roll-call and the notes in a real browser: by keyboard, by pointer, without scripts, with errors."""

import pytest
from playwright.sync_api import expect

from clinical.models import Attendance, ProgressNote
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as
from tests.factories import PASSWORD

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")


def recorded() -> dict[str, tuple]:
    return {
        a.patient.legal_first_name: (a.status, a.minutes, a.participation)
        for a in Attendance.objects.select_related("patient")
    }


@pytest.fixture
def address(held) -> str:
    return f"/desk/sessions/{held.session.uid}"


def test_by_keyboard_in_a_few_strokes(held, address, live_server, chrome):
    """A number chooses, and the focus stands where one goes on: seven strokes for two people, rated."""
    page, complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"{address}/roll-call/")
    first, second = (page.locator("[data-row]").nth(n) for n in (0, 1))
    expect(page.locator("[data-open]")).to_have_text("Still open: 2")
    first.get_by_role("radio").first.focus()
    for key in ("1", "3", "Tab", "2", "4", "0", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("The roll-call is complete.")).to_be_visible()
    assert recorded() == {"Pat": ("present", 75, 3), "Quinn": ("late", 40, None)}
    page.goto(f"{address}/roll-call/")
    second.get_by_role("radio", name="Late").focus()
    page.keyboard.press("ArrowRight")  # over "left early" to "excused": the arrows pass and do not jump away
    page.keyboard.press("ArrowRight")
    expect(second.get_by_role("radio", name="Excused")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The roll-call is complete.")).to_be_visible()
    assert recorded()["Quinn"] == ("excused", None, None)
    assert complaints == []


def test_by_pointer_a_slip_costs_nothing(held, address, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, held.alice, viewport={"width": 390, "height": 844})
    page.goto(f"{address}/roll-call/")
    row = page.locator("[data-row]").first
    minutes = row.get_by_label("Minutes attended by")
    row.get_by_role("radio", name="Late").click()
    page.keyboard.type("40")  # the focus is in the minutes
    expect(minutes).to_have_value("40")
    row.get_by_role("radio", name="Missed").click()
    expect(minutes).to_be_hidden()
    row.get_by_role("radio", name="Left early").click()
    expect(minutes).to_have_value("40")
    page.get_by_role("button", name="Everybody else was present").click()
    expect(page.locator("[data-open]")).to_have_text("")
    page.get_by_role("button", name="Save the roll-call").click()
    expect(page.get_by_text("The roll-call is complete.")).to_be_visible()
    assert recorded() == {"Pat": ("left_early", 40, None), "Quinn": ("present", 75, None)}


def test_leaving_with_something_unsaved_asks(held, address, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, held.alice)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{address}/roll-call/")
    page.goto("/desk/week/")
    assert asked == []
    page.goto(f"{address}/roll-call/")
    page.locator("[data-row]").first.get_by_role("radio", name="Late").click()
    page.goto("/desk/week/")
    assert asked == ["beforeunload"]


def test_errors_take_the_focus_and_are_accessible(held, address, live_server, chrome):
    """What is wrong has the focus and its sentence, in both widths and schemes."""
    for width, scheme in ((390, "dark"), (1280, "light")):
        page, _complaints = open_as(
            chrome, live_server, held.alice, viewport={"width": width, "height": 844}, color_scheme=scheme
        )
        page.goto(f"{address}/roll-call/")
        row = page.locator("[data-row]").nth(1)
        row.get_by_role("radio", name="Late").click()
        page.keyboard.type("500")
        page.get_by_role("button", name="Save the roll-call").click()
        wrong = row.get_by_label("Minutes attended by")
        expect(wrong).to_be_focused()
        expect(wrong).to_have_value("500")
        expect(wrong).to_have_accessible_description(
            "Quinn Quill: give the minutes attended, 1 to 75 (the break is not counted)."
        )
        assert violations(page) == []
        # Nothing that stays in place covers what has the focus.
        covered = page.locator(".sticky-actions").bounding_box()["y"]
        assert wrong.bounding_box()["y"] + wrong.bounding_box()["height"] <= covered
    assert recorded() == {}


def test_without_scripts(held, address, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, held.alice, java_script_enabled=False)
    page.goto(f"{address}/roll-call/")
    rows = page.locator("[data-row]")
    rows.nth(0).get_by_role("radio", name="Present").click()
    rows.nth(1).get_by_role("radio", name="Missed").click()
    page.get_by_role("button", name="Save the roll-call").click()
    assert recorded() == {"Pat": ("present", 75, None), "Quinn": ("no_show", None, None)}
    page.get_by_label("Participation and response of Pat Peerson").fill("Spoke of the weekend.")
    page.get_by_label("Objective", exact=True).fill("Name two triggers")
    page.get_by_label("Topic or curriculum unit").fill("Triggers")
    page.get_by_label("Interventions", exact=True).fill("Guided discussion")
    page.get_by_role("radio", name="None reported").first.check()
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    page.get_by_role("button", name="Sign all complete notes").click()
    expect(page.get_by_text("Pat Peerson stays a draft: no objective of the treatment plan.")).to_be_visible()
    page.get_by_label("Why it is right as it is").fill("The plan is written on Friday.")
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    page.get_by_role("button", name="Sign all complete notes").click()
    expect(page.get_by_text("1 note is signed.")).to_be_visible()
    assert ProgressNote.objects.signed().count() == 1


def test_enter_in_a_field_saves_and_never_signs(held, address, live_server, chrome):
    """A form sends itself by its first button: that one saves drafts, even when a browser has filled in the password."""
    page, _complaints = open_as(chrome, live_server, held.alice, java_script_enabled=False)
    page.goto(f"{address}/notes/")
    row = page.locator("details.doc-row", has_text="Pat Peerson")
    row.get_by_role("radio", name="Late").check()
    row.get_by_label("Participation and response of").fill("Spoke of the weekend.")
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    row.get_by_label("Minutes attended by").fill("40")
    row.get_by_label("Minutes attended by").press("Enter")
    expect(page.get_by_text("Saved as drafts.")).to_be_visible()
    assert recorded() == {"Pat": ("late", 40, None)} and not ProgressNote.objects.signed().exists()
