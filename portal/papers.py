"""What somebody signs and signed: consents and the agreement, to read, sign, read again, and take back."""

from collections.abc import Callable
from functools import partial

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.models import FollowUp
from clinical.services.followups import open_follow_up
from core.errors import Refusal
from core.wordings import Reading, reading
from patients.models import Consent, ConsentDocument, Patient
from patients.models.consents import title_as_read
from patients.records import own_record
from patients.services import consents
from patients.services.consents import WORDS_AT_MOST
from portal.first_days import first_days_of
from rooms.models import Agreement
from rooms.services import agreements
from rooms.services.passes import policy_of
from rooms.services.policies import kept_words


class SignForm(forms.Form):
    """A name under what was read. Which version that was stands in the address; language: of the words above the name."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Your name, to sign"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your name to sign.")},
    )


class WithdrawForm(forms.Form):
    """Taking a consent back. Nobody has to say why."""

    words = forms.CharField(
        label=gettext_lazy("Anything we should know?"),
        required=False,
        max_length=WORDS_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _next_to_sign(patient: Patient) -> HttpResponse:
    """The next paper, or back to the list when all are signed."""
    first = first_days_of(patient)
    if first.documents:
        return redirect("portal:paper", first.documents[0].uid)
    if first.agreements:
        return redirect("portal:agreement", first.agreements[0].uid)
    return redirect("portal:start")


def _signed(request, form: SignForm, patient: Patient, sign: Callable[..., object]) -> HttpResponse | None:
    """Sign what was read, and go on to the next paper. None where there is nothing to go on from: not sent, or not right yet."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        sign(
            patient=patient,
            name=form.cleaned_data["name"],
            language=form.cleaned_data["language"] or settings.LANGUAGE_CODE,
            by=request.user,
        )
    except Refusal as refusal:
        if refusal.code != "not_in_force":
            refusal.add_to(form)
            return None
        messages.info(request, refusal.message)
    else:
        messages.success(request, _("Signed. You find it under “What I signed”."))
    return _next_to_sign(patient)


def _to_sign(request, version) -> tuple[Reading, SignForm]:
    """What is on the page and a name under it. After a refusal it is in the language it was read in."""
    asked = request.method == "POST"
    sent = request.POST.get("language") if asked else None
    read = reading(version, sent if sent in dict(settings.LANGUAGES) else None)
    return read, SignForm(request.POST if asked else None, initial={"language": read.language})


@requires(Can.USE_PORTAL)
@never_cache
def paper(request, uid) -> HttpResponse:
    """Read one consent and sign it."""
    patient = own_record(request)
    documents = ConsentDocument.objects.filter(published_at__isnull=False, program__in=_programs(patient))
    document = get_object_or_404(documents.select_related("program"), uid=uid)
    signed = Consent.objects.standing().filter(document=document, patient=patient).first()
    if signed:
        return redirect("portal:signed", signed.uid)
    read, form = _to_sign(request, document)
    if gone_on := _signed(request, form, patient, partial(consents.sign, document=document)):
        return gone_on
    if not consents.is_in_force(document):
        return _next_to_sign(patient)
    earlier = Consent.objects.filter(patient=patient, document__program=document.program, document__kind=document.kind)
    context = {
        "section": "home",
        "document": document,
        "reading": read,
        "form": form,
        "signed_before": earlier.exists(),
    }
    return render(request, "portal/start/paper.html", context, status=422 if form.errors else 200)


def _programs(patient: Patient):
    return patient.episodes.values("program_id")


@requires(Can.USE_PORTAL)
@never_cache
def agreement(request, uid) -> HttpResponse:
    """Read the agreement of those who meet, and sign it before the first session's door asks for it."""
    patient = own_record(request)
    found = Agreement.objects.filter(program__in=_programs(patient)).select_related("program")
    found = get_object_or_404(found, uid=uid)
    read, form = _to_sign(request, found)
    if gone_on := _signed(request, form, patient, partial(agreements.sign, agreement=found)):
        return gone_on
    signature = agreements.signature_of(found, patient)
    context = {
        "section": "home",
        "agreement": found,
        "reading": reading(found, signature.language) if signature else read,
        "form": form,
        "signature": signature,
        "is_in_force": agreements.in_force(found.program_id) == found,
        "kept": kept_words(policy_of(found.program_id)),
    }
    return render(request, "portal/start/agreement.html", context, status=422 if form.errors else 200)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def papers(request) -> HttpResponse:
    """Everything one signed, the latest first, and what is still to sign. Fixed queries."""
    patient = own_record(request)
    context = {
        "section": "details",
        "first": first_days_of(patient),
        "consents": Consent.objects.filter(patient=patient)
        .select_related("document__program")
        .annotate(read_title=title_as_read("document_id", "document__title")),
        "agreements": patient.agreements.select_related("agreement__program").order_by("-at"),
    }
    return render(request, "portal/start/papers.html", context)


@requires(Can.USE_PORTAL)
@never_cache
def signed(request, uid) -> HttpResponse:
    """One signed consent as it was signed; and taking it back."""
    patient = own_record(request)
    mine = Consent.objects.filter(patient=patient).select_related("document__program", "patient")
    consent = get_object_or_404(mine, uid=uid)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _take_back(consent, form.cleaned_data["words"], request.user)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("You took it back as of now. Your team is told and will speak with you."))
            return redirect("portal:signed", uid)
    context = {
        "section": "details",
        "consent": consent,
        "document": consent.document,
        "reading": reading(consent.document, consent.language),
        "form": form,
        "may_sign_again": bool(consent.withdrawn_at) and consents.is_in_force(consent.document),
    }
    return render(request, "portal/start/signed.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _take_back(consent: Consent, words: str, by) -> None:
    """Withdraw it, and give somebody of the team a task, where there is a stay to put it in. The withdrawal holds either way."""
    consents.withdraw(consent=consent, words=words, by=by)
    stays = consent.patient.episodes.open().select_related("program", "patient", "primary_clinician")
    episode = stays.filter(program=consent.document.program_id).first() or stays.first()
    if episode is None:
        return
    with translation.override(settings.LANGUAGE_CODE):  # for staff to read
        task = _("They took back a signed consent: %(title)s. See what it changes, and speak with them.") % {
            "title": consent.document.title
        }
    try:
        with transaction.atomic():
            open_follow_up(episode=episode, reason=FollowUp.Reason.OTHER, by=by, words=task)
    except Refusal:  # nobody there may have the task; they are told by message, and the person's page says so
        pass
