"""A plan in a real browser: written and signed by staff, agreed to by the patient on a phone."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from clinical.models import PlanAgreement, TreatmentPlan
from clinical.services import plans
from clinical.services.plan_text import read_text
from clinical.tests.test_plans_views import visit
from tests.browser import violations
from tests.clinical_factories import make_plan, plan_text
from tests.desk_browser import chrome, held, open_as
from tests.factories import PASSWORD

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")
PHONE = {"width": 390, "height": 844}


def shoot(page, name: str) -> None:
    """A picture of the page, where somebody asked for pictures."""
    if folder := os.environ.get("SHOTS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


def test_from_writing_to_agreeing(held, live_server, chrome):
    page, complaints = open_as(chrome, live_server, held.alice, viewport={"width": 1280, "height": 900})
    page.goto(f"/desk/people/{held.pat.uid}/plan/")
    shoot(page, "empty-1280")
    page.get_by_role("button", name="Begin the plan").click()
    page.get_by_role("button", name="Add a problem").press("Enter")
    expect(page.get_by_label("Problem", exact=True)).to_be_focused()
    page.keyboard.type("Drinks to sleep")
    page.get_by_label("Long-term goal").fill("Sleep without drinking")
    page.get_by_label("Measurable objective").fill("Four dry nights a week")
    page.get_by_label("Baseline").fill("None")
    page.get_by_label("Target", exact=True).fill("4 of 7")
    page.get_by_label("Target date").fill("2030-01-01")
    page.get_by_label("Intervention", exact=True).fill("Skills group")
    page.get_by_label("How often").fill("Weekly")
    page.get_by_label("Responsible").select_option(label="Alice Clinician, LMFT")
    page.get_by_role("button", name="Add an intervention").click()
    expect(page.get_by_label("Intervention", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Remove: Intervention").nth(1).click()
    expect(page.get_by_label("Intervention", exact=True)).to_have_count(1)
    assert violations(page) == []
    shoot(page, "edit-1280")
    page.get_by_role("button", name="Save, then sign").click()
    shoot(page, "sign-1280")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the plan").click()
    expect(page.get_by_text("Signed and sealed.")).to_be_visible()
    assert violations(page) == []

    phone, more = open_as(chrome, live_server, held.pat.user, viewport=PHONE)
    phone.goto("/my/plan/")
    expect(phone.get_by_text("Four dry nights a week")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shoot(phone, "portal-390")
    phone.get_by_label("Yes, I agree").check()
    phone.get_by_label("Your full name, as your signature").fill("Pat Peerson")
    phone.get_by_label("Your password").fill(PASSWORD)
    assert violations(phone) == []
    phone.get_by_role("button", name="Send my answer").click()
    expect(phone.get_by_text("Thank you. You have signed.")).to_be_visible()
    assert PlanAgreement.objects.get().content_hash == TreatmentPlan.objects.get().content_hash
    assert complaints == []
    assert more == []


def test_a_plan_saves_itself_and_a_closed_tab_loses_nothing(held, live_server, chrome):
    draft = make_plan(held.pat_episode, held.alice, sign=False)
    page, complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/plans/{draft.uid}/edit/")
    page.get_by_label("Strengths").fill("Sings in a choir.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    page.get_by_role("button", name="Add a problem").press("Enter")
    with page.expect_response(lambda answer: b"Lonely evenings" in (answer.request.post_data_buffer or b"")):
        page.keyboard.type("Lonely evenings")
    with page.expect_response(lambda answer: b"Friends to call" in (answer.request.post_data_buffer or b"")):
        page.get_by_label("Long-term goal").last.fill("Friends to call")  # a second save of what the first one made
    page.close()
    stored = read_text(draft)
    assert [(p.text, [g.text for g in p.goals]) for p in stored.problems][2] == ("Lonely evenings", ["Friends to call"])
    assert len(stored.problems) == 3 and TreatmentPlan.objects.get().strengths == "Sings in a choir."
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_progress_over_time_is_words_and_a_table(held, live_server, chrome, width):
    text = plan_text(held.alice)
    text.problems[1].goals[0].objectives[0].status = "achieved"
    plan = make_plan(held.pat_episode, held.alice, text=text)
    objective = plan.problems.first().goals.first().objectives.first()
    for n, progress in enumerate([0, 1, -1, None, 1, 2, 3, 2, 2, 1, 2, 3, 3]):
        visit(held.pat_episode, held.alice, objective, progress, days_ago=40 - 3 * n)
    plans.begin_plan(episode=held.pat_episode, by=held.alice)
    page, complaints = open_as(chrome, live_server, held.alice, viewport={"width": width, "height": 900})
    page.goto(f"/desk/people/{held.pat.uid}/plan/")
    expect(page.locator(".attain-point")).to_have_count(12)
    shoot(page, f"plan-{width}")
    page.get_by_text("All 13 entries as a table").click()
    expect(page.locator(".attain-all tbody tr")).to_have_count(13)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"/desk/plans/{plan.uid}/review/")
    assert violations(page) == []
    shoot(page, f"review-{width}")
    assert complaints == []


def test_without_scripts_nothing_typed_is_lost(held, live_server, chrome):
    draft = make_plan(held.pat_episode, held.alice, sign=False)
    page, _complaints = open_as(chrome, live_server, held.alice, java_script_enabled=False, viewport=PHONE)
    page.goto(f"/desk/plans/{draft.uid}/edit/")
    assert page.get_by_label("Problem", exact=True).count() == 2
    page.get_by_label("Strengths").fill("Humor")
    page.get_by_role("button", name="Add a problem").click()
    expect(page.get_by_label("Problem", exact=True)).to_have_count(3)
    expect(page.get_by_label("Strengths")).to_have_value("Humor")
    page.get_by_label("Problem", exact=True).nth(2).fill("A third")
    page.get_by_role("button", name="Move up: Problem").nth(2).click()
    expect(page.get_by_label("Problem", exact=True).nth(1)).to_have_value("A third")
    shoot(page, "edit-390")
    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    assert [p.text for p in TreatmentPlan.objects.get().problems.all()][1] == "A third"
    page.goto(f"/desk/plans/{draft.uid}/sign/")
    expect(page.get_by_text("say what the goal is.")).to_be_visible()
    shoot(page, "lacks-390")
