"""The calendar in a real browser: by mouse, by keyboard, on a phone; styled under the CSP, accessible, in the reader's zone."""

import datetime as dt
import os
import re
import zoneinfo
from urllib.parse import parse_qs, urlparse

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from groups.models import Kind
from scheduling.models import Closure, Session
from scheduling.services import cancel_session, create_slot, move_session
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as
from tests.factories import make_group

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser")
PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
DESK = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 844}


def coming(held) -> Session:
    """The group's Monday session of the week after next, 9:00 to 10:30: to be moved within its week."""
    monday = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday()) + dt.timedelta(days=14)
    return Session.objects.get(group=held.group, slot_date=monday)


def at(session: Session, days: int, hour: int, minute: int = 0) -> dt.datetime:
    """So many days after the session's Monday at a time in Los Angeles."""
    day = session.slot_date + dt.timedelta(days=days)
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=PACIFIC)


def address(session: Session, view="week", **more) -> str:
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/desk/calendar/?view={view}&date={session.slot_date}{asked}"


def event(page: Page, session: Session):
    return page.locator(f'[data-event="{session.uid}"]')


def opened(chrome, live_server, user, session, view="week", **context):
    page, complaints = open_as(chrome, live_server, user, **{"viewport": DESK, **context})
    page.goto(address(session, view))
    expect(event(page, session)).to_be_visible()
    return page, complaints


def lane(page: Page, time: str) -> float:
    """Where a time of day begins in the grid, in pixels."""
    return page.locator(f'.fc-timegrid-slot-lane[data-time="{time}:00"]').bounding_box()["y"]


def hour_of(page: Page) -> float:
    """How many pixels an hour is high."""
    return lane(page, "13:00") - lane(page, "12:00")


def place(page: Page, session: Session) -> tuple[float, float]:
    """Where the session stands in the grid: what is said above the grid moves both."""
    box = box_of(page, session)
    return box["x"], box["y"] - lane(page, "12:00")


def box_of(page: Page, session: Session) -> dict:
    """Where the session is drawn. What was read again is drawn anew, and for a moment it is nowhere."""
    for _time in range(50):
        expect(event(page, session)).to_be_visible()
        if box := event(page, session).bounding_box():
            return box
        page.wait_for_timeout(100)
    raise AssertionError("The session is not drawn.")


def drag(page: Page, session: Session, days: int, hours: float) -> None:
    """Take the session by its upper part and let it go so many columns and hours away."""
    box = box_of(page, session)
    column = page.locator(".fc-timegrid-col.fc-day").first.bounding_box()["width"]
    hour = hour_of(page)
    x, y = box["x"] + 20, box["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10, steps=3)
    page.mouse.move(x + days * column, y + hours * hour - 3, steps=8)  # its middle lies on a quarter of an hour
    page.mouse.up()


def shot(page: Page, name: str) -> None:
    """A picture, when asked for."""
    if folder := os.environ.get("CALENDAR_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def full_week(held) -> Session:
    """A week in which everything there is can be seen."""
    session = coming(held)
    for weekday, hour, kind in ((0, 11, Kind.SKILLS), (2, 9, Kind.PSYCHOEDUCATION), (3, 13, Kind.SUPPORT)):
        # Yesterday: at some hours today's date here is not yet the date where the readers are.
        with time_machine.travel(timezone.now() - dt.timedelta(days=1), tick=False):
            group = make_group(held.program, held.alice, name=f"{kind.label} and more", kind=kind)
            create_slot(group=group, weekday=weekday, starts_at=dt.time(hour), minutes=60)
        if kind == Kind.SUPPORT:
            cancel_session(
                session=group.sessions.get(slot_date=session.slot_date + dt.timedelta(days=3)), reason="Snow"
            )
        if kind == Kind.SKILLS:
            move_session(session=group.sessions.get(slot_date=session.slot_date), starts_at=at(session, 1, 15))
    day = session.slot_date + dt.timedelta(days=4)
    Closure.objects.create(
        program=held.program, starts_on=day, last_on=day, reason="Staff training", created_by=held.admin
    )
    return session


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_view_is_styled_accessible_and_fits(held, live_server, chrome, scheme, size):
    session = full_week(held)
    page, complaints = open_as(chrome, live_server, held.alice, viewport=size, color_scheme=scheme)
    for view in ("week", "month", "day", "list"):
        page.goto(address(session, view))
        expect(event(page, session)).to_be_visible()
        if view == "week":  # by its style sheet, which the nonce lets in
            assert page.locator("style[data-fullcalendar]").evaluate("s => s.sheet.cssRules.length") > 100
            assert page.locator(".fc-timegrid-event").first.evaluate("e => getComputedStyle(e).position") == "absolute"
            expect(page.locator(".line-closure .cal-words")).to_have_text("Closed: Staff training")
            cancelled = page.locator(".fc-event.is-cancelled")
            expect(cancelled.locator(".cal-state")).to_have_text("Cancelled")
            line = cancelled.locator(".cal-words").evaluate("e => getComputedStyle(e).textDecorationLine")
            assert line == "line-through"
            expect(page.locator(".fc-event.is-moved .cal-state")).to_have_text("Moved")
            cut = """events => events.filter(e => e.querySelector(".cal-kind").getBoundingClientRect().bottom >
                e.getBoundingClientRect().bottom).length"""
            assert page.locator(".fc-timegrid-event").evaluate_all(cut) == 0  # the kind's word is seen of each
        shot(page, f"{view}-{size['width']}-{scheme}")
        assert violations(page) == [], view
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{view} scrolls sideways"
    assert complaints == []


def test_a_drag_moves_after_its_preview(held, live_server, chrome):
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.alice, session)
    drag(page, session, days=2, hours=4)
    dialog = page.get_by_role("dialog", name="Move this session?")
    expect(dialog.get_by_text("2 people are told at once")).to_be_visible()
    wednesday = session.slot_date + dt.timedelta(days=2)
    expect(dialog.locator("[data-after]")).to_contain_text(f"{wednesday:%A, %B} {wednesday.day}, 1:00–2:30 PM")
    assert Session.objects.get(pk=session.pk).changes == 0
    shot(page, "dialog-preview")
    assert violations(page) == []
    sent = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.url.endswith("/move/") else None)
    dialog.get_by_role("button", name="Move it").dblclick()
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    expect(dialog).to_be_hidden()
    moved = Session.objects.get(pk=session.pk)
    assert moved.starts_at == at(session, 2, 13) and moved.changes == 1 and len(sent) == 1
    expect(event(page, session)).to_contain_text("Moved")
    expect(event(page, session)).to_be_focused()
    assert complaints == []


