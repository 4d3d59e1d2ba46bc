"""The week: a virtual IOP from Sunday's reminders to Friday's hours, through the real stack and a real browser.

The example program is loaded, the week is scheduled, reminders for Monday go out once each, a clinician opens Monday's
session, takes attendance, writes and signs the notes and makes a late addendum, the patient sees their hours; on Friday the
weekly hours are right for everyone.
"""

import datetime as dt
import re
import zoneinfo
from collections import Counter

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from clinical.models import Attendance, ProgressNote, Status
from clinical.services import RollCallRow, take_attendance
from core.templatetags.house import hours
from groups.models import Group
from messaging.models import Delivery
from patients.models import Episode, Patient
from scheduling.models import Booking, Session
from tests.browser import chromium, picture
from tests.stack import Stack, wait_for

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
SATURDAY = dt.datetime(2027, 2, 27, 10, 0, tzinfo=PACIFIC)
MONDAY = dt.date(2027, 3, 1)
PASSWORD = "schedule-demo-1"  # noqa: S105 - of the example's invented people
# Words that out somebody who has this mail on a locked phone's screen.
OUTING = re.compile(
    r"group|therap|recover|\biop\b|addict|mental|anxi|depress|relapse|clinic|treatment|session", re.IGNORECASE
)

pytestmark = pytest.mark.xdist_group("worker")


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of the week, Monday being day 0."""
    return dt.datetime.combine(MONDAY + dt.timedelta(days=day), dt.time(hour, minute), PACIFIC)


@pytest.fixture
def stack(transactional_db, tmp_path):
    made = Stack(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def browser():
    with chromium() as found:
        yield found


def sign_in(browser: Browser, stack: Stack, email: str, **context) -> Page:
    """A page of somebody who just signed in through the form."""
    page = browser.new_context(base_url=stack.url, **context).new_page()
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/(desk|my)/"))
    return page


def sessions_of(day: int) -> list[Session]:
    """The sessions of one day of the week, in order."""
    return list(Session.objects.between(at(day, 0), at(day + 1, 0)).select_related("group").order_by("starts_at"))


def members(session: Session) -> list[Patient]:
    return list(
        Patient.objects.filter(bookings__session=session, bookings__released_at=None).order_by(
            "legal_last_name", "legal_first_name", "pk"
        )
    )


def told(stack: Stack, session: Session, lead: int) -> Counter:
    """How many reminders each member of a session got for one lead time, by letters that really left."""
    refs = dict(
        Delivery.objects.filter(kind="session_reminder", subject_id=session.pk, variant=lead, state="sent").values_list(
            "provider_ref", "recipient_id"
        )
    )
    return Counter(refs[letter["Message-ID"]] for letter in stack.letters() if letter["Message-ID"] in refs)


def remind(session_count: int, stack: Stack) -> None:
    """Have the real worker plan; beat has it send. Wait until so many letters left."""
    from iop import celery_app

    celery_app.send_task("scheduling.plan_reminders")
    try:
        wait_for(lambda: len(stack.letters()) >= session_count, seconds=90, why="too few letters")
    except AssertionError as late:
        raise AssertionError(f"{late}: {len(stack.letters())} of {session_count}; {stack.log()[-1500:]}") from late


def test_the_week(stack: Stack, browser: Browser):
    the_week_is_scheduled(stack)
    reminders_for_monday_go_out_once_each(stack)
    monday_is_documented(stack, browser)
    an_addendum_is_made_late(stack, browser)
    on_friday_the_hours_are_right(stack, browser)
    assert "Traceback" not in stack.log()


def the_week_is_scheduled(stack: Stack) -> None:
    stack.manage(SATURDAY, "load_program", "examples/weekly_iop.yaml", "--development-sign-ins")
    for day in range(5):
        assert len(sessions_of(day)) == 2
    first = sessions_of(0)[0]
    assert first.starts_at == at(0, 9)
    assert 8 <= len(members(first)) <= 12
    # Eight weeks are there, over the clock change of 14 March: still 9:00 on the wall.
    mondays = Session.objects.filter(slot=first.slot).order_by("starts_at")
    assert len(mondays) == 8
    assert {s.starts_at.astimezone(PACIFIC).time() for s in mondays} == {dt.time(9)}


def reminders_for_monday_go_out_once_each(stack: Stack) -> None:
    first, second = sessions_of(0)
    wanted = members(first)
    both = members(second)
    stack.run_at(at(-1, 12))
    remind(len(wanted) + len(both), stack)
    remind(len(wanted) + len(both), stack)  # planning again changes nothing
    assert told(stack, first, 1440) == Counter({p.user_id: 1 for p in wanted})
    assert told(stack, second, 1440) == Counter({p.user_id: 1 for p in both})
    last_names = {p.legal_last_name for p in wanted}
    for letter in stack.letters():
        text = f"{letter['Subject']}\n{letter.get_content()}".replace(stack.url, "")
        assert not OUTING.search(text), text
        assert not any(name in text for name in last_names)
        assert re.search(r"Monday, March 1, \d+:\d\d [AP]M [A-Z]{3}|lunes", text), text
    # An hour before, and only of the session that is then an hour away. Somebody who left meanwhile hears nothing.
    stack.run_at(at(0, 8, 5))
    remind(len(wanted) * 2 + len(both), stack)
    assert told(stack, first, 60) == Counter({p.user_id: 1 for p in wanted})
    assert told(stack, second, 60) == Counter()
    assert Delivery.objects.exclude(state__in=["sent", "planned"]).count() == 0


def write_row(page: Page, number: int, words: str) -> None:
    """Write one person's note; no risk was reported."""
    row = page.locator("details.doc-row").nth(number)
    if row.get_attribute("open") is None:
        row.locator("summary").first.click()
    row.get_by_label(re.compile("Participation and response of")).fill(words)
    row.get_by_role("radio", name="None reported").check()


