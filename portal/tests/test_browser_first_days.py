"""From the mail to the first days being done, in a real browser with real sockets; and what each page looks like."""

import re
import threading

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection
from playwright.sync_api import expect

from accounts.models import User
from messaging.services import send_due
from patients.lessons import LESSONS
from patients.models import Consent, FirstStep, Invitation
from patients.services import consents, invitations
from rooms.models import AgreementSignature, DeviceTest
from rooms.services import agreements
from rooms.tests.live import live
from tests.browser import AS_ON_A_QUIET_MACHINE, chromium, picture, violations
from tests.desk_browser import held, open_as
from tests.factories import PASSWORD
from tests.passkeys import key_on

__all__ = ["held", "live"]
pytestmark = pytest.mark.xdist_group("live")
LOOKS = [(390, "light"), (1280, "dark")]
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def filming():
    """A browser with an invented camera and microphone."""
    with chromium(FAKE) as found:
        yield found


def in_thread(deed):
    """Away from the browser's driver, which keeps a loop in ours."""
    found = []

    def run():
        found.append(deed())
        connection.close()

    worker = threading.Thread(target=run)
    worker.start()
    worker.join()
    return found[0] if found else None


def prepare(house) -> str:
    """Pat was never in; there are papers to sign. The path of the link in the mail they get."""
    house.pat.user.set_unusable_password()
    house.pat.user.save()
    for kind in ("telehealth", "sharing"):
        draft = consents.start_version(program=house.program, kind=kind, by=house.admin)
        consents.publish(document=draft, by=house.admin)
    agreements.write_version(
        program=house.program,
        text=agreements.offered_text(),
        guidelines=agreements.offered_guidelines(),
        in_force_from=house.program.today,
        by=house.bob,
    )
    invitations.invite(patient=house.pat, channel="email", by=house.alice)
    send_due()
    letter = next(one for one in mail.outbox if one.to == [house.pat.user.email] and "/welcome/" in one.body)
    return re.search(r"https?://[^/]+(/welcome/[\w-]+/)", letter.body).group(1)


