"""Pages of a person's record: what there is, one document, writing and signing it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Can, Role, allows, requires
from accounts.proof import prove
from audit.models import Read
from clinical import queries_documents as queries
from clinical.forms.documents import DocumentForm, StartForm, TemplateForm
from clinical.forms.signing import AddendumForm
from clinical.models import Addendum, ClinicalPolicy, Document, Kind, Level, Risk, Template
from clinical.reading import overrules_of
from clinical.sections import DISCHARGE_TYPES, PLANS, TEMPLATED, sections_of
from clinical.services import documents as services
from clinical.services.amendments import beside
from clinical.services.diagnoses import current_diagnoses
from clinical.services.document_guards import CONFIRMABLE, lacks
from clinical.services.medications import current_medications
from clinical.services.risk import alert_of_note, raise_from_draft
from clinical.services.sealing import cosigner_of, signature
from clinical.views.documentation import alerted
from clinical.views.documentation_keys import draft_key, of_somebody_else, who
from clinical.views.sealed import add_entry
from core.errors import Refusal
from core.formats import time_format
from patients.records import log_shown, open_record
from scheduling.models import Appointment
from scheduling.services.appointments.single import may_record
from scheduling.views.common import form_status

ON_PAGE = 20


def _asked_kind(request) -> str:
    """The kind in the address, as its number: an address holds no clinical word. "" for all."""
    number = request.GET.get("kind", "")
    kinds = list(Kind)
    return kinds[int(number) - 1] if number.isdecimal() and len(number) < 3 and 0 < int(number) <= len(kinds) else ""


@requires(Can.READ_NOTES)
@require_safe
def record(request, uid):
    """The record of a person: documents, the newest first, diagnoses, medications, plans."""
    patient = open_record(request, uid, Read.What.DOCUMENT)
    kind = _asked_kind(request)
    page = Paginator(queries.documents_of(request.user, patient, kind), ON_PAGE).get_page(request.GET.get("page"))
    plans = queries.plans_of(patient)
    return render(
        request,
        "clinical/documents/record.html",
        {
            "section": "people",
            "patient": patient,
            "page": page,
            "kinds": queries.kinds_of(patient),
            "kind": kind,
            "keep": f"&kind={list(Kind).index(kind) + 1}" if kind else "",
            "diagnoses": current_diagnoses(patient),
            "medications": current_medications(patient),
            "plans": [(Kind(k), plans[k]["in_force"], plans[k]["open"]) for k in PLANS],
        },
    )


@requires(Can.WRITE_NOTES)
def start(request, uid):
    """Choose what to write about somebody, and begin it."""
    patient = open_record(request, uid, Read.What.DOCUMENT)
    form = StartForm(request.POST or None, template="" if request.POST else services.last_template(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            document = services.start_document(
                patient=patient, kind=form.cleaned_data["kind"], template=form.asked_template, by=request.user
            )
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            return redirect(_page_of(document))
    return render(
        request,
        "clinical/documents/start.html",
        {
            "section": "people",
            "patient": patient,
            "form": form,
            "waiting": queries.appointments_without_note(request.user, patient),
        },
        status=form_status(request),
    )


def _page_of(document: Document) -> str:
    name = "clinical:document" if document.is_signed else "clinical:edit_document"
    return reverse(name, args=[document.uid])


@requires(Can.WRITE_NOTES)
def appointment(request, uid):
    """The note of an appointment: the one there is, else a page to begin it. Its provider's, and who supervises them."""
    found = get_object_or_404(
        Appointment.objects.visible_to(request.user).select_related("patient", "episode", "provider"), uid=uid
    )
    open_record(request, found.patient.uid, Read.What.DOCUMENT)
    document = Document.objects.standing().filter(appointment=found).first()
    if document is not None:
        return redirect(_page_of(document))
    if not may_record(request.user, found):
        raise Http404(_("There is no such page."))
    form = TemplateForm(request.POST or None, initial={"template": services.last_template(request.user)})
    try:
        services.require_documentable(found)
        if request.method == "POST" and form.is_valid():
            template = form.cleaned_data["template"]
            return redirect(
                _page_of(services.document_appointment(appointment=found, by=request.user, template=template))
            )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("scheduling:appointment", uid=uid)
    context = {"section": "people", "appointment": found, "form": form, "has_template": found.kind in TEMPLATED}
    return render(request, "clinical/documents/appointment.html", context, status=form_status(request))


