"""Ways a message leaves, what it is to a person, and what holds where nobody says otherwise."""

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Ways a message leaves."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    PUSH = "push", _("Browser notice")
    IN_APP = "in_app", _("On my pages")


class Category(models.TextChoices):
    """What a person may say no to, one by one. Nobody can say no to CRISIS: it passes over opt-outs, quiet hours and STOP.
    Nor to what is about their own account, which waits for the morning like other news."""

    REMINDER = "reminder", _("Reminders")
    CHANGE = "change", _("Changes: cancelled, moved, somebody else leads")
    OFFER = "offer", _("Offers: a seat, a time to pick")
    STAFF = "staff", _("Requests among staff")
    CRISIS = "crisis", _("In a crisis")
    ACCOUNT = "account", _("One’s own account")


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


def lead_field() -> models.PositiveIntegerField:
    """A lead time: minutes, five to seven days."""
    return models.PositiveIntegerField(validators=[MinValueValidator(5), MaxValueValidator(7 * 24 * 60)])


def channel_field() -> models.CharField:
    """One of the channels."""
    return models.CharField(max_length=8, choices=Channel.choices)


class OwnQuerySet(models.QuerySet):
    """Rows of one account each."""

    def visible_to(self, user):
        """A person's own."""
        return self.filter(user=user) if user.is_authenticated and user.is_active else self.none()
