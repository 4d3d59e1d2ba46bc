"""What every sealed thing of the record shares: draft, signed, co-signed when it must be, sealed, voided with a reason."""

import hashlib
import json

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from patients.models import Patient

# "attended" (of a note) is worked out by the database, after these triggers have run: they don't see it.
VOID_COLUMNS = ("voided_at", "voided_by_id", "voided_name", "void_reason", "attended")
_COSIGN_COLUMNS = ("cosigner_id", "cosigned_at", "cosigned_name", "sealed_at", "seal", "content_hash", "attended")


def all_events() -> tuple:
    """History of a table whose drafts may be deleted: what was thrown away stays on the record. New trackers each time."""
    return pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()


def _columns(names: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"


# What is sealed stays, but for one step: it may be voided, once, and nothing else changes with that.
SEALED = f"""
    IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL
        AND to_jsonb(NEW) - {_columns(VOID_COLUMNS)} = to_jsonb(OLD) - {_columns(VOID_COLUMNS)} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what is sealed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';
"""
# What waits for a co-signature is co-signed as it stands, or goes back to its author as a draft.
AWAITING = f"""
    IF TG_OP = 'UPDATE' AND (NEW.signed_at IS NULL
        OR to_jsonb(NEW) - {_columns(_COSIGN_COLUMNS)} = to_jsonb(OLD) - {_columns(_COSIGN_COLUMNS)}) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what is signed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';
"""


def sealing_triggers() -> list[pgtrigger.Trigger]:
    """The walls of a `Signed` table."""
    change = pgtrigger.Update | pgtrigger.Delete
    return [
        pgtrigger.Trigger(
            name="sealed",
            operation=change,
            when=pgtrigger.Before,
            condition=pgtrigger.Q(old__sealed_at__isnull=False),
            func=SEALED,
        ),
        pgtrigger.Trigger(
            name="awaiting",
            operation=change,
            when=pgtrigger.Before,
            condition=pgtrigger.Q(old__signed_at__isnull=False, old__sealed_at__isnull=True),
            func=AWAITING,
        ),
    ]


def sealing_constraints(name: str) -> list[models.CheckConstraint]:
    """A signature is whole, a seal stands on signatures, a voiding has its reason. name: the table's word in their names."""
    return [
        models.CheckConstraint(
            condition=Q(signed_at=None, signed_by=None, signed_name="", content_hash="", seal=None, sealed_at=None)
            | Q(
                signed_at__isnull=False,
                signed_by__isnull=False,
                seal__isnull=False,
                content_hash__regex=r"^[0-9a-f]{64}$",
            )
            & ~Q(signed_name=""),
            name=f"{name}_signature_is_whole",
        ),
        models.CheckConstraint(
            condition=Q(cosigner=None, cosigned_at=None, cosigned_name="")
            | Q(cosigner__isnull=False, cosigned_at=None, cosigned_name="", sealed_at=None)
            | Q(cosigner__isnull=False, cosigned_at__isnull=False, sealed_at__isnull=False) & ~Q(cosigned_name=""),
            name=f"{name}_cosignature_is_whole",
        ),
        # Signed and not sealed is: waiting for somebody's co-signature.
        models.CheckConstraint(
            condition=Q(sealed_at__isnull=False) | Q(signed_at=None, cosigner=None) | Q(cosigner__isnull=False),
            name=f"{name}_is_sealed_or_awaits",
        ),
        models.CheckConstraint(
            condition=Q(voided_at=None, voided_by=None, voided_name="", void_reason="")
            | Q(voided_at__isnull=False, voided_by__isnull=False, sealed_at__isnull=False)
            & ~Q(voided_name="")
            & ~Q(void_reason=""),
            name=f"{name}_void_has_a_reason",
        ),
    ]


class OfPatientQuerySet(models.QuerySet):
    """Rows of one patient each."""

    def visible_to(self, user):
        """Rows of the patients visible to the user."""
        return self.filter(patient__in=Patient.objects.visible_to(user))


class SignedQuerySet(OfPatientQuerySet):
    """Rows that are signed and sealed."""

    def signed(self):
        """Signed by their author; sealed, or waiting for a co-signature. Not voided."""
        return self.filter(signed_at__isnull=False, voided_at=None)

    def sealed(self):
        """Sealed and not voided."""
        return self.filter(sealed_at__isnull=False, voided_at=None)

    def standing(self):
        """Drafts and whatever is signed, without what was voided."""
        return self.filter(voided_at=None)

    def awaiting(self, user):
        """Signed, and waiting for this person's co-signature."""
        return self.filter(cosigner=user, signed_at__isnull=False, sealed_at=None)


def _person(words, **kwargs) -> models.ForeignKey:
    """Somebody of the staff, without a way back from them."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=words, **kwargs
    )


class Signed(models.Model):
    """Draft, signed by its author, co-signed where their supervisor must, sealed by the database; voided with a reason.

    `seal` holds the facts it stood on when it was signed (no narrative, nobody else), `content_hash` the SHA-256 of all of it.
    A corrected note is a new row, or an addendum: what was signed stays readable.
    """

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)ss_written", verbose_name=_("written by")
    )
    version = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField(_("written"))
    seal = models.JSONField(
        _("facts sealed with it"),
        null=True,
        blank=True,
        help_text=_(
            "What the signature stands on, signer's credential and licence included: no narrative, nobody else."
        ),
    )
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss_signed",
        verbose_name=_("signed by"),
    )
    signed_name = models.CharField(_("signature"), max_length=200, blank=True)
    cosigner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss_to_cosign",
        verbose_name=_("co-signed by"),
        help_text=_("Whose co-signature it waits for, or bears."),
    )
    cosigned_at = models.DateTimeField(_("co-signed"), null=True, blank=True)
    cosigned_name = models.CharField(_("co-signature"), max_length=200, blank=True)
    sealed_at = models.DateTimeField(_("sealed"), null=True, blank=True)
    returned_at = models.DateTimeField(_("returned for changes"), null=True, blank=True)
    returned_by = _person(_("returned by"))
    return_reason = EncryptedTextField(_("what is to be changed"), blank=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    voided_by = _person(_("voided by"))
    voided_name = models.CharField(_("voided by (signature)"), max_length=200, blank=True)
    void_reason = EncryptedTextField(_("reason for voiding"), blank=True)

    class Meta:
        abstract = True

    @property
    def is_signed(self) -> bool:
        """Its author has signed it; it may still wait for a co-signature."""
        return self.signed_at is not None

    @property
    def is_sealed(self) -> bool:
        return self.sealed_at is not None

    @property
    def is_awaiting(self) -> bool:
        """Signed, and waiting for a co-signature."""
        return self.signed_at is not None and self.sealed_at is None

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None

    def said(self) -> dict:
        """The narrative the signature stands for, by column. Each table says its own."""
        raise NotImplementedError

    def fingerprint(self) -> str:
        """SHA-256 of everything the signatures stand for, as hex."""
        content = {
            "uid": str(self.uid),
            "said": self.said(),
            "seal": self.seal,
            "signed_at": self.signed_at.isoformat(),
            "signed_by": self.signed_by_id,
            "signed_name": self.signed_name,
            "cosigned_at": self.cosigned_at.isoformat() if self.cosigned_at else "",
            "cosigned_by": self.cosigner_id if self.cosigned_at else None,
            "cosigned_name": self.cosigned_name,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def is_intact(self) -> bool:
        """Whether what stands here is what was signed."""
        return self.is_signed and self.fingerprint() == self.content_hash


def scale(words, **kwargs) -> models.PositiveSmallIntegerField:
    """A 0-4 rating. Empty is "not rated", which is not 0."""
    return models.PositiveSmallIntegerField(words, null=True, blank=True, **kwargs)


def scales_are_0_to_4(name: str, *fields: str) -> models.CheckConstraint:
    """Each of the fields is empty or 0 to 4."""
    condition = Q()
    for field in fields:
        condition &= Q(**{field: None}) | Q(**{f"{field}__range": (0, 4)})
    return models.CheckConstraint(condition=condition, name=name)
