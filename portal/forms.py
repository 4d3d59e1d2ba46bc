"""The patient's own choices."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import zone_choices
from patients.models import Patient


class DetailsForm(forms.Form):
    """What a patient decides about themselves: `patients.services.set_preferences`."""

    display_name = forms.CharField(
        label=_("Name others see"),
        max_length=Patient._meta.get_field("display_name").max_length,
        help_text=_("Your first name or any name you like. People in your sessions never see more than this."),
        error_messages={"required": _("Others need something to call you. A first name or an alias is enough.")},
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    pronouns = forms.CharField(
        label=_("Pronouns"),
        max_length=Patient._meta.get_field("pronouns").max_length,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        help_text=_("Where you are now. Every time on these pages and in your mail follows it."),
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )
    language = forms.ChoiceField(
        label=capfirst(User._meta.get_field("language").verbose_name), choices=User._meta.get_field("language").choices
    )

    @classmethod
    def initial_of(cls, patient: Patient) -> dict:
        """The patient's present choices."""
        return {
            "display_name": patient.display_name,
            "pronouns": patient.pronouns,
            "zone": patient.user.zone,
            "language": patient.user.language,
        }