def sign_rows(page: Page) -> None:
    """Sign what is complete; nobody has a treatment plan yet, and that is the reason given."""
    with page.expect_response("**/notes/check/"):
        page.get_by_label("Your password, to sign as").focus()
    reasons = page.get_by_label(re.compile("Why it is right as it is"))
    expect(reasons.first).to_be_visible()
    for number in range(reasons.count()):
        reasons.nth(number).fill("The plan is written this week.")
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    page.get_by_role("button", name="Sign all complete notes").click()


def monday_is_documented(stack: Stack, browser: Browser) -> None:
    first, second = sessions_of(0)
    people = members(first)
    lead = User.objects.get(bookings__session=first, bookings__part="lead")

    # A group that meets by a link: whoever is not let in yet does not get it.
    link = "https://meet.example/abc"
    assert Group.objects.filter(pk=first.group_id).update(meeting_url=link)
    stack.run_at(at(0, 8, 55))
    page = sign_in(browser, stack, people[0].user.email, viewport={"width": 390, "height": 844})
    expect(page.get_by_role("link", name=re.compile("Join"))).to_be_visible()
    picture(page, "journey-patient-today-390", full=False)
    room = page.request.get(f"/my/sessions/{first.uid}/join/", max_redirects=0)
    assert (room.status, room.headers["location"]) == (302, f"/my/rooms/{first.uid}/door/")
    door = page.request.get(room.headers["location"])
    assert door.status == 200 and link not in door.text()

    stack.run_at(at(0, 12))
    page = sign_in(browser, stack, lead.email, viewport={"width": 1280, "height": 900})
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    picture(page, "journey-clinician-today-1280", full=False)
    page.goto(f"/desk/sessions/{first.uid}/")
    page.get_by_role("link", name="Roll-call").click()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(len(people))
    rows.nth(0).get_by_role("radio", name="Late").check()
    rows.nth(0).get_by_label(re.compile("Minutes")).fill("40")
    rows.nth(1).get_by_role("radio", name="Missed").check()
    page.get_by_role("button", name="Everybody else was present").click()
    rows.nth(2).get_by_label(re.compile("Participation")).select_option("3")
    picture(page, "journey-roll-call-1280")
    page.get_by_role("button", name="Save the roll-call").click()
    page.wait_for_url("**/notes/")

    page.get_by_label("Objective", exact=True).fill("Name two early signs of one’s own anxiety")
    page.get_by_label("Interventions", exact=True).fill("Taught the cycle of avoidance; worksheet; discussion in pairs")
    there = [n for n in range(len(people)) if n != 1]
    for number in there[:-1]:  # the last one stays a draft
        write_row(page, number, f"Named {number + 2} signs of their own and how they noticed them this week.")
    picture(page, "journey-notes-1280")
    sign_rows(page)
    expect(page.get_by_text(f"{len(there) - 1} notes are signed.")).to_be_visible()
    expect(page.get_by_text(re.compile("stays a draft: no text of their own yet"))).to_be_visible()
    write_row(page, there[-1], "Listened; said at the end what helps them.")
    sign_rows(page)
    expect(page.get_by_text("1 note is signed.")).to_be_visible()

    assert not ProgressNote.objects.filter(session=first, patient=people[1]).exists()
    assert ProgressNote.objects.signed().filter(session=first).count() == len(people) - 1
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE clinical_progressnote SET signed_name = 'else' WHERE session_id = %s", [first.pk])
    page.goto("/desk/")
    expect(page.get_by_text("Roll-call: 0 of")).to_be_visible()  # the second block is still owed
    with time_machine.travel(at(0, 12)):
        attend(second, {})


