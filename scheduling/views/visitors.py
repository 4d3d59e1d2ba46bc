"""A one-off visitor in one session."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from patients.models import Patient
from patients.records import log_shown
from scheduling import services
from scheduling.forms import VisitorForm
from scheduling.views.common import form_status, visible_session


@requires(Can.MANAGE_MEMBERS)
def add(request, uid):
    """Give somebody a seat in this one session."""
    session = visible_session(request, uid)
    if request.method == "GET" and (session.is_cancelled or session.has_begun):
        messages.info(request, _("This session is cancelled or has begun; nobody can be added any more."))
        return redirect("dashboard:session", uid=uid)
    form = VisitorForm(request.POST or None, session=session, user=request.user)
    if request.method == "POST" and form.is_valid():
        episode = form.cleaned_data["episode"]
        try:
            services.add_visitor(session=session, episode=episode, by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("%(name)s is a visitor and is being told.") % {"name": episode.patient})
            return redirect("dashboard:session", uid=uid)
    log_shown(request, shown := form.shown, Read.What.LIST)
    taken = session.bookings.live().filter(patient__isnull=False).count()
    context = {
        "section": "week",
        "session": session,
        "form": form,
        "nobody": not shown,
        "seats_left": max(0, session.group.capacity - taken),
    }
    return render(request, "scheduling/visitor.html", context, status=form_status(request))


@require_POST
@requires(Can.MANAGE_MEMBERS)
def release(request, uid):
    """Release a visitor's seat (`patient`, a uid)."""
    session = visible_session(request, uid)
    patient = get_object_or_404(Patient.objects.visible_to(request.user), uid=posted_uid(request, "patient"))
    try:
        services.remove_visitor(session=session, patient=patient, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is no longer expected and is being told.") % {"name": patient})
    return redirect("dashboard:session", uid=uid)


def posted_uid(request, name: str) -> uuid.UUID:
    """A uid that was sent, or 404."""
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        raise Http404 from None
