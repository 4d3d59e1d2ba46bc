"""Forms of the lists: diagnoses and medications."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models import Diagnosis, Medication
from scheduling.forms.fields import DayField


class DiagnosisForm(forms.Form):
    """A diagnosis, typed."""

    code = forms.CharField(
        label=_("ICD-10-CM code"),
        max_length=16,
        help_text=_("For example F10.20; the point may be left out."),
        error_messages={"required": _("Write the code.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    text = forms.CharField(
        label=_("Diagnosis"), max_length=300, error_messages={"required": _("Write the diagnosis in words.")}
    )
    rank = forms.ChoiceField(
        label=_("Rank"),
        choices=Diagnosis.Rank.choices,
        initial=Diagnosis.Rank.SECONDARY,
        help_text=_("There is one primary diagnosis: another one makes the former secondary."),
    )
    diagnosed_on = DayField(label=_("Diagnosed on"), initial=timezone.localdate)
    since = DayField(label=_("Since"), required=False, years=(1900, 2100), help_text=_("When it began, if known."))


class RankForm(forms.Form):
    """What a diagnosis is to the treatment."""

    rank = forms.ChoiceField(label=_("Rank"), choices=Diagnosis.Rank.choices)


class ResolveForm(forms.Form):
    """A diagnosis no longer holds."""

    on = DayField(label=_("Resolved on"), initial=timezone.localdate)


class MistakeForm(forms.Form):
    """Something was recorded by mistake."""

    mistake = forms.CharField(
        label=_("What was the mistake?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays on the record, struck out."),
        error_messages={"required": _("Say what the mistake was.")},
    )


class MedicationForm(forms.Form):
    """A medication somebody takes."""

    name = forms.CharField(
        label=_("Medication"), max_length=200, error_messages={"required": _("Write the name of the medication.")}
    )
    dose = forms.CharField(label=_("Dose"), max_length=120, required=False, help_text=_("For example 8 mg / 2 mg."))
    how = forms.CharField(
        label=_("Route and how often"),
        max_length=200,
        required=False,
        help_text=_("For example by mouth, twice a day."),
    )
    reason = forms.CharField(label=_("For"), max_length=200, required=False)
    for_addiction = forms.BooleanField(
        label=_("Medication for addiction treatment"),
        required=False,
        help_text=_("For example buprenorphine, methadone, naltrexone, acamprosate. Listed first."),
    )
    source = forms.ChoiceField(
        label=_("Who says so"),
        choices=[("", _("Choose the source")), *Medication.Source.choices],
        error_messages={"required": _("Say who says so.")},
    )
    prescriber = forms.CharField(label=_("Prescribed by"), max_length=120, required=False)
    started_on = DayField(label=_("Since"), required=False, years=(1900, 2100))


class DoseForm(forms.Form):
    """Another dose, or another way of taking it."""

    dose = forms.CharField(label=_("Dose"), max_length=120, required=False)
    how = forms.CharField(label=_("Route and how often"), max_length=200, required=False)
    source = forms.ChoiceField(label=_("Who says so"), choices=Medication.Source.choices)
    on = DayField(label=_("From"), initial=timezone.localdate)


class StopForm(forms.Form):
    """A medication is no longer taken."""

    on = DayField(label=_("Stopped on"), initial=timezone.localdate)
    reason = forms.CharField(label=_("Why"), max_length=300, error_messages={"required": _("Say why it was stopped.")})
