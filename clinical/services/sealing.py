"""One way to sign everything of the record: by whom, with which licence; co-signed where it must be; sealed, returned, voided.

The functions work on rows that the caller has locked, and save nothing but what `SIGNING` names (by the caller, so that twelve
notes are one query), except `cosign`, `return_for_changes` and `void`, which save their row.
"""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import User
from clinical.models import Signed
from core.errors import Refusal

# What signing writes: for `update_fields` and `bulk_update`.
SIGNING = ["seal", "content_hash", "signed_at", "signed_by", "signed_name", "cosigner", "sealed_at"]
FORM = 2  # how a fingerprint is taken; notes sealed before this was counted have no "form" in their seal


def signature(user: User) -> str:
    """How a person signs: name and credential."""
    profile = getattr(user, "staff_profile", None)
    return f"{user}, {profile.credential}" if profile and profile.credential else str(user)


def signer_facts(user: User, state: str = "") -> dict:
    """What the seal says of a signer: id, name, credential, and the licence they sign with: the one of `state` (where the
    patient is) if they hold it, else their first. Expired ones don't count. One query; none when they are prefetched."""
    profile = getattr(user, "staff_profile", None)
    held = [
        licence
        for licence in (sorted(profile.licences.all(), key=lambda x: x.pk) if profile else ())
        if licence.expires_on is None or licence.expires_on >= timezone.localdate()
    ]
    licence = next((x for x in held if x.state == state), held[0] if held else None)
    return {
        "user": user.pk,
        "name": str(user),
        "credential": profile.credential if profile else "",
        "licence": {"kind": licence.kind, "number": licence.number, "state": licence.state} if licence else None,
    }


def cosigner_of(user: User) -> User | None:
    """Whose co-signature this person's notes need before they are sealed; None when nobody's (CLINICAL_FACTS section 1:
    co-sign need is set per credential, since no single rule covers all)."""
    profile = getattr(user, "staff_profile", None)
    return profile.supervisor if profile and profile.needs_cosignature else None


def sign(thing: Signed, *, by: User, facts: dict, signer: dict, now: dt.datetime | None = None) -> None:
    """Sign a draft, in memory: sealed at once, or waiting for the co-signature that `by` needs.

    facts: what the signature stands on, without narrative and without anybody else. signer: `signer_facts(by, …)`.
    """
    moment = now or timezone.now()
    thing.seal = {"form": FORM, **facts, "signer": signer}
    thing.signed_at, thing.signed_by, thing.signed_name = moment, by, signature(by)
    thing.cosigner = cosigner_of(by)
    thing.sealed_at = None if thing.cosigner else moment
    thing.content_hash = thing.fingerprint()


def _require_cosigner(thing: Signed, by: User) -> None:
    """`by` is whose co-signature it waits for, or supervises the author. Raises Refusal (not_awaiting, not_the_supervisor)."""
    if not thing.is_awaiting:
        raise Refusal(_("This does not wait for a co-signature."), "not_awaiting")
    supervisor = getattr(getattr(thing.author, "staff_profile", None), "supervisor_id", None)
    if by.pk not in (thing.cosigner_id, supervisor) or thing.signed_by_id == by.pk:
        raise Refusal(_("Only the supervisor of whoever wrote it co-signs it."), "not_the_supervisor")


def cosign(thing: Signed, *, by: User, signer: dict, now: dt.datetime | None = None) -> None:
    """Co-sign and seal what waits for it, and save it. Raises Refusal (not_awaiting, not_the_supervisor)."""
    _require_cosigner(thing, by)
    thing.cosigner, thing.cosigned_at, thing.cosigned_name = by, now or timezone.now(), signature(by)
    thing.sealed_at = thing.cosigned_at
    thing.seal = {**thing.seal, "cosigner": signer}
    thing.content_hash = thing.fingerprint()
    thing.save(update_fields=["cosigner", "cosigned_at", "cosigned_name", "sealed_at", "seal", "content_hash"])


def return_for_changes(thing: Signed, *, reason: str, by: User, now: dt.datetime | None = None) -> None:
    """Give what waits for a co-signature back to its author as a draft, saying what is to be changed, and save it.

    Raises Refusal (empty, not_awaiting, not_the_supervisor).
    """
    _require_cosigner(thing, by)
    if not reason.strip():
        raise Refusal(_("Say what is to be changed."), "empty", "reason")
    thing.returned_at, thing.returned_by, thing.return_reason = now or timezone.now(), by, reason.strip()
    _unsign(thing)


def take_back(thing: Signed, *, by: User) -> None:
    """Make one's own signed thing a draft again while it waits for a co-signature. Raises Refusal (not_awaiting, not_yours)."""
    if not thing.is_awaiting:
        raise Refusal(_("This does not wait for a co-signature."), "not_awaiting")
    if thing.signed_by_id != by.pk:
        raise Refusal(_("Only whoever signed it takes it back."), "not_yours")
    _unsign(thing)


def _unsign(thing: Signed) -> None:
    thing.seal, thing.content_hash, thing.signed_name = None, "", ""
    thing.signed_at = thing.signed_by = thing.cosigner = None
    thing.version += 1
    thing.save(update_fields=[*SIGNING, "version", "returned_at", "returned_by", "return_reason"])


def void(thing: Signed, *, reason: str, by: User, now: dt.datetime | None = None) -> None:
    """Void what is sealed, with a reason, and save it: it stays readable, struck out, and counts for nothing.

    A supervisor's deed. Raises Refusal (empty, not_sealed, void_already, not_a_supervisor).
    """
    if Role.SUPERVISOR not in by.roles:
        raise Refusal(_("Only a supervisor voids what is sealed."), "not_a_supervisor")
    if not thing.is_sealed:
        raise Refusal(_("Only what is sealed can be voided: change the draft instead."), "not_sealed")
    if thing.is_void:
        raise Refusal(_("This is voided already."), "void_already")
    if not reason.strip():
        raise Refusal(_("Say why it is voided."), "empty", "reason")
    thing.voided_at, thing.voided_by, thing.voided_name = now or timezone.now(), by, signature(by)
    thing.void_reason = reason.strip()
    thing.save(update_fields=["voided_at", "voided_by", "voided_name", "void_reason"])
