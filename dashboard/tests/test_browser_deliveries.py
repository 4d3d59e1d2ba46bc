"""Messages and one's own feed in a real browser: accessible, no wider than a phone, and the address is copied."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Delivery
from scheduling.models import Session
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as

__all__ = ["chrome", "held"]

pytestmark = pytest.mark.xdist_group("browser")
State = Delivery.State


def messages(house) -> Session:
    """One of every kind of outcome, about the next session."""
    now = timezone.now()
    session = Session.objects.filter(group=house.group, starts_at__gt=now).earliest("starts_at")
    reasons = {State.FAILED: "address refused", State.UNKNOWN: "interrupted while sending", State.SKIPPED: "opted out"}
    for variant, state in enumerate([State.PLANNED, State.SENT, *reasons], start=10):
        for person in (house.pat, house.quinn):
            Delivery.objects.create(
                kind="session_reminder",
                subject_id=session.pk,
                recipient=person.user,
                variant=variant,
                state=state,
                reason=reasons.get(state, ""),
                due_at=now,
                expires_at=now + dt.timedelta(hours=1),
                sent_at=now if state == State.SENT else None,
            )
    return session


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_messages_are_readable_by_everybody(held, chrome, live_server, width, scheme):
    session = messages(held)
    for reader, address in [
        (held.alice, f"/desk/sessions/{session.uid}/messages/"),
        (held.alice, f"/desk/people/{held.pat.uid}/messages/"),
        (held.admin, "/desk/messages/?state=all"),
    ]:
        viewport = {"width": width, "height": 800}
        page, complaints = open_as(chrome, live_server, reader, viewport=viewport, color_scheme=scheme)
        page.goto(address)
        expect(page.get_by_text("The address was refused.").first).to_be_visible()
        assert violations(page) == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{address} scrolls sideways"
        assert complaints == []


def test_a_message_is_settled_by_keyboard(held, chrome, live_server):
    messages(held)
    page, complaints = open_as(chrome, live_server, held.admin)
    page.goto("/desk/messages/?state=unknown")
    page.get_by_role("button", name="It arrived").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Noted: it arrived.")).to_be_visible()
    expect(page.get_by_role("button", name="It arrived")).to_have_count(1)
    page.get_by_label("Show", exact=True).select_option("failed")
    page.get_by_role("button", name="Show them").click()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.get_by_text("It is tried again now.")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("door", ["/desk/feed/", "/my/calendar-feed/"])
def test_the_address_is_copied(held, chrome, live_server, door):
    reader = held.alice if door.startswith("/desk") else held.pat.user
    page, complaints = open_as(
        chrome,
        live_server,
        reader,
        viewport={"width": 390, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.goto(door)
    page.get_by_role("button", name="Make my address").click()
    address = page.get_by_label("Private address").input_value()
    assert address.endswith(".ics")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert complaints == []
