"""Follow-ups: opening one in one click, the list, one task."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Can, Role, requires
from audit.models import Read
from clinical.forms.followups import CloseForm, FollowUpForm, HandOverForm
from clinical.models import FollowUp
from clinical.queries_followups import quiet_ones
from clinical.services import followups
from core.errors import Refusal
from core.formats import date_format
from core.sent import sent_uid
from patients.models import Episode, Patient
from patients.records import log_shown, open_record
from scheduling.models import Booking, Session

DONE_SHOWN = 20


@requires(Can.FOLLOW_UP)
@require_POST
def open_follow_up(request, uid):
    """From somebody's row of a session: one click. With htmx it answers the row's fragment, else it goes back."""
    session = get_object_or_404(Session.objects.visible_to(request.user), uid=uid)
    patient = get_object_or_404(Patient.objects.visible_to(request.user), uid=sent_uid(request.POST.get("patient")))
    booking = get_object_or_404(
        Booking.objects.live().select_related("membership__episode__program", "episode__program"),
        session=session,
        patient=patient,
    )
    task = followups.open_follow_up(
        episode=booking.stay,
        session=session,
        reason=request.POST.get("reason", ""),
        words=request.POST.get("words", ""),
        by=request.user,
    )
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With") == "fetch":
        return render(request, "clinical/followups/_opened.html", {"task": task})
    address = reverse("clinical:follow_up", args=[task.uid])
    messages.success(
        request,
        format_html(
            '{} <a href="{}">{}</a>',
            _("%(owner)s follows up until %(day)s.") % {"owner": task.owner, "day": date_format(task.due_on, "M j")},
            address,
            _("Change"),
        ),
    )
    return redirect(
        request.POST.get("next") if request.POST.get("next", "").startswith("/desk/") else "clinical:follow_ups"
    )


@requires(Can.FOLLOW_UP)
def add_follow_up(request, uid):
    """A task for somebody, without a session."""
    patient = open_record(request, uid, Read.What.FOLLOW_UP)
    episode = (
        Episode.objects.filter(patient=patient)
        .select_related("program", "primary_clinician")
        .order_by("-started_on")
        .first()
    )
    initial = {
        "owner": followups.usual_owner(episode, None) if episode else request.user,
        "due_on": followups.next_business_day(timezone.localdate()),
    }
    form = FollowUpForm(request.POST or None, patient=patient, initial=initial)
    if request.method == "POST" and form.is_valid() and episode:
        try:
            followups.open_follow_up(episode=episode, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved."))
            return redirect("dashboard:person", uid=uid)
    context = {"section": "people", "patient": patient, "form": form}
    return render(request, "clinical/followups/new.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.FOLLOW_UP)
def index(request):
    """One's own tasks, those of one's people, and who might need one. A fixed number of queries."""
    mine = FollowUp.objects.visible_to(request.user).select_related("patient", "owner", "session__group")
    found = list(mine.open())
    done = list(mine.filter(closed_at__isnull=False).order_by("-closed_at")[:DONE_SHOWN])
    quiet = quiet_ones(request.user) if Role.CARE_COORDINATOR not in request.user.roles else []
    log_shown(request, [t.patient_id for t in (*found, *done)] + [q.patient.pk for q in quiet], Read.What.FOLLOW_UP)
    return render(
        request,
        "clinical/followups/index.html",
        {
            "section": "care",
            "own": [t for t in found if t.owner_id == request.user.pk],
            "others": [t for t in found if t.owner_id != request.user.pk],
            "done": done,
            "quiet": quiet,
            "today": timezone.localdate(),
        },
    )


@requires(Can.FOLLOW_UP)
def task(request, uid):
    """One task: what it is about, handing it over, what came of it."""
    found = get_object_or_404(
        FollowUp.objects.visible_to(request.user).select_related(
            "patient", "owner", "opened_by", "closed_by", "session__group", "episode"
        ),
        uid=uid,
    )
    open_record(request, found.patient.uid, Read.What.FOLLOW_UP)
    deed = request.POST.get("deed", "")
    close = CloseForm(request.POST if deed == "close" else None)
    hand = HandOverForm(request.POST if deed == "hand_over" else None, task=found)
    form = {"close": close, "hand_over": hand}.get(deed)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            if deed == "close":
                followups.close_follow_up(follow_up=found, by=request.user, **form.cleaned_data)
            else:
                followups.hand_over(follow_up=found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Saved."))
            return redirect("clinical:follow_ups")
    context = {"section": "care", "task": found, "close": close, "hand": hand, "today": timezone.localdate()}
    return render(request, "clinical/followups/task.html", context, status=422 if request.method == "POST" else 200)
