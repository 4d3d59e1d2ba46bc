"""Forms of time off."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.forms.fields import DayField
from scheduling.services import local_start
from scheduling.services.cover import people_for_time_off


class ClockInput(forms.TimeInput):
    """A browser's own time field."""

    input_type = "time"

    def __init__(self, **kwargs):
        super().__init__(format="%H:%M", **kwargs)


class TimeOffForm(forms.Form):
    """Whole days, or from an hour of the first until an hour of the last, in the zone of whoever is away."""

    user = forms.ModelChoiceField(User.objects.none(), label=_("Who is away"), empty_label=None)
    first_day = DayField(label=_("First day"), initial=timezone.localdate)
    last_day = DayField(label=_("Last day"), initial=timezone.localdate)
    from_time = forms.TimeField(
        label=_("From"), required=False, widget=ClockInput, help_text=_("On the first day. Empty: all day.")
    )
    until_time = forms.TimeField(
        label=_("Until"), required=False, widget=ClockInput, help_text=_("On the last day. Empty: all day.")
    )

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        people = people_for_time_off(by)
        self.fields["user"].queryset = people
        self.fields["user"].initial = by.pk
        self.only_own = people.count() == 1
        if self.only_own:
            self.fields["user"].widget = forms.HiddenInput()
        else:
            self.fields["user"].help_text = _("Times are in this person’s own time zone.")

    def deed(self) -> dict:
        """What `take_time_off` asks for: the moments the wall times mean."""
        data = self.cleaned_data
        zone = data["user"].zone
        start = local_start(data["first_day"], data["from_time"] or dt.time.min, zone)
        if data["until_time"]:
            end = local_start(data["last_day"], data["until_time"], zone)
        else:
            end = local_start(data["last_day"] + dt.timedelta(days=1), dt.time.min, zone)
        return {"user": data["user"], "starts_at": start, "ends_at": end}
