"""Captions, where the browser offers them on the device. The recognition itself is the browser's, and none here has it: a
stand-in of its documented shape shows what the page asks of it and does with what it says."""

import pytest
from playwright.sync_api import expect

from rooms.tests.live import let_in
from tests.browser import picture, violations
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")

STAND_IN = """
window.asked = [];
class Recognition {
  get processLocally() { return this.locally; }
  set processLocally(value) { this.locally = value; }
  static async available(options) { asked.push(["available", options]); return "STATUS"; }
  static async install(options) { asked.push(["install", options]); return true; }
  start(track) { window.listening = this; asked.push(["start", this.locally, this.lang, track.kind]); }
  abort() { asked.push(["abort"]); }
}
window.SpeechRecognition = window.webkitSpeechRecognition = Recognition;
"""
SAY = """([text, isFinal]) => {
  const result = Object.assign([{ transcript: text }], { isFinal });
  listening.onresult({ resultIndex: 0, results: [result] });
}"""


def opened(pages, script: str, **context):
    """Pat's page of the room, with a browser that offers so much."""
    let_in(pages.house, pages.session, pages.house.pat)
    page = pages(pages.house.pat.user, **context)
    page.add_init_script(script)
    page.reload()
    expect(page.locator("#inside")).to_be_visible()
    page.locator("summary", has_text="More").click()
    return page


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_said_is_shown_and_gone_when_it_is_switched_off(pages, width):
    look = {"viewport": {"width": width, "height": 844}}
    page = opened(pages, STAND_IN.replace("STATUS", "available"), **look)
    switch = page.get_by_role("button", name="Captions", exact=True)
    switch.click()
    shown = page.locator("#captions")
    expect(shown).to_contain_text("It is written down on this device; nothing is sent or kept.")
    wait_for(lambda: page.evaluate("Boolean(window.listening)"), why="it does not listen")
    asked = page.evaluate("asked")
    assert ["start", True, "en-US", "audio"] in asked, "on the device, of what comes over the room"
    assert all(one[1] == {"langs": ["en-US"], "processLocally": True} for one in asked if one[0] == "available")
    page.evaluate(SAY, ["I went for", False])
    expect(shown.locator("p")).to_have_text(["I went for"])
    page.evaluate(SAY, ["I went for a walk", True])
    for line in ("It helped", "A little", "<b>Thank you</b>"):
        page.evaluate(SAY, [line, True])
    expect(shown.locator("p")).to_have_text(["It helped", "A little", "<b>Thank you</b>"])
    picture(page, f"captions-{width}", full=False)
    assert violations(page) == []
    page.evaluate("asked.length = 0; listening.onend()")  # it stopped by itself: it listens again
    wait_for(lambda: page.evaluate("asked.some(([what]) => what === 'start')"), why="it does not listen again")
    page.locator("summary", has_text="More").click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(shown).to_be_hidden()
    assert page.evaluate("asked.at(-1)") == ["abort"] and shown.inner_html().count("walk") == 0


def test_what_it_needs_is_fetched_first(pages):
    page = opened(pages, STAND_IN.replace("STATUS", "downloadable"))
    page.get_by_role("button", name="Captions", exact=True).click()
    wait_for(lambda: page.evaluate("Boolean(window.listening)"), why="it does not listen")
    assert [one[0] for one in page.evaluate("asked")] == ["available", "available", "install", "start"]
    page.evaluate("listening.onerror({ error: 'language-not-supported' })")
    expect(page.locator("#captions")).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("Captions don’t work in this browser just now.")


@pytest.mark.parametrize(
    "script",
    [
        "window.SpeechRecognition = window.webkitSpeechRecognition = undefined;",
        STAND_IN.replace("STATUS", "unavailable"),
        "window.SpeechRecognition = window.webkitSpeechRecognition = class { start() { } };",  # asks a server elsewhere
    ],
)
def test_where_the_browser_can_not_do_it_on_the_device_nothing_offers_it(pages, script):
    page = opened(pages, script)
    expect(page.get_by_role("button", name="Keys and captions")).to_be_visible()
    expect(page.locator("[data-more=captions]")).to_be_hidden()
