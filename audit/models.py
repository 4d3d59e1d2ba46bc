"""Who read what. (Who changed what is in each table's own history, written by trigger: django-pghistory.)"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Read(models.Model):
    """One reading of one person's record, or of a list. Append-only: not even psql changes or removes a row.

    Holds ids instead of foreign keys: it lies below the tables it speaks of and must outlive them.
    45 CFR 164.312(b): audit controls cover reading.
    """

    class What(models.TextChoices):
        """What was looked at."""

        RECORD = "record", _("Patient's page")
        SESSION = "session", _("Session's roster")
        ROLL_CALL = "roll_call", _("Roll-call")
        NOTE = "note", _("Note")
        HOURS = "hours", _("Hours")
        GROUP = "group", _("Group's members")
        LIST = "list", _("List of people")
        APPOINTMENT = "appointment", _("Appointment")
        PLAN = "plan", _("Treatment plan")
        DOCUMENT = "document", _("Document")
        MEDICATION = "medication", _("Diagnoses and medications")
        MEASURE = "measure", _("Measures")
        RISK = "risk", _("Risk alert")
        JOURNAL = "journal", _("Shared journal entries")
        HOMEWORK = "homework", _("Homework")
        FOLLOW_UP = "follow_up", _("Follow-up")
        PROGRESS = "progress", _("Progress")
        DELIVERIES = "deliveries", _("Messages to a person")
        SCHEDULE = "schedule", _("Schedule")
        ADMIN = "admin", _("Administration page")
        OWN = "own", _("Own record")

    at = models.DateTimeField(_("at"), auto_now_add=True)
    reader_id = models.BigIntegerField(_("reader"))
    patient_id = models.BigIntegerField(_("patient"))
    what = models.CharField(_("what"), max_length=12, choices=What.choices)
    why = models.CharField(_("why"), max_length=40, default="care")
    path = models.CharField(_("address"), max_length=200)

    class Meta:
        verbose_name = _("reading of a record")
        verbose_name_plural = _("readings of records")
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="reads_of_a_patient"),
            models.Index(fields=["reader_id", "-at"], name="reads_by_a_person"),
            models.Index(fields=["-at"], name="reads_latest"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(why=""), name="a_read_has_a_reason"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at:%Y-%m-%d %H:%M}"
