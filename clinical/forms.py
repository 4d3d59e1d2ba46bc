"""Forms of the roll-call and of notes. Each person's fields carry their own prefix, so that every error has its place."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.models import ATTENDED, Attendance, GroupNote, Participation, ProgressNote, Status
from clinical.services import Draft, RollCallRow
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import Session


class RollCallRowForm(forms.Form):
    """One person's line. Nothing chosen: not taken yet, and left so."""

    status = forms.ChoiceField(label=_("Attendance"), choices=Status.choices, required=False, widget=forms.RadioSelect)
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0)
    participation = forms.TypedChoiceField(
        label=_("Participation"),
        choices=[("", _("Not rated")), *Participation.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args, patient: Patient, session: Session, attendance: Attendance | None, sealed: bool, **kwargs):
        if attendance:
            kwargs["initial"] = {
                "status": attendance.status,
                "minutes": attendance.minutes,
                "participation": attendance.participation,
            }
        super().__init__(*args, prefix=f"p{patient.pk}", **kwargs)
        self.patient, self.attendance, self.sealed = patient, attendance, sealed
        self.possible = session.treatment_minutes
        self.fields["minutes"].widget.attrs |= {
            "class": "form-control",
            "inputmode": "numeric",
            "max": self.possible,
            "data-full": self.possible,
            "aria-label": _("Minutes attended by %(name)s") % {"name": patient.name},
        }
        self.fields["participation"].widget.attrs |= {
            "class": "form-select",
            "aria-label": _("Participation of %(name)s") % {"name": patient.name},
        }
        if sealed:
            for field in self.fields.values():
                field.disabled = True

    def row(self) -> RollCallRow | None:
        """The line for the service; None when attendance was not chosen. "Present" without minutes is all of them."""
        values = self.cleaned_data
        if not values["status"]:
            return None
        status = Status(values["status"])
        minutes = values["minutes"]
        if status == Status.PRESENT and minutes is None:
            minutes = self.possible
        attended = status in ATTENDED
        return RollCallRow(
            patient_id=self.patient.pk,
            status=status,
            minutes=minutes if attended else None,
            participation=values["participation"] if attended else None,
        )

    def clean(self) -> dict:
        values = super().clean()
        if not values.get("status") and (values.get("minutes") is not None or values.get("participation") is not None):
            self.add_error("status", _("Say how they attended."))
        return values


def place_refusal(refusal: Refusal, forms_by_patient: dict[int, forms.Form]) -> bool:
    """Put a service's refusal ("minutes-12") beside its field in the right person's form. False when it has no such place."""
    field, _dash, pk = (refusal.field or "").rpartition("-")
    form = forms_by_patient.get(int(pk)) if pk.isdigit() else None
    if form is None or field not in form.fields:
        return False
    form.add_error(field, refusal.message)
    return True


class SharedForm(forms.Form):
    """The shared part of a session's notes."""

    objective = forms.CharField(
        label=_("Objective"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the group worked towards."),
    )
    topic = forms.CharField(label=_("Topic"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    intervention = forms.CharField(
        label=_("Intervention"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you did. About the group only: nobody is named here."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, note: GroupNote | None, topic: str, **kwargs):
        self.note = note
        initial = {"topic": topic, "version": 0}
        if note:
            initial = {"objective": note.objective, "topic": note.topic, "intervention": note.intervention, "version": note.version}
        super().__init__(*args, prefix="shared", initial=initial, **kwargs)


class DraftForm(forms.Form):
    """One person's own text."""

    text = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, attendance: Attendance, note: ProgressNote | None, **kwargs):
        self.attendance, self.note, self.patient = attendance, note, attendance.patient
        initial = {"text": note.text if note else "", "version": note.version if note else 0}
        super().__init__(*args, prefix=f"p{attendance.patient_id}", initial=initial, **kwargs)
        self.fields["text"].label = _("Participation and response of %(name)s") % {"name": self.patient.name}

    @property
    def theirs(self) -> str:
        """What is stored now, shown beside one's own text when somebody else saved meanwhile."""
        return self.note.text if self.note and self.has_error("text") else ""

    def draft(self) -> Draft:
        """The text for the service."""
        return Draft(self.attendance.patient_id, self.cleaned_data["text"], self.cleaned_data["version"])


class AddendumForm(forms.Form):
    """A new entry to a signed note."""

    text = forms.CharField(
        label=_("Addendum"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Signed with your name and the time, and sealed at once. The note stays as it is."),
    )


def drafts_of(rows: Iterable[DraftForm]) -> list[Draft]:
    """Drafts of every form but the signed ones."""
    return [form.draft() for form in rows if not (form.note and form.note.is_signed)]
