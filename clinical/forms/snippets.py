"""The form of a phrase of one's own."""

from django import forms
from django.core.validators import validate_slug
from django.utils.translation import gettext_lazy as _


class PhraseForm(forms.Form):
    """Letters, and the words they stand for."""

    short = forms.CharField(
        label=_("Letters"),
        max_length=20,
        validators=[validate_slug],
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("In a note, type a semicolon and the letters, then a space: ;part"),
    )
    text = forms.CharField(
        label=_("Words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("About nobody: what is particular to a person is written in their own note."),
    )
