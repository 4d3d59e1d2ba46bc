"""Patients, episodes and care teams in the administration site."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.tests.admin_site import build_next_door, errors, page, queries, readings, rows, save, signed_in, words
from patients.models import CareTeamMember, Episode, Patient
from tests.factories import make_patient, make_staff


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


@pytest.fixture
def ada(house):
    """The program admin's browser."""
    return signed_in(house.admin)


# --- whose rows


def test_an_admin_sees_their_own_programs_people_and_no_others(house, ada):
    other = build_next_door()
    otto = signed_in(other.otto)
    assert set(rows(ada.get(page(Patient)))) == {house.pat, house.quinn, house.robin}
    assert rows(otto.get(page(Patient))) == [other.zed]
    for model, row in (
        (Patient, house.pat),
        (Episode, house.pat_episode),
        (CareTeamMember, house.pat.care_team.first()),
    ):
        assert not {row} & set(rows(otto.get(page(model))))
        answer = otto.get(page(model, "change", row.pk), follow=True)
        assert "doesn’t exist" in words(answer) and "Pat" not in words(answer).replace("Patient", "")
        assert otto.get(page(model, "history", row.pk)).status_code == 404
        before = model.objects.values().get(pk=row.pk)
        assert otto.post(page(model, "change", row.pk), {"legal_first_name": "X"}).status_code in (302, 403)
        assert model.objects.values().get(pk=row.pk) == before


def test_somebody_in_two_programs_is_seen_by_both_but_not_their_other_stay(house, ada):
    other = build_next_door()
    stay = Episode.objects.create(
        patient=house.pat,
        program=other.program,
        level_of_care="2.1",
        started_on=timezone.localdate(),
        primary_clinician=other.dora,
    )
    otto = signed_in(other.otto)
    assert set(rows(otto.get(page(Patient)))) == {other.zed, house.pat}
    assert set(rows(otto.get(page(Episode)))) == {other.episode, stay}
    assert "Day track" not in words(otto.get(page(Patient, "change", house.pat.pk)))
    assert "Evening track" not in words(ada.get(page(Patient, "change", house.pat.pk)))


# --- on the record


def test_opening_a_patient_is_put_on_the_record(house, ada):
    address = page(Patient, "change", house.pat.pk)
    ada.get(address)
    assert readings(house.admin) == [(house.pat.pk, "administration", address)]


def test_a_list_is_put_on_the_record_once_for_each_patient(house, ada):
    ada.post(page(CareTeamMember))  # a list is shown for that, too
    assert CareTeamMember.objects.count() > 3
    address = page(CareTeamMember)
    assert readings(house.admin) == [
        (person.pk, "administration", address) for person in (house.pat, house.quinn, house.robin)
    ]


def test_a_form_that_comes_back_is_put_on_the_record_too(house, ada):
    save(ada, page(Patient, "change", house.pat.pk), display_name="")
    assert [found[0] for found in readings(house.admin)] == [house.pat.pk, house.pat.pk]


def test_a_person_named_beside_a_number_is_put_on_the_record(house, ada):
    answer = ada.get(page(Episode, "add", patient=house.quinn.pk))
    assert "Quinn Quill" in words(answer)
    assert [found[0] for found in readings(house.admin)] == [house.quinn.pk]


def test_a_number_of_somebody_next_door_names_nobody(house, ada):
    other = build_next_door()
    answer = ada.get(page(Episode, "add", patient=other.zed.pk))
    assert "Zimmer" not in words(answer)
    answer = save(ada, page(Episode, "add"), patient=other.zed.pk)
    assert errors(answer)["patient"] == [
        "Select a valid choice. That choice is not one of the available choices."
    ] and "Zimmer" not in words(answer)
    assert readings(house.admin) == []


# --- patients


def test_patients_are_admitted_elsewhere(house, ada):
    assert ada.get(page(Patient, "add")).status_code == 403
    assert "Add patient" not in words(ada.get(page(Patient)))


def test_patients_are_found_by_record_number_and_never_by_name(house, ada):
    assert rows(ada.get(page(Patient, q=house.quinn.record_number))) == [house.quinn]
    assert rows(ada.get(page(Patient, q="Quill"))) == []
    assert ada.get(page(Patient, legal_last_name="Quill")).status_code == 400


def test_a_correction_leaves_what_is_not_shown_alone(house, ada):
    Patient.objects.filter(pk=house.pat.pk).update(needs="Large print, please")
    before = Patient.objects.get(pk=house.pat.pk).events.count()
    address = page(Patient, "change", house.pat.pk)
    assert "Large print" not in words(ada.get(address))
    save(ada, address, legal_last_name="Peterson", phone="555")
    person = Patient.objects.get(pk=house.pat.pk)
    assert (person.legal_last_name, person.phone, person.needs) == ("Peterson", "555", "Large print, please")
    change = person.events.latest("pgh_id")
    assert person.events.count() == before + 1
    assert change.pgh_context.metadata["user"] == house.admin.pk
    assert change.pgh_context.metadata["url"] == address


def test_what_is_wrong_is_said_beside_it(house, ada):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    answer = save(ada, page(Patient, "change", house.pat.pk), birth_date=str(tomorrow), display_name="", phone="0")
    assert errors(answer) == {
        "birth_date": ["The birth date must be in the past."],
        "display_name": ["This field is required."],
    }
    assert answer.context["adminform"].form["phone"].value() == "0"


# --- care teams


def test_the_care_team_is_only_shown(house, ada):
    row = house.pat.care_team.first()
    assert ada.get(page(CareTeamMember, "add")).status_code == 403
    assert ada.post(page(CareTeamMember, "change", row.pk), {"part": "coordinator"}).status_code == 403
    assert "because of" in words(ada.get(page(CareTeamMember, "change", row.pk))).lower()


# --- lists cost the same, however long


@pytest.mark.parametrize(("model", "cost"), [(Patient, 7), (CareTeamMember, 7)])
def test_a_list_costs_the_same_for_one_row_more_and_five_more(house, ada, model, cost):
    make_patient(house.program, make_staff(house.program))
    assert queries(ada, page(model)) == cost
    for _number in range(4):
        make_patient(house.program, make_staff(house.program))
    assert queries(ada, page(model)) == cost
