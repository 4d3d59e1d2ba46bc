"""A browser that has a passkey of its own: Chromium's virtual authenticator."""

from playwright.sync_api import Page


def key_on(page: Page) -> tuple:
    """Give the page's browser a built-in key with a PIN. Returns (the DevTools session, the authenticator's id)."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return tools, tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
