"""Fields the forms of the schedule share."""

from django import forms
from django.utils.translation import gettext_lazy as _


class DateInput(forms.DateInput):
    """A browser's own date field."""

    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class DayField(forms.DateField):
    """A date between two years, both included: a slip of the year ("0026") is told at once."""

    widget = DateInput
    default_error_messages = {"year": _("Check the year.")}

    def __init__(self, *, years: tuple[int, int] = (2000, 2100), **kwargs):
        self.years = years
        super().__init__(**kwargs)

    def validate(self, value):
        super().validate(value)
        if value and not self.years[0] <= value.year <= self.years[1]:
            raise forms.ValidationError(self.error_messages["year"], "year")
