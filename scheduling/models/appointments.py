"""Individual work: one provider and one patient, once or in a series, booked by staff or picked by the patient."""

import datetime as dt

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import StaffProfile
from core.fields import ZoneField
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models.timed import Timed

EVERY = [(1, _("every week")), (2, _("every two weeks")), (4, _("every four weeks"))]


class AppointmentKind(models.TextChoices):
    """Kinds of individual work (CLINICAL_FACTS section 1: core services)."""

    INDIVIDUAL = "individual", _("Individual session")
    FAMILY = "family", _("Family session")
    CASE_MANAGEMENT = "case_management", _("Case management")
    COACHING = "coaching", _("Coaching")
    PRESCRIBER = "prescriber", _("Prescriber visit")


# Shortest and longest, and what is offered, in minutes. Individual sessions last 45 to 60.
LENGTHS = {
    AppointmentKind.INDIVIDUAL: (45, 60, 50),
    AppointmentKind.FAMILY: (45, 90, 60),
    AppointmentKind.CASE_MANAGEMENT: (15, 60, 30),
    AppointmentKind.COACHING: (15, 60, 30),
    AppointmentKind.PRESCRIBER: (15, 60, 30),
}


class OfPatientQuerySet(models.QuerySet):
    """Rows of one patient and one provider."""

    def visible_to(self, user):
        """One's own as provider, and those of the patients visible to the user."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(patient__in=Patient.objects.visible_to(user)) | Q(provider=user)
        if Role.SUPERVISOR in user.roles:
            seen |= Q(provider__in=StaffProfile.objects.filter(supervisor=user).values("user_id"))
        return self.filter(seen)


class AppointmentQuerySet(OfPatientQuerySet):
    """Dated appointments."""

    def scheduled(self) -> "AppointmentQuerySet":
        """Not cancelled."""
        return self.filter(status=Appointment.Status.SCHEDULED)

    def between(self, start: dt.datetime, end: dt.datetime) -> "AppointmentQuerySet":
        """Beginning from `start` up to, not including, `end`."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)


def _person(name: str, words: str) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name=name, verbose_name=words)


@pghistory.track()
class AppointmentSeries(HouseModel):
    """The same provider and patient at the same wall time of a zone, every one, two or four weeks."""

    kind = models.CharField(_("kind"), max_length=16, choices=AppointmentKind.choices)
    provider = _person("appointment_series", _("with"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointment_series", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="appointment_series", verbose_name=_("episode"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=sorted(WEEKDAYS.items()))
    starts_at = models.TimeField(_("starts at"), help_text=_("Wall time in the zone below."))
    zone = ZoneField(verbose_name=_("time zone"))
    minutes = models.PositiveSmallIntegerField(_("minutes"), validators=[MinValueValidator(15), MaxValueValidator(120)])
    every = models.PositiveSmallIntegerField(_("how often"), choices=EVERY, default=1)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The first day it no longer takes place.")
    )

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("series of appointments")
        verbose_name_plural = _("series of appointments")
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="series_weekday"),
            models.CheckConstraint(condition=Q(minutes__range=(15, 120)), name="series_15_to_120_minutes"),
            models.CheckConstraint(condition=Q(every__in=[1, 2, 4]), name="series_every_1_2_4_weeks"),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="series_dates"),
            models.CheckConstraint(condition=Q(kind__in=AppointmentKind.values), name="series_kind_is_known"),
        ]
        indexes = [models.Index(fields=["provider", "weekday"], name="series_of_a_provider")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_weekday_display()} {self.starts_at:%H:%M}"


