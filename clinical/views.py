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
from clinical.forms import AddendumForm, DraftForm, RollCallRowForm, SharedForm, drafts_of, place_refusal
from clinical.models import Attendance, GroupNote, ProgressNote
from clinical.services.notes import signature
from core.errors import Refusal
from patients.models import Patient
from patients.records import log_shown, open_record
from scheduling.models import Booking, Session


def _documented(request: HttpRequest, uid) -> Session:
    """The session, if the reader may document it (facilitates it or supervises somebody who does), else 404."""
    session = get_object_or_404(
        Session.objects.visible_to(request.user).select_related("group__program").distinct(), uid=uid
    )
    bookings = Booking.objects.live().filter(session=session, user__isnull=False).select_related("user__staff_profile")
    try:
        services.require_facilitator(bookings, request.user)
    except Refusal as refusal:
        raise Http404(refusal.message) from None
    return session


def _expected(request: HttpRequest, session: Session) -> list[Patient]:
    booked = Booking.objects.live().filter(session=session, patient__isnull=False).values("patient_id")
    return list(
        Patient.objects.visible_to(request.user)
        .filter(pk__in=booked)
        .order_by("legal_last_name", "legal_first_name", "pk")
    )


@requires(Can.TAKE_ATTENDANCE)
def roll_call(request, uid):
    """Attendance of everybody expected, on one page."""
    session = _documented(request, uid)
    people = _expected(request, session)
    taken = {a.patient_id: a for a in Attendance.objects.filter(session=session)}
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
    refusal = None
    if request.method == "POST" and all([form.is_valid() for form in rows]):
        lines = [line for form in rows if not form.sealed and (line := form.row())]
        try:
            services.take_attendance(session=session, rows=lines, by=request.user)
        except Refusal as caught:
            refusal = None if place_refusal(caught, {f.patient.pk: f for f in rows}) else caught
        else:
            missing = len(people) - len(lines) - len(sealed)
            if missing:
                messages.info(
                    request,
                    ngettext("Saved. %(n)s person is still open.", "Saved. %(n)s people are still open.", missing)
                    % {"n": missing},
                )
                return redirect("clinical:roll_call", uid=uid)
            messages.success(request, _("The roll-call is complete."))
            return redirect("clinical:notes", uid=uid)
    log_shown(request, [person.pk for person in people], Read.What.ROLL_CALL)
    return render(
        request,
        "clinical/roll_call.html",
        {
            "section": "week",
            "session": session,
            "rows": rows,
            "refusal": refusal,
            "errors": sum(bool(form.errors) for form in rows),
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.WRITE_NOTES)
def notes(request, uid):
    """The shared part, a text for each person who attended, and signing."""
    session = _documented(request, uid)
    people = _expected(request, session)
    attendances = {
        a.patient_id: a for a in Attendance.objects.filter(session=session, patient__in=people).select_related("patient")
    }
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
    rows = [
        DraftForm(data, attendance=a, note=written.get(person.pk))
        for person in people
        if (a := attendances.get(person.pk)) and a.attended
    ]
    refusal = None
    if data and shared.is_valid() and all([form.is_valid() for form in rows]):
        try:
            _save(request, session, shared, rows)
        except Refusal as caught:
            refusal = _placed(caught, shared, rows)
        else:
            _finish(request, session)
            return redirect("clinical:notes", uid=uid)
    log_shown(request, [person.pk for person in people], Read.What.NOTE)
    return render(
        request,
        "clinical/notes.html",
        {
            "section": "week",
            "session": session,
            "shared": shared,
            "rows": rows,
            "absent": [a for a in attendances.values() if not a.attended],
            "open_roll_call": len(people) - len(attendances),
            "unsigned": sum(not (form.note and form.note.is_signed) for form in rows),
            "refusal": refusal,
            "signature": signature(request.user),
        },
        status=422 if data else 200,
    )


@transaction.atomic
def _save(request, session: Session, shared: SharedForm, rows: list[DraftForm]) -> None:
    """Save what is on the page, all of it or nothing."""
    services.save_group_note(session=session, by=request.user, **shared.cleaned_data)
    services.save_drafts(session=session, drafts=drafts_of(rows), by=request.user)


def _placed(refusal: Refusal, shared: SharedForm, rows: list[DraftForm]) -> Refusal | None:
    """Put the refusal beside its field; it comes back when it belongs to the page. After "changed meanwhile" the newest
    version counts, so that saving again is a decision."""
    if refusal.code == "changed_meanwhile":
        for form in (shared, *rows):
            form.data = form.data.copy()
            form.data[form.add_prefix("version")] = form.note.version if form.note else 0
    if refusal.field in shared.fields:
        shared.add_error(refusal.field, refusal.message)
        return None
    return None if place_refusal(refusal, {form.patient.pk: form for form in rows}) else refusal


def _finish(request, session: Session) -> None:
    """Sign when asked (everything is saved by now), and tell what was signed and what the others lack."""
    if "sign" not in request.POST:
        messages.success(request, _("Saved as drafts."))
        return
    if not request.POST.get("confirm"):
        messages.error(request, _("Saved, not signed: tick that you have read the notes, then sign."))
        return
    try:
        outcome = services.sign_notes(session=session, by=request.user)
    except Refusal as refusal:
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
        {"section": "people", "note": found, "addenda": found.addenda.select_related("signed_by"), "form": form, "signature": signature(request.user)},
        status=422 if request.method == "POST" else 200,
    )
