"""What the live room proposes, in a real browser: confirmed by key, by click, all at once, changed, without scripts."""

import json

import pytest
from playwright.sync_api import expect

from clinical.models import Attendance, GroupNote, ProgressNote
from clinical.tests.documenting_session import PEOPLE, group_of_twelve
from clinical.tests.room_scenes import Scene
from patients.models import Patient
from tests.browser import picture, violations
from tests.desk_browser import chrome, held, open_as
from tests.stack import wait_for

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")
POSSIBLE = 74  # 17:04 to 18:30, without twelve minutes of break


@pytest.fixture
def seen(held):
    """A session of twelve as its room saw it, from four minutes after to the end, with a break of twelve minutes. Amara spoke for
    three quarters of the time; Benedict came at 17:24 and was lost once; Chiara left at 18:00; Dmitri was not there."""
    held.twelve = group_of_twelve(held, held.alice)
    people = {p.legal_first_name: p for p in Patient.objects.filter(bookings__session=held.twelve)}
    scene = Scene(held.twelve, began=4, ended=90)
    scene.agenda(**{"check_in": (4, 40), "break": (40, 52), "teaching": (52, 90)})
    scene.showed("Urge surfing", "One word for today?")
    scene.lead((-5, 90))
    amara = scene.member(people.pop("Amara"), (0, 90))
    benedict = scene.member(people.pop("Benedict"), (24, 60), (60.5, 90), why="lost", let_in=24)
    scene.member(people.pop("Chiara"), (0, 60))
    people.pop("Dmitri")
    for person in people.values():
        scene.member(person, (0, 90))
    scene.talked(amara, (10, 19))
    scene.talked(benedict, (30, 33))
    scene.trouble(benedict, 31)
    scene.rated(amara, 30, engagement=3)
    return held


def address(house) -> str:
    return f"/desk/sessions/{house.twelve.uid}/notes/"


def row(page, first: str):
    """Somebody's row."""
    return page.locator("details.doc-row", has=page.locator(".person-name", has_text=first))


def stored() -> dict[str, tuple]:
    return {a.patient.legal_first_name: (a.status, a.minutes) for a in Attendance.objects.select_related("patient")}


def is_stored(page, **wanted: tuple) -> None:
    """Until everything is saved, and then exactly this."""
    wait_for(lambda: stored() == wanted, why=f"{wanted} is stored")
    expect(page.locator("[data-state-line]")).to_contain_text("Saved")
    assert stored() == wanted


def look(page, name: str) -> None:
    picture(page, name)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"
    found = violations(page)
    assert found == [], f"{name}: {json.dumps(found)}"


