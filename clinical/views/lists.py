"""Pages of the lists: a person's diagnoses and medications."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import Can, requires
from audit.models import Read
from clinical.forms.lists import (
    DiagnosisForm,
    DoseForm,
    MedicationForm,
    MistakeForm,
    RankForm,
    ResolveForm,
    StopForm,
)
from clinical.models import Diagnosis, Medication
from clinical.queries_documents import past_diagnoses, past_medications
from clinical.services import diagnoses as diagnosis_deeds
from clinical.services import medications as medication_deeds
from clinical.services.documents import stay_of
from core.errors import Refusal
from patients.records import log_shown, open_record
from scheduling.views.common import form_status


@requires(Can.KEEP_LISTS)
def diagnoses(request, uid):
    """A person's diagnoses, and recording one."""
    patient = open_record(request, uid, Read.What.MEDICATION)
    stay = stay_of(patient)
    form = DiagnosisForm(request.POST or None)
    if request.method == "POST" and stay and form.is_valid():
        try:
            added = diagnosis_deeds.add_diagnosis(episode=stay, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("%(code)s is recorded.") % {"code": added.code})
            return redirect("clinical:diagnoses", uid=uid)
    context = {
        "section": "people",
        "patient": patient,
        "stay": stay,
        "form": form,
        "current": diagnosis_deeds.current_diagnoses(patient),
        "past": past_diagnoses(patient),
    }
    return render(request, "clinical/documents/diagnoses.html", context, status=form_status(request))


@requires(Can.KEEP_LISTS)
def medications(request, uid):
    """A person's medications, and recording one."""
    patient = open_record(request, uid, Read.What.MEDICATION)
    stay = stay_of(patient)
    form = MedicationForm(request.POST or None)
    if request.method == "POST" and stay and form.is_valid():
        try:
            medication_deeds.add_medication(episode=stay, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            refusal.add_to(form)
        else:
            messages.success(request, _("It is on the list."))
            return redirect("clinical:medications", uid=uid)
    context = {
        "section": "people",
        "patient": patient,
        "stay": stay,
        "form": form,
        "current": medication_deeds.current_medications(patient),
        "past": past_medications(patient),
    }
    return render(request, "clinical/documents/medications.html", context, status=form_status(request))


def _forms(request, found, kinds: dict) -> tuple[dict, str]:
    """A form for each deed, bound to what was sent for the one that was asked; and which that was."""
    asked = request.POST.get("deed", "")
    made = {
        deed: form(request.POST if deed == asked else None, initial=initial, prefix=deed)
        for deed, (form, initial) in kinds.items()
    }
    return made, asked if asked in made else ""


def _change(request, found, kinds: dict, do: dict, back: str, template: str):
    """The page of one line of a list: its deeds, each with its form."""
    log_shown(request, [found.patient_id], Read.What.MEDICATION)
    forms, asked = _forms(request, found, kinds)
    if asked and forms[asked].is_valid():
        try:
            do[asked](forms[asked].cleaned_data)
        except Refusal as refusal:
            refusal.add_to(forms[asked])
        else:
            messages.success(request, _("Saved."))
            return redirect(back, uid=found.patient.uid)
    if request.method == "POST" and not asked:
        messages.error(request, _("It was changed meanwhile: look at what the list says now."))
    context = {"section": "people", "thing": found, "patient": found.patient, "forms": forms}
    return render(request, template, context, status=form_status(request))


@requires(Can.KEEP_LISTS)
def diagnosis(request, uid):
    """One diagnosis: another rank, resolved, recorded by mistake."""
    rows = Diagnosis.objects.visible_to(request.user).select_related("patient", "episode", "by")
    found = get_object_or_404(rows, uid=uid)
    kinds = {"mistake": (MistakeForm, None)} if not found.mistaken_at else {}
    if not found.mistaken_at and not found.resolved_on:
        kinds = {"rank": (RankForm, {"rank": found.rank}), "resolve": (ResolveForm, None), **kinds}
    do = {
        "rank": lambda data: diagnosis_deeds.set_rank(diagnosis=found, **data),
        "resolve": lambda data: diagnosis_deeds.resolve_diagnosis(diagnosis=found, **data),
        "mistake": lambda data: diagnosis_deeds.strike_diagnosis(diagnosis=found, **data),
    }
    return _change(request, found, kinds, do, "clinical:diagnoses", "clinical/documents/diagnosis.html")


@requires(Can.KEEP_LISTS)
def medication(request, uid):
    """One medication: another dose, stopped, recorded by mistake."""
    rows = Medication.objects.visible_to(request.user).select_related("patient", "episode", "by")
    found = get_object_or_404(rows, uid=uid)
    kinds = {"mistake": (MistakeForm, None)} if not found.mistaken_at else {}
    if not found.mistaken_at and not found.stopped_on:
        now = {"dose": found.dose, "how": found.how, "source": found.source}
        kinds = {"dose": (DoseForm, now), "stop": (StopForm, None), **kinds}
    do = {
        "dose": lambda data: medication_deeds.change_dose(medication=found, by=request.user, **data),
        "stop": lambda data: medication_deeds.stop_medication(medication=found, **data),
        "mistake": lambda data: medication_deeds.strike_medication(medication=found, **data),
    }
    return _change(request, found, kinds, do, "clinical:medications", "clinical/documents/medication.html")
