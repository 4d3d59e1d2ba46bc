"""The patients' pages in a real browser: accessible by axe-core, nothing refused by the CSP, and idle sign-out."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, violations
from tests.factories import PASSWORD, House, build_house

MINUTE = 60_000
PAGES = [
    "/my/",
    "/my/week/",
    "/my/hours/",
    "/my/details/",
    "/my/reach/",
    "/my/notices/",
    "/my/day/",
    "/my/days/",
    "/my/milestones/",
    "/my/start/",
    "/my/start/devices/",
    "/my/start/pages/feedback/",
    "/my/papers/",
    "/account/password/change/",
    "/account/2fa/",
]

pytestmark = pytest.mark.xdist_group("browser-portal")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def here(transactional_db, live_server) -> House:
    """The cast, at the present time, behind a server."""
    return build_house()


def open_page(browser: Browser, server, **context) -> tuple[Page, list[str]]:
    """A page, and what its console complains about from now on."""
    page = browser.new_context(base_url=server.url, **context).new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def sign_in(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/my/"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_accessible_and_keep_the_csp(here, live_server, browser, scheme, width):
    page, complaints = open_page(
        browser, live_server, color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    )
    page.goto("/account/login/")
    assert violations(page) == []
    sign_in(page, here.pat.user.email)
    for url in PAGES:
        page.goto(url)
        assert page.locator("html").get_attribute("data-bs-theme") == scheme
        assert violations(page) == [], url
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{url} scrolls sideways"
    assert complaints == []


def test_the_menu_and_the_tabs_work_without_scripts(here, live_server, browser):
    page, _complaints = open_page(browser, live_server, java_script_enabled=False)
    sign_in(page, here.pat.user.email)
    page.get_by_role("link", name="Week").click()
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_by_keyboard_the_first_stop_skips_to_the_content(here, live_server, browser):
    page, _complaints = open_page(browser, live_server)
    sign_in(page, here.pat.user.email)
    page.goto("/my/week/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_idle_asks_and_then_signs_out(here, live_server, browser):
    page, complaints = open_page(browser, live_server)
    heard: list[int] = []
    page.on("response", lambda answer: heard.append(answer.status) if "still-here" in answer.url else None)
    page.clock.install()
    sign_in(page, here.pat.user.email)
    page.goto("/my/week/")
    question = page.get_by_role("dialog", name="Still there?")

    page.mouse.move(40, 40)
    with page.expect_response("**/still-here/"):
        page.clock.run_for(MINUTE + 6_000)
    assert heard == [204], "somebody who moves is heard, once a minute"
    page.clock.run_for(50 * MINUTE)
    assert heard == [204], "somebody who does not move is not"
    expect(question).to_be_hidden()

    page.clock.run_for(8 * MINUTE + 10_000)
    expect(question).to_be_visible()
    with page.expect_response("**/still-here/"):
        page.get_by_role("button", name="I am here").click()
    expect(question).to_be_hidden()

    page.clock.run_for(58 * MINUTE + 10_000)
    expect(question).to_be_visible()
    page.clock.run_for(MINUTE)
    page.wait_for_url(re.compile(r"/account/login/\?next=%2Fmy%2Fweek%2F"))
    page.goto("/my/week/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize(("language", "in_words"), [("en", "in {}"), ("es", "en {}")])
def test_the_countdown_goes_on_while_the_page_is_open(committed_house, live_server, browser, clock, language, in_words):
    """By the server's clock: this device's is years ahead. At nine the group meets; one can join from ten to."""
    house = committed_house
    house.pat.user.language = language
    house.pat.user.save(update_fields=["language"])
    clock.shift(-dt.timedelta(minutes=15))
    page, complaints = open_page(browser, live_server, locale=language)
    page.clock.install(time=dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    page.goto("/account/login/")
    page.locator("#id_login").fill(house.pat.user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form .btn-primary").first.click()
    page.wait_for_url(re.compile("/my/"))  # and its scripts have run
    left = page.locator("[data-countdown]")
    expect(left).to_have_text(in_words.format("1 h 15 min"))
    page.clock.run_for(13 * MINUTE + 30_000)
    expect(left).to_have_text(in_words.format("1 h 2 min"))
    page.clock.run_for(2 * MINUTE)
    expect(left).to_have_text(in_words.format("1 h"))
    page.clock.run_for(2 * MINUTE)
    expect(left).to_have_text(re.compile("58 minut[eo]s"))
    clock.shift(dt.timedelta(minutes=45))
    page.goto("/my/")
    expect(left).to_have_text(re.compile("30 minut[eo]s"))
    clock.shift(dt.timedelta(minutes=21))
    with page.expect_navigation():
        page.clock.run_for(21 * MINUTE)
    expect(page.locator(".next .btn-primary")).to_be_visible()
    assert complaints == []


def test_signing_out_in_one_tab_clears_the_others(here, live_server, browser):
    page, _complaints = open_page(browser, live_server)
    sign_in(page, here.pat.user.email)
    other = page.context.new_page()
    other.goto("/my/week/")
    other.locator(".me summary").click()
    other.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/account/login/"))
