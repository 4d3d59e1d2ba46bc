"""Staff's pages of messages: the inbox of one's people, one thread, a file that came with one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from audit.models import Read
from core.errors import Refusal
from patients.records import log_shown, open_record
from threads import services
from threads.board_pages import waiting_boards
from threads.forms import AssignForm, MessageForm, ThreadForm
from threads.models import Attachment, Thread
from threads.pages import draft_of, hand_out, lines_of

ANSWERED_SHOWN = 30
CLOSED_SHOWN = 20
SHOWN = 10  # of what one wrote with one person, the latest


@requires(Can.ANSWER_MESSAGES)
@require_safe
@never_cache
def inbox(request) -> HttpResponse:
    """What waits for an answer, the longest promised first; then what was answered, and what is closed. A fixed number of
    queries."""
    mine = Thread.objects.visible_to(request.user).select_related("patient", "assigned_to")
    mine = mine.with_news_for(request.user)
    waiting = list(mine.waiting())
    answered = list(mine.filter(waiting_since=None, closed_at=None)[:ANSWERED_SHOWN])
    closed = list(mine.filter(closed_at__isnull=False).order_by("-closed_at")[:CLOSED_SHOWN])
    log_shown(request, [t.patient_id for t in (*waiting, *answered, *closed)], Read.What.DELIVERIES)
    own = [t for t in waiting if t.assigned_to_id == request.user.pk]
    free = [t for t in waiting if t.assigned_to_id is None]
    others = [t for t in waiting if t.assigned_to_id not in (None, request.user.pk)]
    context = {
        "section": "inbox",
        "boards": waiting_boards(request.user),
        "waiting": waiting,
        "parts": [
            ("own", _("For me to answer"), own),
            ("free", _("For whoever is first"), free),
            ("others", _("With colleagues"), others),
        ],
        "answered": answered,
        "closed": closed,
    }
    return render(request, "threads/inbox.html", context)


@requires(Can.ANSWER_MESSAGES)
@never_cache
def thread(request, uid) -> HttpResponse:
    """One thread: reading it, answering, giving it to a colleague, closing it."""
    own = Thread.objects.visible_to(request.user).select_related("patient__user", "program", "assigned_to", "closed_by")
    found = get_object_or_404(own, uid=uid)
    open_record(request, found.patient.uid, Read.What.DELIVERIES)
    deed = request.POST.get("deed", "")
    answer = MessageForm(request.POST if deed == "answer" else None, request.FILES if deed == "answer" else None)
    hand = AssignForm(
        request.POST if deed == "assign" else None, patient=found.patient, initial={"to": found.assigned_to_id}
    )
    answer.fields["text"].label = _("Your answer")
    if request.method == "POST":
        done = _do(request, deed, found, answer, hand)
        if done:
            return done
    lines = lines_of(found, request.user)
    if request.method == "GET":
        services.mark_seen(thread=found, message=lines[-1].message, by=request.user)
    context = {
        "section": "inbox",
        "thread": found,
        "lines": lines,
        "last": lines[-1].message.pk,
        "form": answer,
        "hand": hand,
        "draft": draft_of(request.user, str(found.uid)),
    }
    return render(request, "threads/thread.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.ANSWER_MESSAGES)
@never_cache
def begin(request, uid) -> HttpResponse:
    """Write to somebody of one's people about something new."""
    patient = open_record(request, uid, Read.What.DELIVERIES)
    if not services.team_of(patient).filter(pk=request.user.pk).exists():
        raise Http404(_("There is no such page."))
    mine = Thread.objects.visible_to(request.user).filter(patient=patient)
    form = ThreadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = services.start_thread(patient=patient, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Sent."))
            return redirect(f"{reverse('threads:thread', args=[sent.thread.uid])}#sent-to-{patient.uid}")
    context = {
        "section": "people",
        "patient": patient,
        "form": form,
        "written": mine.select_related("patient", "assigned_to").with_news_for(request.user)[:SHOWN],
        "draft": draft_of(request.user, f"to-{patient.uid}"),
    }
    return render(request, "threads/begin.html", context, status=422 if request.method == "POST" else 200)


def _do(request, deed: str, found: Thread, answer: MessageForm, hand: AssignForm) -> HttpResponse | None:
    """The deed the page asked for, and where it leads; None where its form has something to say."""
    form = {"answer": answer, "assign": hand}.get(deed)
    try:
        if deed == "answer" and answer.is_valid():
            services.write(thread=found, by=request.user, **answer.cleaned_data)
            messages.success(request, _("Sent."))
            return redirect(f"{reverse('threads:thread', args=[found.uid])}#sent-{found.uid}")
        if deed == "assign" and hand.is_valid():
            services.assign(thread=found, to=hand.cleaned_data["to"], by=request.user)
            messages.success(request, _("Saved."))
            return redirect("threads:thread", found.uid)
        if deed == "close":
            services.close(thread=found, up_to=_number(request.POST.get("up_to")), by=request.user)
            messages.success(request, _("Closed. It opens again by itself when somebody writes."))
            return redirect("threads:inbox")
    except Refusal as refusal:
        if form is None:
            raise
        refusal.add_to(form)
    return None


def _number(said: str | None) -> int:
    """The id of a message out of the page's form. Http404 for what is none."""
    if not (said or "").isdecimal() or len(said) > 18:
        raise Http404(_("There is no such page."))
    return int(said)


@requires(Can.ANSWER_MESSAGES)
@require_safe
@never_cache
def file(request, uid) -> HttpResponse:
    """A file of a thread of one's people, to be saved."""
    found = get_object_or_404(
        Attachment.objects.visible_to(request.user).select_related("message__thread__patient"), uid=uid
    )
    open_record(request, found.message.thread.patient.uid, Read.What.DELIVERIES)
    return hand_out(request.user, uid)
