"""Forms of individual work: an appointment, its series, how it went, open hours."""

import datetime as dt
import zoneinfo

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import Program, User
from core.templatetags.house import zone_words
from patients.models import Episode
from scheduling.forms.fields import DayField
from scheduling.models import LENGTHS, Appointment, AppointmentKind, AppointmentSeries
from scheduling.services import local_start
from scheduling.services.appointments import providers_for

EVERY = [(0, _("Once")), (1, _("Every week")), (2, _("Every two weeks")), (4, _("Every four weeks"))]


class TimeField(forms.TimeField):
    """A browser's own time field."""

    def __init__(self, **kwargs):
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **kwargs)


def lengths_in_words() -> str:
    """How long each kind lasts."""
    return " · ".join(f"{AppointmentKind(kind).label} {a}–{b}" for kind, (a, b, _usual) in LENGTHS.items())


class AppointmentForm(forms.Form):
    """A new appointment, or a series of them."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AppointmentKind.choices)
    provider = forms.ModelChoiceField(
        label=_("With"),
        queryset=User.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={"required": _("Choose a person.")},
    )
    day = DayField(label=_("Day"))
    time = TimeField(label=_("Starts at"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=120)
    every = forms.TypedChoiceField(label=_("How often"), choices=EVERY, coerce=int, initial=0)

    def __init__(self, *args, episode: Episode, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = episode.program.zone
        self.fields["provider"].queryset = providers = providers_for(episode.program)
        if any(provider.pk == user.pk for provider in providers):
            self.fields["provider"].initial = user.pk
        self.fields["day"].initial = timezone.localdate() + dt.timedelta(days=1)
        self.fields["minutes"].initial = LENGTHS[AppointmentKind.INDIVIDUAL][2]
        self.fields["minutes"].help_text = lengths_in_words()
        self.fields["time"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(self.zone)}

    @property
    def starts_at(self) -> dt.datetime:
        """The start, aware."""
        return local_start(self.cleaned_data["day"], self.cleaned_data["time"], self.zone)


class MoveAppointmentForm(forms.Form):
    """An appointment's new time, in its own zone."""

    day = DayField(label=_("Day"))
    time = TimeField(label=_("Starts at"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=120)

    def __init__(self, *args, appointment: Appointment, **kwargs):
        local = appointment.starts_at.astimezone(zoneinfo.ZoneInfo(appointment.zone))
        kwargs.setdefault("initial", {"day": local.date(), "time": local.time(), "minutes": appointment.minutes})
        super().__init__(*args, **kwargs)
        self.zone = appointment.zone
        self.fields["time"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(self.zone)}

    @property
    def starts_at(self) -> dt.datetime:
        """The new start, aware."""
        return local_start(self.cleaned_data["day"], self.cleaned_data["time"], self.zone)


class CancelAppointmentForm(forms.Form):
    """Why an appointment does not take place."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Seen by staff only. Both are told that it is cancelled, not why."),
        error_messages={"required": _("Say why it is cancelled.")},
    )


class OutcomeForm(forms.Form):
    """How an appointment went."""

    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=Appointment.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether it was held, missed or excused.")},
    )
    minutes = forms.IntegerField(
        label=_("Minutes attended"), min_value=1, required=False, help_text=_("Only when it was held.")
    )

    def __init__(self, *args, appointment: Appointment, **kwargs):
        kwargs.setdefault(
            "initial",
            {"outcome": appointment.outcome, "minutes": appointment.attended_minutes or appointment.minutes},
        )
        super().__init__(*args, **kwargs)


class SeriesForm(forms.Form):
    """How a series goes on, and from when."""

    from_day = DayField(label=_("From"))
    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=sorted(WEEKDAYS.items()), coerce=int)
    starts_at = TimeField(label=_("Starts at"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=120)
    every = forms.TypedChoiceField(label=_("How often"), choices=EVERY[1:], coerce=int)

    def __init__(self, *args, series: AppointmentSeries, **kwargs):
        names = ("weekday", "starts_at", "minutes", "every")
        initial = {name: getattr(series, name) for name in names} | {"from_day": timezone.localdate()}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["starts_at"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(series.zone)}


class EndSeriesForm(forms.Form):
    """From when a series no longer takes place, and why."""

    ends_on = DayField(label=_("First day it no longer takes place"), initial=timezone.localdate)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Seen by staff only."),
        error_messages={"required": _("Say why it ends.")},
    )


class OpenHoursForm(forms.Form):
    """When patients may pick a time."""

    program = forms.ModelChoiceField(label=_("Program"), queryset=Program.objects.none(), empty_label=None)
    kinds = forms.MultipleChoiceField(
        label=_("For"),
        choices=AppointmentKind.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[AppointmentKind.INDIVIDUAL],
        error_messages={"required": _("Choose at least one kind.")},
    )
    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=sorted(WEEKDAYS.items()), coerce=int)
    starts_at = TimeField(label=_("From"))
    ends_at = TimeField(label=_("Until"))
    minutes = forms.IntegerField(label=_("Minutes each"), min_value=15, max_value=120, initial=50)
    buffer_minutes = forms.IntegerField(
        label=_("Free between, minutes"),
        min_value=0,
        max_value=120,
        initial=10,
        help_text=_("Before and after whatever else you have."),
    )
    notice_hours = forms.IntegerField(
        label=_("Notice, hours"),
        min_value=0,
        max_value=24 * 28,
        initial=24,
        help_text=_("Picked, and given back, no later than so long before."),
    )
    daily_limit = forms.IntegerField(label=_("At most a day"), min_value=1, max_value=20, initial=4)
    starts_on = DayField(label=_("First day"), initial=timezone.localdate)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(pk__in=user.program_ids())
        self.fields["program"].queryset = programs
        self.fields["program"].initial = programs.first()
        self.fields["starts_at"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(user.zone)}

    def clean(self):
        data = super().clean()
        if data.get("starts_at") and data.get("ends_at") and data["ends_at"] <= data["starts_at"]:
            self.add_error("ends_at", forms.ValidationError(_("It must be later than the beginning."), "order"))
        return data
