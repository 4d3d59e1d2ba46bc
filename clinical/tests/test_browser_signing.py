"""Signing in a real browser: with a passkey, co-signing by keyboard, what the pages look like and whether axe finds fault."""

import pytest
from playwright.sync_api import expect

from accounts.proof import has_passkey
from clinical.models import ProgressNote, Status
from clinical.services import cosigning
from clinical.services.addenda import add_addendum
from clinical.services.signing import countersign
from clinical.tests.test_signing import WORDS, co_lead
from clinical.tests.test_views_cosign import more
from tests.browser import picture, violations
from tests.desk import attend, sign, write
from tests.desk_browser import chrome, held, open_as
from tests.factories import PASSWORD
from tests.passkeys import key_on

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")


@pytest.fixture
def awaiting(held):
    """Alice is an associate: her notes of Pat and Quinn wait for Bob, a document and a plan, too."""
    profile = held.alice.staff_profile
    profile.needs_cosignature = True
    profile.save()
    attend(held.session, held.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    write(held.session, held.alice, Pat=WORDS[0], Quinn=WORDS[1])
    sign(held.session, held.alice)
    more(held)
    return held


def add_passkey(page) -> None:
    page.goto("/account/2fa/webauthn/add/")
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def note(patient) -> ProgressNote:
    return ProgressNote.objects.standing().get(patient=patient)


def test_co_signing_with_a_passkey(awaiting, live_server, chrome):
    page, complaints = open_as(chrome, live_server, awaiting.bob)
    page.goto("/desk/cosign/")
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)  # nobody has one yet
    key_on(page)
    add_passkey(page)
    assert has_passkey(awaiting.bob)
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_role("strong")).to_have_text("My laptop")
    picture(page, "passkeys")
    page.goto("/desk/cosign/")
    page.get_by_role("button", name="Tick all").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("3 are co-signed and sealed.")).to_be_visible()
    assert note(awaiting.pat).is_sealed and note(awaiting.pat).cosigner == awaiting.bob
    assert complaints == []


def test_a_passkey_that_does_not_answer_leaves_the_password(awaiting, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, awaiting.bob)
    tools, key = key_on(page)
    add_passkey(page)
    page.goto("/desk/cosign/")
    tools.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The passkey did not answer.")).to_be_visible()
    assert not ProgressNote.objects.filter(sealed_at__isnull=False).exists()
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 is co-signed and sealed.")).to_be_visible()


def test_an_answer_is_good_once_and_only_for_its_own_account(awaiting, live_server, chrome):
    """The answer that signed, sent again: it answers nothing any more."""
    page, _complaints = open_as(chrome, live_server, awaiting.bob)
    key_on(page)
    add_passkey(page)
    page.goto("/desk/cosign/")
    answers = []
    page.on(
        "request",
        lambda sent: (
            answers.append(sent.post_data) if sent.method == "POST" and "passkey=" in (sent.post_data or "") else None
        ),
    )
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("1 is co-signed and sealed.")).to_be_visible()
    (answer,) = answers
    before = ProgressNote.objects.filter(sealed_at__isnull=False).count()
    page.get_by_role("checkbox").first.check()
    again = page.evaluate(
        """async (old) => {
            const form = document.querySelector("form[method='post']");
            const data = new URLSearchParams(new FormData(form));
            data.set("passkey", new URLSearchParams(old).get("passkey"));
            return (await fetch(location.href, {method: "POST", body: data})).status;
        }""",
        answer,
    )
    assert again == 422 and ProgressNote.objects.filter(sealed_at__isnull=False).count() == before


def test_by_keyboard_with_the_password(awaiting, live_server, chrome):
    page, complaints = open_as(chrome, live_server, awaiting.bob)
    page.goto("/desk/cosign/")
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Your password, to sign as").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your password, to sign as")).to_be_focused()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 is co-signed and sealed.")).to_be_visible()
    assert [c for c in complaints if "422" not in c] == []


SIZES = ((390, "light"), (1280, "light"), (390, "dark"), (1280, "dark"))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_pages_hold_up(awaiting, live_server, chrome, width, scheme):
    """No page is wider than its screen, and axe finds no fault."""
    house = awaiting
    size = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    bob, _said = open_as(chrome, live_server, house.bob, **size)
    pages = {"queue": "/desk/cosign/", "return": f"/desk/cosign/{note(house.pat).uid}/return/"}
    pages["awaiting"] = f"/desk/cosign/{note(house.pat).uid}/"
    _look(bob, pages, f"{width}-{scheme}")
    cosigning.send_back(
        thing=note(house.quinn), reason="Name the skill that was used, and what came of it.", by=house.bob
    )
    co_lead(house)
    seen = {("note", note(house.pat).pk): note(house.pat).content_hash}
    cosigning.cosign_all(things=[note(house.pat)], by=house.bob, seen=seen)
    dana, _said = open_as(chrome, live_server, house.dana, **size)
    _look(dana, {"countersign": f"/desk/sessions/{house.session.uid}/countersign/"}, f"{width}-{scheme}")
    countersign(session=house.session, by=house.dana)
    about = house.session.starts_at
    add_addendum(
        thing=note(house.pat),
        text="Called on Tuesday to ask about the plan.",
        by=house.alice,
        kind="late_entry",
        about_at=about,
    )
    add_addendum(
        thing=note(house.pat), text="The second trigger was payday, not the bar.", by=house.alice, kind="correction"
    )
    alice, _said = open_as(chrome, live_server, house.alice, **size)
    _look(
        alice,
        {"note": f"/desk/notes/{note(house.pat).uid}/", "returned": f"/desk/notes/{note(house.quinn).uid}/"},
        f"{width}-{scheme}",
    )
    _look(bob, {"void": f"/desk/notes/{note(house.pat).uid}/void/"}, f"{width}-{scheme}")
    voided = note(house.pat)
    cosigning.void(thing=voided, reason="Written about the wrong person.", by=house.bob)
    _look(bob, {"voided": f"/desk/notes/{voided.uid}/", "empty": "/desk/cosign/"}, f"{width}-{scheme}")


def _look(page, pages: dict[str, str], size: str) -> None:
    for name, address in pages.items():
        page.goto(address)
        picture(page, f"sign-{name}-{size}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} at {size} is {wide} px too wide"
        assert violations(page) == [], f"{name} at {size}"
