"""One person's note: read, added to, taken back, voided; and the co-facilitator's signature under a session's notes."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import Can, Role, allows, requires
from accounts.proof import prove
from audit.models import Read
from clinical.forms.signing import AddendumForm
from clinical.models import Addendum, Participation, ProgressNote
from clinical.queries import may_document
from clinical.reading import of_note, of_own, overrules_of
from clinical.services import cosigning, signing
from clinical.services.amendments import beside
from clinical.services.sealing import signature
from clinical.views.sealed import add_entry, take_it_back, void_page
from core.errors import Refusal
from patients.records import log_shown, open_record
from scheduling.models import Session

_WHOLE = (
    "patient",
    "session__group__program",
    "attendance",
    "author",
    "signed_by",
    "cosigner",
    "returned_by",
    "voided_by",
)


def _found(request: HttpRequest, uid) -> ProgressNote:
    """The note, with what stands under it, its reading on the record. 404 for whom it is not."""
    found = get_object_or_404(
        ProgressNote.objects.visible_to(request.user).select_related(*_WHOLE, "plan_objective"), uid=uid
    )
    open_record(request, found.patient.uid, Read.What.NOTE)
    return found


def parts_of(note: ProgressNote) -> dict:
    """What stands under a note: entries, signatures, overruled warnings, and whether something corrects it. Three queries."""
    addenda = list(note.addenda.select_related("signed_by"))
    return {
        "addenda": addenda,
        "corrections": [a for a in addenda if a.kind == Addendum.Kind.CORRECTION],
        "countersignatures": list(note.countersignatures.order_by("at", "pk")),
        "overrules": overrules_of(note),
    }


def _held(found: ProgressNote) -> tuple[dt.datetime, dt.datetime] | None:
    """Start and stop as held, when they differ from the plan."""
    seal = found.seal or {}
    if "began_at" not in seal or (seal["began_at"], seal["stopped_at"]) == (seal["starts_at"], seal["ends_at"]):
        return None
    return dt.datetime.fromisoformat(seal["began_at"]), dt.datetime.fromisoformat(seal["stopped_at"])


def _participation(found: ProgressNote) -> str | None:
    """As it was sealed (a voided note's attendance may have changed since), in words; None: not rated."""
    rated = found.seal.get("participation") if found.is_signed else found.attendance.participation
    return None if rated is None else Participation(rated).label


@requires(Can.READ_NOTES)
def note(request, uid):
    """One person's note; once signed, with what was added to it."""
    found = _found(request, uid)
    form, proof = AddendumForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        done, proof = add_entry(request, found, form)
        if done:
            messages.success(request, _("The entry is signed."))
            return redirect("clinical:note", uid=uid)
    may_void = found.is_sealed and not found.is_void and Role.SUPERVISOR in request.user.roles
    return render(
        request,
        "clinical/note.html",
        {
            "section": "people",
            "note": found,
            "thing": found,
            "held": _held(found),
            "participation": _participation(found),
            "own_parts": [p for p in (of_note if found.is_signed else of_own)(found) if p.text],
            **parts_of(found),
            **beside(found, request.user),
            "form": form,
            "proof_error": proof,
            "signature": signature(request.user),
            "may_add": found.is_signed and not found.is_void and allows(request.user, Can.WRITE_NOTES),
            "may_void": may_void,
            "may_take_back": found.is_awaiting and found.signed_by_id == request.user.pk,
            "may_cosign": found.is_awaiting and cosigning.may_cosign(found, request.user),
            "may_open_session": Session.objects.visible_to(request.user).filter(pk=found.session_id).exists(),
            "may_document": not found.is_signed and may_document(request.user, found.session),
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.WRITE_NOTES)
@require_POST
def take_back(request, uid):
    """Make one's own note a draft again while it waits for the co-signature."""
    take_it_back(request, _found(request, uid))
    return redirect("clinical:note", uid=uid)


@requires(Can.COSIGN)
def void(request, uid):
    """Void a sealed note, with a reason and the supervisor's proof."""
    found = _found(request, uid)
    said = _("The note is voided. It stays readable, struck out; a new one can be written.")
    return void_page(request, found, "clinical/void.html", "clinical:note", said, note=found)


@requires(Can.WRITE_NOTES)
def countersign(request, uid):
    """The co-facilitator reads the session's signed notes and puts their name under all of them, once."""
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("group"), uid=uid)
    if not session.is_cancelled and not signing.may_countersign(request.user, session):
        raise Http404(_("There is no such page."))
    notes = [] if session.is_cancelled else signing.to_countersign(request.user, session)
    log_shown(request, [n.patient_id for n in notes], Read.What.NOTE)
    proof = refused = None
    if request.method == "POST":
        try:
            prove(request)
            seen = {n.pk: request.POST.get(f"seen-{n.pk}", "") for n in notes}
            signed = signing.countersign(session=session, by=request.user, seen=seen)
        except Refusal as refusal:
            proof = refusal.message if refusal.field == "password" else None
            refused = None if proof else refusal.message
        else:
            n = len(signed)
            messages.success(
                request,
                ngettext("Your name stands under %(n)s note.", "Your name stands under %(n)s notes.", n) % {"n": n},
            )
            return redirect("clinical:countersign", uid=uid)
    return render(
        request,
        "clinical/countersign.html",
        {
            "section": "week",
            "session": session,
            "notes": notes,
            "refused": refused,
            "proof_error": proof,
            "signature": signature(request.user),
        },
        status=422 if request.method == "POST" else 200,
    )
