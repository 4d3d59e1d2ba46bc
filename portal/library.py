"""The library: what there is to read, to fill in and to listen to, first what one's own sessions work through."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from library.models import Homework, ItemKind, LibraryItem
from library.pages import read_page
from library.queries import shelves_of, waiting_for
from library.recordings import hand_out
from library.services import take_up
from library.services.own import questions_of
from patients.records import own_record


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def library(request) -> HttpResponse:
    """All of it, or of one kind."""
    patient = own_record(request)
    kind = request.GET.get("kind", "")
    shelves = shelves_of(patient, kind)
    context = {
        "section": "library",
        "shelves": shelves,
        "mixed": len({shelf.is_own for shelf in shelves if shelf.unit}) > 1,  # else there is nothing to tell apart
        "kinds": ItemKind.choices,
        "kind": kind if kind in ItemKind.values else "",
        "waiting": waiting_for(patient),
    }
    return render(request, "portal/library.html", context)


@requires(Can.USE_PORTAL)
@never_cache
def item(request, uid) -> HttpResponse:
    """One thing to read or to hear; of a worksheet what it asks, and the button to begin it."""
    patient = own_record(request)
    found = get_object_or_404(LibraryItem.objects.offered_to(patient).select_related("unit"), uid=uid)
    if request.method == "POST" and found.is_worksheet:
        return redirect("portal:homework_sheet", take_up(patient=patient, item=found).uid)
    context = {
        "section": "library",
        **read_page(found),
        "recording_url": "portal:library_recording",
        "questions": questions_of(found) if found.is_worksheet else [],
        "open": Homework.objects.filter(patient=patient, item=found).to_do().first(),
    }
    return render(request, "portal/library_item.html", context)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def recording(request, uid) -> HttpResponse:
    """The file of a recording: of the library, or of one's own homework, which stays when the library no longer has it."""
    patient = own_record(request)
    here = Q(pk__in=LibraryItem.objects.offered_to(patient).values("pk"))
    mine = Q(pk__in=Homework.objects.filter(patient=patient).standing().values("item_id"))
    return hand_out(request, get_object_or_404(LibraryItem.objects.filter(here | mine), uid=uid))
