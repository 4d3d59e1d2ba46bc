"""Where people are reached, what they said by text, and the browsers that asked to be told."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import HouseModel
from messaging.models.choices import Channel, OwnQuerySet


@pghistory.track()
class Address(HouseModel):
    """Where a channel reaches somebody, and whether it does.

    SMS: the person's number (E.164) and their consent (TCPA: prior consent for automated texts, CLINICAL_FACTS 5e). E-mail:
    only written when `value`, the account's address then, was refused; another address of the account makes it void.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="addresses", verbose_name=_("person")
    )
    channel = models.CharField(
        _("channel"), max_length=8, choices=[(str(c), c.label) for c in (Channel.EMAIL, Channel.SMS)]
    )
    value = models.CharField(_("address"), max_length=254)
    consented_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    failed_at = models.DateTimeField(_("refused"), null=True, blank=True)
    failure = models.CharField(_("why"), max_length=60, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(fields=["user", "channel"], name="one_address_per_channel"),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="address_channel_known"),
            models.CheckConstraint(
                condition=Q(failed_at=None, failure="") | (Q(failed_at__isnull=False) & ~Q(failure="")),
                name="a_failure_has_a_time_and_reason",
            ),
        ]
        indexes = [models.Index(fields=["value"], name="address_by_value")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_channel_display()}"


@pghistory.track()
class Stop(models.Model):
    """A telephone number that said STOP. No text goes to it, whoever's it is, until it says START; CRISIS passes."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    stopped_at = models.DateTimeField(_("stopped"))
    resumed_at = models.DateTimeField(_("resumed"), null=True, blank=True)

    class Meta:
        verbose_name = _("stopped number")
        verbose_name_plural = _("stopped numbers")

    def __str__(self) -> str:
        return self.number


class InboundText(models.Model):
    """A text that came in: what it meant and what was answered, never what it said. One row a message of the provider."""

    class Meaning(models.TextChoices):
        """What it was taken for."""

        STOP = "stop", _("Stop")
        START = "start", _("Resume")
        HELP = "help", _("Help")
        OTHER = "other", _("Something else")

    provider_id = models.CharField(_("provider's reference"), max_length=64, unique=True)
    number = models.CharField(_("from"), max_length=20)
    meaning = models.CharField(_("taken for"), max_length=8, choices=Meaning.choices)
    answer = models.CharField(_("answered"), max_length=320, blank=True)
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("incoming text")
        verbose_name_plural = _("incoming texts")
        indexes = [models.Index(fields=["number", "-received_at"], name="inbound_by_number")]
        constraints = [
            models.CheckConstraint(
                condition=Q(meaning__in=["stop", "start", "help", "other"]), name="inbound_meaning_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} {self.received_at:%Y-%m-%d %H:%M}"


@pghistory.track()
class PushSubscription(HouseModel):
    """One browser that asked to be told. `gone_at`: its push service said it no longer exists."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="push_subscriptions", verbose_name=_("person")
    )
    endpoint = models.URLField(_("endpoint"), max_length=1000, unique=True)
    p256dh = models.CharField(max_length=200)
    auth = models.CharField(max_length=80)
    gone_at = models.DateTimeField(_("gone"), null=True, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("browser to tell")
        verbose_name_plural = _("browsers to tell")
        indexes = [models.Index(fields=["user"], condition=Q(gone_at=None), name="push_of_a_user")]

    def __str__(self) -> str:
        return f"{self.user} · {self.created_at:%Y-%m-%d}"
