"""What waits for a supervisor: read it, co-sign several at once, or return one for changes."""

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Can, requires
from accounts.proof import prove
from audit.models import Read
from clinical.forms.signing import ReasonForm
from clinical.models import Overrule
from clinical.queries_clock import Waiting, cosign_queue, late_of_team
from clinical.reading import Part, contents_of, of_shared, overrules_of
from clinical.services import cosigning
from clinical.services.sealing import signature
from core.errors import Refusal
from patients.records import log_shown, open_record

_READ = {"note": Read.What.NOTE, "document": Read.What.DOCUMENT, "plan": Read.What.PLAN}


@requires(Can.COSIGN)
def queue(request):
    """Everything that waits for the reader's co-signature: notes and documents whole, so that several are read and signed at
    once; a plan, which is long, on a page of its own."""
    waiting = cosign_queue(request.user)
    chosen = {w.key for w in waiting if f"sign-{w.key}" in request.POST}
    proof = refused = None
    if request.method == "POST":
        try:
            outcome = _cosign(request, [w for w in waiting if w.key in chosen])
        except Refusal as refusal:
            proof = refusal.message if refusal.field == "password" else None
            refused = None if proof else refusal.message
        else:
            _tell(request, outcome)
            return redirect("clinical:cosign")
    for kind, what in _READ.items():
        log_shown(request, [w.thing.patient_id for w in waiting if w.kind == kind], what)
    late, overruled = late_of_team(request.user), _overruled(waiting)
    log_shown(request, [line.patient.pk for line in late if line.patient], Read.What.LIST)
    return render(
        request,
        "clinical/cosign/queue.html",
        {
            "section": "home",
            "rows": [(w, *_shown(w), w.key in chosen, overruled.get(w.key, 0)) for w in waiting],
            "late": late,
            "refused": refused,
            "proof_error": proof,
            "signature": signature(request.user),
        },
        status=422 if request.method == "POST" else 200,
    )


def _overruled(waiting: list[Waiting]) -> dict[str, int]:
    """How many warnings the author overruled before signing, by `Waiting.key`: whoever co-signs is to see that. One query."""
    notes = [w.thing.pk for w in waiting if w.kind == "note"]
    counted = Overrule.objects.filter(note__in=notes).order_by().values_list("note").annotate(n=Count("pk"))
    return {f"note-{pk}": n for pk, n in counted} | {
        w.key: len(w.thing.seal.get("confirmed", ())) for w in waiting if w.kind == "document"
    }


def _shown(waiting: Waiting) -> tuple[list[Part], list[Part]]:
    """What the queue shows of it: its own parts and, of a note, the shared ones. No queries."""
    if waiting.kind == "plan":
        return [], []
    shared = [p for p in of_shared(waiting.thing) if p.text] if waiting.kind == "note" else []
    return [p for p in contents_of(waiting) if p not in shared], shared


def _cosign(request: HttpRequest, chosen: list[Waiting]) -> cosigning.CosignOutcome:
    """Co-sign what was ticked, each as its page showed it. Raises Refusal."""
    if not chosen:
        raise Refusal(_("Tick what you co-sign."), "nothing_chosen")
    prove(request)
    seen = {(w.kind, w.thing.pk): request.POST.get(f"seen-{w.key}", "") for w in chosen}
    return cosigning.cosign_all(things=[w.thing for w in chosen], by=request.user, seen=seen)


def _tell(request: HttpRequest, outcome: cosigning.CosignOutcome) -> None:
    if n := len(outcome.sealed):
        messages.success(
            request, ngettext("%(n)s is co-signed and sealed.", "%(n)s are co-signed and sealed.", n) % {"n": n}
        )
    if n := len(outcome.left):
        messages.warning(
            request,
            ngettext(
                "%(n)s changed since you read it: it is not signed.",
                "%(n)s changed since you read them: they are not signed.",
                n,
            )
            % {"n": n},
        )


def _waiting(request: HttpRequest, uid) -> Waiting:
    """What waits for the reader under this uid, its reading on the record. 404 for anything else."""
    found = next((w for w in cosign_queue(request.user) if w.thing.uid == uid), None)
    if found is None:
        raise Http404(_("There is no such page."))
    open_record(request, found.thing.patient.uid, _READ[found.kind])
    return found


@requires(Can.COSIGN)
def awaiting(request, uid):
    """One of them, whole: read, and co-sign it by itself."""
    found = _waiting(request, uid)
    proof = refused = None
    if request.method == "POST":
        try:
            outcome = _cosign(request, [found])
        except Refusal as refusal:
            proof = refusal.message if refusal.field == "password" else None
            refused = None if proof else refusal.message
        else:
            _tell(request, outcome)
            return redirect("clinical:cosign")
    return render(
        request,
        "clinical/cosign/awaiting.html",
        {
            "section": "home",
            "waiting": found,
            "contents": contents_of(found),
            "overrules": overrules_of(found.thing) if found.kind != "plan" else [],
            "refused": refused,
            "proof_error": proof,
            "signature": signature(request.user),
        },
        status=422 if request.method == "POST" else 200,
    )


@requires(Can.COSIGN)
def send_back(request, uid):
    """Return it to its author for changes, saying what is to be changed."""
    found = _waiting(request, uid)
    form = ReasonForm(
        request.POST or None,
        label=_("What is to be changed"),
        help_text=_("The author reads this beside the draft."),
    )
    if request.method == "POST" and form.is_valid():
        try:
            cosigning.send_back(thing=found.thing, reason=form.cleaned_data["reason"], by=request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("Returned to %(name)s.") % {"name": found.thing.author})
            return redirect("clinical:cosign")
    return render(
        request,
        "clinical/cosign/send_back.html",
        {"section": "home", "waiting": found, "form": form},
        status=422 if request.method == "POST" else 200,
    )
