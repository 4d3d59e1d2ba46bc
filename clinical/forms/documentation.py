"""Forms of the documentation page: the shared part, and a row for each person (attendance and their own note).

Each form sends back what its page showed, part by part (`clinical.forms.session`): what was left alone is never written.
"""

import datetime as dt
import json
from collections.abc import Iterable

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.forms.session import digest, place_refusal, plain
from clinical.models import (
    ATTENDED,
    Affect,
    Attendance,
    Engagement,
    GroupNote,
    Objective,
    Participation,
    Progress,
    ProgressNote,
    Risk,
    Status,
)
from clinical.services.attendance import NARRATIVE, TIMES, RollCallRow, check_row, held_minutes
from clinical.services.documentation import OWN, SHARED, Row
from clinical.services.proposals import Proposal, SharedProposal
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import Session

DAY = dt.timedelta(days=1)


def _area(rows: int = 2, **attrs) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", **attrs})


def _as_sent(value: object) -> str:
    """A value as a browser sends it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%H:%M}"
    return plain(str(value))


class Part(forms.Form):
    """A part of the page, with the version its page showed. One that lost its hidden fields counts as having seen nothing."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    columns: tuple[str, ...] = ()

    def __init__(self, *args, note: GroupNote | ProgressNote | None, initial: dict, **kwargs):
        self.note = note
        shown = {"version": note.version if note else 0, "seen": self._digest(initial)}
        super().__init__(*args, initial=initial | shown, **kwargs)

    def _digest(self, values: dict) -> str:
        return digest(*(_as_sent(values.get(name)) for name in self.columns))

    def clean_version(self) -> int:
        version = self.cleaned_data["version"]
        return int(version) if version.isdecimal() and len(version) < 10 else 0

    def clean(self) -> dict:
        values = super().clean()
        return {name: plain(value) if isinstance(value, str) else value for name, value in values.items()}

    @property
    def is_written(self) -> bool:
        """Whether the reader changed the words and ratings that their page showed."""
        return self.cleaned_data["seen"] != self._digest(self.cleaned_data)

    is_touched = is_written

    @property
    def read_version(self) -> int:
        """Once this page is saved: the version whose words its reader had before them."""
        if self.note and self._digest(self.cleaned_data) == self.initial["seen"]:
            return self.note.version
        says = self._digest(self.cleaned_data) != self._digest({})
        return self.cleaned_data["version"] + bool(self.is_written and (self.note or says))

    @property
    def has_conflict(self) -> bool:
        """Somebody else saved meanwhile."""
        return any(self.has_error(name, "changed_meanwhile") for name in self.fields)

    def hidden(self) -> dict[str, object]:
        """What the page is to send back from now on, by the fields' full names."""
        return {self.add_prefix(n): self.initial.get(n, "") for n, f in self.fields.items() if f.widget.is_hidden}

    def stored(self) -> dict[str, str]:
        """What is stored, as a browser would send it, by the fields' full names."""
        shown = {n: f for n, f in self.fields.items() if not f.widget.is_hidden}
        return {self.add_prefix(n): self._stored(n, f) for n, f in shown.items()}

    def _stored(self, name: str, field: forms.Field) -> str:
        value = self.initial.get(name)
        if isinstance(field, forms.BooleanField):
            return "on" if value else ""
        return _as_sent(value)

    @property
    def theirs(self) -> list[tuple[str, str]]:
        """What is stored now, label and words, of whatever differs from what was sent, when somebody else saved meanwhile."""
        if not self.has_conflict:
            return []
        found = []
        for name, field in self.fields.items():
            now = self._stored(name, field)
            if not field.widget.is_hidden and now != plain(self.data.get(self.add_prefix(name), "")):
                choices = {str(key): words for key, words in getattr(field, "choices", [])}
                found.append((field.label, str(choices.get(now, now)) if now else ""))
        return found


