"""E-mail: Django's configured backend, by SMTP, by a provider's API (django-anymail), or as files on this machine."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formataddr
from pathlib import Path

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from accounts.models import User
from messaging.channels.base import GATEWAY_GAVE_UP, NotNow, Refused, Uncertain, raise_of, reference
from messaging.kinds import Letter
from messaging.models import Address, Channel, Delivery

# "No such mailbox" and its kin. Others (552 full, 554 policy) say nothing of the address.
NO_MAILBOX = (501, 550, 551, 553)


@dataclass(frozen=True)
class Email:
    """Mail through Django's configured backend."""

    provider: str = Channel.EMAIL

    @property
    def can_ask(self) -> bool:
        return hasattr(get_connection(), "already_left")

    def address(self, user: User, *, urgent: bool = False) -> str:
        refused = Address.objects.filter(user=user, channel=Channel.EMAIL, value=user.email, failed_at__isnull=False)
        return "" if not user.email or refused.exists() else user.email

    def send(self, delivery: Delivery, to: str, letter: Letter, *, path: str = "", urgent: bool = False) -> str:
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
            except smtplib.SMTPRecipientsRefused as error:
                if all(_no_mailbox(code, text) for code, text in error.recipients.values()):
                    raise Refused("address refused") from error
                raise
            except AnymailError as error:
                _raise_of_api(error)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # a bad goodbye changes nothing of what was taken
                connection.close()
        theirs = getattr(getattr(message, "anymail_status", None), "message_id", None)  # a set, if it gave several
        return theirs[:200] if isinstance(theirs, str) else ref

    def already_left(self, delivery: Delivery) -> bool | None:
        lookup = getattr(get_connection(), "already_left", None)
        return lookup(reference(delivery)) if lookup else None

    def gave_up(self, user: User, to: str, reason: str) -> None:
        refused = {"value": to, "failed_at": timezone.now(), "failure": reason}
        Address.objects.update_or_create(user=user, channel=Channel.EMAIL, defaults=refused)


def _no_mailbox(code: int, text: bytes) -> bool:
    """Whether a server refuses this very address; 5.7.x is its opinion of the sender, and would hold for every address."""
    return code in NO_MAILBOX and b"5.7." not in (text.encode() if isinstance(text, str) else text)


def _raise_of_api(error: AnymailError) -> None:
    """What an error of a mail provider's API means."""
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        raise Refused("address refused") from error
    if (
        isinstance(error, AnymailAPIError)
        and error.status_code is None
        and isinstance(error, requests.RequestException)
    ):
        raise_of(error)
    if error.status_code is None or error.status_code in GATEWAY_GAVE_UP or error.status_code < 400:
        raise Uncertain(f"HTTP {error.status_code or type(error).__name__}") from error
    raise NotNow(f"HTTP {error.status_code}") from error


def mail_folder() -> Path:
    """Where local mail is kept, one file each."""
    return Path(settings.EMAIL_FILE_PATH)
