"""Inviting somebody admitted to sign in for the first time: a link that works once, and a question only they can answer.

The link's key is kept nowhere. It is computed from the invitation's uid and the installation's secret whenever the message is
written (`patients.news`); the row holds its hash. Whoever reads the database can open nothing with it.
"""

import datetime as dt
import hashlib
import logging
from base64 import urlsafe_b64encode

from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.access import Can, allows
from accounts.models import User
from core.errors import Refusal
from messaging.channels import way
from messaging.models import Address, Channel, Delivery
from messaging.preferences import set_mobile
from messaging.services import plan
from patients.models import MAX_TRIES, Invitation, Patient

WORKS_FOR = dt.timedelta(days=7)
INVITED, LOCKED = "account_invitation", "invitation_locked"  # kinds of message
# Wrong birth dates from one network address, over all invitations: so many in so many seconds.
FROM_ONE_ADDRESS, WITHIN = 20, 3600

log = logging.getLogger(__name__)


def key_of(invitation: Invitation) -> str:
    """The key in the invitation's link."""
    digest = salted_hmac("patients.invitation", str(invitation.uid), algorithm="sha256").digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def find(key: str) -> Invitation | None:
    """The invitation a link leads to, while it opens something. One query."""
    return (
        Invitation.objects.usable()
        .filter(key_hash=hash_of(key), patient__user__is_active=True)
        .select_related("patient__user")
        .first()
    )


def lock_invitation(invitation: Invitation) -> Invitation:
    """The invitation as it stands, locked until the transaction ends: one door, one person at a time."""
    rows = Invitation.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("patient__user").get(pk=invitation.pk)


@transaction.atomic
def invite(*, patient: Patient, channel: str, by: User, may_text: bool = False) -> Invitation:
    """Send somebody the link to their own pages; one sent before opens nothing any more.

    may_text: they said that texts may go to the phone on their record (needed where no number with consent is known).
    Raises Refusal (not_theirs, not_in_care, closed_account, unknown_channel, no_address, no_texts, no_number, no_consent,
    and those of a bad number).
    """
    if not allows(by, Can.INVITE) or not Patient.objects.visible_to(by).filter(pk=patient.pk).exists():
        raise Refusal(_("You can’t invite this person."), "not_theirs")
    patient = Patient.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=patient.pk)
    if not patient.episodes.filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())).exists():
        raise Refusal(_("They are not in care. Admit them first."), "not_in_care")
    if not patient.user.is_active:
        raise Refusal(_("Their account is closed. An admin can open it again."), "closed_account")
    _need_way(patient, channel, may_text)
    now = timezone.now()
    Invitation.objects.standing().filter(patient=patient).update(revoked_at=now)
    invitation = Invitation(patient=patient, channel=channel, invited_by=by, expires_at=now + WORKS_FOR)
    invitation.key_hash = hash_of(key_of(invitation))
    invitation.save()
    plan([_message(INVITED, invitation, patient.user, until=invitation.expires_at)])
    return invitation


def _need_way(patient: Patient, channel: str, may_text: bool) -> None:
    """Make sure that the channel can reach them."""
    if channel == Channel.EMAIL:
        if not way(channel).address(patient.user):
            raise Refusal(
                _("Their e-mail address was refused the last time. Correct it, or send a text."),
                "no_address",
                "channel",
            )
    elif channel == Channel.SMS:
        if not Address.objects.filter(user=patient.user, channel=channel, consented_at__isnull=False).exists():
            if not patient.phone:
                raise Refusal(_("No phone is on their record. Add it, or use e-mail."), "no_number", "channel")
            if not may_text:
                raise Refusal(
                    _("Ask them first whether you may text them, and tick it here."), "no_consent", "may_text"
                )
            set_mobile(user=patient.user, number=patient.phone, consent=True)
        if not way(channel).address(patient.user):
            raise Refusal(
                _("Texts can’t reach them: none are set up here, or their number said STOP. Use e-mail."),
                "no_texts",
                "channel",
            )
    else:
        raise Refusal(_("Choose e-mail or text."), "unknown_channel", "channel")


