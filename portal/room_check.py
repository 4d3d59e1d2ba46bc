"""The check at the end of a session, inside its room: a fragment that the room's page shows. It is voluntary, and says so."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from clinical.forms.measures import MeasureForm
from clinical.instruments import definition_of
from clinical.models import MeasureAssignment
from clinical.services import session_check
from core.errors import Refusal
from patients.records import own_record
from rooms.models import Participant
from rooms.services.closing import is_check_open

State = MeasureAssignment.State


@requires(Can.USE_PORTAL)
@never_cache
def check(request, uid) -> HttpResponse:
    """The four questions, for somebody who is in the room once the check is open there; also when the session has just ended."""
    patient = own_record(request)
    mine = Participant.objects.select_related("room__session__group").filter(
        room__session__uid=uid, patient=patient, state=Participant.State.IN
    )
    participant = mine.first()
    if participant is None or not is_check_open(participant.room):
        raise Http404
    session = participant.room.session
    asked = session_check.check_of(session, patient)
    definition = definition_of(session_check.CHECK)
    form = MeasureForm(request.POST if request.method == "POST" else None, definition=definition)
    context = {"form": form, "definition": definition, "session": session, "stage": _stage(session, asked)}
    if request.method != "POST" or context["stage"] != "open":
        return render(request, "portal/_room_check.html", context)
    if form.is_valid():
        try:
            session_check.answer_now(session=session, patient=patient, answers=form.answers, by=request.user)
        except Refusal as refusal:
            context["refusal"] = refusal
        else:
            return render(request, "portal/_room_check.html", {**context, "stage": "answered"})
    return render(request, "portal/_room_check.html", context, status=422)


def _stage(session, asked: MeasureAssignment | None) -> str:
    if asked is not None:
        return {State.OPEN: "open", State.ANSWERED: "answered"}.get(asked.state, "none")
    return "open" if session_check.is_given(session) else "none"
