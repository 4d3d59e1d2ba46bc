"""Messages in a real browser: the whole way at a phone's and a desk's width, by keyboard and without scripts; what is typed
survives a lost connection; two presses send one."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from portal.tests.test_browser import browser, here, open_page, sign_in  # noqa: F401 - fixtures
from portal.tests.test_walk import CUT
from tests.browser import picture, violations
from tests.desk_browser import open_as
from threads.models import Message, Thread
from threads.services import start_thread, write

pytestmark = pytest.mark.xdist_group("browser")
SIZES = [(390, "light"), (1280, "light"), (390, "dark"), (1280, "dark")]


def sideways(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "555 0100"


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_from_a_question_to_an_answer(here, live_server, browser, width, scheme, tmp_path):  # noqa: F811
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    pat, said = open_as(browser, live_server, here.pat.user, **look)
    alice, said_too = open_as(browser, live_server, here.alice, **look)
    card = tmp_path / "card.txt"
    card.write_text("Member 12")

    pat.goto("/my/")
    pat.get_by_role("link", name="Write to my team").click()
    expect(pat.get_by_label("What is it about?")).to_be_visible()
    picture(pat, f"messages-empty-{width}-{scheme}")
    pat.get_by_label("What is it about?").fill("A ride on Thursday")
    pat.get_by_label("Your message").fill("Can I come ten minutes late? The bus was moved.")
    pat.get_by_label("Files").set_input_files(card)
    pat.get_by_role("button", name="Send").click()
    expect(pat.get_by_role("heading", name="A ride on Thursday")).to_be_visible()
    expect(pat.get_by_text("Sent. You are told when there is an answer.")).to_be_visible()
    assert "#" not in pat.url

    alice.goto("/desk/people/")
    if width > 1000:
        expect(alice.get_by_role("link", name=re.compile("Messages 1 to answer"))).to_be_visible()
    else:
        alice.locator(".me summary").click()
    alice.get_by_role("link", name=re.compile("Messages")).last.click()
    expect(alice.get_by_text("1 waits for an answer")).to_be_visible()
    assert violations(alice) == [] and not sideways(alice)
    picture(alice, f"inbox-{width}-{scheme}")
    alice.get_by_role("link", name="Pat Peerson").click()
    with alice.expect_download() as saved:
        alice.get_by_role("link", name="card.txt").click()
    assert saved.value.suggested_filename == "card.txt"
    alice.get_by_label("Your answer").fill("Of course. We keep your seat.")
    assert violations(alice) == [] and not sideways(alice)
    alice.get_by_role("button", name="Send").click()
    expect(alice.get_by_text("Of course. We keep your seat.")).to_be_visible()
    picture(alice, f"inbox-thread-{width}-{scheme}")

    pat.goto("/my/")
    expect(pat.get_by_text("You have a new message.")).to_be_visible()
    pat.goto("/my/messages/")
    assert violations(pat) == [] and not sideways(pat)
    picture(pat, f"messages-{width}-{scheme}")
    pat.get_by_role("link", name="A ride on Thursday").click()
    expect(pat.get_by_text("Of course. We keep your seat.")).to_be_visible()
    assert violations(pat) == [] and not sideways(pat)
    picture(pat, f"messages-thread-{width}-{scheme}")
    assert said == [] and said_too == []


def test_what_is_typed_survives_a_lost_connection(here, live_server, browser):  # noqa: F811
    page, _said = open_as(browser, live_server, here.pat.user, viewport={"width": 390, "height": 844})
    page.goto("/my/messages/")
    page.get_by_label("What is it about?").fill("A hard night")
    page.get_by_label("Your message").fill("I did not sleep, and the words come slowly.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    assert not Message.objects.exists()
    expect(page.locator("form[data-kept=yes]")).to_be_visible()
    page.context.set_offline(False)
    page.goto("/my/week/")
    page.goto("/my/messages/")
    expect(page.get_by_label("Your message")).to_have_value("I did not sleep, and the words come slowly.")
    expect(page.get_by_text("What you had written is back.")).to_be_visible()
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "draft:" in kept and "sleep" not in kept and "hard" not in kept, "nobody else at this device reads it"
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="A hard night")).to_be_visible()
    assert Message.objects.get().text.startswith("I did not sleep")
    page.goto("/my/messages/")
    expect(page.get_by_label("Your message")).to_have_value("")
    assert "draft:" not in page.evaluate("JSON.stringify({...localStorage})"), "sent: nothing of it is kept"


def test_somebody_else_at_the_device_sees_nothing_of_it(here, live_server, browser):  # noqa: F811
    page, _said = open_page(browser, live_server)
    sign_in(page, here.pat.user.email)
    page.goto("/my/messages/")
    page.get_by_label("Your message").fill("Only for my team.")
    expect(page.locator("form[data-kept=yes]")).to_be_visible()
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, here.quinn.user.email)
    page.goto("/my/messages/")
    expect(page.locator("form[data-part]")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("")


def test_pressed_twice_is_sent_once(here, live_server, browser):  # noqa: F811
    """The script holds back the second press; where there is none, the form's key does."""
    page, _said = open_as(browser, live_server, here.pat.user)
    page.goto("/my/messages/")
    page.get_by_label("What is it about?").fill("A")
    page.get_by_label("Your message").fill("b")
    page.evaluate("const b = document.querySelector('.talk-box button'); b.click(); b.click(); b.click();")
    expect(page.get_by_role("heading", name="A", exact=True)).to_be_visible()
    assert Message.objects.count() == 1


def test_without_scripts(here, live_server, browser):  # noqa: F811
    thread = start_thread(patient=here.pat, subject="A ride", text="Late?", key=uuid.uuid4()).thread
    write(thread=thread, text="Of course.", by=here.alice, key=uuid.uuid4())
    page, _said = open_as(browser, live_server, here.pat.user, java_script_enabled=False)
    page.goto("/my/messages/")
    page.get_by_role("link", name="A ride").click()
    expect(page.get_by_text("Of course.")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Write something first.")).to_be_visible()
    page.get_by_label("Your message").fill("Thank you.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert Thread.objects.get().messages.count() == 3


def test_by_keyboard_alone(here, live_server, browser):  # noqa: F811
    page, _said = open_as(browser, live_server, here.pat.user)
    page.goto("/my/messages/")
    page.get_by_label("What is it about?").focus()
    page.keyboard.type("A question")
    page.keyboard.press("Tab")
    page.keyboard.type("When do we meet?")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Files")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A question")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "es"])
def test_room_at_320_px_and_with_letters_twice_as_large(here, live_server, browser, language):  # noqa: F811
    here.pat.user.language = language
    here.pat.user.save(update_fields=["language"])
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 2
    files = [(f"{long}.txt", b"a")]
    thread = start_thread(patient=here.pat, subject=long, text=long, key=uuid.uuid4(), files=files).thread
    write(thread=thread, text=long, by=here.alice, key=uuid.uuid4(), files=files)
    page, _said = open_as(browser, live_server, here.pat.user, viewport={"width": 320, "height": 640}, locale=language)
    for address in ("/my/messages/", f"/my/messages/{thread.uid}/"):
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(address)
        assert page.evaluate(CUT) == [] and violations(page) == [], address
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.set_viewport_size({"width": 640, "height": 640})
        assert page.evaluate(CUT) == [], address
