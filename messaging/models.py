"""The outbox. A delivery row is written in the transaction that calls for it and is the only truth about a message."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Ways a message leaves."""

    EMAIL = "email", _("E-mail")


class DeliveryQuerySet(models.QuerySet):
    def due(self, now=None) -> "DeliveryQuerySet":
        """Rows a worker may claim: planned and due, or under a lease that ran out."""
        moment = now or timezone.now()
        open_states = [Delivery.State.PLANNED, Delivery.State.CLAIMED, Delivery.State.SENDING]
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=moment), state__in=open_states, due_at__lte=moment)

    def visible_to(self, user) -> "DeliveryQuerySet":
        """A person's own deliveries. Staff see them in the administration site."""
        return self.filter(recipient=user) if user.is_authenticated else self.none()


class Delivery(models.Model):
    """One message to one person by one channel. It knows no sessions: `kind` and `subject_id` say what it is about, and the
    floor above registers how such a kind is written and re-checked (`messaging.kinds`).

    State: planned → claimed (under a lease) → sending → sent; or skipped (no longer called for), failed (gave up), unknown
    (a crash left the outcome open and the provider can't be asked: for a person to look at).
    """

    class State(models.TextChoices):
        """Where the message is."""

        PLANNED = "planned", _("Planned")
        CLAIMED = "claimed", _("Claimed")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not sent, no longer called for")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Outcome unknown")

    kind = models.CharField(_("kind"), max_length=40)
    subject_id = models.BigIntegerField(_("about"))
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deliveries", verbose_name=_("to")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    # Of a reminder: its lead time in minutes. Of a change notice: which change of the session it tells of.
    variant = models.IntegerField(_("lead time or change"))
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(_("useless after"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(_("why"), max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease = models.UUIDField(_("lease"), null=True, blank=True)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    provider_ref = models.CharField(_("provider's reference"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id", "recipient", "variant", "channel"], name="never_two_for_one"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["skipped", "failed", "unknown"]) | ~Q(reason=""), name="an_end_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["planned", "claimed", "sending"]),
                name="deliveries_due",
            ),
            models.Index(fields=["kind", "subject_id"], name="deliveries_about"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            # A message that left can't be made to leave again.
            pgtrigger.Protect(
                name="sent_is_final", operation=pgtrigger.Update, condition=pgtrigger.Q(old__state="sent")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} · {self.get_state_display()}"
