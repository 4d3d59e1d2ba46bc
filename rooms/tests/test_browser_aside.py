"""From a breakout to a leader, to a private room and back, in real browsers: who sees what, and what of it counts. And the one
menu of each person."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from rooms.models import Call, Connection, Participant, Spell
from rooms.queries_presence import seen_of
from rooms.tests.live import let_in
from rooms.tests.pressing import close_panels, menu_of, note_of, panel
from scheduling.models import Session
from tests.browser import picture, violations
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
WIDE = {"viewport": {"width": 1280, "height": 844}, "color_scheme": "light"}


def where(page):
    """The line that says where they are."""
    return page.locator(".beside-line-text strong")


def room_of(patient) -> str:
    return Spell.objects.get(participant__patient=patient, kind="beside", ended_at=None).beside.name


def call_and_come(alice, pat, house) -> str:
    """Both members are in breakouts; Pat calls, Alice goes there, and back. Which room it was."""
    panel(alice, "tools")
    alice.get_by_role("button", name="Make rooms").click()
    alice.get_by_role("button", name="Open the rooms").click()
    close_panels(alice)
    expect(where(pat)).to_contain_text("You are in Room")
    name = room_of(house.pat)
    pat.get_by_role("button", name="Call a leader").click()
    expect(pat.locator(".beside-line-note")).to_have_text("The leaders were asked to come.")
    call = alice.locator(".beside-line-call")
    expect(call).to_contain_text(f"Pat in {name} asks for a leader")
    call.get_by_role("button", name="Go there now").click()
    expect(where(alice)).to_have_text(f"You are in {name} now.")
    expect(call).to_have_count(0)
    expect(pat.locator(".beside-line-note")).to_have_text("")
    expect(note_of(pat, "Alice")).to_have_text("leads")  # with them, and no longer "in another room"
    assert Call.objects.get(kind="help").taken_by == house.alice
    alice.get_by_role("button", name="Back to everybody").click()
    expect(where(alice)).to_have_count(0)
    return name


@pytest.mark.parametrize(("leader", "member"), [(WIDE, PHONE), (PHONE, WIDE)], ids=["desk", "phone"])
def test_from_a_breakout_to_a_leader_aside_and_back(pages, leader, member):
    house, session = pages.house, pages.session
    let_in(house, session)
    alice, pat, quinn = pages(house.alice, **leader), pages(house.pat.user, **member), pages(house.quinn.user, **WIDE)
    for page in (alice, pat, quinn):
        expect(page.locator("#inside")).to_be_visible()
    name = call_and_come(alice, pat, house)

    # Not OK, from inside the breakout: the leader reads where they are, and takes them aside from it.
    pat.locator("#not-ok").click()
    pat.locator("#not-ok-close").click()
    card = alice.locator(".alert-card", has_text="Pat is not OK")
    expect(card.locator(".alert-card-where")).to_have_text(f"In {name}")
    look = f"{leader['viewport']['width']}-{leader['color_scheme']}"
    picture(alice, f"aside-card-{look}", full=False)
    assert violations(alice) == []
    card.get_by_role("button", name="Take aside").click()
    expect(where(pat)).to_have_text("You are in a private room with a leader.")
    expect(where(alice)).to_have_text("You are in a private room with Pat.")
    expect(card.locator(".alert-card-where")).to_have_text("In private with a leader")
    expect(card.locator(".alert-card-taken")).to_have_text("Alice is on it")  # by going with them
    expect(card.get_by_role("button", name="Take aside")).to_be_hidden()
    picture(alice, f"aside-leader-{look}", full=False)

    # Everybody else learns that both are away for a moment, and no more.
    panel(quinn, "people")
    expect(note_of(quinn, "Pat")).to_have_text("stepped away")
    expect(note_of(quinn, "Alice")).to_have_text("leads · stepped away")
    for place in ("#people", "#over-stage", "#say", "#say-now", "#toasts"):
        seen = quinn.locator(place).inner_text()
        assert "rivate" not in seen and "not OK" not in seen and "supported" not in seen

    # Back: Pat to the breakout they came from, Alice to the room; nobody was left alone there.
    alice.get_by_role("button", name="Back to everybody").click()
    expect(where(pat)).to_have_text(f"You are in {name} now.")
    expect(where(alice)).to_have_count(0)
    expect(note_of(quinn, "Pat")).not_to_contain_text("stepped away")
    card.get_by_placeholder("What was done").fill("Talked; is calmer")
    card.get_by_placeholder("What was done").press("Enter")
    expect(card).to_have_count(0)
    panel(alice, "tools")
    alice.get_by_role("button", name="Bring everybody back").click()
    for page in (pat, quinn):
        expect(where(page)).to_have_count(0)
    whole_time(house, session)
    assert [c for c in pages.complaints if c] == []


def whole_time(house, session) -> None:
    """One presence each, unbroken; every second of it is treatment, those in rooms beside among them."""
    now = timezone.now()
    assert Connection.objects.count() == 3 and not Connection.objects.exclude(closed_at=None).exists()
    people = seen_of(Session.objects.get(pk=session.pk), now).people
    for patient in (house.pat, house.quinn):
        page, seen = Connection.objects.get(participant__patient=patient), people[patient.pk].attended
        assert seen.treated == seen.connected == (now - page.opened_at).total_seconds()
        assert seen.away == seen.losses == 0 and 0 < seen.beside < seen.treated
        beside = Spell.objects.filter(participant__patient=patient, kind="beside")
        assert seen.beside == pytest.approx(sum((s.ended_at - s.began_at).total_seconds() for s in beside), abs=0.001)


@pytest.mark.parametrize("look", [WIDE, PHONE], ids=["desk", "phone"])
def test_the_one_menu_of_each_person(pages, look):
    """From the list, the tile and the leaders' panel it is the same; removing asks, says what it does, and can be taken back."""
    house, session = pages.house, pages.session
    let_in(house, session)
    alice, pat = pages(house.alice, **look), pages(house.pat.user, **WIDE)
    quinn = pages(house.quinn.user, **WIDE)
    for page in (alice, pat, quinn):
        expect(page.locator("#inside")).to_be_visible()
    assert pat.locator("#person-menu").count() == 0 and pat.get_by_role("button", name="Menu of").count() == 0
    menu = menu_of(alice, "Quinn")
    picture(alice, f"person-menu-{look['viewport']['width']}-{look['color_scheme']}", full=False)
    assert violations(alice) == []
    alice.keyboard.press("Escape")
    expect(
        alice.get_by_role("button", name="Menu of Quinn", exact=True).and_(alice.locator("#people button"))
    ).to_be_focused()

    panel(alice, "leader")
    row = alice.locator("#lead-people li", has_text="Quinn")
    row.locator("summary").click()
    row.get_by_role("button", name="Menu of Quinn").click()
    menu.get_by_role("button", name="Box breathing").click()
    expect(quinn.locator("#ground")).to_contain_text("Nobody else sees this")
    assert pat.locator("#ground").is_hidden()

    close_panels(alice)
    tile = alice.locator(".tile", has_text="Quinn")
    tile.locator(".tile-more").click()
    menu.get_by_role("button", name="Mute").click()
    wait_for(lambda: Participant.objects.get(patient=house.quinn).is_muted)
    assert alice.locator(".tile.is-self .tile-more").is_hidden()
    expect(tile.locator(".tile-words")).to_contain_text("muted by a leader")
    tile.locator(".tile-more").press("Enter")
    expect(menu.locator("#person-menu-note")).to_have_text("muted")
    expect(menu.get_by_role("button", name="Let them unmute")).to_be_visible()
    menu.get_by_role("button", name="Write").click()
    expect(alice.locator("#chat-to option:checked")).to_have_text("Quinn")

    menu_of(alice, "Quinn").get_by_role("button", name="Remove Quinn …").click()
    why = alice.locator("#door-why")
    expect(why).to_contain_text("their link no longer opens this session")
    picture(alice, f"person-remove-{look['viewport']['width']}-{look['color_scheme']}", full=False)
    assert violations(alice) == []
    why.get_by_role("button", name="Keep them here").click()
    assert Participant.objects.get(patient=house.quinn).state == "in"
    menu_of(alice, "Quinn").get_by_role("button", name="Remove Quinn …").click()
    why.locator("textarea").fill("Filmed the screen")
    why.get_by_role("button", name="Remove", exact=True).click()
    expect(alice.locator("#toasts")).to_contain_text("Quinn was removed.")
    expect(quinn.locator("#ended-title")).to_have_text("You are no longer in this session")
    assert "Filmed" not in quinn.locator("#room").inner_text()
    expect(alice.locator("#people .person-name")).to_have_text(["Alice", "Pat"])
    quinn.goto(f"/my/rooms/{session.uid}/")
    expect(quinn.locator("#inside")).to_be_hidden()  # their link opens it no more
    alice.locator("#door-removed summary").click()
    alice.get_by_role("button", name="Take back …").click()
    why.locator("textarea").fill("A misunderstanding")
    why.get_by_role("button", name="Take back", exact=True).click()
    wait_for(lambda: Participant.objects.get(patient=house.quinn).state == "preparing")
    quinn.goto(f"/my/sessions/{session.uid}/join/")
    quinn.wait_for_url(re.compile(f"/my/rooms/{session.uid}/"))
    found = [line for complaints in pages.complaints for line in complaints]
    assert [line for line in found if "403" not in line and "404" not in line] == []
