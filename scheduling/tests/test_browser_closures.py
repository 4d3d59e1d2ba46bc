"""Closed days, visitors and make-up seats in a real browser: accessible, no wider than the screen, nothing refused by CSP."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.utils import timezone

from scheduling.models import Session
from scheduling.services import add_visitor, close_days, create_slot, offer_seat
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as
from tests.factories import make_group, make_patient, make_staff

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser")


def prepare(house) -> dict:
    """Somebody visits, some days are closed, and Pat is offered the last hours of the week."""
    house.program.state = "CA"
    house.program.save()
    coming = Session.objects.filter(group=house.group, starts_at__gt=timezone.now()).latest("starts_at")
    add_visitor(session=coming, episode=house.robin_episode)
    far = house.program.today + dt.timedelta(days=30)
    closure = close_days(
        program=house.program, starts_on=far, last_on=far + dt.timedelta(days=2), reason="Staff retreat", by=house.bob
    )
    for n, name in enumerate(("Emotion regulation", "Relapse prevention and planning for the weekend", "Mindfulness")):
        group = make_group(
            house.program, make_staff(house.program), name=name, kind=["skills", "psychoeducation", "support"][n]
        )
        create_slot(group=group, weekday=6, starts_at=dt.time(20 + n, 30), minutes=[60, 45, 30][n])
    session = Session.objects.filter(group__name="Emotion regulation").earliest("starts_at")
    if session.starts_at > timezone.now():
        offer_seat(session=session, episode=house.pat_episode, by=house.alice)
    make_patient(house.program, house.alice, "Lee", "Lacking", weekly_goal_minutes=60)
    return {"session": coming, "closure": closure}


def shoot(page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1280, "light"), (1280, "dark")])
def test_pages_are_accessible_and_fit(held, live_server, chrome, width, scheme):
    made = prepare(held)

    def check(page, name):
        assert page.locator("main h1").count() == 1, name
        assert violations(page) == [], name
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        shoot(page, f"{name}-{width}-{scheme}")

    looks = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    page, complaints = open_as(chrome, live_server, held.bob, **looks)
    for name, address in (
        ("closures", "/desk/closures/"),
        ("close", "/desk/closures/new/"),
        ("lift", f"/desk/closures/{made['closure'].uid}/lift/"),
        ("visitor", f"/desk/sessions/{made['session'].uid}/visitor/"),
        ("session", f"/desk/sessions/{made['session'].uid}/"),
    ):
        page.goto(address)
        check(page, name)
    page.goto("/desk/closures/new/")
    days = Session.objects.filter(slot=held.slot, starts_at__gt=timezone.now()).order_by("starts_at")
    first = timezone.localdate(days[1].starts_at)
    page.fill("[name=starts_on]", first.isoformat())
    page.fill("[name=last_on]", (first + dt.timedelta(days=6)).isoformat())
    page.fill("[name=reason]", "Founder’s week")
    page.get_by_role("button", name="See what it does").click()
    page.get_by_role("button", name="Close these days").wait_for()
    check(page, "preview")
    page.get_by_role("button", name="Close these days").click()
    page.get_by_text("is closed:").wait_for()
    assert complaints == []
    page, complaints = open_as(chrome, live_server, held.alice, **looks)
    page.goto("/desk/hours/short/")
    check(page, "short")
    assert complaints == []
    page, complaints = open_as(chrome, live_server, held.pat.user, **looks)
    page.goto("/my/")
    check(page, "today")
    assert complaints == []
