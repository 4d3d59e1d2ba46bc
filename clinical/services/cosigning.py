"""What waits for a supervisor: co-signed as it stands, several at once, or returned for changes; voiding what is sealed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import StaffProfile, User
from clinical.models import Document, ProgressNote, Signed, TreatmentPlan
from clinical.services import plan_news, sealing
from core.errors import Refusal
from patients.models import Patient

# What an address or a form calls each of them.
KINDS: dict[str, type[Signed]] = {"note": ProgressNote, "document": Document, "plan": TreatmentPlan}


def kind_of(thing: Signed) -> str:
    """What an address or a form calls it: "note", "document" or "plan"."""
    return next(kind for kind, model in KINDS.items() if isinstance(thing, model))


def locked(thing: Signed) -> Signed:
    """The row as it is now, under its lock. One query."""
    rows = type(thing)._default_manager.select_for_update(no_key=True, of=("self",))
    return rows.select_related("author__staff_profile", "patient").get(pk=thing.pk)


def may_cosign(thing: Signed, user: User) -> bool:
    """Whether it waits for this person: whose co-signature it was signed for, or the author's supervisor by now. One query."""
    if not thing.is_awaiting or thing.signed_by_id == user.pk:
        return False
    return thing.cosigner_id == user.pk or StaffProfile.objects.filter(user=thing.author_id, supervisor=user).exists()


@dataclass(slots=True)
class CosignOutcome:
    """What co-signing did: how many are sealed, and what changed since it was read."""

    sealed: list[Signed] = field(default_factory=list)
    left: list[Signed] = field(default_factory=list)


@transaction.atomic
def cosign_all(*, things: Iterable[Signed], by: User, seen: Mapping[tuple[str, int], str]) -> CosignOutcome:
    """Co-sign and seal these, each as it was read: `seen` holds the content hash read, by kind and id. What was changed, taken
    back or co-signed by another since is left. Raises Refusal (nothing_to_sign, not_the_supervisor)."""
    outcome, moment = CosignOutcome(), timezone.now()
    prefetch_related_objects([by], "staff_profile__licences")
    # In one order, so that two supervisors at once don't wait for each other crosswise.
    for thing in sorted(things, key=lambda t: (kind_of(t), t.pk)):
        now = locked(thing)
        if not now.is_awaiting or seen.get((kind_of(now), now.pk)) != now.content_hash:
            outcome.left.append(now)
            continue
        sealing.cosign(now, by=by, signer=sealing.signer_facts(by, now.patient.state), now=moment)
        if isinstance(now, TreatmentPlan):
            plan_news.tell_ready(now)
        outcome.sealed.append(now)
    if not outcome.sealed and not outcome.left:
        raise Refusal(_("There is nothing to sign here."), "nothing_to_sign")
    return outcome


@transaction.atomic
def send_back(*, thing: Signed, reason: str, by: User) -> Signed:
    """Return for changes what waits for a co-signature, saying what is to be changed. Raises Refusal (empty, not_awaiting,
    not_the_supervisor)."""
    now = locked(thing)
    sealing.return_for_changes(now, reason=reason, by=by)
    return now


@transaction.atomic
def take_back(*, thing: Signed, by: User) -> Signed:
    """Make one's own signed thing a draft again while it waits. Raises Refusal (not_awaiting, not_yours)."""
    now = locked(thing)
    sealing.take_back(now, by=by)
    return now


@transaction.atomic
def void(*, thing: Signed, reason: str, by: User) -> Signed:
    """Void what is sealed, with a reason: struck out, readable, counting for nothing. Of a note, the attendance is open again
    and another note can be written. Raises Refusal (not_visible, empty, not_sealed, void_already, not_a_supervisor)."""
    now = locked(thing)
    if not Patient.objects.visible_to(by).filter(pk=now.patient_id).exists():
        raise Refusal(_("Only somebody of their care team does this."), "not_visible")
    sealing.void(now, reason=reason, by=by)
    return now
