"""Deeds on accounts."""

import datetime as dt
from collections import Counter
from functools import partial

import pytest

from accounts.access import CLINICAL, STAFF, Role
from accounts.models import RoleAssignment, StaffProfile, User
from accounts.services import create_account, give_role, set_staff_profile
from core.errors import Refusal
from core.tests.racing import failures, together
from tests.factories import make_program, make_staff

PERSON = {"email": "dana@example.org", "first_name": "Dana", "last_name": "D", "zone": "America/Los_Angeles"}


def refused(code, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


def test_an_account_is_made_once(db):
    create_account(**PERSON)
    refusal = refused("email_taken", create_account, **PERSON | {"email": " DANA@example.org "})
    assert refusal.field == "email"
    assert User.objects.count() == 1


def test_made_by_several_at_once_it_is_made_once(transactional_db):
    outcomes = together([partial(create_account, **PERSON)] * 8)
    assert Counter(getattr(o, "code", "made") for o in outcomes) == {"made": 1, "email_taken": 7}
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "password123", "12345678901234"])
def test_a_weak_password_is_refused(db, password):
    assert refused("weak_password", create_account, **PERSON, password=password).field == "password"
    assert not User.objects.exists()


def test_without_a_password_nobody_signs_in_with_one(db, client):
    user = create_account(**PERSON)
    assert not user.has_usable_password()
    assert not client.login(email=user.email, password="")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_given_once(db, role):
    user, program = create_account(**PERSON), make_program()
    first = give_role(user=user, program=program, role=role)
    assert give_role(user=user, program=program, role=role) == first
    assert user.roles == {role}
    assert first.starts_on == program.today


def test_given_by_several_at_once_it_is_given_once(transactional_db):
    user, program = create_account(**PERSON), make_program()
    outcomes = together([partial(give_role, user=user, program=program, role=Role.CLINICIAN)] * 8)
    assert failures(outcomes) == []
    assert RoleAssignment.objects.count() == 1


@pytest.mark.parametrize("role", sorted(STAFF))
@pytest.mark.parametrize("patient_first", [True, False])
@pytest.mark.parametrize("later", [0, 7])
def test_nobody_is_staff_and_patient_in_one_program(db, role, patient_first, later):
    """Not today, and not from next week on either."""
    user, program = create_account(**PERSON), make_program()
    first, second = (Role.PATIENT, role) if patient_first else (role, Role.PATIENT)
    give_role(user=user, program=program, role=first, starts_on=program.today + dt.timedelta(days=later))
    refused("staff_or_patient", give_role, user=user, program=program, role=second)
    give_role(user=user, program=make_program(), role=second)  # elsewhere they may
    RoleAssignment.objects.filter(program=program).update(
        starts_on=program.today - dt.timedelta(days=9), ends_on=program.today - dt.timedelta(days=1)
    )
    give_role(user=user, program=program, role=second)


def test_both_asked_for_at_once_one_is_given(transactional_db):
    user, program = create_account(**PERSON), make_program()
    roles = [Role.PATIENT, Role.CLINICIAN] * 4
    outcomes = together([partial(give_role, user=user, program=program, role=r) for r in roles])
    assert {o.code for o in failures(outcomes)} == {"staff_or_patient"}
    assert RoleAssignment.objects.count() == 1


def test_a_role_that_ended_can_be_given_again(db, clock):
    user, program = create_account(**PERSON), make_program()
    first = give_role(user=user, program=program, role=Role.BILLING)
    RoleAssignment.objects.update(ends_on=program.today)
    clock.shift(dt.timedelta(days=1))
    again = give_role(user=user, program=program, role=Role.BILLING)
    assert again != first
    assert again.starts_on == program.today
    assert User.objects.get().roles == {Role.BILLING}


def test_staff_and_clinical():
    assert Role.PATIENT not in STAFF
    assert CLINICAL < STAFF


def test_a_profile_is_written_over_and_licences_added(db):
    bob, dana = make_staff(make_program(), Role.SUPERVISOR), create_account(**PERSON)
    licence = {"state": "CA", "kind": "LMFT", "number": "1"}
    set_staff_profile(user=dana, credential="AMFT", supervisor=bob, licences=(licence,))
    set_staff_profile(
        user=dana,
        credential="LMFT",
        licences=(licence | {"number": "2"}, licence | {"state": "NV", "expires_on": None}),
    )
    profile = StaffProfile.objects.get(user=dana)
    assert (profile.credential, profile.supervisor) == ("LMFT", None)
    assert sorted(profile.licences.values_list("state", "number")) == [("CA", "2"), ("NV", "1")]


def test_nobody_supervises_themselves(db):
    dana = create_account(**PERSON)
    assert (
        refused("own_supervisor", set_staff_profile, user=dana, credential="x", supervisor=dana).field == "supervisor"
    )
