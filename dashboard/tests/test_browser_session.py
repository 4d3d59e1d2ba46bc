"""A session's page in a real browser: what comes now is a button; the menu beside it works by keys and without scripts."""

import pytest
from playwright.sync_api import expect

from scheduling.models import Session
from tests.browser import picture, violations
from tests.desk_browser import chrome, held, open_as

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser")
MENU = ["Handouts", "Messages", "Add a visitor", "Move", "Change", "Cancel"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_menu_beside_what_comes_now(held, live_server, chrome, width, scheme):
    over, *_between, coming = Session.objects.filter(group=held.group).order_by("starts_at")
    size = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    page, complaints = open_as(chrome, live_server, held.alice, **size)
    page.goto(f"/desk/sessions/{coming.uid}/")
    head, menu = page.locator(".page-actions"), page.locator(".page-actions details")
    expect(head.locator("> a")).to_have_text(["Agenda"])
    more = menu.locator("summary")
    more.focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link")).to_have_text(MENU)
    picture(page, f"session-menu-{width}-{scheme}", full=False)
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Handouts")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link")).to_have_count(0)
    expect(more).to_be_focused()
    more.click()
    page.locator("h1").click()  # anywhere else
    expect(menu.get_by_role("link")).to_have_count(0)
    more.click()
    page.keyboard.press("Shift+Tab")  # to the button before it: the menu does not stay over the page
    expect(head.get_by_role("link", name="Agenda")).to_be_focused()
    expect(menu.get_by_role("link")).to_have_count(0)
    page.goto(f"/desk/sessions/{over.uid}/")
    expect(head.locator("> a")).to_have_text(["Roll-call"])
    tops = head.locator("> *").evaluate_all(
        "all => new Set(all.map((one) => Math.round(one.getBoundingClientRect().top))).size"
    )
    assert tops == 1, "the buttons stand in one line"
    picture(page, f"session-over-{width}", full=False)
    assert violations(page) == [] and complaints == []


def test_the_menu_without_scripts(held, live_server, chrome):
    coming = Session.objects.filter(group=held.group).latest("starts_at")
    page, _complaints = open_as(chrome, live_server, held.alice, java_script_enabled=False)
    page.goto(f"/desk/sessions/{coming.uid}/")
    page.locator(".page-actions summary").click()
    page.locator(".page-actions").get_by_role("link", name="Move").click()
    page.wait_for_url(f"**/desk/sessions/{coming.uid}/move/")
