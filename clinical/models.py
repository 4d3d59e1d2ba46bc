"""The record of a session: attendance, the shared part of its notes, each person's own note, addenda."""

import hashlib
import json

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models import Session


class OfPatientQuerySet(models.QuerySet):
    """Rows of one patient each."""

    def visible_to(self, user):
        """Rows of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


class Status(models.TextChoices):
    """How somebody attended."""

    PRESENT = "present", _("Present")
    LATE = "late", _("Late")
    LEFT_EARLY = "left_early", _("Left early")
    EXCUSED = "excused", _("Excused")
    NO_SHOW = "no_show", _("Missed")


ATTENDED = (Status.PRESENT, Status.LATE, Status.LEFT_EARLY)


class Participation(models.IntegerChoices):
    """The project's own 0-4 scale with anchors (CLINICAL_FACTS section 4). Absence is a status, never a 0."""

    NONE = 0, _("0 · Present, no response even when asked")
    ANSWERS = 1, _("1 · Answers only when asked")
    SOME = 2, _("2 · Some unprompted sharing")
    REGULAR = 3, _("3 · Regular, on topic, responds to peers")
    ACTIVE = 4, _("4 · Works on own goal and supports others")


_SEALED_ATTENDANCE = """
    IF EXISTS (SELECT FROM clinical_progressnote n WHERE n.attendance_id = OLD.id AND n.signed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'attendance of a signed note is sealed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


@pghistory.track(exclude=["attended"])
class Attendance(HouseModel):
    """What a facilitator confirmed of one person at one session. Not yet taken is no row; absent is a row without minutes."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances", verbose_name=_("session"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="attendances", verbose_name=_("patient"))
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="attendances", verbose_name=_("episode"))
    status = models.CharField(_("attendance"), max_length=10, choices=Status.choices)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), null=True, blank=True, help_text=_("Treatment minutes attended, break excluded.")
    )
    possible_minutes = models.PositiveSmallIntegerField(_("minutes of the session"))
    participation = models.PositiveSmallIntegerField(
        _("participation"),
        null=True,
        blank=True,
        choices=Participation.choices,
        validators=[MinValueValidator(0), MaxValueValidator(4)],
        help_text=_("Empty: not rated."),
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="attendances_taken", verbose_name=_("taken by")
    )
    taken_at = models.DateTimeField(_("taken"), auto_now=True)
    attended = models.GeneratedField(
        expression=Case(When(status__in=[str(s) for s in ATTENDED], then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        indexes = [
            models.Index(fields=["patient", "session"], name="attendance_of_a_patient"),
            models.Index(fields=["episode"], include=["session", "minutes"], name="attendance_of_an_episode"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "patient"], name="one_attendance_per_session"),
            # The target of the notes' foreign key: a note needs an attendance that is attended.
            models.UniqueConstraint(fields=["id", "attended"], name="attendance_with_attended"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="attendance_status_is_known"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[str(s) for s in ATTENDED],
                    minutes__isnull=False,
                    minutes__gte=1,
                    minutes__lte=models.F("possible_minutes"),
                )
                | (~Q(status__in=[str(s) for s in ATTENDED]) & Q(minutes=None, participation=None)),
                name="attended_has_minutes_absent_has_none",
            ),
            models.CheckConstraint(
                condition=Q(participation=None) | Q(participation__range=(0, 4)), name="participation_0_to_4"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="sealed_with_its_note", operation=pgtrigger.Update, when=pgtrigger.Before, func=_SEALED_ATTENDANCE
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient} · {self.get_status_display()}"

    @property
    def as_seen(self) -> str:
        """What is recorded, in one word: it tells whether the row is still the one that somebody's page showed."""
        return f"{self.status}:{self.minutes}:{self.participation}"


@pghistory.track()
class GroupNote(models.Model):
    """The shared part of a session's notes, about the group and nobody in it. Signing copies it into each person's note."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="group_note", verbose_name=_("session"))
    objective = EncryptedTextField(_("objective"), blank=True)
    topic = EncryptedTextField(_("topic"), blank=True)
    intervention = EncryptedTextField(_("intervention"), blank=True)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="group_notes", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), auto_now=True)

    class Meta:
        verbose_name = _("shared part")
        verbose_name_plural = _("shared parts")
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.session)

    @property
    def is_complete(self) -> bool:
        """All three parts are written."""
        return all(part.strip() for part in (self.objective, self.topic, self.intervention))


class NoteQuerySet(OfPatientQuerySet):
    def signed(self) -> "NoteQuerySet":
        """Sealed notes."""
        return self.exclude(signed_at=None)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=["attended"])
class ProgressNote(HouseModel):
    """One person's note of one session. A draft until signed; then sealed: the database refuses any change.

    The columns from `objective` on are the seal: what the note said and stood on when it was signed, so that it can be read
    alone and holds nobody else. Corrections are addenda.
    """

    session = models.ForeignKey(Session, models.PROTECT, related_name="notes", verbose_name=_("session"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="notes", verbose_name=_("patient"))
    attendance = models.OneToOneField(Attendance, models.PROTECT, related_name="note", verbose_name=_("attendance"))
    # With `attendance`, a composite foreign key (migration 0002): a note of somebody absent cannot exist.
    attended = models.BooleanField(default=True, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes_written", verbose_name=_("written by")
    )
    text = EncryptedTextField(_("participation and response, in this person's own terms"), blank=True)
    version = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField(_("written"))

    objective = EncryptedTextField(_("objective"), blank=True)
    topic = EncryptedTextField(_("topic"), blank=True)
    intervention = EncryptedTextField(_("intervention"), blank=True)
    seal = models.JSONField(
        _("facts sealed with the note"),
        null=True,
        blank=True,
        help_text=_("Group, times, minutes, participation, number attending: no narrative, nobody else."),
    )
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notes_signed",
        verbose_name=_("signed by"),
    )
    signed_name = models.CharField(_("signature"), max_length=200, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress note")
        verbose_name_plural = _("progress notes")
        ordering = ["-session__starts_at"]
        indexes = [models.Index(fields=["patient", "-signed_at"], name="notes_of_a_patient")]
        constraints = [
            models.UniqueConstraint(fields=["session", "patient"], name="one_note_per_session_and_person"),
            models.CheckConstraint(condition=Q(attended=True), name="a_note_is_of_somebody_who_attended"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, signed_name="", content_hash="", seal=None)
                | Q(
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    seal__isnull=False,
                    content_hash__regex=r"^[0-9a-f]{64}$",
                )
                & ~Q(signed_name="")
                & ~Q(text="")
                & ~Q(objective="")
                & ~Q(topic="")
                & ~Q(intervention=""),
                name="a_signature_is_whole",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_is_sealed",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient} · {self.session}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None

    def fingerprint(self) -> str:
        """SHA-256 of everything the signature stands for, as hex."""
        content = {
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

    @property
    def is_intact(self) -> bool:
        """Whether what stands here is what was signed."""
        return self.is_signed and self.fingerprint() == self.content_hash


@pghistory.track()
class Addendum(HouseModel):
    """A new dated entry to a signed note. Signed as it is written, sealed at once; the note stays readable as it was."""

    note = models.ForeignKey(ProgressNote, models.PROTECT, related_name="addenda", verbose_name=_("note"))
    text = EncryptedTextField(_("addendum"))
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
        ]
        triggers = [pgtrigger.Protect(name="sealed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.note)
