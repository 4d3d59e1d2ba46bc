"""Risk: who is on call, an alert that stays until somebody has dealt with it, and every step of it (CLINICAL_FACTS section 9)."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from clinical.models.common import OfPatientQuerySet, all_events
from clinical.models.measures import MeasureResponse
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient


class ShiftQuerySet(models.QuerySet):
    """On-call shifts."""

    def at(self, moment) -> "ShiftQuerySet":
        """Those in force at a moment."""
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)

    def visible_to(self, user) -> "ShiftQuerySet":
        """Of the programs the user works in."""
        if not user.is_authenticated or not user.is_active or not user.is_staff_member:
            return self.none()
        return self.filter(program_id__in=user.program_ids())


@pghistory.track(*all_events())
class OnCallShift(HouseModel):
    """Who is on call for a program, from when to when. Where nobody is, its supervisors are."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="shifts", verbose_name=_("program"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="shifts", verbose_name=_("on call"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("on-call shift")
        verbose_name_plural = _("on-call shifts")
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["program", "ends_at"], name="shifts_of_a_program")]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start")]

    def __str__(self) -> str:
        return str(self.user)


class AlertQuerySet(OfPatientQuerySet):
    """Alerts."""

    def open(self) -> "AlertQuerySet":
        """Without a disposition yet, the gravest and longest first."""
        return self.filter(closed_at=None).order_by("level", "raised_at")


class Level(models.IntegerChoices):
    """How grave, the gravest first (C-SSRS triage: CLINICAL_FACTS 3c)."""

    HIGH = 1, _("High")
    MODERATE = 2, _("Moderate")
    LOW = 3, _("Low")


@pghistory.track()
class RiskAlert(HouseModel):
    """Somebody may be at risk. It can't be dismissed: it is acknowledged, then closed with a disposition."""

    class Source(models.TextChoices):
        """What raised it."""

        MEASURE = "measure", _("An answer in a measure")
        SCREENER = "screener", _("Columbia screener")
        NOTE = "note", _("A risk statement in a note")
        CONCERN = "concern", _("A clinician’s concern")
        OWN = "own", _("Raised by themselves")

    class Disposition(models.TextChoices):
        """What was decided (CLINICAL_FACTS section 9, 5)."""

        CONTINUE = "continue", _("Goes on in the program, with an extra check-in")
        STEP_UP = "step_up", _("To a higher level of care")
        MOBILE_CRISIS = "mobile_crisis", _("Mobile crisis team")
        EMERGENCY = "emergency", _("Emergency department")
        HOLD_EVALUATION = "hold", _("Evaluation for an involuntary hold")
        WELFARE_CHECK = "welfare_check", _("Welfare check")
        NO_RISK = "no_risk", _("Assessed: no present risk")
        MISTAKE = "mistake", _("Raised by mistake")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="risk_alerts", verbose_name=_("patient"))
    episode = models.ForeignKey(
        Episode, models.PROTECT, null=True, blank=True, related_name="risk_alerts", verbose_name=_("episode")
    )
    program = models.ForeignKey(Program, models.PROTECT, related_name="risk_alerts", verbose_name=_("program"))
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    # Which item or level it was, as a code ("phq9:9", "cssrs:4"): no narrative.
    trigger = models.CharField(_("what it was"), max_length=40, blank=True)
    words = EncryptedTextField(_("in words"), blank=True)
    response = models.ForeignKey(
        MeasureResponse, models.PROTECT, null=True, blank=True, related_name="alerts", verbose_name=_("answers")
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="alerts_raised", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised"))
    acknowledge_by = models.DateTimeField(
        _("to be acknowledged by"), help_text=_("Then it escalates: 15 minutes when high, 2 hours otherwise.")
    )
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    escalations = models.PositiveSmallIntegerField(_("times escalated"), default=0)
    disposition = models.CharField(_("disposition"), max_length=14, choices=Disposition.choices, blank=True)
    disposition_words = EncryptedTextField(_("assessment, reasoning and what was done"), blank=True)
    follow_up_at = models.DateTimeField(_("next contact"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_name = models.CharField(_("signature"), max_length=200, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("risk alert")
        verbose_name_plural = _("risk alerts")
        ordering = ["-raised_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-raised_at"], name="alerts_of_a_patient"),
            models.Index(fields=["level", "raised_at"], condition=Q(closed_at=None), name="alerts_open"),
            models.Index(
                fields=["acknowledge_by"], condition=Q(acknowledged_at=None, closed_at=None), name="alerts_to_escalate"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="alert_level_is_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alert_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, closed_name="", disposition="", disposition_words="")
                | Q(closed_at__isnull=False, closed_by__isnull=False, acknowledged_at__isnull=False)
                & ~Q(disposition="")
                & ~Q(disposition_words="")
                & ~Q(closed_name=""),
                name="alert_closed_with_a_disposition",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} · {self.get_source_display()}"


@pghistory.track()
class RiskStep(models.Model):
    """One step of an alert: raised, told, seen, acknowledged, tried, spoken, escalated, closed. Append-only."""

    class What(models.TextChoices):
        """The step."""

        RAISED = "raised", _("Raised")
        TOLD = "told", _("Told")
        SEEN = "seen", _("Opened")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        TRIED = "tried", _("Tried to reach them")
        SPOKE = "spoke", _("Spoke with them")
        CONSULTED = "consulted", _("Consulted")
        ACTED = "acted", _("Acted")
        NOTED = "noted", _("Noted")
        ESCALATED = "escalated", _("Escalated")
        CLOSED = "closed", _("Closed")

    alert = models.ForeignKey(RiskAlert, models.PROTECT, related_name="steps", verbose_name=_("alert"))
    what = models.CharField(_("step"), max_length=12, choices=What.choices)
    words = EncryptedTextField(_("in words"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("Empty: by itself, on time."),
    )
    # Whom it concerns: who was told.
    whom = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("whom")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of an alert")
        verbose_name_plural = _("steps of alerts")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["alert", "at"], name="steps_of_an_alert")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_what_display()
