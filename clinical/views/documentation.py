"""The documentation of a session on one screen: the shared part, a row for each person, signing. Plain forms; with scripts it
saves itself (`clinical.views.autosave`)."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Can, requires
from accounts.proof import prove
from audit.models import Read
from clinical.forms.documentation import RowForm, SharedForm, rows_of
from clinical.forms.session import keep_up, place_refusal, see_newest
from clinical.models import Attendance, FollowUp, GroupNote, ProgressNote, Risk
from clinical.queries_documentation import alerts_of, objectives_of, phrases_of
from clinical.services import signing
from clinical.services.attendance import held_minutes
from clinical.services.documentation import save_rows, save_shared
from clinical.services.guards import Warned, warnings_of
from clinical.services.proposals import FromRoom, read_room, with_excuses
from clinical.services.risk import raise_from_draft
from clinical.services.sealing import signature
from clinical.services.signing import Seen
from clinical.templatetags.clinical_notes import overrule_name
from clinical.views.documentation_keys import draft_key, who
from clinical.views.session import documented, expected_of, to_cancelled
from core.errors import Refusal
from patients.models import Patient
from patients.records import log_shown
from scheduling.models import Session
from scheduling.services.requests import excuses_of

# What a leader marks in one click from somebody's row (FIELD: quiet-member follow-up as a task).
MARKED = (FollowUp.Reason.QUIET, FollowUp.Reason.WITHDRAWN, FollowUp.Reason.DISTRESSED)


@dataclass(slots=True)
class Page:
    """The forms of a session's documentation, as far as the reader may know the people."""

    session: Session
    people: list[Patient]
    hidden: int
    shared: SharedForm
    rows: list[RowForm] = field(default_factory=list)

    @property
    def parts(self) -> list:
        return [self.shared, *self.rows]

    @property
    def by_patient(self) -> dict[int, RowForm]:
        return {form.patient.pk: form for form in self.rows}

    @property
    def unsigned(self) -> int:
        """Rows that still ask for something: neither signed nor absent."""
        return sum(not form.is_signed and not form.is_absent for form in self.rows)


def page_of(
    request: HttpRequest, session: Session, data=None, only: set[int] | None = None, *, with_room: bool = False
) -> Page:
    """The forms, bound to `data` when there is any. only: rows of these patients (ids). with_room: with what the room proposes.

    Six queries for any number of people, one more for what was asked ahead and nine for the room of a session that is over.
    """
    people, hidden = expected_of(request, session) if session.has_begun else ([], 0)
    people = [p for p in people if only is None or p.pk in only]
    attendances = {a.patient_id: a for a in Attendance.objects.filter(session=session, patient__in=people)}
    written = {
        n.patient_id: n
        for n in ProgressNote.objects.standing()
        .filter(session=session, patient__in=people)
        .select_related("author", "signed_by", "plan_objective")
    }
    note = GroupNote.objects.filter(session=session).select_related("written_by").first()
    objectives = objectives_of(people)
    room = FromRoom()
    if with_room:
        room = read_room(session, [p.pk for p in people], held_minutes(session, note))
        room = with_excuses(room, excuses_of(session), [p.pk for p in people])
    topic = session.topic or session.group.topic
    shared = SharedForm(data, note=note, session=session, topic=topic, proposed=room.shared)
    possible = shared.possible()
    rows = [
        RowForm(
            data,
            patient=person,
            attendance=attendances.get(person.pk),
            note=written.get(person.pk),
            possible=possible,
            objectives=objectives.get(person.pk, []),
            proposal=room.people.get(person.pk),
        )
        for person in people
    ]
    return Page(session, people, hidden, shared, rows)


@requires(Can.WRITE_NOTES)
def notes(request, uid):
    """The shared part, a row for each person, and signing. A POST saves all of it or nothing, and signs when asked."""
    session = documented(request, uid)
    if session.is_cancelled:
        return to_cancelled(request, session)
    page = page_of(request, session, request.POST or None, with_room=True)
    refusal = proof = None
    valid = [form.is_valid() for form in page.parts]  # each, so that every error is shown
    if request.method == "POST" and all(valid):
        try:
            _save(request, page)
        except Refusal as caught:
            refusal = _placed(caught, page)
        else:
            proof = _finish(request, page)
            if proof is None:
                return redirect("clinical:notes", uid=uid)
            page = page_of(request, session, with_room=True)  # it is saved: shown as it is stored now
    keep_up(page.parts)
    log_shown(request, [person.pk for person in page.people], Read.What.NOTE)
    return render(
        request,
        "clinical/notes.html",
        _context(request, page) | {"refusal": refusal, "proof_error": proof},
        status=422 if request.method == "POST" else 200,
    )


def _context(request: HttpRequest, page: Page) -> dict:
    session = page.session
    warned = warned_of(request, page) if session.is_over and page.unsigned else []
    about = {pk: [w for w in warned if w.patient_id == pk] for pk in page.by_patient}
    alerts = alerts_of(form.note for form in page.rows if form.note)
    for pk, form in page.by_patient.items():
        form.alert = alerts.get(pk)
    return {
        "section": "week",
        "session": session,
        "shared": page.shared,
        "rows": [(form, about[form.patient.pk]) for form in page.rows],
        "hidden": page.hidden,
        "unsigned": page.unsigned,
        "proposed": sum(form.is_proposed for form in page.rows),
        "present": [form for form in page.rows if not form.is_absent],
        "warned": warned,
        "names": {form.patient.pk: form.patient.name for form in page.rows},
        "errors": any(form.errors for form in page.parts if form.is_bound),
        "signature": signature(request.user),
        "marks": MARKED,
        "phrases": phrases_of(request.user),
        "draft_key": draft_key(request.user, session),
        "who": who(request.user),
    }


