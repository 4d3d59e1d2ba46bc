"""The door in real browsers: somebody knocks, a leader reads the card and lets them in; and what each page looks like."""

import re
import threading

import pytest
from django.db import connection
from playwright.sync_api import expect

from clinical.services.risk import raise_concern
from patients.models import Patient
from rooms.services import agreements, door
from rooms.services.passes import enter
from rooms.tests.live import license_in, say_where
from rooms.tests.pressing import menu_of
from tests.browser import picture, violations

pytestmark = pytest.mark.xdist_group("live")
LOOKS = [(390, "light"), (1280, "dark")]


def in_thread(deed):
    """Away from the browser's driver, which keeps a loop in ours."""
    found = []

    def run():
        found.append(deed())
        connection.close()

    worker = threading.Thread(target=run)
    worker.start()
    worker.join()
    return found[0] if found else None


def write_agreement(house):
    return agreements.write_version(
        program=house.program,
        text=agreements.offered_text(),
        guidelines=agreements.offered_guidelines(),
        in_force_from=house.program.today,
        by=house.bob,
    )


def fill(page, state: str = "CA") -> None:
    page.get_by_label("Street and number").fill("12 Elm Street")
    page.get_by_label("City or town").fill("Fresno")
    page.get_by_label("State", exact=True).select_option(state)
    page.get_by_label("I am at this address now").check()
    page.get_by_label("Number we can call you at now").fill("+1 559 555 0101")
    private = page.get_by_role("group", name="Are you in a private place")
    private.get_by_label("Yes").check()
    page.get_by_role("group", name="Do you have headphones on").get_by_label("Yes").check()
    page.get_by_label("I am not driving").check()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_from_the_agreement_through_the_door_into_the_room(pages, width, scheme):
    house, session = pages.house, pages.session
    in_thread(lambda: write_agreement(house))
    in_thread(
        lambda: Patient.objects.filter(pk=house.pat.pk).update(
            emergency_name="Sam Peerson", emergency_phone="+1 559 555 0199", emergency_relation="brother"
        )
    )
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    pat = pages(house.pat.user, **look)
    pat.goto(f"/my/sessions/{session.uid}/join/")
    picture(pat, f"door-agreement-{width}-{scheme}")
    assert violations(pat) == []
    pat.get_by_label("Your name, to sign").fill("Pat Peerson")
    pat.get_by_role("button", name="Sign and go on").click()
    expect(pat.get_by_role("heading", name="Before you come in")).to_be_visible()
    pat.get_by_role("button", name="Knock").click()
    expect(pat.get_by_text("Nothing is lost and nothing is sent yet")).to_be_visible()
    picture(pat, f"door-errors-{width}-{scheme}")
    fill(pat)
    picture(pat, f"door-{width}-{scheme}")
    assert violations(pat) == []
    pat.get_by_role("button", name="Knock").click()
    expect(pat.get_by_role("heading", name="A leader will let you in")).to_be_visible()
    picture(pat, f"door-waiting-{width}-{scheme}", full=False)
    assert violations(pat) == []

    in_thread(lambda: raise_concern(patient=house.pat, level=2, words="Sounded hopeless.", by=house.alice))
    alice = pages(house.alice, **look)
    if width < 1000:
        alice.get_by_role("button", name="Panels", exact=True).click()
    row = alice.locator("#door-list .door-row")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Card").click()
    expect(row.get_by_text("12 Elm Street")).to_be_visible()
    row.get_by_label("Local emergency number").fill("559 555 0911")
    row.get_by_role("button", name="Save").click()
    expect(alice.get_by_text("Noted.")).to_be_visible()
    row.get_by_label("Confirmed aloud").check()
    expect(row.get_by_text("confirmed aloud", exact=True)).to_be_visible()
    picture(alice, f"door-panel-{width}-{scheme}", full=False)
    assert violations(alice) == []
    row.get_by_role("button", name="Not now …").click()
    alice.get_by_label("What they read").fill("Two minutes, please: we finish a round.")
    picture(alice, f"door-not-now-{width}-{scheme}", full=False)
    alice.get_by_role("button", name="Send").click()
    expect(pat.locator("#door-word")).to_contain_text("Two minutes, please")
    picture(pat, f"door-turned-{width}-{scheme}", full=False)
    pat.get_by_role("button", name="Knock").click()
    row.get_by_role("button", name="Let in").click()
    expect(pat.locator("#inside")).to_be_visible()
    expect(row).to_have_count(0)

    menu_of(alice, "Pat").get_by_role("button", name="Where they are").click()
    expect(alice.locator("#door-card")).to_contain_text("Sam Peerson")
    picture(alice, f"door-card-{width}-{scheme}", full=False)
    alice.locator("#door-card").get_by_role("button", name="Close").click()
    menu_of(alice, "Pat").get_by_role("button", name="Remove Pat …").click()
    alice.locator("#door-why").get_by_role("button", name="Remove", exact=True).click()
    expect(alice.locator("#door-why-error")).to_have_text("Say why. It stays on the record of this session.")
    alice.locator("#door-why-text").fill("Filmed the screen")
    alice.locator("#door-why").get_by_role("button", name="Remove", exact=True).click()
    expect(pat.locator("#ended-title")).to_have_text("You are no longer in this session")
    alice.locator("#door-removed summary").click()
    alice.get_by_role("button", name="Take back …").click()
    alice.locator("#door-why-text").fill("A misunderstanding")
    alice.locator("#door-why").get_by_role("button", name="Take back", exact=True).click()
    expect(row).to_have_count(1)
    said = [line for complaints in pages.complaints for line in complaints]
    assert [line for line in said if "422" not in line] == []  # the form that was not filled in