def an_addendum_is_made_late(stack: Stack, browser: Browser) -> None:
    first, second = sessions_of(0)
    people = members(first)
    late = people[0]
    stack.run_at(at(1, 8))
    lead = User.objects.get(bookings__session=first, bookings__part="lead")
    page = sign_in(browser, stack, lead.email)
    page.goto(f"/desk/people/{late.uid}/")
    page.get_by_role("link", name="note").first.click()
    page.get_by_label("Entry", exact=True).fill("Came late because of a bus; has told the coordinator.")
    page.get_by_label("Your password, to sign as").fill(PASSWORD)
    page.get_by_role("button", name="Sign the entry").click()
    expect(page.get_by_text("Came late because of a bus")).to_be_visible()
    picture(page, "journey-note-1280")
    note = ProgressNote.objects.get(session=first, patient=late)
    assert note.is_intact
    assert note.addenda.get().signed_name.startswith(lead.first_name)

    page = sign_in(browser, stack, late.user.email, viewport={"width": 390, "height": 844})
    minutes = 40 + (Attendance.objects.get(session=second, patient=late).minutes if late in members(second) else 0)
    assert shows(page, minutes, late)
    picture(page, "journey-patient-hours-390")


def on_friday_the_hours_are_right(stack: Stack, browser: Browser) -> None:
    for day in range(1, 5):
        for number, session in enumerate(sessions_of(day)):
            with time_machine.travel(at(day, 17)):
                attend(session, {day: Status.NO_SHOW, day + 2: Status.LATE, number + 5: Status.EXCUSED})
    stack.run_at(at(4, 18))
    page = sign_in(browser, stack, "malik.brandt@example.org", viewport={"width": 1280, "height": 900})
    page.goto("/desk/hours/")
    picture(page, "journey-hours-1280")
    for episode in Episode.objects.select_related("patient"):
        total = truth(episode.patient)
        row = page.get_by_role("row", name=re.compile(re.escape(episode.patient.name)))
        expect(row.locator("td").first).to_have_text(hours(total))
        met = total >= episode.weekly_goal_minutes
        expect(row).to_contain_text("Goal met" if met else "short")
    for patient in (members(sessions_of(0)[0])[0], members(sessions_of(4)[0])[-1]):
        page = sign_in(browser, stack, patient.user.email, viewport={"width": 390, "height": 844})
        assert shows(page, truth(patient), patient)


def attend(session: Session, statuses: dict[int, Status]) -> None:
    """Take a session's roll-call by its lead: everybody present but those numbered."""
    lead = User.objects.get(bookings__session=session, bookings__part="lead")
    rows = []
    for number, person in enumerate(members(session)):
        status = statuses.get(number, Status.PRESENT)
        minutes = {Status.PRESENT: session.treatment_minutes, Status.LATE: 35}.get(status)
        rows.append(RollCallRow(person.pk, status, minutes, None))
    take_attendance(session=session, rows=rows, by=lead)


def truth(patient: Patient) -> int:
    """The week's attended minutes, added up by hand from the roll-calls."""
    start, end = at(0, 0), at(7, 0)
    return sum(
        a.minutes or 0
        for a in Attendance.objects.filter(patient=patient).select_related("session")
        if start <= a.session.starts_at < end
    )


def shows(page: Page, minutes: int, patient: Patient) -> bool:
    """Whether the patient's hours page says so many minutes, in their language."""
    page.goto("/my/hours/")
    with translation.override(patient.user.language):
        said = hours(minutes)
    expect(page.locator("main")).to_contain_text(said)
    return Booking.objects.filter(patient=patient).exists()
