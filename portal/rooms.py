"""The live room in the patients' door."""

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from journal.queries import to_bring
from patients.records import own_record
from rooms import page
from rooms.views.door import away


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def room(request, uid) -> HttpResponse:
    """The room of a session one is expected at; until a leader lets them in, its waiting room."""
    patient = own_record(request)
    try:
        return page.render_room(
            request,
            uid,
            ask_url=reverse("portal:room_ask", args=[uid]),
            home_url=reverse("portal:today"),
            to_bring=to_bring(patient),
        )
    except Refusal as refusal:
        return away(request, uid, refusal)


@requires(Can.USE_PORTAL)
@require_POST
def ask(request, uid) -> HttpResponse:
    """What the socket would do, for a page whose socket is blocked."""
    return page.answer(request, uid)
