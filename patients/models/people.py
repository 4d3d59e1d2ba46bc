"""Patients, their episodes of care, and the one table that says who may see them."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import PROGRAM_WIDE, Role
from accounts.models import Program
from core.fields import US_STATES, EncryptedTextField
from core.models import HouseModel


def id_range(field: str) -> Func:
    """An id as a one-element range, so that a gist exclusion can compare it without the btree_gist extension."""
    return Func(F(field), F(field), Value("[]"), function="int8range")


def date_range(start: str, end: str) -> Func:
    """Dates from `start` up to, not including, `end` (open when NULL)."""
    return Func(F(start), F(end), Value("[)"), function="daterange")


class PatientQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PatientQuerySet":
        """Patients this person may know of at this moment: the rule every other `visible_to` builds on.

        Oneself; patients on whose care team one is now; and, for roles that see a whole program, patients with an episode there.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(pk__in=CareTeamMember.objects.current().filter(user=user).values("patient_id"))
        if Role.PATIENT in user.roles:
            seen |= Q(user=user)
        if programs := user.program_ids(*PROGRAM_WIDE):
            seen |= Q(pk__in=Episode.objects.filter(program_id__in=programs).values("patient_id"))
        return self.filter(seen)


@pghistory.track()
class Patient(HouseModel):
    """A person in care. Their account (for sign-in and mail) is their own; what clinicians know of them is here."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="patient", verbose_name=_("account")
    )
    record_number = models.CharField(_("record number"), max_length=20, unique=True)
    legal_first_name = models.CharField(_("legal first name"), max_length=80)
    legal_last_name = models.CharField(_("legal last name"), max_length=80)
    preferred_name = models.CharField(_("preferred name"), max_length=80, blank=True)
    display_name = models.CharField(
        _("name shown to peers"), max_length=40, help_text=_("First name or an alias. Peers never see more than this.")
    )
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    birth_date = models.DateField(_("birth date"))
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    state = models.CharField(_("home state"), max_length=2, choices=US_STATES)
    emergency_name = models.CharField(_("emergency contact"), max_length=120, blank=True)
    emergency_relation = models.CharField(_("relation"), max_length=60, blank=True)
    emergency_phone = models.CharField(_("emergency contact's phone"), max_length=32, blank=True)
    may_leave_message = models.BooleanField(_("a message may be left on the phone"), default=False)
    needs = EncryptedTextField(_("needs and accommodations"), blank=True)
    background = EncryptedTextField(_("cultural background"), blank=True)
    interests = EncryptedTextField(_("interests"), blank=True)

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["legal_last_name", "legal_first_name", "pk"]
        indexes = [models.Index(fields=["legal_last_name", "legal_first_name"], name="patients_by_name")]
        constraints = [models.CheckConstraint(condition=~Q(display_name=""), name="patient_has_a_display_name")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """For staff: preferred first name with the legal last name."""
        return f"{self.preferred_name or self.legal_first_name} {self.legal_last_name}"

    @property
    def called(self) -> str:
        """What to call them, to their face and in mail."""
        return self.preferred_name or self.legal_first_name


class EpisodeQuerySet(models.QuerySet):
    def visible_to(self, user) -> "EpisodeQuerySet":
        """Episodes of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))

    def open(self, on=None) -> "EpisodeQuerySet":
        """Episodes in force on a date (today by default)."""
        day = on or timezone.localdate()
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=day), started_on__lte=day)


@pghistory.track()
class Episode(HouseModel):
    """One stay in one program, from admission to discharge."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="episodes", verbose_name=_("patient"))
    program = models.ForeignKey(Program, models.PROTECT, related_name="episodes", verbose_name=_("program"))
    level_of_care = models.CharField(_("level of care"), max_length=4, choices=Program.LevelOfCare.choices)
    weekly_goal_minutes = models.PositiveSmallIntegerField(
        _("weekly goal in minutes"), default=540, validators=[MinValueValidator(60), MaxValueValidator(2400)]
    )
    started_on = models.DateField(_("admitted on"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True, help_text=_("The first day no longer in care."))
    ended_reason = models.CharField(_("reason for ending"), max_length=200, blank=True)
    primary_clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="primary_episodes", verbose_name=_("primary clinician")
    )

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("episode")
        verbose_name_plural = _("episodes")
        ordering = ["-started_on"]
        indexes = [models.Index(fields=["program", "patient"], name="episodes_of_a_program")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gt=F("started_on")), name="episode_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(weekly_goal_minutes__range=(60, 2400)), name="episode_goal_is_sane"),
            # Also the target of composite foreign keys that hold a row's patient and episode together.
            models.UniqueConstraint(fields=["id", "patient"], name="episode_with_its_patient"),
            ExclusionConstraint(
                name="one_episode_at_a_time",
                expressions=[
                    (id_range("patient_id"), RangeOperators.OVERLAPS),
                    (id_range("program_id"), RangeOperators.OVERLAPS),
                    (date_range("started_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.patient} · {self.program}"


class CareTeamQuerySet(models.QuerySet):
    def current(self, at=None) -> "CareTeamQuerySet":
        """Rows in force at a moment (now by default)."""
        moment = at or timezone.now()
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=moment), starts_at__lte=moment)

    def visible_to(self, user) -> "CareTeamQuerySet":
        """Care teams of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


@pghistory.track()
class CareTeamMember(models.Model):
    """Who may see a patient, in which part, from when to when and why. The only source of that answer.

    `source` names what wrote the row ("primary", "supervision", "group:12"), so that ending one reason leaves the others.
    """

    class Part(models.TextChoices):
        """What the person does for the patient."""

        PRIMARY = "primary", _("Primary clinician")
        FACILITATOR = "facilitator", _("Facilitator")
        SUPERVISOR = "supervisor", _("Supervisor")
        COORDINATOR = "coordinator", _("Care coordinator")
        COVER = "cover", _("Cover of one session")
        ON_CALL = "on_call", _("On call, while an alert is open")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="care_team", verbose_name=_("patient"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="care_team_places", verbose_name=_("person")
    )
    part = models.CharField(_("part"), max_length=12, choices=Part.choices)
    source = models.CharField(_("because of"), max_length=40)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = CareTeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("care-team member")
        verbose_name_plural = _("care-team members")
        indexes = [
            models.Index(fields=["user", "patient"], name="care_team_by_user"),
            models.Index(fields=["source"], condition=Q(ends_at=None), name="care_team_open_by_source"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user", "source"], condition=Q(ends_at=None), name="one_open_place_per_source"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="care_team_ends_after_start"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_part_display()}"


def own_or_of_team(user, way: str = "") -> Q:
    """Rows that are one's own, and those of the patients on whose care team one is now. Narrower than `Patient.visible_to`, on
    which it stands: who runs a program or bills for it reads nothing of it. way: to the row with `patient` ("thread__")."""
    team = CareTeamMember.objects.current().filter(user=user).values("patient_id")
    seen = Q(**{f"{way}patient__in": team})
    if Role.PATIENT in user.roles:
        seen |= Q(**{f"{way}patient__user": user})
    return seen & Q(**{f"{way}patient__in": Patient.objects.visible_to(user)})