def warned_of(request: HttpRequest, page: Page) -> list[Warned]:
    """Warnings about what is written: of the shared part once there is one, of whoever has a note begun."""
    begun = {form.patient.pk for form in page.rows if form.note}
    if not begun:
        return []
    # A topic that the page proposes is saved with the first words of the shared part.
    proposed = {"topic"} if page.shared.note is None and page.shared["topic"].value() else set()
    return [
        w
        for w in warnings_of(page.session, request.user)
        if w.patient_id in begun or (w.patient_id is None and not (w.guard == "shared" and w.field in proposed))
    ]


@transaction.atomic
def _save(request, page: Page) -> None:
    """Save what was touched on the page, all of it or nothing."""
    if values := page.shared.values():
        version = page.shared.cleaned_data["version"]
        save_shared(session=page.session, values=values, version=version, by=request.user)
    save_rows(session=page.session, rows=rows_of(page.rows), by=request.user)


def _placed(refusal: Refusal, page: Page) -> Refusal | None:
    """Put the refusal beside its field; it comes back when it belongs to the page."""
    if refusal.field in page.shared.fields:
        refusal.add_to(page.shared)
        if refusal.code == "changed_meanwhile":
            see_newest(page.shared)
        return None
    return None if place_refusal(refusal, page.by_patient) else refusal


def overrules_of(request: HttpRequest, warned: list[Warned]) -> dict[tuple[int | None, str, str], str]:
    """The reasons that came with the page, by the warnings they are about."""
    given = {w.key: request.POST.get(overrule_name(w), "") for w in warned if w.may_overrule}
    return {key: reason.strip() for key, reason in given.items() if reason.strip()}


def _finish(request, page: Page) -> str | None:
    """Sign when asked (everything is saved by now), and tell what was signed and what the others lack.

    Returns why the sender was not proven to be who they are; None when that was not the trouble."""
    if "alert" in request.POST:
        _raise_alert(request, page)
        return None
    if "sign" not in request.POST and not request.POST.get("passkey"):
        messages.success(request, _("Saved as drafts."))
        return None
    try:
        if not page.session.is_over:
            raise Refusal(_("Notes can be signed once the session is over."), "not_over")
        prove(request)
        outcome = _sign(request, page)
    except Refusal as refusal:
        if refusal.field == "password":
            return refusal.message
        if refusal.code == "nothing_to_sign" and page.rows:
            messages.info(request, _("These notes are signed already."))
        else:
            messages.error(request, _("Saved, not signed. %(why)s") % {"why": refusal.message})
        return None
    if outcome.signed:
        n = len(outcome.signed)
        messages.success(request, ngettext("%(n)s note is signed.", "%(n)s notes are signed.", n) % {"n": n})
    for person in outcome.alerted:
        messages.info(request, alerted(person))
    _tell_left(request, outcome.left)
    return None


def _tell_left(request: HttpRequest, left: list[tuple[Patient, str]]) -> None:
    """Whose notes stay drafts and what they lack: those who lack the same in one sentence."""
    by_lack: dict[str, list[str]] = {}
    for person, lack in left:
        by_lack.setdefault(lack, []).append(str(person))
    for lack, names in by_lack.items():
        words = {"n": len(names), "name": ", ".join(names), "lack": lack}
        said = ngettext(
            "%(name)s stays a draft: %(lack)s.", "%(n)s notes stay drafts (%(lack)s): %(name)s.", len(names)
        )
        messages.warning(request, said % words)


def alerted(person: Patient) -> str:
    """That an alert is open since risk was reported, for whoever wrote it."""
    return _("Risk reported for %(name)s: the primary clinician and whoever is on call are told.") % {
        "name": person.name
    }


def _raise_alert(request: HttpRequest, page: Page) -> None:
    """Tell the team now of the risk in somebody's draft, which is saved by now."""
    asked = request.POST["alert"]
    form = page.by_patient.get(int(asked)) if asked.isdecimal() else None
    drafts = ProgressNote.objects.standing().filter(session=page.session, signed_at=None, risk=Risk.REPORTED)
    note = form and drafts.filter(patient=form.patient).select_related("patient", "attendance__episode").first()
    try:
        if note is None:
            raise Refusal(_("Say first that risk was reported."), "risk")
        raise_from_draft(note=note, by=request.user)
    except Refusal as refusal:
        messages.error(request, _("Saved, and nobody is told yet. %(why)s") % {"why": refusal.message})
    else:
        messages.success(request, alerted(note.patient))


def _sign(request: HttpRequest, page: Page) -> signing.SignOutcome:
    """Sign what the reader had before them, with their reasons for the warnings that are wrong."""
    seen = Seen(page.shared.read_version, {form.patient.pk: form.read_version for form in page.rows if form.is_sent})
    warned = warnings_of(page.session, request.user)
    return signing.sign_notes(session=page.session, by=request.user, seen=seen, overrules=overrules_of(request, warned))