@pytest.fixture
def ready(held, settings, live):
    """The house with everything to sign, and the link."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.LIVE_DIRECT_PORT = live.port
    settings.CLINIC_PHONE = "(415) 555-0142"
    return held, in_thread(lambda: prepare(held))


def fine(page, name: str) -> None:
    """Nothing in the way of anybody, nothing wider than the page; and a picture."""
    assert violations(page) == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{page.url} scrolls sideways"
    picture(page, name)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_from_the_mail_to_the_last_lesson(ready, live_server, filming, width, scheme):
    house, link = ready
    look = f"{width}-{scheme}"
    context = filming.new_context(
        base_url=live_server.url,
        reduced_motion="reduce",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        permissions=["camera", "microphone"],
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(link)
    expect(page).to_have_url(re.compile("/welcome/$"))
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert "Pat" not in page.content()
    fine(page, f"welcome-birth-date-{look}")
    page.get_by_label("Your date of birth").fill("1991-01-01")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("This is not the date we have.")).to_be_visible()
    fine(page, f"welcome-wrong-{look}")
    page.get_by_label("Your date of birth").fill("1990-01-01")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Hello, Pat")).to_be_visible()
    fine(page, f"welcome-password-{look}")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Save and go in").click()

    expect(page.get_by_role("heading", name="Your first days")).to_be_visible()
    fine(page, f"start-list-{look}")
    page.get_by_role("link", name="Consent to care by video").click()
    for heading in ("Consent to care by video", "Consent to share", "Our agreement for sessions"):
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        fine(page, f"start-paper-{heading.split()[-1].lower()}-{look}")
        page.get_by_label("Your name, to sign").fill("Pat Peerson")
        page.get_by_role("button", name="Sign and go on").click()
    expect(page.get_by_text("Nothing is waiting for your signature.")).to_be_visible()

    page.get_by_role("link", name="Try them").click()
    expect(page.get_by_role("button", name="Try camera, microphone and sound")).to_be_visible()
    page.evaluate(AS_ON_A_QUIET_MACHINE)
    page.get_by_role("button", name="Try camera, microphone and sound").click()
    expect(page.locator("[data-device=connection] .device-result")).to_contain_text("Works (20 ms")
    expect(page.locator("[data-device=camera]")).to_have_attribute("data-result", "works")
    expect(page.locator("[data-device=microphone]")).to_have_attribute("data-result", "works")
    fine(page, f"start-devices-{look}")
    page.get_by_role("button", name="Keep the result").click()
    expect(page.get_by_text("Kept. You are ready to join.")).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="My details").click()
    expect(page.get_by_role("heading", level=1, name="My details")).to_be_visible()
    page.get_by_label("What you need from us").fill("Captions, please.")
    fine(page, f"start-details-{look}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Your first days")).to_be_visible()

    page.get_by_role("link", name=str(LESSONS[0].title)).click()
    for n, lesson in enumerate(LESSONS):
        expect(page.get_by_role("heading", level=1, name=str(lesson.title))).to_be_visible()
        if n == 2:
            fine(page, f"start-lesson-{look}")
        page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("All done. You know the way from here.")).to_be_visible()
    fine(page, f"start-done-{look}")
    assert complaints == ["Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"]

    page.get_by_role("link", name="What I signed").click()
    expect(page.get_by_role("heading", level=1, name="What I signed")).to_be_visible()
    fine(page, f"papers-{look}")
    page.get_by_role("link", name="Consent to share").click()
    expect(page.get_by_role("heading", level=1, name="Consent to share")).to_be_visible()
    page.get_by_text("Take this back").click()
    fine(page, f"paper-signed-{look}")
    page.get_by_role("button", name="Take it back now").click()
    expect(page.get_by_text("Your team is told and will speak with you.")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link is closed")).to_be_visible()
    fine(page, f"welcome-closed-{look}")

    kept = in_thread(
        lambda: (
            Invitation.objects.get().used_at is not None,
            Consent.objects.count(),
            AgreementSignature.objects.count(),
            DeviceTest.objects.get().connection,
            FirstStep.objects.count(),
        )
    )
    assert kept == (True, 2, 1, "works", len(LESSONS) + 1)
    alice, its_complaints = open_as(
        filming, live_server, house.alice, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    alice.goto(f"/desk/people/{house.pat.uid}/start/")
    fine(alice, f"desk-first-days-{look}")
    alice.goto(f"/desk/people/{house.pat.uid}/")
    fine(alice, f"desk-person-first-days-{look}")
    bob, _more = open_as(filming, live_server, house.bob, viewport={"width": width, "height": 844}, color_scheme=scheme)
    bob.goto("/desk/papers/")
    fine(bob, f"desk-papers-{look}")
    bob.get_by_role("button", name="Write it Treatment").click()
    expect(bob.get_by_role("heading", level=1, name="Treatment")).to_be_visible()
    fine(bob, f"desk-paper-draft-{look}")
    assert its_complaints == []


def test_without_scripts_they_get_in_and_sign(ready, live_server, filming):
    _house, link = ready
    page = filming.new_context(base_url=live_server.url, java_script_enabled=False).new_page()
    page.goto(link)
    page.get_by_label("Your date of birth").fill("1990-01-01")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Save and go in").click()
    expect(page.get_by_role("heading", name="Your first days")).to_be_visible()
    page.get_by_role("link", name="Consent to care by video").click()
    page.get_by_label("Your name, to sign").fill("Pat Peerson")
    page.get_by_role("button", name="Sign and go on").click()
    expect(page.get_by_role("heading", level=1, name="Consent to share")).to_be_visible()
    page.goto("/my/start/pages/listening/")
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("heading", level=1, name=str(LESSONS[3].title))).to_be_visible()


def test_a_passkey_instead_of_a_password(ready, live_server, filming):
    house, link = ready
    page = filming.new_context(base_url=live_server.url, reduced_motion="reduce").new_page()
    key_on(page)
    page.goto(link)
    page.get_by_label("Your date of birth").fill("1990-01-01")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    fine(page, "welcome-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your first days")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/account/login/")
    fine(page, "sign-in-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(re.compile("/my/"))
    expect(page.get_by_role("heading", name="Hello, Pat")).to_be_visible()

    def kept():
        user = User.objects.get(pk=house.pat.user.pk)
        return (
            user.has_usable_password(),
            Authenticator.objects.get(user=user).type,
            bool(Invitation.objects.get().used_at),
        )

    assert in_thread(kept) == (False, "webauthn", True)
