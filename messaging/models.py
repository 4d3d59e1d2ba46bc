"""The outbox. A delivery row is written in the transaction that calls for it and is the only truth about a message."""

import datetime as dt

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import Program
from core.fields import EncryptedTextField
from core.models import HouseModel


class Channel(models.TextChoices):
    """Ways a message leaves."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    PUSH = "push", _("Browser notice")
    IN_APP = "in_app", _("On my pages")


class Category(models.TextChoices):
    """What a person may say no to, one by one. Nobody can say no to CRISIS: it passes over opt-outs, quiet hours and STOP."""

    REMINDER = "reminder", _("Reminders")
    CHANGE = "change", _("Changes: cancelled, moved, somebody else leads")
    OFFER = "offer", _("Offers: a seat, a time to pick")
    STAFF = "staff", _("Requests among staff")
    CRISIS = "crisis", _("In a crisis")


MUTABLE = (Category.REMINDER, Category.CHANGE, Category.OFFER)

# What holds where neither the person nor their program says otherwise.
LEAD_MINUTES = [24 * 60, 60, 10]
CHANNELS = [str(c) for c in (Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.IN_APP)]
# Nobody is texted before 8 or after 21 in their own zone (TCPA's hours; CLINICAL_FACTS 5e, G+).
QUIET_FROM, QUIET_UNTIL = dt.time(21), dt.time(8)


def default_leads() -> list[int]:
    """A new list each time."""
    return list(LEAD_MINUTES)


def default_channels() -> list[str]:
    """A new list each time."""
    return list(CHANNELS)


def _lead() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(validators=[MinValueValidator(5), MaxValueValidator(7 * 24 * 60)])


def _channel() -> models.CharField:
    return models.CharField(max_length=8, choices=Channel.choices)


@pghistory.track()
class Policy(models.Model):
    """How a program reminds, where the person did not choose for themselves."""

    program = models.OneToOneField(Program, models.PROTECT, related_name="message_policy", verbose_name=_("program"))
    lead_minutes = ArrayField(_lead(), verbose_name=_("reminders, minutes before"), default=default_leads, blank=True)
    channels = ArrayField(_channel(), verbose_name=_("ways, the first that works is taken"), default=default_channels)
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


class OwnQuerySet(models.QuerySet):
    """Rows of one account each."""

    def visible_to(self, user):
        """A person's own."""
        return self.filter(user=user) if user.is_authenticated and user.is_active else self.none()


@pghistory.track()
class Preference(models.Model):
    """How one person wants to be reached. NULL or empty: as their program does it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="message_preference", verbose_name=_("person")
    )
    lead_minutes = ArrayField(_lead(), verbose_name=_("reminders, minutes before"), null=True, blank=True)
    channels = ArrayField(_channel(), verbose_name=_("ways, the first that works is taken"), null=True, blank=True)
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


class TemplateQuerySet(models.QuerySet):
    def visible_to(self, user) -> "TemplateQuerySet":
        """Those of the programs a program admin or supervisor works in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(program__in=user.program_ids(Role.PROGRAM_ADMIN, Role.SUPERVISOR))


@pghistory.track()
class Template(HouseModel):
    """A program's own wording of a kind of message, for one channel and language. Without a row, the product's own wording."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="message_templates", verbose_name=_("program"))
    kind = models.CharField(_("kind"), max_length=40)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=2000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"), auto_now=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.UniqueConstraint(fields=["program", "kind", "channel", "language"], name="one_wording_each"),
            models.CheckConstraint(condition=~Q(text=""), name="a_wording_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.get_channel_display()} · {self.get_language_display()}"


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
    tried = ArrayField(_channel(), verbose_name=_("failed by"), default=list, blank=True)
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
