"""The card of somebody at the door of a live room, for whoever leads it: where they are, whom to call, how they were."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.models import MeasureResponse, RiskAlert
from clinical.queries_measures import series_of
from patients.records import open_record
from rooms.models import Arrival, Device, DeviceTest, Participant
from rooms.services.device_tests import last_test
from rooms.services.doorstep import row_of


@requires(Can.LEAD_ROOM)
@require_safe
@never_cache
def card(request, uid, key) -> HttpResponse:
    """A part of the room's page, fetched when it is opened: opening it is a reading of the record. To whoever does not lead this
    session, or may not know of this person, there is none."""
    found = (
        Participant.objects.visible_to(request.user)
        .filter(room__session__uid=uid, key=key, patient__isnull=False)
        .select_related("room__session__group__program", "patient")
        .first()
    )
    if found is None or not _leads(request.user, found):
        raise Http404
    patient = open_record(request, found.patient.uid)
    arrival = Arrival.objects.filter(participant=found, given_at__isnull=False).select_related("confirmed_by").first()
    tested = last_test(patient)
    answers = MeasureResponse.objects.standing().filter(patient=patient).order_by("-answered_at").first()
    context = {
        "one": found,
        "row": row_of(found.room, found),
        "patient": patient,
        "arrival": arrival,
        "devices": devices_of(arrival) if arrival else [],
        "tested": tested,
        "tested_devices": devices_of(tested) if tested else [],
        "answered_at": answers and answers.answered_at,
        "scores": _scores(patient, answers) if answers else [],
        "alerts": RiskAlert.objects.visible_to(request.user).filter(patient=patient).open(),
    }
    return render(request, "dashboard/door_card.html", context)


def _leads(user, one: Participant) -> bool:
    """Whether the reader leads this session, or supervises whoever does: has a staff's ticket for this room."""
    return Participant.objects.filter(room=one.room_id, user=user, patient=None, state=Participant.State.IN).exists()


def devices_of(arrival: Arrival | DeviceTest) -> list[tuple[str, str, bool]]:
    """Of each device that was tried its name, how it did, and whether that is fine."""
    found = []
    for name in ("camera", "microphone", "speaker", "connection"):
        value = getattr(arrival, name)
        if not value:
            continue
        label = arrival._meta.get_field(name).verbose_name
        found.append((label, getattr(arrival, f"get_{name}_display")(), value in (Device.WORKS, Device.OFF)))
    return found


def _scores(patient, answers: MeasureResponse) -> list[tuple[str, str, str]]:
    """Name, score and band of each scale of the latest check-in."""
    latest = [s for s in series_of(patient) if s.definition.code == answers.measure]
    return [
        (s.name, f"{s.latest.value.normalize():f}", s.band_name(s.latest))
        for s in latest
        if s.latest and s.latest.at == answers.answered_at
    ]
