"""Making up hours: the free seats of this week that fit, asking for one, and what came of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, requires
from clinical.queries import Week
from clinical.services import make_up
from core import formats
from core.errors import Refusal
from patients.models import Patient
from patients.records import own_record
from portal.offers import open_offers
from portal.queries import stays
from portal.words import seat_helps
from scheduling.models import SeatRequest
from scheduling.services.seat_requests import take_back_seat_request

REQUESTS_SHOWN = 8


def _week() -> Week:
    return Week.of(None, timezone.get_current_timezone_name())


def own_requests(patient: Patient) -> list[SeatRequest]:
    """What one asked for: of coming sessions all, the soonest first; then the latest of past ones. One query."""
    rows = SeatRequest.objects.filter(patient=patient).select_related("session__group")
    found = list(
        rows.exclude(state=SeatRequest.State.WITHDRAWN).order_by("-session__starts_at", "-pk")[:REQUESTS_SHOWN]
    )
    now = timezone.now()
    ahead = [r for r in found if r.session.starts_at > now]
    return sorted(ahead, key=lambda r: r.session.starts_at) + [r for r in found if r not in ahead]


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def seats(request) -> HttpResponse:
    """Times one could take this week, and one's requests. A fixed number of queries."""
    patient, week = own_record(request), _week()
    episodes, _coming = stays(patient)
    found = make_up.make_up_of(patient=patient, episodes=episodes, week=week)
    asked = own_requests(patient)
    open_ones = {r.session_id for r in asked if r.state == SeatRequest.State.OPEN}
    offers = open_offers(patient, week, {one.episode.pk: one.hours for one in found})
    offered = {own.session.pk for own in offers}
    parts = [
        {
            "hours": one.hours,
            "episode": one.episode,
            "seats": [
                {"session": s, "words": seat_helps(one.hours, s.treatment_minutes)}
                for s in one.seats
                if s.pk not in open_ones | offered
            ],
        }
        for one in found
        if one.has_reason
    ]
    context = {
        "section": "week",
        "parts": parts,
        "several": len(episodes) > 1,
        "asked": asked,
        "offers": offers,
        "now": timezone.now(),
        "in_care": bool(episodes),
    }
    return render(request, "portal/seats.html", context)


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def ask(request, uid) -> HttpResponse:
    """Ask for a seat in this session."""
    patient = own_record(request)
    episodes, _coming = stays(patient)
    try:
        asked = make_up.ask(patient=patient, episodes=episodes, session_uid=uid, week=_week())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("portal:seats")
    local = timezone.localtime(asked.session.starts_at)
    when = {"when": f"{formats.date_format(local, 'l, F j, g:i A')} {local.tzname()}"}
    if asked.state == SeatRequest.State.BOOKED:
        messages.success(request, _("You are booked for %(when)s. Good to have you there.") % when)
    else:
        messages.success(request, _("You have asked for %(when)s. You are told when there is an answer.") % when)
    return redirect("portal:seats")


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def take_back(request, uid) -> HttpResponse:
    """No longer ask for a seat. uid: of the request."""
    patient = own_record(request)
    found = get_object_or_404(SeatRequest, patient=patient, uid=uid)
    try:
        take_back_seat_request(request=found, patient=patient)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You no longer ask for it. Nothing else changes."))
    return redirect("portal:seats")
