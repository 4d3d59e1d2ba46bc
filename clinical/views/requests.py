"""Staff's pages of what people ask about their records: corrections to decide, reviews to make, one note to withhold."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, Role, requires
from audit.models import Read
from clinical.forms.amendments import DecideForm, LongerForm, ReplyForm, ReviewForm, WithholdForm
from clinical.models import AmendmentRequest, Document, ProgressNote, Withholding
from clinical.services import amendments, release
from core.errors import Refusal
from patients.records import log_shown, open_record

DONE_SHOWN = 20
_THINGS = ("note__session__group", "document__episode", "plan", "response")


@requires(Can.ANSWER_REQUESTS)
@require_safe
@never_cache
def index(request) -> HttpResponse:
    """What waits for an answer, what is due first first; what waits for a review; what was answered lately. Fixed queries."""
    mine = AmendmentRequest.objects.visible_to(request.user).select_related("patient", "program")
    waiting = list(mine.open())
    done = list(mine.filter(decided_at__isnull=False).order_by("-decided_at")[:DONE_SHOWN])
    withheld = Withholding.objects.visible_to(request.user).to_review().select_related("patient", "note", "document")
    reviews = [row for row in withheld if release.may_review(request.user, row)]
    # Whoever runs the program sees that a review waits, not what is withheld: they see to it that somebody can make it.
    overseen = [row for row in withheld if row not in reviews and Role.PROGRAM_ADMIN in request.user.roles]
    log_shown(request, [row.patient_id for row in (*waiting, *done, *reviews, *overseen)], Read.What.LIST)
    context = {
        "section": "care",
        "waiting": waiting,
        "done": done,
        "reviews": reviews,
        "overseen": overseen,
        "today": timezone.localdate(),
    }
    return render(request, "clinical/requests/index.html", context)


def _deeds(request, found: AmendmentRequest, forms: dict) -> str | None:
    """Do what was asked for, where its form has nothing to say; what to tell then."""
    deed = request.POST.get("deed", "")
    form = forms.get(deed)
    if form is None or not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        if deed == "longer":
            amendments.take_longer(request=found, by=request.user, **given)
        elif deed == "decide":
            amendments.decide(request=found, by=request.user, **given)
        else:
            amendments.reply(request=found, by=request.user, **given)
    except Refusal as refusal:
        refusal.add_to(form)
        return None
    return _("Saved, with your name and the day. They are told that there is an answer.")


@requires(Can.ANSWER_REQUESTS)
@never_cache
def request_page(request, uid) -> HttpResponse:
    """One request: what they ask, deciding, more time, replying."""
    rows = AmendmentRequest.objects.visible_to(request.user).select_related(
        "patient__user", "program", "decided_by", "extended_by", "addendum", *_THINGS
    )
    found = get_object_or_404(rows.prefetch_related("statements"), uid=uid)
    open_record(request, found.patient.uid, Read.What.DOCUMENT)
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    with_entry = found.about in ("note", "document") and amendments.may_add(request.user, found)
    forms = {
        "decide": DecideForm(request.POST if deed == "decide" else None, with_entry=with_entry),
        "longer": LongerForm(request.POST if deed == "longer" else None, prefix="longer"),
        "reply": ReplyForm(request.POST if deed == "reply" else None, prefix="reply"),
    }
    if request.method == "POST" and (said := _deeds(request, found, forms)):
        messages.success(request, said)
        return redirect("clinical:request", uid)
    statements = list(found.statements.all())
    kinds = {said.kind for said in statements}
    may_decide = amendments.may_decide(request.user, found)
    context = {
        "section": "care",
        "found": found,
        "statements": statements,
        "forms": forms,
        "may_decide": may_decide and found.is_open,
        "may_extend": may_decide and found.is_open and not found.extended_at and timezone.localdate() <= found.due_on,
        "may_reply": may_decide and kinds == {"disagreement"},
        "today": timezone.localdate(),
    }
    return render(request, "clinical/requests/request.html", context, status=422 if deed else 200)


def _sealed(request, uid) -> ProgressNote | Document:
    """The note or document, its reading on the record. 404 for whom it is not."""
    notes = ProgressNote.objects.visible_to(request.user).select_related("patient", "session__group")
    thing = notes.filter(uid=uid).first()
    if thing is None:
        documents = Document.objects.visible_to(request.user).select_related("patient", "episode")
        thing = get_object_or_404(documents, uid=uid)
    open_record(request, thing.patient.uid, Read.What.NOTE if hasattr(thing, "session") else Read.What.DOCUMENT)
    return thing


@requires(Can.WRITE_NOTES)
@never_cache
def withhold(request, uid) -> HttpResponse:
    """Withhold one sealed note or document from its person, see why it is withheld, decide a review, show it after all."""
    thing = _sealed(request, uid)
    may = release.may_withhold(request.user, thing)
    held = thing.withholdings.standing().select_related("by", "reviewed_by", "note", "document").first()
    may_review = bool(held and held.review_asked_at and not held.reviewed_at) and release.may_review(request.user, held)
    if not (may or may_review):
        raise Http404(_("There is no such page."))
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    form = WithholdForm(request.POST if deed == "withhold" else None)
    review = ReviewForm(request.POST if deed == "review" else None, prefix="review")
    try:
        if deed == "withhold" and form.is_valid():
            release.withhold(thing=thing, by=request.user, **form.cleaned_data)
            messages.success(
                request, _("They no longer read it. They are told that it is withheld, and on which ground.")
            )
            return redirect("clinical:withhold", uid)
        if deed == "lift" and held:
            release.lift(withholding=held, by=request.user)
            messages.success(request, _("They read it again."))
            return redirect("clinical:withhold", uid)
        if deed == "review" and held and review.is_valid():
            given = review.cleaned_data
            release.review(withholding=held, upheld=given["upheld"] == "yes", words=given["words"], by=request.user)
            messages.success(request, _("Decided. They are told."))
            return redirect("clinical:requests")
    except Refusal as refusal:
        if deed == "lift":
            messages.error(request, refusal.message)
            return redirect("clinical:withhold", uid)
        refusal.add_to(review if deed == "review" else form)
    context = {
        "section": "people",
        "thing": thing,
        "held": held,
        "form": form,
        "review": review,
        "may": may,
        "may_review": may_review,
        "before": list(thing.withholdings.exclude(lifted_at=None).select_related("by", "lifted_by")),
    }
    return render(request, "clinical/requests/withhold.html", context, status=422 if deed else 200)
