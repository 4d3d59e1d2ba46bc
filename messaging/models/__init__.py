"""Messages: the outbox, how people are reached, and what is said."""

from messaging.models.addresses import Address, InboundText, PushSubscription, Stop
from messaging.models.choices import (
    CHANNELS,
    LEAD_MINUTES,
    MUTABLE,
    QUIET_FROM,
    QUIET_UNTIL,
    Category,
    Channel,
    default_channels,
    default_leads,
)
from messaging.models.outbox import Delivery, DeliveryQuerySet, Notice, Provider
from messaging.models.wishes import Policy, Preference
from messaging.models.wordings import Template

__all__ = [
    "CHANNELS",
    "LEAD_MINUTES",
    "MUTABLE",
    "QUIET_FROM",
    "QUIET_UNTIL",
    "Address",
    "Category",
    "Channel",
    "Delivery",
    "DeliveryQuerySet",
    "InboundText",
    "Notice",
    "Policy",
    "Preference",
    "Provider",
    "PushSubscription",
    "Stop",
    "Template",
    "default_channels",
    "default_leads",
]
