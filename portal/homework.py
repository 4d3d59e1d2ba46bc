"""What one has to do between sessions: the list, and one of it, where a worksheet is filled in, sent, and answered.

A worksheet saves itself as it is typed; without scripts the button does. Nothing typed is lost: what can't be kept comes back
with what was wrong, and what was saved elsewhere meanwhile is shown beside it.
"""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, requires
from clinical.services.daily import today_of
from core.errors import Refusal
from core.formats import time_format
from library import services
from library.forms_own import SheetForm
from library.models import Homework, Sheet
from library.pages import read_page
from library.queries import homework_of, rounds_of
from library.services.own import in_care, questions_of
from patients.models import Patient
from patients.records import own_record
from threads.pages import draft_of


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def index(request) -> HttpResponse:
    """To do, and done."""
    patient = own_record(request)
    context = {"section": "library", **homework_of(patient), "today": today_of(patient)}
    return render(request, "portal/homework.html", context)


def _own(patient: Patient, uid) -> Homework:
    rows = Homework.objects.filter(patient=patient).select_related("item__unit", "assigned_by", "patient__user")
    return get_object_or_404(rows, uid=uid)


@requires(Can.USE_PORTAL)
@never_cache
def sheet(request, uid) -> HttpResponse:
    """One of them: reading it, filling it in, sending it, saying that it is done."""
    patient = own_record(request)
    found = _own(patient, uid)
    draft = Sheet.objects.filter(homework=found).first()
    form = None
    if found.item.is_worksheet and not found.is_withdrawn:
        sent = request.POST if request.POST.get("deed") in ("save", "send") else None
        form = SheetForm(sent, questions=questions_of(found.item), sheet=draft)
    if request.method == "POST" and (done := _do(request, found, form)):
        return done
    rounds = rounds_of(found)
    if request.method == "GET" and found.news_at:
        services.read_news(homework=found)
    context = {
        "section": "library",
        "homework": found,
        **read_page(found.item),
        "recording_url": "portal:library_recording",
        "form": form,
        "draft": draft_of(request.user, str(found.uid)),
        "saved_at": draft.saved_at if draft else None,
        "rounds": rounds,
        "asked_again": bool(rounds and rounds[-1].replies and rounds[-1].replies[-1].again and found.is_to_do),
        "in_care": in_care(patient),
        "today": today_of(patient),
    }
    return render(request, "portal/homework_sheet.html", context, status=422 if request.method == "POST" else 200)


def _do(request, found: Homework, form: SheetForm | None) -> HttpResponse | None:
    """The deed the page asked for, and where it leads; None where its form has something to say."""
    deed = request.POST.get("deed", "")
    if deed == "done":
        services.mark_done(homework=found)
        messages.success(request, _("Done. You can take that back."))
        return redirect("portal:homework")
    if deed == "undone":
        services.take_back_done(homework=found)
        messages.success(request, _("It is among what is to be done again."))
        return redirect("portal:homework_sheet", found.uid)
    if form is None or not form.is_bound or not form.is_valid():
        return None
    try:
        saved = services.save_sheet(homework=found, answers=form.answers, version=form.cleaned_data["version"])
        form.goes_on_from(saved)
        if deed == "save":
            messages.success(request, _("Saved. Only you see it until you send it."))
            return redirect("portal:homework_sheet", found.uid)
        if not form.ask_for_missing():
            services.send_sheet(homework=found, answers=form.answers, version=saved.version)
            messages.success(request, _("Sent to your team. You are told when there is an answer."))
            return redirect("portal:homework_sheet", found.uid)
    except Refusal as refusal:
        if refusal.code == "changed":
            form.show_other(Sheet.objects.filter(homework=found).first())
        refusal.add_to(form)
    return None


@requires(Can.USE_PORTAL)
@require_POST
@never_cache
def save(request, uid) -> JsonResponse:
    """Keep a worksheet while it is being filled in. Answers {version, saved}; 409 with {code, message} when it can't be kept on
    the version the page has; 422 with {code, message} when something in it is wrong."""
    patient = own_record(request)
    found = _own(patient, uid)
    form = SheetForm(request.POST, questions=questions_of(found.item))
    if not form.is_valid():
        said = next((str(error) for errors in form.errors.values() for error in errors), "")
        return JsonResponse({"code": "invalid", "message": said}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        saved = services.save_sheet(homework=found, answers=form.answers, version=form.cleaned_data["version"])
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal.message)}, status=HTTPStatus.CONFLICT)
    at = time_format(timezone.localtime(), "g:i A")
    return JsonResponse({"version": saved.version, "saved": _("Saved at %(time)s.") % {"time": at}})
