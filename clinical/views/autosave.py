"""What the documentation page asks by itself: to save a part, how each part stands, what stands in the way of signing."""

from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Can, requires
from audit.models import Read
from clinical.forms.documentation import Part, RowForm
from clinical.queries_documentation import versions_of
from clinical.services.documentation import save_rows, save_shared
from clinical.views.documentation import Page, page_of, warned_of
from clinical.views.documentation_keys import of_somebody_else
from clinical.views.session import documented, expected_of
from core.errors import Refusal
from core.formats import time_format
from patients.records import log_shown

SHARED = "shared"


def _asked(request, given: str) -> set[str]:
    """Parts named in a request: "shared", patients' ids."""
    return {part for part in given.split(",") if part == SHARED or (part.isdecimal() and len(part) < 10)}


def _ids(parts: set[str]) -> set[int]:
    return {int(part) for part in parts if part != SHARED}


@requires(Can.WRITE_NOTES)
@require_POST
def autosave(request, uid):
    """Save parts of the page. parts: which ones ("shared,12"); their fields as the page's form has them.

    Each part is saved or not by itself. Answers {"at", "parts": {part: {"ok", "fields", …}}}: 200 when all are saved, 409 when
    somebody else saved one meanwhile (it brings what is stored), 422 when one cannot be saved as it is, 403 when the page was
    opened by somebody else than who is signed in now.
    """
    session = documented(request, uid)
    if refused := of_somebody_else(request, 403):
        return refused
    parts = _asked(request, request.POST.get("parts", ""))
    page = page_of(request, session, request.POST, only=_ids(parts))
    answers = {}
    if SHARED in parts:
        answers[SHARED] = _save_shared(request, page)
    answers |= _save_rows(request, page)
    known = {str(pk) for pk in page.by_patient}
    for part in parts - known - {SHARED}:
        answers[part] = {"ok": False, "message": _("They are not expected at this session any more.")}
    _bring_newest(request, session, answers)
    log_shown(request, [p.pk for p in page.people if answers[str(p.pk)].get("conflict")], Read.What.NOTE)
    status = 409 if any(a.get("conflict") for a in answers.values()) else 200
    if status == 200 and not all(a["ok"] for a in answers.values()):
        status = 422
    at = time_format(timezone.localtime(), "g:i A")
    return JsonResponse({"at": at, "parts": answers}, status=status)


def _errors(form: Part) -> dict:
    return {form.add_prefix(name): [str(e) for e in errors] for name, errors in form.errors.items()}


def _refused(form: Part, refusal: Refusal) -> dict:
    return {
        "ok": False,
        "code": refusal.code,
        "message": str(refusal.message),
        "conflict": refusal.code == "changed_meanwhile",
    }


def _invalid(form: Part) -> dict:
    first = next((str(e) for errors in form.errors.values() for e in errors), "")
    return {"ok": False, "code": "invalid", "message": first, "errors": _errors(form)}


def _save_shared(request, page: Page) -> dict:
    form = page.shared
    if not form.is_valid():
        return _invalid(form)
    try:
        if values := form.values():
            version = form.cleaned_data["version"]
            save_shared(session=page.session, values=values, version=version, by=request.user)
    except Refusal as refusal:
        return _refused(form, refusal)
    return {"ok": True}


def _save_rows(request, page: Page) -> dict[str, dict]:
    """All at once; one by one when something stands in the way of one of them."""
    answers = {str(form.patient.pk): {"ok": True} for form in page.rows}
    valid = []
    for form in page.rows:
        if form.is_valid():
            valid.append(form)
        else:
            answers[str(form.patient.pk)] = _invalid(form)
    rows = [(form, row) for form in valid if (row := form.row())]
    try:
        if rows:
            save_rows(session=page.session, rows=[row for _form, row in rows], by=request.user)
    except Refusal:
        for form, row in rows:
            try:
                save_rows(session=page.session, rows=[row], by=request.user)
            except Refusal as refusal:
                answers[str(form.patient.pk)] = _refused(form, refusal)
    return answers


def _bring_newest(request, session, answers: dict[str, dict]) -> None:
    """Add to each answer what its page is to send back from now on, and what is stored when somebody else saved it."""
    page = page_of(request, session, only=_ids(set(answers)))
    for part, form in _forms(page).items():
        if part in answers:
            answers[part] |= {"fields": form.hidden()}
            if answers[part].get("conflict"):
                answers[part] |= _stored(form)


def _forms(page: Page) -> dict[str, Part]:
    return {SHARED: page.shared, **{str(pk): form for pk, form in page.by_patient.items()}}


def _stored(form: Part) -> dict:
    writer = ""
    if form.note:
        writer = str(form.note.author if isinstance(form, RowForm) else form.note.written_by)
    return {"theirs": form.stored(), "by": writer, "fields": form.hidden()}


@requires(Can.WRITE_NOTES)
@require_GET
def versions(request, uid):
    """How each part stands, for a page that looks now and then. parts: of these, what is stored comes too."""
    session = documented(request, uid)
    people, _hidden = expected_of(request, session)
    answer = versions_of(session, [p.pk for p in people])
    if parts := _asked(request, request.GET.get("parts", "")):
        page = page_of(request, session, only=_ids(parts))
        answer["stored"] = {part: _stored(form) for part, form in _forms(page).items() if part in parts}
        log_shown(request, [p.pk for p in page.people], Read.What.NOTE)
    return JsonResponse(answer)


@requires(Can.WRITE_NOTES)
@require_GET
def check(request, uid):
    """What stands in the way of signing what is stored now, as the fragment that the page has."""
    session = documented(request, uid)
    page = page_of(request, session)
    warned = warned_of(request, page)
    log_shown(request, {w.patient_id for w in warned if w.patient_id}, Read.What.NOTE)
    names = {form.patient.pk: form.patient.name for form in page.rows}
    return render(request, "clinical/_warnings.html", {"warned": warned, "names": names})
