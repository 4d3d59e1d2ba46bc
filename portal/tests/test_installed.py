"""The app on a phone: its manifest, what the worker keeps and answers, and what is shown without a network."""

import re

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Error, expect

from portal.tests.every_page import committed_world, make_ready, portal_pages  # noqa: F401 - a fixture
from portal.tests.test_browser import browser, here, open_page, sign_in  # noqa: F401 - fixtures
from tests.stack import wait_for

pytestmark = pytest.mark.django_db
browser_only = pytest.mark.xdist_group("browser-portal")
CLINICAL = re.compile(r"group|therap|recovery|iop\b|addict|treatment|grupo|terap|tratamiento", re.I)


# --- what is served


def test_the_manifest_is_neutral(client, db):
    answer = client.get("/manifest.webmanifest")
    said = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (said["name"], said["short_name"], said["display"]) == ("My schedule", "My schedule", "standalone")
    assert said["start_url"] == "/my/" and not CLINICAL.search(answer.content.decode())
    assert {(icon["sizes"], icon.get("purpose", "any")) for icon in said["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in said["icons"]:
        path = django_settings.BASE_DIR / "static" / icon["src"].removeprefix("/static/")
        head = path.read_bytes()[:24]
        wide, high = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        assert head[:8] == b"\x89PNG\r\n\x1a\n" and f"{wide}x{high}" == icon["sizes"]


def test_it_is_offered_to_patients_and_not_to_staff(client, house):
    client.force_login(house.pat.user)
    assert 'rel="manifest"' in client.get("/my/").content.decode()
    client.force_login(house.alice)
    page = client.get("/desk/").content.decode()
    assert 'rel="manifest"' not in page and "js/app.js" not in page


@pytest.mark.parametrize(("language", "words"), [("en", "There is no connection"), ("es", "No hay conexión")])
def test_the_offline_page_says_whom_to_call_and_names_nobody(client, house, settings, language, words):
    settings.CLINIC_PHONE = "555 0100"
    client.force_login(house.pat.user)
    page = client.get(f"/offline/{language}/").content.decode()
    assert words in page and f'<html lang="{language}">' in page
    assert all(f'href="{link}"' in page for link in ("tel:988", "sms:988", "tel:911", "tel:5550100"))
    assert "Pat" not in page and "csrf" not in page
    assert client.get("/offline/fr/").status_code == 404


def test_the_worker_changes_with_what_it_keeps(client, db, settings):
    before = client.get("/sw.js").content.decode()
    assert before == client.get("/sw.js", headers={"Accept-Language": "es"}).content.decode()
    settings.CLINIC_PHONE = "555 0199"
    assert client.get("/sw.js").content.decode() != before


# --- in a browser


def worker_is_ready(page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_for(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), why="the worker takes no page on")
    wait_for(lambda: "/offline/language" in kept(page), why="the page noted no language")


def kept(page) -> dict[str, str]:
    """Everything in the browser's caches: path -> text."""
    return page.evaluate(
        """async () => {
          const found = {};
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              const { pathname } = new URL(request.url);
              found[pathname] = await (await cache.match(request)).text();
            }
          }
          return found;
        }"""
    )


@browser_only
@pytest.mark.parametrize("language", ["en", "es"])
def test_without_a_network_there_are_numbers_and_the_next_time(here, live_server, browser, language):  # noqa: F811
    here.pat.user.language = language
    here.pat.user.save()
    page, _complaints = open_page(browser, live_server, locale="en-US", viewport={"width": 390, "height": 844})
    sign_in(page, here.pat.user.email)
    worker_is_ready(page)
    said = kept(page)
    assert said["/offline/language"] == language
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+:\d]+", said["/offline/next"])
    page.context.set_offline(True)
    for url in ("/my/week/", "/my/help/", "/my/"):
        page.goto(url)
        heading = {"en": "There is no connection", "es": "No hay conexión"}[language]
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.locator("a[href='tel:988']")).to_be_visible()
        expect(page.locator("a[href='tel:911']")).to_be_visible()
        day = page.evaluate(
            "([at, tag]) => new Intl.DateTimeFormat(tag, {weekday: 'long'}).format(new Date(at))",
            [said["/offline/next"], {"en": "en", "es": "es-US"}[language]],
        )
        expect(page.locator("[data-next] time")).to_contain_text(day)
        assert page.evaluate("getComputedStyle(document.querySelector('.btn-primary')).borderRadius") != "0px"
    with page.expect_navigation():
        page.get_by_role("button", name={"en": "Try again", "es": "Intentar otra vez"}[language]).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".me")).to_be_visible()  # by itself


@browser_only
def test_signing_out_clears_the_time(here, live_server, browser):  # noqa: F811
    page, _complaints = open_page(browser, live_server)
    sign_in(page, here.pat.user.email)
    worker_is_ready(page)
    assert "/offline/next" in kept(page)
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    wait_for(lambda: not {"/offline/next", "/offline/language"} & kept(page).keys(), why="the time is still there")
    page.context.set_offline(True)
    page.goto("/my/")
    expect(page.get_by_role("heading", name="There is no connection")).to_be_visible()
    expect(page.locator("[data-next]")).to_be_hidden()


@browser_only
def test_staff_pages_are_never_answered_by_it(here, live_server, browser):  # noqa: F811
    page, _complaints = open_page(browser, live_server)
    sign_in(page, here.pat.user.email)
    worker_is_ready(page)
    page.context.set_offline(True)
    for url in ("/desk/", "/admin/", "/account/password/change/"):
        with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
            page.goto(url)


@browser_only
def test_nothing_about_anybody_is_kept(committed_world, live_server, browser):  # noqa: F811
    house, sessions = committed_world
    page, _complaints = open_page(browser, live_server)
    sign_in(page, house.pat.user.email)
    worker_is_ready(page)
    for one in portal_pages(house, sessions):
        if one.name == "room":
            continue  # its own process is needed: rooms/tests
        make_ready(one, house, sessions)
        page.goto(one.url)
    found = kept(page)
    assert len(found) > 10
    for path, text in found.items():
        assert path.startswith("/static/") or re.fullmatch(r"/offline/(en|es|next|language)/?", path), path
        if path.startswith("/static/"):
            continue
        for secret in (
            "Pat",
            "Peerson",
            house.pat.user.email,
            house.group.name,
            str(house.pat.uid),
            house.program.name,
        ):
            assert secret not in text, f"{path} holds {secret}"
        assert not CLINICAL.search(text), path
    # localStorage and the rest hold times only.
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    known = r'"(heard|left|in-room)"|"htmx-current-path-for-history":"/my/[-a-z0-9/]*"'
    assert not re.search(r"[A-Za-z]{3}", re.sub(known, "", stored)), stored
    # The journal's drafts, locked (docs/own.md), have a database of their own; it is empty as long as nothing was written.
    databases = page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert set(databases) <= {"own"}
