"""Ways out. Each can send, and say whether a message with a certain reference already left (None: it can't be asked)."""

import re
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from accounts.models import User
from messaging.kinds import Letter
from messaging.models import Channel, Delivery


class Uncertain(Exception):  # noqa: N818 - a state, not a fault
    """The provider may or may not have taken the message: the connection went while it was being handed over."""


class Way(Protocol):
    """What the outbox needs of a channel."""

    def address(self, user: User) -> str:
        """Where the person is reached, or "" when they can't be."""

    def send(self, delivery: Delivery, to: str, letter: Letter) -> str:
        """Send and return the provider's reference.

        Raises OSError or smtplib.SMTPException when it certainly did not leave, Uncertain when nobody can tell.
        """

    def already_left(self, delivery: Delivery) -> bool | None:
        """Whether this delivery left before. None when the provider can't be asked."""


def reference(delivery: Delivery) -> str:
    """The delivery's Message-ID: the same for every attempt, and it says nothing but a number."""
    host = re.sub(r"[^a-z0-9.-]", "", settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">").lower()) or "localhost"
    return f"<delivery-{delivery.pk}@{host}>"


@dataclass(frozen=True)
class Email:
    """Mail through Django's configured backend."""

    def address(self, user: User) -> str:
        return user.email

    def send(self, delivery: Delivery, to: str, letter: Letter) -> str:
        ref = reference(delivery)
        sender = settings.DEFAULT_FROM_EMAIL
        if "<" not in sender:
            sender = formataddr((settings.SITE_NAME, sender))
        connection = get_connection()
        message = EmailMultiAlternatives(
            subject=letter.subject,
            body=letter.text,
            from_email=sender,
            to=[to],
            headers={"Message-ID": ref, "Auto-Submitted": "auto-generated"},
            connection=connection,
        )
        try:
            connection.open()  # a failure up to here is certain
            try:
                message.send()
            except (TimeoutError, smtplib.SMTPServerDisconnected) as error:
                raise Uncertain(type(error).__name__) from error
        finally:
            with suppress(OSError, smtplib.SMTPException):  # a bad goodbye changes nothing of what was taken
                connection.close()
        return ref

    def already_left(self, delivery: Delivery) -> bool | None:
        lookup = getattr(get_connection(), "already_left", None)
        return lookup(reference(delivery)) if lookup else None


def way(channel: str) -> Way:
    """The way out for a channel."""
    return {Channel.EMAIL: Email()}[Channel(channel)]


def mail_folder() -> Path:
    """Where local mail is kept, one file each."""
    return Path(settings.EMAIL_FILE_PATH)
