"""Forms of risk alerts and on-call shifts."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import CLINICAL
from accounts.models import Program, RoleAssignment, User
from clinical.models import Level, OnCallShift, RiskAlert, RiskStep
from clinical.services.risk import BY_HAND


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ConcernForm(forms.Form):
    """A concern about somebody's safety."""

    level = forms.TypedChoiceField(
        label=_("How grave"),
        choices=[
            (Level.HIGH, _("High: plan, intent or a recent attempt; an overdose; somebody in danger")),
            (Level.MODERATE, _("Moderate: thoughts with a method, or you are not sure")),
            (Level.LOW, _("Low: a wish to be dead, a change that worries you")),
        ],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how grave it looks. When in doubt, take the graver one.")},
    )
    words = forms.CharField(
        label=_("What you saw or heard"),
        widget=_area(4),
        error_messages={"required": _("Say what you saw or heard, in a sentence.")},
    )


class StepForm(forms.Form):
    """Something that was done."""

    what = forms.ChoiceField(
        label=_("What was done"), choices=[(w, RiskStep.What(w).label) for w in BY_HAND], initial=RiskStep.What.SPOKE
    )
    words = forms.CharField(
        label=_("In words"), widget=_area(2), error_messages={"required": _("Say it in a few words.")}
    )


class CloseForm(forms.Form):
    """What was decided."""

    disposition = forms.ChoiceField(
        label=_("Disposition"),
        choices=RiskAlert.Disposition.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what was decided.")},
    )
    words = forms.CharField(
        label=_("Assessment, reasoning and what was done"),
        help_text=_("Risk and protective factors, means, the level and why, whom you consulted, what is agreed."),
        widget=_area(5),
        error_messages={"required": _("Say how you assessed it and what was done.")},
    )
    follow_up_at = forms.DateTimeField(
        label=_("Next contact"),
        required=False,
        help_text=_("Within 24 to 72 hours is usual. It becomes a follow-up of the primary clinician’s."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class ShiftForm(forms.Form):
    """Who is on call, from when to when."""

    program = forms.ModelChoiceField(label=_("Program"), queryset=Program.objects.none())
    user = forms.ModelChoiceField(
        label=_("Who"), queryset=User.objects.none(), error_messages={"required": _("Say who is on call.")}
    )
    starts_at = forms.DateTimeField(
        label=_("From"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": _("Say from when.")},
    )
    ends_at = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": _("Say until when.")},
    )

    def __init__(self, *args, programs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].queryset = programs
        held = RoleAssignment.objects.current().filter(program__in=programs, role__in=CLINICAL)
        self.fields["user"].queryset = User.objects.filter(is_active=True, pk__in=held.values("user"))
        if programs.count() == 1:
            self.fields["program"].initial = programs.get()

    def clean(self) -> dict:
        values = super().clean()
        start, end = values.get("starts_at"), values.get("ends_at")
        if start and end:
            if end <= start:
                self.add_error("ends_at", _("The shift ends after it begins."))
            elif end <= timezone.now():
                self.add_error("ends_at", _("This shift is past."))
            elif end - start > dt.timedelta(days=14):
                self.add_error("ends_at", _("A shift lasts two weeks at most."))
        program, user = values.get("program"), values.get("user")
        if program and user:
            held = RoleAssignment.objects.current().filter(program=program, user=user, role__in=CLINICAL)
            if not held.exists():
                self.add_error("user", _("This person is not a clinician of the program."))
        return values

    def save(self) -> OnCallShift:
        """Make the shift."""
        return OnCallShift.objects.create(**self.cleaned_data)


class PhoneForm(forms.Form):
    """The clinic's own line in a crisis."""

    crisis_phone = forms.CharField(
        label=_("The clinic’s own line in a crisis"),
        max_length=32,
        required=False,
        help_text=_("Shown to patients beside 988 and 911. Empty: the installation’s line, if it has one."),
    )

    def clean_crisis_phone(self) -> str:
        """A line that can be called: three digits at least."""
        said = self.cleaned_data["crisis_phone"].strip()
        if said and sum(letter.isdecimal() for letter in said) < 3:
            raise forms.ValidationError(_("Enter a phone number."))
        return said
