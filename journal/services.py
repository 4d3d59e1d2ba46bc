"""A person's deeds in their own journal. What is saved here came sealed; only what they share comes in the clear."""

import base64
import binascii
import datetime as dt
import re
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from journal.models import LEAST_ITERATIONS, SALT, WRAPPED, Entry, SharedEntry, Vault
from patients.models import Patient

BLOCK = 256  # the browser fills up what it seals, so that a length says little
OVERHEAD = 12 + 16  # IV and tag
MOST_TITLE, MOST_TEXT = 4 * BLOCK, 400 * BLOCK  # bytes before sealing
MOST_ENTRIES = 5_000


@dataclass(frozen=True, slots=True)
class Keys:
    """A journal's key as the browser wrapped it."""

    iterations: int
    salt: str
    wrapped: str
    recovery_salt: str
    recovery_wrapped: str

    def refuse_strange(self) -> None:
        """Raises Refusal (not_wrapped)."""
        texts = (
            (SALT, self.salt),
            (WRAPPED, self.wrapped),
            (SALT, self.recovery_salt),
            (WRAPPED, self.recovery_wrapped),
        )
        whole = type(self.iterations) is int and LEAST_ITERATIONS <= self.iterations <= 10_000_000
        if not whole or not all(isinstance(text, str) and re.fullmatch(shape, text) for shape, text in texts):
            raise Refusal(_("This page is out of date. Load it again."), "not_wrapped")


def _sealed(box, most: int) -> str:
    """A box as it may be stored. Raises Refusal (not_sealed, too_long)."""
    try:
        size = len(base64.b64decode(box, validate=True)) - OVERHEAD if isinstance(box, str) else 0
    except (ValueError, binascii.Error):
        size = 0
    if size <= 0 or size % BLOCK:
        raise Refusal(_("This page is out of date. Load it again."), "not_sealed")
    if size > most:
        raise Refusal(_("This entry is too long to be saved. Split it into two."), "too_long")
    return box


def _of(patient: Patient, key: uuid.UUID | None = None) -> Vault:
    """The person's vault, locked: their deeds are one after the other. Raises Refusal (no_journal, other_key)."""
    vault = Vault.objects.select_for_update(no_key=True).filter(patient=patient).first()
    if vault is None:
        raise Refusal(_("This journal was deleted. Load the page again."), "no_journal")
    if key is not None and vault.uid != key:
        raise Refusal(_("This journal was begun anew on another device. Load the page again."), "other_key")
    return vault


@transaction.atomic
def begin_journal(*, patient: Patient, uid: uuid.UUID, keys: Keys) -> Vault:
    """Keep the wrapped key of a new journal. uid: the key's name, to which its wrappings are bound.

    Raises Refusal (begun, not_wrapped).
    """
    keys.refuse_strange()
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if Vault.objects.filter(patient=patient).exists() or Vault.objects.filter(uid=uid).exists():
        raise Refusal(_("Your journal was begun already, perhaps on another device. Load the page again."), "begun")
    return Vault.objects.create(patient=patient, uid=uid, **_columns(keys))


def _columns(keys: Keys) -> dict:
    return {name: getattr(keys, name) for name in Keys.__slots__}


@transaction.atomic
def change_keys(*, patient: Patient, uid: uuid.UUID, version: int, keys: Keys) -> Vault:
    """Keep the same key under another passphrase or recovery code. version: the one the page had.

    Raises Refusal (no_journal, other_key, changed, not_wrapped).
    """
    keys.refuse_strange()
    vault = _of(patient, uid)
    if vault.version != version:
        raise Refusal(_("The passphrase was changed on another device meanwhile. Load the page again."), "changed")
    for name, value in _columns(keys).items():
        setattr(vault, name, value)
    vault.version, vault.changed_at = version + 1, timezone.now()
    vault.save()
    return vault


@transaction.atomic
def save_entry(
    *, patient: Patient, key: uuid.UUID, uid: uuid.UUID, version: int, on: dt.date, title_box: str, text_box: str
) -> Entry:
    """Save an entry's boxes, sealed to its uid and to `version` + 1. version: the one they were written on; 0 is a new entry.

    Raises Refusal (no_journal, other_key, changed, gone, taken, not_sealed, too_long, another_age, too_many).
    """
    title_box, text_box = _sealed(title_box, MOST_TITLE), _sealed(text_box, MOST_TEXT)
    if abs((on - timezone.now().date()).days) > 36_600:
        raise Refusal(_("This date is too far away."), "another_age", "on")
    vault = _of(patient, key)
    entry = Entry.objects.filter(uid=uid).first()
    if entry is not None and entry.vault_id != vault.pk:
        raise Refusal(_("This page is out of date. Load it again."), "taken")
    if entry is None and version:
        raise Refusal(_("This entry was deleted on another device."), "gone")
    if entry is not None and entry.version != version:
        raise Refusal(_("This entry was changed on another device meanwhile."), "changed")
    if entry is None:
        if vault.entries.count() >= MOST_ENTRIES:
            raise Refusal(_("Your journal holds %(n)s entries, which is the most.") % {"n": MOST_ENTRIES}, "too_many")
        entry = Entry(uid=uid, vault=vault, version=0)
    entry.on, entry.title_box, entry.text_box = on, title_box, text_box
    entry.version, entry.changed_at = version + 1, timezone.now()
    entry.save()
    return entry


@transaction.atomic
def delete_entry(*, patient: Patient, entry: Entry) -> None:
    """Delete an entry for good; what was shared of it is taken back."""
    _of(patient)
    unshare(patient=patient, entry_uid=entry.uid)
    entry.delete()


@transaction.atomic
def keep_for_session(*, patient: Patient, entry: Entry, kept: bool) -> None:
    """Mark an entry as something to bring to a session, or take the mark away. Nobody but its writer sees either."""
    _of(patient)
    entry.for_group_at = timezone.now() if kept else None
    entry.save(update_fields=["for_group_at"])


@transaction.atomic
def share(*, patient: Patient, entry: Entry, version: int, title: str, text: str) -> SharedEntry:
    """Give the care team a copy of an entry as its writer's browser read it out. An earlier copy of it is taken back.

    Raises Refusal (no_journal, changed, empty, too_long).
    """
    title, text = title.strip(), text.strip()
    if not text:
        raise Refusal(_("There is nothing in this entry to share yet."), "empty")
    if len(title.encode()) > MOST_TITLE or len(text.encode()) > MOST_TEXT:
        raise Refusal(_("This entry is too long to be shared."), "too_long")
    _of(patient)
    entry.refresh_from_db()
    if entry.version != version:
        raise Refusal(
            _("This entry was changed on another device meanwhile. Look at it before you share it."), "changed"
        )
    unshare(patient=patient, entry_uid=entry.uid)
    return SharedEntry.objects.create(patient=patient, entry_uid=entry.uid, on=entry.on, title=title, text=text)


@transaction.atomic
def unshare(*, patient: Patient, entry_uid: uuid.UUID) -> int:
    """Take back what is shared of an entry: the copy is emptied now, the fact stays. How many copies."""
    standing = SharedEntry.objects.standing().filter(patient=patient, entry_uid=entry_uid)
    return standing.update(title="", text="", withdrawn_at=timezone.now())


@transaction.atomic
def forget_everything(*, patient: Patient) -> None:
    """Delete the journal, its keys and every entry, and take back all that is shared. There is no way back."""
    SharedEntry.objects.standing().filter(patient=patient).update(title="", text="", withdrawn_at=timezone.now())
    Vault.objects.filter(patient=patient).delete()
