"""TURN for people behind strict networks: credentials that coturn checks without knowing anybody (its `use-auth-secret`)."""

import base64
import hashlib
import hmac
import time

from django.conf import settings

CREDENTIAL_SECONDS = 6 * 3600  # longer than any session


def ice_servers(key: str) -> list[dict[str, object]]:
    """What a browser's RTCPeerConnection takes as `iceServers`; [] where no TURN server is set. key: says nothing about them."""
    if not settings.TURN_URLS:
        return []
    username = f"{int(time.time()) + CREDENTIAL_SECONDS}:{key}"
    password = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
    return [{"urls": list(settings.TURN_URLS), "username": username, "credential": base64.b64encode(password).decode()}]
