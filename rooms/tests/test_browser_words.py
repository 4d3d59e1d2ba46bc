"""Chat, polls, prompts and handouts in real browsers on the live process, as a leader and two members have them."""

import pytest
from playwright.sync_api import expect

from rooms.models import ChatLine, PollAnswer, RoomPolicy
from rooms.services.handouts import keep_drawing, make_handout
from rooms.services.passes import enter
from rooms.tests.live import let_in
from rooms.tests.scene import meanwhile, sign_agreement
from rooms.tests.test_handouts import SVG, TEXT
from tests.browser import picture, violations

pytestmark = pytest.mark.xdist_group("live")

LOOKS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
LONG = (
    "Something that is so long that it takes more than one line in a narrow panel, Donaudampfschifffahrtsgesellschaft"
)


def tab(page, name: str) -> None:
    if page.locator("#drawer.is-open").count() == 0:
        page.get_by_role("button", name="Panels", exact=True).click()
    page.get_by_role("tab", name=name).click()


def say(page, text: str, to: str = "") -> None:
    tab(page, "Chat")
    if to:
        page.get_by_label("To", exact=True).select_option(label=to)
    page.get_by_label("Your message").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("Your message")).to_have_value("")


def cast(pages, width=1280, scheme="light"):
    let_in(pages.house, pages.session)
    looks = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    found = [pages(user, **looks) for user in (pages.house.alice, pages.house.pat.user, pages.house.quinn.user)]
    for page in found:
        expect(page.locator("#inside")).to_be_visible()
    return found


def check(page, name: str) -> None:
    picture(page, name, full=False)
    assert violations(page) == [], name
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_what_is_written_asked_and_shown(pages, width, scheme):
    alice, pat, quinn = cast(pages, width, scheme)
    mark = f"{width}-{scheme}"

    tab(pat, "Chat")
    check(pat, f"words-chat-empty-{mark}")
    say(pat, "I slept better this week")
    say(pat, "Could we talk later?", to="The leaders alone")
    tab(alice, "Chat")
    alice.get_by_label("To", exact=True).select_option(label="Quinn")
    alice.get_by_role("button", name="Would you like to come in?").click()
    check(alice, f"words-chat-leader-{mark}")
    alice.get_by_role("button", name="Send", exact=True).click()
    tab(quinn, "Chat")
    expect(quinn.locator(".chat-line .chat-text")).to_have_text(
        ["I slept better this week", "Would you like to come in?"]
    )
    expect(pat.locator(".chat-line .chat-text")).to_have_text(["I slept better this week", "Could we talk later?"])
    check(pat, f"words-chat-{mark}")

    tab(pat, "Tools")
    check(pat, f"words-tools-empty-{mark}")
    tab(alice, "Tools")
    alice.get_by_text("Ask something").click()
    alice.get_by_role("button", name="Mood 0–10").click()
    check(alice, f"words-poll-new-{mark}")
    alice.get_by_role("button", name="Ask everybody").click()
    pat.get_by_role("radio", name="7", exact=True).check(force=True)
    check(pat, f"words-poll-scale-{mark}")
    pat.get_by_role("button", name="Send my answer").click()
    expect(pat.locator(".poll-mine")).to_be_visible()
    expect(alice.get_by_text("1 of 2 answered")).to_be_visible()

    alice.get_by_text("Ask something").click()
    alice.get_by_role("textbox", name="Question").fill("What helps you most?")
    alice.get_by_label("Choices").fill(f"Walking\nCalling somebody\n{LONG}")
    alice.get_by_label("Anonymous").uncheck()
    alice.get_by_role("button", name="Ask everybody").click()
    for page, choice in ((pat, "Walking"), (quinn, LONG)):
        tab(page, "Tools")
        page.get_by_role("radio", name=choice).check()
        check(page, f"words-poll-single-{mark}") if page is pat else None
        page.locator(".poll.is-open", has_text="What helps you most?").get_by_role(
            "button", name="Send my answer"
        ).click()
    alice.get_by_text("2 of 2 answered").wait_for()
    alice.locator(".poll", has_text="What helps you most?").get_by_role("button", name="Show results").click()
    expect(pat.locator(".poll-bar-share").first).to_have_text("1 · 50 %")
    alice.get_by_text("Who answered what", exact=True).click()
    check(alice, f"words-poll-results-leader-{mark}")
    check(pat, f"words-poll-results-{mark}")
    assert [c for c in pages.complaints if c] == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_prompts_and_handouts(pages, width, scheme):
    alice, pat, quinn = cast(pages, width, scheme)
    mark = f"{width}-{scheme}"
    tab(alice, "Tools")
    alice.get_by_text("Show a card or a prompt").click()
    alice.get_by_label("Kind", exact=True).select_option(label="Silent writing")
    alice.get_by_role("button", name="Draw a card").click()
    expect(alice.get_by_role("textbox", name="What it says")).not_to_have_value("")
    alice.get_by_role("button", name="Show to everybody").click()
    pat.get_by_role("button", name="Write", exact=True).click()
    pat.get_by_label("Your writing, for yourself").fill("Breathe out first")
    check(pat, f"words-writing-{mark}")
    pat.get_by_role("button", name="Share with everybody").click()
    tab(quinn, "Tools")
    expect(quinn.locator(".prompt-one .chat-text")).to_have_text(["Breathe out first"])
    alice.locator(".prompt-banner").get_by_role("button", name="Close it").click()
    expect(pat.locator(".prompt-banner")).to_have_count(0)
    expect(pat.get_by_label("Your writing, for yourself")).to_have_value("Breathe out first")
    expect(pat.locator(".prompt-writing [role=status]")).to_have_text("Shared. It is kept nowhere.")

    title = f"Urges: {LONG}"
    meanwhile(lambda: make_handout(by=pages.house.alice, title=title, text=TEXT, group=pages.house.group))
    alice.get_by_text("Open a handout").click()
    alice.get_by_role("button", name="Open for all").click()
    for page in (alice, pat):
        expect(page.get_by_text("An urge is a wave.")).to_be_visible()
    check(alice, f"words-handout-leader-{mark}")
    pat.get_by_role("button", name="Next page").click()
    expect(pat.get_by_text("Call somebody")).to_be_visible()
    expect(pat.get_by_text("The leader is at page 1")).to_be_visible()
    check(pat, f"words-handout-{mark}")
    pat.get_by_role("button", name="Follow again").click()
    expect(pat.get_by_text("An urge is a wave.")).to_be_visible()
    alice.get_by_role("button", name="Next page").click()
    for page in (pat, quinn):
        expect(page.get_by_text("Call somebody")).to_be_visible()
    pat.get_by_role("button", name="Larger").click()
    check(pat, f"words-handout-large-{mark}")
    pat.get_by_role("button", name="Smaller").click()
    assert [c for c in pages.complaints if c] == []


