"""Deeds on patients, and what the database keeps by itself."""

import datetime as dt
import secrets
from collections import Counter
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.access import Role
from accounts.models import User
from core.errors import Refusal
from core.tests.racing import together
from patients.models import CareTeamMember, Episode, Patient
from patients.services import admit_patient, assign_primary_clinician, open_episode, set_preferences
from tests.factories import make_patient, make_program, make_staff

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 3, 2)


def refused(code, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught, transaction.atomic():
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


def person(house, **fields) -> dict:
    """Somebody to admit."""
    return {
        "program": house.program,
        "primary_clinician": house.alice,
        "email": "sam@example.org",
        "legal_first_name": "Samuel",
        "legal_last_name": "Stone",
        "birth_date": dt.date(1990, 5, 5),
        "state": "CA",
        "zone": "America/Los_Angeles",
    } | fields


def everything() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (User, Patient, Episode, CareTeamMember))


# --- admission


def test_admitted_in_one_piece(house):
    episode = admit_patient(**person(house, preferred_name="Sam", pronouns="he"))
    patient = episode.patient
    assert (patient.name, patient.called, patient.display_name, str(patient)) == (
        "Sam Stone",
        "Sam",
        "Sam",
        "Sam Stone",
    )
    assert (episode.started_on, episode.weekly_goal_minutes, episode.level_of_care) == (TODAY, 540, "2.1")
    assert User.objects.get(pk=patient.user_id).roles == {Role.PATIENT}
    assert not patient.user.has_usable_password()
    team = set(patient.care_team.values_list("user", "part"))
    assert team == {(house.alice.pk, "primary"), (house.bob.pk, "supervisor")}
    assert patient.record_number.startswith("P")


def test_the_programs_goal_unless_another_is_given(house):
    program = make_program(weekly_goal_minutes=360, level_of_care="2.5")
    clinician = make_staff(program)
    fields = {"program": program, "primary_clinician": clinician}
    assert admit_patient(**person(house, **fields)).weekly_goal_minutes == 360
    other = admit_patient(**person(house, email="x@example.org", weekly_goal_minutes=720, level_of_care="1", **fields))
    assert (other.weekly_goal_minutes, other.level_of_care) == (720, "1")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"email": "PAT"}, "email_taken", "email"),
        ({"birth_date": TODAY}, "born_in_the_future", "birth_date"),
        ({"primary_clinician": "coordinator"}, "not_a_clinician", "primary_clinician"),
        ({"primary_clinician": "admin"}, "not_a_clinician", "primary_clinician"),
        ({"password": "short"}, "weak_password", "password"),
        ({"record_number": "PAT"}, "record_number_taken", "record_number"),
    ],
)
def test_a_refused_admission_leaves_nothing(house, fields, code, field):
    if fields.get("email"):
        fields = {"email": house.pat.user.email.upper()}
    if fields.get("record_number"):
        fields = {"record_number": house.pat.record_number}
    if fields.get("primary_clinician"):
        fields = {"primary_clinician": getattr(house, fields["primary_clinician"])}
    before = everything()
    assert refused(code, admit_patient, **person(house, **fields)).field == field
    assert everything() == before


def test_staff_of_the_program_are_not_admitted_to_it(house):
    """Their account exists already: the address is taken, and a second role refused."""
    refused("email_taken", admit_patient, **person(house, email=house.charlie.email))


@pytest.mark.parametrize(("who", "part"), [("coordinator", "coordinator"), ("bob", "supervisor"), ("admin", None)])
def test_who_admits_joins_the_care_team(house, who, part):
    user = getattr(house, who)
    episode = admit_patient(**person(house, admitted_by=user))
    parts = list(
        episode.patient.care_team.filter(user=user, source__startswith="admission:").values_list("part", flat=True)
    )
    assert parts == ([part] if part else [])


def test_record_numbers_are_nobody_elses(house, monkeypatch):
    """Random ones meet sooner than one thinks."""
    taken = int(house.pat.record_number[1:])
    drawn = iter([taken, taken, 42])
    monkeypatch.setattr(secrets, "randbelow", lambda below: next(drawn))
    assert admit_patient(**person(house)).patient.record_number == "P00000042"


def test_admitted_by_several_at_once_it_is_once(committed_house):
    house = committed_house
    before = everything()
    outcomes = together([partial(admit_patient, **person(house))] * 6)
    assert Counter(getattr(o, "code", type(o).__name__) for o in outcomes) == {"Episode": 1, "email_taken": 5}
    users, patients, episodes, team = everything()
    assert (users, patients, episodes, team) == (before[0] + 1, before[1] + 1, before[2] + 1, before[3] + 2)


# --- stays


@pytest.fixture
def stay(house):
    """Fields of another stay of Pat's, from a day."""

    def fields(started_on, **more):
        return {
            "patient": house.pat,
            "program": house.program,
            "primary_clinician": house.alice,
            "started_on": started_on,
            "weekly_goal_minutes": 540,
            "level_of_care": "2.1",
        } | more

    return fields


