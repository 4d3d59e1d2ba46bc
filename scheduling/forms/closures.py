"""The form that closes a program for some days."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Program, User
from scheduling.forms.fields import DayField


class ClosureForm(forms.Form):
    """Which program closes, when and why."""

    program = forms.ModelChoiceField(
        label=_("Program"),
        queryset=Program.objects.none(),
        to_field_name="uid",
        empty_label=None,
        error_messages={"required": _("Choose a program."), "invalid_choice": _("Choose a program of yours.")},
    )
    starts_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"), help_text=_("The same as the first for one day."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=120,
        help_text=_("Seen by staff only. Everybody expected is told that it is cancelled, not why."),
        error_messages={"required": _("Say why it is closed.")},
    )
    with_appointments = forms.BooleanField(label=_("Individual appointments too"), required=False, initial=True)

    def __init__(self, *args, programs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].queryset = programs
        first = programs[0] if programs else None
        self.fields["program"].initial = first and first.uid
        if len(programs) == 1:
            self.fields["program"].widget = forms.HiddenInput()

    def deed(self, by: User) -> dict:
        """The arguments of `services.close_days`."""
        return {**self.cleaned_data, "by": by}
