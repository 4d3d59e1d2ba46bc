"""`manage.py show_sign_ins`: one sign-in per role, for local use only."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.access import Role
from accounts.models import User
from dashboard.management.commands.show_sign_ins import first_account
from dashboard.programs import DEVELOPMENT_PASSWORD
from tests.factories import make_patient, make_program, make_staff

pytestmark = pytest.mark.django_db


def shown() -> list[list[str]]:
    """What it prints, as words of lines."""
    out = StringIO()
    call_command("show_sign_ins", stdout=out)
    return [line.split("  ") for line in out.getvalue().splitlines()]


def set_password(user: User, password: str | None) -> None:
    user.set_password(password)
    user.save()


def test_it_is_refused_outside_debug(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        shown()


def test_nobody_there_is_a_sentence(settings):
    settings.DEBUG = True
    assert "Nobody can sign in yet" in shown()[0][0]


def test_the_first_account_of_each_role(settings):
    settings.DEBUG = True
    program = make_program()
    clinician, later = make_staff(program, first="Anna"), make_staff(program, first="Zoe")
    biller = make_staff(program, Role.BILLING)
    patient = make_patient(program, clinician).patient.user
    for user in (clinician, later, patient):
        set_password(user, DEVELOPMENT_PASSWORD)
    set_password(biller, None)
    lines = [[cell.strip() for cell in line if cell] for line in shown()]
    assert lines == [
        ["Role", "E-mail", "Password"],
        ["Patient", patient.email, DEVELOPMENT_PASSWORD],
        ["Clinician", clinician.email, DEVELOPMENT_PASSWORD],
        ["Billing", biller.email, "(none; by reset link)"],
    ]


def test_a_password_of_ones_own_is_not_claimed_to_be_the_common_one(settings):
    settings.DEBUG = True
    make_staff(make_program())  # with the factories' password
    assert shown()[1][-1].strip() == "(one of its own)"


def test_the_columns_are_aligned(settings):
    settings.DEBUG = True
    program = make_program()
    make_staff(program, Role.CARE_COORDINATOR, first="Somebodywithalongname")
    make_staff(program, Role.BILLING)
    out = StringIO()
    call_command("show_sign_ins", stdout=out)
    lines = out.getvalue().splitlines()
    starts = {line.index(cell) for line, cell in zip(lines, ["E-mail", "somebody", "staff"], strict=True)}
    assert len(starts) == 1


def test_those_who_may_not_sign_in_are_passed_over():
    program = make_program()
    gone, here = make_staff(program), make_staff(program)
    gone.is_active = False
    gone.save()
    assert first_account(Role.CLINICIAN) == here