@pytest.mark.parametrize("started_on", [TODAY - 90 * DAY, TODAY - 7 * DAY, TODAY + 30 * DAY])
def test_one_stay_at_a_time_in_a_program(house, stay, started_on):
    assert refused("episode_overlaps", open_episode, **stay(started_on)).field == "started_on"
    assert house.pat.episodes.count() == 1
    there = make_program()
    open_episode(**stay(started_on, program=there, primary_clinician=make_staff(there)))


def test_one_stay_after_another(house, stay):
    Episode.objects.filter(pk=house.pat_episode.pk).update(ended_on=TODAY)
    refused("episode_overlaps", open_episode, **stay(TODAY - DAY))
    assert open_episode(**stay(TODAY)).pk != house.pat_episode.pk
    assert list(Episode.objects.filter(patient=house.pat).open(TODAY - DAY)) == [house.pat_episode]
    assert list(Episode.objects.filter(patient=house.pat).open(TODAY)) == [house.pat.episodes.latest("started_on")]


def test_readmitted_by_several_at_once_it_is_once(committed_house):
    house = committed_house
    Episode.objects.filter(pk=house.pat_episode.pk).update(ended_on=TODAY)
    fields = {
        "patient": house.pat,
        "program": house.program,
        "primary_clinician": house.alice,
        "started_on": TODAY,
        "weekly_goal_minutes": 540,
        "level_of_care": "2.1",
    }
    outcomes = together([partial(open_episode, **fields)] * 6)
    assert Counter(getattr(o, "code", type(o).__name__) for o in outcomes) == {"Episode": 1, "episode_overlaps": 5}


@pytest.mark.parametrize("who", ["coordinator", "admin", "billing", "pat", "stranger"])
def test_a_primary_is_a_clinician_of_the_program(house, who):
    people = {"pat": house.pat.user, "stranger": make_staff(make_program())}
    clinician = people.get(who) or getattr(house, who)
    refused("not_a_clinician", assign_primary_clinician, episode=house.pat_episode, clinician=clinician)
    house.pat_episode.refresh_from_db()
    assert house.pat_episode.primary_clinician == house.alice
    assert house.pat.care_team.current().filter(user=house.alice, part="primary").exists()


# --- the patient's own choices


def test_preferences(house):
    set_preferences(
        patient=house.pat,
        display_name="Sky",
        pronouns="they",
        zone="America/Denver",
        language="es",
    )
    pat = Patient.objects.select_related("user").get(pk=house.pat.pk)
    assert (pat.display_name, pat.pronouns) == ("Sky", "they")
    assert (pat.user.zone, pat.user.language) == ("America/Denver", "es")
    assert pat.name == "Pat Peerson"  # peers' name is not the record's


@pytest.mark.parametrize("name", ["", "  "])
def test_the_others_always_see_some_name(house, name):
    refusal = refused(
        "no_display_name",
        set_preferences,
        patient=house.pat,
        display_name=name,
        pronouns="",
        zone="America/Denver",
        language="en",
    )
    assert refusal.field == "display_name"
    assert Patient.objects.get(pk=house.pat.pk).display_name == "Pat"
    with pytest.raises(IntegrityError, match="patient_has_a_display_name"), transaction.atomic():
        Patient.objects.update(display_name="")


# --- what the database keeps by itself


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE patients_episode SET ended_on = started_on", "episode_ends_after_start"),
        ("UPDATE patients_episode SET weekly_goal_minutes = 59", "episode_goal_is_sane"),
        ("UPDATE patients_episode SET weekly_goal_minutes = 2401", "episode_goal_is_sane"),
        ("UPDATE patients_careteammember SET ends_at = starts_at - interval '1 second'", "care_team_ends_after_start"),
    ],
)
def test_what_can_not_be(house, sql, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_one_open_place_a_reason(house):
    row = CareTeamMember.objects.filter(ends_at=None).first()
    with pytest.raises(IntegrityError, match="one_open_place_per_source"), transaction.atomic():
        CareTeamMember.objects.create(
            patient=row.patient, user=row.user, source=row.source, part="primary", starts_at=timezone.now()
        )


def test_a_number_and_an_account_are_one_patients(house):
    for fields in ({"record_number": house.quinn.record_number}, {"user": house.quinn.user}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Patient.objects.filter(pk=house.pat.pk).update(**fields)


@pytest.mark.parametrize("model", [Patient, Episode, CareTeamMember])
def test_nothing_is_deleted(house, model):
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608


def test_a_uid_says_and_counts_nothing(house):
    uids = [make_patient(house.program, house.alice).patient.uid for _n in range(3)]
    assert {uid.version for uid in uids} == {4}
    assert len(set(uids)) == 3
