"""From the link in the mail to the third day, as one person goes through it, on a phone and at a desk."""

import datetime as dt
import re
import uuid

import pytest
from playwright.sync_api import expect

from clinical.models import DailyCheckIn, MeasureScore
from clinical.services.asking import ask
from conftest import MONDAY_8
from library.models import Homework
from library.services import assign
from portal.tests.test_browser_first_days import fine, in_thread, prepare
from rooms.models import Participant
from tests.browser import chromium
from tests.examples.library import make_article
from tests.factories import PASSWORD
from threads.models import Thread
from threads.services import write

pytestmark = pytest.mark.xdist_group("browser-portal")
PASSPHRASE = "lantern gravel orchid seven"


@pytest.fixture(scope="module")
def chrome():
    with chromium() as found:
        yield found


@pytest.fixture
def welcomed(committed_house, live_server, settings):
    """The house on Monday at eight, with papers to sign, and the link in Pat's mail."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "(415) 555-0142"
    return committed_house, prepare(committed_house)


def come_back(page, house) -> None:
    """A day later nobody is signed in any more."""
    page.goto("/my/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Email").fill(house.pat.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello, Pat")).to_be_visible()


def check_in(page, *, mood: str, word: str) -> None:
    page.goto("/my/day/")
    choice = page.get_by_role("group", name="My mood").locator("label")
    choice.filter(has=page.get_by_text(mood, exact=True)).locator("input").click()
    page.get_by_label("A word, or a few").fill(word)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. You can change it until midnight.")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_three_days(welcomed, live_server, chrome, clock, width, scheme):
    house, link = welcomed
    look = f"{width}-{scheme}"
    context = chrome.new_context(
        base_url=live_server.url,
        reduced_motion="reduce",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))

    # Monday, eight o'clock: the link, who one is, what one agrees to, a first look around.
    page.goto(link)
    page.get_by_label("Your date of birth").fill("1990-01-01")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Save and go in").click()
    page.get_by_role("link", name="Consent to care by video").click()
    for heading in ("Consent to care by video", "Consent to share", "Our agreement for sessions"):
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        page.get_by_label("Your name, to sign").fill("Pat Peerson")
        page.get_by_role("button", name="Sign and go on").click()
    expect(page.get_by_text("Nothing is waiting for your signature.")).to_be_visible()
    page.goto("/my/start/pages/listening/")
    page.get_by_role("button", name="I have read this").click()
    page.goto("/my/")
    expect(page.get_by_text("You can join here from 8:50")).to_be_visible()
    expect(page.get_by_role("link", name="Join", exact=True)).to_have_count(0)
    fine(page, f"three-days-1-today-{look}")

    # Ten minutes before, the door is open: where one is, and one knocks.
    clock.move_to(MONDAY_8 + dt.timedelta(minutes=50))
    page.goto("/my/")
    page.get_by_role("link", name="Join", exact=True).click()
    expect(page.get_by_role("heading", name="Before you come in")).to_be_visible()
    page.get_by_label("Street and number").fill("12 Example Street")
    page.get_by_label("City").fill("Oakland")
    page.get_by_label("State").select_option("CA")
    page.get_by_label("I am at this address now").check()
    page.get_by_label("Number we can call you at now").fill("415 555 0123")
    for question in ("private place", "headphones"):
        page.get_by_role("group", name=re.compile(question)).get_by_label("Yes").check()
    page.get_by_label("I am not driving").check()
    fine(page, f"three-days-1-door-{look}")
    page.get_by_role("button", name="Knock").click()
    page.wait_for_url(re.compile("/my/rooms/[^/]+/$"))
    assert in_thread(lambda: Participant.objects.get(user=house.pat.user).state) == "waiting"
    check_in(page, mood="4", word="Nervous, and here")

    # Tuesday evening: a word of the day, a question to the team, a page that is nobody else's.
    clock.move_to(MONDAY_8 + dt.timedelta(days=1, hours=11))
    come_back(page, house)
    check_in(page, mood="5", word="Better than I thought")
    page.goto("/my/messages/")
    page.get_by_label("What is it about?").fill("Wednesday")
    page.get_by_label("Your message").fill("May I listen only, the first times?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent. You are told when there is an answer.")).to_be_visible()
    fine(page, f"three-days-2-message-{look}")
    page.goto("/my/journal/")
    page.locator("#begin-new").fill(PASSPHRASE)
    page.locator("#begin-again").fill(PASSPHRASE)
    page.get_by_role("button", name="Begin my journal").click()
    page.get_by_label("I have written it down").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Write").click()
    page.get_by_label("Title").fill("The second day")
    page.get_by_label("What you want to write").fill("I said one sentence.")
    expect(page.locator("#entry-state")).to_have_text("Saved, locked")
    fine(page, f"three-days-2-journal-{look}")

    # Wednesday: the team has answered and asks something; three days can be looked back on.
    def overnight():
        write(thread=Thread.objects.get(), by=house.alice, text="Yes. Nobody has to speak.", key=uuid.uuid4())
        ask(episode=house.pat.episodes.get(), measure="phq9", by=house.alice)
        assign(patient=house.pat, item=make_article(house.program), note="For a quiet moment.", by=house.alice)

    in_thread(overnight)
    clock.move_to(MONDAY_8 + dt.timedelta(days=2))
    come_back(page, house)
    expect(page.get_by_text("You have a new message.")).to_be_visible()
    expect(page.get_by_text("Your team has a short question sheet for you.")).to_be_visible()
    fine(page, f"three-days-3-today-{look}")
    page.goto("/my/messages/")
    page.get_by_role("link", name="Wednesday").click()
    expect(page.get_by_text("Yes. Nobody has to speak.")).to_be_visible()
    page.goto("/my/check-ins/")
    page.get_by_role("main").get_by_role("link").first.click()
    expect(page.locator("form[data-measure] button", has_text="Send")).to_be_visible()
    fine(page, f"three-days-3-sheet-{look}")
    for n, question in enumerate(page.locator("form[data-measure] fieldset").all()):
        question.locator("label").nth(1 if n < 8 else 0).click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
    assert in_thread(lambda: MeasureScore.objects.get(scale="total").value) == 8
    page.goto("/my/")
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("heading", level=1, name="What I have to do")).to_be_visible()
    page.get_by_role("link", name=re.compile("An article")).click()
    expect(page.get_by_text("For a quiet moment.")).to_be_visible()
    fine(page, f"three-days-3-homework-{look}")
    page.locator("main form .btn-primary").click()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    assert in_thread(lambda: Homework.objects.get().is_done)
    check_in(page, mood="7", word="I know the way now")
    page.goto("/my/days/")
    expect(page.get_by_text("You checked in on 3 days of the last seven.")).to_be_visible()
    fine(page, f"three-days-3-days-{look}")
    page.goto("/my/hours/")
    fine(page, f"three-days-3-hours-{look}")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="More").click()
    page.get_by_role("link", name=re.compile("^My record Read it")).click()
    page.get_by_role("link", name=re.compile("What I signed")).click()
    expect(page.get_by_role("link", name="Consent to care by video")).to_be_visible()
    page.get_by_role("link", name="I need somebody").click()
    expect(page).to_have_url(re.compile("/my/help/"))
    fine(page, f"three-days-3-help-{look}")
    assert in_thread(lambda: [row.mood for row in DailyCheckIn.objects.order_by("on")]) == [4, 5, 7]
    assert broken == []
