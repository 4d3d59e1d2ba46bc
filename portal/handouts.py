"""What was shown in sessions one was in: to read again at any time."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from patients.records import own_record
from rooms.drawings import data_url
from rooms.models import Handout
from rooms.pages import pages_of
from rooms.queries import handouts_shown_to


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def handouts(request) -> HttpResponse:
    """All of them, by the session they were last shown in."""
    own_record(request)
    return render(request, "portal/handouts.html", {"section": "details", "handouts": handouts_shown_to(request.user)})


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def handout(request, uid) -> HttpResponse:
    """One of them."""
    own_record(request)
    found = get_object_or_404(Handout.objects.visible_to(request.user), uid=uid)
    context = {
        "section": "details",
        "handout": found,
        "pages": pages_of(found.text),
        "drawing": data_url(found.drawing) if found.drawing else "",
    }
    return render(request, "portal/handout.html", context)
