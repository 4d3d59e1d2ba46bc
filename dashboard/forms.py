"""Forms of the dashboard."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import CLINICAL
from accounts.models import Program, RoleAssignment, User
from core.fields import US_STATES, known_zones
from scheduling.forms import DateInput


class ProgramChoice(forms.ModelChoiceField):
    """The reader's programs; preselected when there is one."""

    def limit_to(self, user) -> None:
        """Offer only the programs the user works in."""
        self.queryset = Program.objects.filter(pk__in=user.program_ids())
        if len(user.program_ids()) == 1:
            self.initial = user.program_ids()[0]


class AdmitForm(forms.Form):
    """Everything needed to admit somebody."""

    program = ProgramChoice(label=_("Program"), queryset=Program.objects.none())
    primary_clinician = forms.ModelChoiceField(label=_("Primary clinician"), queryset=User.objects.none())
    started_on = forms.DateField(label=_("Admitted on"), widget=DateInput(), initial=timezone.localdate)
    weekly_goal_hours = forms.DecimalField(
        label=_("Weekly goal in hours"),
        min_value=1,
        max_value=40,
        decimal_places=2,
        required=False,
        help_text=_("Empty: the program’s goal."),
    )
    legal_first_name = forms.CharField(label=_("Legal first name"), max_length=80)
    legal_last_name = forms.CharField(label=_("Legal last name"), max_length=80)
    preferred_name = forms.CharField(label=_("Preferred name"), max_length=80, required=False)
    display_name = forms.CharField(
        label=_("Name shown to peers"),
        max_length=40,
        required=False,
        help_text=_("First name or an alias. Empty: the preferred name."),
    )
    pronouns = forms.CharField(label=_("Pronouns"), max_length=40, required=False)
    birth_date = forms.DateField(label=_("Birth date"), widget=DateInput())
    email = forms.EmailField(label=_("E-mail"), help_text=_("They sign in with it and get their reminders there."))
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False)
    state = forms.ChoiceField(label=_("Home state"), choices=[("", "—"), *US_STATES])
    zone = forms.ChoiceField(label=_("Time zone"), choices=[])
    language = forms.ChoiceField(label=_("Language"), choices=[("en", _("English")), ("es", _("Spanish"))])
    emergency_name = forms.CharField(label=_("Emergency contact"), max_length=120, required=False)
    emergency_relation = forms.CharField(label=_("Relation"), max_length=60, required=False)
    emergency_phone = forms.CharField(label=_("Emergency contact’s phone"), max_length=32, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].limit_to(user)
        self.fields["primary_clinician"].queryset = User.objects.filter(
            is_active=True,
            role_assignments__in=_current_roles(user),
        ).distinct()
        self.fields["zone"].choices = [(z, z) for z in sorted(known_zones()) if z.startswith(("America/", "Pacific/"))]
        self.fields["zone"].initial = user.zone

    def deed(self) -> dict:
        """The cleaned values as `patients.services.admit_patient` takes them."""
        values = dict(self.cleaned_data)
        hours = values.pop("weekly_goal_hours")
        return values | {"weekly_goal_minutes": int(hours * 60) if hours else None}


def _current_roles(user):
    return RoleAssignment.objects.current().filter(program__in=user.program_ids(), role__in=[str(r) for r in CLINICAL])
