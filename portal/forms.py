"""The patient's own choices."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.fields import zone_choices
from patients.models import Patient
from patients.services.people import ABOUT_AT_MOST


def _about(label, help_text) -> forms.CharField:
    """Something they may tell their care team; others in sessions never see it."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=ABOUT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DetailsForm(forms.Form):
    """What a patient decides about themselves: `patients.services.set_preferences` and `set_about`."""

    ABOUT = ("needs", "background", "interests")

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

    needs = _about(
        _("What you need from us"),
        _(
            "An interpreter, captions, larger print, breaks, a place to be alone, times that don’t work: whatever helps."
        ),
    )
    background = _about(
        _("Where you come from"),
        _("Culture, faith, family, language, identity: as much as you want your team to know, or nothing."),
    )
    interests = _about(_("What you like"), _("Things you enjoy or are good at."))

    @property
    def about(self) -> list[forms.BoundField]:
        """The fields for the care team alone."""
        return [self[name] for name in self.ABOUT]

    @property
    def shown(self) -> list[forms.BoundField]:
        """The others."""
        return [field for field in self if field.name not in self.ABOUT]

    @classmethod
    def initial_of(cls, patient: Patient) -> dict:
        """The patient's present choices."""
        return {
            "display_name": patient.display_name,
            "pronouns": patient.pronouns,
            "zone": patient.user.zone,
            "language": patient.user.language,
            "needs": patient.needs,
            "background": patient.background,
            "interests": patient.interests,
        }
