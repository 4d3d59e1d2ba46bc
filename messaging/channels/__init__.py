"""Ways out. Each can send, and say whether a message with a certain reference already left (None: it can't be asked)."""

from messaging.channels.base import NotNow, Refused, Uncertain, Way, reference
from messaging.channels.email import Email, mail_folder
from messaging.channels.in_app import InApp
from messaging.channels.push import Push
from messaging.channels.sms import Sms
from messaging.models import Channel

WAYS: dict[str, Way] = {Channel.EMAIL: Email(), Channel.SMS: Sms(), Channel.PUSH: Push(), Channel.IN_APP: InApp()}


def way(channel: str) -> Way:
    """The way out for a channel. Raises ValueError for one there is not."""
    return WAYS[Channel(channel)]


__all__ = [
    "Email",
    "InApp",
    "NotNow",
    "Push",
    "Refused",
    "Sms",
    "Uncertain",
    "Way",
    "mail_folder",
    "reference",
    "way",
]