@pghistory.track()
class Appointment(Timed, HouseModel):
    """One dated appointment. Its two bookings carry its times; whether it was held is said by its provider."""

    class Status(models.TextChoices):
        """Whether it takes place."""

        SCHEDULED = "scheduled", _("Scheduled")
        CANCELLED = "cancelled", _("Cancelled")

    class Outcome(models.TextChoices):
        """How it went. Not yet said is empty."""

        HELD = "held", _("Held")
        MISSED = "missed", _("Missed")
        EXCUSED = "excused", _("Excused")

    kind = models.CharField(_("kind"), max_length=16, choices=AppointmentKind.choices)
    provider = _person("appointments", _("with"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="appointments", verbose_name=_("episode"))
    series = models.ForeignKey(
        AppointmentSeries, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("series")
    )
    series_date = models.DateField(_("date in the series"), null=True, blank=True)
    hours = models.ForeignKey(
        "scheduling.OpenHours",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("picked from"),
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    zone = ZoneField(verbose_name=_("time zone"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.SCHEDULED)
    reason = models.CharField(_("reason for the change"), max_length=200, blank=True)
    moved_from = models.DateTimeField(_("moved from"), null=True, blank=True)
    changes = models.PositiveSmallIntegerField(_("changes"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    by_hand = models.BooleanField(_("changed by hand"), default=False)
    closure = models.ForeignKey(
        "scheduling.Closure",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        verbose_name=_("closed because of"),
    )
    booked_by = _person("appointments_booked", _("booked by"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True)
    attended_minutes = models.PositiveSmallIntegerField(_("minutes attended"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["provider", "starts_at"], name="appointments_of_a_provider"),
            models.Index(fields=["patient", "starts_at"], name="appointments_of_a_patient"),
            models.Index(fields=["episode", "starts_at"], name="appointments_of_an_episode"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "series_date"], name="one_appointment_per_series_and_date"),
            models.UniqueConstraint(fields=["id", "starts_at", "ends_at"], name="appointment_with_its_times"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"),
            models.CheckConstraint(condition=Q(kind__in=AppointmentKind.values), name="appointment_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=["scheduled", "cancelled"]), name="appointment_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status="scheduled") | ~Q(reason=""), name="cancelled_appointment_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(closure=None) | Q(status="cancelled"), name="closed_appointment_is_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(series=None, series_date=None) | Q(series__isnull=False, series_date__isnull=False),
                name="appointment_series_and_date",
            ),
            models.CheckConstraint(
                condition=Q(outcome="held", attended_minutes__gte=1, recorded_by__isnull=False, status="scheduled")
                | Q(
                    outcome__in=["missed", "excused"],
                    attended_minutes=None,
                    recorded_by__isnull=False,
                    status="scheduled",
                )
                | Q(outcome="", attended_minutes=None, recorded_by=None),
                name="held_has_minutes_missed_has_none",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"

    @property
    def minutes(self) -> int:
        """Length in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class OpenHoursQuerySet(models.QuerySet):
    def visible_to(self, user) -> "OpenHoursQuerySet":
        """One's own; of those one supervises; and those of the programs a coordinator or admin works in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(provider=user)
        if Role.SUPERVISOR in user.roles:
            seen |= Q(provider__in=StaffProfile.objects.filter(supervisor=user).values("user_id"))
        if programs := user.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN):
            seen |= Q(program__in=programs)
        return self.filter(seen)

    def current(self, day: dt.date) -> "OpenHoursQuerySet":
        """In force on a date or from a later one."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=day))


@pghistory.track()
class OpenHours(HouseModel):
    """A provider opens these hours of a weekday: patients on whose care team they are pick a time in them."""

    provider = _person("open_hours", _("with"))
    program = models.ForeignKey(
        "accounts.Program", models.PROTECT, related_name="open_hours", verbose_name=_("program")
    )
    kinds = ArrayField(models.CharField(max_length=16, choices=AppointmentKind.choices), verbose_name=_("for"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=sorted(WEEKDAYS.items()))
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("until"))
    zone = ZoneField(verbose_name=_("time zone"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes each"), default=50, validators=[MinValueValidator(15), MaxValueValidator(120)]
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("free between, minutes"),
        default=10,
        validators=[MaxValueValidator(120)],
        help_text=_("Before and after whatever else you have."),
    )
    notice_hours = models.PositiveSmallIntegerField(
        _("notice, hours"),
        default=24,
        validators=[MaxValueValidator(24 * 28)],
        help_text=_("Picked no later than this."),
    )
    daily_limit = models.PositiveSmallIntegerField(
        _("at most a day"), default=4, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    starts_on = models.DateField(_("first day"), default=timezone.localdate)
    ends_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The first day they are no longer open."))

    objects = OpenHoursQuerySet.as_manager()

    class Meta:
        verbose_name = _("open hours")
        verbose_name_plural = _("open hours")
        ordering = ["weekday", "starts_at"]
        indexes = [models.Index(fields=["provider", "weekday"], name="hours_of_a_provider")]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="hours_weekday"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="hours_end_after_start"),
            models.CheckConstraint(condition=Q(minutes__range=(15, 120)), name="hours_15_to_120_minutes"),
            models.CheckConstraint(condition=Q(daily_limit__range=(1, 20)), name="hours_limit_1_to_20"),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=AppointmentKind.values, kinds__len__gte=1), name="hours_kinds_known"
            ),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="hours_dates"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.provider} · {self.get_weekday_display()} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"
