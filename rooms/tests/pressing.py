"""What is pressed in a browser, on a phone too, and how it looks: in light and in dark, without barriers."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import picture, violations

# The next frame, and then the first in which nothing moves that will ever stop; false after 20 seconds.
SETTLED = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const moves = (one) => one.playState === "running" && one.effect.getComputedTiming().iterations !== Infinity;
    const end = performance.now() + 20_000;
    for (await frame(); performance.now() < end;) {
        await frame();
        if (!document.getAnimations().some(moves)) return true;
    }
    return false;
}"""
# What sticks out at the side of the page or of a panel, and so is cut off or has to be scrolled to.
STICKS_OUT = """[document.documentElement,
    ...document.querySelectorAll(".drawer-panel:not([hidden]), .room-over, .bar, dialog[open]")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => [box, ...box.querySelectorAll("*")]
        .filter((one) => one.getBoundingClientRect().right > box.getBoundingClientRect().right + 1 || one === box)
        .map((one) => `${one.tagName} ${one.id} ${one.getAttribute("class")}`).slice(0, 6))"""


def in_both_looks(name: str, *pages: Page) -> None:
    """Each page in light and in dark: a picture, nothing that axe objects to, nothing that sticks out. It ends as it began."""
    for n, page in enumerate(pages):
        before = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        for scheme in ("light", "dark") if before else ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(SETTLED), f"{name}: colours go on fading"
            picture(page, f"{name}-{n}-{page.viewport_size['width']}-{scheme}", full=False)
            barriers, out = violations(page), page.evaluate(STICKS_OUT)
            assert (barriers, out) == ([], []), (name, n, scheme, barriers, out)


def panel(page: Page, name: str) -> None:
    """Open a panel of the drawer."""
    if not page.locator("#drawer.is-open").count():
        page.locator("#drawer-toggle").click()
    page.locator(f"#tab-{name}").click()


def close_panels(page: Page) -> None:
    """So that a phone shows the room; a desk shows both."""
    if page.locator("#drawer-close").is_visible():
        page.locator("#drawer-close").click()


def menu_of(page: Page, name: str) -> Locator:
    """Somebody's menu, from the list of people."""
    panel(page, "people")
    page.locator("#people").get_by_role("button", name=f"Menu of {name}", exact=True).click()
    menu = page.locator("#person-menu")
    expect(menu.get_by_role("heading", name=name, exact=True)).to_be_focused()
    return menu


def note_of(page: Page, name: str) -> Locator:
    """What the list of people says of somebody."""
    row = page.locator("#people .person-row").filter(has=page.locator(".person-name", has_text=re.compile(f"^{name}$")))
    return row.locator(".person-note")
