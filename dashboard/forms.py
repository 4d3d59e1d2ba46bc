"""Forms of the dashboard."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import CLINICAL, GRANTS, Can
from accounts.models import Program, RoleAssignment, User
from core.fields import US_STATES, zone_choices
from scheduling.forms import DayField


class SearchForm(forms.Form):
    """Whom to look for."""

    name = forms.CharField(label=_("Name or record number"), max_length=80, required=False)


class AdmitForm(forms.Form):
    """Everything needed to admit somebody."""

    program = forms.ModelChoiceField(
        label=_("Program"), queryset=Program.objects.none(), empty_label=_("Choose a program")
    )
    primary_clinician = forms.ModelChoiceField(
        label=_("Primary clinician"), queryset=User.objects.none(), empty_label=_("Choose a clinician")
    )
    started_on = DayField(label=_("Admitted on"), initial=timezone.localdate)
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
    birth_date = DayField(label=_("Birth date"), years=(1900, 2100))
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("They sign in with it and get their reminders there.")
    )
    phone = forms.CharField(label=_("Phone"), max_length=32, required=False)
    state = forms.ChoiceField(label=_("Home state"), choices=[("", _("Choose a state")), *US_STATES])
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    language = forms.ChoiceField(label=_("Language"), choices=User._meta.get_field("language").choices)
    emergency_name = forms.CharField(label=_("Emergency contact"), max_length=120, required=False)
    emergency_relation = forms.CharField(label=_("Relation"), max_length=60, required=False)
    emergency_phone = forms.CharField(label=_("Emergency contact’s phone"), max_length=32, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        programs = user.program_ids(*GRANTS[Can.ADMIT])  # where the reader may admit, not wherever they work
        self.fields["program"].queryset = Program.objects.filter(pk__in=programs)
        if len(programs) == 1:
            self.fields["program"].initial = programs[0]
        self.fields["primary_clinician"].queryset = User.objects.filter(
            is_active=True,
            pk__in=RoleAssignment.objects.current()
            .filter(program__in=programs, role__in=[str(r) for r in CLINICAL])
            .values("user_id"),
        )
        self.fields["zone"].initial = user.zone

    def clean(self) -> dict:
        values = super().clean()
        called = values.get("preferred_name") or values.get("legal_first_name") or ""
        longest = self.fields["display_name"].max_length
        if not values.get("display_name") and len(called) > longest:
            self.add_error(
                "display_name", _("Give a shorter name for peers, of at most %(n)s letters.") % {"n": longest}
            )
        return values

    def deed(self) -> dict:
        """The cleaned values as `patients.services.admit_patient` takes them."""
        values = dict(self.cleaned_data)
        hours = values.pop("weekly_goal_hours")
        return values | {"weekly_goal_minutes": int(hours * 60) if hours else None}
