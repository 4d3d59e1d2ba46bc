"""One's plans for hard times: saying what should be different, and a page to print."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Can, requires
from clinical.models import ClinicalPolicy, Document
from clinical.sections import PLANS, sections_of
from clinical.services import suggestions
from clinical.services.documents import in_force
from clinical.services.suggestions import TEXT_LENGTH, WORDS_LENGTH
from core.errors import Refusal
from patients.models import Patient
from patients.records import own_record


class ChangeForm(forms.Form):
    """The plan's parts as they are, or as suggested before, to be worded anew."""

    version = forms.IntegerField(required=False, min_value=0, max_value=30000, widget=forms.HiddenInput)

    def __init__(self, *args, document: Document, known, **kwargs):
        texts = {**document.sections, **(known.sections if known else {})}
        initial = {"version": known.version if known else 0, "words": known.words if known else ""}
        super().__init__(*args, initial=initial | texts, **kwargs)
        self.sections = sections_of(document.kind)
        for section in self.sections:
            self.fields[section.key] = forms.CharField(
                label=section.label,
                help_text=section.help,
                required=False,
                max_length=TEXT_LENGTH,
                widget=forms.Textarea(attrs={"rows": section.rows, "class": "form-control"}),
            )
        self.fields["words"] = forms.CharField(
            label=gettext_lazy("Why, or what else you want to say"),
            required=False,
            max_length=WORDS_LENGTH,
            widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        )

    @property
    def parts(self) -> list:
        """The fields of the plan's parts, in order."""
        return [self[section.key] for section in self.sections]

    @property
    def deed(self) -> dict:
        """What `suggest` is asked."""
        said = self.cleaned_data
        return {
            "sections": {section.key: said[section.key] for section in self.sections},
            "words": said["words"],
            "version": said["version"] or 0,
        }


def _own_plan(patient: Patient, uid) -> Document:
    """The reader's own plan in force with this uid, else 404."""
    found = Document.objects.sealed().filter(patient=patient, kind__in=PLANS, uid=uid).first()
    if found is None or in_force(patient, found.kind) != found:
        raise Http404(_("There is no such page."))
    return found


@requires(Can.USE_PORTAL)
@never_cache
def suggest(request, uid) -> HttpResponse:
    """Say what should be different in one's own plan. uid: of the version in force."""
    patient = own_record(request)
    document = _own_plan(patient, uid)
    known = suggestions.open_suggestion(patient, document.kind)
    deed = request.POST.get("deed", "")
    form = ChangeForm(request.POST if deed == "send" else None, document=document, known=known)
    refusal = None
    if request.method == "POST":
        try:
            if deed == "back" and known:
                suggestions.take_back_suggestion(suggestion=known)
                messages.success(request, _("Taken back. Your plan stays as it is."))
                return redirect("portal:plans")
            if deed == "send" and form.is_valid():
                suggestions.suggest(patient=patient, document=document, **form.deed)
                messages.success(request, _("Sent. Your clinician reads it and works on it with you."))
                return redirect("portal:plans")
        except Refusal as caught:
            if deed == "send" and caught.field in form.fields:
                caught.add_to(form)
            else:
                refusal = caught
            if caught.code == "changed_meanwhile":  # sent once more as it stands, it is a decision
                known = suggestions.open_suggestion(patient, document.kind)
                form.data = request.POST.copy()
                form.data["version"] = known.version if known else 0
    context = {"plan": document, "form": form, "known": known, "refusal": refusal}
    return render(request, "portal/plan_change.html", context, status=422 if request.method == "POST" else 200)


@requires(Can.USE_PORTAL)
@require_safe
@never_cache
def on_paper(request, uid) -> HttpResponse:
    """One's own plan for paper: black on white, without anything around it. uid: of the version in force."""
    patient = own_record(request)
    document = _own_plan(patient, uid)
    parts = [(s.label, text) for s in sections_of(document.kind) if (text := document.sections.get(s.key))]
    phone = ClinicalPolicy.of(document.episode.program_id).crisis_phone
    context = {"plan": document, "parts": parts, "crisis_phone": phone}
    return render(request, "portal/plan_paper.html", context)
