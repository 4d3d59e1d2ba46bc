"""Following up somebody who was quiet, withdrawn or distressed: a task with an owner, a day and an outcome."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models.common import OfPatientQuerySet
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models import Session


class FollowUpQuerySet(OfPatientQuerySet):
    """Tasks."""

    def open(self) -> "FollowUpQuerySet":
        """Not done yet, the longest due first."""
        return self.filter(closed_at=None).order_by("due_on", "pk")


@pghistory.track()
class FollowUp(HouseModel):
    """Somebody is to be looked after, by whom, until when, and what came of it."""

    class Reason(models.TextChoices):
        """Why."""

        QUIET = "quiet", _("Quiet")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        DISTRESSED = "distressed", _("Distressed")
        MISSED = "missed", _("Missed without word")
        HOMEWORK = "homework", _("Needs help with homework")
        CARE = "care", _("Care to arrange")
        OTHER = "other", _("Something else")

    class Outcome(models.TextChoices):
        """What came of it."""

        SPOKE = "spoke", _("Spoke with them")
        ARRANGED = "arranged", _("Care arranged")
        RAISED = "raised", _("Raised as a risk")
        NOT_REACHED = "not_reached", _("Tried, not reached")
        NOT_NEEDED = "not_needed", _("No longer needed")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="follow_ups", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="follow_ups", verbose_name=_("episode"))
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="follow_ups", verbose_name=_("session")
    )
    reason = models.CharField(_("why"), max_length=10, choices=Reason.choices)
    words = EncryptedTextField(_("what to look after"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="follow_ups", verbose_name=_("who does it")
    )
    due_on = models.DateField(_("due"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="follow_ups_opened", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome.choices, blank=True)
    outcome_words = EncryptedTextField(_("what came of it"), blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    lead_told_at = models.DateTimeField(_("lead told that it is overdue"), null=True, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        indexes = [
            models.Index(fields=["owner", "due_on"], condition=Q(closed_at=None), name="follow_ups_open_by_owner"),
            models.Index(fields=["due_on"], condition=Q(closed_at=None), name="follow_ups_open_by_day"),
            models.Index(fields=["patient", "-opened_at"], name="follow_ups_of_a_patient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, outcome="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome=""),
                name="follow_up_ends_with_an_outcome",
            ),
            models.UniqueConstraint(
                fields=["session", "patient", "reason"],
                condition=Q(closed_at=None, session__isnull=False),
                name="one_open_follow_up_per_reason",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_reason_display()
