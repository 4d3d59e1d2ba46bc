"""The form of the roll-call, and what it shares with `clinical.forms.documentation`. Each person's fields carry their own prefix.

Two people may have one page open. Each form sends back what its page showed (`seen`): what its reader left alone is
never written, so that it can't undo somebody else's work; what both changed is refused once and shown side by side.
"""

import hashlib
from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical import services
from clinical.models import ATTENDED, Attendance, Participation, Status
from clinical.services import RollCallRow
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import ExcuseRequest


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
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args,
        patient: Patient,
        possible: int,
        attendance: Attendance | None,
        sealed: bool,
        excuse: ExcuseRequest | None = None,
        **kwargs,
    ):
        # What was answered ahead is proposed: it is recorded when whoever takes attendance saves it.
        self.excuse = excuse if attendance is None else None
        kwargs["initial"] = {"seen": attendance.as_seen if attendance else ""}
        if self.excuse and self.excuse.state == ExcuseRequest.State.EXCUSED:
            kwargs["initial"]["status"] = Status.EXCUSED
        if attendance:
            kwargs["initial"] |= {
                "status": attendance.status,
                "minutes": attendance.minutes,
                "participation": attendance.participation,
            }
        super().__init__(*args, prefix=f"p{patient.pk}", **kwargs)
        self.patient, self.attendance, self.sealed = patient, attendance, sealed
        self.possible = possible
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
        if sealed and self.add_prefix("status") not in self.data:
            self._disable()

    def _disable(self) -> None:
        for field in self.fields.values():
            field.disabled = True

    @property
    def theirs(self) -> Attendance | None:
        """What is recorded now, shown beside one's own choice when somebody else saved meanwhile."""
        return self.attendance if self.has_error("status", "changed_meanwhile") else None

    def row(self) -> RollCallRow | None:
        """The line for the service; None when attendance was not chosen or is what the page showed.

        "Present" without minutes is all of them; somebody absent has none."""
        values = self.cleaned_data
        if not values.get("status"):
            return None
        status, minutes, rating = Status(values["status"]), values.get("minutes"), values.get("participation")
        if status not in ATTENDED:
            minutes = rating = None
        elif status == Status.PRESENT and minutes is None:
            minutes = self.possible
        row = RollCallRow(self.patient.pk, status, minutes, rating, seen=values["seen"])
        return None if row.as_seen == row.seen else row

    @property
    def is_open(self) -> bool:
        """Nothing is recorded and nothing was chosen."""
        return self.attendance is None and not self.cleaned_data.get("status")

    @property
    def is_touched(self) -> bool:
        """Whether the reader changed what their page showed."""
        return self.row() is not None

    def clean(self) -> dict:
        values = super().clean()
        if self.sealed and not self.fields["status"].disabled:
            self._refuse_what_came_too_late()
        elif self.sealed or self.errors:
            return values
        elif not values.get("status") and (values["minutes"] is not None or values["participation"] is not None):
            self.add_error("status", _("Say how they attended."))
        elif row := self.row():
            try:
                services.check_row(row, possible=self.possible, person=self.patient)
            except Refusal as refusal:
                place_refusal(refusal, {self.patient.pk: self})
        return values

    def _refuse_what_came_too_late(self) -> None:
        """A page opened before the note was signed still sends this line: say so when it says something else."""
        row = self.row()
        differs = bool(self.errors) or (row is not None and row.as_seen != self.attendance.as_seen)
        self.errors.clear()
        self._disable()
        if differs:
            self.add_error(
                "status",
                _("The note was signed meanwhile: this line is sealed and stays as it is. Write an addendum."),
            )


def place_refusal(refusal: Refusal, forms_by_patient: dict[int, forms.Form]) -> bool:
    """Put a service's refusal ("minutes-12") beside its field in the right person's form; False when there is none.

    After "changed meanwhile" the form counts as having seen what is stored now, so that saving again is a decision.
    """
    field, _dash, pk = (refusal.field or "").rpartition("-")
    form = forms_by_patient.get(int(pk)) if pk.isdecimal() else None
    if form is None or field not in form.fields:
        return False
    form.add_error(field, forms.ValidationError(refusal.message, refusal.code))
    if refusal.code == "changed_meanwhile":
        see_newest(form)
    return True


def see_newest(form: forms.Form, *, all_of_it: bool = False) -> None:
    """Let the form send back what is stored now as what its page showed; and show it, when `all_of_it`."""
    form.data = form.data.copy()
    for name, value in form.initial.items():
        if all_of_it or form.fields[name].widget.is_hidden:
            form.data[form.add_prefix(name)] = "" if value is None else value


def keep_up(page: Iterable[forms.Form]) -> None:
    """Before a page goes back with errors: what its reader left alone shows what is stored by now."""
    for form in page:
        if form.is_bound and not form.errors and not form.is_touched:
            see_newest(form, all_of_it=True)


def plain(text: str) -> str:
    """The text with a browser's line ends made one, so that equal texts are equal."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def digest(*texts: str) -> str:
    """A short word for these texts, sent along to tell whether they were touched."""
    return hashlib.sha256("\x1f".join(plain(text) for text in texts).encode()).hexdigest()[:16]
