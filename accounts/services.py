"""Deeds on accounts: make one, give and end a role, record what a member of staff brings."""

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.access import STAFF, Role
from accounts.models import Licence, Program, RoleAssignment, StaffProfile, User
from core.errors import Refusal


@transaction.atomic
def create_account(
    *,
    email: str,
    first_name: str,
    last_name: str,
    zone: str,
    language: str = "en",
    password: str | None = None,
    check_password: bool = True,
) -> User:
    """A new account. Without a password it is entered through a reset link.

    Raises Refusal (email_taken, weak_password).
    """
    taken = Refusal(_("Somebody already signs in with this e-mail address."), "email_taken", "email")
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise taken
    if password is not None and check_password:
        try:
            validate_password(password)
        except ValidationError as error:
            raise Refusal(" ".join(error.messages), "weak_password", "password") from None
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email=email, password=password, first_name=first_name, last_name=last_name, zone=zone, language=language
            )
    except IntegrityError as error:  # somebody else made it since we looked
        if "email" not in str(error):
            raise
        raise taken from None


@transaction.atomic
def give_role(*, user: User, program: Program, role: Role, starts_on: dt.date | None = None) -> RoleAssignment:
    """Give a role in a program; the one already open is returned as it is.

    Nobody is staff and patient in the same program: their own record would be theirs to write. Raises Refusal (staff_or_patient).
    """
    role = Role(role)
    User.objects.select_for_update().get(pk=user.pk)
    held = set(RoleAssignment.objects.not_over().filter(user=user, program=program).values_list("role", flat=True))
    if (role is Role.PATIENT and held & {str(r) for r in STAFF}) or (role in STAFF and str(Role.PATIENT) in held):
        raise Refusal(_("One person cannot be staff and patient in the same program."), "staff_or_patient", "role")
    assignment, _made = RoleAssignment.objects.get_or_create(
        user=user,
        program=program,
        role=role,
        ends_on=None,
        defaults={"starts_on": starts_on or program.today},
    )
    user.__dict__.pop("assignments", None)
    return assignment


@transaction.atomic
def set_staff_profile(
    *, user: User, credential: str, supervisor: User | None = None, licences: tuple[dict, ...] = ()
) -> StaffProfile:
    """Record credential, supervisor and licences ({state, kind, number, expires_on}) of a member of staff."""
    if supervisor == user:
        raise Refusal(_("Nobody can supervise themselves."), "own_supervisor", "supervisor")
    profile, _made = StaffProfile.objects.update_or_create(
        user=user, defaults={"credential": credential, "supervisor": supervisor}
    )
    for licence in licences:
        Licence.objects.update_or_create(
            staff=profile,
            state=licence["state"],
            kind=licence["kind"],
            defaults={"number": licence["number"], "expires_on": licence.get("expires_on")},
        )
    return profile
