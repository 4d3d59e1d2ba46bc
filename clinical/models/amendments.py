"""Asking for a correction of one's record (45 CFR 164.526): what is asked, decided and said after it."""

import datetime as dt

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from clinical.models.common import OfPatientQuerySet
from clinical.models.documents import Document
from clinical.models.measures import MeasureResponse
from clinical.models.notes import Addendum, ProgressNote
from clinical.models.plans import TreatmentPlan
from clinical.models.records import changed, somebody
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Patient

ACT_WITHIN = dt.timedelta(days=60)  # 164.526(b)(2)(i)
LONGER_BY = dt.timedelta(days=30)  # (ii): once, with a reason in writing


class RequestQuerySet(OfPatientQuerySet):
    """Requests."""

    def open(self) -> "RequestQuerySet":
        """Neither decided nor taken back; what is due first comes first."""
        return self.filter(decided_at=None, withdrawn_at=None).order_by("due_on", "pk")


_THEIR_OWN = """
IF NEW.note_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_progressnote n
        WHERE n.id = NEW.note_id AND n.patient_id = NEW.patient_id AND n.sealed_at IS NOT NULL)
    OR NEW.document_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_document d
        WHERE d.id = NEW.document_id AND d.patient_id = NEW.patient_id AND d.sealed_at IS NOT NULL)
    OR NEW.plan_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_treatmentplan p
        WHERE p.id = NEW.plan_id AND p.patient_id = NEW.patient_id AND p.sealed_at IS NOT NULL)
    OR NEW.response_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_measureresponse r
        WHERE r.id = NEW.response_id AND r.patient_id = NEW.patient_id)
    OR NEW.addendum_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_addendum a
        WHERE a.id = NEW.addendum_id AND (a.note_id = NEW.note_id OR a.document_id = NEW.document_id)) THEN
    RAISE EXCEPTION 'a request is about the record of whoever asks'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'asked_about_their_own';
END IF;
RETURN NEW;
"""


def _of(model, words) -> models.ForeignKey:
    return models.ForeignKey(
        model, models.PROTECT, null=True, blank=True, related_name="amendment_requests", verbose_name=words
    )


def _about(**held) -> Q:
    """Exactly this one of the four is named."""
    names = ("note", "document", "plan", "response")
    return Q(
        **held, **{(f"{n}__isnull" if n == held["about"] else n): False if n == held["about"] else None for n in names}
    )


