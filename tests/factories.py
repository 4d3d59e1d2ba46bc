"""People, groups and sessions for tests, made by the services themselves. All of them are invented."""

import datetime as dt
import itertools
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.access import Role
from accounts.models import Program, User
from accounts.services import create_account, give_role, set_staff_profile
from groups.models import Facilitator, Group, Kind
from groups.services import create_group
from patients.models import Episode, Patient
from patients.services import admit_patient
from scheduling.models import Session, Slot
from scheduling.services import create_slot, lead_group, seat_member

PASSWORD = "correct horse battery"  # noqa: S105 - of invented people
HASH = make_password(PASSWORD)  # once: Argon2 is slow on purpose
_numbers = itertools.count(1)
ZONE = "America/Los_Angeles"


def _give_password(user: User) -> None:
    user.password = HASH
    user.save(update_fields=["password"])


def make_program(name: str = "", **fields) -> Program:
    """A program of its own."""
    return Program.objects.create(name=name or f"Program {next(_numbers)}", zone=ZONE, **fields)


def make_staff(program: Program, role: Role = Role.CLINICIAN, first: str = "", last: str = "Staff", **profile) -> User:
    """A member of staff with a role, a profile (credential, supervisor, licences) and PASSWORD."""
    number = next(_numbers)
    user = create_account(
        email=f"{(first or 'staff').lower()}{number}@example.org",
        first_name=first or f"Staff{number}",
        last_name=last,
        zone=ZONE,
    )
    _give_password(user)
    give_role(user=user, program=program, role=role, starts_on=timezone.localdate() - dt.timedelta(days=1))
    set_staff_profile(user=user, credential=profile.pop("credential", "LMFT"), **profile)
    return user


def make_patient(program: Program, clinician: User, first: str = "", last: str = "Patient", **fields) -> Episode:
    """An admitted patient's episode, begun a week ago."""
    number = next(_numbers)
    episode = admit_patient(
        program=program,
        primary_clinician=clinician,
        email=f"{(first or 'patient').lower()}{number}@example.org",
        legal_first_name=first or f"Patient{number}",
        legal_last_name=last,
        birth_date=dt.date(1990, 1, 1),
        state="CA",
        zone=ZONE,
        **{"started_on": timezone.localdate() - dt.timedelta(days=7), **fields},
    )
    _give_password(episode.patient.user)
    return episode


def make_group(program: Program, lead: User | None = None, co: User | None = None, **fields) -> Group:
    """A process group of capacity 12, with its facilitators."""
    fields = {"name": f"Group {next(_numbers)}", "kind": Kind.PROCESS, "capacity": 12, **fields}
    group = create_group(program=program, **fields)
    today = program.today
    if lead:
        lead_group(group=group, user=lead, part=Facilitator.Part.LEAD, from_day=today)
    if co:
        lead_group(group=group, user=co, part=Facilitator.Part.CO, from_day=today)
    return group


@dataclass
class House:
    """The cast and their week."""

    program: Program
    alice: User
    bob: User
    charlie: User
    coordinator: User
    admin: User
    billing: User
    pat: Patient
    quinn: Patient
    robin: Patient
    pat_episode: Episode
    quinn_episode: Episode
    robin_episode: Episode
    group: Group
    other_group: Group
    slot: Slot

    @property
    def session(self) -> Session:
        """The group's first session: Monday 2 March 2026, 9:00 to 10:30 with a break of 15 minutes."""
        return Session.objects.filter(slot=self.slot).earliest("starts_at")


def build_house() -> House:
    """Make the cast at the clock's present time (see conftest.py)."""
    program = make_program("Day track")
    bob = make_staff(program, Role.SUPERVISOR, "Bob", "Supervisor", credential="LCSW")
    alice = make_staff(program, Role.CLINICIAN, "Alice", "Clinician", supervisor=bob)
    charlie = make_staff(program, Role.CLINICIAN, "Charlie", "Stranger")
    pat = make_patient(program, alice, "Pat", "Peerson")
    quinn = make_patient(program, alice, "Quinn", "Quill")
    robin = make_patient(program, charlie, "Robin", "Rosenquist")
    group = make_group(program, alice, name="Monday process", capacity=5)
    other_group = make_group(program, charlie, name="Charlie’s skills", kind=Kind.SKILLS)
    slot = create_slot(group=group, weekday=0, starts_at=dt.time(9), minutes=90, break_minutes=15)
    create_slot(group=other_group, weekday=1, starts_at=dt.time(9), minutes=60)
    today = program.today  # in the evening there it is tomorrow by UTC
    for episode in (pat, quinn):
        seat_member(group=group, episode=episode, joined_on=today)
    seat_member(group=other_group, episode=robin, joined_on=today)
    return House(
        program=program,
        alice=alice,
        bob=bob,
        charlie=charlie,
        coordinator=make_staff(program, Role.CARE_COORDINATOR, "Corey", "Coordinator"),
        admin=make_staff(program, Role.PROGRAM_ADMIN, "Ada", "Admin"),
        billing=make_staff(program, Role.BILLING, "Bill", "Billing"),
        pat=pat.patient,
        quinn=quinn.patient,
        robin=robin.patient,
        pat_episode=pat,
        quinn_episode=quinn,
        robin_episode=robin,
        group=group,
        other_group=other_group,
        slot=slot,
    )
