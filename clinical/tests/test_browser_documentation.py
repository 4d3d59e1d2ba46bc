"""Documenting and signing a group of twelve in a real browser: by keyboard; nothing lost; two at once; what it looks like."""

import json
import time

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from clinical.models import GroupNote, ProgressNote
from clinical.services.documentation import Row, save_rows
from clinical.services.snippets import save_phrase
from clinical.tests.documenting_session import PEOPLE, SHARED, WORDS, group_of_twelve
from groups.models import Facilitator
from scheduling.services import lead_group
from tests.browser import picture, violations
from tests.desk import attend
from tests.desk_browser import chrome, held, open_as
from tests.factories import PASSWORD, make_staff

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")
MOST_PER_PERSON = 9  # strokes that are no text, attendance and signing included


@pytest.fixture
def twelve(held):
    held.twelve = group_of_twelve(held, held.alice)
    return held


def address(house) -> str:
    return f"/desk/sessions/{house.twelve.uid}/notes/"


class Keys:
    """A keyboard that counts: strokes that are no text, and characters of text."""

    def __init__(self, page):
        self.page, self.strokes, self.characters = page, 0, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.strokes += 1

    @property
    def by_hand(self) -> float:
        """Seconds: five characters a word at 40 words a minute, and a second for each stroke that is no text."""
        return self.characters / 5 / 40 * 60 + self.strokes

    def write(self, words: str) -> None:
        self.page.keyboard.type(words)
        self.characters += len(words)


def saved(page) -> None:
    """Until everything typed is saved."""
    expect(page.locator("[data-state-line]")).to_contain_text("Saved")


def test_twelve_notes_complete_and_signed_by_keyboard(twelve, live_server, chrome):
    save_phrase(user=twelve.alice, short="gd", text=SHARED["intervention"])
    page, complaints = open_as(chrome, live_server, twelve.alice, viewport={"width": 1280, "height": 900})
    page.goto(address(twelve))
    keys, began = Keys(page), time.perf_counter()
    keys.press("p")  # everybody was present
    keys.press("s")  # the shared part
    keys.write(SHARED["objective"])
    keys.press("Tab", "Tab")  # the topic is there
    keys.write(";gd")
    keys.press("Tab", "Control+Enter")
    for number, words in enumerate(WORDS):
        keys.press(str(number % 4 + 1), str(number % 3 + 1), "e", "Tab")  # participation, engagement, affect
        keys.write(words)
        keys.press("Tab", "1", "3", "n", "Control+Enter")  # objective, progress, risk, next person
    expect(page.get_by_label("Your password, to sign as")).to_be_focused()
    keys.write(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_text("12 notes are signed.")).to_be_visible()
    took = time.perf_counter() - began

    notes = list(ProgressNote.objects.signed().select_related("patient", "attendance", "plan_objective"))
    assert len(notes) == 12 and len({n.text for n in notes}) == 12
    assert {n.patient.legal_first_name: n.text for n in notes} == dict(
        zip(sorted((first for first, last in PEOPLE), key=_by_last), WORDS, strict=True)
    )
    for note in notes:
        assert (note.risk, note.affect, note.progress) == ("none", "euthymic", 1)
        assert note.attendance.participation in (1, 2, 3, 4) and note.engagement in (1, 2, 3)
        assert note.aim == "Uses a coping skill when cravings come" and note.topic == "Triggers"
        assert note.intervention == SHARED["intervention"] and note.is_sealed and note.is_intact
    print(
        f"\ntwelve notes: {keys.strokes} strokes that are no text ({keys.strokes / 12:.1f} a person), "
        f"{keys.characters} characters of text, {len(WORDS) + 3} steps; "
        f"{took:.1f} s by the driver, {keys.by_hand / 60:.1f} min by a hand of 40 words a minute"
    )
    assert keys.strokes <= 12 * MOST_PER_PERSON + 7
    assert complaints == []


def _by_last(first: str) -> str:
    return dict(PEOPLE)[first]


def test_a_killed_page_keeps_what_was_typed_and_nobody_can_read_it(twelve, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, twelve.alice)
    page.goto(address(twelve))
    page.context.set_offline(True)
    page.keyboard.press("p")
    row = page.locator("details.doc-row[open]")
    row.get_by_label("Participation and response of").fill("Unsaved words about payday.")
    expect(page.locator("[data-state-line]")).to_contain_text("Not saved, kept here")
    stored = page.evaluate("JSON.stringify(localStorage)")
    assert "draft:" in stored
    assert not any(word in stored for word in ("payday", "Unsaved", "present", "Amara"))
    assert page.evaluate("document.querySelector('[data-doc]').dataset.key") is None
    context = page.context
    page.close(run_before_unload=False)
    assert not ProgressNote.objects.exists()
    context.set_offline(False)
    page = context.new_page()
    page.goto(address(twelve))
    expect(page.get_by_label("Participation and response of").first).to_have_value("Unsaved words about payday.")
    saved(page)
    assert ProgressNote.objects.get().text == "Unsaved words about payday."
    expect_no_drafts(page)


