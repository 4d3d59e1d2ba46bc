"""The outbox. A delivery row is written in the transaction that calls for it and is the only truth about a message."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields import EncryptedTextField
from core.models import HouseModel
from messaging.models.choices import Channel, OwnQuerySet, channel_field


class Provider(models.Model):
    """What all workers share about one provider: its circuit breaker and when it may be called next."""

    name = models.CharField(_("name"), max_length=20, primary_key=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("not asked until"), null=True, blank=True)
    next_at = models.DateTimeField(_("next call from"), null=True, blank=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(models.QuerySet):
    def due(self, now=None) -> "DeliveryQuerySet":
        """Rows a worker may claim: planned and due, or under a lease that ran out."""
        moment = now or timezone.now()
        open_states = [Delivery.State.PLANNED, Delivery.State.CLAIMED, Delivery.State.SENDING]
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=moment), state__in=open_states, due_at__lte=moment)

    def visible_to(self, user) -> "DeliveryQuerySet":
        """A person's own deliveries. What staff see is said by `messaging.subjects` and by whom they may see."""
        return self.filter(recipient=user) if user.is_authenticated else self.none()


class Delivery(models.Model):
    """One message to one person. It knows no sessions: `kind` and `subject_id` say what it is about, and the floor above
    registers how such a kind is written and re-checked (`messaging.kinds`). The way it leaves by is chosen when it leaves:
    the first the person wants that works and is not in `tried`; `channel` then says which ("" before).

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
    # Its own index would be a second one beside `deliveries_to`; each costs every claim.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deliveries", verbose_name=_("to"), db_index=False
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices, blank=True, default="")
    tried = ArrayField(channel_field(), verbose_name=_("failed by"), default=list, blank=True)
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
            models.UniqueConstraint(fields=["kind", "subject_id", "recipient", "variant"], name="never_two_for_one"),
            models.CheckConstraint(condition=Q(channel__in=["", *Channel.values]), name="delivery_channel_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["planned", "claimed", "sending", "sent", "skipped", "failed", "unknown"],
                ),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["skipped", "failed", "unknown"]) | ~Q(reason=""), name="an_end_has_a_reason"
            ),
        ]
        # What a delivery is about is found by the unique key's first columns.
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["planned", "claimed", "sending"]),
                name="deliveries_due",
            ),
            models.Index(fields=["recipient", "-due_at"], name="deliveries_to"),
            models.Index(fields=["state", "-due_at"], name="deliveries_by_state"),
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


class Notice(HouseModel):
    """What the channel "on my pages" delivers: the message as it was written, until it is read."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices", verbose_name=_("to"))
    delivery = models.OneToOneField(Delivery, models.PROTECT, related_name="notice", verbose_name=_("delivery"))
    subject = EncryptedTextField(_("subject"))
    text = EncryptedTextField(_("text"))
    path = models.CharField(_("leads to"), max_length=200, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["user", "-created_at"], name="notices_of_a_user")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.user} · {self.created_at:%Y-%m-%d %H:%M}"
