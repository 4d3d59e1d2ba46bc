"""The door of a session, for those in care: the agreement, where they are, then they knock. They wait in the room's page."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.access import Can, requires
from core.errors import Refusal
from core.wordings import reading
from patients.records import own_record
from rooms.forms.door import ArrivalForm, SignForm
from rooms.models import Agreement, Participant
from rooms.page import with_sockets
from rooms.services import agreements, arrivals
from rooms.services import door as doors
from rooms.services.passes import enter, policy_of
from rooms.services.policies import kept_words


@requires(Can.USE_PORTAL)
@never_cache
def door(request, uid) -> HttpResponse:
    """One step after the other; whoever waits or is in goes on to the room."""
    patient = own_record(request)
    try:
        me = enter(user=request.user, session_uid=uid)
    except Refusal as refusal:
        return away(request, uid, refusal)
    if me.state != Participant.State.PREPARING:
        return redirect("portal:room", uid)
    session = me.room.session
    policy = policy_of(session.group.program_id)
    context = {"session": session, "policy": policy, "camera_policy": policy.camera, "kept": kept_words(policy)}
    if agreement := agreements.to_sign(session.group.program_id, patient):
        return _agreement(request, agreement, patient, context)
    return _arrival(request, me, context)


def away(request, uid, refusal: Refusal) -> HttpResponse:
    """For whom the door does not open: when it will, or home with the reason. Raises Http404 for what is not theirs."""
    if refusal.code == "not_yours":
        raise Http404
    if refusal.code == "too_early":
        return redirect("portal:join", uid)
    messages.info(request, refusal.message)
    return redirect("portal:today")


def _agreement(request, agreement: Agreement, patient, context: dict) -> HttpResponse:
    """Read and sign it there; what was read is what is signed."""
    asked = request.method == "POST" and "version" in request.POST
    sent = request.POST.get("language") if asked else None
    read = reading(agreement, sent if sent in dict(settings.LANGUAGES) else None)
    shown = {"version": agreement.version, "language": read.language}
    form = SignForm(request.POST if asked else None, initial=shown)
    if asked and form.is_valid():
        said = form.cleaned_data
        if said["version"] == agreement.version:
            language = said["language"] or settings.LANGUAGE_CODE
            try:
                agreements.sign(
                    agreement=agreement, patient=patient, name=said["name"], language=language, by=request.user
                )
            except Refusal as refusal:
                refusal.add_to(form)
            else:
                return redirect(request.path)
        else:
            form = SignForm(initial={**shown, "name": said["name"]})
            messages.info(request, _("There is a newer version. Please read it and sign that one."))
    before = patient.agreements.filter(agreement__program=agreement.program_id).exists()
    context |= {"agreement": agreement, "reading": read, "form": form, "signed_before": before}
    return render(request, "rooms/door_agreement.html", context, status=422 if form.errors else 200)


def _arrival(request, me: Participant, context: dict) -> HttpResponse:
    """Where they are and how they are; then they knock."""
    asked = request.method == "POST" and "street" in request.POST
    initial = ArrivalForm.initial_of(me.patient, arrivals.last_of(me.patient))
    form = ArrivalForm(request.POST if asked else None, initial=initial)
    if asked and form.is_valid():
        try:
            arrivals.give(by=me, given=form.given)
            doors.knock(by=me)
        except Refusal as refusal:
            if refusal.code == "locked":  # the waiting room says so, and when it opens
                return redirect("portal:room", context["session"].uid)
            if refusal.code in ("removed", "over"):
                return away(request, context["session"].uid, refusal)
            refusal.add_to(form)
        else:
            return redirect("portal:room", context["session"].uid)
    context |= {"form": form, "again": bool(initial.get("street")), "live_port": settings.LIVE_DIRECT_PORT or ""}
    return with_sockets(render(request, "rooms/door.html", context, status=422 if form.errors else 200))
