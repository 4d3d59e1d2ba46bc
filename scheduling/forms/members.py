"""Forms of joining and leaving."""

import zoneinfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, Patient
from scheduling.forms.fields import DayField


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


class VisitorForm(forms.Form):
    """Who comes to one session, once."""

    episode = EpisodeChoice(
        label=_("Person"),
        queryset=Episode.objects.none(),
        empty_label=_("Choose a person"),
        error_messages={
            "required": _("Choose a person."),
            "invalid_choice": _("This person is expected there already, or is no longer in care. Choose again."),
        },
    )

    def __init__(self, *args, session, user, **kwargs):
        super().__init__(*args, **kwargs)
        day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
        expected = session.bookings.live().filter(patient__isnull=False).values("patient_id")
        self.fields["episode"].queryset = (
            Episode.objects.open(day)
            .filter(program=session.group.program_id, patient__in=Patient.objects.visible_to(user))
            .exclude(patient__in=expected)
            .select_related("patient")
            .order_by("patient__legal_last_name", "patient__legal_first_name", "pk")
        )

    @property
    def shown(self) -> list[int]:
        """Ids of the patients whose names the form shows: all it offers. One query."""
        return list(self.fields["episode"].queryset.values_list("patient_id", flat=True))


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
