"""Every page of the portal in a real browser: no barrier axe-core knows, room at 320 px and at large type, light to load, with
scripts and without; and pictures of each (`script/test --screenshots`)."""

import gzip
import os
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import expect

from portal.installed import SHARED
from portal.tests.every_page import (  # noqa: F401 - fixtures
    SIGNED_OUT,
    Page,
    account_pages,
    as_just_signed_in,
    committed_world,
    make_ready,
    portal_pages,
    world,
)
from portal.tests.helpers import sign_in as sign_in_client
from portal.tests.test_browser import browser, open_page, sign_in  # noqa: F401 - fixtures
from tests.browser import picture, violations
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
browser_only = pytest.mark.xdist_group("browser-portal")
LIMIT = 100_000  # bytes, compressed, of one page beyond what all share
ROOM_LIMIT = 250_000  # the live room, which brings sound, pictures and a whiteboard
SHARED_LIMIT = 150_000
# What hangs over the edge, or is cut off: of everything that shows text. A scroller of its own may be wider inside.
CUT = """() => {
  const out = [];
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > innerWidth) out.push(`scrolls sideways: ${document.documentElement.scrollWidth}`);
  const scrolls = (one) => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const aside = ".visually-hidden, .skip, svg, dialog:not([open])";
  for (const one of document.body.querySelectorAll("*")) {
    if (!one.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) || one.closest(aside)) continue;
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text && !one.matches("input, select, textarea, img")) continue;
    const style = getComputedStyle(one);
    if (style.clipPath !== "none" || style.position === "absolute" && one.offsetWidth <= 1) continue;
    const box = one.getBoundingClientRect();
    if (!box.width || scrolls(one)) continue;
    const name = `${one.tagName.toLowerCase()}.${one.className} "${one.textContent.trim().slice(0, 40)}"`;
    if (box.right > wide + 1 || box.left < -1) out.push(`over the edge: ${name}`);
    if (one.matches("input, select, textarea")) continue; // they scroll inside
    if (/hidden|clip/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1) out.push(`cut: ${name}`);
    if (/hidden|clip/.test(style.overflowY) && one.scrollHeight > one.clientHeight + 2) out.push(`cut below: ${name}`);
  }
  return [...new Set(out)];
}"""


def _pages(found) -> list:
    house, sessions = found
    return [page for page in portal_pages(house, sessions) if page.name != "room"] + account_pages()


def _walk(page, found, visit) -> None:
    house, sessions = found
    for one in _pages(found):
        make_ready(one, house, sessions)
        answer = page.goto(one.url)
        assert answer.status == 200 and page.url.endswith(one.url), f"{one.name}: {answer.status} at {page.url}"
        visit(one)


def speak(house, language: str) -> None:
    house.pat.user.language = language
    house.pat.user.save(update_fields=["language"])


# --- weight


def _weight(text: bytes) -> int:
    return len(gzip.compress(text, 6))


def _file(name: str) -> bytes:
    found = finders.find(name)
    assert found, f"there is no {name}"
    return Path(found).read_bytes()


def _with_imports(name: str, found: set[str]) -> set[str]:
    """A script of ours and every module of ours it brings."""
    if name in found:
        return found
    found.add(name)
    if name.startswith("js/") and name.endswith(".js"):
        for other in re.findall(rb'^(?:import|export)[^"]*"(\./[^"]+)"', _file(name), re.MULTILINE):
            _with_imports(str(Path(name).parent / other.decode()), found)
    return found


def _own_files(page: str) -> set[str]:
    """Scripts, styles and pictures this page asks for and others don't."""
    found: set[str] = set()
    for name in re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css|svg))"', page):
        _with_imports(name, found)
    return found - set(SHARED)


def test_what_all_pages_share_is_light():
    assert sum(_weight(_file(name)) for name in SHARED) < SHARED_LIMIT


def test_every_page_is_light(client, world):  # noqa: F811
    """HTML, and the scripts and styles that only this page has."""
    house, sessions = world
    sign_in_client(client, house.pat.user)
    as_just_signed_in(client)
    heavy = {}
    for one in [*portal_pages(house, sessions), *account_pages()]:
        make_ready(one, house, sessions)
        answer = client.get(one.url)
        assert answer.status_code == 200, one.name
        text = answer.content.decode()
        weight = _weight(answer.content) + sum(_weight(_file(name)) for name in _own_files(text))
        assert weight < (ROOM_LIMIT if one.name == "room" else LIMIT), f"{one.name}: {weight} bytes"
        heavy[one.name] = weight
    assert min(heavy.values()) > 2_000 and heavy["room"] > LIMIT, "not everything was weighed"
    print(*sorted(f"{name}: {weight}" for name, weight in heavy.items()), sep="\n")


# --- titles


