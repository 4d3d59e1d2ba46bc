"""A passkey as the second step of signing in, with a browser that has one."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from tests.browser import picture, violations
from tests.desk_browser import chrome, held
from tests.factories import PASSWORD
from tests.passkeys import key_on

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser")


def sign_in(page, user) -> None:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_a_passkey_is_a_second_step(held, live_server, chrome, settings):
    """Staff must have one: a passkey is enough to work, and to get in the next time."""
    settings.MFA_REQUIRED_FOR_STAFF = True
    page = chrome.new_context(base_url=live_server.url, reduced_motion="reduce").new_page()
    key_on(page)
    sign_in(page, held.alice)
    expect(page.get_by_role("heading", name="Set up the second step")).to_be_visible()
    page.goto("/account/2fa/")
    picture(page, "second-step")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My laptop")
    picture(page, "passkey-add")
    assert violations(page) == []
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/desk/")
    expect(page.get_by_role("link", name="Today")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, held.alice)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.goto("/desk/")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()  # the password alone opens nothing
    picture(page, "second-step-asked")
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="Today")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").last_used_at
    for address in ("/account/2fa/webauthn/", "/account/2fa/"):
        page.goto(address)
        assert violations(page) == []
    page.goto("/account/2fa/webauthn/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("The old laptop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("strong")).to_have_text("The old laptop")
    page.get_by_role("link", name="Take it away").click()
    page.get_by_role("button", name="Take it away").click()
    expect(page.get_by_role("heading", name="Set up the second step")).to_have_count(0)
    page.goto("/desk/")
    expect(page.get_by_role("heading", name="Set up the second step")).to_be_visible()


def test_somebody_without_one_is_not_offered_it(held, live_server, chrome):
    Authenticator.objects.create(user=held.alice, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    page = chrome.new_context(base_url=live_server.url).new_page()
    sign_in(page, held.alice)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
