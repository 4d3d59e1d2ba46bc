"""Notices of the person's browsers (Web Push), encrypted end to end; the push service sees only that there is one."""

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

from accounts.models import User
from messaging.channels.base import GATEWAY_GAVE_UP, NotNow, Refused, Uncertain, never_left
from messaging.kinds import Letter
from messaging.models import Channel, Delivery, PushSubscription

GONE = (404, 410)


@dataclass(frozen=True)
class Push:
    """Every browser of the person that asked to be told; it left when one push service took it."""

    provider: str = Channel.PUSH
    can_ask: bool = False

    def address(self, user: User, *, urgent: bool = False) -> str:
        if not configured():
            return ""
        return "browsers" if any(allowed(found.endpoint) for found in _browsers(user)) else ""

    def send(self, delivery: Delivery, to: str, letter: Letter, *, path: str = "", urgent: bool = False) -> str:
        # The tag lets a browser show a message once, even if two of its push services' copies arrive.
        tag = f"delivery-{delivery.pk}"
        body = json.dumps({"title": settings.SITE_NAME, "body": letter.text, "path": path or "/", "tag": tag})
        ttl = max(0, int((delivery.expires_at - timezone.now()).total_seconds()))
        headers = {"Topic": tag[:32], "Urgency": "high" if urgent else "normal"}
        outcomes = []
        for browser in _browsers(delivery.recipient):
            if allowed(browser.endpoint):
                outcomes.append(_tell(browser, body, ttl, headers))
        if any(outcome is None for outcome in outcomes):
            return tag
        for kind in (Uncertain, NotNow):
            if found := next((outcome for outcome in outcomes if isinstance(outcome, kind)), None):
                raise found
        raise Refused("browsers gone")

    def already_left(self, delivery: Delivery) -> bool | None:
        return None

    def gave_up(self, user: User, to: str, reason: str) -> None:
        """Each browser that is gone was marked when its push service said so."""


def configured() -> bool:
    """Whether browsers can be told at all."""
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What a browser needs to subscribe (applicationServerKey, base64url without padding); "" when not configured."""
    if not configured():
        return ""
    point = Vapid.from_string(settings.VAPID_PRIVATE_KEY).public_key.public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def allowed(endpoint: str) -> bool:
    """Whether an endpoint is of a push service we know: a browser names it, and must not have us call what is inside.

    settings.PUSH_HOSTS: host names, whose subdomains count too; an entry with a scheme is one whole origin.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}" in settings.PUSH_HOSTS:
        return True
    if parts.scheme != "https" or "@" in parts.netloc or port not in (None, 443):
        return False
    return any(host == known or host.endswith(f".{known}") for known in settings.PUSH_HOSTS)


def _browsers(user: User) -> list[PushSubscription]:
    return list(PushSubscription.objects.filter(user=user, gone_at=None).order_by("pk"))


def _tell(browser: PushSubscription, body: str, ttl: int, headers: dict[str, str]) -> Exception | None:
    """Hand a notice over to one browser's push service. None when it took it, else what became of it."""
    with requests.Session() as session:
        session.max_redirects = 0  # a push service does not send us elsewhere
        try:
            webpush(
                {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
                data=body,
                vapid_private_key=settings.VAPID_PRIVATE_KEY,
                vapid_claims={"sub": settings.VAPID_SUBJECT},
                timeout=settings.PUSH_TIMEOUT,
                ttl=ttl,
                headers=headers,
                requests_session=session,
            )
        except WebPushException as error:
            return _answer(browser, error)
        except requests.RequestException as error:
            name = type(error).__name__
            return NotNow(name) if never_left(error) else Uncertain(name)
        except ValueError:  # keys that are none
            _gone(browser)
            return Refused("browsers gone")
    return None


def _answer(browser: PushSubscription, error: WebPushException) -> Exception:
    code = error.status_code
    if code is None or code in GONE:
        _gone(browser)
        return Refused("browsers gone")
    return (Uncertain if code in GATEWAY_GAVE_UP else NotNow)(f"HTTP {code}")


def _gone(browser: PushSubscription) -> None:
    PushSubscription.objects.filter(pk=browser.pk, gone_at=None).update(gone_at=timezone.now())
