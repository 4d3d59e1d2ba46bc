"""The daily check-in: what a person says of their own day in a few taps. Not a validated measure: nothing is scored of it, and
nothing is raised by it."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models.common import OfPatientQuerySet
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Patient

FEW_HOURS, MANY_HOURS = 3, 10  # of sleep: "3 or fewer" and "10 or more"


class SleepQuality(models.IntegerChoices):
    """How somebody slept."""

    VERY_BADLY = 0, _("Very badly")
    BADLY = 1, _("Badly")
    SO_SO = 2, _("So-so")
    WELL = 3, _("Well")
    VERY_WELL = 4, _("Very well")


def _zero_to_ten(words) -> models.PositiveSmallIntegerField:
    """A 0-10 answer. Empty is "not answered", which is not 0."""
    return models.PositiveSmallIntegerField(words, null=True, blank=True)


def _within(field: str, low: int, high: int) -> Q:
    return Q(**{field: None}) | Q(**{f"{field}__range": (low, high)})


@pghistory.track()
class DailyCheckIn(HouseModel):
    """One person's one day, where they are. It may be changed that day; what it was before is in its history."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="daily_check_ins", verbose_name=_("patient"))
    on = models.DateField(_("day"))
    mood = _zero_to_ten(_("mood"))
    craving = _zero_to_ten(_("cravings or urges"))
    no_craving = models.BooleanField(_("cravings don’t apply"), default=False)
    coping = _zero_to_ten(_("coping"))
    sleep_hours = models.PositiveSmallIntegerField(
        _("hours slept"), null=True, blank=True, help_text=_("3 stands for 3 or fewer, 10 for 10 or more.")
    )
    sleep_quality = models.PositiveSmallIntegerField(_("sleep"), choices=SleepQuality.choices, null=True, blank=True)
    words = EncryptedTextField(_("in their own words"), blank=True)
    changed_at = models.DateTimeField(_("last changed"), default=timezone.now)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("daily check-in")
        verbose_name_plural = _("daily check-ins")
        ordering = ["-on"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "on"], name="one_check_in_a_day"),
            models.CheckConstraint(
                condition=_within("mood", 0, 10)
                & _within("craving", 0, 10)
                & _within("coping", 0, 10)
                & _within("sleep_hours", FEW_HOURS, MANY_HOURS)
                & _within("sleep_quality", 0, 4),
                name="check_in_answers_are_in_range",
            ),
            models.CheckConstraint(condition=Q(no_craving=False) | Q(craving=None), name="no_strength_of_no_craving"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"
