"""Quick exit: nothing of the page stays in view, and the session ends; by a press, by the keyboard, without scripts."""

import re

import pytest
from django.contrib.sessions.models import Session as Signed
from django.test import Client
from playwright.sync_api import expect

from portal.tests.helpers import sign_in as sign_in_client
from portal.tests.test_browser import browser, here, open_page, sign_in  # noqa: F401 - fixtures
from tests.stack import wait_for

pytestmark = pytest.mark.django_db
NEUTRAL = "/static/img/icon-512.png"  # stands for the weather: no test leaves this machine


# --- the address


def test_it_signs_out_and_leads_away(client, house, settings):
    sign_in_client(client, house.pat.user)
    answer = client.get("/leave/")
    assert (answer.status_code, answer.url) == (302, settings.QUICK_EXIT_URL)
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
    assert client.get("/my/").status_code == 302 and not Signed.objects.exists()


def test_in_the_background_it_needs_no_token(house):
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.pat.user)
    assert client.post("/leave/").status_code == 204
    assert client.get("/my/").status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_site_signs_nobody_out(client, house, method):
    sign_in_client(client, house.pat.user)
    getattr(client, method)("/leave/", headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/my/").status_code == 200


def test_it_is_on_patients_pages_only(client, house):
    sign_in_client(client, house.pat.user)
    for url in ("/my/", "/account/password/change/"):
        page = client.get(url).content.decode()
        assert page.count("data-exit=") == 1 and 'href="/leave/"' in page
    sign_in_client(client, house.alice)
    assert "data-exit" not in client.get("/desk/").content.decode()


# --- in a browser

browser_only = pytest.mark.xdist_group("browser-portal")


@pytest.fixture
def away(settings, live_server) -> str:
    settings.QUICK_EXIT_URL = live_server.url + NEUTRAL
    return settings.QUICK_EXIT_URL


@browser_only
@pytest.mark.parametrize("how", ["press", "escape"])
def test_away_at_once_and_back_shows_nothing(here, live_server, browser, away, how):  # noqa: F811
    page, _complaints = open_page(browser, live_server, viewport={"width": 390, "height": 844})
    sign_in(page, here.pat.user.email)
    page.goto("/my/hours/")
    if how == "press":
        # Before the browser has even begun to leave, nothing is in view.
        seen = page.evaluate(
            """() => {
              document.querySelector("[data-exit]").click();
              return [document.querySelector("h1").checkVisibility(), document.title];
            }"""
        )
        assert seen[0] is False and "schedule" not in seen[1]
    else:
        for _press in range(2):
            page.keyboard.press("Escape")
        expect(page.locator("[data-exit-said]")).to_have_text("Press Esc once more to leave.")
        page.keyboard.press("Escape")
    wait_for(lambda: not Signed.objects.exists(), why="the session was not ended")
    page.wait_for_url(away)
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "Your hours" not in page.content()


@browser_only
def test_two_presses_of_escape_or_slow_ones_do_nothing(here, live_server, browser, away):  # noqa: F811
    """The control: it does not go by itself."""
    page, _complaints = open_page(browser, live_server)
    page.clock.install()
    sign_in(page, here.pat.user.email)
    for _press in range(4):
        page.keyboard.press("Escape")
        page.clock.run_for(1_000)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    assert re.search("/my/$", page.url) and page.locator("h1").is_visible() and Signed.objects.exists()


@browser_only
def test_without_scripts_the_link_does_it(here, live_server, browser, away):  # noqa: F811
    page, _complaints = open_page(browser, live_server, java_script_enabled=False)
    sign_in(page, here.pat.user.email)
    page.get_by_role("link", name="Quick exit").click()
    page.wait_for_url(away)
    assert not Signed.objects.exists()
