"""Homework: what somebody was given or took up, their worksheet while they fill it in, what they sent, and what was answered."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from core.fields import EncryptedJSONField, EncryptedTextField
from core.models import HouseModel
from library.models.items import LibraryItem
from patients.models import Patient, own_or_of_team
from scheduling.models import Session

NEVER_CHANGED = pgtrigger.Update | pgtrigger.Delete
_OWN_PROGRAM = """
IF NOT EXISTS (
    SELECT 1 FROM library_libraryitem i JOIN patients_episode e ON e.program_id = i.program_id
    WHERE i.id = NEW.item_id AND e.patient_id = NEW.patient_id
) THEN
    RAISE EXCEPTION 'of another program' USING ERRCODE = 'check_violation', CONSTRAINT = 'homework_of_own_program';
END IF;
RETURN NEW;
"""
# Nothing is sent of what was withdrawn, or is no worksheet. The locks are those that withdrawing and changing its questions take.
_STANDS = """
IF TG_OP = 'INSERT' THEN
    PERFORM 1 FROM library_libraryitem i JOIN library_homework h ON h.item_id = i.id WHERE h.id = NEW.homework_id
    FOR NO KEY UPDATE OF i;
END IF;
PERFORM 1 FROM library_homework WHERE id = NEW.homework_id FOR NO KEY UPDATE;
IF NOT EXISTS (
    SELECT 1 FROM library_homework h JOIN library_libraryitem i ON i.id = h.item_id
    WHERE h.id = NEW.homework_id AND h.state <> 'withdrawn' AND i.kind = 'worksheet'
) THEN
    RAISE EXCEPTION 'nothing to be filled in' USING ERRCODE = 'check_violation', CONSTRAINT = 'filled_in_while_it_stands';
END IF;
RETURN NEW;
"""


class HomeworkQuerySet(models.QuerySet):
    def visible_to(self, user) -> "HomeworkQuerySet":
        """One's own, and that of the patients on whose care team one is now."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(own_or_of_team(user, ""))

    def standing(self) -> "HomeworkQuerySet":
        """Not withdrawn."""
        return self.exclude(state=Homework.State.WITHDRAWN)

    def to_do(self) -> "HomeworkQuerySet":
        """Open, what is due first coming first."""
        open_ones = self.filter(state=Homework.State.ASSIGNED)
        return open_ones.order_by(models.F("due_on").asc(nulls_last=True), "assigned_at", "pk")

    def waiting(self) -> "HomeworkQuerySet":
        """Sent and not answered yet, the longest first."""
        return self.filter(waiting_since__isnull=False).order_by("waiting_since", "pk")


@pghistory.track()
class Homework(HouseModel):
    """One item of the library that somebody has to do: given by their team, or taken up by themselves."""

    class State(models.TextChoices):
        """Where it stands."""

        ASSIGNED = "assigned", _("To do")
        DONE = "done", _("Done")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="homework", verbose_name=_("patient"))
    item = models.ForeignKey(LibraryItem, models.PROTECT, related_name="homework", verbose_name=_("item"))
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="homework_given", verbose_name=_("given by")
    )
    assigned_at = models.DateTimeField(_("given"), default=timezone.now)
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="homework", verbose_name=_("from the session")
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    note = EncryptedTextField(_("note"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.ASSIGNED)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    waiting_since = models.DateTimeField(_("waits for an answer since"), null=True, blank=True)
    news_at = models.DateTimeField(_("answer not read yet, of"), null=True, blank=True)

    objects = HomeworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("homework")
        verbose_name_plural = _("homework")
        ordering = ["-assigned_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-assigned_at"], name="homework_of_a_patient"),
            models.Index(fields=["waiting_since"], condition=Q(waiting_since__isnull=False), name="homework_to_answer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "item"], condition=Q(state="assigned"), name="one_open_homework_of_an_item"
            ),
            models.CheckConstraint(
                condition=Q(state="assigned", done_at=None, withdrawn_at=None, withdrawn_by=None)
                | Q(state="done", done_at__isnull=False, withdrawn_at=None, withdrawn_by=None)
                | Q(state="withdrawn", withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="homework_state_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(waiting_since=None), name="what_is_withdrawn_waits_for_nobody"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="stays_whose_it_is", fields=["patient", "item", "assigned_by", "assigned_at", "session"]
            ),
            pgtrigger.Trigger(
                name="of_own_program", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_OWN_PROGRAM
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assigned_at:%Y-%m-%d}"

    @property
    def is_to_do(self) -> bool:
        return self.state == self.State.ASSIGNED

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN

    @property
    def is_own_wish(self) -> bool:
        """Taken up by the person themselves."""
        return self.assigned_by_id == self.patient.user_id


class OfHomeworkQuerySet(models.QuerySet):
    """Rows of one homework each."""

    def visible_to(self, user) -> "OfHomeworkQuerySet":
        """Those of the homework visible to the user."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(own_or_of_team(user, self.model.way))


class OwnSheetQuerySet(models.QuerySet):
    """Worksheets that are being filled in."""

    def visible_to(self, user) -> "OwnSheetQuerySet":
        """One's own: the team reads what is sent, and not how it came about."""
        if not user.is_authenticated or not user.is_active or Role.PATIENT not in user.roles:
            return self.none()
        return self.filter(homework__patient__user=user)


class Sheet(models.Model):
    """A worksheet as its writer has it now: a draft of their own, saved as it is typed. It keeps no history; what is sent is kept
    for good (`Sending`)."""

    homework = models.OneToOneField(Homework, models.PROTECT, related_name="sheet", verbose_name=_("homework"))
    answers = EncryptedJSONField(blank=True)  # by the question's id; what is blank is not there
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = OwnSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("worksheet being filled in")
        verbose_name_plural = _("worksheets being filled in")
        constraints = [models.CheckConstraint(condition=Q(version__gte=1), name="sheet_versions_count_from_one")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="filled_in_while_it_stands",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=_STANDS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.saved_at:%Y-%m-%d %H:%M}"


class Sending(HouseModel):
    """What was sent of a worksheet, as it was then. It never changes."""

    way = "homework__"
    homework = models.ForeignKey(Homework, models.PROTECT, related_name="sendings", verbose_name=_("homework"))
    number = models.PositiveSmallIntegerField(_("which"))
    answers = EncryptedJSONField()
    at = models.DateTimeField(_("sent"), default=timezone.now)

    objects = OfHomeworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("sent worksheet")
        verbose_name_plural = _("sent worksheets")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["homework", "number"], name="sendings_are_counted"),
            models.CheckConstraint(condition=~Q(answers="") & Q(number__gte=1), name="a_sending_says_something"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=NEVER_CHANGED),
            pgtrigger.Trigger(
                name="sent_while_it_stands", operation=pgtrigger.Insert, when=pgtrigger.Before, func=_STANDS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Reply(HouseModel):
    """What somebody of the team answered to what was sent. It never changes."""

    way = "sending__homework__"
    sending = models.ForeignKey(Sending, models.PROTECT, related_name="replies", verbose_name=_("sent worksheet"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="homework_answered", verbose_name=_("answered by")
    )
    text = EncryptedTextField(_("text"))
    again = models.BooleanField(_("asks for another round"), default=False)
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = OfHomeworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to a worksheet")
        verbose_name_plural = _("answers to worksheets")
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="an_answer_says_something")]
        triggers = [pgtrigger.Protect(name="append_only", operation=NEVER_CHANGED)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
