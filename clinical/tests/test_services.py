"""Attendance and notes: what the services allow, and what the database refuses even from psql."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from clinical.models import Attendance, GroupNote, ProgressNote, Status
from clinical.services import (
    Draft,
    RollCallRow,
    add_addendum,
    save_drafts,
    save_group_note,
    sign_notes,
    take_attendance,
)
from core.errors import Refusal
from tests.desk import sign

SHARED = {"objective": "Name two triggers", "topic": "Triggers", "intervention": "Guided discussion"}


def attend(house, *, pat=Status.PRESENT, quinn=Status.NO_SHOW):
    minutes = {Status.PRESENT: 75, Status.LATE: 60, Status.LEFT_EARLY: 40}
    rows = [
        RollCallRow(person.pk, status, minutes.get(status), 3 if status in minutes else None)
        for person, status in ((house.pat, pat), (house.quinn, quinn))
    ]
    return take_attendance(session=house.session, rows=rows, by=house.alice)


@pytest.fixture
def held(house, clock):
    """The Monday session is over and nothing is recorded yet."""
    clock.shift(dt.timedelta(hours=3))
    return house


@pytest.fixture
def signed(held):
    """Pat's note is signed; Quinn missed the session."""
    attend(held)
    save_group_note(session=held.session, version=0, by=held.alice, **SHARED)
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "Spoke of a hard weekend.", 0)], by=held.alice)
    sign(held.session, held.alice)
    return held


def refused(code, deed, **kwargs):
    with pytest.raises(Refusal) as caught, transaction.atomic():
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


def test_attendance_needs_a_begun_session(house):
    refused("not_begun", take_attendance, session=house.session, rows=[], by=house.alice)


def test_only_facilitators_and_their_supervisor_take_attendance(held):
    rows = [RollCallRow(held.pat.pk, Status.PRESENT, 75, None)]
    refused("not_a_facilitator", take_attendance, session=held.session, rows=rows, by=held.charlie)
    assert take_attendance(session=held.session, rows=rows, by=held.bob) == 1


def test_somebody_not_expected_is_refused(held):
    rows = [RollCallRow(held.robin.pk, Status.PRESENT, 75, None)]
    refused("not_expected", take_attendance, session=held.session, rows=rows, by=held.alice)


@pytest.mark.parametrize(
    ("status", "minutes", "participation", "code"),
    [
        (Status.PRESENT, None, None, "minutes"),
        (Status.PRESENT, 60, None, "minutes"),
        (Status.LATE, 76, None, "minutes"),
        (Status.LATE, 0, None, "minutes"),
        (Status.LATE, 30, 5, "participation"),
        (Status.NO_SHOW, 10, None, "absent_has_minutes"),
        (Status.EXCUSED, None, 0, "absent_has_minutes"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(held, status, minutes, participation, code):
    rows = [RollCallRow(held.pat.pk, status, minutes, participation)]
    refusal = refused(code, take_attendance, session=held.session, rows=rows, by=held.alice)
    assert refusal.field.endswith(f"-{held.pat.pk}")
    assert not Attendance.objects.exists()


def test_a_missed_session_can_be_put_right(held):
    attend(held, pat=Status.NO_SHOW)
    attend(held, pat=Status.LATE)
    row = Attendance.objects.get(patient=held.pat)
    assert (row.status, row.minutes, row.attended) == ("late", 60, True)


def test_an_absence_never_gets_a_note(held):
    attend(held)
    drafts = [Draft(held.quinn.pk, "Was not there.", 0)]
    refused("absent", save_drafts, session=held.session, drafts=drafts, by=held.alice)
    absence = Attendance.objects.get(patient=held.quinn)
    with pytest.raises(DatabaseError, match="note_of_somebody_who_attended"), transaction.atomic():
        ProgressNote.objects.create(
            session=held.session,
            patient=held.quinn,
            attendance=absence,
            author=held.alice,
            text="x",
            written_at=dt.datetime.now(dt.UTC),
        )
        connection.check_constraints()


def test_marking_absent_somebody_with_a_draft_is_refused_until_it_is_emptied(held):
    attend(held)
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "Draft", 0)], by=held.alice)
    rows = [RollCallRow(held.pat.pk, Status.EXCUSED, None, None)]
    refused("has_draft", take_attendance, session=held.session, rows=rows, by=held.alice)
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "", 1)], by=held.alice)
    take_attendance(session=held.session, rows=rows, by=held.alice)
    assert not ProgressNote.objects.exists()


