"""What leaders read of the record while they are in a live room: fragments that the room's page shows."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.instruments import definition_of
from clinical.services import session_check
from clinical.services.measures import climate_of
from patients.records import open_record
from rooms.models import Arrival, DropOut, Room


@requires(Can.LEAD_ROOM)
@require_safe
@never_cache
def lost(request, uid) -> HttpResponse:
    """Whom to call about somebody who dropped out, in the order of the protocol. That it was read is logged."""
    found = DropOut.objects.visible_to(request.user).select_related("participant__patient", "participant__room")
    drop_out = found.filter(uid=uid).first()
    if drop_out is None or not _leads(drop_out.participant.room, request.user):
        raise Http404
    patient = open_record(request, drop_out.participant.patient.uid)
    arrival = Arrival.objects.filter(participant=drop_out.participant).first()
    context = {
        "patient": patient,
        "name": drop_out.participant.shown,
        "phone": (arrival and arrival.phone) or patient.phone,
        "arrival": arrival,
    }
    return render(request, "dashboard/_room_lost.html", context)


@requires(Can.LEAD_ROOM)
@require_safe
@never_cache
def check(request, uid) -> HttpResponse:
    """The group's average of the closing check: only from five answers on, and never whose they are."""
    room = Room.objects.select_related("session__group").filter(session__uid=uid).first()
    if room is None or not _leads(room, request.user):
        raise Http404
    session = room.session
    least = definition_of(session_check.CHECK).group_from
    context = {
        "is_given": session_check.is_given(session),
        "least": least,
        "climate": climate_of([session]).get(session.pk),
    }
    return render(request, "dashboard/_room_check.html", context)


def _leads(room: Room, user) -> bool:
    return room.participants.leaders().filter(user=user).exists()
