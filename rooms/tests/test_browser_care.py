"""A leader’s and a member’s page side by side: “I’m not OK” with and without a socket, the panel, exercises, notes, the check."""

import datetime as dt
import os
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinical.models import MeasureResponse
from rooms.models import Breach, Call, Connection, DropOut, Participant, QuickRating, TalkSpell
from rooms.tests.live import let_in
from tests.browser import picture, violations
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
WIDE = {"viewport": {"width": 1280, "height": 844}, "color_scheme": "light"}


def tab(page, name: str) -> None:
    """Open a tab of the drawer, which on a phone is closed."""
    toggle = page.locator("#drawer-toggle")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    page.locator(f"#tab-{name}").click()


def looks(page, name: str) -> None:
    """Pictures of a page as it stands, on a phone and on a desk, in light and in dark; afterwards it is as it was."""
    if not os.environ.get("SCREENSHOTS"):
        return
    before = page.viewport_size
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(150)
            picture(page, f"{name}-{width}-{scheme}", full=False)
    page.set_viewport_size(before)


def test_not_ok_reaches_the_leaders_and_nobody_else(pages):
    house = pages.house
    let_in(house, pages.session)
    alice, quinn = pages(house.alice, **WIDE), pages(house.quinn.user, **WIDE)
    pat = pages(house.pat.user, **PHONE)
    for page in (alice, pat, quinn):
        expect(page.locator("#inside")).to_be_visible()
    for _n in range(3):
        pat.locator("#not-ok").click()
    card = pat.locator("#not-ok-card")
    expect(card).to_contain_text("A leader has been told")
    expect(card.locator("a[href='tel:988']")).to_be_visible()
    expect(alice.locator(".alert-card")).to_contain_text("Pat is not OK")
    pat.get_by_placeholder("Say more").fill("My heart races")
    pat.get_by_placeholder("Say more").press("Enter")
    expect(alice.locator(".alert-card")).to_contain_text("My heart races")
    looks(alice, "care-not-ok-leader")
    looks(pat, "care-not-ok")
    assert violations(alice) == [] and violations(pat) == []
    assert "/concern/" in alice.get_by_role("link", name="Raise a concern").get_attribute("href")
    alice.locator(".alert-card").get_by_role("button", name="Write", exact=True).click()
    expect(alice.locator("#chat-to option:checked")).to_have_text("Pat")
    alice.get_by_role("button", name="I’m on it").click()
    expect(card).to_contain_text("Alice is here for you")
    alice.locator(".alert-card").get_by_role("button", name="Grounding").click()
    expect(pat.locator("#ground")).to_contain_text("Nobody else sees this")
    looks(pat, "care-ground")
    pat.locator("#ground-close").click()
    pat.locator("#not-ok-breathe").click()
    expect(pat.locator("#ground")).to_contain_text("Breathe in")
    looks(pat, "care-box")
    pat.locator("#ground-close").click()
    alice.get_by_role("button", name="Close", exact=True).last.click()
    expect(alice.locator("#toasts")).to_contain_text("Say in a few words what was done")
    alice.get_by_placeholder("What was done").fill("Talked; is calmer")
    alice.get_by_placeholder("What was done").press("Enter")
    expect(alice.locator(".alert-card")).to_have_count(0)
    assert Call.objects.get().outcome == "Talked; is calmer"
    assert "not OK" not in quinn.locator("#inside").inner_text() and quinn.locator("#ground").is_hidden()
    assert [c for c in pages.complaints if c] == []


def test_not_ok_without_a_socket_goes_by_http_and_without_both_says_whom_to_call(pages):
    house = pages.house
    let_in(house, pages.session, house.pat)
    pat = pages(house.pat.user)
    expect(pat.locator("#inside")).to_be_visible()
    pages.live.kill()
    expect(pat.locator("#room-link")).to_be_visible()
    pat.locator("#not-ok").click()
    expect(pat.locator("#not-ok-card")).to_contain_text("A leader has been told")
    assert Call.objects.get().kind == "not_ok"
    pat.context.set_offline(True)
    pat.locator("#not-ok-card").get_by_role("button", name="Close").click()
    pat.evaluate("document.querySelector('#not-ok-card').dataset.stage = ''")
    pat.locator("#not-ok").click()
    expect(pat.locator("#not-ok-card")).to_contain_text("We could not reach the leaders")
    expect(pat.locator("#not-ok-card a[href='tel:911']")).to_be_visible()


