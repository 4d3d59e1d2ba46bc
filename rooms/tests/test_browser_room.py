"""The room's page in a real browser, on the live process: the shell that every matter lives in."""

import pytest
from playwright.sync_api import expect

from rooms.tests.live import let_in
from tests.browser import picture
from tests.desk_browser import violations

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
    expect(pat.locator("#room-link")).to_be_hidden(timeout=15_000)
    expect(pat.locator("#people .person-name")).to_have_text(["Pat"])


def test_whoever_was_not_let_in_waits(pages):
    pat = pages(pages.house.pat.user)
    expect(pat.locator("#waiting")).to_be_visible()
    assert pat.locator("#inside").is_hidden()
    let_in(pages.house, pages.session, pages.house.pat)
    expect(pat.locator("#inside")).to_be_visible()
