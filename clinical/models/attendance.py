"""Attendance: what a facilitator confirmed of one person at one session."""

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from clinical.models.common import OfPatientQuerySet
from core.models import HouseModel
from patients.models import Episode, Patient
from scheduling.models import Session


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


def seen_as(status: str, minutes: int | None, participation: int | None) -> str:
    """A row in one word. Whoever was present throughout was there for all of it, however long that turns out to be."""
    return f"{status}:{'all' if status == Status.PRESENT else minutes}:{participation}"


_SEALED_ATTENDANCE = """
    IF EXISTS (SELECT FROM clinical_progressnote n
        WHERE n.attendance_id = OLD.id AND n.signed_at IS NOT NULL AND n.voided_at IS NULL) THEN
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
        return seen_as(self.status, self.minutes, self.participation)
