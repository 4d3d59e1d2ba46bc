"""Deeds on patients: admit, discharge, put on and take off a care team, change contact preferences."""

import datetime as dt
import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import CLINICAL, Role
from accounts.models import Program, RoleAssignment, StaffProfile, User
from accounts.services import create_account, give_role
from core.errors import Refusal
from patients.models import CareTeamMember, Episode, Patient

Part = CareTeamMember.Part


def holds_role(user: User, program: Program, roles: Iterable[Role]) -> bool:
    """Whether the person holds one of the roles in the program today."""
    return RoleAssignment.objects.current().filter(user=user, program=program, role__in=list(roles)).exists()


def add_to_care_team(
    *,
    patients: Iterable[Patient],
    user: User,
    part: Part,
    source: str,
    at: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> None:
    """Let `user` see `patients` from `at` (now) until `until` (open). Twice for one source changes nothing. Two queries."""
    CareTeamMember.objects.bulk_create(
        [
            CareTeamMember(
                patient=patient, user=user, part=part, source=source, starts_at=at or timezone.now(), ends_at=until
            )
            for patient in patients
        ],
        ignore_conflicts=True,  # the open row of this source is already there: one_open_place_per_source
    )


def end_care_team(
    *, source: str, patient: Patient | None = None, user: User | None = None, at: dt.datetime | None = None
) -> int:
    """End the care-team rows of one source (of one patient, of one person), if they don't end sooner. Returns how many."""
    moment = at or timezone.now()
    rows = CareTeamMember.objects.filter(Q(ends_at=None) | Q(ends_at__gt=moment), source=source)
    if patient is not None:
        rows = rows.filter(patient=patient)
    if user is not None:
        rows = rows.filter(user=user)
    # A place that was to begin later ends where it would have begun.
    return rows.update(ends_at=Greatest(F("starts_at"), moment))


@transaction.atomic
def assign_primary_clinician(*, episode: Episode, clinician: User, at: dt.datetime | None = None) -> None:
    """Make `clinician` the episode's primary; they and their supervisor join the care team, the ones before leave it.

    Raises Refusal (not_a_clinician).
    """
    if not holds_role(clinician, episode.program, CLINICAL):
        raise Refusal(
            _("%(name)s is not a clinician of this program.") % {"name": clinician},
            "not_a_clinician",
            "primary_clinician",
        )
    end_care_team(source=f"primary:{episode.pk}", patient=episode.patient, at=at)
    episode.primary_clinician = clinician
    episode.save(update_fields=["primary_clinician"])
    source = f"primary:{episode.pk}"
    add_to_care_team(patients=[episode.patient], user=clinician, part=Part.PRIMARY, source=source, at=at)
    profile = getattr(clinician, "staff_profile", None)
    if profile and profile.supervisor:
        add_to_care_team(
            patients=[episode.patient], user=profile.supervisor, part=Part.SUPERVISOR, source=source, at=at
        )


@transaction.atomic
def follow_supervisor(*, clinician: User) -> None:
    """Bring the care teams of the clinician's primary patients in line with who supervises them now. Three queries at most."""
    profile = StaffProfile.objects.filter(user=clinician).select_related("supervisor").first()
    supervisor = profile.supervisor if profile else None
    episodes = Episode.objects.open().filter(primary_clinician=clinician).select_related("patient")
    sources = {f"primary:{e.pk}": e.patient for e in episodes}
    places = CareTeamMember.objects.filter(source__in=sources, part=Part.SUPERVISOR, ends_at=None)
    places.exclude(user=supervisor).update(ends_at=Greatest(F("starts_at"), timezone.now()))
    if supervisor:
        CareTeamMember.objects.bulk_create(
            [
                CareTeamMember(
                    patient=patient, user=supervisor, part=Part.SUPERVISOR, source=source, starts_at=timezone.now()
                )
                for source, patient in sources.items()
            ],
            ignore_conflicts=True,
        )


def _free_record_number() -> str:
    """A number that says nothing and is nobody's: among ten thousand people, two of random ones are likely the same."""
    while Patient.objects.filter(record_number=(number := f"P{secrets.randbelow(10**8):08d}")).exists():
        pass
    return number


@transaction.atomic
def admit_patient(
    *,
    program: Program,
    primary_clinician: User,
    email: str,
    legal_first_name: str,
    legal_last_name: str,
    birth_date: dt.date,
    state: str,
    zone: str,
    display_name: str = "",
    preferred_name: str = "",
    pronouns: str = "",
    language: str = "en",
    phone: str = "",
    emergency_name: str = "",
    emergency_relation: str = "",
    emergency_phone: str = "",
    started_on: dt.date | None = None,
    weekly_goal_minutes: int | None = None,
    level_of_care: str = "",
    record_number: str = "",
    admitted_by: User | None = None,
    password: str | None = None,
    check_password: bool = True,
) -> Episode:
    """Admit somebody new: account, patient, episode, primary clinician and care team, in one piece.

    weekly_goal_minutes and level_of_care default to the program's. A coordinator or supervisor who admits joins the care team.
    Raises Refusal (email_taken, born_in_the_future,
    record_number_taken, not_a_clinician, weak_password).
    """
    today = timezone.localdate()
    if birth_date >= today:
        raise Refusal(_("The birth date must be in the past."), "born_in_the_future", "birth_date")
    if record_number and Patient.objects.filter(record_number=record_number).exists():
        raise Refusal(_("Another patient has this record number."), "record_number_taken", "record_number")
    user = create_account(
        email=email,
        first_name=preferred_name or legal_first_name,
        last_name=legal_last_name,
        zone=zone,
        language=language,
        password=password,
        check_password=check_password,
    )
    give_role(user=user, program=program, role=Role.PATIENT, starts_on=min(started_on or today, today))
    patient = Patient.objects.create(
        user=user,
        record_number=record_number or _free_record_number(),
        legal_first_name=legal_first_name,
        legal_last_name=legal_last_name,
        preferred_name=preferred_name,
        display_name=(display_name or preferred_name or legal_first_name)[:40],
        pronouns=pronouns,
        birth_date=birth_date,
        phone=phone,
        state=state,
        emergency_name=emergency_name,
        emergency_relation=emergency_relation,
        emergency_phone=emergency_phone,
    )
    episode = open_episode(
        patient=patient,
        program=program,
        primary_clinician=primary_clinician,
        started_on=started_on or today,
        weekly_goal_minutes=weekly_goal_minutes or program.weekly_goal_minutes,
        level_of_care=level_of_care or program.level_of_care,
    )
    if admitted_by and holds_role(admitted_by, program, [Role.CARE_COORDINATOR, Role.SUPERVISOR]):
        part = Part.COORDINATOR if Role.CARE_COORDINATOR in admitted_by.roles else Part.SUPERVISOR
        add_to_care_team(patients=[patient], user=admitted_by, part=part, source=f"admission:{episode.pk}")
    return episode


@transaction.atomic
def open_episode(
    *,
    patient: Patient,
    program: Program,
    primary_clinician: User,
    started_on: dt.date,
    weekly_goal_minutes: int,
    level_of_care: str,
) -> Episode:
    """Begin a stay. Raises Refusal (episode_overlaps, not_a_clinician)."""
    try:
        with transaction.atomic():
            # One stay after the other: two rows that exclude each other, written at once, would wait for one another for ever.
            Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
            episode = Episode.objects.create(
                patient=patient,
                program=program,
                primary_clinician=primary_clinician,
                started_on=started_on,
                weekly_goal_minutes=weekly_goal_minutes,
                level_of_care=level_of_care,
            )
    except IntegrityError as error:
        if "one_episode_at_a_time" not in str(error):
            raise
        raise Refusal(
            _("This person is already admitted to this program at that time."), "episode_overlaps", "started_on"
        ) from None
    assign_primary_clinician(episode=episode, clinician=primary_clinician)
    return episode


@transaction.atomic
def set_preferences(*, patient: Patient, display_name: str, pronouns: str, zone: str, language: str) -> None:
    """The patient's own choices: how peers see them, their zone and language. Raises Refusal (no_display_name)."""
    if not display_name.strip():
        raise Refusal(_("Give the name the others see."), "no_display_name", "display_name")
    patient.display_name, patient.pronouns = display_name, pronouns
    patient.save(update_fields=["display_name", "pronouns"])
    patient.user.zone, patient.user.language = zone, language
    patient.user.save(update_fields=["zone", "language"])


ABOUT_AT_MOST = 2000  # characters of each thing somebody says of themselves


@transaction.atomic
def set_about(*, patient: Patient, needs: str, background: str, interests: str) -> None:
    """What somebody wants their care team to know of them; each may be empty. Raises Refusal (too_long)."""
    said = {"needs": needs.strip(), "background": background.strip(), "interests": interests.strip()}
    for name, text in said.items():
        if len(text) > ABOUT_AT_MOST:
            raise Refusal(_("That is too long: at most %(n)s characters.") % {"n": ABOUT_AT_MOST}, "too_long", name)
    for name, text in said.items():
        setattr(patient, name, text)
    patient.save(update_fields=list(said))
