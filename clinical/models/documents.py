"""Everything written about one person outside a group session: notes of appointments, plans for hard times, discharge; and what
is kept as a list: diagnoses and medications."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinical.models.common import (
    OfPatientQuerySet,
    Signed,
    SignedQuerySet,
    all_events,
    sealing_constraints,
    sealing_triggers,
)
from clinical.models.notes import Progress, Risk
from clinical.models.plans import Objective
from core.fields import EncryptedJSONField, EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models import Appointment


class Kind(models.TextChoices):
    """Kinds of document. The first ones are of a visit, and may be of an appointment."""

    INDIVIDUAL = "individual", _("Individual session")
    FAMILY = "family", _("Family session")
    CASE_MANAGEMENT = "case_management", _("Case management")
    COACHING = "coaching", _("Coaching")
    PRESCRIBER = "prescriber", _("Prescriber visit")
    CRISIS = "crisis", _("Crisis contact")
    CONTACT = "contact", _("Contact outside a visit")
    SAFETY_PLAN = "safety_plan", _("Safety plan")
    RELAPSE_PLAN = "relapse_plan", _("Relapse-prevention plan")
    DISCHARGE = "discharge", _("Discharge summary")


VISITS = (Kind.INDIVIDUAL, Kind.FAMILY, Kind.CASE_MANAGEMENT, Kind.COACHING, Kind.PRESCRIBER, Kind.CRISIS, Kind.CONTACT)


class Template(models.TextChoices):
    """Which sections a visit's note has."""

    DAP = "dap", _("DAP: data, assessment, plan")
    SOAP = "soap", _("SOAP: subjective, objective, assessment, plan")
    BIRP = "birp", _("BIRP: behavior, intervention, response, plan")
    FREE = "free", _("One text")


