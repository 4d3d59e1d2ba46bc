"""The discharge summary, put together from the record; and the patient's own copy of their plans."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Read
from clinical.models import Document, Kind, MeasureResponse, MeasureScore, RiskAlert, Status
from clinical.services.diagnoses import add_diagnosis
from clinical.services.discharge import assemble_discharge
from clinical.services.documents import refill_discharge, start_document
from clinical.services.medications import add_medication, stop_medication
from clinical.services.sealing import void
from clinical.tests.documenting import make_plan, sign_one, write_one
from core.errors import Refusal
from scheduling.services import book_appointment, record_outcome
from tests.desk import attend, fields, text, told
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
QUERIES = 9


def score(house, measure: str, value: int, days_ago: int, band: str = "") -> None:
    response = MeasureResponse.objects.create(
        patient=house.pat,
        episode=house.pat_episode,
        measure=measure,
        form="1",
        mode="self",
        entered_by=house.pat.user,
        answered_at=timezone.now() - dt.timedelta(days=days_ago),
    )
    MeasureScore.objects.create(response=response, scale="total", value=value, band=band, answered=9, items=9)


@pytest.fixture
def lived(house, clock):
    """Pat's stay so far: a session, an appointment held and one missed, scores, lists, a plan, a safety plan, an alert."""
    for hours, kind, minutes in ((3, "individual", 50), (5, "case_management", 30)):
        book_appointment(
            kind=kind,
            provider=house.alice,
            episode=house.pat_episode,
            starts_at=timezone.now() + dt.timedelta(hours=hours),
            minutes=minutes,
            by=house.alice,
        )
    clock.shift(dt.timedelta(hours=7))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    held, missed = house.pat_episode.appointments.order_by("starts_at")
    record_outcome(appointment=held, outcome="held", minutes=50, by=house.alice)
    record_outcome(appointment=missed, outcome="missed", by=house.alice)
    score(house, "phq9", 17, 6, "moderately_severe")
    score(house, "phq9", 12, 3)
    score(house, "phq9", 6, 0, "mild")
    score(house, "gad7", 9, 2)
    add_diagnosis(episode=house.pat_episode, code="F10.20", text="Alcohol dependence", rank="primary", by=house.alice)
    taken = {"episode": house.pat_episode, "source": "patient", "by": house.alice}
    add_medication(name="Naltrexone", dose="50 mg", for_addiction=True, **taken)
    stopped = add_medication(name="Lorazepam", dose="1 mg", **taken)
    stop_medication(medication=stopped, on=dt.date(2026, 3, 2), reason="Tapered")
    make_plan(house.pat_episode, house.alice, "Two meetings a week")
    sign_one(house.pat, house.alice, Kind.SAFETY_PLAN)
    now = timezone.now()
    RiskAlert.objects.create(
        patient=house.pat,
        episode=house.pat_episode,
        program=house.program,
        source="note",
        level=2,
        raised_by=house.alice,
        raised_at=now,
        acknowledge_by=now,
    )
    return house


def test_it_says_what_the_record_says(lived):
    with CaptureQueriesContext(connection) as seen:
        texts, facts = assemble_discharge(lived.pat_episode)
    assert len(seen) == QUERIES
    assert facts == {"admitted_on": "2026-02-23", "discharged_on": "2026-03-02", "level": "2.1"}
    assert texts["attendance"].splitlines() == [
        "Process: 1 of 1 attended, 1 h 15 min",
        "Individual session: 1 of 1 attended, 50 min",
        "Case management: 0 of 1 attended, 0 min",
        "Treatment hours altogether: 2 h 5 min",
    ]
    assert texts["scores"].splitlines() == [
        "GAD-7: 9 (Feb 28, 2026), once",
        "PHQ-9: first 17 (Moderately severe, Feb 24, 2026), last 6 (Mild, Mar 2, 2026)",
    ]
    assert texts["diagnoses"] == "F10.20 Alcohol dependence (primary)"
    assert texts["medications"] == "Naltrexone 50 mg (for addiction treatment)"
    assert texts["goals"] == "Two meetings a week (open)"
    assert texts["risk"].splitlines() == ["1 alert during the stay.", "Mar 2, 2026, moderate: still open"]
    assert "Version 1 of Mar 2, 2026" in texts["safety"] and "988" in texts["safety"]


def test_nothing_known_is_nothing_said(house):
    texts, _facts = assemble_discharge(house.robin_episode)
    assert set(texts) == {"attendance", "medications"}
    assert texts == {"attendance": "No session is on the record.", "medications": "None recorded."}


