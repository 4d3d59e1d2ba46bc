"""The agenda, a round, hands and reactions in real browsers: what each of three people sees and may press."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from rooms.models import Hand, Room, Round, Step
from rooms.tests.live import let_in
from rooms.tests.pressing import in_both_looks, panel

pytestmark = pytest.mark.xdist_group("live")


def press(page, name: str, **more) -> None:
    page.get_by_role("button", name=name, **more).first.click()


def later(step: Step, minutes: float) -> None:
    """As if the running step had begun so many minutes earlier."""
    Step.objects.filter(pk=step.pk).update(began_at=step.began_at - dt.timedelta(minutes=minutes))


def running() -> Step:
    return Step.objects.get(began_at__isnull=False, ended_at=None)


def test_a_session_runs_itself(pages):
    house = pages.house
    let_in(house, pages.session, house.pat, house.quinn)
    alice = pages(house.alice, viewport={"width": 1280, "height": 800})
    pat = pages(house.pat.user, viewport={"width": 390, "height": 844})
    quinn = pages(house.quinn.user, viewport={"width": 390, "height": 844})
    panel(alice, "agenda")
    in_both_looks("floor-before", alice)
    press(alice, "Begin the session")
    for page in (alice, pat):
        expect(page.locator("#room-step")).to_contain_text("Check-in round · ")
    expect(alice.locator(".over-offer")).to_contain_text("anybody may pass")
    assert pat.locator(".over-offer").count() == 0
    in_both_looks("floor-offer", alice)

    # The round: offered, never begun by itself; whose turn it is has buttons of their own.
    press(alice, "Start the round")
    expect(pat.locator("#turn-title, #mine-title")).to_have_text("It is your turn")
    expect(quinn.locator("#turn-title")).to_have_text("It is Pat’s turn")
    expect(quinn.locator(".over-text")).to_have_text("You are next")
    assert quinn.locator(".turn-card button").count() == 0
    panel(alice, "people")
    in_both_looks("floor-round", alice, pat, quinn)
    press(pat, "Pass", exact=True)
    expect(quinn.locator("#mine-title")).to_be_visible()
    press(alice, "Next", exact=True)
    expect(pat.locator(".over-text")).to_have_text("Would you like to say something now? You may pass.")
    press(pat, "I’m done")
    expect(pat.locator(".turn-card")).to_have_count(0)
    assert Round.objects.get().ended_at
    alice.reload()
    expect(alice.locator("#room-step")).to_contain_text("Check-in round · ")
    assert alice.locator(".over-offer").count() == 0  # it was held

    # Hands: a place for whoever waits, the order for leaders alone.
    pat.keyboard.press("h")
    press(quinn, "Raise hand")
    expect(alice.locator(".hand-name")).to_have_count(2)
    panel(quinn, "people")
    # Pat had the floor for a moment in the round: Quinn, who had not, comes first or at the same time.
    expect(quinn.locator(".hands-place")).to_have_text(re.compile("you are number [12]"))
    assert quinn.locator(".hand-tools").count() == 0
    in_both_looks("floor-hands", alice, quinn)
    first = alice.locator(".hand-name").first.inner_text()
    press(alice, f"Call on {first}")
    expect(alice.locator(".hand-name")).to_have_count(1)
    called = pat if first == "Pat" else quinn
    expect(called.locator(".room-toast")).to_contain_text("You are called on")
    press(alice, "Lower all")
    expect(quinn.locator("#floor-hands")).to_be_hidden()
    assert Hand.objects.filter(lowered_at=None).count() == 0

    # A reaction is shown for a moment, unless somebody doesn't want them.
    reacts = quinn.locator(".bar-pop-react [data-react=leaf]")
    press_more(quinn)
    reacts.click()
    expect(alice.locator("#people .reaction-mark")).to_have_count(1)
    expect(alice.locator("#say")).to_contain_text("Quinn: Take your time")
    press_more(pat)
    pat.locator("#reactions-shown").click()
    press_more(quinn)
    reacts.click()
    said = "Quinn: Take your time"
    expect(alice.locator("#say p", has_text=said)).to_have_count(2)
    assert pat.locator("#say p", has_text=said).count() == 1

    # Time left: words, amber at a fifth, said once; more time.
    step = running()
    later(step, step.minutes - 2)
    alice.reload()
    panel(alice, "agenda")
    expect(alice.locator(".step-card")).to_have_class(re.compile("is-soon"))
    expect(alice.locator(".step-left")).to_contain_text("Time to round off")
    press(alice, "5 min more", exact=True)
    expect(alice.locator(".step-left")).to_contain_text(re.compile("[67] min left"))

    # A break now; the rest of the step comes after it.
    press(alice, "Break", exact=True)
    for page in (alice, pat):
        expect(page.locator(".break-card")).to_be_visible()
        expect(page.locator(".break-clock")).to_have_text(re.compile(r"^[45]:\d\d$"))
    panel(pat, "agenda")
    in_both_looks("floor-break", alice, pat)
    pat.locator("#drawer-close").click()
    in_both_looks("floor-break-closed", pat)
    alice.locator(".break-card").get_by_role("button", name="End the break").click()
    expect(pat.locator(".break-card")).to_have_count(0)
    expect(alice.locator(".step-kind")).to_contain_text("Check-in round")

    # After an hour a break is suggested, to leaders.
    Step.objects.filter(kind="break", ended_at__isnull=False).update(kind="practice")
    Room.objects.update(began_at=Room.objects.get().began_at - dt.timedelta(minutes=63))
    alice.reload()
    expect(alice.locator(".over-offer", has_text="in front of a screen for 6")).to_be_visible()
    in_both_looks("floor-tired", alice)
    press(alice, "Not now")
    assert [c for c in pages.complaints if c] == []


def press_more(page) -> None:
    page.locator(".bar-menu summary", has_text="More").click()


def test_a_leader_changes_what_is_to_come_by_keys_and_by_mouse(pages):
    house = pages.house
    let_in(house, pages.session, house.pat)
    alice = pages(house.alice, viewport={"width": 390, "height": 844})
    panel(alice, "agenda")
    press(alice, "Begin the session")
    rows = alice.locator(".agenda-steps > .step")
    expect(rows.nth(0)).to_have_attribute("aria-current", "step")
    expect(rows.nth(1)).to_contain_text("Objective")

    rows.nth(1).locator("summary").focus()
    alice.keyboard.press("Enter")
    in_both_looks("floor-deeds", alice)
    rows.nth(1).get_by_role("button", name="Later").click()
    expect(rows.nth(1)).to_contain_text("Teaching")
    expect(rows.nth(2)).to_contain_text("Objective")
    expect(alice.locator(".step:nth-child(3) [data-deed=down]")).to_be_focused()

    rows.nth(3).scroll_into_view_if_needed()
    grip, above = rows.nth(3).locator(".step-grip").bounding_box(), rows.nth(1).bounding_box()
    assert rows.nth(3).inner_text().startswith("Break")
    alice.mouse.move(grip["x"] + 5, grip["y"] + 10)
    alice.mouse.down()
    alice.mouse.move(above["x"] + 10, above["y"] + 4, steps=6)
    alice.mouse.up()
    expect(rows.nth(1)).to_contain_text("Break")
    assert list(Step.objects.values_list("kind", flat=True))[:4] == ["check_in", "break", "teaching", "objective"]

    alice.locator(".steps-add > summary").click()
    alice.get_by_label("Title").fill("Box breathing")
    press(alice, "Put it next")
    expect(rows.nth(1)).to_contain_text("Box breathing")
    rows.nth(1).locator("summary").click()
    rows.nth(1).get_by_role("button", name="Leave out").click()
    expect(rows.nth(1)).to_contain_text("left out")
    press(alice, "Next: Break")
    expect(alice.locator(".break-card")).to_be_visible()
    in_both_looks("floor-steps", alice)
    assert [c for c in pages.complaints if c] == []
