"""Boards in a real browser: the whole way at a phone's and a desk's width, what is typed survives, by keys, without scripts."""

import uuid

import pytest
from playwright.sync_api import expect

from portal.tests.test_browser import browser, here  # noqa: F401 - fixtures
from portal.tests.test_walk import CUT
from tests.browser import picture, violations
from tests.desk_browser import open_as
from threads.models import Post
from threads.services.boards import report, write_post
from threads.services.moderation import hide, pin, show
from threads.tests.conftest import opened
from threads.tests.test_browser import SIZES, sideways

pytestmark = pytest.mark.xdist_group("browser")
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 2


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "555 0100"


def post(board, by, text, **more) -> Post:
    return write_post(board=board, text=text, by=by, key=uuid.uuid4(), **more)


def filled(house):
    """A board with everything on it: pinned, answered, waiting, hidden, reported."""
    board = opened(house)
    house.quinn.display_name = "Maximiliana-Alexandra von Lindenhof"[:40]
    house.quinn.save()
    welcome = post(board, house.alice, "Welcome. Say hello, or just read. We look in on weekdays.")
    pin(post=welcome, pinned=True, by=house.alice)
    first = post(
        board, house.quinn.user, "Three weeks today. The evenings are still the longest part of the day for me."
    )
    show(post=first, seen="waiting", by=house.alice)
    answer = post(board, house.pat.user, "I go for a walk then. It helps a little.", answers=first)
    show(post=answer, seen="waiting", by=house.alice)
    post(board, house.alice, "Thank you both.", answers=first)
    kept = post(board, house.pat.user, "I paid eighty for it and it was not worth it")
    hide(post=kept, reason="hard", note="Would you bring this on Monday?", seen="waiting", by=house.alice)
    other = post(board, house.quinn.user, f"A word: {LONG}")
    show(post=other, seen="waiting", by=house.alice)
    report(post=other, reason="worry", words="It sounded low to me.", by=house.pat.user)
    return board


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_from_a_post_to_an_answer(here, live_server, browser, width, scheme):  # noqa: F811
    board = filled(here)
    if scheme == "dark":
        here.pat.user.language = "es"
        here.pat.user.save(update_fields=["language"])
    locale = {"locale": "es" if scheme == "dark" else "en"}
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    pat, said = open_as(browser, live_server, here.pat.user, **look, **locale)
    alice, said_too = open_as(browser, live_server, here.alice, **look)
    address, desk = f"/my/board/{board.uid}/", f"/desk/series/{here.group.uid}/board/"

    pat.goto("/my/messages/")
    pat.get_by_role("link", name="Monday process").click()
    pat.wait_for_url(f"**{address}")
    assert violations(pat) == [] and not sideways(pat)
    picture(pat, f"board-{width}-{scheme}")
    pat.locator("#id_text").fill("I slept. Call me: 213 555 0142")
    pat.locator(".talk-box button").click()
    expect(pat.locator("#id_text")).to_have_value("I slept. Call me: 213 555 0142")
    assert violations(pat) == []
    picture(pat, f"board-refused-{width}-{scheme}")
    pat.locator("#id_text").fill("I slept.")
    pat.locator(".talk-box button").click()
    expect(pat.locator("#posts")).to_contain_text("I slept.")
    assert "#" not in pat.url
    for name, url in (
        ("own", "/my/board/own/"),
        ("report", f"/my/board/posts/{Post.objects.filter(author=here.quinn.user).first().uid}/report/"),
        ("take-back", f"/my/board/posts/{Post.objects.filter(author=here.pat.user).first().uid}/take-back/"),
    ):
        pat.goto(url)
        assert violations(pat) == [] and not sideways(pat), name
        picture(pat, f"board-{name}-{width}-{scheme}")

    alice.goto("/desk/inbox/")
    alice.get_by_role("link", name="Monday process").click()
    alice.wait_for_url(f"**{desk}")
    assert violations(alice) == [] and not sideways(alice)
    alice.locator(".look-item").last.locator("summary").click()
    assert violations(alice) == []
    picture(alice, f"board-desk-{width}-{scheme}")
    # By keys, while one has the focus.
    alice.locator(".look-item").first.focus()
    alice.keyboard.press("j")
    expect(alice.locator(".look-item").nth(1)).to_be_focused()
    alice.keyboard.press("h")
    expect(alice.locator(".look-item").nth(1).get_by_role("button", name="A way to reach somebody")).to_be_focused()
    alice.keyboard.press("s")
    expect(alice.locator(".look-item")).to_have_count(1)
    assert Post.objects.get(pk=Post.objects.latest("pk").pk).state == "shown"
    assert [line for line in said if "422" not in line] == [] and said_too == []


