"""Messages with one's care team: the list, one thread, a file that came with one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from core.errors import Refusal
from patients.records import own_record
from threads.board_pages import boards_for
from threads.forms import MessageForm, ThreadForm
from threads.models import Thread
from threads.pages import draft_of, hand_out, lines_of, promise
from threads.services import mark_seen, start_thread, stay_of, write

THREADS_SHOWN = 50


@requires(Can.USE_PORTAL)
@never_cache
def index(request) -> HttpResponse:
    """One's own threads, and the box to write about something new. Nothing typed is lost."""
    patient = own_record(request)
    stay = stay_of(patient)
    form = ThreadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = start_thread(patient=patient, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            return _sent(request, sent.thread, "new")
    own = Thread.objects.visible_to(request.user).filter(patient=patient).with_news_for(request.user)
    context = {
        "section": "messages",
        "threads": own[:THREADS_SHOWN],
        "form": form,
        "stay": stay,
        "promise": promise(stay.program) if stay else "",
        "draft": draft_of(request.user, "new"),
        "boards": boards_for(request.user),
    }
    return render(request, "portal/messages.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.USE_PORTAL)
@never_cache
def thread(request, uid) -> HttpResponse:
    """One thread, read by opening it, and the box to go on writing."""
    patient = own_record(request)
    own = Thread.objects.visible_to(request.user).filter(patient=patient).select_related("patient", "program")
    found = get_object_or_404(own, uid=uid)
    stay = stay_of(patient)
    form = MessageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            write(thread=found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            return _sent(request, found, str(found.uid))
    lines = lines_of(found, request.user)
    if request.method == "GET":
        mark_seen(thread=found, message=lines[-1].message, by=request.user)
    context = {
        "section": "messages",
        "thread": found,
        "lines": lines,
        "form": form,
        "stay": stay,
        "promise": promise(found.program),
        "draft": draft_of(request.user, str(found.uid)),
    }
    return render(request, "portal/message_thread.html", context, status=422 if request.method == "POST" else 200)


def _sent(request, found: Thread, part: str) -> HttpResponse:
    """To the thread; the words after # tell the page's script which draft is done with."""
    messages.success(request, _("Sent. You are told when there is an answer."))
    return redirect(f"{reverse('portal:message_thread', args=[found.uid])}#sent-{part}")


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def file(request, uid) -> HttpResponse:
    """A file of one's own threads, to be saved."""
    own_record(request)
    return hand_out(request.user, uid)
