"""A person's own journal: what they write for themselves, which nobody else can read, and what they choose to share of it.

It is no part of the clinical record. Vault and entries hold ciphertext made in the browser, and the keys to it wrapped under
secrets that never come here; they keep no history and may be deleted, so that what is forgotten is gone (docs/own.md).
"""

import uuid

import pghistory
import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from core.fields import EncryptedJSONField, EncryptedTextField
from core.models import HouseModel
from groups.models import Kind
from patients.models import Patient

LEAST_ITERATIONS = 600_000  # PBKDF2 with SHA-256 (OWASP, 2023)
SALT = r"^[A-Za-z0-9+/]{22}==$"  # 16 bytes
WRAPPED = r"^[A-Za-z0-9+/]{80}$"  # 12 bytes of IV, a key of 32, a tag of 16
BOX = r"^[A-Za-z0-9+/]+={0,2}$"


class OwnQuerySet(models.QuerySet):
    """Rows that nobody sees but whose they are: no care team, no program, no administrator."""

    def visible_to(self, user):
        """One's own."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(**{f"{self.model.owner_path}__user": user})


class Vault(HouseModel):
    """The key of one person's journal, wrapped twice: under their passphrase and under their recovery code. `uid` names the key:
    after everything was forgotten, a device that still has the old one can save nothing more with it."""

    owner_path = "patient"

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="journal_vault", verbose_name=_("patient"))
    version = models.PositiveIntegerField(default=1)
    iterations = models.PositiveIntegerField()
    salt = models.CharField(max_length=24, validators=[RegexValidator(SALT)])
    wrapped = models.CharField(max_length=80, validators=[RegexValidator(WRAPPED)])
    recovery_salt = models.CharField(max_length=24, validators=[RegexValidator(SALT)])
    recovery_wrapped = models.CharField(max_length=80, validators=[RegexValidator(WRAPPED)])
    changed_at = models.DateTimeField(default=timezone.now)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal")
        verbose_name_plural = _("journals")
        constraints = [
            models.CheckConstraint(
                condition=Q(salt__regex=SALT, recovery_salt__regex=SALT)
                & Q(wrapped__regex=WRAPPED, recovery_wrapped__regex=WRAPPED),
                name="journal_keys_are_wrapped",
            ),
            models.CheckConstraint(
                condition=Q(iterations__range=(LEAST_ITERATIONS, 10_000_000)), name="journal_key_takes_long"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Entry(models.Model):
    """One entry as the server knows it: when, how often saved, and two sealed boxes. Its uid is made in the browser, since the
    boxes are sealed to it and to the version."""

    owner_path = "vault__patient"

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    vault = models.ForeignKey(Vault, models.CASCADE, related_name="entries", verbose_name=_("journal"))
    version = models.PositiveIntegerField(default=1)
    on = models.DateField(_("day"))
    title_box = models.TextField()
    text_box = models.TextField()
    for_group_at = models.DateTimeField(_("kept for the next session"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["vault", "-on"], name="entries_of_a_journal"),
            models.Index(fields=["vault"], condition=Q(for_group_at__isnull=False), name="entries_for_the_session"),
        ]
        constraints = [
            # Nothing that could be read is ever stored, by mistake of a page or of ours.
            models.CheckConstraint(
                condition=Q(title_box__regex=BOX, text_box__regex=BOX), name="journal_entries_are_sealed"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="journal_versions_count_from_one"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class SharedQuerySet(models.QuerySet):
    """Copies of entries that were shared."""

    def visible_to(self, user) -> "SharedQuerySet":
        """Of patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))

    def standing(self) -> "SharedQuerySet":
        """Shared now."""
        return self.filter(withdrawn_at=None)


# Its history keeps when something was shared and taken back, and never what.
@pghistory.track(exclude=["title", "text"])
class SharedEntry(HouseModel):
    """A copy of an entry that its writer shared with their care team, as it was then. Taken back, it is empty, and the fact
    stays."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="shared_entries", verbose_name=_("patient"))
    entry_uid = models.UUIDField(_("entry"))
    on = models.DateField(_("day"))
    title = EncryptedTextField(_("title"), blank=True)
    text = EncryptedTextField(_("text"), blank=True)
    shared_at = models.DateTimeField(_("shared"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("shared entry")
        verbose_name_plural = _("shared entries")
        ordering = ["-shared_at", "-pk"]
        indexes = [models.Index(fields=["patient", "-shared_at"], name="shared_of_a_patient")]
        constraints = [
            models.UniqueConstraint(
                fields=["entry_uid"], condition=Q(withdrawn_at=None), name="an_entry_is_shared_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) & ~Q(text="") | Q(withdrawn_at__isnull=False, title="", text=""),
                name="what_is_taken_back_is_empty",
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"


class DaysQuerySet(models.QuerySet):
    """Counts of days."""

    def visible_to(self, user) -> "DaysQuerySet":
        """One's own; a patient's visible to the user where they shared it."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        shared = Q(shared_at__isnull=False, patient__in=Patient.objects.visible_to(user))
        return self.filter(Q(patient__user=user) | shared)


class CountedDays(HouseModel):
    """The days somebody counts for themselves: from a date they set, and again from another when they choose. Theirs alone until
    they share it; it keeps no history, and what they forget is gone."""

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="counted_days", verbose_name=_("patient"))
    kept = EncryptedJSONField()  # {"runs": [[first day, day it was begun anew or None], …]}, the latest last
    shared_at = models.DateTimeField(_("shared"), null=True, blank=True)

    objects = DaysQuerySet.as_manager()

    class Meta:
        verbose_name = _("counted days")
        verbose_name_plural = _("counted days")

    def __str__(self) -> str:
        return str(self.uid)


class PromptQuerySet(models.QuerySet):
    """Prompts."""

    def offered(self) -> "PromptQuerySet":
        """In use, in the program's order."""
        return self.filter(is_active=True).order_by("place", "pk")


@pghistory.track()
class Prompt(HouseModel):
    """A question to write about, of one program. Written by its admins from what its groups work on; about nobody."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="journal_prompts", verbose_name=_("program"))
    kind = models.CharField(
        _("kind of group"),
        max_length=16,
        choices=Kind.choices,
        blank=True,
        help_text=_("Offered first to whoever is in a group of this kind. Blank: to everybody."),
    )
    topic = models.CharField(_("unit or topic"), max_length=160, blank=True)
    text = models.CharField(_("prompt"), max_length=300)
    place = models.PositiveSmallIntegerField(_("place in the list"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = PromptQuerySet.as_manager()

    class Meta:
        verbose_name = _("journal prompt")
        verbose_name_plural = _("journal prompts")
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["program", "text"], name="one_prompt_of_a_wording"),
            models.CheckConstraint(condition=~Q(text=""), name="a_journal_prompt_says_something"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.text