def test_proposals_are_confirmed_by_key_by_click_changed_and_all_at_once(seen, live_server, chrome):
    page, complaints = open_as(chrome, live_server, seen.alice, viewport={"width": 1280, "height": 900})
    page.goto(address(seen))
    amara, benedict, chiara, dmitri = (row(page, first) for first, _last in PEOPLE[:4])
    for one, said in (
        (amara, "Proposed: Present"),
        (benedict, "Proposed: Late · 54 min"),
        (chiara, "Proposed: Left early"),
        (dmitri, "Proposed: Missed"),
    ):
        expect(one.locator("[data-attended]")).to_contain_text(said)
    for label, value in (("Began", "17:04"), ("Stopped", ""), ("Minutes of breaks", "12")):
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    expect(page.get_by_label("Activities")).to_have_value("Check-in round; Teaching\nPolls: One word for today?")
    expect(page.get_by_label("Handouts", exact=True)).to_have_value("Urge surfing")
    # A hint beside the rating, and never the rating.
    expect(amara).to_contain_text("Spoke 75 % of the talking time.")
    expect(amara.locator("[data-name='participation'] input:checked")).to_have_value("")
    expect(page.get_by_role("button", name="Everybody else was present")).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("p")  # nobody else is open
    assert stored() == {} and not GroupNote.objects.exists() and not ProgressNote.objects.exists()

    expect(benedict).to_contain_text("in from 5:24 to 6:30, lost once.")
    page.keyboard.press("c")  # of the row that is open
    expect(benedict.locator("[data-proposal]")).to_be_hidden()
    expect(benedict.locator("[data-name='participation'] input").first).to_be_focused()
    is_stored(page, Benedict=("late", 54))
    amara.locator("summary").first.click()
    amara.get_by_role("button", name="Confirm").click()
    expect(amara.locator("[data-name='participation'] input").first).to_be_focused()
    is_stored(page, Amara=("present", 80), Benedict=("late", 54))
    assert not Attendance.objects.filter(participation__isnull=False).exists()
    chiara.locator("summary").first.click()
    chiara.get_by_label("Minutes").fill("40")  # a change is one's own word
    expect(chiara.locator("[data-proposal]")).to_be_hidden()
    is_stored(page, Amara=("present", 80), Benedict=("late", 54), Chiara=("left_early", 40))
    note = ProgressNote.objects.get()
    assert note.patient.legal_first_name == "Benedict" and note.tech_trouble and note.text == ""
    assert note.trouble_text.startswith("Connection lost once. Told of technical trouble at 5:31.")

    page.get_by_role("button", name="Confirm all proposals").click()
    expect(page.get_by_role("button", name="Confirm all proposals")).to_be_hidden()
    rest = {first: ("present", 80) for first, _last in PEOPLE[4:]}
    known = {"Amara": ("present", 80), "Benedict": ("late", 54), "Chiara": ("left_early", 40)}
    is_stored(page, **known, **rest, Dmitri=("no_show", None))
    expect(dmitri).to_contain_text("No note: not there.")
    assert not GroupNote.objects.exists()
    page.get_by_label("Objective", exact=True).fill("Name two triggers")  # the times are saved with it
    page.get_by_label("Interventions", exact=True).focus()
    rest = dict.fromkeys(("Amara", *rest), ("present", POSSIBLE))
    is_stored(page, **known | rest, Dmitri=("no_show", None))
    shared = GroupNote.objects.get()
    assert (shared.break_minutes, shared.handouts) == (12, "Urge surfing")
    page.reload()
    expect(page.get_by_text("Proposed")).to_have_count(0)
    expect(chiara).to_contain_text("The room saw something else: Left early, in from 5:04 to 6:00.")
    assert complaints == []


def test_without_scripts_a_form_confirms_one_and_then_all(seen, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, seen.alice, java_script_enabled=False)
    page.goto(address(seen))
    row(page, "Benedict").get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Saved as drafts.")).to_be_visible()
    assert stored() == {"Benedict": ("late", 54)}
    page.get_by_role("button", name="Save drafts").last.click()  # what is only proposed stays so
    expect(page.get_by_text("Saved as drafts.")).to_be_visible()
    assert stored() == {"Benedict": ("late", 54)}
    row(page, "Chiara").get_by_role("radio", name="Excused").check()  # changed before it is confirmed
    page.get_by_role("button", name="Confirm all proposals").click()
    expect(page.get_by_text("Saved as drafts.")).to_be_visible()
    rest = {first: ("present", 80) for first, _last in (PEOPLE[0], *PEOPLE[4:])}
    assert stored() == rest | {"Benedict": ("late", 54), "Chiara": ("excused", None), "Dmitri": ("no_show", None)}
    expect(page.get_by_role("button", name="Confirm", exact=False)).to_have_count(0)
    assert not GroupNote.objects.exists()


def test_the_page_holds_up(seen, live_server, chrome):
    """At both widths, light and dark: nothing wider than the screen, and axe finds no fault."""
    page, complaints = open_as(chrome, live_server, seen.alice)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.goto(address(seen))  # anew: colours fade over for a moment
            if width == 1280:
                row(page, "Amara").locator("summary").first.click()
            look(page, f"doc-proposed-{width}-{scheme}")
    assert stored() == {} and complaints == []
