"""Forms of the schedule and of joining and leaving."""

from scheduling.forms.fields import DateInput, DayField
from scheduling.forms.members import EndStayForm, JoinForm, LeaveForm, WaitForm
from scheduling.forms.sessions import CancelForm, MoveForm

__all__ = ["CancelForm", "DateInput", "DayField", "EndStayForm", "JoinForm", "LeaveForm", "MoveForm", "WaitForm"]
