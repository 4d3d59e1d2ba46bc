"""What the journal's pages read."""

from journal.models import Entry, SharedEntry, Vault
from patients.models import Patient


def vault_of(patient: Patient) -> Vault | None:
    """The person's vault. One query."""
    return Vault.objects.filter(patient=patient).first()


def list_of(patient: Patient) -> list[dict]:
    """Their entries without their texts, the latest day first, and since when each is shared. Two queries for any number."""
    shared = dict(SharedEntry.objects.standing().filter(patient=patient).values_list("entry_uid", "shared_at"))
    rows = Entry.objects.filter(vault__patient=patient).values(
        "uid", "version", "on", "title_box", "for_group_at", "changed_at"
    )
    return [row | {"shared_at": shared.get(row["uid"])} for row in rows]


def to_bring(patient: Patient) -> int:
    """How many entries are kept for a session. One query."""
    return Entry.objects.filter(vault__patient=patient, for_group_at__isnull=False).count()


def shared_of(patient: Patient) -> list[SharedEntry]:
    """What stands shared with the care team, the latest first. One query; decrypts each."""
    return list(SharedEntry.objects.standing().filter(patient=patient))


def facts_of(patient: Patient) -> list[SharedEntry]:
    """When something was shared and taken back, the latest first; nothing of what it was. One query."""
    return list(SharedEntry.objects.filter(patient=patient).defer("title", "text")[:50])