def expect_no_drafts(page) -> None:
    page.wait_for_function("!Object.keys(localStorage).some((name) => name.startsWith('draft:'))")


def test_an_expired_sign_in_keeps_the_text_and_goes_on(twelve, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, twelve.alice)
    page.goto(address(twelve))
    page.keyboard.press("p")
    saved(page)
    expect_no_drafts(page)
    name = django_settings.SESSION_COOKIE_NAME
    page.context.clear_cookies(name=name)
    page.locator("details.doc-row[open]").get_by_label("Participation and response of").fill("Typed after the end.")
    expect(page.get_by_text("You are signed out. What you wrote is kept")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/account/login/**")
    page.get_by_label("Email").fill(twelve.alice.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address(twelve)}")
    expect(page.get_by_label("Participation and response of").first).to_have_value("Typed after the end.")
    saved(page)
    expect_no_drafts(page)
    assert ProgressNote.objects.get().text == "Typed after the end."


@pytest.mark.parametrize("choice", ["Keep mine", "Take theirs"])
def test_two_at_once_see_both_and_decide(twelve, live_server, chrome, choice):
    dana = make_staff(twelve.program, first="Dana", last="Cofacilitator")
    lead_group(group=twelve.twelve.group, user=dana, part=Facilitator.Part.CO, from_day=twelve.twelve.starts_at.date())
    attend(twelve.twelve, twelve.alice, **{first: "present" for first, _last in PEOPLE})
    page, _complaints = open_as(chrome, live_server, twelve.alice)
    page.goto(address(twelve))
    person = twelve.twelve.attendances.get(patient__legal_last_name="Featherstonehaugh-Cholmondeley").patient
    save_rows(session=twelve.twelve, rows=[Row(person.pk, note={"text": "By Dana.", "risk": "none"})], by=twelve.bob)
    row = page.locator("details.doc-row[open]")
    expect(row).to_contain_text("Featherstonehaugh-Cholmondeley")
    row.get_by_label("Participation and response of").fill("By Alice.")
    box = row.locator(".doc-compare")
    expect(box).to_contain_text("Bob Supervisor saved this meanwhile.")
    expect(box).to_contain_text("By Alice.")
    expect(box).to_contain_text("By Dana.")
    picture(page, f"doc-conflict-{choice.split()[0].lower()}")
    assert violations(page) == []
    box.get_by_role("button", name=choice).click()
    saved(page)
    expect(box).to_have_count(0)
    mine = choice == "Keep mine"
    expect(row.get_by_label("Participation and response of")).to_have_value("By Alice." if mine else "By Dana.")
    page.wait_for_timeout(300)
    note = ProgressNote.objects.get(patient=person)
    assert note.text == ("By Alice." if mine else "By Dana.") and note.risk == ("" if mine else "none")


def test_without_scripts_all_is_saved_and_signed(twelve, live_server, chrome):
    attend(twelve.twelve, twelve.alice, Amara="present")
    page, _complaints = open_as(chrome, live_server, twelve.alice, java_script_enabled=False)
    page.goto(address(twelve))
    page.get_by_label("Objective", exact=True).fill(SHARED["objective"])
    page.get_by_label("Interventions", exact=True).fill(SHARED["intervention"])
    row = page.locator("details.doc-row", has_text="Amara")
    row.get_by_label("Participation and response of").fill(WORDS[0])
    row.get_by_role("radio", name="Uses a coping skill").check()
    row.get_by_role("radio", name="None reported").check()
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    page.get_by_role("button", name="Sign all complete notes").click()
    expect(page.get_by_text("1 note is signed.")).to_be_visible()
    assert ProgressNote.objects.signed().get().text == WORDS[0] and GroupNote.objects.get().topic == "Triggers"


SIZES = ((390, "light"), (1280, "light"), (390, "dark"), (1280, "dark"))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_pages_hold_up(twelve, live_server, chrome, width, scheme):
    """No page is wider than its screen, and axe finds no fault."""
    size = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page, complaints = open_as(chrome, live_server, twelve.alice, **size)
    name = f"{width}-{scheme}"
    page.goto(address(twelve))
    look(page, f"doc-new-{name}")
    page.keyboard.press("p")
    saved(page)
    page.keyboard.press("3")
    page.keyboard.press("2")
    page.locator("details.doc-row[open] textarea").first.fill(WORDS[1] + " Jamal said the same.")
    page.locator("details.doc-row[open]").get_by_role("radio", name="Reported or observed").check()
    saved(page)
    look(page, f"doc-row-{name}")
    page.get_by_label("Your password, to sign as").fill("wrong")
    page.wait_for_timeout(500)
    look(page, f"doc-warned-{name}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not your password.").first).to_be_visible()
    look(page, f"doc-error-{name}")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    look(page, f"doc-keys-{name}")
    page.goto("/desk/phrases/")
    look(page, f"doc-phrases-{name}")
    assert [c for c in complaints if "422" not in c] == []


def look(page, name: str) -> None:
    picture(page, name)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"
    found = violations(page)
    assert found == [], f"{name}: {json.dumps(found)}"
