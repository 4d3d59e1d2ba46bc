"""Seats offered to a patient: shown on their first page, taken or declined with one press. It is their decision."""

from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from clinical.queries import Hours, Week
from core import formats
from core.errors import Refusal
from patients.models import Patient
from patients.records import own_record
from portal.words import seat_helps
from scheduling import services
from scheduling.models import SeatOffer, Session


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """One offer as it is shown. words: what the seat does for the week's hours."""

    offer: SeatOffer
    words: str

    @property
    def session(self) -> Session:
        return self.offer.session


def open_offers(patient: Patient, week: Week, hours: dict[int, Hours]) -> list[OwnOffer]:
    """The offers the patient can answer, the soonest first. hours: of the week, by episode id. One query."""
    rows = SeatOffer.objects.open().filter(patient=patient).select_related("session__group")
    found = []
    for offer in rows.order_by("session__starts_at", "pk"):
        is_now = week.starts_at <= offer.session.starts_at < week.ends_at
        own = hours.get(offer.episode_id) if is_now else None
        found.append(OwnOffer(offer, seat_helps(own, offer.session.treatment_minutes)))
    return found


def _own_offer(request, uid) -> SeatOffer:
    """The reader's own offer, or 404."""
    rows = SeatOffer.objects.select_related("session__group", "episode", "patient")
    return get_object_or_404(rows, patient=own_record(request), uid=uid)


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def accept(request, uid):
    """Take the seat."""
    offer = _own_offer(request, uid)
    try:
        offer = services.accept_offer(offer=offer)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        local = timezone.localtime(offer.session.starts_at)
        when = f"{formats.date_format(local, 'l, F j, g:i A')} {local.tzname()}"
        messages.success(request, _("You are booked for %(when)s. Good to have you there.") % {"when": when})
    return redirect("portal:today")


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def decline(request, uid):
    """Say no, without a reason."""
    offer = _own_offer(request, uid)
    try:
        services.decline_offer(offer=offer)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Thank you for telling us. Nothing changes for you."))
    return redirect("portal:today")
