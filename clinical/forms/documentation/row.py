"""A person's row: how they attended, and their own note."""

import json
from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from clinical.forms.documentation.part import Part, area, as_sent
from clinical.forms.session import place_refusal
from clinical.models import (
    ATTENDED,
    Affect,
    Attendance,
    Engagement,
    Objective,
    Participation,
    Progress,
    ProgressNote,
    Risk,
    RiskAlert,
    Status,
)
from clinical.services.attendance import NARRATIVE, RollCallRow, check_row
from clinical.services.documentation import OWN, Row
from clinical.services.proposals import Proposal
from core.errors import Refusal
from patients.models import Patient


def _as_page_sends(value: object) -> str:
    """The same, ticks as "on"."""
    return "on" if value is True else as_sent(value or None)


# What the room proposes of a row.
_PROPOSED = ("status", "minutes", "tech_trouble", "trouble_text")
_YES_NO = [("", _("Not noted")), ("True", _("Yes")), ("False", _("No"))]


def _answer(label) -> forms.TypedChoiceField:
    """Yes, no, or not noted: three things."""
    return forms.TypedChoiceField(
        label=label, choices=_YES_NO, coerce=lambda v: v == "True", empty_value=None, required=False
    )


def _tick() -> forms.CheckboxInput:
    return forms.CheckboxInput(attrs={"class": "form-check-input", "value": "on"})


def _rating(label, choices, none, widget=forms.RadioSelect) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=[("", none), *choices], coerce=int, empty_value=None, required=False, widget=widget
    )


