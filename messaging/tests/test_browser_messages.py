"""Pages about messages in a real browser: accessible by axe-core, nothing refused by the CSP, usable by keyboard."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from messaging.models import Preference, PushSubscription, Template
from messaging.preferences import set_mobile
from messaging.tests.conftest import VAPID_KEY
from messaging.tests.test_views import make_notices
from messaging.wordings import save_template
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as  # noqa: F401 - fixtures

pytestmark = pytest.mark.xdist_group("browser")
DESK = ["/desk/wordings/", "/desk/wordings/session_reminder/email/en/", "/desk/rules/", "/desk/notices/"]
DESK += ["/desk/wordings/session_reminder/sms/es/", "/desk/wordings/session_moved/push/en/"]
MINE = ["/my/", "/my/details/", "/my/reach/", "/my/notices/"]


@pytest.fixture
def written(held, settings):  # noqa: F811 - the fixture
    """Something of everything to look at."""
    settings.VAPID_PRIVATE_KEY, settings.TWILIO_FROM = VAPID_KEY, "+12135550100"
    save_template(
        program=held.program,
        kind="session_reminder",
        channel="email",
        language="en",
        subject="See you {when}",
        text="Dear {name},\n\nwe look forward to seeing you {when}.\n\n{link}",
        by=held.admin,
    )
    make_notices(held.bob, 3, path="/desk/week/")
    make_notices(
        held.pat.user, 3, path="/my/week/", text="Your appointment on Monday, March 2, 9:00 AM PST is cancelled."
    )
    set_mobile(user=held.pat.user, number="213 555 0123", consent=True)
    return held


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_accessible(chrome, live_server, written, width, scheme):  # noqa: F811
    for user, pages in (
        (written.bob, DESK),
        (written.pat.user, MINE),
        (written.alice, [f"/desk/people/{written.pat.uid}/"]),
    ):
        page, complaints = open_as(
            chrome, live_server, user, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        for address in pages:
            page.goto(address)
            expect(page.locator("h1")).to_be_visible()
            if shots := os.environ.get("SHOTS"):
                name = address.strip("/").replace("/", "-")
                page.screenshot(path=Path(shots) / f"{name}-{width}-{scheme}.png", full_page=True)
            assert violations(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert complaints == []
        page.context.close()


def test_a_wording_is_shown_before_it_is_saved(chrome, live_server, written):  # noqa: F811
    page, complaints = open_as(chrome, live_server, written.bob)
    page.goto("/desk/wordings/session_moved/email/en/")
    page.get_by_label("Text").fill("Dear {name}, it is now {when} in the group")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#preview")).to_contain_text("Dear Pat, it is now Monday, March 2, 9:00 AM PST")
    expect(page.locator("#preview")).to_contain_text("“group” is a clinical word")
    expect(page.get_by_label("Text")).to_have_value("Dear {name}, it is now {when} in the group")
    page.get_by_label("Text").fill("Dear {name}, not {before} but {when}: {link}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Messages that leave from now on say it so.")).to_be_visible()
    assert Template.objects.get(kind="session_moved").text.startswith("Dear {name}, not")
    assert complaints == []


def test_the_order_is_chosen_by_keyboard(chrome, live_server, written):  # noqa: F811
    page, complaints = open_as(chrome, live_server, written.pat.user, java_script_enabled=True)
    page.goto("/my/reach/")
    page.get_by_label("First").focus()
    page.keyboard.press("ArrowDown")  # text message
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")  # e-mail
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Preference.objects.get().channels == ["sms", "email", "push", "in_app"]
    assert complaints == []


def test_without_scripts(chrome, live_server, written):  # noqa: F811
    page, _complaints = open_as(chrome, live_server, written.pat.user, java_script_enabled=False)
    page.goto("/my/reach/")
    expect(page.get_by_role("button", name="Tell this browser")).to_be_hidden()
    page.get_by_label("First").select_option("in_app")
    page.get_by_label("Fourth").select_option("email")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Preference.objects.get().channels == ["in_app", "sms", "push", "email"]


# The browser's push service can't be reached here; what it would give stands in for it. Everything else is real.
SUBSCRIBE = """
const subscription = {
  endpoint: "https://fcm.googleapis.com/fcm/send/browser",
  toJSON() { return { endpoint: this.endpoint, keys: { p256dh: "B" + "A".repeat(86), auth: "A".repeat(22) } }; },
  async unsubscribe() { sessionStorage.removeItem("sub"); return true; },
};
PushManager.prototype.subscribe = async () => { sessionStorage.setItem("sub", "1"); return subscription; };
PushManager.prototype.getSubscription = async () => sessionStorage.getItem("sub") ? subscription : null;
"""


def test_this_browser_is_told_and_told_no_more(chrome, live_server, written):  # noqa: F811
    page, complaints = open_as(chrome, live_server, written.pat.user, permissions=["notifications"])
    page.add_init_script(SUBSCRIBE)
    page.goto("/my/reach/")
    page.get_by_role("button", name="Tell this browser").click()
    expect(page.get_by_text("This browser is told.")).to_be_visible()
    assert PushSubscription.objects.get().user == written.pat.user
    assert page.evaluate("navigator.serviceWorker.ready.then((w) => new URL(w.scope).pathname)") == "/"
    page.reload()
    expect(page.get_by_text("This browser is told.")).to_be_visible()
    page.get_by_role("button", name="Tell it no more").click()
    expect(page.get_by_role("button", name="Tell this browser")).to_be_visible()
    assert not PushSubscription.objects.exists()
    assert complaints == []


def test_the_worker_shows_a_notice_and_opens_only_our_pages(chrome, live_server, written):  # noqa: F811
    page, _complaints = open_as(chrome, live_server, written.pat.user, permissions=["notifications"])
    page.add_init_script(SUBSCRIBE)
    page.goto("/my/reach/")
    page.get_by_role("button", name="Tell this browser").click()
    expect(page.get_by_text("This browser is told.")).to_be_visible()
    workers = page.context.service_workers
    worker = workers[0] if workers else page.context.wait_for_event("serviceworker")
    shown = worker.evaluate(
        """async () => {
          const seen = [];
          self.registration.showNotification = async (title, rest) => { seen.push([title, rest.body, rest.data.path]); };
          for (const data of ['{"title":"T","body":"B","path":"/my/"}', '{"path":"//example.org"}', 'no json', null]) {
            self.dispatchEvent(new PushEvent("push", data === null ? {} : { data }));
          }
          await new Promise((done) => setTimeout(done, 100));
          return seen;
        }"""
    )
    assert shown == [["T", "B", "/my/"], *[["My schedule", "", "/"]] * 3]
