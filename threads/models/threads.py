"""Messages between somebody in care and their care team: threads, what was written, what came with it, how far it was read."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.fields import EncryptedTextField
from core.models import HouseModel
from patients.models import Patient, own_or_of_team

NEVER_CHANGED = pgtrigger.Update | pgtrigger.Delete


@pghistory.track()
class AnswerPolicy(models.Model):
    """What a program promises whoever writes. Without a row the defaults hold (`AnswerPolicy.of`)."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="answer_policy", verbose_name=_("program"))
    business_days = models.PositiveSmallIntegerField(
        _("messages are answered within (business days)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("Monday to Friday, without the days the program is closed. Shown beside the box one writes in."),
    )

    class Meta:
        verbose_name = _("promise of an answer")
        verbose_name_plural = _("promises of an answer")
        constraints = [
            models.CheckConstraint(condition=Q(business_days__range=(1, 5)), name="answer_within_1_to_5_days")
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.program)

    @classmethod
    def of(cls, program_id: int) -> "AnswerPolicy":
        """The program's promise, or the default. One query."""
        return cls.objects.filter(program_id=program_id).first() or cls(program_id=program_id)


class ThreadQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ThreadQuerySet":
        """One's own threads, and those of the patients on whose care team one is now."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(own_or_of_team(user, ""))

    def waiting(self) -> "ThreadQuerySet":
        """Not answered yet, the longest promised first."""
        return self.filter(waiting_since__isnull=False).order_by("due_at", "waiting_since", "pk")

    def with_news_for(self, user) -> "ThreadQuerySet":
        """Each with `has_news`: whether somebody else wrote what this person has not read."""
        read = Seen.objects.filter(thread=OuterRef("thread"), user=user, up_to__gte=OuterRef("pk"))
        news = Message.objects.filter(~Exists(read), thread=OuterRef("pk")).exclude(author=user)
        return self.annotate(has_news=Exists(news))


# Its history leaves out the subject, which never changes.
@pghistory.track(exclude=["subject"])
class Thread(HouseModel):
    """One matter somebody wrote about, until it is closed; writing opens it again."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="threads", verbose_name=_("patient"))
    program = models.ForeignKey(Program, models.PROTECT, related_name="threads", verbose_name=_("program"))
    subject = EncryptedTextField(_("subject"))
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="threads_assigned",
        verbose_name=_("who answers"),
    )
    last_at = models.DateTimeField(_("last written"), default=timezone.now)
    waiting_since = models.DateTimeField(_("waits for an answer since"), null=True, blank=True)
    due_at = models.DateTimeField(_("answer promised by"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        ordering = ["-last_at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-last_at"], name="threads_of_a_patient"),
            models.Index(fields=["due_at"], condition=Q(waiting_since__isnull=False), name="threads_waiting"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(subject=""), name="thread_has_a_subject"),
            models.CheckConstraint(
                condition=Q(waiting_since=None, due_at=None)
                | Q(waiting_since__isnull=False, due_at__isnull=False, due_at__gt=F("waiting_since")),
                name="what_waits_has_a_promise",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False, waiting_since=None),
                name="what_is_closed_waits_for_nobody",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"

    @property
    def is_overdue(self) -> bool:
        """Promised for a time that is past."""
        return self.due_at is not None and self.due_at < timezone.now()


class OfThreadQuerySet(models.QuerySet):
    """Rows of one thread each."""

    def visible_to(self, user) -> "OfThreadQuerySet":
        """Those of the threads visible to the user."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(own_or_of_team(user, self.model.way))


class Message(HouseModel):
    """What somebody wrote. It is never changed: no history is needed beside it."""

    way = "thread__"
    thread = models.ForeignKey(Thread, models.PROTECT, related_name="messages", verbose_name=_("thread"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages_written", verbose_name=_("written by")
    )
    by_patient = models.BooleanField(_("by the patient"))
    text = EncryptedTextField(_("text"), blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    key = models.UUIDField(_("sent once"), default=uuid.uuid4, editable=False)

    objects = OfThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["author", "key"], name="a_message_is_sent_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=NEVER_CHANGED)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Attachment(HouseModel):
    """A file that came with a message. The row says what it is; the file itself stands encrypted under its uid."""

    class Kind(models.TextChoices):
        """Safe kinds. Pictures are drawn anew; everything is only ever handed out to be saved."""

        PNG = "image/png", _("PNG picture")
        JPEG = "image/jpeg", _("JPEG picture")
        WEBP = "image/webp", _("WebP picture")
        PDF = "application/pdf", _("PDF document")
        TEXT = "text/plain", _("Plain text")

    way = "message__thread__"
    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments", verbose_name=_("message"))
    name = EncryptedTextField(_("name"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    size = models.PositiveIntegerField(_("bytes"))

    objects = OfThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"], size__gt=0
                ),
                name="attachment_is_of_a_safe_kind",
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=NEVER_CHANGED)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}"


class Seen(models.Model):
    """How far somebody has read a thread. Who opened it when is in `audit.Read`."""

    way = "thread__"
    thread = models.ForeignKey(Thread, models.PROTECT, related_name="seen", verbose_name=_("thread"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reader"))
    up_to = models.ForeignKey(Message, models.PROTECT, related_name="+", verbose_name=_("read up to"))
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = OfThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading of a thread")
        verbose_name_plural = _("readings of threads")
        constraints = [models.UniqueConstraint(fields=["thread", "user"], name="one_reading_of_a_thread")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
