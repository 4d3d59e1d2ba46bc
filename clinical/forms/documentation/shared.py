"""The shared part of a session's notes."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.forms.documentation.part import Part, area, as_sent
from clinical.models import GroupNote
from clinical.services.attendance import TIMES, held_minutes
from clinical.services.documentation import SHARED
from clinical.services.proposals import SharedProposal
from scheduling.models import Session

DAY = dt.timedelta(days=1)


class SharedForm(Part):
    """The shared part of a session's notes. Times are in the reader's zone."""

    objective = forms.CharField(
        label=_("Objective"), required=False, widget=area(), help_text=_("What the group worked towards.")
    )
    topic = forms.CharField(label=_("Topic or curriculum unit"), required=False, widget=area())
    intervention = forms.CharField(
        label=_("Interventions"), required=False, widget=area(), help_text=_("What you did. Nobody is named here.")
    )
    activities = forms.CharField(label=_("Activities"), required=False, widget=area(1))
    handouts = forms.CharField(label=_("Handouts"), required=False, widget=area(1))
    homework = forms.CharField(label=_("Homework given"), required=False, widget=area(1))
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
        return as_sent(moment)

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
