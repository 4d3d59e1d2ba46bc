"""The roll-call of a session, and who may document it. Notes: `clinical.views.documentation`."""

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Can, requires
from audit.models import Read
from clinical import services
from clinical.forms.session import RollCallRowForm, keep_up, place_refusal
from clinical.models import Attendance, GroupNote, ProgressNote
from clinical.queries import may_document
from clinical.services.attendance import held_minutes
from core.errors import Refusal
from patients.models import Patient
from patients.records import log_shown
from scheduling.models import Booking, Session
from scheduling.services.requests import excuses_of


def documented(request: HttpRequest, uid) -> Session:
    """The session, if the reader may document it (facilitates it or supervises somebody who does), else 404.

    A cancelled one has nobody booked any more and nothing to document: the views send its reader to its page.
    """
    sessions = Session.objects.visible_to(request.user).select_related("group__program", "room")
    session = get_object_or_404(sessions, uid=uid)
    if not session.is_cancelled and not may_document(request.user, session):
        raise Http404(_("There is no such page."))
    return session


def to_cancelled(request, session: Session):
    messages.info(request, _("This session was cancelled: there is nothing to document."))
    return redirect("dashboard:session", uid=session.uid)


def expected_of(request: HttpRequest, session: Session) -> tuple[list[Patient], int]:
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
    session = documented(request, uid)
    if session.is_cancelled:
        return to_cancelled(request, session)
    people, hidden = expected_of(request, session) if session.has_begun else ([], 0)
    possible = held_minutes(session, GroupNote.objects.filter(session=session).first())
    taken = {a.patient_id: a for a in Attendance.objects.filter(session=session).select_related("taken_by")}
    asked = excuses_of(session) if people else {}
    sealed = set(ProgressNote.objects.signed().filter(session=session).values_list("patient_id", flat=True))
    rows = [
        RollCallRowForm(
            request.POST or None,
            patient=person,
            possible=possible,
            attendance=taken.get(person.pk),
            sealed=person.pk in sealed,
            excuse=asked.get(person.pk),
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
            "possible": possible,
            "rows": rows,
            "to_take": sum(not form.sealed for form in rows),
            "hidden": hidden,
            "refusal": refusal,
            "errors": sum(bool(form.errors) for form in rows),
        },
        status=422 if request.method == "POST" else 200,
    )