@pghistory.track(*all_events())
class Document(HouseModel, Signed):
    """One document of a person's record: draft, signed, co-signed where it must be, sealed.

    `sections` holds its texts by section key (which ones there are: `clinical.sections`), encrypted as one. A safety plan or a
    relapse-prevention plan that is revised is a new row with the next number; the newest sealed one is in force.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="documents", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="documents", verbose_name=_("episode"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    template = models.CharField(_("template"), max_length=4, choices=Template.choices, blank=True)
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("appointment")
    )
    happened_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    sections = EncryptedJSONField(_("texts"), blank=True, default=dict)
    risk = models.CharField(_("risk"), max_length=8, choices=Risk.choices, blank=True)
    risk_text = EncryptedTextField(_("what was reported, and what was done"), blank=True)
    facts = models.JSONField(
        _("facts"), default=dict, blank=True, help_text=_("Codes and dates without narrative: the type of a discharge.")
    )

    objects = SignedQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "kind", "-happened_at"], name="documents_of_a_patient"),
            models.Index(fields=["author", "signed_at"], name="documents_of_an_author"),
            models.Index(
                fields=["cosigner"], condition=Q(signed_at__isnull=False, sealed_at=None), name="documents_to_cosign"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(voided_at=None), name="one_note_per_appointment"
            ),
            models.UniqueConstraint(
                fields=["episode", "kind"],
                condition=Q(sealed_at=None, kind__in=["safety_plan", "relapse_plan", "discharge"]),
                name="one_open_document_of_a_kind",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="document_kind_is_known"),
            models.CheckConstraint(condition=Q(template__in=["", *Template.values]), name="document_template_is_known"),
            models.CheckConstraint(
                condition=Q(appointment=None) | Q(kind__in=[str(k) for k in VISITS]),
                name="only_a_visit_has_an_appointment",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("happened_at")), name="document_stops_after_it_began"
            ),
            models.CheckConstraint(condition=Q(risk__in=["", *Risk.values]), name="document_risk_is_known"),
            models.CheckConstraint(
                condition=Q(signed_at=None) | ~Q(risk="") | ~Q(kind__in=[str(k) for k in VISITS]),
                name="a_signed_visit_states_risk",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | ~Q(sections=""), name="a_signed_document_says_something"
            ),
            *sealing_constraints("document"),
        ]
        triggers = sealing_triggers()

    def __str__(self) -> str:
        return f"{self.patient} · {self.get_kind_display()}"

    @property
    def is_visit(self) -> bool:
        """The note of a visit or contact, as against a plan or a summary."""
        return self.kind in VISITS

    def said(self) -> dict:
        """The texts, the risk statement and the facts."""
        return {
            "kind": self.kind,
            "template": self.template,
            "number": self.number,
            "sections": self.sections,
            "risk": self.risk,
            "risk_text": self.risk_text,
            "facts": self.facts,
        }


_SEALED_WITH_DOCUMENT = """
    IF EXISTS (SELECT FROM clinical_document d WHERE d.id = COALESCE(NEW.document_id, OLD.document_id)
        AND d.signed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'what a signed document worked on stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""


@pghistory.track(*all_events())
class WorkedOn(models.Model):
    """An objective of the treatment plan that a visit worked on, and the progress on it."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="worked_on", verbose_name=_("document"))
    objective = models.ForeignKey(Objective, models.PROTECT, related_name="worked_on", verbose_name=_("objective"))
    progress = models.SmallIntegerField(_("progress on it"), null=True, blank=True, choices=Progress.choices)

    class Meta:
        verbose_name = _("objective worked on")
        verbose_name_plural = _("objectives worked on")
        constraints = [
            models.UniqueConstraint(fields=["document", "objective"], name="worked_on_once"),
            models.CheckConstraint(
                condition=Q(progress=None) | Q(progress__range=(-1, 3)), name="worked_on_progress_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="sealed_with_document",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=_SEALED_WITH_DOCUMENT,
            )
        ]

    def __str__(self) -> str:
        return str(self.document)


@pghistory.track()
class Diagnosis(HouseModel):
    """A diagnosis, typed: ICD-10-CM code and text. No code set is shipped. What was recorded by mistake says so and stays."""

    class Rank(models.TextChoices):
        """What it is to the treatment."""

        PRIMARY = "primary", _("Primary")
        SECONDARY = "secondary", _("Secondary")
        RULE_OUT = "rule_out", _("To rule out")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="diagnoses", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="diagnoses", verbose_name=_("episode"))
    code = models.CharField(_("ICD-10-CM code"), max_length=8, help_text=_("For example F10.20."))
    text = EncryptedTextField(_("diagnosis"))
    rank = models.CharField(_("rank"), max_length=9, choices=Rank.choices, default=Rank.SECONDARY)
    since = models.DateField(_("since"), null=True, blank=True)
    diagnosed_on = models.DateField(_("diagnosed on"))
    resolved_on = models.DateField(_("resolved on"), null=True, blank=True)
    mistaken_at = models.DateTimeField(_("recorded by mistake"), null=True, blank=True)
    mistake = EncryptedTextField(_("what was the mistake"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="diagnoses", verbose_name=_("recorded by")
    )

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        ordering = ["resolved_on", "rank", "-diagnosed_on", "pk"]
        indexes = [models.Index(fields=["patient", "resolved_on"], name="diagnoses_of_a_patient")]
        constraints = [
            # The shape of ICD-10-CM: a letter, a digit, a digit or A/B, then up to four characters behind a point.
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?$"), name="diagnosis_code_has_the_shape"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="diagnosis_says_something"),
            models.CheckConstraint(
                condition=Q(resolved_on=None) | Q(resolved_on__gte=F("diagnosed_on")), name="diagnosis_dates"
            ),
            models.CheckConstraint(
                condition=Q(mistaken_at=None, mistake="") | Q(mistaken_at__isnull=False) & ~Q(mistake=""),
                name="diagnosis_mistake_is_said",
            ),
            models.UniqueConstraint(
                fields=["episode", "code"],
                condition=Q(resolved_on=None, mistaken_at=None),
                name="one_open_diagnosis_per_code",
            ),
            models.UniqueConstraint(
                fields=["episode"],
                condition=Q(rank="primary", resolved_on=None, mistaken_at=None),
                name="one_primary_diagnosis",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class Medication(HouseModel):
    """A medication somebody takes, as recorded here; nothing is prescribed. A change of dose ends one row and begins another."""

    class Source(models.TextChoices):
        """Who says so."""

        PATIENT = "patient", _("The patient")
        PRESCRIBER = "prescriber", _("A prescriber of the program")
        OUTSIDE = "outside", _("A prescriber elsewhere")
        PHARMACY = "pharmacy", _("Pharmacy or record")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="medications", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="medications", verbose_name=_("episode"))
    name = EncryptedTextField(_("medication"))
    dose = EncryptedTextField(_("dose"), blank=True)
    how = EncryptedTextField(_("route and how often"), blank=True)
    reason = EncryptedTextField(_("for"), blank=True)
    for_addiction = models.BooleanField(_("medication for addiction treatment"), default=False)
    prescriber = models.CharField(_("prescribed by"), max_length=120, blank=True)
    source = models.CharField(_("who says so"), max_length=10, choices=Source.choices)
    started_on = models.DateField(_("since"), null=True, blank=True)
    stopped_on = models.DateField(_("stopped on"), null=True, blank=True)
    stop_reason = EncryptedTextField(_("why it was stopped"), blank=True)
    mistaken_at = models.DateTimeField(_("recorded by mistake"), null=True, blank=True)
    mistake = EncryptedTextField(_("what was the mistake"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="medications_recorded", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("medication")
        verbose_name_plural = _("medications")
        ordering = ["stopped_on", "-for_addiction", "-started_on", "pk"]
        indexes = [models.Index(fields=["patient", "stopped_on"], name="medications_of_a_patient")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="medication_has_a_name"),
            models.CheckConstraint(
                condition=Q(stopped_on=None) | Q(started_on=None) | Q(stopped_on__gte=F("started_on")),
                name="medication_dates",
            ),
            models.CheckConstraint(
                condition=Q(mistaken_at=None, mistake="") | Q(mistaken_at__isnull=False) & ~Q(mistake=""),
                name="medication_mistake_is_said",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_source_display()