def test_leaving_it_takes_the_drag_back(held, live_server, chrome):
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.alice, session)
    before = place(page, session)
    for leave in (lambda: page.get_by_role("button", name="Leave it").click(), lambda: page.keyboard.press("Escape")):
        drag(page, session, days=1, hours=1)
        expect(page.get_by_role("button", name="Move it")).to_be_visible()
        leave()
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert place(page, session) == before
    assert Session.objects.get(pk=session.pk).changes == 0 and complaints == []


def test_pulling_the_edge_makes_it_longer(held, live_server, chrome):
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.alice, session)
    event(page, session).hover()
    edge = page.locator(".fc-event-resizer-end").first.bounding_box()
    hour = hour_of(page)
    x, y = edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + hour / 2, steps=6)
    page.mouse.up()
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    assert Session.objects.get(pk=session.pk).minutes == 120 and complaints == []


def test_a_drag_onto_a_clash_is_refused_and_goes_back(held, live_server, chrome):
    session = coming(held)
    other = make_group(held.program, held.alice, name="Elsewhere", kind=Kind.SKILLS)
    create_slot(group=other, weekday=2, starts_at=dt.time(13), minutes=60)
    page, complaints = opened(chrome, live_server, held.alice, session)
    before = place(page, session)
    drag(page, session, days=2, hours=4)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Alice Clinician is then in “Elsewhere”.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Move it")).to_be_hidden()
    assert place(page, session) == before
    shot(page, "dialog-refused")
    dialog.get_by_role("button", name="Another time").click()  # goes on from what was wanted
    expect(dialog.get_by_label("Starts at")).to_have_value("13:00")
    dialog.get_by_label("Starts at").fill("14:00")
    dialog.get_by_role("button", name="See what changes").click()
    dialog.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    assert Session.objects.get(pk=session.pk).starts_at == at(session, 2, 14)
    assert all("409" in said for said in complaints)  # Chromium names the refusal itself