def test_nothing_typed_is_lost_when_the_process_dies(pages):
    alice, pat, _quinn = cast(pages)
    say(pat, "Before it died")
    pages.live.kill()
    expect(pat.locator("#room-link")).to_be_visible()
    pat.get_by_label("Your message").fill("Typed while it was away")
    pages.live.start()
    expect(pat.locator("#room-link")).to_be_hidden()
    expect(pat.get_by_label("Your message")).to_have_value("Typed while it was away")
    pat.get_by_role("button", name="Send", exact=True).click()
    tab(alice, "Chat")
    expect(alice.locator(".chat-line .chat-text")).to_have_text(["Before it died", "Typed while it was away"])
    expect(pat.locator(".chat-line .chat-text")).to_have_text(["Before it died", "Typed while it was away"])
    assert ChatLine.objects.count() == 2 and not ChatLine.objects.exclude(text="").exists()
    log = pages.live.log()
    assert "Typed while" not in log and "Before it died" not in log
    pat.reload()
    tab(pat, "Chat")
    expect(pat.get_by_text("2 earlier messages. Their words were not kept.")).to_be_visible()


def test_a_note_from_the_door_and_its_answer(pages):
    let_in(pages.house, pages.session, pages.house.quinn)
    alice, pat = pages(pages.house.alice), pages(pages.house.pat.user)
    pat.get_by_text("Write to the leaders").click()
    pat.get_by_label("A short message: only the leaders see it.").fill("My camera does not work")
    pat.locator("#door-note-form").get_by_role("button", name="Send").click()
    expect(pat.get_by_text("Sent. The leaders see it.")).to_be_visible()
    tab(alice, "Chat")
    expect(alice.locator(".chat-tag")).to_contain_text("from the door")
    say(alice, "Come in without it", to="Pat (at the door)")
    expect(pat.locator("#door-note-lines .chat-text").last).to_have_text("Come in without it")
    picture(pat, "words-door-note", full=False)
    assert violations(pat) == [] and [c for c in pages.complaints if c] == []


def test_words_that_are_kept_and_a_whiteboard_that_is(pages):
    RoomPolicy.objects.create(program=pages.house.program, chat_keeps="text", board_keeps=True)
    sign_agreement(pages.house)
    alice, pat, _quinn = cast(pages)
    tab(pat, "Chat")
    expect(pat.get_by_text("What is written here is kept with this session.")).to_be_visible()
    say(pat, "Kept, as we agreed")
    pat.reload()
    tab(pat, "Chat")
    expect(pat.locator(".chat-line .chat-text")).to_have_text(["Kept, as we agreed"])
    picture(pat, "words-chat-kept", full=False)
    leader = enter(user=pages.house.alice, session_uid=pages.session.uid)
    meanwhile(lambda: keep_drawing(by=leader, title="Our map", svg=SVG))
    tab(alice, "Tools")
    alice.get_by_text("Open a handout").click()
    alice.get_by_role("button", name="Open for all").click()
    image = pat.get_by_role("img", name="A whiteboard: Our map")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    picture(pat, "words-whiteboard", full=False)
    assert [c for c in pages.complaints if c] == [] and not PollAnswer.objects.exists()
