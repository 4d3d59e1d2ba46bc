"""Notes of a session: the shared part, each person's own note, what is added to a sealed one, and one's own phrases."""

import hashlib
import json

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from clinical.models.attendance import Attendance
from clinical.models.common import (
    Signed,
    SignedQuerySet,
    all_events,
    scale,
    scales_are_0_to_4,
    sealing_constraints,
    sealing_triggers,
)
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Patient
from scheduling.models import Session


class Engagement(models.IntegerChoices):
    """The project's own companion scale (CLINICAL_FACTS section 4): 0 none to 4 strong."""

    NONE = 0, _("0 · None")
    SLIGHT = 1, _("1 · Slight")
    SOME = 2, _("2 · Some")
    GOOD = 3, _("3 · Good")
    STRONG = 4, _("4 · Strong")


class Affect(models.TextChoices):
    """Affect as observed, in the field's usual words."""

    EUTHYMIC = "euthymic", _("Euthymic")
    BRIGHT = "bright", _("Bright")
    ANXIOUS = "anxious", _("Anxious")
    DEPRESSED = "depressed", _("Depressed")
    TEARFUL = "tearful", _("Tearful")
    IRRITABLE = "irritable", _("Irritable")
    ANGRY = "angry", _("Angry")
    CONSTRICTED = "constricted", _("Constricted")
    FLAT = "flat", _("Flat")
    LABILE = "labile", _("Labile")
    ELEVATED = "elevated", _("Elevated")
    NOT_OBSERVED = "not_observed", _("Not observed (camera off)")


class Progress(models.IntegerChoices):
    """Progress on the objective worked on, as the clinician judges it."""

    WORSE = -1, _("Setback")
    NONE = 0, _("No change")
    SOME = 1, _("Some progress")
    MUCH = 2, _("Much progress")
    ACHIEVED = 3, _("Achieved")


class Risk(models.TextChoices):
    """The risk statement. Blank is no answer: "none reported" is one (CLINICAL_FACTS section 1, minimum fields)."""

    NONE = "none", _("None reported")
    REPORTED = "reported", _("Reported or observed")


