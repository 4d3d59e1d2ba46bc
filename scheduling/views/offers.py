"""One click proposes a make-up seat; another takes the offer back."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from core.errors import Refusal
from patients.models import Episode
from scheduling import services
from scheduling.models import SeatOffer, Session
from scheduling.views.visitors import posted_uid


def _back(request, episode: Episode):
    """To the list it was sent from."""
    page = request.POST.get("page", "")
    asked = {"program": episode.program.uid, **({"page": page} if page.isdigit() else {})}
    return redirect(f"{reverse('dashboard:short')}?{urlencode(asked)}")


@require_POST
@requires(Can.MANAGE_MEMBERS)
def offer(request, uid):
    """Offer a seat in this session to the patient of `episode` (a uid). The session may be any of the episode's program:
    somebody else leads it, and they learn of the visitor when the offer is accepted."""
    stays = Episode.objects.visible_to(request.user).select_related("program", "patient")
    episode = get_object_or_404(stays, uid=posted_uid(request, "episode"))
    programs = Session.objects.filter(group__program=episode.program_id).select_related("group")
    session = get_object_or_404(programs, uid=uid)
    try:
        services.offer_seat(session=session, episode=episode, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is offered this seat and decides.") % {"name": episode.patient})
    return _back(request, episode)


@require_POST
@requires(Can.MANAGE_MEMBERS)
def withdraw(request, uid):
    """Take an offer back."""
    rows = SeatOffer.objects.visible_to(request.user).select_related("episode__program", "patient")
    found = get_object_or_404(rows, uid=uid)
    try:
        services.withdraw_offer(offer=found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The offer to %(name)s is withdrawn.") % {"name": found.patient})
    return _back(request, found.episode)
