"""Forms of the schedule and of joining and leaving."""

import datetime as dt
import zoneinfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.templatetags.house import zone_words
from patients.models import Episode, Patient
from scheduling.services import local_start


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


class CancelForm(forms.Form):
    """Why a session does not take place."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Seen by staff only. Members are told that it is cancelled, not why."),
        error_messages={"required": _("Say why it is cancelled.")},
    )


class MoveForm(forms.Form):
    """A session's new time, in the session's own zone."""

    day = DayField(label=_("Day"))
    time = forms.TimeField(label=_("Starts at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=15, max_value=240, help_text=_("Break included."))

    def __init__(self, *args, session, **kwargs):
        local = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone))
        kwargs.setdefault("initial", {"day": local.date(), "time": local.time(), "minutes": session.minutes})
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["time"].help_text = _("As the clock stands in %(place)s.") % {"place": zone_words(session.zone)}

    @property
    def starts_at(self) -> dt.datetime:
        """The new start, aware."""
        return local_start(self.cleaned_data["day"], self.cleaned_data["time"], self.session.zone)


class EpisodeChoice(forms.ModelChoiceField):
    """Patients by name, through their open episode."""

    def label_from_instance(self, obj: Episode) -> str:
        return str(obj.patient)


class JoinForm(forms.Form):
    """Who joins, and from when."""

    episode = EpisodeChoice(
        label=_("Person"),
        queryset=Episode.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={
            "required": _("Choose a person."),
            "invalid_choice": _("This person has a seat or waits here already, or is no longer in care. Choose again."),
        },
    )
    joined_on = DayField(label=_("From"), initial=timezone.localdate)

    def __init__(self, *args, group, user, **kwargs):
        super().__init__(*args, **kwargs)
        members = group.memberships.not_over().values("patient_id")
        self.fields["episode"].queryset = (
            Episode.objects.open()
            .filter(program=group.program_id, patient__in=Patient.objects.visible_to(user))
            .exclude(patient__in=members)
            .select_related("patient")
            .order_by("patient__legal_last_name", "patient__legal_first_name", "pk")
        )

    @property
    def shown(self) -> list[int]:
        """Ids of the patients whose names the form shows: all it offers. One query."""
        return list(self.fields["episode"].queryset.values_list("patient_id", flat=True))


class WaitForm(JoinForm):
    """Who waits for a seat."""

    joined_on = None

    def __init__(self, *args, group, user, **kwargs):
        super().__init__(*args, group=group, user=user, **kwargs)
        waiting = group.waitlist.waiting().values("patient_id")
        self.fields["episode"].queryset = self.fields["episode"].queryset.exclude(patient__in=waiting)


class LeaveForm(forms.Form):
    """From when somebody is no longer a member, and why."""

    left_on = DayField(label=_("First day no longer a member"), initial=timezone.localdate)
    reason = forms.CharField(label=_("Reason"), max_length=200, error_messages={"required": _("Say why they leave.")})


class EndStayForm(forms.Form):
    """From when somebody is no longer in care, and why."""

    ended_on = DayField(label=_("First day no longer in care"), initial=timezone.localdate)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Completed, step-down, step-up, transfer, left, lost to contact …"),
        error_messages={"required": _("Say why it ends.")},
    )