def test_what_is_typed_survives_news_and_a_lost_connection(here, live_server, browser):  # noqa: F811
    board = opened(here, looks_first=False)
    page, _said = open_as(browser, live_server, here.pat.user, viewport={"width": 390, "height": 844})
    page.clock.install()
    page.goto(f"/my/board/{board.uid}/")
    page.get_by_label("What you want to say").fill("The words come slowly.")
    post(board, here.quinn.user, "Good morning.")
    page.clock.fast_forward(46_000)
    page.get_by_role("link", name="Somebody wrote. Show it").click()
    expect(page.get_by_text("Good morning.")).to_be_visible()
    expect(page.locator("#posts")).to_be_focused()
    expect(page.get_by_label("What you want to say")).to_have_value("The words come slowly.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    expect(page.locator("form[data-kept=yes]")).to_be_visible()
    page.context.set_offline(False)
    page.goto("/my/week/")
    page.goto(f"/my/board/{board.uid}/")
    expect(page.get_by_label("What you want to say")).to_have_value("The words come slowly.")
    page.evaluate("const b = document.querySelector('.talk-box button'); b.click(); b.click();")
    expect(page.locator("#posts")).to_contain_text("The words come slowly.")
    expect(page.get_by_label("What you want to say")).to_have_value("")
    assert Post.objects.filter(author=here.pat.user).count() == 1
    assert "draft:" not in page.evaluate("JSON.stringify({...localStorage})"), "sent: nothing of it is kept"


def test_without_scripts(here, live_server, browser):  # noqa: F811
    board = opened(here)
    show(post=post(board, here.quinn.user, "Three weeks."), seen="waiting", by=here.alice)
    page, _said = open_as(browser, live_server, here.pat.user, java_script_enabled=False)
    page.goto(f"/my/board/{board.uid}/")
    page.get_by_role("link", name="Answer Quinn").click()
    expect(page.get_by_role("heading", name="Answer Quinn")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Write something first.")).to_be_visible()
    page.get_by_label("What you want to say").fill("Well done.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Only you see it yet")).to_be_visible()
    alice, _said = open_as(browser, live_server, here.alice, java_script_enabled=False)
    alice.goto(f"/desk/series/{here.group.uid}/board/")
    alice.get_by_text("Hide …").first.click()
    alice.get_by_label("A word of yours").first.fill("On Monday?")
    alice.get_by_role("button", name="Better for the care team").first.click()
    expect(alice.get_by_text("It is hidden.")).to_be_visible()
    page.goto("/my/board/own/")
    expect(page.get_by_text("On Monday?")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "es"])
def test_room_at_320_px_and_with_letters_twice_as_large(here, live_server, browser, language):  # noqa: F811
    board = filled(here)
    here.pat.user.language = language
    here.pat.user.save(update_fields=["language"])
    pages = [(here.pat.user, f"/my/board/{board.uid}/"), (here.alice, f"/desk/series/{here.group.uid}/board/")]
    for user, address in pages if language == "en" else pages[:1]:
        page, _said = open_as(browser, live_server, user, viewport={"width": 320, "height": 640}, locale=language)
        page.goto(address)
        assert page.evaluate(CUT) == [] and violations(page) == [], address
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.set_viewport_size({"width": 640, "height": 640})
        assert page.evaluate(CUT) == [], address