def test_two_people_editing_the_second_is_told(held):
    attend(held)
    save_group_note(session=held.session, version=0, by=held.alice, **SHARED)
    refused(
        "changed_meanwhile", save_group_note, session=held.session, version=0, by=held.bob, **SHARED | {"topic": "Else"}
    )
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "One", 0)], by=held.alice)
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "Two", 1)], by=held.alice)
    drafts = [Draft(held.pat.pk, "Three", 1)]
    refused("changed_meanwhile", save_drafts, session=held.session, drafts=drafts, by=held.bob)
    assert ProgressNote.objects.get().text == "Two"


def test_signing_takes_the_complete_ones_and_names_what_others_lack(held):
    attend(held, quinn=Status.LATE)
    save_group_note(session=held.session, version=0, by=held.alice, **SHARED)
    save_drafts(session=held.session, drafts=[Draft(held.pat.pk, "Spoke up.", 0)], by=held.alice)
    outcome = sign(held.session, held.alice)
    assert [p.pk for p in outcome.signed] == [held.pat.pk]
    assert [(p.pk, why) for p, why in outcome.left] == [(held.quinn.pk, "no text of their own yet")]
    note = ProgressNote.objects.get()
    assert note.is_intact
    assert note.signed_name == "Alice Clinician, LMFT"
    assert (note.objective, note.seal["minutes"], note.seal["attending"]) == (SHARED["objective"], 75, 2)
    assert "Quinn" not in str(note.seal)


def test_the_same_text_for_two_people_is_not_signed(held):
    attend(held, quinn=Status.LATE)
    save_group_note(session=held.session, version=0, by=held.alice, **SHARED)
    drafts = [Draft(held.pat.pk, "Engaged  well.", 0), Draft(held.quinn.pk, "engaged well.", 0)]
    save_drafts(session=held.session, drafts=drafts, by=held.alice)
    outcome = sign(held.session, held.alice)
    assert outcome.signed == []
    assert {why for _p, why in outcome.left} == {"the text is the same as another person’s"}


def test_nothing_is_signed_before_the_session_is_over(house, clock):
    clock.shift(dt.timedelta(hours=1, minutes=30))
    refused("not_over", sign_notes, session=house.session, by=house.alice)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clinical_progressnote SET text = 'changed'",
        "UPDATE clinical_progressnote SET signed_at = NULL",
        "DELETE FROM clinical_progressnote",
        "UPDATE clinical_attendance SET minutes = 1 WHERE attended",
        "UPDATE scheduling_session SET ends_at = ends_at + interval '1 hour'"
        " WHERE id IN (SELECT session_id FROM clinical_attendance)",
        "SET LOCAL iop.may_truncate = 'off'; TRUNCATE clinical_addendum",
        "SET LOCAL iop.may_truncate = 'off'; TRUNCATE clinical_progressnote CASCADE",
        "SET LOCAL iop.may_truncate = 'off'; TRUNCATE audit_read",
    ],
)
def test_the_database_keeps_the_seal(signed, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_attendance_of_a_signed_note_is_sealed(signed):
    rows = [RollCallRow(signed.pat.pk, Status.LATE, 60, 3)]
    refused("signed", take_attendance, session=signed.session, rows=rows, by=signed.alice)


def test_an_addendum_is_sealed_at_once(signed):
    note = ProgressNote.objects.get()
    refused("empty", add_addendum, note=note, text=" ", by=signed.alice)
    addendum = add_addendum(note=note, text="Also named a third trigger.", by=signed.bob)
    assert addendum.signed_name == "Bob Supervisor, LCSW"
    with pytest.raises(DatabaseError), transaction.atomic():
        addendum.text = "else"
        addendum.save()
    note.refresh_from_db()
    assert note.is_intact


def test_narrative_is_ciphertext_in_the_column_and_in_its_history(signed):
    with connection.cursor() as cursor:
        for table in ("clinical_progressnote", "clinical_progressnoteevent", "clinical_groupnote"):
            column = "topic" if "group" in table else "text"
            cursor.execute(f"SELECT {column} FROM {table}")
            stored = [row[0] for row in cursor.fetchall()]
            assert stored
            assert all(text.startswith("gAAAA") for text in stored)
    assert GroupNote.objects.get().topic == SHARED["topic"]