@pghistory.track()
class AmendmentRequest(HouseModel):
    """Somebody asks that something in their record be corrected. Acted on within 60 days (once 30 more, with a reason)."""

    class About(models.TextChoices):
        """What it is about."""

        NOTE = "note", _("A note of a group session")
        DOCUMENT = "document", _("A note of an appointment, or another document")
        PLAN = "plan", _("The plan")
        RESPONSE = "response", _("Answers to questions")
        OTHER = "other", _("Something else in my record")

    class Decision(models.TextChoices):
        """What was decided."""

        ACCEPTED = "accepted", _("Accepted")
        PARTLY = "partly", _("Accepted in part")
        DENIED = "denied", _("Not accepted")

    class Basis(models.TextChoices):
        """On what a refusal may stand: 164.526(a)(2)."""

        NOT_OURS = "not_ours", _("It was not created by this program")
        NOT_RECORD = "not_record", _("It is not part of the record that is kept about you")
        NOT_OPEN = "not_open", _("It is not open to inspection by law")
        CORRECT = "correct", _("It is accurate and complete")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="amendment_requests", verbose_name=_("patient"))
    program = models.ForeignKey(Program, models.PROTECT, related_name="amendment_requests", verbose_name=_("program"))
    about = models.CharField(_("about"), max_length=8, choices=About.choices)
    note = _of(ProgressNote, _("note"))
    document = _of(Document, _("document"))
    plan = _of(TreatmentPlan, _("plan"))
    response = _of(MeasureResponse, _("answers"))
    wish = EncryptedTextField(_("what should be changed, and how"))
    why = EncryptedTextField(_("why"))
    others = EncryptedTextField(_("who else should hear of a change"), blank=True)
    asked_at = models.DateTimeField(_("asked"))
    asked_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("due"))
    extended_at = models.DateTimeField(_("more time taken"), null=True, blank=True)
    extended_by = somebody(_("more time taken by"))
    extension_reason = EncryptedTextField(_("why more time is needed"), blank=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices, blank=True)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices, blank=True)
    answer = EncryptedTextField(_("answer in writing"), blank=True)
    addendum = models.ForeignKey(
        Addendum, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entry added")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = somebody(_("decided by"))
    decided_name = models.CharField(_("signature"), max_length=200, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to correct a record")
        verbose_name_plural = _("requests to correct a record")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-asked_at"], name="requests_of_a_patient"),
            models.Index(fields=["due_on"], condition=Q(decided_at=None, withdrawn_at=None), name="requests_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=_about(about="note")
                | _about(about="document")
                | _about(about="plan")
                | _about(about="response")
                | _about(about="other"),
                name="a_request_is_about_one_thing",
            ),
            models.CheckConstraint(condition=~Q(wish="") & ~Q(why=""), name="a_request_says_what_and_why"),
            models.CheckConstraint(
                condition=Q(extended_at=None, due_on__lte=F("asked_on") + ACT_WITHIN)
                | Q(extended_at__isnull=False, due_on__lte=F("asked_on") + ACT_WITHIN + LONGER_BY),
                name="a_request_is_due_in_time",
            ),
            models.CheckConstraint(
                condition=Q(extended_at=None, extended_by=None, extension_reason="")
                | Q(extended_at__isnull=False, extended_by__isnull=False) & ~Q(extension_reason=""),
                name="more_time_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    decision="", basis="", answer="", addendum=None, decided_at=None, decided_by=None, decided_name=""
                )
                | Q(decided_at__isnull=False, decided_by__isnull=False, withdrawn_at=None)
                & ~Q(answer="")
                & ~Q(decided_name="")
                & (
                    Q(decision="accepted", basis="")
                    | Q(decision="partly") & ~Q(basis="")
                    | Q(decision="denied", addendum=None) & ~Q(basis="")
                ),
                name="a_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["", "denied"])
                | ~Q(about__in=["note", "document"])
                | Q(addendum__isnull=False),
                name="what_is_accepted_is_added",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="of_their_own",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_THEIR_OWN,
            ),
            pgtrigger.Protect(
                name="said_stays",
                operation=pgtrigger.Update,
                condition=changed("patient", "program", "about", "note", "document", "plan", "response")
                | changed("wish", "why", "others", "asked_at", "asked_on")
                | pgtrigger.Q(old__decided_at__isnull=False)
                | pgtrigger.Q(old__withdrawn_at__isnull=False)
                | (
                    pgtrigger.Q(old__extended_at__isnull=False)
                    & changed("due_on", "extended_at", "extended_by", "extension_reason")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.get_about_display()

    @property
    def thing(self) -> ProgressNote | Document | TreatmentPlan | MeasureResponse | None:
        """What it is about; None of something else."""
        return self.note or self.document or self.plan or self.response

    @property
    def is_open(self) -> bool:
        return self.decided_at is None and self.withdrawn_at is None

    @property
    def was_refused(self) -> bool:
        """Wholly or in part: a statement of disagreement may follow."""
        return self.decision in (self.Decision.DENIED, self.Decision.PARTLY)


class StatementQuerySet(models.QuerySet):
    """Statements."""

    def visible_to(self, user) -> "StatementQuerySet":
        """Of the requests visible to the user."""
        return self.filter(request__in=AmendmentRequest.objects.visible_to(user))


_AFTER_A_REFUSAL = """
IF NOT EXISTS (SELECT FROM clinical_amendmentrequest r
        WHERE r.id = NEW.request_id AND r.decision IN ('denied', 'partly'))
    OR NEW.kind = 'rebuttal' AND NOT EXISTS (SELECT FROM clinical_amendmentstatement s
        WHERE s.request_id = NEW.request_id AND s.kind = 'disagreement') THEN
    RAISE EXCEPTION 'a statement follows a refusal, a reply follows a statement'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_in_order';
END IF;
RETURN NEW;
"""


@pghistory.track()
class AmendmentStatement(HouseModel):
    """After a refusal: what the person sets against it, and what the program says to that (164.526(d))."""

    class Kind(models.TextChoices):
        """Whose."""

        DISAGREEMENT = "disagreement", _("Statement of disagreement")
        REBUTTAL = "rebuttal", _("The program’s reply to it")

    request = models.ForeignKey(AmendmentRequest, models.PROTECT, related_name="statements", verbose_name=_("request"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    text = EncryptedTextField(_("text"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="amendment_statements", verbose_name=_("by")
    )
    name = models.CharField(_("signature"), max_length=200)
    at = models.DateTimeField(_("signed"))

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement on a refused correction")
        verbose_name_plural = _("statements on refused corrections")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "kind"], name="one_statement_of_a_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=["disagreement", "rebuttal"]) & ~Q(text="") & ~Q(name=""),
                name="a_statement_says_something",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="in_order", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_AFTER_A_REFUSAL
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