def test_where_nobody_is_licensed_the_panel_says_who_is(pages):
    house, session = pages.house, pages.session
    in_thread(lambda: license_in(house.bob, "NV"))
    pat = pages(house.pat.user)
    pat.goto(f"/my/rooms/{session.uid}/door/")
    fill(pat, state="NV")
    pat.get_by_role("button", name="Knock").click()
    for width, scheme in LOOKS:
        alice = pages(house.alice, viewport={"width": width, "height": 844}, color_scheme=scheme)
        if width < 1000:
            alice.get_by_role("button", name="Panels", exact=True).click()
        row = alice.locator("#door-list .door-row")
        expect(row.locator(".door-stop")).to_contain_text("Licensed in NV: Bob Supervisor.")
        expect(row.get_by_role("button", name="Let in")).to_be_disabled()
        picture(alice, f"door-stop-{width}-{scheme}", full=False)
        assert violations(alice) == []
    alice.get_by_role("button", name="Lock the door").click()
    row.get_by_role("button", name="Not now …").click()
    alice.get_by_label("What they read").fill("Please call us.")
    alice.get_by_role("button", name="Send").click()
    expect(pat.get_by_role("heading", name="The door is locked just now")).to_be_visible()
    picture(pat, "door-locked", full=False)
    alice.get_by_role("button", name="Lock the door").click()
    expect(pat.get_by_role("heading", name="You are at the door")).to_be_visible()
    assert [c for c in pages.complaints if c] == []


def test_the_rules_look_like_something(pages):
    house = pages.house
    in_thread(lambda: write_agreement(house))
    for width, scheme in LOOKS:
        bob = pages(house.bob, viewport={"width": width, "height": 844}, color_scheme=scheme)
        for name, address in (
            ("rules", "/desk/rooms/rules/"),
            ("agreement", f"/desk/rooms/rules/{house.program.uid}/"),
        ):
            bob.goto(address)
            picture(bob, f"door-{name}-{width}-{scheme}")
            assert violations(bob) == []
    assert [c for c in pages.complaints if c] == []


def test_a_room_outlives_the_idle_rule_and_other_pages_lock(pages, settings):
    settings.IDLE_MINUTES_STAFF = 0.1  # six seconds
    alice = pages(pages.house.alice)
    expect(alice.locator("#inside")).to_be_visible()
    desk = alice.context.new_page()
    desk.goto("/desk/week/")
    desk.wait_for_url(re.compile("/account/reauthenticate/.next=%2Fdesk%2Fweek%2F$"))
    desk.goto("/desk/week/")
    desk.wait_for_url(re.compile("/account/reauthenticate/.next=/desk/week/$"))
    alice.reload()
    expect(alice.locator("#inside")).to_be_visible()
    expect(alice.locator("#people .person-name")).to_have_text(["Alice"])


def test_an_address_that_was_said_anew_is_shown_before_it_is_confirmed(pages):
    house, session = pages.house, pages.session

    def says(street: str) -> None:
        one = enter(user=house.pat.user, session_uid=session.uid)
        say_where(one, street=street)
        door.knock(by=one)

    in_thread(lambda: says("12 Elm Street"))
    alice = pages(house.alice)
    row = alice.locator("#door-list .door-row")
    row.get_by_role("button", name="Card").click()
    expect(row.get_by_text("12 Elm Street")).to_be_visible()
    in_thread(lambda: says("The library, 3 Main Street"))
    row.get_by_label("Confirmed aloud").click()
    expect(alice.locator("#toasts")).to_contain_text("They have said anew where they are.")
    expect(row.get_by_text("The library, 3 Main Street")).to_be_visible()
    row.get_by_label("Confirmed aloud").check()
    expect(row.locator(".door-note")).to_contain_text("confirmed aloud")
