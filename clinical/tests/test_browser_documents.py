"""Writing a document in a real browser: it saves itself, nothing is lost, it is signed by keyboard."""

import datetime as dt
import os
import zoneinfo
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinical.models import Document, Kind
from clinical.services.diagnoses import add_diagnosis
from clinical.services.documents import save_document, start_document
from clinical.services.medications import add_medication, change_dose
from clinical.tests.documenting import content_of, make_plan, sign_one
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as
from tests.factories import PASSWORD

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")


@pytest.fixture
def draft(held) -> Document:
    """A draft of Alice's about Pat, with an objective of the plan."""
    make_plan(held.pat_episode, held.alice, "Go to two meetings a week")
    return start_document(patient=held.pat, kind=Kind.INDIVIDUAL, by=held.alice, template="dap")


def test_it_saves_itself_and_is_signed_by_keyboard(held, draft, live_server, chrome):
    page, complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/documents/{draft.uid}/edit/")
    page.get_by_label("Data").fill("Spoke of a hard weekend.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    stored = Document.objects.get()
    assert stored.sections == {"data": "Spoke of a hard weekend."}
    page.get_by_label("Assessment").fill("Steady.")
    page.get_by_role("button", name="Save the draft").click()  # at once, while it may be saving itself
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    page.get_by_label("Plan", exact=True).fill("Calls her sponsor.")
    began = timezone.now().astimezone(zoneinfo.ZoneInfo(held.alice.zone)) - dt.timedelta(minutes=50)
    page.get_by_label("Day").fill(f"{began:%Y-%m-%d}")
    page.get_by_label("Began").fill(f"{began:%H:%M}")
    page.get_by_label("Stopped").fill(f"{began + dt.timedelta(minutes=45):%H:%M}")
    page.get_by_label("Go to two meetings a week").select_option("Some progress")
    page.get_by_role("radio", name="None reported").check(force=True)
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is signed and sealed.")).to_be_visible()
    sealed = Document.objects.get()
    assert sealed.is_sealed and sealed.is_intact and sealed.worked_on.get().progress == 1
    assert complaints == []


def test_somebody_else_meanwhile_is_told_and_nothing_is_lost(held, draft, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/documents/{draft.uid}/edit/")
    save_document(document=draft, content=content_of(draft, "Bob’s"), version=draft.version, by=held.bob)
    page.get_by_label("Data").fill("Mine.")
    expect(page.locator("[data-saved]")).to_contain_text("Somebody changed this meanwhile")
    assert Document.objects.get().sections["data"].startswith("Bob’s")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator(".theirs").first).to_contain_text("Bob’s: data")
    expect(page.get_by_label("Data")).to_have_value("Mine.")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    assert Document.objects.get().sections["data"] == "Mine."


def test_an_expired_sign_in_loses_nothing(held, draft, live_server, chrome):
    """Signed out while writing: the page says so and keeps the words; signed in again in another tab, it saves them."""
    page, _complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/documents/{draft.uid}/edit/")
    mine = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_label("Data").fill("Written while signed out.")
    expect(page.locator("[data-saved]")).to_contain_text("Not saved")
    assert Document.objects.get().sections == {}
    for cookie in mine:
        cookie["value"] = "n" * 32 if cookie["name"] == "csrftoken" else cookie["value"]
    page.context.add_cookies(mine)
    page.get_by_label("Assessment").fill("And after.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    assert Document.objects.get().sections == {"data": "Written while signed out.", "assessment": "And after."}


def test_a_tab_closed_while_signed_out_loses_nothing(held, draft, live_server, chrome):
    """What could not be saved stays on the computer, encrypted, and comes back on the page once one is signed in again."""
    page, _complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/documents/{draft.uid}/edit/")
    mine = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_label("Data").fill("Written while signed out.")
    expect(page.locator("[data-saved]")).to_contain_text("kept on this computer, encrypted")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "draft:" in kept and "signed out" not in kept
    context = page.context
    page.close()
    context.add_cookies(mine)
    page = context.new_page()
    page.goto(f"/desk/documents/{draft.uid}/edit/")
    expect(page.get_by_label("Data")).to_have_value("Written while signed out.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    assert Document.objects.get().sections == {"data": "Written while signed out."}
    assert "draft:" not in page.evaluate("JSON.stringify(localStorage)")


def test_the_password_is_never_part_of_a_draft(held, draft, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, held.alice)
    sent = []
    page.on("request", lambda r: sent.append(r.post_data or "") if r.url.endswith("/save/") else None)
    page.goto(f"/desk/documents/{draft.uid}/edit/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Data").fill("Words.")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at")
    assert sent and not [body for body in sent if PASSWORD in body]


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_can_be_read_by_everybody(held, draft, live_server, chrome, width):
    """No violations, and nothing wider than the screen; SHOTS keeps pictures."""
    long = "A very long sentence about how the week went, with calls, a walk, and a hard evening alone. " * 3
    today = timezone.localdate()
    add_diagnosis(
        episode=held.pat_episode,
        code="F10.20",
        text="Alcohol use disorder, moderate or severe",
        rank="primary",
        by=held.alice,
    )
    add_diagnosis(
        episode=held.pat_episode, code="F33.1", text="Major depressive disorder, recurrent, moderate", by=held.alice
    )
    given = {"episode": held.pat_episode, "source": "outside", "by": held.alice}
    add_medication(
        name="Buprenorphine / naloxone sublingual film",
        dose="8 mg / 2 mg",
        how="under the tongue, twice a day",
        for_addiction=True,
        **given,
    )
    first = add_medication(name="Sertraline", dose="50 mg", how="by mouth, once a day", reason="low mood", **given)
    change_dose(medication=first, dose="100 mg", how="by mouth, once a day", source="outside", on=today, by=held.alice)
    sign_one(held.pat, held.alice, Kind.SAFETY_PLAN, said=long)
    sign_one(held.pat, held.alice, Kind.RELAPSE_PLAN, said=long)
    signed = sign_one(held.pat, held.alice, Kind.FAMILY, said=long)
    crisis = start_document(patient=held.pat, kind=Kind.CRISIS, by=held.alice)
    discharge = start_document(patient=held.pat, kind=Kind.DISCHARGE, by=held.alice)
    safety = start_document(patient=held.pat, kind=Kind.SAFETY_PLAN, by=held.alice)
    medication, diagnosis = held.pat.medications.first(), held.pat.diagnoses.first()
    pages = {
        "record": f"people/{held.pat.uid}/record",
        "empty": f"people/{held.quinn.uid}/record",
        "start": f"people/{held.pat.uid}/record/new",
        "edit": f"documents/{draft.uid}/edit",
        "crisis": f"documents/{crisis.uid}/edit",
        "discharge": f"documents/{discharge.uid}/edit",
        "safety": f"documents/{safety.uid}/edit",
        "signed": f"documents/{signed.uid}",
        "codes": f"people/{held.pat.uid}/codes",
        "lists": f"people/{held.pat.uid}/lists",
        "code": f"codes/{diagnosis.uid}",
        "list": f"lists/{medication.uid}",
        "discard": f"documents/{draft.uid}/discard",
    }
    for scheme in ("light", "dark"):
        for user, prefix, wanted in ((held.alice, "/desk/", pages), (held.pat.user, "/my/", {"mine": "plans"})):
            page, complaints = open_as(
                chrome, live_server, user, viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            for name, address in wanted.items():
                page.goto(f"{prefix}{address}/")
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
                _shoot(page, f"{name}-{width}-{scheme}")
                if scheme == "light":
                    assert violations(page) == [], name
            if user == held.alice:
                page.goto(f"/desk/documents/{draft.uid}/edit/")
                page.get_by_role("button", name="Sign", exact=True).click()
                expect(page.get_by_text("Saved, not signed: look at what is marked below.")).to_be_visible()
                _shoot(page, f"errors-{width}-{scheme}")
            assert [c for c in complaints if "422" not in c] == []
            if scheme == "light":
                page.goto("/my/plans/" if user == held.pat.user else f"/desk/documents/{signed.uid}/")
                page.emulate_media(media="print")
                expect(page.locator(".side")).to_be_hidden()
                expect(page.locator("[data-print]")).to_be_hidden()
                expect(page.get_by_role("heading", level=1)).to_be_visible()
                _shoot(page, f"print-{'mine' if user == held.pat.user else 'signed'}-{width}")
            page.close()


def _shoot(page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