def _visible(request, uid, log: bool = True) -> Document:
    """The document, on the record as read; 404 when the reader may not know of it."""
    found = get_object_or_404(
        Document.objects.visible_to(request.user).select_related(
            "patient",
            "episode__program",
            "appointment__provider",
            "author__staff_profile",
            "cosigner",
            "returned_by",
        ),
        uid=uid,
    )
    if log:
        log_shown(request, [found.patient_id], Read.What.DOCUMENT)
    return found


@requires(Can.READ_NOTES)
def document(request, uid):
    """One document as it reads: sealed, or how far its draft is; adding to it once it is signed."""
    found = _visible(request, uid)
    form, proof = AddendumForm(request.POST or None), None
    may_add = found.is_signed and not found.is_void and allows(request.user, Can.WRITE_NOTES)
    if request.method == "POST" and may_add and form.is_valid():
        done, proof = add_entry(request, found, form)
        if done:
            messages.success(request, _("The entry is signed."))
            return redirect("clinical:document", uid=uid)
    shown = [
        (s, text) for s in sections_of(found.kind, found.template) if (text := found.sections.get(s.key)) or s.required
    ]
    addenda = list(found.addenda.select_related("signed_by"))
    return render(
        request,
        "clinical/documents/document.html",
        {
            "section": "people",
            "document": found,
            "thing": found,
            "shown": shown,
            "worked_on": found.worked_on.select_related("objective"),
            "addenda": addenda,
            "overrules": overrules_of(found) if found.is_signed else [],
            **beside(found, request.user),
            "corrections": [a for a in addenda if a.kind == Addendum.Kind.CORRECTION],
            "discharge_type": dict(DISCHARGE_TYPES).get(found.facts.get("type", ""), ""),
            "discharged_on": parse_date(found.facts.get("discharged_on", "")),
            "is_plan": found.kind in PLANS,
            "crisis_phone": _crisis_phone(found),
            "may_write": not found.is_signed and services.may_write(request.user, found),
            "is_newest": found.kind in PLANS and services.in_force(found.patient, found.kind) == found,
            "form": form,
            "proof_error": proof,
            "signature": signature(request.user),
            "may_add": may_add,
            "may_void": found.is_sealed and not found.is_void and Role.SUPERVISOR in request.user.roles,
            "may_take_back": found.is_awaiting and found.signed_by_id == request.user.pk,
        },
        status=form_status(request),
    )


def _crisis_phone(document: Document) -> str:
    return ClinicalPolicy.of(document.episode.program_id).crisis_phone if document.kind in PLANS else ""


@requires(Can.WRITE_NOTES)
@never_cache
def edit(request, uid):
    """Write a draft; sign it."""
    found = _visible(request, uid)
    if found.is_signed:
        if request.method == "POST":
            messages.error(request, _("This is signed: it stays as it is. Add an addendum instead."))
        return redirect("clinical:document", uid=uid)
    if not services.may_write(request.user, found):
        raise Http404(_("There is no such page."))
    form = DocumentForm(request.POST or None, document=found, objectives=_objectives(found))
    sign_error, confirm, saved = "", False, False
    if request.method == "POST" and form.is_valid():
        try:
            found = services.save_document(
                document=found, content=form.content, version=form.cleaned_data["version"], by=request.user
            )
            form.keep_up(found)
            saved = True
            if answer := _besides(request, found):
                return answer
            if not _wants_to_sign(request):
                messages.success(request, _("Saved as a draft."))
                return redirect("clinical:edit_document", uid=uid)
            sign_error, confirm = _sign(request, found, form)
            if not sign_error and not form.errors:
                return redirect("clinical:document", uid=uid)
        except Refusal as refusal:
            if refusal.code in ("gone", "signed"):
                messages.error(request, refusal.message)
                return redirect("clinical:record", uid=found.patient.uid)
            form.place(refusal)
            if refusal.code == "changed_meanwhile":
                form.document = found = _visible(request, uid, log=False)
                form.keep_up(found)
    return render(
        request,
        "clinical/documents/edit.html",
        {
            "section": "people",
            "document": found,
            "form": form,
            "is_plan": found.kind in PLANS,
            "crisis_phone": _crisis_phone(found),
            "templates": Template.choices if found.template else [],
            "signature": signature(request.user),
            "needs_cosignature": cosigner_of(request.user),
            "alert": alert_of_note(found) if found.risk == Risk.REPORTED else None,
            "sign_error": sign_error,
            "confirm": confirm,
            "draft_key": draft_key(request.user, found),
            "who": who(request.user),
            "saved": saved,
        },
        status=form_status(request),
    )