class SharedForm(Part):
    """The shared part of a session's notes. Times are in the reader's zone."""

    objective = forms.CharField(
        label=_("Objective"), required=False, widget=_area(), help_text=_("What the group worked towards.")
    )
    topic = forms.CharField(label=_("Topic or curriculum unit"), required=False, widget=_area())
    intervention = forms.CharField(
        label=_("Interventions"), required=False, widget=_area(), help_text=_("What you did. Nobody is named here.")
    )
    activities = forms.CharField(label=_("Activities"), required=False, widget=_area(1))
    handouts = forms.CharField(label=_("Handouts"), required=False, widget=_area(1))
    homework = forms.CharField(label=_("Homework given"), required=False, widget=_area(1))
    began_at = forms.TimeField(label=_("Began"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    stopped_at = forms.TimeField(label=_("Stopped"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    break_minutes = forms.IntegerField(label=_("Minutes of breaks"), required=False, min_value=0, max_value=240)
    columns = (*SHARED, *TIMES)
    needed = ("objective", "topic", "intervention")
    more = ("activities", "handouts", "homework")
    times = TIMES

    def __init__(
        self,
        *args,
        note: GroupNote | None,
        session: Session,
        topic: str,
        proposed: SharedProposal | None = None,
        **kwargs,
    ):
        initial = {name: getattr(note, name) if note else None for name in self.columns}
        if note is None:
            initial |= {**(proposed.values() if proposed else {}), "topic": topic}
        self.is_from_room = note is None and proposed is not None and proposed != SharedProposal()
        for name in ("began_at", "stopped_at"):
            initial[name] = initial[name] and timezone.localtime(initial[name]).strftime("%H:%M")
        self.session = session
        super().__init__(*args, note=note, initial=initial, prefix="shared", **kwargs)
        for name in TIMES:
            self.fields[name].widget.attrs |= {"class": "form-control", "data-planned": self._planned(name)}
        if self.is_from_room:
            for name, value in proposed.values().items():
                if value not in (None, ""):  # shown as nobody's word yet
                    self.fields[name].widget.attrs["class"] += " is-proposed"
        self.fields["break_minutes"].widget.attrs |= {"placeholder": session.break_minutes, "inputmode": "numeric"}

    def _planned(self, name: str) -> str:
        if name == "break_minutes":
            return str(self.session.break_minutes)
        moment = self.session.starts_at if name == "began_at" else self.session.ends_at
        return _as_sent(moment)

    def _digest(self, values: dict) -> str:
        said = dict(values)
        for name in ("began_at", "stopped_at"):
            if isinstance(said.get(name), dt.time):
                said[name] = said[name].strftime("%H:%M")
        return super()._digest(said)

    def _moment(self, name: str) -> dt.datetime | None:
        """The time of day as the moment nearest to its plan. Left as it was shown: what is stored, seconds included."""
        time = self.cleaned_data.get(name)
        if time is None:
            return None
        if self.note and self.initial[name] == time.strftime("%H:%M"):
            return getattr(self.note, name)
        plan = timezone.localtime(self.session.starts_at if name == "began_at" else self.session.ends_at)
        days = (plan.date() - DAY, plan.date(), plan.date() + DAY)
        return min((dt.datetime.combine(day, time, plan.tzinfo) for day in days), key=lambda m: abs(m - plan))

    @property
    def is_sent(self) -> bool:
        """Whether the request brought this part at all."""
        return self.add_prefix("version") in self.data

    def possible(self) -> int:
        """Treatment minutes of the session once this part is saved; as stored where it was not sent or can't be saved."""
        if self.is_bound and self.is_sent and self.is_valid() and (values := self.values()):
            times = {name: values[name] for name in TIMES}
            if (minutes := held_minutes(self.session, GroupNote(session=self.session, **times))) > 0:
                return minutes
        return held_minutes(self.session, self.note)

    def values(self) -> dict[str, object] | None:
        """The part as `save_shared` takes it; None when it was not touched."""
        if not self.is_written:
            return None
        return {name: self.cleaned_data[name] for name in (*SHARED, "break_minutes")} | {
            name: self._moment(name) for name in ("began_at", "stopped_at")
        }


def _as_page_sends(value: object) -> str:
    """The same, ticks as "on"."""
    return "on" if value is True else _as_sent(value or None)


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
        label=_("Participation and response"), required=False, widget=_area(3), help_text=_("A peer is “a peer”.")
    )
    plan_objective = forms.TypedChoiceField(
        label=_("Objective worked on"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    progress = _rating(_("Progress on it"), Progress.choices, _("Not rated"))
    risk = forms.ChoiceField(label=_("Risk"), choices=Risk.choices, required=False, widget=forms.RadioSelect)
    risk_text = forms.CharField(label=_("What was reported, and what was done"), required=False, widget=_area())
    camera_on = _answer(_("Camera on"))
    homework_done = _answer(_("Homework done"))
    tech_trouble = forms.BooleanField(label=_("Technical trouble"), required=False, widget=_tick())
    place_trouble = forms.BooleanField(label=_("Trouble in their surroundings"), required=False, widget=_tick())
    trouble_text = forms.CharField(label=_("Disruptions"), required=False, widget=_area(1))
    next_step = forms.CharField(label=_("Follow-up"), required=False, widget=_area(1))
    columns = tuple(name.removesuffix("_id") for name in OWN)
    attending = ("status", "minutes", "participation")

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
