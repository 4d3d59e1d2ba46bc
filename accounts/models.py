"""People who sign in, the programs they belong to, and what staff bring: credential, licences, supervisor."""

import datetime as dt
import zoneinfo

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.access import STAFF, Can, Role, allows
from core.fields import US_STATES, ZoneField
from core.models import HouseModel


class UserManager(BaseUserManager):
    """Makes accounts; an account without a password can only be entered through a reset link."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A new account. email: any case, kept in lower case. Raises ValueError without one."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


# Its history leaves out the password's hash and the time of each sign-in.
@pghistory.track(exclude=["password", "last_login"])
class User(HouseModel, AbstractBaseUser, PermissionsMixin):
    """One person's account. Roles are held per program in RoleAssignment; a shared account is not allowed (164.312(a)(2)(i))."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    zone = ZoneField(verbose_name=_("time zone"))
    language = models.CharField(
        _("language"), max_length=8, choices=[("en", _("English")), ("es", _("Spanish"))], default="en"
    )
    is_active = models.BooleanField(_("may sign in"), default=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_email")]
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """First and last name, for staff's eyes."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name

    @cached_property
    def assignments(self) -> list["RoleAssignment"]:
        """The roles held today, one query a request."""
        return list(self.role_assignments.current())

    @property
    def roles(self) -> frozenset[Role]:
        """Roles held today in any program."""
        held = {Role(a.role) for a in self.assignments} if self.is_active else set()
        return frozenset(held)

    def program_ids(self, *roles: Role) -> list[int]:
        """Ids of the programs where the user holds one of `roles` today (any role when none is named)."""
        return sorted({a.program_id for a in self.assignments if not roles or Role(a.role) in roles})

    @property
    def is_staff_member(self) -> bool:
        """Holds any role but patient."""
        return bool(self.roles & STAFF)

    @property
    def is_staff(self) -> bool:
        """Django's word for "may use the administration site"."""
        return allows(self, Can.USE_ADMIN)


@pghistory.track()
class Program(HouseModel):
    """A track of treatment with its own people and policies: a day track, an evening track, an adolescent program."""

    class LevelOfCare(models.TextChoices):
        """ASAM levels by their short names."""

        OUTPATIENT = "1", _("Level 1 outpatient")
        IOP = "2.1", _("Level 2.1 intensive outpatient")
        PHP = "2.5", _("Level 2.5 partial hospitalization")

    name = models.CharField(_("name"), max_length=120, unique=True)
    zone = ZoneField(verbose_name=_("time zone"))
    state = models.CharField(
        _("state"), max_length=2, choices=US_STATES, blank=True, help_text=_("Whose public holidays are offered.")
    )
    level_of_care = models.CharField(
        _("level of care"), max_length=4, choices=LevelOfCare.choices, default=LevelOfCare.IOP
    )
    # ASAM 2.1: 9 to 19 hours a week for adults, 6 to 19 for adolescents (CLINICAL_FACTS section 1, V:S1,S2,S50).
    weekly_goal_minutes = models.PositiveSmallIntegerField(
        _("weekly goal in minutes"), default=540, validators=[MinValueValidator(60), MaxValueValidator(2400)]
    )

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(weekly_goal_minutes__range=(60, 2400)), name="weekly_goal_is_sane"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def today(self) -> dt.date:
        """The date where the program is."""
        return timezone.now().astimezone(zoneinfo.ZoneInfo(self.zone)).date()


class RoleAssignmentQuerySet(models.QuerySet):
    def _day(self, on):
        """The date asked for; else today in each assignment's program, so that nobody's last evening ends at UTC's midnight."""
        now = Value(timezone.now(), output_field=models.DateTimeField())
        today = Func(
            F("program__zone"), now, template="timezone(%(expressions)s)::date", output_field=models.DateField()
        )
        return on or today

    def current(self, on=None):
        """Assignments in force on a date (by default today, in each one's program)."""
        return self.not_over(on).filter(starts_on__lte=self._day(on))

    def not_over(self, on=None):
        """Assignments in force on a date or from a later one."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=self._day(on)))


@pghistory.track()
class RoleAssignment(models.Model):
    """A person holds a role in a program, from a date, until a date. Ended, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_assignments", verbose_name=_("person"))
    program = models.ForeignKey(Program, models.PROTECT, related_name="role_assignments", verbose_name=_("program"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    starts_on = models.DateField(_("from"), default=timezone.localdate)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "program", "role"], condition=Q(ends_on=None), name="one_open_assignment_per_role"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="assignment_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="assignment_role_is_known"),
        ]
        indexes = [models.Index(fields=["program", "role"], name="assignment_by_program")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.program}"


@pghistory.track()
class StaffProfile(models.Model):
    """What a member of staff signs with, and who supervises them."""

    user = models.OneToOneField(User, models.PROTECT, related_name="staff_profile", verbose_name=_("person"))
    credential = models.CharField(
        _("credential"), max_length=40, blank=True, help_text=_("As signed: LMFT, LCSW, RADT …")
    )
    supervisor = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="supervisees", verbose_name=_("supervisor")
    )
    needs_cosignature = models.BooleanField(
        _("signs with a co-signature"),
        default=False,
        help_text=_("An associate or trainee: the supervisor co-signs before a note is sealed."),
    )
    meeting_url = models.URLField(
        _("video link"),
        blank=True,
        help_text=_("Of their individual appointments: opened ten minutes before, never shown or mailed."),
    )

    class Meta:
        verbose_name = _("staff profile")
        verbose_name_plural = _("staff profiles")
        constraints = [
            models.CheckConstraint(
                condition=Q(supervisor=None) | ~Q(supervisor=F("user")), name="nobody_supervises_themselves"
            ),
            models.CheckConstraint(
                condition=Q(needs_cosignature=False) | Q(supervisor__isnull=False),
                name="who_needs_a_cosignature_has_a_supervisor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.credential}" if self.credential else str(self.user)


@pghistory.track()
class Licence(models.Model):
    """A licence to practise in one state."""

    staff = models.ForeignKey(StaffProfile, models.PROTECT, related_name="licences", verbose_name=_("staff"))
    state = models.CharField(_("state"), max_length=2, choices=US_STATES)
    kind = models.CharField(_("kind"), max_length=40)
    number = models.CharField(_("number"), max_length=40)
    expires_on = models.DateField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = [
            models.UniqueConstraint(fields=["staff", "state", "kind"], name="one_licence_per_state_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} ({self.state})"
