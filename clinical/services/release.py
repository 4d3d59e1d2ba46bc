"""Withholding one note from its person, and what may be done about it (45 CFR 164.524(a)(3) and (4)); keeping that a record was
downloaded."""

import datetime as dt
import hashlib

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, Role, allows
from accounts.models import User
from clinical.models import Document, ProgressNote, RecordExport, Withholding
from clinical.sections import PLANS
from clinical.services.record_news import tell_review_asked, tell_reviewed
from clinical.services.sealing import signature
from core.errors import Refusal
from patients.models import Patient

AT_MOST, WITHIN = 10, dt.timedelta(hours=1)  # downloads
TEXT_LENGTH = 5000


def too_long(text: str, field: str) -> None:
    """Raises Refusal (long)."""
    if len(text) > TEXT_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": TEXT_LENGTH}, "long", field)


def may_withhold(user: User, thing: ProgressNote | Document) -> bool:
    """Whoever signed or co-signed it, and supervisors: a licensed professional's judgement, no manager's."""
    if not allows(user, Can.WRITE_NOTES):
        return False
    return user.pk in (thing.signed_by_id, thing.cosigner_id) or Role.SUPERVISOR in user.roles


@transaction.atomic
def withhold(*, thing: ProgressNote | Document, ground: str, reason: str, by: User) -> Withholding:
    """Withhold a sealed note or document from its person. Withheld already: what stands.

    Raises Refusal (not_yours, not_sealed, theirs, no_ground, empty, long).
    """
    if not may_withhold(by, thing) or not Patient.objects.visible_to(by).filter(pk=thing.patient_id).exists():
        raise Refusal(_("Whoever signed it, or a supervisor, decides this."), "not_yours")
    if not thing.is_sealed or thing.is_void:
        raise Refusal(_("They read only what is sealed: there is nothing to withhold yet."), "not_sealed")
    if isinstance(thing, Document) and thing.kind in PLANS:
        raise Refusal(_("A plan for hard times is written with them and is theirs."), "theirs")
    if ground not in Withholding.Ground.values:
        raise Refusal(_("Choose the ground."), "no_ground", "ground")
    reason = reason.strip()
    if not reason:
        raise Refusal(_("Write your reasoning: a reviewer goes by it."), "empty", "reason")
    too_long(reason, "reason")
    name = "document" if isinstance(thing, Document) else "note"
    try:
        with transaction.atomic():
            return Withholding.objects.create(
                **{name: thing},
                patient=thing.patient,
                ground=ground,
                reason=reason,
                by=by,
                name=signature(by),
                at=timezone.now(),
            )
    except IntegrityError as error:  # at the same moment
        if "withheld_once" not in str(error):
            raise
        return Withholding.objects.standing().get(**{name: thing})


def _locked(withholding: Withholding) -> Withholding:
    rows = Withholding.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "patient", "note", "document"
    )
    found = rows.get(pk=withholding.pk)
    if found.lifted_at:
        raise Refusal(_("It is no longer withheld."), "lifted")
    return found


@transaction.atomic
def lift(*, withholding: Withholding, by: User) -> Withholding:
    """Show it after all. Raises Refusal (lifted, not_yours)."""
    found = _locked(withholding)
    if not may_withhold(by, found.thing):
        raise Refusal(_("Whoever signed it, or a supervisor, decides this."), "not_yours")
    found.lifted_at, found.lifted_by = timezone.now(), by
    found.save(update_fields=["lifted_at", "lifted_by"])
    return found


@transaction.atomic
def ask_review(*, withholding: Withholding, by: User) -> Withholding:
    """The person asks that somebody else look at it, once. Raises Refusal (lifted, not_own, reviewed)."""
    found = _locked(withholding)
    if by.pk != found.patient.user_id:
        raise Refusal(_("Each asks for themselves."), "not_own")
    if found.reviewed_at:
        raise Refusal(_("Somebody has looked at it already. Their answer stands on this page."), "reviewed")
    if found.review_asked_at is None:
        found.review_asked_at = timezone.now()
        found.save(update_fields=["review_asked_at"])
        tell_review_asked(found)
    return found


def may_review(user: User, withholding: Withholding) -> bool:
    """A supervisor who had no part in it: not whoever withheld it, nor whoever signed or co-signed what is withheld."""
    thing = withholding.thing
    had_part = (withholding.by_id, thing.signed_by_id, thing.cosigner_id)
    return Role.SUPERVISOR in user.roles and user.pk not in had_part


@transaction.atomic
def review(*, withholding: Withholding, upheld: bool, words: str, by: User) -> Withholding:
    """Decide what somebody asked to be looked at. words: what they are told. Not upheld: it is shown from now on.

    Raises Refusal (lifted, not_asked, reviewed, had_part, empty, long).
    """
    found = _locked(withholding)
    if found.review_asked_at is None:
        raise Refusal(_("Nobody has asked for a review."), "not_asked")
    if found.reviewed_at:
        raise Refusal(_("Somebody has looked at it already. Their answer stands on this page."), "reviewed")
    if not may_review(by, found):
        raise Refusal(_("A supervisor who had no part in it decides this."), "had_part")
    words = words.strip()
    if not words:
        raise Refusal(_("Write what they are told."), "empty", "words")
    too_long(words, "words")
    found.reviewed_at, found.reviewed_by, found.reviewed_name = timezone.now(), by, signature(by)
    found.upheld, found.review_words = upheld, words
    if not upheld:
        found.lifted_at, found.lifted_by = found.reviewed_at, by
    reviewed = ("reviewed_at", "reviewed_by", "reviewed_name", "upheld", "review_words")
    found.save(update_fields=[*reviewed, "lifted_at", "lifted_by"])
    tell_reviewed(found)
    return found


@transaction.atomic
def take_a_download(*, patient: Patient, by: User) -> None:
    """Before a file is made: whether there were too many already. Two presses at once are one after the other.

    Raises Refusal (not_own, too_many).
    """
    if by.pk != patient.user_id:
        raise Refusal(_("Each downloads their own."), "not_own")
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if RecordExport.objects.filter(patient=patient, at__gt=timezone.now() - WITHIN).count() >= AT_MOST:
        raise Refusal(_("That is many downloads in an hour. Please wait a while and try again."), "too_many")


@transaction.atomic
def keep_download(*, patient: Patient, form: str, counts: dict[str, int], data: bytes, by: User) -> RecordExport:
    """Put on the record that somebody downloaded their own: how much of what, size and hash, nothing of its content."""
    return RecordExport.objects.create(
        patient=patient,
        by=by,
        form=form,
        facts=counts,
        size=len(data),
        digest=hashlib.sha256(data).hexdigest(),
        at=timezone.now(),
    )