class RowForm(Part):
    """One person's row: how they attended, and their own note.

    Where nobody confirmed how they attended, the row is filled in as the room proposes. `proposed` is what it proposed as long as
    nobody confirmed it: what equals it then was not said by anybody, and is left alone.
    """

    was = forms.CharField(required=False, widget=forms.HiddenInput)
    proposed = forms.CharField(required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(label=_("Attendance"), choices=Status.choices, required=False, widget=forms.RadioSelect)
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0)
    participation = _rating(_("Participation"), Participation.choices, _("Not rated"))
    engagement = _rating(_("Engagement"), Engagement.choices, _("Not rated"))
    affect = forms.ChoiceField(label=_("Affect"), choices=[("", _("Not noted")), *Affect.choices], required=False)
    text = forms.CharField(
        label=_("Participation and response"), required=False, widget=area(3), help_text=_("A peer is “a peer”.")
    )
    plan_objective = forms.TypedChoiceField(
        label=_("Objective worked on"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    progress = _rating(_("Progress on it"), Progress.choices, _("Not rated"))
    risk = forms.ChoiceField(label=_("Risk"), choices=Risk.choices, required=False, widget=forms.RadioSelect)
    risk_text = forms.CharField(label=_("What was reported, and what was done"), required=False, widget=area())
    camera_on = _answer(_("Camera on"))
    homework_done = _answer(_("Homework done"))
    tech_trouble = forms.BooleanField(label=_("Technical trouble"), required=False, widget=_tick())
    place_trouble = forms.BooleanField(label=_("Trouble in their surroundings"), required=False, widget=_tick())
    trouble_text = forms.CharField(label=_("Disruptions"), required=False, widget=area(1))
    next_step = forms.CharField(label=_("Follow-up"), required=False, widget=area(1))
    columns = tuple(name.removesuffix("_id") for name in OWN)
    attending = ("status", "minutes", "participation")
    alert: RiskAlert | None = None  # what its risk statement raised already; the page sets it

    def __init__(
        self,
        *args,
        patient: Patient,
        attendance: Attendance | None,
        note: ProgressNote | None,
        possible: int,
        objectives: list[Objective],
        proposal: Proposal | None = None,
        **kwargs,
    ):
        self.patient, self.attendance, self.possible, self.proposal = patient, attendance, possible, proposal
        self.objectives = list(objectives)
        if note and note.plan_objective_id and note.plan_objective not in self.objectives:
            self.objectives.append(note.plan_objective)  # of an earlier version of the plan: it stays chosen
        initial = {
            name: getattr(note, column) if note else None for name, column in zip(self.columns, OWN, strict=True)
        }
        initial |= {"was": attendance.as_seen if attendance else ""}
        if attendance:
            initial |= {
                "status": attendance.status,
                "minutes": attendance.minutes if attendance.status != Status.PRESENT else None,
                "participation": attendance.participation,
            }
        super().__init__(*args, note=note, initial=initial, prefix=f"p{patient.pk}", **kwargs)
        if proposal and attendance is None:
            self._fill_in(proposal)
        self.fields["plan_objective"].choices = [("", _("Not chosen")), *((o.pk, o.text) for o in self.objectives)]
        name = {"name": patient.name}
        attrs = self.fields["minutes"].widget.attrs
        attrs |= {"class": "form-control", "inputmode": "numeric", "max": possible, "placeholder": possible}
        attrs |= {"aria-label": _("Minutes attended by %(name)s") % name, "data-full": possible}
        self.fields["text"].widget.attrs["aria-label"] = _("Participation and response of %(name)s") % name
        for field in ("affect", "camera_on", "homework_done"):
            self.fields[field].widget.attrs["class"] = "form-select"

    def _fill_in(self, proposal: Proposal) -> None:
        """Show what the room proposes; `initial` stays what is stored."""
        shown = {"status": str(proposal.status), "minutes": None, "tech_trouble": None, "trouble_text": ""}
        if proposal.status in ATTENDED:
            shown |= {"tech_trouble": proposal.trouble or None, "trouble_text": proposal.trouble_text}
            shown["minutes"] = proposal.minutes if proposal.status != Status.PRESENT else None
        for name, value in shown.items():
            self.fields[name].initial = value
            self.initial.pop(name, None)
        self.fields["proposed"].initial = json.dumps({name: _as_page_sends(shown[name]) for name in _PROPOSED})

    @property
    def is_proposed(self) -> bool:
        """Shows what the room proposes, and nobody confirmed it."""
        return bool(self["proposed"].value()) and not self._is_confirmed

    @property
    def _is_confirmed(self) -> bool:
        return self.is_bound and self.data.get("confirm") in ("all", str(self.patient.pk))

    @property
    def differs(self) -> bool:
        """Something else was confirmed than the room proposes."""
        return bool(self.proposal and self.attendance and self.proposal.differs_from(self.attendance))

    def _leave_proposal(self) -> bool:
        """Take back what only the room said. Returns whether it is how they attended."""
        values = self.cleaned_data
        if not values.get("proposed") or self._is_confirmed:
            return False
        try:
            proposed = json.loads(values["proposed"])
        except ValueError:
            return False
        said = {name: _as_page_sends(values.get(name)) for name in _PROPOSED}
        same = isinstance(proposed, dict) and all(said[n] == proposed.get(n) for n in ("status", "minutes"))
        if not same:
            return False
        values |= {"status": "", "minutes": None}
        if all(said[n] == proposed.get(n) for n in ("tech_trouble", "trouble_text")):
            values |= {"tech_trouble": False, "trouble_text": ""}
        return True

    def hidden(self) -> dict[str, object]:
        return {n: v for n, v in super().hidden().items() if self.attendance or n != self.add_prefix("proposed")}

    def _digest(self, values: dict) -> str:
        return super()._digest(values | {name: values.get(name) or None for name in ("tech_trouble", "place_trouble")})

    @property
    def is_signed(self) -> bool:
        """The note is signed: what it says is shown and nothing is asked."""
        return bool(self.note and self.note.is_signed)

    @property
    def is_absent(self) -> bool:
        """Recorded as absent: no note is asked for."""
        return bool(self.attendance and not self.attendance.attended and not self.unsaved)

    @property
    def unsaved(self) -> str:
        """A text that was sent for somebody whose note cannot be written: it is shown, so that nothing is lost."""
        return self.data.get(self.add_prefix("text"), "") if self.is_bound and self.errors else ""

    def line(self) -> RollCallRow | None:
        """Their line of the roll-call; None when it was not chosen or is what the page showed.

        Whoever was present was there throughout; somebody absent has no minutes and no rating."""
        values = self.cleaned_data
        if not values.get("status"):
            return None
        status = Status(values["status"])
        minutes, rating = values.get("minutes"), values.get("participation")
        if status not in ATTENDED:
            minutes = rating = None
        elif status == Status.PRESENT:
            minutes = self.possible
        row = RollCallRow(self.patient.pk, status, minutes, rating, seen=values["was"])
        return None if row.as_seen == row.seen else row

    @property
    def is_touched(self) -> bool:
        """Whether the reader changed anything of what their page showed."""
        return self.is_written or self.line() is not None

    def clean(self) -> dict:
        is_open = self._leave_proposal()
        values = super().clean()
        if self.errors:
            return values
        if not values.get("status") and (values["minutes"] is not None or values["participation"] is not None):
            how = _("Confirm first how they attended.") if is_open else _("Say how they attended.")
            self.add_error("status", how)
        elif line := self.line():
            try:
                check_row(line, possible=self.possible, person=self.patient)
            except Refusal as refusal:
                place_refusal(refusal, {self.patient.pk: self})
        return values

    @property
    def is_sent(self) -> bool:
        """Whether the request brought this row at all: a sealed one has no fields."""
        return any(self.add_prefix(name) in self.data for name in self.fields)

    def _is_of_note(self, line: RollCallRow | None) -> bool:
        """Ratings alone, left over from before somebody was found absent, are no note."""
        status = line.status if line else self.attendance and self.attendance.status
        return (
            status is None
            or status in ATTENDED
            or self.note is not None
            or any(self.cleaned_data[n] for n in NARRATIVE)
        )

    def row(self) -> Row | None:
        """The row as `save_rows` takes it; None when it was not touched, or no field of it was sent."""
        if not self.is_sent:
            return None
        note, line = None, self.line()
        if self.add_prefix("text") in self.data and self.is_written and self._is_of_note(line):
            note = {column: self.cleaned_data[name] for name, column in zip(self.columns, OWN, strict=True)}
        if note is None and line is None:
            return None
        return Row(self.patient.pk, line, note, self.cleaned_data["version"])


def rows_of(forms_of_rows: Iterable[RowForm]) -> list[Row]:
    """Every row that was touched."""
    return [row for form in forms_of_rows if (row := form.row())]