@pghistory.track()
class GroupNote(models.Model):
    """The shared part of a session's notes, about the group and nobody in it. Signing copies it into each person's note."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="group_note", verbose_name=_("session"))
    objective = EncryptedTextField(_("objective"), blank=True)
    topic = EncryptedTextField(_("topic or curriculum unit"), blank=True)
    intervention = EncryptedTextField(_("interventions"), blank=True)
    activities = EncryptedTextField(_("activities"), blank=True)
    handouts = EncryptedTextField(_("handouts"), blank=True)
    homework = EncryptedTextField(_("homework given"), blank=True)
    began_at = models.DateTimeField(_("began"), null=True, blank=True, help_text=_("Empty: as scheduled."))
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True, help_text=_("Empty: as scheduled."))
    break_minutes = models.PositiveSmallIntegerField(
        _("minutes of breaks"), null=True, blank=True, help_text=_("Empty: as scheduled.")
    )
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="group_notes", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), auto_now=True)

    class Meta:
        verbose_name = _("shared part")
        verbose_name_plural = _("shared parts")
        constraints = [
            models.CheckConstraint(
                condition=Q(began_at=None) | Q(stopped_at=None) | Q(stopped_at__gt=F("began_at")),
                name="group_note_stops_after_it_began",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.session)

    @property
    def is_complete(self) -> bool:
        """The parts every note needs are written."""
        return all(part.strip() for part in (self.objective, self.topic, self.intervention))


@pghistory.track(*all_events(), exclude=["attended"])
class ProgressNote(HouseModel, Signed):
    """One person's note of one session. A draft until signed; sealed at once, or when a supervisor has co-signed.

    The columns from `objective` to `homework` are copied in at signing: what the note said and stood on, so that it can be
    read alone and holds nobody else. Corrections are addenda.
    """

    session = models.ForeignKey(Session, models.PROTECT, related_name="notes", verbose_name=_("session"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="notes", verbose_name=_("patient"))
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="notes", verbose_name=_("attendance"))
    # With `attendance`, a composite foreign key: a note of somebody absent cannot exist, unless it is voided (then: empty).
    attended = models.GeneratedField(
        expression=Case(When(voided_at=None, then=Value(True)), default=None),
        output_field=models.BooleanField(null=True),
        db_persist=True,
    )

    text = EncryptedTextField(_("participation and response, in this person's own terms"), blank=True)
    engagement = scale(
        _("engagement with the material"),
        choices=Engagement.choices,
        validators=[MinValueValidator(0), MaxValueValidator(4)],
    )
    affect = models.CharField(_("affect"), max_length=12, choices=Affect.choices, blank=True)
    plan_objective = models.ForeignKey(
        "clinical.Objective",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notes",
        verbose_name=_("objective of the treatment plan worked on"),
    )
    progress = models.SmallIntegerField(_("progress on it"), null=True, blank=True, choices=Progress.choices)
    risk = models.CharField(_("risk"), max_length=8, choices=Risk.choices, blank=True)
    risk_text = EncryptedTextField(_("what was reported, and what was done"), blank=True)
    tech_trouble = models.BooleanField(_("technical trouble"), default=False)
    place_trouble = models.BooleanField(_("trouble in their surroundings"), default=False)
    trouble_text = EncryptedTextField(_("disruptions"), blank=True)
    camera_on = models.BooleanField(_("camera on"), null=True, blank=True)
    homework_done = models.BooleanField(_("homework done"), null=True, blank=True)
    next_step = EncryptedTextField(_("follow-up"), blank=True)

    aim = EncryptedTextField(_("objective of the treatment plan, in its words"), blank=True)
    objective = EncryptedTextField(_("objective"), blank=True)
    topic = EncryptedTextField(_("topic"), blank=True)
    intervention = EncryptedTextField(_("interventions"), blank=True)
    activities = EncryptedTextField(_("activities"), blank=True)
    handouts = EncryptedTextField(_("handouts"), blank=True)
    homework = EncryptedTextField(_("homework given"), blank=True)

    objects = SignedQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress note")
        verbose_name_plural = _("progress notes")
        ordering = ["-session__starts_at"]
        indexes = [
            models.Index(fields=["patient", "-signed_at"], name="notes_of_a_patient"),
            models.Index(
                fields=["cosigner"], condition=Q(signed_at__isnull=False, sealed_at=None), name="notes_to_cosign"
            ),
        ]
        constraints = [
            # A voided note makes room for another.
            models.UniqueConstraint(
                fields=["session", "patient"], condition=Q(voided_at=None), name="one_note_per_session_and_person"
            ),
            *sealing_constraints("note"),
            models.CheckConstraint(
                condition=Q(signed_at=None) | (~Q(text="") & ~Q(objective="") & ~Q(topic="") & ~Q(intervention="")),
                name="a_signed_note_says_something",
            ),
            # Notes signed before the statement was asked for have no "form" in their seal.
            models.CheckConstraint(
                condition=Q(signed_at=None) | ~Q(risk="") | ~Q(seal__has_key="form"),
                name="a_signed_note_states_risk",
            ),
            models.CheckConstraint(condition=Q(risk__in=["", *Risk.values]), name="note_risk_is_known"),
            models.CheckConstraint(condition=Q(affect__in=["", *Affect.values]), name="note_affect_is_known"),
            models.CheckConstraint(
                condition=Q(progress=None) | Q(progress__range=(-1, 3)), name="note_progress_is_known"
            ),
            scales_are_0_to_4("note_engagement_0_to_4", "engagement"),
        ]
        triggers = sealing_triggers()

    def __str__(self) -> str:
        return f"{self.patient} · {self.session}"

    def said(self) -> dict:
        """The narrative and ratings the signature stands for."""
        return {
            name: getattr(self, name)
            for name in (
                *("text", "engagement", "affect", "progress", "risk", "risk_text", "tech_trouble", "place_trouble"),
                *("trouble_text", "camera_on", "homework_done", "next_step", "aim"),
                *("objective", "topic", "intervention", "activities", "handouts", "homework"),
            )
        }

    def fingerprint(self) -> str:
        """SHA-256 of everything the signatures stand for, as hex."""
        if "form" in self.seal:
            return super().fingerprint()
        content = {  # as the first notes were sealed
            "note": str(self.uid),
            "text": self.text,
            "objective": self.objective,
            "topic": self.topic,
            "intervention": self.intervention,
            "seal": self.seal,
            "signed_at": self.signed_at.isoformat(),
            "signed_by": self.signed_by_id,
            "signed_name": self.signed_name,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@pghistory.track()
class Overrule(models.Model):
    """A warning before signing that somebody overruled, and why. Kept with the note it was about."""

    note = models.ForeignKey(ProgressNote, models.PROTECT, related_name="overrules", verbose_name=_("note"))
    guard = models.CharField(_("warning"), max_length=24)
    # What the warning pointed at (a digest of field and words), so that the same words are not asked about again.
    place = models.CharField(_("place"), max_length=64)
    reason = EncryptedTextField(_("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("overruled by"))
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("overruled warning")
        verbose_name_plural = _("overruled warnings")
        constraints = [
            models.UniqueConstraint(fields=["note", "guard", "place"], name="overruled_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="overruled_with_a_reason"),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.guard


@pghistory.track()
class Countersignature(models.Model):
    """The co-facilitator's signature under a note that is signed: they were there and agree with what it says."""

    note = models.ForeignKey(ProgressNote, models.PROTECT, related_name="countersignatures", verbose_name=_("note"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="countersignatures", verbose_name=_("signed by")
    )
    name = models.CharField(_("signature"), max_length=200)
    at = models.DateTimeField(_("signed"))
    content_hash = models.CharField(_("content hash of what was signed"), max_length=64)

    class Meta:
        verbose_name = _("co-facilitator's signature")
        verbose_name_plural = _("co-facilitators' signatures")
        constraints = [
            models.UniqueConstraint(fields=["note", "user"], name="countersigned_once"),
            models.CheckConstraint(
                condition=~Q(name="") & Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="countersignature_is_whole"
            ),
        ]
        triggers = [pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Addendum(HouseModel):
    """A new dated entry to something sealed. Signed as it is written, sealed at once; the original stays readable as it was."""

    class Kind(models.TextChoices):
        """What it is to the original (CLINICAL_FACTS section 1, rules)."""

        ADDENDUM = "addendum", _("Addendum")
        LATE_ENTRY = "late_entry", _("Late entry")
        CORRECTION = "correction", _("Correction")

    note = models.ForeignKey(
        ProgressNote, models.PROTECT, null=True, blank=True, related_name="addenda", verbose_name=_("note")
    )
    document = models.ForeignKey(
        "clinical.Document", models.PROTECT, null=True, blank=True, related_name="addenda", verbose_name=_("document")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ADDENDUM)
    about_at = models.DateTimeField(
        _("when it happened"),
        null=True,
        blank=True,
        help_text=_("Of a late entry: what it is about, not when it is written."),
    )
    text = EncryptedTextField(_("text"))
    signed_at = models.DateTimeField(_("signed"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="addenda", verbose_name=_("signed by")
    )
    signed_name = models.CharField(_("signature"), max_length=200)

    class Meta:
        verbose_name = _("addendum")
        verbose_name_plural = _("addenda")
        ordering = ["signed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") & ~Q(signed_name=""), name="an_addendum_says_something"),
            models.CheckConstraint(
                condition=Q(note__isnull=False, document=None) | Q(note=None, document__isnull=False),
                name="an_addendum_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(kind="late_entry", about_at__isnull=False)
                | Q(kind__in=["addendum", "correction"], about_at=None),
                name="a_late_entry_says_when",
            ),
        ]
        triggers = [pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.note or self.document)


class SnippetQuerySet(models.QuerySet):
    """Phrases."""

    def visible_to(self, user) -> "SnippetQuerySet":
        """A person's own."""
        return self.filter(user=user) if user.is_authenticated and user.is_active else self.none()


@pghistory.track()
class Snippet(HouseModel):
    """A phrase of one's own: a few letters stand for it. About nobody; it is written before there is anybody to write about."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="snippets", verbose_name=_("whose"))
    short = models.SlugField(_("shorthand"), max_length=20, help_text=_("Typed after a semicolon: ;part"))
    text = EncryptedTextField(_("phrase"))

    objects = SnippetQuerySet.as_manager()

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        ordering = ["short"]
        constraints = [
            models.UniqueConstraint(fields=["user", "short"], name="one_phrase_per_shorthand"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(short=""), name="a_phrase_says_something"),
        ]

    def __str__(self) -> str:
        return self.short
