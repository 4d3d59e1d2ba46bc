"""What the room's page is told, in either door; and asking by HTTP what is usually asked over the socket."""

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core.errors import Refusal
from rooms import live
from rooms.models import Backend
from rooms.services.apart import groups_led
from rooms.services.passes import enter, policy_of

live.load()


def render_room(request: HttpRequest, uid, **more) -> HttpResponse:
    """The room's page for whoever has a ticket. Raises Refusal (those of `enter`)."""
    participant = enter(user=request.user, session_uid=uid)
    session = participant.room.session
    context = {
        "session": session,
        "room": participant.room,
        "me": participant,
        "live_port": settings.LIVE_DIRECT_PORT or "",
        "camera_policy": policy_of(session.group.program_id).camera,
        "may_link": participant.is_leader
        and participant.room.backend == Backend.LINK
        and groups_led(request.user).contains(session.group),
        **more,
    }
    return with_sockets(render(request, "rooms/room.html", context))


def with_sockets(response: HttpResponse) -> HttpResponse:
    """Allow the page to reach the live process by its own port, where it has one, to show what the page itself filmed, and to
    blur what is behind somebody by a model that runs in the page (WebAssembly)."""
    allowed = {"media-src": ["'self'", "blob:"], "script-src": ["'self'", "'wasm-unsafe-eval'"]}
    reached = []
    if port := settings.LIVE_DIRECT_PORT:
        reached += [f"ws://{host}:{port}" for host in ("127.0.0.1", "localhost")]
    if settings.LIVEKIT_URL:  # browsers speak to it directly, by both its schemes
        where = urlsplit(settings.LIVEKIT_URL)
        secure = "s" if where.scheme in ("wss", "https") else ""
        reached += [f"ws{secure}://{where.netloc}", f"http{secure}://{where.netloc}"]
    if reached:
        allowed["connect-src"] = ["'self'", *reached]
    response._csp_update = allowed
    return response


def answer(request: HttpRequest, uid) -> JsonResponse:
    """Do what the socket would: the body is {"do": …, "with": …}. 200 {"d": …}, or 409 {"no": {code, message, field}}."""
    try:
        said = json.loads(request.body)
        what, given = said.get("do"), said.get("with")
    except (ValueError, AttributeError):
        return JsonResponse({"no": {"code": "not_understood", "message": "", "field": None}}, status=400)
    try:
        participant = enter(user=request.user, session_uid=uid)
        return JsonResponse({"d": live.run(participant.pk, what, given)})
    except Refusal as refusal:
        no = {"code": refusal.code, "message": str(refusal.message), "field": refusal.field}
        return JsonResponse({"no": no}, status=404 if refusal.code == "not_yours" else 409)
