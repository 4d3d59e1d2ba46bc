"""Measures: when they are given, who is asked, what was answered and what it scores. What they ask is in data files
(`clinical/instruments/`)."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from clinical.models.common import SEALED, OfPatientQuerySet
from core.fields import EncryptedJSONField, EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models import Session


class Moment(models.TextChoices):
    """When a measure is given (CLINICAL_FACTS 3e)."""

    INTAKE = "intake", _("At intake")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    BIWEEKLY = "biweekly", _("Every two weeks")
    MONTHLY = "monthly", _("Every month")
    DAY_30 = "day_30", _("On day 30")
    DISCHARGE = "discharge", _("At discharge")
    SESSION_END = "session_end", _("At the end of a session")
    BY_HAND = "by_hand", _("Asked for by staff")


@pghistory.track()
class MeasureRule(HouseModel):
    """A program gives a measure at a moment. Ended, never deleted."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="measure_rules", verbose_name=_("program"))
    measure = models.CharField(_("measure"), max_length=24)
    moment = models.CharField(_("when"), max_length=12, choices=Moment.choices)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule of a measure")
        verbose_name_plural = _("rules of measures")
        ordering = ["measure", "moment"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "measure", "moment"], condition=Q(ended_at=None), name="one_open_rule_per_moment"
            ),
            models.CheckConstraint(condition=Q(moment__in=Moment.values), name="rule_moment_is_known"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.measure} · {self.get_moment_display()}"


class AssignmentQuerySet(OfPatientQuerySet):
    """Measures somebody is asked for."""

    def open(self, on) -> "AssignmentQuerySet":
        """Asked for on a date, and not answered, withdrawn or past."""
        return self.filter(state="open", opens_on__lte=on).filter(Q(closes_on=None) | Q(closes_on__gte=on))


@pghistory.track()
class MeasureAssignment(HouseModel):
    """Somebody is asked to answer a measure, from a day until a day."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        MISSED = "missed", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="measures_asked", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="measures_asked", verbose_name=_("episode"))
    measure = models.CharField(_("measure"), max_length=24)
    moment = models.CharField(_("when"), max_length=12, choices=Moment.choices)
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="measures_asked", verbose_name=_("session")
    )
    opens_on = models.DateField(_("from"))
    closes_on = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day it can be answered."))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("measure asked for")
        verbose_name_plural = _("measures asked for")
        ordering = ["opens_on", "pk"]
        indexes = [
            models.Index(fields=["patient", "state", "opens_on"], name="measures_asked_of_a_patient"),
            models.Index(fields=["closes_on"], condition=Q(state="open"), name="measures_asked_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "measure", "opens_on", "session"],
                nulls_distinct=False,
                name="asked_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "missed", "withdrawn"]), name="asked_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(closes_on=None) | Q(closes_on__gte=models.F("opens_on")), name="asked_dates"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.measure


class ResponseQuerySet(OfPatientQuerySet):
    """Answers."""

    def standing(self) -> "ResponseQuerySet":
        """Without what was voided."""
        return self.filter(voided_at=None)


@pghistory.track()
class MeasureResponse(HouseModel):
    """What somebody answered, once: it never changes. Entered by mistake, it is voided with a reason and stays readable."""

    class Mode(models.TextChoices):
        """How it was answered."""

        SELF = "self", _("Answered in the portal")
        READ_ALOUD = "read_aloud", _("Read aloud by staff")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="measures", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="measures", verbose_name=_("episode"))
    assignment = models.OneToOneField(
        MeasureAssignment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="response",
        verbose_name=_("asked for by"),
    )
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name=_("session")
    )
    measure = models.CharField(_("measure"), max_length=24)
    form = models.CharField(_("version of the definition"), max_length=16)
    answers = EncryptedJSONField(_("answers by item"), blank=True, default=dict)
    mode = models.CharField(_("how"), max_length=10, choices=Mode.choices)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="measures_entered", verbose_name=_("entered by")
    )
    answered_at = models.DateTimeField(_("answered"))
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("voided by")
    )
    voided_name = models.CharField(_("voided by (signature)"), max_length=200, blank=True)
    void_reason = EncryptedTextField(_("reason for voiding"), blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("answers to a measure")
        verbose_name_plural = _("answers to measures")
        ordering = ["-answered_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "measure", "answered_at"], name="answers_of_a_patient"),
            models.Index(
                fields=["session", "measure"], condition=Q(session__isnull=False), name="answers_of_a_session"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "session", "measure"],
                condition=Q(session__isnull=False, voided_at=None),
                name="answered_once_per_session",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, voided_name="", void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(voided_name="") & ~Q(void_reason=""),
                name="answers_void_has_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sealed", operation=pgtrigger.Update | pgtrigger.Delete, when=pgtrigger.Before, func=SEALED
            )
        ]

    def __str__(self) -> str:
        return self.measure


class ScoreQuerySet(models.QuerySet):
    """Scores."""

    def visible_to(self, user) -> "ScoreQuerySet":
        """Of the answers of patients visible to the user."""
        return self.filter(response__in=MeasureResponse.objects.visible_to(user))


@pghistory.track()
class MeasureScore(models.Model):
    """One scale's score of one set of answers, as computed then. No score is no number: an incomplete form has none."""

    response = models.ForeignKey(MeasureResponse, models.PROTECT, related_name="scores", verbose_name=_("answers"))
    scale = models.CharField(_("scale"), max_length=16, help_text=_("“total”, or one of the measure's own."))
    value = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    band = models.CharField(_("band"), max_length=24, blank=True)
    prorated = models.BooleanField(_("prorated"), default=False)
    answered = models.PositiveSmallIntegerField(_("items answered"))
    items = models.PositiveSmallIntegerField(_("items"))

    objects = ScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["response", "scale"], name="one_score_per_scale"),
            models.CheckConstraint(condition=Q(answered__lte=models.F("items")), name="score_items"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(band="", prorated=False), name="no_band_without_a_score"
            ),
        ]
        triggers = [pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.scale}: {self.value}"
