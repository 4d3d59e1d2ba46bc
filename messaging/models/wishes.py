"""How a program reminds, and how each person wants to be reached."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Program
from messaging.models.choices import (
    MUTABLE,
    QUIET_FROM,
    QUIET_UNTIL,
    Channel,
    OwnQuerySet,
    channel_field,
    default_channels,
    default_leads,
    lead_field,
)


@pghistory.track()
class Policy(models.Model):
    """How a program reminds, where the person did not choose for themselves."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="message_policy", verbose_name=_("program"))
    lead_minutes = ArrayField(
        lead_field(), verbose_name=_("reminders, minutes before"), default=default_leads, blank=True
    )
    channels = ArrayField(
        channel_field(), verbose_name=_("ways, the first that works is taken"), default=default_channels
    )
    quiet_from = models.TimeField(_("quiet from"), default=QUIET_FROM)
    quiet_until = models.TimeField(_("quiet until"), default=QUIET_UNTIL, help_text=_("The same as from: none."))

    class Meta:
        verbose_name = _("rules of messages")
        verbose_name_plural = _("rules of messages")
        constraints = [
            models.CheckConstraint(condition=Q(channels__contained_by=Channel.values), name="policy_channels_known"),
            models.CheckConstraint(condition=Q(channels__len__gte=1), name="policy_has_a_channel"),
            models.CheckConstraint(condition=Q(lead_minutes__len__lte=5), name="policy_five_leads_at_most"),
        ]

    def __str__(self) -> str:
        return str(self.program)


@pghistory.track()
class Preference(models.Model):
    """How one person wants to be reached. NULL or empty: as their program does it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="message_preference", verbose_name=_("person")
    )
    lead_minutes = ArrayField(lead_field(), verbose_name=_("reminders, minutes before"), null=True, blank=True)
    channels = ArrayField(channel_field(), verbose_name=_("ways, the first that works is taken"), null=True, blank=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True, help_text=_("The same as from: none."))
    muted = ArrayField(
        models.CharField(max_length=8, choices=[(str(c), c.label) for c in MUTABLE]),
        verbose_name=_("does not want"),
        default=list,
        blank=True,
    )

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("way to be reached")
        verbose_name_plural = _("ways to be reached")
        constraints = [
            models.CheckConstraint(
                condition=Q(channels=None) | Q(channels__contained_by=Channel.values, channels__len__gte=1),
                name="preference_channels_known",
            ),
            models.CheckConstraint(
                condition=Q(muted__contained_by=[str(c) for c in MUTABLE]), name="preference_muted_known"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="preference_quiet_has_both_ends",
            ),
            models.CheckConstraint(
                condition=Q(lead_minutes=None) | Q(lead_minutes__len__lte=5), name="preference_five_leads_at_most"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
