"""Forms of weekly times, and of one session's leader, topic and length."""

import datetime as dt

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.access import CLINICAL
from accounts.models import RoleAssignment, User
from core.templatetags.house import zone_words
from scheduling.forms.fields import DayField
from scheduling.services import local_start


class ClockField(forms.TimeField):
    """A wall time, in the browser's own field."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class LeaderField(forms.ModelChoiceField):
    """A clinician of the program, or nobody by name: the group's own."""

    def __init__(self, **kwargs):
        kwargs.setdefault("empty_label", _("The group’s own"))
        super().__init__(queryset=User.objects.none(), required=False, **kwargs)


def clinicians(program):
    """Who may lead in a program today, as a queryset by name."""
    holders = RoleAssignment.objects.current().filter(program=program, role__in=CLINICAL)
    return User.objects.filter(pk__in=holders.values("user"), is_active=True)


class _Leaders(forms.Form):
    """Adds whom to choose from. A leader of today who no longer is a clinician stays to be seen, and is refused."""

    def _offer(self, program, *named):
        for part in ("lead", "co"):
            self.fields[part].queryset = clinicians(program) | User.objects.filter(
                pk__in=[user for user in named if user]
            )


class SlotForm(forms.Form):
    """A further weekly time."""

    weekday = forms.TypedChoiceField(label=_("Day"), choices=sorted(WEEKDAYS.items()), coerce=int)
    starts_at = ClockField(label=_("Starts at"))
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=15, max_value=240, initial=60, help_text=_("Break included.")
    )
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=239, initial=0)
    topic = forms.CharField(label=_("Topic"), max_length=160, required=False)
    starts_on = DayField(label=_("From"))

    field_order = ("starts_on",)

    def __init__(self, *args, group, **kwargs):
        super().__init__(*args, **kwargs)
        self.group = group
        self.fields["starts_on"].initial = group.program.today
        self.fields["starts_at"].help_text = _wall_time(group.program.zone)

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        if day < self.group.program.today:
            raise forms.ValidationError(_("That day is in the past."), "in_the_past")
        return day


def _wall_time(zone: str):
    return _("As the clock stands in %(place)s.") % {"place": zone_words(zone)}


class ChangeSlotForm(_Leaders):
    """From which day on the group meets otherwise, and how."""

    from_day = DayField(label=_("From which day on"))
    weekday = forms.TypedChoiceField(label=_("Day"), choices=sorted(WEEKDAYS.items()), coerce=int)
    starts_at = ClockField(label=_("Starts at"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=240, help_text=_("Break included."))
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=239)
    topic = forms.CharField(label=_("Topic"), max_length=160, required=False)
    lead = LeaderField(label=_("Led by"))
    co = LeaderField(label=_("Co-facilitator"))

    def __init__(self, *args, slot, **kwargs):
        names = ("weekday", "starts_at", "minutes", "break_minutes", "topic", "lead", "co")
        kwargs.setdefault("initial", {name: getattr(slot, name) for name in names})
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].help_text = _wall_time(slot.zone)
        self._offer(slot.group.program, slot.lead_id, slot.co_id)


class EndSlotForm(forms.Form):
    """From when the group no longer meets at this time."""

    ends_on = DayField(label=_("First day it no longer meets"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Seen by staff only. Members are told that it ends, not why."),
    )


class ChangeSessionForm(_Leaders):
    """Who leads one session, what about, how long."""

    lead = LeaderField(label=_("Led by"), empty_label=_("As usual"))
    co = LeaderField(label=_("Co-facilitator"), empty_label=_("As usual"))
    topic = forms.CharField(label=_("Topic"), max_length=160, required=False)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=240, help_text=_("Break included."))
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=239)

    def __init__(self, *args, session, **kwargs):
        names = ("lead", "co", "topic", "minutes", "break_minutes")
        kwargs.setdefault("initial", {name: getattr(session, name) for name in names})
        super().__init__(*args, **kwargs)
        self._offer(session.group.program, session.lead_id, session.co_id)


class AddSessionForm(forms.Form):
    """One more session."""

    day = DayField(label=_("Day"))
    time = ClockField(label=_("Starts at"))
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=15, max_value=240, initial=60, help_text=_("Break included.")
    )
    break_minutes = forms.IntegerField(label=_("Break in minutes"), min_value=0, max_value=239, initial=0)
    topic = forms.CharField(label=_("Topic"), max_length=160, required=False)

    def __init__(self, *args, group, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = group.program.zone
        self.fields["time"].help_text = _wall_time(self.zone)

    @property
    def starts_at(self) -> dt.datetime:
        """The start, aware."""
        return local_start(self.cleaned_data["day"], self.cleaned_data["time"], self.zone)
