"""What somebody says who comes by an invitation."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# As a browser's date box sends it, and as people write it where there is none.
WRITTEN = ["%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"]
_NEEDED = _("Give your date of birth: month, day, year.")


class BirthDateForm(forms.Form):
    """The question only they can answer."""

    birth_date = forms.DateField(
        label=_("Your date of birth"),
        input_formats=WRITTEN,
        help_text=_("For example 04/27/1988. It shows us that the link reached the right person."),
        error_messages={"required": _NEEDED, "invalid": _NEEDED},
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}, format="%Y-%m-%d"),
    )

    def clean_birth_date(self) -> dt.date:
        """No day that can't be one: a slip of the finger costs no try."""
        given = self.cleaned_data["birth_date"]
        if not dt.date(1900, 1, 1) <= given <= timezone.localdate():
            raise forms.ValidationError(
                _("This can’t be a date of birth. Look at it again: month, day, year."), "impossible"
            )
        return given


class PasswordForm(forms.Form):
    """How they sign in from now on."""

    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        max_length=1000,
        help_text=_("At least 10 characters. Three or four words that only you put together are easy to keep in mind."),
        error_messages={"required": _("Choose a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=1000,
        error_messages={"required": _("Write it a second time, so that no slip of the finger locks you out.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self):
        """Both the same."""
        data = super().clean()
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            # Both fields come back empty: one goes on at the first.
            self.add_error(
                "password", forms.ValidationError(_("The two are not the same. Write them again."), "differ")
            )
        return data