def test_what_nobody_recorded_yet_is_said_to_be_open(house, clock):
    clock.shift(dt.timedelta(hours=7))
    texts, _facts = assemble_discharge(house.pat_episode)
    assert texts["attendance"].splitlines()[0] == "1 session is not on a roll-call yet"


def test_one_persons_record_only(lived):
    attend(lived.session, lived.alice, Quinn=Status.PRESENT)
    texts, _facts = assemble_discharge(lived.quinn_episode)
    assert texts["attendance"].splitlines()[0] == "Process: 1 of 1 attended, 1 h 15 min" and "scores" not in texts


def test_written_filled_anew_and_signed(lived, browse):
    client = browse(lived.alice)
    client.post(reverse("clinical:start_document", args=[lived.pat.uid]), {"kind": "discharge"})
    draft = Document.objects.get(kind="discharge")
    page = reverse("clinical:edit_document", args=[draft.uid])
    sent = fields(client.get(page), "s-course") | {"s-course": "Found two people to call.", "s-attendance": "By hand."}
    add_diagnosis(episode=lived.pat_episode, code="F33.1", text="Depression", by=lived.alice)
    client.post(page, sent | {"refill": "1"})
    draft = Document.objects.get(kind="discharge")
    assert draft.sections["course"] == "Found two people to call." and "F33.1" in draft.sections["diagnoses"]
    assert draft.sections["attendance"].startswith("Process")
    sent = fields(client.get(page), "s-course")
    sent |= {"s-reason": "Completed the program.", "s-aftercare": "Weekly with Dr. Who.", "type": "step_down"}
    sent |= {"discharged_on": "2026-03-06", "sign": "1", "password": PASSWORD}
    shown = client.post(page, sent, follow=True)
    assert told(shown) == ["It is signed and sealed."]
    said = text(shown)
    assert "Step down to a lower level of care" in said and "Mar 6, 2026" in said and "End the stay" in said
    signed = Document.objects.get(kind="discharge")
    assert signed.is_intact and signed.facts["type"] == "step_down" and signed.facts["discharged_on"] == "2026-03-06"
    assert lived.pat_episode.ended_on is None  # ending the stay is a deed of its own


def test_refilling_is_for_discharges_and_whoever_writes_them(lived):
    draft = start_document(patient=lived.pat, kind="discharge", by=lived.alice)
    with pytest.raises(Refusal, match="not_yours"):
        refill_discharge(document=draft, version=1, by=lived.charlie)
    other = write_one(lived.pat, lived.alice)
    with pytest.raises(Refusal, match="kind"):
        refill_discharge(document=other, version=other.version, by=lived.alice)


# --- the patient's own copy

PLANS = "/my/plans/"


def test_the_patient_reads_their_plans_as_signed(house, clock, browse):
    clock.shift(dt.timedelta(hours=4))
    client = browse(house.pat.user)
    empty = text(client.get(PLANS))
    assert "No plan yet" in empty and 'href="tel:988"' in empty
    write_one(house.pat, house.alice, Kind.SAFETY_PLAN, said="A draft")
    sign_one(house.robin, house.charlie, Kind.SAFETY_PLAN, said="Robin’s")
    sign_one(house.pat, house.alice, said="A visit")
    assert "No plan yet" in text(client.get(PLANS))
    first = sign_one(house.pat, house.alice, Kind.SAFETY_PLAN, said="First")
    second = sign_one(house.pat, house.alice, Kind.SAFETY_PLAN, said="Second")
    sign_one(house.pat, house.alice, Kind.RELAPSE_PLAN, said="Well")
    write_one(house.pat, house.alice, Kind.SAFETY_PLAN, said="Third")
    page = text(client.get(PLANS))
    assert "Second: signs" in page and "Well: early" in page and "naloxone" in page
    for hidden in ("First:", "Third:", "Robin", "A visit"):
        assert hidden not in page
    void(second, reason="Wrong.", by=house.bob)
    page = text(client.get(PLANS))
    assert "First: signs" in page and "Second:" not in page and "Wrong." not in page and first.is_intact


def test_only_the_patient_and_it_is_logged(house, browse):
    assert browse(None).get(PLANS)["Location"].startswith("/account/login/")
    for stranger in (house.alice, house.coordinator, house.admin, house.billing):
        assert browse(stranger).get(PLANS).status_code == 403
    answer = browse(house.pat.user).get(PLANS)
    assert answer["Cache-Control"].startswith("max-age=0")
    read = Read.objects.latest("pk")
    assert (read.patient_id, read.what, read.path) == (house.pat.pk, "own", PLANS)
