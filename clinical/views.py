"""Pages of a session's record: roll-call, notes, one signed note."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Can, requires
from audit.models import Read
from clinical import services
from clinical.forms import (
    AddendumForm,
    DraftForm,
    RollCallRowForm,
    SharedForm,
    drafts_of,
    keep_up,
    place_refusal,
    see_newest,
)
from clinical.models import Attendance, GroupNote, ProgressNote
from clinical.queries import may_document
from clinical.services.notes import signature
from core.errors import Refusal
from patients.models import Patient
from patients.records import log_shown, open_record
from scheduling.models import Booking, Session


def _documented(request: HttpRequest, uid) -> Session:
    """The session, if the reader may document it (facilitates it or supervises somebody who does), else 404.

    A cancelled one has nobody booked any more and nothing to document: the views send its reader to its page.
    """
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("group__program"), uid=uid)
    if not session.is_cancelled and not may_document(request.user, session):
        raise Http404(_("There is no such page."))
    return session


def _to_cancelled(request, session: Session):
    messages.info(request, _("This session was cancelled: there is nothing to document."))
    return redirect("dashboard:session", uid=session.uid)


def _expected(request: HttpRequest, session: Session) -> tuple[list[Patient], int]:
    """Who is expected, by name, as far as the reader may know them; and how many more there are. Two queries."""
    booked = Booking.objects.live().filter(session=session, patient__isnull=False)
    people = list(
        Patient.objects.visible_to(request.user)
        .filter(pk__in=booked.values("patient_id"))
        .order_by("legal_last_name", "legal_first_name", "pk")
    )
    return people, booked.count() - len(people)


@requires(Can.TAKE_ATTENDANCE)
def roll_call(request, uid):
    """Attendance of everybody expected, on one page."""
    session = _documented(request, uid)
    if session.is_cancelled:
        return _to_cancelled(request, session)
    people, hidden = _expected(request, session) if session.has_begun else ([], 0)
    taken = {a.patient_id: a for a in Attendance.objects.filter(session=session).select_related("taken_by")}
    sealed = set(ProgressNote.objects.signed().filter(session=session).values_list("patient_id", flat=True))
    rows = [
        RollCallRowForm(
            request.POST or None,
            patient=person,
            session=session,
            attendance=taken.get(person.pk),
            sealed=person.pk in sealed,
        )
        for person in people
    ]
    refusal, valid = None, [form.is_valid() for form in rows]
    if request.method == "POST" and all(valid):
        lines = [line for form in rows if not form.sealed and (line := form.row())]
        try:
            services.take_attendance(session=session, rows=lines, by=request.user)
        except Refusal as caught:
            refusal = None if place_refusal(caught, {f.patient.pk: f for f in rows}) else caught
        else:
            if still_open := sum(form.is_open for form in rows):
                messages.info(
                    request,
                    ngettext("Saved. %(n)s person is still open.", "Saved. %(n)s people are still open.", still_open)
                    % {"n": still_open},
                )
                return redirect("clinical:roll_call", uid=uid)
            messages.success(request, _("The roll-call is complete.") if not hidden else _("Saved."))
            return redirect("clinical:notes", uid=uid)
    keep_up(rows)
    log_shown(request, [person.pk for person in people], Read.What.ROLL_CALL)
    return render(
        request,
        "clinical/roll_call.html",
        {
            "section": "week",
            "session": session,
            "rows": rows,
            "to_take": sum(not form.sealed for form in rows),
            "hidden": hidden,
            "refusal": refusal,
            "errors": sum(bool(form.errors) for form in rows),
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.WRITE_NOTES)
def notes(request, uid):
    """The shared part, a text for each person who attended, and signing."""
    session = _documented(request, uid)
    if session.is_cancelled:
        return _to_cancelled(request, session)
    people, hidden = _expected(request, session) if session.has_begun else ([], 0)
    attendances = {a.patient_id: a for a in Attendance.objects.filter(session=session, patient__in=people)}
    written = {
        n.patient_id: n
        for n in ProgressNote.objects.filter(session=session, patient__in=people).select_related("author", "signed_by")
    }
    data = request.POST or None
    shared = SharedForm(
        data,
        note=GroupNote.objects.filter(session=session).select_related("written_by").first(),
        topic=session.topic or session.group.topic,
    )
    attended = {pk for pk, a in attendances.items() if a.attended}
    # A page opened before somebody was found absent still brings a text of theirs: it comes back, with the reason.
    asked = attended | {p.pk for p in people if request.POST.get(f"p{p.pk}-text", "").strip()}
    rows = [
        DraftForm(data, patient=person, attendance=attendances.get(person.pk), note=written.get(person.pk))
        for person in people
        if person.pk in asked
    ]
    absent = [(p, attendances[p.pk]) for p in people if p.pk in attendances and p.pk not in asked]
    refusal, valid = None, [form.is_valid() for form in (shared, *rows)]
    if request.method == "POST" and all(valid):
        try:
            _save(request, session, shared, rows)
        except Refusal as caught:
            refusal = _placed(caught, shared, rows)
        else:
            _finish(request, session, shared, rows)
            return redirect("clinical:notes", uid=uid)
    keep_up((shared, *rows))
    log_shown(request, [form.patient.pk for form in rows] + [person.pk for person, _a in absent], Read.What.NOTE)
    return render(
        request,
        "clinical/notes.html",
        {
            "section": "week",
            "session": session,
            "shared": shared,
            "rows": rows,
            "absent": absent,
            "hidden": hidden,
            "open_roll_call": len(people) - len(attendances),
            "unsigned": sum(not form.is_signed for form in rows),
            "refusal": refusal,
            "errors": bool(shared.errors) or any(form.errors for form in rows),
            "signature": signature(request.user),
        },
        status=422 if request.method == "POST" else 200,
    )


@transaction.atomic
def _save(request, session: Session, shared: SharedForm, rows: list[DraftForm]) -> None:
    """Save what was touched on the page, all of it or nothing."""
    if shared.deed:
        services.save_group_note(session=session, by=request.user, **shared.deed)
    services.save_drafts(session=session, drafts=drafts_of(rows), by=request.user)


def _placed(refusal: Refusal, shared: SharedForm, rows: list[DraftForm]) -> Refusal | None:
    """Put the refusal beside its field; it comes back when it belongs to the page."""
    if refusal.field in shared.fields:
        refusal.add_to(shared)
        if refusal.code == "changed_meanwhile":
            see_newest(shared)
        return None
    return None if place_refusal(refusal, {form.patient.pk: form for form in rows}) else refusal


def _finish(request, session: Session, shared: SharedForm, rows: list[DraftForm]) -> None:
    """Sign when asked (everything is saved by now), and tell what was signed and what the others lack."""
    if "sign" not in request.POST:
        messages.success(request, _("Saved as drafts."))
        return
    if not request.POST.get("confirm"):
        messages.error(request, _("Saved, not signed: tick that you have read the notes, then sign."))
        return
    seen = services.Seen(shared.read_version, {form.patient.pk: form.read_version for form in rows})
    try:
        outcome = services.sign_notes(session=session, by=request.user, seen=seen)
    except Refusal as refusal:
        if refusal.code == "nothing_to_sign" and rows:
            messages.info(request, _("These notes are signed already."))
        else:
            messages.error(request, _("Saved, not signed. %(why)s") % {"why": refusal.message})
        return
    if outcome.signed:
        n = len(outcome.signed)
        messages.success(
            request, ngettext("%(n)s note is signed and sealed.", "%(n)s notes are signed and sealed.", n) % {"n": n}
        )
    for person, lack in outcome.left:
        messages.warning(request, _("%(name)s stays a draft: %(lack)s.") % {"name": person, "lack": lack})


@requires(Can.READ_NOTES)
def note(request, uid):
    """One person's note; once signed, with its addenda."""
    found = get_object_or_404(
        ProgressNote.objects.visible_to(request.user).select_related(
            "patient", "session__group", "attendance", "author", "signed_by"
        ),
        uid=uid,
    )
    open_record(request, found.patient.uid, Read.What.NOTE)
    form = AddendumForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_addendum(note=found, text=form.cleaned_data["text"], by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("The addendum is signed."))
            return redirect("clinical:note", uid=uid)
    return render(
        request,
        "clinical/note.html",
        {
            "section": "people",
            "note": found,
            "addenda": found.addenda.select_related("signed_by"),
            "form": form,
            "signature": signature(request.user),
            "may_open_session": Session.objects.visible_to(request.user).filter(pk=found.session_id).exists(),
            "may_document": not found.is_signed and may_document(request.user, found.session),
        },
        status=422 if request.method == "POST" else 200,
    )
