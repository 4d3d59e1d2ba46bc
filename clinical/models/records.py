"""What people read of their own record: which kinds their program shows, what is withheld and why, what was downloaded."""

import datetime as dt

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from clinical.models.common import OfPatientQuerySet
from clinical.models.documents import Document
from clinical.models.notes import ProgressNote
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Patient

MOST_DAYS = 30  # 45 CFR 164.524(b)(2): a request for access is answered within 30 days


def somebody(words) -> models.ForeignKey:
    """Somebody who did it, once it is done."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=words
    )


@pghistory.track()
class ReleasePolicy(models.Model):
    """Which kinds of signed documents a program's people read in their portal, and after how many days. Without a row: all of
    them, at once (45 CFR part 171 leans to that). Psychotherapy notes are none of these, and are never shown."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="release_policy", verbose_name=_("program"))
    notes = models.BooleanField(_("notes of group sessions"), default=True)
    visits = models.BooleanField(_("notes of appointments and contacts"), default=True)
    plans = models.BooleanField(_("treatment plans, earlier versions too"), default=True)
    discharge = models.BooleanField(_("discharge summaries"), default=True)
    measures = models.BooleanField(_("answers and scores of measures"), default=True)
    days = models.PositiveSmallIntegerField(
        _("days after they are sealed"),
        default=0,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("0: at once. A delay of everything can be information blocking: ask counsel first."),
    )

    class Meta:
        verbose_name = _("what people read of their record")
        verbose_name_plural = _("what people read of their record")
        constraints = [
            models.CheckConstraint(condition=Q(days__lte=MOST_DAYS), name="released_within_30_days"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.program)

    def shows(self, part: str, sealed_at: dt.datetime, now: dt.datetime) -> bool:
        """Whether something of this part ("notes", "visits", "plans", "discharge", "measures"), sealed then, is shown by now."""
        return getattr(self, part) and sealed_at + dt.timedelta(days=self.days) <= now


class WithholdingQuerySet(OfPatientQuerySet):
    """What is withheld."""

    def standing(self) -> "WithholdingQuerySet":
        """Not lifted."""
        return self.filter(lifted_at=None)

    def to_review(self) -> "WithholdingQuerySet":
        """The person asked for a review that nobody has made yet; the longest waiting first."""
        asked = self.standing().filter(review_asked_at__isnull=False, reviewed_at=None)
        return asked.order_by("review_asked_at", "pk")


_OF_THE_SAME_PERSON = """
IF NOT EXISTS (SELECT FROM clinical_progressnote n
        WHERE n.id = NEW.note_id AND n.patient_id = NEW.patient_id AND n.sealed_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM clinical_document d
        WHERE d.id = NEW.document_id AND d.patient_id = NEW.patient_id AND d.sealed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'only something sealed of their own is withheld from somebody'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'withheld_of_their_own';
END IF;
RETURN NEW;
"""


def changed(*names: str) -> pgtrigger.Q:
    """One of these columns is another than before."""
    found = pgtrigger.Q()
    for name in names:
        found |= pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")})
    return found


@pghistory.track()
class Withholding(HouseModel):
    """One sealed note or document that its person does not read, on a ground that may be reviewed (45 CFR 164.524(a)(3)).

    They are told that something is withheld, on which ground, and that they may ask for a review by somebody else.
    """

    class Ground(models.TextChoices):
        """Why the law allows it."""

        SAFETY = "safety", _("It could endanger somebody’s life or physical safety")
        OTHER_PERSON = "other_person", _("It speaks of another person, who could come to substantial harm")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="withheld", verbose_name=_("patient"))
    note = models.ForeignKey(
        ProgressNote, models.PROTECT, null=True, blank=True, related_name="withholdings", verbose_name=_("note")
    )
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="withholdings", verbose_name=_("document")
    )
    ground = models.CharField(_("ground"), max_length=12, choices=Ground.choices)
    reason = EncryptedTextField(_("reasoning, for the chart"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="withheld", verbose_name=_("withheld by")
    )
    name = models.CharField(_("signature"), max_length=200)
    at = models.DateTimeField(_("withheld"))
    review_asked_at = models.DateTimeField(_("review asked for"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    reviewed_by = somebody(_("reviewed by"))
    reviewed_name = models.CharField(_("reviewer's signature"), max_length=200, blank=True)
    upheld = models.BooleanField(_("upheld"), null=True, blank=True)
    review_words = EncryptedTextField(_("what the person is told"), blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = somebody(_("lifted by"))

    objects = WithholdingQuerySet.as_manager()

    class Meta:
        verbose_name = _("withheld document")
        verbose_name_plural = _("withheld documents")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["patient"], condition=Q(lifted_at=None), name="withheld_of_a_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(note__isnull=False, document=None) | Q(note=None, document__isnull=False),
                name="one_thing_is_withheld",
            ),
            models.UniqueConstraint(fields=["note"], condition=Q(lifted_at=None), name="a_note_is_withheld_once"),
            models.UniqueConstraint(
                fields=["document"], condition=Q(lifted_at=None), name="a_document_is_withheld_once"
            ),
            models.CheckConstraint(
                condition=Q(ground__in=["safety", "other_person"]) & ~Q(reason="") & ~Q(name=""),
                name="withheld_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, reviewed_name="", upheld=None, review_words="")
                | Q(
                    reviewed_at__isnull=False,
                    reviewed_by__isnull=False,
                    upheld__isnull=False,
                    review_asked_at__isnull=False,
                )
                & ~Q(reviewed_name="")
                & ~Q(review_words=""),
                name="a_review_is_whole",
            ),
            # 164.524(a)(4): by somebody who did not take part in the decision.
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("by")), name="reviewed_by_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="lifted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(upheld=None) | Q(upheld=True) | Q(lifted_at__isnull=False), name="not_upheld_is_lifted"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="of_their_own", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_OF_THE_SAME_PERSON
            ),
            pgtrigger.Protect(
                name="said_stays",
                operation=pgtrigger.Update,
                condition=changed("patient", "note", "document", "ground", "reason", "by", "name", "at")
                | pgtrigger.Q(old__lifted_at__isnull=False)
                | (
                    pgtrigger.Q(old__reviewed_at__isnull=False)
                    & changed("reviewed_at", "reviewed_by", "reviewed_name", "upheld", "review_words")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.get_ground_display()

    @property
    def thing(self) -> ProgressNote | Document:
        """What is withheld."""
        return self.note or self.document


@pghistory.track()
class RecordExport(HouseModel):
    """Somebody downloaded their own record: when, in which form, how much of what was in it, and its hash; never its content."""

    class Form(models.TextChoices):
        """The file."""

        PDF = "pdf", "PDF"
        JSON = "json", "JSON"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="record_exports", verbose_name=_("patient"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="record_exports", verbose_name=_("downloaded by")
    )
    form = models.CharField(_("form"), max_length=4, choices=Form.choices)
    facts = models.JSONField(_("how much of what"), help_text=_("Numbers by part, no content."))
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(_("SHA-256 of the file"), max_length=64)
    at = models.DateTimeField(_("downloaded"))

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("download of a record")
        verbose_name_plural = _("downloads of records")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["patient", "-at"], name="exports_of_a_patient")]
        constraints = [
            models.CheckConstraint(
                condition=Q(form__in=["pdf", "json"]) & Q(digest__regex=r"^[0-9a-f]{64}$"), name="an_export_is_whole"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_form_display()
