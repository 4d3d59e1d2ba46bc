"""Text messages through Twilio. Twilio can't be asked for a message by a reference of ours, so what is uncertain stays so."""

from dataclasses import dataclass

import requests
from django.conf import settings
from django.utils import timezone
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from accounts.models import User
from messaging.channels.base import GATEWAY_GAVE_UP, NotNow, Refused, Uncertain, raise_of
from messaging.kinds import Letter
from messaging.models import Address, Channel, Delivery, Stop

HOME = "https://api.twilio.com"
UNSUBSCRIBED = 21610
# Twilio's codes of a number that no text reaches: not a number, not a mobile, not reachable by our sender.
BAD_NUMBER = (21211, 21214, 21217, 21612, 21614)
STOPPED = "number stopped"


class _Http(TwilioHttpClient):
    """A new connection for each message: one kept open that the other side has closed would leave an outcome nobody knows."""

    def __init__(self):
        super().__init__(pool_connections=False, timeout=settings.SMS_TIMEOUT)

    def request(self, method, url, *args, **kwargs):
        base = settings.TWILIO_API_URL
        return super().request(method, url.replace(HOME, base.rstrip("/"), 1) if base else url, *args, **kwargs)


@dataclass(frozen=True)
class Sms:
    """One text by Twilio's REST interface."""

    provider: str = Channel.SMS
    can_ask: bool = False

    def address(self, user: User, *, urgent: bool = False) -> str:
        if not configured():
            return ""
        known = Address.objects.filter(
            user=user, channel=Channel.SMS, consented_at__isnull=False, failed_at=None
        ).first()
        if known is None or (not urgent and is_stopped(known.value)):
            return ""
        return known.value

    def send(self, delivery: Delivery, to: str, letter: Letter, *, path: str = "", urgent: bool = False) -> str:
        return send_text(to, letter.text)

    def already_left(self, delivery: Delivery) -> bool | None:
        return None

    def gave_up(self, user: User, to: str, reason: str) -> None:
        now = timezone.now()
        if reason == STOPPED:  # so that its START, which comes to us too, opens it again
            Stop.objects.update_or_create(number=to, defaults={"stopped_at": now, "resumed_at": None})
        else:
            Address.objects.filter(user=user, channel=Channel.SMS, value=to).update(failed_at=now, failure=reason)


def configured() -> bool:
    """Whether texts can be sent at all."""
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and settings.TWILIO_FROM)


def is_stopped(number: str) -> bool:
    """Whether the number said STOP and has not said START since. One query."""
    return Stop.objects.filter(number=number, resumed_at=None).exists()


def send_text(to: str, text: str) -> str:
    """Hand one text over to Twilio; returns its reference. Raises Refused, NotNow or Uncertain."""
    client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=_Http())
    sender = settings.TWILIO_FROM
    origin = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
    try:
        return client.messages.create(to=to, body=text, **origin).sid or ""
    except requests.RequestException as error:
        raise_of(error)
    except (TwilioRestException, TwilioServiceException) as error:
        _raise_of_answer(error)
    except (ValueError, KeyError, TypeError) as error:  # it answered, but nobody can read what
        raise Uncertain(type(error).__name__) from error
    raise AssertionError("unreachable")


def _raise_of_answer(error: TwilioRestException | TwilioServiceException) -> None:
    """What a refusal of Twilio's means for the message."""
    if error.code == UNSUBSCRIBED:
        raise Refused(STOPPED) from error
    if error.code in BAD_NUMBER:
        raise Refused("number refused") from error
    if error.status in GATEWAY_GAVE_UP:
        raise Uncertain(f"HTTP {error.status}") from error
    raise NotNow(f"HTTP {error.status} ({error.code})") from error
