"""What the outbox needs of a way out, and how a way says what became of a message."""

import re
import ssl
from typing import Protocol

import requests
from django.conf import settings
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from accounts.models import User
from messaging.kinds import Letter
from messaging.models import Delivery


class Uncertain(Exception):  # noqa: N818 - a state, not a fault
    """The provider may or may not have taken the message: the connection went while it was being handed over."""


class Refused(Exception):  # noqa: N818
    """It did not leave and by this way never will: the address is refused, the number stopped, the browser gone.

    Its text is a short code, kept on the row; it never quotes the address.
    """


class NotNow(Exception):  # noqa: N818
    """It certainly did not leave; the provider may take it later. Its text is a short code, kept on the row."""


class Way(Protocol):
    """One channel. `provider`: whose circuit breaker and rate hold for it ("" for none)."""

    provider: str

    @property
    def can_ask(self) -> bool:
        """Whether the provider can be asked what left."""

    def address(self, user: User, *, urgent: bool = False) -> str:
        """Where the person is reached, or "" when they can't be. urgent: past what they said STOP to."""

    def send(self, delivery: Delivery, to: str, letter: Letter, *, path: str = "", urgent: bool = False) -> str:
        """Send and return the provider's reference.

        Raises Refused, NotNow, OSError or smtplib.SMTPException when it certainly did not leave, Uncertain when nobody can tell.
        """

    def already_left(self, delivery: Delivery) -> bool | None:
        """Whether this delivery left before. None when the provider can't be asked."""

    def gave_up(self, user: User, to: str, reason: str) -> None:
        """Keep that the address was refused, so that it is not tried again and is seen on the person's page."""


def reference(delivery: Delivery) -> str:
    """The delivery's Message-ID: the same for every attempt, and it says nothing but a number."""
    host = re.sub(r"[^a-z0-9.-]", "", settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">").lower()) or "localhost"
    return f"<delivery-{delivery.pk}@{host}>"


# A gateway in front of the provider speaks: nobody knows whether the provider took it.
GATEWAY_GAVE_UP = (502, 504)


def never_left(error: BaseException) -> bool:
    """Whether a failed HTTP request certainly did not reach the provider: no connection, or not to whom it says it is."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, NewConnectionError | ConnectTimeoutError | ssl.SSLCertVerificationError):
            return True
        if isinstance(one, requests.ConnectTimeout | requests.exceptions.InvalidURL | requests.TooManyRedirects):
            return True
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return False


def raise_of(error: requests.RequestException) -> None:
    """Raise what a failed HTTP request means for the message: NotNow or Uncertain, named by the error's class only."""
    name = type(error).__name__
    if never_left(error):
        raise NotNow(name) from error
    raise Uncertain(name) from error
