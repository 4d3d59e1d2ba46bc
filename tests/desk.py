"""Shared by the tests of staff's pages: a browser of one's own, what its forms would send, who was read."""

import datetime as dt
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Read
from clinical.models import ATTENDED, Goal, Objective, Problem, ProgressNote, Status, TreatmentPlan
from clinical.services import (
    Draft,
    RollCallRow,
    SignOutcome,
    save_drafts,
    save_group_note,
    sealing,
    sign_notes,
    take_attendance,
)
from clinical.services.guards import warnings_of
from patients.models import Patient
from scheduling.models import Session
from scheduling.services import create_slot, seat_member
from tests.factories import make_group, make_patient

SHARED = {"objective": "Name two triggers", "topic": "Triggers", "intervention": "Guided discussion"}


def browser_of(user) -> Client:
    """A browser in which somebody is signed in, and has been seen a moment ago (the first request writes that down)."""
    client = Client()
    if user is not None:
        client.force_login(user)
        session = client.session
        session["seen"] = int(timezone.now().timestamp())
        session.save()
    return client


@pytest.fixture
def browse(settings):
    """`browse(user)`: a browser of theirs. None: of somebody not signed in."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    return browser_of


def text(response) -> str:
    """The page in one line."""
    return " ".join(response.content.decode().split())


def told(response) -> list[str]:
    """The sentences a redirect leads to, or the page shows above everything else."""
    return [str(message) for message in response.context["messages"]]


class _Forms(HTMLParser):
    """The successful controls of every form of a page, as a browser would send them."""

    def __init__(self):
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._open = self._disabled = False
        self._area = self._select = ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append({})
            self._open = True
        elif tag == "fieldset":
            self._disabled = "disabled" in given
        if not self._open or self._disabled or "disabled" in given:
            return
        name, sent = given.get("name"), self.forms[-1]
        if tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            sent[name] = given.get("value") or ""
        elif tag == "textarea":
            self._area, sent[name] = name, ""
        elif tag == "select":
            self._select, sent[name] = name, ""
        elif tag == "option" and "selected" in given and self._select:
            sent[self._select] = given.get("value") or ""

    def handle_data(self, data):
        if self._area:
            self.forms[-1][self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self._area:
            # A browser leaves out the line end that begins a text area, and sends line ends its own way.
            words = self.forms[-1][self._area].removeprefix("\n")
            self.forms[-1][self._area] = words.replace("\r\n", "\n").replace("\n", "\r\n")
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._open = False
        elif tag == "fieldset":
            self._disabled = False


def fields(response, holding: str = "") -> dict[str, str]:
    """What the page's form would send as it stands (the first form with a field of that name; else the first of the page
    that is more than a button)."""
    parser = _Forms()
    parser.feed(response.content.decode())
    for form in parser.forms:
        form.pop("csrfmiddlewaretoken", None)
    return next(f for f in parser.forms if (holding in f if holding else f))


def count(client: Client, address: str) -> int:
    """How many queries a page takes, but those that staff's tabs take everywhere (dashboard/tests/test_alerts_everywhere.py,
    threads/tests/test_views.py)."""
    of_tabs = ('AS "open_alerts"', 'AS "messages_waiting"')
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return sum(not any(name in query["sql"] for name in of_tabs) for query in seen.captured_queries)


class Readings:
    """Who is recorded as read since the test began to look, by the patients' first names."""

    def __init__(self):
        self.last = Read.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def of(self, reader) -> set[str]:
        ids = Read.objects.filter(pk__gt=self.last, reader_id=reader.pk).values_list("patient_id", flat=True)
        return set(Patient.objects.filter(pk__in=ids).values_list("legal_first_name", flat=True))


def more_people(house, count: int, group=None, clinician=None) -> list[Patient]:
    """So many more patients of Alice's, members of a big group of hers (or of `group`) from today."""
    if group is None:
        group = make_group(
            house.program, clinician or house.alice, name=f"Big {timezone.now():%H%M} {count}", capacity=15
        )
        create_slot(group=group, weekday=house.program.today.weekday(), starts_at=dt.time(13), minutes=60)
    people = []
    for n in range(count):
        episode = make_patient(house.program, clinician or house.alice, f"More{n}", f"Person{n:02}")
        seat_member(group=group, episode=episode, joined_on=house.program.today)
        people.append(episode.patient)
    return people


def attend(session: Session, by, **statuses: Status) -> None:
    """Take attendance by first name: attend(session, by=alice, Pat=Status.PRESENT)."""
    minutes = {Status.PRESENT: session.treatment_minutes, Status.LATE: 40, Status.LEFT_EARLY: 30}
    people = {p.legal_first_name: p for p in Patient.objects.filter(bookings__session=session)}
    rows = [
        RollCallRow(people[name].pk, status, minutes.get(status), 3 if status in ATTENDED else None)
        for name, status in statuses.items()
    ]
    take_attendance(session=session, rows=rows, by=by)


def write(session: Session, by, **words: str) -> None:
    """Write the shared part and drafts by first name."""
    save_group_note(session=session, version=0, by=by, **SHARED)
    people = {p.legal_first_name: p for p in Patient.objects.filter(bookings__session=session)}
    save_drafts(session=session, drafts=[Draft(people[name].pk, said, 0) for name, said in words.items()], by=by)


def make_plan(episode, by, *texts: str) -> list[Objective]:
    """A sealed plan of an episode with so many open objectives."""
    now = timezone.now()
    number = episode.plans.count() + 1
    plan = TreatmentPlan.objects.create(
        patient=episode.patient, episode=episode, number=number, author=by, written_at=now
    )
    goal = Goal.objects.create(problem=Problem.objects.create(plan=plan, text="Cravings"), text="Live without them")
    objectives = [Objective.objects.create(goal=goal, place=n, text=words) for n, words in enumerate(texts)]
    sealing.sign(plan, by=by, facts={}, signer=sealing.signer_facts(by), now=now)
    plan.save()
    return objectives


def no_risk(session: Session) -> None:
    """Every draft of the session states that no risk was reported."""
    ProgressNote.objects.filter(session=session, signed_at=None, risk="").update(risk="none")


def reasons(session: Session, by) -> dict:
    """A reason for every warning that may be overruled (nobody has a treatment plan)."""
    return {w.key: "No plan yet." for w in warnings_of(session, by) if w.may_overrule}


def sign(session: Session, by) -> SignOutcome:
    """Sign what can be signed: no risk was reported, and every warning that may be wrong is."""
    no_risk(session)
    return sign_notes(session=session, by=by, overrules=reasons(session, by))


def document(session: Session, by, **words: str) -> None:
    """Everybody named was present; their notes are signed."""
    attend(session, by, **dict.fromkeys(words, Status.PRESENT))
    write(session, by, **words)
    sign(session, by)