def test_titles_are_discreet_in_both_languages(client, world):  # noqa: F811
    house, sessions = world
    sign_in_client(client, house.pat.user)
    as_just_signed_in(client)
    outs = re.compile(
        r"\bpat\b|peerson|group|recover|iop|program|therap|treat|addict|crisis|suicid|grupo|recuper|terap|tratam|adicc",
        re.I,
    )
    for language in ("en", "es"):
        speak(house, language)
        for one in [*portal_pages(house, sessions), *account_pages()]:
            make_ready(one, house, sessions)
            page = client.get(one.url).content.decode()
            title = re.search(r"<title>(.*?)</title>", page).group(1)
            assert title.endswith("· My schedule") and not outs.search(title), f"{one.name}: {title}"
            assert page.count("data-exit=") == 1, f"{one.name} has no quick exit"
            assert "apple-touch-icon" in page


# --- in a browser


@browser_only
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_fits_and_has_no_barrier(committed_world, live_server, browser, language):  # noqa: F811
    """At 320 px, at 200 % zoom of 640 px, with letters twice as large; and what axe-core finds, light and dark."""
    house, _sessions = committed_world
    speak(house, language)
    page, complaints = open_page(
        browser, live_server, locale=language, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    )
    faults = []

    def look(one):
        """Barriers, in the colours that it was loaded with: while they fade over, none are as they stay."""
        faults.extend(f"{one.name} {scheme}: {found}" for found in violations(page))
        if scheme == "dark":
            return
        faults.extend(f"{one.name} at 320: {cut}" for cut in page.evaluate(CUT))
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.set_viewport_size({"width": 640, "height": 640})
        faults.extend(f"{one.name} large type: {cut}" for cut in page.evaluate(CUT))
        page.set_viewport_size({"width": 320, "height": 640})

    for scheme in ("light", "dark"):  # noqa: B007 - read by look()
        page.emulate_media(color_scheme=scheme)
        for url in SIGNED_OUT:
            page.goto(url)
            look(Page(url.strip("/"), url))
        page.goto("/account/login/")
        _sign_in(page, house, language)
        _walk(page, committed_world, look)
        page.context.clear_cookies()
    assert not faults, "\n".join(faults)
    assert complaints == []


def _sign_in(page, house, language: str) -> None:

    page.locator("#id_login").fill(house.pat.user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form .btn-primary").first.click()
    page.wait_for_url(re.compile("/my/"))


@browser_only
def test_a_page_that_does_not_fit_is_found(committed_world, live_server, browser):  # noqa: F811
    """The control of the walk above."""
    house, _sessions = committed_world
    page, _complaints = open_page(browser, live_server, viewport={"width": 320, "height": 640})
    sign_in(page, house.pat.user.email)
    assert page.evaluate(CUT) == []
    page.evaluate("document.querySelector('h1').style.cssText = 'width: 500px'")
    assert any("sideways" in cut for cut in page.evaluate(CUT))
    page.evaluate("document.querySelector('h1').style.cssText = 'width: 40px; overflow: hidden; white-space: nowrap'")
    assert any("cut" in cut for cut in page.evaluate(CUT))


@browser_only
def test_without_scripts_the_essentials_work(committed_world, live_server, browser):  # noqa: F811
    """Sign in, see times, the way into a session, a measure."""
    house, _sessions = committed_world
    page, _complaints = open_page(browser, live_server, java_script_enabled=False)
    sign_in(page, house.pat.user.email)
    expect(page.locator(".next-when")).to_be_visible()
    page.get_by_role("link", name="Week", exact=True).click()
    expect(page.locator(".agenda-time").first).to_contain_text(re.compile(r"\d:\d\d [AP]M"))
    page.get_by_role("link", name="Today", exact=True).first.click()
    way = page.get_by_role("link", name="Join").first
    expect(way).to_have_attribute("href", re.compile("/my/sessions/.*/join/"))
    way.click()
    page.wait_for_url(re.compile("/my/rooms/"))
    page.goto("/my/check-ins/")
    page.locator(".ask").first.click()
    page.locator(".measure-item label:has(input)").first.click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()


@browser_only
@pytest.mark.parametrize("language", ["en", "es"])
def test_pictures_of_every_page(committed_world, live_server, browser, language):  # noqa: F811
    """For a person to look at; one page only, where none are asked for."""
    house, sessions = committed_world
    speak(house, language)
    wanted = bool(os.environ.get("SCREENSHOTS"))
    for width in (390, 1280) if wanted else (390,):
        for scheme in ("light", "dark") if wanted else ("light",):
            page, _complaints = open_page(
                browser, live_server, locale=language, color_scheme=scheme, viewport={"width": width, "height": 844}
            )
            page.clock.set_fixed_time(house.session.starts_at)
            page.goto("/account/login/")
            picture(page, f"portal-sign-in-{width}-{scheme}-{language}")
            _sign_in(page, house, language)
            for one in _pages(committed_world) if wanted else _pages(committed_world)[:1]:
                make_ready(one, house, sessions)
                assert page.goto(one.url).status == 200
                picture(page, f"portal-{one.name}-{width}-{scheme}-{language}")
            page.context.close()
