"""What a person decides about a message: what became of an unknown one, and that a failed one is sent after all."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from messaging.models import Address, Delivery

State = Delivery.State


@transaction.atomic
def settle_unknown(*, delivery: Delivery, left: bool, by: User) -> Delivery:
    """A person found out what became of a message: it left, or it did not and is planned again, due now.

    Planned again, it is composed anew like any other, so that what is no longer called for is not sent. Who settled it
    stays on the row. Raises Refusal (not_unknown).
    """
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state != State.UNKNOWN:
        raise Refusal(_("Its outcome is not unknown; there is nothing to settle."), "not_unknown")
    if left:
        delivery.state, delivery.sent_at = State.SENT, timezone.now()
        delivery.reason = f"settled by account {by.pk}: it left"
        delivery.save(update_fields=["state", "sent_at", "reason"])
        return delivery
    return _plan_again(delivery, f"settled by account {by.pk}: it did not leave")


@transaction.atomic
def send_again(*, delivery: Delivery, by: User) -> Delivery:
    """Plan a message that failed once more, due now and by any way, those that refused it included where they work again.

    Raises Refusal: not_failed; too_late, when nobody would need it any more.
    """
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state != State.FAILED:
        raise Refusal(_("Only a message that failed can be sent again."), "not_failed")
    if delivery.expires_at <= timezone.now():
        raise Refusal(_("It is too late for this message; it would be useless by now."), "too_late")
    return _plan_again(delivery, f"sent again by account {by.pk}")


def _plan_again(delivery: Delivery, reason: str) -> Delivery:
    delivery.state, delivery.due_at, delivery.attempts = State.PLANNED, timezone.now(), 0
    delivery.channel, delivery.tried, delivery.reason = "", [], reason
    delivery.save(update_fields=["state", "due_at", "attempts", "channel", "tried", "reason"])
    return delivery


@transaction.atomic
def trust_again(*, address: Address) -> Address:
    """An address that was refused works, somebody says: it is tried again from now on. Its history keeps who said so."""
    address = Address.objects.select_for_update(no_key=True).get(pk=address.pk)
    address.failed_at, address.failure = None, ""
    address.save(update_fields=["failed_at", "failure"])
    return address