def _objectives(document: Document) -> list:
    return services.objectives_for(document) if document.is_visit else []


def _wants_to_sign(request) -> bool:
    """The button, or Enter in the field of the password."""
    return "sign" in request.POST or ("enter" in request.POST and bool(request.POST.get("password")))


def _besides(request, document: Document):
    """What else a draft's page offers once it is saved: another template, the record's facts once more. None when not asked."""
    if "switch" in request.POST:
        services.change_template(
            document=document, template=request.POST.get("template", ""), version=document.version, by=request.user
        )
    elif "refill" in request.POST:
        services.refill_discharge(document=document, version=document.version, by=request.user)
        messages.success(request, _("The parts from the record are put together anew."))
    elif "alert" in request.POST:
        level = Level.HIGH if document.kind == Kind.CRISIS else Level.MODERATE
        raise_from_draft(note=document, by=request.user, level=level)
        messages.success(request, alerted(document.patient))
    else:
        return None
    return redirect("clinical:edit_document", uid=document.uid)


def _sign(request, document: Document, form: DocumentForm) -> tuple[str, bool]:
    """Sign what is saved by now. Returns what is wrong with the proof ("": nothing), and whether to ask for a confirmation."""
    confirmed = bool(request.POST.get("confirmed"))
    found = lacks(document)
    asks = any(lack.code in CONFIRMABLE for lack in found)
    for lack in found:
        if lack.code not in CONFIRMABLE or not confirmed:
            form.place(lack)
    if form.errors:
        return "", asks
    try:
        prove(request)
    except Refusal as refusal:
        return refusal.message, asks
    signed = services.sign_document(document=document, version=document.version, confirmed=confirmed, by=request.user)
    if signed.is_sealed:
        messages.success(request, _("It is signed and sealed."))
    else:
        messages.success(
            request, _("It is signed, and waits for the co-signature of %(name)s.") % {"name": signed.cosigner}
        )
    if signed.risk == Risk.REPORTED:
        messages.info(request, alerted(signed.patient))
    return "", False


@requires(Can.WRITE_NOTES)
@require_POST
@never_cache
def autosave(request, uid):
    """Save a draft while it is being written. Answers {version, saved}; 409 with {code, message} when it can't be saved.

    What can't be read yet (half a time) stays as it is stored: the texts are saved all the same.
    """
    found = _visible(request, uid)
    if not services.may_write(request.user, found):
        raise Http404(_("There is no such page."))
    if refused := of_somebody_else(request, 409):
        return refused
    form = DocumentForm(request.POST, document=found, objectives=_objectives(found))
    form.is_valid()
    content = form.content
    if content.ended_at and content.happened_at and content.ended_at <= content.happened_at:
        content = services.with_times_of(content, found)
    try:
        saved = services.save_document(
            document=found, content=content, version=form.cleaned_data.get("version", 0), by=request.user
        )
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal.message)}, status=409)
    when = timezone.localtime(saved.written_at)
    return JsonResponse(
        {"version": saved.version, "saved": _("Saved at %(time)s.") % {"time": time_format(when, "g:i A")}}
    )


@requires(Can.WRITE_NOTES)
@never_cache
def discard(request, uid):
    """Throw a draft away, after asking."""
    found = _visible(request, uid)
    if found.is_signed or not services.may_write(request.user, found):
        raise Http404(_("There is no such page."))
    if request.method == "POST":
        try:
            services.discard_draft(document=found, by=request.user)
        except Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The draft is discarded."))
        return redirect("clinical:record", uid=found.patient.uid)
    return render(request, "clinical/documents/discard.html", {"section": "people", "document": found})
