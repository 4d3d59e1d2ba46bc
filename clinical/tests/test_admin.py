"""The clinical record in the administration site: everything is there but the narrative, and nothing is written."""

import datetime as dt

import pgtrigger
import pytest

from accounts.tests.admin_site import build_next_door, page, queries, readings, rows, signed_in, words
from clinical.models import Addendum, Attendance, Countersignature, GroupNote, Overrule, ProgressNote, Status
from clinical.services import (
    Draft,
    RollCallRow,
    add_addendum,
    save_drafts,
    save_group_note,
    take_attendance,
)
from scheduling.models import Session
from tests.desk import sign

SHARED = {"objective": "Name two triggers", "topic": "Cravings", "intervention": "Guided discussion"}
NARRATIVE = [*SHARED.values(), "hard weekend", "named a plan", "No plan yet."]
RECORD = [Attendance, GroupNote, ProgressNote, Addendum, Countersignature, Overrule]


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


def hold(house, session):
    """Attendance, shared part, a signed note of Pat's with an addendum; Quinn missed it."""
    people = [RollCallRow(house.pat.pk, Status.PRESENT, 75, 3), RollCallRow(house.quinn.pk, Status.NO_SHOW, None, None)]
    take_attendance(session=session, rows=people, by=house.alice)
    save_group_note(session=session, version=0, by=house.alice, **SHARED)
    save_drafts(session=session, drafts=[Draft(house.pat.pk, "Spoke of a hard weekend.", 0)], by=house.alice)
    sign(session, house.alice)
    note = ProgressNote.objects.get(session=session, patient=house.pat)
    add_addendum(note=note, text="Also named a plan.", by=house.alice)
    Countersignature.objects.create(
        note=note, user=house.bob, name="Bob Supervisor, LCSW", at=note.signed_at, content_hash=note.content_hash
    )


@pytest.fixture
def held(house, clock):
    """The Monday session with its whole record."""
    clock.shift(dt.timedelta(hours=3))
    hold(house, house.session)
    return house


@pytest.fixture
def ada(held):
    """The program admin's browser."""
    return signed_in(held.admin)


@pytest.mark.parametrize("model", RECORD)
def test_the_record_is_only_shown_and_without_its_narrative(ada, model):
    row = model.objects.first()
    address = page(model, "change", row.pk)
    for answer in (ada.get(page(model)), ada.get(address)):
        assert answer.status_code == 200
        assert not [text for text in NARRATIVE if text in words(answer)]
    assert ada.get(page(model, "add")).status_code == 403
    assert ada.post(address, {"minutes": 1, "text": "x"}).status_code == 403
    assert ada.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_seal_is_shown_with_its_facts(ada, held):
    note = ProgressNote.objects.get()
    said = words(ada.get(page(ProgressNote, "change", note.pk)))
    assert "Alice Clinician, LMFT" in said and note.content_hash in said
    assert "Yes, intact" in said
    assert "program: Day track group: Monday process kind: process" in said
    assert "minutes: 75 participation: 3" in said


def test_a_seal_that_is_broken_is_said(ada):
    note = ProgressNote.objects.get()
    with pgtrigger.ignore("clinical.ProgressNote:sealed"):  # somebody who could switch the trigger off
        ProgressNote.objects.filter(pk=note.pk).update(signed_name="Somebody else")
    assert "No: it differs from what was signed" in words(ada.get(page(ProgressNote, "change", note.pk)))


def test_a_draft_is_not_called_broken(ada, held):
    late = [RollCallRow(held.quinn.pk, Status.LATE, 30, None)]
    take_attendance(session=held.session, rows=late, by=held.alice)
    save_drafts(session=held.session, drafts=[Draft(held.quinn.pk, "Listened.", 0)], by=held.alice)
    draft = ProgressNote.objects.get(signed_at=None)
    assert "Not signed yet" in words(ada.get(page(ProgressNote, "change", draft.pk)))


def test_every_page_is_put_on_the_record_but_the_groups_own(ada, held):
    for model in RECORD:
        ada.get(page(model, "change", model.objects.filter().order_by("pk").first().pk))
    note, addendum = ProgressNote.objects.get(), Addendum.objects.get()
    mark, overrule = Countersignature.objects.get(), Overrule.objects.get()
    first = Attendance.objects.order_by("pk").first()
    assert [(found[0], found[2]) for found in readings(held.admin)] == [
        (first.patient_id, page(Attendance, "change", first.pk)),
        (held.pat.pk, page(ProgressNote, "change", note.pk)),
        (held.pat.pk, page(Addendum, "change", addendum.pk)),
        (held.pat.pk, page(Countersignature, "change", mark.pk)),
        (held.pat.pk, page(Overrule, "change", overrule.pk)),
    ]


def test_the_record_next_door_is_out_of_sight(held):
    other = build_next_door()
    otto = signed_in(other.otto)
    for model in RECORD:
        assert rows(otto.get(page(model))) == []
        assert otto.get(page(model, "change", model.objects.first().pk)).status_code == 302
    assert readings(other.otto) == []


@pytest.mark.parametrize(
    ("model", "cost"),
    [(Attendance, 9), (GroupNote, 8), (ProgressNote, 9), (Addendum, 10), (Countersignature, 10), (Overrule, 11)],
)
def test_a_list_costs_the_same_for_one_session_and_five(ada, held, clock, model, cost):
    assert queries(ada, page(model)) == cost
    sessions = Session.objects.filter(group=held.group, starts_at__gt=held.session.starts_at).order_by("starts_at")[:4]
    for session in sessions:
        clock.move_to(session.ends_at + dt.timedelta(hours=1))
        hold(held, session)
    ada = signed_in(held.admin)
    assert queries(ada, page(model)) == cost
