"""Forms of follow-ups."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import GRANTS, Can
from accounts.models import User
from clinical.models import FollowUp
from patients.models import CareTeamMember, Patient


def owners_of(patient: Patient):
    """Who may be given a task of this patient's: the present care team that follows people up."""
    team = CareTeamMember.objects.current().filter(patient=patient).values("user")
    roles = [str(role) for role in GRANTS[Can.FOLLOW_UP]]
    found = User.objects.filter(pk__in=team, is_active=True, role_assignments__role__in=roles)
    return found.distinct().order_by("last_name", "first_name")


class FollowUpForm(forms.Form):
    """A new task."""

    reason = forms.ChoiceField(label=_("Why"), choices=FollowUp.Reason.choices)
    words = forms.CharField(label=_("What to look after"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none())
    due_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, patient: Patient, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners_of(patient)


class HandOverForm(forms.Form):
    """Another owner, another day."""

    owner = forms.ModelChoiceField(label=_("Who does it"), queryset=User.objects.none())
    due_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, task: FollowUp, **kwargs):
        kwargs.setdefault("initial", {"owner": task.owner_id, "due_on": max(task.due_on, timezone.localdate())})
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners_of(task.patient)


class CloseForm(forms.Form):
    """What came of it."""

    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=FollowUp.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what came of it.")},
    )
    words = forms.CharField(label=_("In words"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
