"""What media servers tell us. Nobody signs in here; a secret of theirs, or their signature, says that it is they."""

import base64
import binascii
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpResponse, HttpResponseForbidden
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from rooms.media import backend
from rooms.media.base import MediaEvent
from rooms.services import ledger


@csrf_exempt
@requires(Can.ENTER)
@require_POST
def media(request) -> HttpResponse:
    """Facts of a media server: Janus' event handler (basic authentication) or LiveKit's signed webhook. 403 for anybody else.

    What can't be read is taken and forgotten: the server would only send it again.
    """
    try:
        events = _events(request)
    except PermissionError:
        return HttpResponseForbidden()
    ledger.take_events(events)
    return HttpResponse(status=204)


def _events(request) -> Iterable[MediaEvent]:
    """Raises PermissionError for whoever is no media server of ours."""
    word = request.headers.get("Authorization", "")
    if word.startswith("Basic "):
        if not _is_janus(word):
            raise PermissionError
        try:
            return backend("janus").parse_events(request.body, request.headers)
        except ValueError:
            return []
    if not settings.LIVEKIT_URL:
        raise PermissionError
    try:
        return backend("livekit").parse_events(request.body, request.headers)
    except ValueError:
        raise PermissionError from None


def _is_janus(word: str) -> bool:
    secret = settings.JANUS_SECRETS.get("hook", "")
    try:
        given = base64.b64decode(word.removeprefix("Basic "), validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(secret) and constant_time_compare(given, f"janus:{secret}".encode())