def test_without_a_connection_it_goes_back_and_says_so(held, live_server, chrome):
    session = coming(held)
    page, _complaints = opened(chrome, live_server, held.alice, session)
    before = place(page, session)
    page.context.set_offline(True)
    drag(page, session, days=1, hours=1)
    expect(
        page.get_by_text("There is no connection.").or_(page.get_by_text("can’t be read just now")).first
    ).to_be_visible()
    assert place(page, session) == before
    page.context.set_offline(False)
    with page.expect_response(lambda answer: "/calendar/events/" in answer.url):
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    drag(page, session, days=1, hours=1)
    expect(page.get_by_role("button", name="Move it")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert place(page, session) == before
    assert Session.objects.get(pk=session.pk).changes == 0


def test_moved_by_somebody_else_meanwhile(held, live_server, chrome):
    session = coming(held)
    page, _complaints = opened(chrome, live_server, held.alice, session)
    move_session(session=session, starts_at=at(session, 3, 16), by=held.bob)
    drag(page, session, days=1, hours=1)
    expect(page.get_by_text("Somebody else changed this session meanwhile.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(event(page, session)).to_contain_text("4:00–5:30 PM")
    assert Session.objects.get(pk=session.pk).starts_at == at(session, 3, 16)


def test_a_month_keeps_the_time_of_day(held, live_server, chrome):
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.alice, session, view="month")
    day = session.slot_date + dt.timedelta(days=1)
    event(page, session).drag_to(page.locator(f'.fc-daygrid-day[data-date="{day}"]'))
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    assert Session.objects.get(pk=session.pk).starts_at == at(session, 1, 9) and complaints == []


def test_without_a_mouse(held, live_server, chrome):
    """From the filters by Tab to the session, M, a new time, what changes, done; and Enter opens its page."""
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.alice, session)
    expect(event(page, session)).to_have_accessible_name(
        re.compile(
            r"^Monday process, Process, Monday, \w+ \d+, 9:00 AM to 10:30 AM, led by Alice Clinician, 2 of 5 seats$"
        )
    )
    page.get_by_label("Led by", exact=True).focus()
    for _step in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.event"):
            break
    expect(event(page, session)).to_be_focused()
    page.keyboard.press("m")
    dialog = page.get_by_role("dialog", name="Move this session?")
    expect(dialog.get_by_label("Day")).to_be_focused()
    expect(dialog.get_by_label("Day")).to_have_value(str(session.slot_date))
    expect(dialog.get_by_label("Starts at")).to_have_value("09:00")
    expect(dialog.get_by_label("Minutes")).to_have_value("90")
    shot(page, "dialog-keyboard")
    assert violations(page) == []
    dialog.get_by_label("Starts at").focus()
    page.keyboard.type("0230PM")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading")).to_be_focused()
    expect(dialog.locator("[data-after]")).to_contain_text("2:30–4:00 PM")
    page.keyboard.press("Escape")
    expect(event(page, session)).to_be_focused()
    page.keyboard.press("m")
    dialog.get_by_label("Starts at").focus()
    page.keyboard.type("0230PM")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Move it")).to_be_visible()
    while not page.evaluate("document.activeElement.matches('[data-do]')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    assert Session.objects.get(pk=session.pk).starts_at == at(session, 0, 14, 30)
    expect(event(page, session)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/sessions/{session.uid}/")
    assert complaints == []


def test_on_a_phone_it_is_a_list(held, live_server, chrome):
    session = coming(held)
    page, complaints = open_as(chrome, live_server, held.alice, viewport=PHONE)
    page.goto(f"/desk/calendar/?date={session.slot_date}")
    expect(page.get_by_role("button", name="List")).to_have_attribute("aria-pressed", "true")
    expect(event(page, session)).to_be_visible()
    page.get_by_role("button", name="Move: Monday process").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Starts at").fill("16:00")
    dialog.get_by_role("button", name="See what changes").click()
    shot(page, "phone-dialog")
    dialog.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    assert Session.objects.get(pk=session.pk).starts_at == at(session, 0, 16)
    expect(page.get_by_text("4:00–5:30 PM", exact=True)).to_be_visible()  # it has been read again
    expect(event(page, session)).to_be_focused()
    event(page, session).click()
    page.wait_for_url(f"**/desk/sessions/{session.uid}/")
    assert complaints == []


def test_a_coordinators_filters_stand_in_the_address(held, live_server, chrome):
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.coordinator, session)
    skills = page.get_by_text("Charlie’s skills", exact=True).and_(page.locator(".cal-words"))
    expect(skills).to_be_visible()
    page.get_by_label("Led by", exact=True).select_option(label="Alice Clinician")
    expect(skills).to_be_hidden()
    page.get_by_role("button", name="Month").click()
    asked = parse_qs(urlparse(page.url).query)
    assert asked["facilitator"] == [str(held.alice.uid)] and asked["view"] == ["month"]
    event(page, session).first.click()
    page.wait_for_url("**/desk/sessions/**")
    page.go_back()
    expect(page.get_by_role("button", name="Month")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Led by", exact=True)).to_have_value(str(held.alice.uid))
    assert complaints == []


@pytest.mark.parametrize("browsers_zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_zone_is_the_readers_and_not_the_browsers(held, live_server, chrome, browsers_zone):
    held.alice.zone = "America/New_York"
    held.alice.save()
    session = coming(held)
    page, complaints = opened(chrome, live_server, held.alice, session, timezone_id=browsers_zone)
    start = session.starts_at.astimezone(zoneinfo.ZoneInfo("America/New_York"))
    expect(event(page, session)).to_contain_text(f"{start:%I:%M}".lstrip("0"))
    assert abs(event(page, session).bounding_box()["y"] - lane(page, f"{start:%H}:00")) < 3
    drag(page, session, days=1, hours=1)
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("The session has its new time.")).to_be_visible()
    wanted = (start.replace(tzinfo=None) + dt.timedelta(days=1, hours=1)).replace(
        tzinfo=zoneinfo.ZoneInfo("America/New_York")
    )
    assert Session.objects.get(pk=session.pk).starts_at == wanted
    assert complaints == []
