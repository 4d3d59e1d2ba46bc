"""A large invented program: 1,000 patients in 100 groups, 500 sessions in the week, 50 clinicians."""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from accounts.access import Role
from accounts.models import Program, RoleAssignment, StaffProfile, User
from groups.models import Facilitator, Group, Kind, Membership
from patients.models import CareTeamMember, Episode, Patient
from scheduling.models import Session, Slot
from scheduling.services import extend_horizon

ZONE = "America/Los_Angeles"
CLINICIANS, GROUPS_EACH, MEMBERS = 50, 2, 10
WALL = (dt.time(9), dt.time(13))  # a clinician's two groups


def build() -> dict[str, User | Session]:
    """Fill an empty database. Returns the people who ask and a session of the week that is over."""
    program, clinicians, monday = fill(groups=CLINICIANS * GROUPS_EACH, weekdays=5)
    admin = people(program, Role.PROGRAM_ADMIN, 1)[0]
    extend_horizon(now=monday - dt.timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    clinician = clinicians[0]
    session = Session.objects.filter(bookings__user=clinician).earliest("starts_at")
    return {"clinician": clinician, "admin": admin, "session": session}


def fill(*, groups: int, weekdays: int) -> tuple[Program, list[User], dt.datetime]:
    """So many groups of MEMBERS, each with a slot on so many weekdays from this week's Monday on, and no session yet.

    A clinician's groups (of weekdays 5 at most two, of 1 at most ten) meet at different times. Returns the program, its
    clinicians and that Monday.
    """
    local = timezone.now().astimezone(zoneinfo.ZoneInfo(ZONE))
    monday = (local - dt.timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    program = Program.objects.create(name="Bench", zone=ZONE)
    clinicians = people(program, Role.CLINICIAN, CLINICIANS)
    StaffProfile.objects.bulk_create(StaffProfile(user=user, credential="LMFT") for user in clinicians)
    made = Group.objects.bulk_create(
        Group(program=program, name=f"Group {n}", kind=Kind.values[n % 4], topic="Coping", capacity=12)
        for n in range(groups)
    )
    Facilitator.objects.bulk_create(
        Facilitator(group=g, user=clinicians[n % CLINICIANS], part="lead", joined_on=monday.date())
        for n, g in enumerate(made)
    )
    Slot.objects.bulk_create(
        Slot(
            group=group,
            weekday=(weekday + n // CLINICIANS // len(WALL)) % 5,
            starts_at=WALL[n // CLINICIANS % len(WALL)],
            zone=ZONE,
            minutes=90,
            break_minutes=10,
            starts_on=monday.date(),
        )
        for n, group in enumerate(made)
        for weekday in range(weekdays)
    )
    members(program, made, clinicians, monday)
    return program, clinicians, monday


def people(program: Program, role: Role, number: int, *, first: int = 0) -> list[User]:
    """So many people with a role, counted from `first` on."""
    users = User.objects.bulk_create(
        User(email=f"{role}{n}@example.org", first_name=f"First{n}", last_name=f"Last{n}", zone=ZONE)
        for n in range(first, first + number)
    )
    start = timezone.localdate() - dt.timedelta(days=30)
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=user, program=program, role=role, starts_on=start) for user in users
    )
    return users


def members(program: Program, groups: list[Group], clinicians: list[User], monday: dt.datetime) -> None:
    """MEMBERS people in care for each group, with its clinician (by turns) on their care team."""
    users = people(program, Role.PATIENT, len(groups) * MEMBERS)
    patients = Patient.objects.bulk_create(
        Patient(
            user=user,
            record_number=f"B{n:06d}",
            legal_first_name=user.first_name,
            legal_last_name=user.last_name,
            display_name=user.first_name,
            birth_date=dt.date(1990, 1, 1),
            state="CA",
        )
        for n, user in enumerate(users)
    )
    episodes = Episode.objects.bulk_create(
        Episode(
            patient=patient,
            program=program,
            level_of_care="2.1",
            started_on=monday.date() - dt.timedelta(days=14),
            primary_clinician=clinicians[n // MEMBERS % len(clinicians)],
        )
        for n, patient in enumerate(patients)
    )
    Membership.objects.bulk_create(
        Membership(group=groups[n // MEMBERS], patient=patient, episode=episode, joined_on=monday.date())
        for n, (patient, episode) in enumerate(zip(patients, episodes, strict=True))
    )
    CareTeamMember.objects.bulk_create(
        CareTeamMember(
            patient=patient,
            user=clinicians[n // MEMBERS % len(clinicians)],
            part="facilitator",
            source=f"group:{groups[n // MEMBERS].pk}",
            starts_at=monday,
        )
        for n, patient in enumerate(patients)
    )


def cookie_of(user: User) -> str:
    """A browser of theirs, signed in, without the time a password takes."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
