"""The room in the staff's door."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from rooms import page


@requires(Can.LEAD_ROOM)
@require_safe
@never_cache
def room(request, uid) -> HttpResponse:
    """The live room, for whoever leads the session or supervises somebody who does."""
    try:
        return page.render_room(
            request, uid, ask_url=reverse("rooms:ask", args=[uid]), home_url=reverse("dashboard:session", args=[uid])
        )
    except Refusal as refusal:
        if refusal.code == "not_yours":
            raise Http404 from None
        messages.info(request, refusal.message)
        return redirect("dashboard:session", uid)


@requires(Can.LEAD_ROOM)
@require_POST
def ask(request, uid) -> HttpResponse:
    """What the socket would do, for a page whose socket is blocked."""
    return page.answer(request, uid)
