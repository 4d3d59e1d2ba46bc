"""The room's page in a real browser, on the live process: the shell that every matter lives in."""

import pytest
from playwright.sync_api import expect

from rooms.models import Participant, Room
from rooms.services.door import admit, knock
from rooms.services.hands import raise_hand
from rooms.services.passes import enter
from rooms.tests.live import let_in, say_where
from rooms.tests.scene import meanwhile
from tests.browser import picture, violations

pytestmark = pytest.mark.xdist_group("live")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_people_see_each_other_come_and_go(pages, width, scheme):
    let_in(pages.house, pages.session, pages.house.pat)
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    alice = pages(pages.house.alice, **look)
    expect(alice.locator("#inside")).to_be_visible()
    pat = pages(pages.house.pat.user, **look)
    if width < 1000:
        alice.get_by_role("button", name="Panels", exact=True).click()
    expect(alice.locator("#people .person-name")).to_have_text(["Alice", "Pat"])
    picture(alice, f"room-{width}-{scheme}", full=False)
    assert violations(alice) == []
    pat.get_by_role("button", name="Leave").click()
    pat.wait_for_url("**/my/")
    expect(alice.locator("#people .is-gone .person-name")).to_have_text("Pat")
    assert [c for c in pages.complaints if c] == []


def test_the_page_comes_back_by_itself_when_the_process_was_killed(pages):
    let_in(pages.house, pages.session, pages.house.pat)
    pat = pages(pages.house.pat.user)
    expect(pat.locator("#inside")).to_be_visible()
    pages.live.kill()
    expect(pat.locator("#room-link")).to_be_visible()
    pages.live.start()
    expect(pat.locator("#room-link")).to_be_hidden()
    expect(pat.locator("#people .person-name")).to_have_text(["Pat"])


def test_whoever_was_not_let_in_waits(pages):
    pat = pages(pages.house.pat.user)
    expect(pat.locator("#waiting")).to_be_visible()
    assert pat.locator("#inside").is_hidden()
    let_in(pages.house, pages.session, pages.house.pat)
    expect(pat.locator("#inside")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_room_that_does_not_open_says_so_and_opens_by_itself(pages, width):
    let_in(pages.house, pages.session, pages.house.pat)
    pages.live.kill()
    pat = pages(pages.house.pat.user, viewport={"width": width, "height": 844})
    expect(pat.get_by_role("heading", name="The room is opening …")).to_be_visible()
    slow = pat.get_by_text("There is no connection yet.")
    expect(slow).to_be_visible()
    picture(pat, f"room-opening-{width}", full=False)
    assert violations(pat) == []
    pat.locator("#opening").get_by_role("button", name="I’m not OK").click()  # it goes by HTTP where the socket is away
    expect(pat.get_by_role("heading", name="A leader has been told")).to_be_visible()
    pages.live.start()
    expect(pat.locator("#inside")).to_be_visible()
    expect(slow).to_be_hidden()


def test_a_tab_counts_all_that_waits_in_it_and_who_knocks_together_is_one_sentence(pages):
    house, session = pages.house, pages.session
    alice = pages(house.alice)
    alice.get_by_role("tab", name="Plan").click()
    badge, toasts = alice.locator("#tab-people .tab-badge"), alice.locator("#toasts > *")

    def knocks(patient):
        one = enter(user=patient.user, session_uid=session.uid)
        say_where(one)
        knock(by=one)

    meanwhile(lambda: [knocks(patient) for patient in (house.pat, house.quinn)])
    expect(toasts).to_have_text(["Pat and Quinn knock"])
    expect(badge).to_have_text("2")
    leader, pat, quinn = (
        Participant.objects.get(user=user) for user in (house.alice, house.pat.user, house.quinn.user)
    )
    meanwhile(lambda: admit(by=leader, participant=pat))
    expect(badge).to_have_text("1")
    meanwhile(lambda: raise_hand(by=pat))
    expect(badge).to_have_text("2")
    meanwhile(lambda: admit(by=leader, participant=quinn))
    expect(badge).to_have_text("1")
    alice.get_by_role("tab", name="People").click()
    expect(badge).to_be_hidden()
    hands, people = alice.locator("#floor-hands"), alice.locator("#people")
    assert hands.bounding_box()["y"] < people.bounding_box()["y"], "hands are not below a list of fifteen"
    alice.get_by_role("tab", name="Chat").click()
    expect(badge).to_have_text("1")


def test_who_comes_in_together_is_said_together(pages):
    alice = pages(pages.house.alice)
    expect(alice.locator("#inside")).to_be_visible()
    let_in(pages.house, pages.session)
    expect(alice.locator("#say")).to_contain_text("Pat and Quinn came in")


def test_a_link_that_was_missing_is_there_as_soon_as_a_leader_gives_it(pages):
    house, session = pages.house, pages.session
    let_in(house, session, house.pat)
    Room.objects.filter(session=session).update(backend="link")
    alice, pat = pages(house.alice), pages(house.pat.user)
    for page in (alice, pat):
        expect(page.get_by_text("The link to the meeting is not there yet.")).to_be_visible()
    expect(pat.get_by_role("link", name="Give the link")).to_have_count(0)
    with alice.context.expect_page() as opened:
        alice.get_by_role("link", name="Give the link").click()
    form = opened.value
    form.get_by_label("Link to the meeting").fill("https://meet.example/abc")
    form.get_by_role("button", name="Save the link").click()
    expect(form.get_by_text("Saved.")).to_be_visible()
    for page in (alice, pat):
        there = page.get_by_role("link", name="Open the video meeting")
        expect(there).to_have_attribute("href", "https://meet.example/abc")
        expect(page.get_by_text("The link to the meeting is not there yet.")).to_be_hidden()