def _message(kind: str, invitation: Invitation, to: User, *, until: dt.datetime) -> Delivery:
    now = timezone.now()
    return Delivery(kind=kind, subject_id=invitation.pk, recipient=to, variant=0, due_at=now, expires_at=until)


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> None:
    """Take an invitation back: its link opens nothing any more. Raises Refusal (not_theirs, closed)."""
    if not allows(by, Can.INVITE) or not Patient.objects.visible_to(by).filter(pk=invitation.patient_id).exists():
        raise Refusal(_("You can’t take this back."), "not_theirs")
    if not Invitation.objects.standing().filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        raise Refusal(_("It was used, locked or taken back already."), "closed")


def say_birth_date(*, invitation: Invitation, birth_date: dt.date, address: str) -> None:
    """Whether it is them: compare the birth date, and count wrong ones, of the invitation and of the network address.

    Call it outside a transaction: what it counts must stay when it refuses. Raises Refusal (closed, wrong, locked, too_many).
    """
    _take_attempt(address)
    refusal = _compare(invitation, birth_date)
    if refusal is not None:
        log.warning("invitation %s not proven: %s", invitation.pk, refusal.code)
        raise refusal
    _give_back(address)


@transaction.atomic
def _compare(invitation: Invitation, birth_date: dt.date) -> Refusal | None:
    found = lock_invitation(invitation)
    if not Invitation.objects.usable().filter(pk=found.pk).exists():
        return _closed()
    if found.patient.birth_date == birth_date:
        return None
    found.tries += 1
    left = MAX_TRIES - found.tries
    if left <= 0:
        found.locked_at = timezone.now()
        until = timezone.now() + WORKS_FOR
        plan([_message(LOCKED, found, found.invited_by, until=until)])
    found.save(update_fields=["tries", "locked_at"])
    if left <= 0:
        return Refusal(
            _("This link is closed now, to be safe. Call the clinic: they check who you are and send a new one."),
            "locked",
        )
    return Refusal(
        _("This is not the date we have. Look at it again: month, day, year. If it is right, call the clinic."),
        "wrong",
        "birth_date",
    )


def _closed() -> Refusal:
    return Refusal(_("This link no longer works. Ask the clinic for a new one."), "closed")


def _attempts(address: str) -> list[str]:
    place = hashlib.sha256(address.encode()).hexdigest()[:32]
    return [f"invited:{place}:{n}" for n in range(FROM_ONE_ADDRESS)]


def _take_attempt(address: str) -> None:
    """Take one of the address's attempts before looking, so that a hundred at once are not a hundred guesses."""
    if not any(cache.add(key, 1, WITHIN) for key in _attempts(address)):
        log.warning("invitations: too_many from one address")
        raise Refusal(_("Too many tries from here. Wait an hour, or call the clinic."), "too_many", "birth_date")


def _give_back(address: str) -> None:
    """A right answer costs none."""
    for key in reversed(_attempts(address)):
        if cache.get(key) is not None:
            cache.delete(key)
            return


@transaction.atomic
def accept(*, invitation: Invitation, password: str | None, language: str = "") -> User:
    """Somebody who said their birth date chose how they sign in: the invitation is used. password: None, where a passkey takes
    its place (the caller adds it in the same transaction). language: that they read all this in, and so go on in.

    Raises Refusal (closed, weak_password).
    """
    found = lock_invitation(invitation)
    user = found.patient.user
    if found.used_at or found.revoked_at or found.locked_at or found.has_run_out or not user.is_active:
        raise _closed()
    if password is None:
        user.set_unusable_password()
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Refusal(" ".join(error.messages), "weak_password", "password") from None
        user.set_password(password)
    found.used_at = timezone.now()
    found.save(update_fields=["used_at"])
    if language in dict(User.language.field.choices):
        user.language = language
    user.save(update_fields=["password", "language"])
    return user
