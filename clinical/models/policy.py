"""A program's own rules of the record."""

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program


@pghistory.track()
class ClinicalPolicy(models.Model):
    """What a program sets for its record. Without a row the defaults hold (`ClinicalPolicy.of`)."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="clinical_policy", verbose_name=_("program"))
    # CLINICAL_FACTS section 1, treatment plan: reviews every 7 to 30 days are typical.
    review_days = models.PositiveSmallIntegerField(
        _("plans are reviewed every (days)"), default=30, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    # CLINICAL_FACTS 3a, missing data: two blanks at most, never with item 9 blank, and only where the site says so.
    may_prorate = models.BooleanField(
        _("PHQ-9 and GAD-7 with one or two blank answers are prorated"),
        default=False,
        help_text=_("Labelled as such, and never with item 9 of PHQ-9 blank."),
    )
    crisis_phone = models.CharField(
        _("the clinic’s own line in a crisis"), max_length=32, blank=True, help_text=_("Shown beside 988 and 911.")
    )

    class Meta:
        verbose_name = _("rules of the record")
        verbose_name_plural = _("rules of the record")
        constraints = [
            models.CheckConstraint(condition=Q(review_days__range=(1, 90)), name="policy_review_1_to_90_days")
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.program)

    @classmethod
    def of(cls, program_id: int) -> "ClinicalPolicy":
        """The program's rules, or the defaults. One query."""
        return cls.objects.filter(program_id=program_id).first() or cls(program_id=program_id)
