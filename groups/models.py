"""Groups: what they are, who leads them, who belongs to them and from when to when."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import Program, StaffProfile
from core.models import HouseModel
from patients.models import Episode, Patient, date_range, id_range

HARD_LIMIT = (5, 15)  # the project's bounds on a group's capacity, members without facilitators
USUAL_SIZE = (8, 12)  # SAMHSA: 6-12 with one or two leaders (CLINICAL_FACTS section 1, V:S3)


class Kind(models.TextChoices):
    """The four kinds of group (TIP 41)."""

    PSYCHOEDUCATION = "psychoeducation", _("Psychoeducation")
    SKILLS = "skills", _("Skills")
    PROCESS = "process", _("Process")
    SUPPORT = "support", _("Support")


class Approach(models.TextChoices):
    """The way of working a group follows first."""

    CBT = "cbt", _("Cognitive behavioral therapy (CBT)")
    DBT = "dbt", _("Dialectical behavior therapy (DBT)")
    MI = "mi", _("Motivational interviewing (MI)")
    MINDFULNESS = "mindfulness", _("Mindfulness")
    RELAPSE_PREVENTION = "relapse_prevention", _("Relapse prevention")
    ACT = "act", _("Acceptance and commitment therapy (ACT)")
    SEEKING_SAFETY = "seeking_safety", _("Seeking safety")
    TWELVE_STEP = "twelve_step", _("Twelve-step facilitation")
    INTERPERSONAL = "interpersonal", _("Interpersonal")
    MUTUAL_SUPPORT = "mutual_support", _("Mutual support")


@pghistory.track()
class Curriculum(HouseModel):
    """What a program's groups work through, unit by unit. It is about nobody."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="curricula", verbose_name=_("program"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, blank=True)
    approach = models.CharField(_("approach"), max_length=20, choices=Approach.choices, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    class Meta:
        verbose_name = _("curriculum")
        verbose_name_plural = _("curricula")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="one_curriculum_of_a_name"),
            # The target of the composite foreign key that keeps a group to its own program's curricula.
            models.UniqueConstraint(fields=["id", "program"], name="curriculum_with_its_program"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class CurriculumUnit(HouseModel):
    """One unit of a curriculum: what it is about, and what somebody takes away from it."""

    curriculum = models.ForeignKey(Curriculum, models.PROTECT, related_name="units", verbose_name=_("curriculum"))
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    title = models.CharField(_("title"), max_length=120)
    title_es = models.CharField(_("title in Spanish"), max_length=120, blank=True)
    aim = models.TextField(_("aim"), blank=True)
    prompts = models.TextField(
        _("journal prompts"),
        blank=True,
        help_text=_("Questions to write about, one a line: offered first to members of groups that work through this."),
    )
    prompts_es = models.TextField(_("journal prompts in Spanish"), blank=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["place", "pk"]
        constraints = [models.UniqueConstraint(fields=["curriculum", "title"], name="one_unit_of_a_title")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.curriculum}: {self.title}"

    def prompts_said(self) -> list[str]:
        """The prompts in the reader's language, else in the other."""
        ours = (
            (self.prompts_es, self.prompts)
            if (get_language() or "").startswith("es")
            else (self.prompts, self.prompts_es)
        )
        return [line.strip() for line in (ours[0].strip() or ours[1]).splitlines() if line.strip()]


class GroupQuerySet(models.QuerySet):
    def visible_to(self, user) -> "GroupQuerySet":
        """Groups this person works with or belongs to today.

        Facilitators, their supervisors, and the program's coordinators and admins; a patient, the groups they are in.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        today = timezone.localdate()
        leads = Facilitator.objects.current(today)
        seen = Q(pk__in=leads.filter(user=user).values("group_id"))
        if Role.SUPERVISOR in user.roles:
            supervised = StaffProfile.objects.filter(supervisor=user).values("user_id")
            seen |= Q(pk__in=leads.filter(user__in=supervised).values("group_id"))
        if programs := user.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN):
            seen |= Q(program_id__in=programs)
        if Role.PATIENT in user.roles:
            seen |= Q(pk__in=Membership.objects.current(today).filter(patient__user=user).values("group_id"))
        return self.filter(seen)


@pghistory.track()
class Group(HouseModel):
    """A therapy group of one program."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="groups", verbose_name=_("program"))
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    topic = models.CharField(_("topic"), max_length=160, blank=True)
    focus = models.TextField(_("focus"), blank=True)
    approach = models.CharField(_("approach"), max_length=20, choices=Approach.choices, blank=True)
    curriculum = models.ForeignKey(
        Curriculum,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="groups",
        verbose_name=_("curriculum"),
        help_text=_("What it works through. Members find what belongs to it first in their library."),
    )
    capacity = models.PositiveSmallIntegerField(
        _("hard limit"),
        default=USUAL_SIZE[1],
        validators=[MinValueValidator(HARD_LIMIT[0]), MaxValueValidator(HARD_LIMIT[1])],
        help_text=_("Members at the most, 5 to 15. 8 to 12 is usual."),
    )
    meeting_url = models.URLField(
        _("video link"),
        blank=True,
        help_text=_("Opened for members ten minutes before a session, never shown or mailed."),
    )
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="one_group_of_a_name"),
            models.CheckConstraint(condition=Q(capacity__range=HARD_LIMIT), name="capacity_5_to_15"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="group_kind_is_known"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class DatedQuerySet(models.QuerySet):
    """Rows with `joined_on` and `left_on` (the first day no longer in)."""

    def current(self, on=None):
        """Rows in force on a date (today by default)."""
        day = on or timezone.localdate()
        return self.filter(Q(left_on=None) | Q(left_on__gt=day), joined_on__lte=day)

    def not_over(self, on=None):
        """Rows in force on a date or from a later one."""
        return self.filter(Q(left_on=None) | Q(left_on__gt=on or timezone.localdate()))


@pghistory.track()
class Facilitator(models.Model):
    """Who leads a group, and from when to when."""

    class Part(models.TextChoices):
        """One lead, and usually one co-facilitator."""

        LEAD = "lead", _("Lead facilitator")
        CO = "co", _("Co-facilitator")

    group = models.ForeignKey(Group, models.PROTECT, related_name="facilitators", verbose_name=_("group"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="facilitates", verbose_name=_("facilitator")
    )
    part = models.CharField(_("part"), max_length=4, choices=Part.choices)
    joined_on = models.DateField(_("from"))
    left_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("facilitator")
        verbose_name_plural = _("facilitators")
        ordering = ["-part"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="facilitator_dates"
            ),
            models.UniqueConstraint(
                fields=["group", "part"], condition=Q(left_on=None), name="one_open_place_per_part"
            ),
            models.UniqueConstraint(
                fields=["group", "user"], condition=Q(left_on=None), name="one_part_per_facilitator"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_part_display()}"


class MembershipQuerySet(DatedQuerySet):
    def visible_to(self, user) -> "MembershipQuerySet":
        """Memberships of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


@pghistory.track()
class Membership(HouseModel):
    """A patient belongs to a group from a date until a date. A re-admission is a new row; the past is never edited."""

    group = models.ForeignKey(Group, models.PROTECT, related_name="memberships", verbose_name=_("group"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="memberships", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="memberships", verbose_name=_("episode"))
    joined_on = models.DateField(_("joined on"))
    left_on = models.DateField(_("left on"), null=True, blank=True, help_text=_("The first day no longer a member."))
    left_reason = models.CharField(_("reason for leaving"), max_length=200, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        indexes = [models.Index(fields=["group", "joined_on"], name="members_of_a_group")]
        constraints = [
            models.CheckConstraint(condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="membership_dates"),
            ExclusionConstraint(
                name="one_membership_at_a_time",
                expressions=[
                    (id_range("group_id"), RangeOperators.OVERLAPS),
                    (id_range("patient_id"), RangeOperators.OVERLAPS),
                    (date_range("joined_on", "left_on"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.patient} · {self.group}"


class WaitlistQuerySet(models.QuerySet):
    def waiting(self) -> "WaitlistQuerySet":
        """Those still waiting, the longest first."""
        return self.filter(ended_at=None).order_by("asked_at", "pk")

    def visible_to(self, user) -> "WaitlistQuerySet":
        """Entries of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


@pghistory.track()
class WaitlistEntry(HouseModel):
    """A patient waits for a seat in a full group."""

    class Outcome(models.TextChoices):
        """How the waiting ended."""

        SEATED = "seated", _("Seated")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    group = models.ForeignKey(Group, models.PROTECT, related_name="waitlist", verbose_name=_("group"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="waiting_for", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="waiting_for", verbose_name=_("episode"))
    asked_at = models.DateTimeField(_("waiting since"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name = _("wait-list entry")
        verbose_name_plural = _("wait-list")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "patient"], condition=Q(ended_at=None), name="waits_once_per_group"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="waiting_ends_with_an_outcome",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.patient} · {self.group}"


@pghistory.track()
class Qualification(models.Model):
    """A clinician is qualified to lead this kind of group. Without a row they are not asked to cover one."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="qualifications", verbose_name=_("clinician")
    )
    kind = models.CharField(_("kind of group"), max_length=16, choices=Kind.choices)

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="one_qualification_per_kind"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="qualification_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_kind_display()}"
