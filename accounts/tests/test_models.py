"""Accounts, roles and their dates, and what the database keeps by itself."""

import datetime as dt
import zoneinfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.models import Licence, Program, RoleAssignment, StaffProfile, User
from tests.factories import make_program, make_staff

DAY = dt.timedelta(days=1)


@pytest.fixture
def staff(db, clock):
    """A clinician of one program; it is Monday 8:00 in Los Angeles."""
    return make_staff(make_program(), first="Dana")


def again(user) -> User:
    """As the next request reads them."""
    return User.objects.get(pk=user.pk)


# --- accounts


@pytest.mark.parametrize("email", ["Dana@Example.ORG", "  dana@example.org ", "DANA@EXAMPLE.ORG"])
def test_one_spelling_of_an_address(db, email):
    user = User.objects.create_user(email, first_name="Dana", last_name="D")
    assert user.email == "dana@example.org"
    assert User.objects.get_by_natural_key("DANA@example.org") == user
    assert not user.has_usable_password()


def test_an_account_needs_an_address(db):
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


@pytest.mark.parametrize("email", ["dana@example.org", "DANA@example.org"])
def test_one_account_an_address_whatever_its_case(db, email):
    User.objects.create_user("dana@example.org", first_name="Dana", last_name="D")
    with pytest.raises(IntegrityError, match="email"), transaction.atomic():
        User.objects.bulk_create([User(email=email, first_name="x", last_name="y")])


def test_passwords_are_argon2(db):
    user = User.objects.create_user("dana@example.org", "correct horse battery", first_name="Dana", last_name="D")
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password("correct horse battery")


# --- roles and their dates


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (0, None, True),
        (-30, None, True),
        (1, None, False),
        (0, 0, True),  # until: that day included
        (-30, 0, True),
        (-30, -1, False),
        (1, 30, False),
    ],
)
def test_a_role_is_held_from_a_day_until_a_day(staff, starts, ends, holds):
    today = dt.date(2026, 3, 2)
    RoleAssignment.objects.update(starts_on=today + starts * DAY, ends_on=None if ends is None else today + ends * DAY)
    assert (again(staff).roles == {Role.CLINICIAN}) is holds
    assert bool(again(staff).program_ids()) is holds
    assert again(staff).is_staff_member is holds


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "America/New_York", "Pacific/Guam", "Pacific/Honolulu", "UTC"])
def test_a_role_ends_with_the_day_where_its_program_is(staff, clock, zone):
    """An evening group on somebody's last day is still theirs; in UTC it is the next day already."""
    Program.objects.update(zone=zone)
    last = dt.date(2026, 3, 10)
    RoleAssignment.objects.update(ends_on=last)
    midnight = dt.datetime.combine(last + DAY, dt.time(0), zoneinfo.ZoneInfo(zone))
    clock.move_to(midnight - dt.timedelta(minutes=1))
    assert again(staff).roles == {Role.CLINICIAN}
    clock.move_to(midnight)
    assert again(staff).roles == set()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Guam"])
def test_and_begins_with_it(staff, clock, zone):
    Program.objects.update(zone=zone)
    first = dt.date(2026, 3, 10)
    RoleAssignment.objects.update(starts_on=first)
    midnight = dt.datetime.combine(first, dt.time(0), zoneinfo.ZoneInfo(zone))
    clock.move_to(midnight - dt.timedelta(minutes=1))
    assert again(staff).roles == set()
    clock.move_to(midnight)
    assert again(staff).roles == {Role.CLINICIAN}


def test_on_a_given_date(staff):
    RoleAssignment.objects.update(starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 1, 31))
    days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 1, 31), dt.date(2026, 2, 1)]
    assert [RoleAssignment.objects.current(d).exists() for d in days] == [False, True, True, False]
    assert [RoleAssignment.objects.not_over(d).exists() for d in days] == [True, True, True, False]


def test_roles_of_a_request_take_one_query(staff):
    user = again(staff)
    with CaptureQueriesContext(connection) as queries:
        assert user.roles == {Role.CLINICIAN}
        assert user.is_staff_member
        assert not user.is_staff
        assert len(user.program_ids(Role.CLINICIAN)) == 1
        assert user.program_ids(Role.BILLING) == []
    assert len(queries) == 1


def test_programs_by_role(staff):
    evening = make_program()
    RoleAssignment.objects.create(user=staff, program=evening, role=Role.BILLING, starts_on=dt.date(2026, 1, 1))
    user = again(staff)
    assert user.program_ids(Role.BILLING) == [evening.pk]
    assert len(user.program_ids()) == len(user.program_ids(Role.BILLING, Role.CLINICIAN)) == 2


# --- what the database keeps by itself


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE accounts_program SET weekly_goal_minutes = 59", "weekly_goal_is_sane"),
        ("UPDATE accounts_program SET weekly_goal_minutes = 2401", "weekly_goal_is_sane"),
        ("UPDATE accounts_roleassignment SET role = 'owner'", "assignment_role_is_known"),
        ("UPDATE accounts_roleassignment SET ends_on = starts_on - 1", "assignment_ends_after_start"),
        ("UPDATE accounts_staffprofile SET supervisor_id = user_id", "nobody_supervises_themselves"),
    ],
)
def test_what_can_not_be(staff, sql, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_one_open_assignment_a_role(staff):
    assignment = RoleAssignment.objects.get()
    fields = {"user": staff, "program": assignment.program, "role": Role.CLINICIAN}
    with pytest.raises(IntegrityError, match="one_open_assignment_per_role"), transaction.atomic():
        RoleAssignment.objects.create(**fields)
    RoleAssignment.objects.update(ends_on=dt.date(2026, 3, 2))
    RoleAssignment.objects.create(**fields)  # given again, it is a row of its own


def test_one_licence_a_state_and_kind(staff):
    profile = StaffProfile.objects.get(user=staff)
    Licence.objects.create(staff=profile, state="CA", kind="LMFT", number="1")
    with pytest.raises(IntegrityError, match="one_licence_per_state_and_kind"), transaction.atomic():
        Licence.objects.create(staff=profile, state="CA", kind="LMFT", number="2")
    Licence.objects.create(staff=profile, state="NV", kind="LMFT", number="2")


def test_programs_have_names_of_their_own(db):
    make_program("Day track")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_program("Day track")


def test_a_goal_out_of_bounds_is_said_in_a_form(db):
    with pytest.raises(ValidationError) as caught:
        Program(name="x", weekly_goal_minutes=30).full_clean()
    assert set(caught.value.error_dict) == {"weekly_goal_minutes"}


@pytest.mark.parametrize("model", [User, Program])
def test_nobody_with_a_history_is_removed(staff, model):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(role_assignments__isnull=False).delete()