def test_the_leaders_panel_and_a_drop_out(pages):
    house, session = pages.house, pages.session
    house.pat.phone = "555 0101"
    house.pat.save()
    let_in(house, session)
    alice, quinn = pages(house.alice, **PHONE), pages(house.quinn.user, **WIDE)
    expect(quinn.locator("#inside")).to_be_visible()
    one, now = Participant.objects.get(patient=house.pat), timezone.now()
    TalkSpell.objects.create(
        participant=one, began_at=session.starts_at, ended_at=session.starts_at + dt.timedelta(seconds=200)
    )
    tab(alice, "leader")
    expect(alice.locator("#lead-summary")).to_contain_text("Not heard yet: Quinn.")
    row = alice.locator("#lead-people li", has_text="Quinn")
    expect(row).to_contain_text("Tone not rated")
    row.locator("summary").click()
    row.get_by_role("button", name="Tone of Quinn: 0 of 4").click()
    expect(row).to_contain_text("Tone 0")
    row.get_by_role("button", name="Menu of Quinn").click()
    alice.locator("#person-menu").get_by_role("button", name="Mute").click()
    wait_for(lambda: Participant.objects.get(patient=house.quinn).is_muted)
    looks(alice, "care-panel")
    assert violations(alice) == []
    assert QuickRating.objects.get().value == 0
    lost = now - dt.timedelta(minutes=6)
    Connection.objects.create(participant=one, opened_at=lost, seen_at=lost, closed_at=lost, why="lost")
    card = alice.locator(".alert-card[data-kind=lost]")
    card.get_by_role("button", name="Show", exact=True).click()
    expect(card).to_contain_text("call now")
    card.get_by_role("button", name="Show the number").click()
    expect(card).to_contain_text("555 0101")
    card.get_by_role("button", name="I called").click()
    expect(card).to_contain_text("Alice called at")
    looks(alice, "care-drop-out")
    card.locator("select").select_option("reached")
    card.get_by_role("button", name="Close").click()
    expect(card).to_have_count(0)
    assert DropOut.objects.get().outcome == "reached"
    tab(alice, "leader")
    alice.locator("#lead-all-title").scroll_into_view_if_needed()
    looks(alice, "care-panel-all")
    alice.get_by_text("A guideline was not kept").click()
    alice.get_by_label("The guideline in your own words").fill("Others’ names stay here")
    alice.locator("#breach-done").fill("Reminded everybody")
    alice.get_by_role("button", name="Write it down").click()
    expect(alice.locator("#lead-breaches")).to_contain_text("Others’ names stay here")
    assert Breach.objects.get().done == "Reminded everybody"
    assert [c for c in pages.complaints if c] == []


def test_away_trouble_notes_and_the_closing_check(pages):
    house = pages.house
    let_in(house, pages.session, house.pat)
    alice, pat = pages(house.alice, **WIDE), pages(house.pat.user, **PHONE)
    expect(pat.locator("#inside")).to_be_visible()
    tab(alice, "people")
    tab(pat, "own")
    pat.get_by_role("button", name="Step away for a moment").click()
    expect(alice.locator("#people")).to_contain_text("stepped away")
    looks(pat, "care-own")
    expect(pat.locator("#own-away")).to_have_attribute("aria-pressed", "true")
    pat.locator("#own-away").click()
    expect(alice.locator("#people")).not_to_contain_text("stepped away")
    pat.get_by_text("Something doesn’t work").click()
    pat.get_by_label("I can’t hear the others").check()
    pat.get_by_role("button", name="Tell the leaders").click()
    expect(alice.locator(".alert-card")).to_contain_text("I can’t hear the others")
    pat.get_by_role("button", name="It works again").click()
    expect(alice.locator(".alert-card")).to_have_count(0)
    pat.get_by_label("My notes").fill("Call my sister")
    tab(alice, "leader")
    alice.get_by_role("button", name="Open the closing check").click()
    expect(alice.locator("#lead-climate")).to_contain_text("from 5 answers on")
    strip = pat.locator("#check-strip")
    expect(strip).to_be_visible()
    strip.get_by_role("button", name="Answer").click()
    looks(pat, "care-check")
    assert violations(pat) == []
    for n in range(1, 5):
        pat.locator(f"#check-form input[name=q{n}][value='8']").check()
    pat.locator("#check-form").get_by_role("button", name="Send").click()
    expect(pat.locator("#check-form")).to_contain_text("Thank you")
    expect(strip).to_be_hidden()
    wait_for(lambda: MeasureResponse.objects.filter(patient=house.pat).exists())
    pat.locator("#leave").click()
    dialog = pat.locator("#notes-dialog")
    expect(dialog).to_contain_text("Your notes are only here")
    dialog.get_by_role("button", name="Stay").click()
    assert pat.get_by_label("My notes").input_value() == "Call my sister"
    pat.locator("#leave").click()
    dialog.get_by_role("button", name="Clear them").click()
    pat.wait_for_url(re.compile("/my/$"))
    assert pat.evaluate("Object.keys(sessionStorage).filter((k) => k.startsWith('room-notes')).length") == 0
    assert [c for c in pages.complaints if c] == []
