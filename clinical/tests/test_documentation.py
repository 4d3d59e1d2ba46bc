"""Saving what is documented: the shared part, rows, what follows from start and stop, whose objectives there are."""

import datetime as dt

import pytest

from clinical.models import Attendance, GroupNote, ProgressNote, Status
from clinical.queries_documentation import objectives_of, versions_of
from clinical.services import RollCallRow
from clinical.services.documentation import Row, save_rows, save_shared
from core.errors import Refusal
from tests.desk import attend, make_plan, sign, write


@pytest.fixture
def over(house, clock):
    clock.shift(dt.timedelta(hours=3))
    return house


def code(deed, **kwargs) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    return caught.value.code


def row(person, status=None, version=0, **note) -> Row:
    minutes = {Status.PRESENT: 75, Status.LATE: 40}.get(status)
    line = status and RollCallRow(person.pk, status, minutes, None)
    return Row(person.pk, line, note or None, version)


def minutes(house) -> dict[str, tuple]:
    rows = Attendance.objects.filter(session=house.session).select_related("patient")
    return {a.patient.legal_first_name: (a.minutes, a.possible_minutes) for a in rows}


def test_who_may_and_when(house, clock):
    early = {"session": house.session, "rows": [row(house.pat, Status.PRESENT, text="x")], "by": house.alice}
    assert code(save_rows, **early) == "not_begun"
    clock.shift(dt.timedelta(hours=3))
    assert code(save_rows, **early | {"by": house.charlie}) == "not_a_facilitator"
    shared = {"session": house.session, "values": {"topic": "x"}, "version": 0}
    assert code(save_shared, **shared, by=house.charlie) == "not_a_facilitator"
    assert save_rows(**early) == 1 and not GroupNote.objects.exists()


def test_a_row_is_attendance_and_note_at_once(over):
    rows = [row(over.pat, Status.PRESENT, text="Spoke."), row(over.quinn, Status.NO_SHOW)]
    assert save_rows(session=over.session, rows=rows, by=over.alice) == 2
    assert ProgressNote.objects.get().text == "Spoke." and minutes(over) == {"Pat": (75, 75), "Quinn": (None, 75)}


def test_all_or_nothing(over):
    rows = [row(over.pat, Status.PRESENT, text="Spoke."), row(over.quinn, text="Was not taken.")]
    assert code(save_rows, session=over.session, rows=rows, by=over.alice) == "absent"
    assert not Attendance.objects.exists() and not ProgressNote.objects.exists()


def test_somebody_found_absent_empties_their_draft_first(over):
    save_rows(session=over.session, rows=[row(over.pat, Status.PRESENT, text="", risk_text="Said.")], by=over.alice)
    absent = [row(over.pat, Status.NO_SHOW)]
    assert code(save_rows, session=over.session, rows=absent, by=over.alice) == "has_draft"
    empty = [row(over.pat, Status.NO_SHOW, version=1, text="", risk_text="")]
    save_rows(session=over.session, rows=empty, by=over.alice)
    assert not ProgressNote.objects.exists() and minutes(over) == {"Pat": (None, 75)}


def test_an_answer_of_no_is_an_answer_and_no_trouble_is_none(over):
    attend(over.session, over.alice, Pat=Status.PRESENT, Quinn=Status.PRESENT)
    rows = [row(over.pat, tech_trouble=False, text=""), row(over.quinn, camera_on=False)]
    assert save_rows(session=over.session, rows=rows, by=over.alice) == 1
    assert ProgressNote.objects.get().patient == over.quinn


def test_changed_meanwhile(over):
    attend(over.session, over.alice, Pat=Status.PRESENT)
    save_rows(session=over.session, rows=[row(over.pat, text="First.")], by=over.alice)
    later = {"session": over.session, "by": over.bob}
    assert code(save_rows, rows=[row(over.pat, text="Second.")], **later) == "changed_meanwhile"
    assert save_rows(rows=[row(over.pat, text="First.")], **later) == 0
    assert save_rows(rows=[row(over.pat, version=1, text="Second.")], **later) == 1
    save_shared(session=over.session, values={"homework": "A diary"}, version=0, by=over.alice)
    assert code(save_shared, values={"homework": "B"}, version=0, **later) == "changed_meanwhile"
    assert save_shared(values={"homework": "B"}, version=1, **later).version == 2


def test_nobody_elses_objective(over):
    attend(over.session, over.alice, Pat=Status.PRESENT, Quinn=Status.PRESENT)
    (aim,) = make_plan(over.quinn_episode, over.alice, "Hers")
    wrong = [row(over.pat, plan_objective_id=aim.pk)]
    assert code(save_rows, session=over.session, rows=wrong, by=over.alice) == "not_their_objective"
    assert save_rows(session=over.session, rows=[row(over.quinn, plan_objective_id=aim.pk)], by=over.alice) == 1


def test_minutes_follow_the_session_as_it_was_held(over):
    attend(over.session, over.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    values = {"began_at": over.session.starts_at, "stopped_at": over.session.ends_at - dt.timedelta(minutes=40)}
    save_shared(session=over.session, values=values | {"break_minutes": 15}, version=0, by=over.alice)
    assert minutes(over) == {
        "Pat": (35, 35),
        "Quinn": (40, 40),
    }  # what was confirmed of Quinn is asked about at signing
    again = [row(over.pat, Status.PRESENT)]
    assert code(save_rows, session=over.session, rows=again, by=over.alice) == "minutes"
    save_shared(session=over.session, values=dict.fromkeys(values) | {"break_minutes": 0}, version=1, by=over.alice)
    assert minutes(over) == {"Pat": (90, 90), "Quinn": (40, 90)}


def test_times_that_cannot_be(over):
    start, end = over.session.starts_at, over.session.ends_at
    for values, refused in (
        ({"began_at": end, "stopped_at": start}, "times"),
        ({"stopped_at": end + dt.timedelta(days=1)}, "times"),
        ({"break_minutes": 90}, "break_minutes"),
    ):
        assert code(save_shared, session=over.session, values=values, version=0, by=over.alice) == refused
    assert not GroupNote.objects.exists()


def test_times_are_sealed_with_the_first_note(over):
    attend(over.session, over.alice, Pat=Status.PRESENT)
    write(over.session, over.alice, Pat="Spoke.")
    sign(over.session, over.alice)
    held = {"session": over.session, "version": 1, "by": over.alice}
    assert code(save_shared, values={"break_minutes": 0}, **held) == "signed"
    assert save_shared(values={"homework": "A diary"}, **held).version == 2


def test_objectives_are_of_the_plan_in_force(over, django_assert_num_queries):
    make_plan(over.pat_episode, over.alice, "Old")
    new = make_plan(over.pat_episode, over.alice, "First", "Second", "Third")
    other = make_plan(over.robin_episode, over.charlie, "Robin’s")
    with django_assert_num_queries(1):
        found = objectives_of([over.pat, over.quinn])
    assert found == {over.pat.pk: new}
    with django_assert_num_queries(1):
        assert objectives_of([over.pat, over.quinn, over.robin]) == {over.pat.pk: new, over.robin.pk: other}


def test_versions_take_three_queries(over, django_assert_num_queries):
    attend(over.session, over.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    write(over.session, over.alice, Pat="Spoke.")
    session = over.session
    with django_assert_num_queries(3):
        found = versions_of(session, [over.pat.pk, over.quinn.pk])
    assert found == {
        "shared": 1,
        "possible": 75,
        "rows": {over.pat.pk: [1, "present:all:3", False], over.quinn.pk: [0, "late:40:3", False]},
    }
