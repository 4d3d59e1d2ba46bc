"""Notes: the session's own are signed by whoever documents it. Here a co-facilitator's name stands under each, and a contact of
each person waits for a supervisor's co-signature."""

from django.utils import timezone

from clinical.models import Countersignature, Document, ProgressNote
from clinical.services import sealing


def make(house, sessions) -> None:
    """A name under each note; a contact by Alice that waits for Bob, and one by Charlie that nobody here may co-sign."""
    unmarked = ProgressNote.objects.exclude(countersignatures__user=house.bob)
    for note in unmarked.filter(patient__in=[house.pat, house.robin]):
        Countersignature.objects.create(
            note=note,
            user=house.bob,
            name=sealing.signature(house.bob),
            at=timezone.now(),
            content_hash=note.content_hash,
        )
    _wait(house.pat_episode, house.alice, house.bob)
    _wait(house.robin_episode, house.charlie, house.bob)


def _wait(episode, author, cosigner) -> None:
    """A contact of somebody's that was signed and waits."""
    now = timezone.now()
    contact = Document(
        patient=episode.patient,
        episode=episode,
        author=author,
        kind="contact",
        template="free",
        happened_at=now,
        written_at=now,
        risk="none",
        sections={"text": "Called about Thursday."},
    )
    sealing.sign(contact, by=author, facts={}, signer=sealing.signer_facts(author))
    contact.cosigner, contact.sealed_at = cosigner, None
    contact.content_hash = contact.fingerprint()
    contact.save()


def _waiting(patient) -> Document:
    """The contact made above."""
    return Document.objects.filter(patient=patient, kind="contact", signed_at__isnull=False, sealed_at=None).latest(
        "pk"
    )


def uids(patient, session, leader) -> dict:
    """The patient's note, what waits about them, and their session."""
    note = ProgressNote.objects.filter(patient=patient).earliest("pk")
    return {
        "clinical:take_back": note.uid,
        "clinical:void": note.uid,
        "clinical:countersign": session.uid,
        "clinical:awaiting": _waiting(patient).uid,
        "clinical:send_back": _waiting(patient).uid,
    }
