"""Forms of the schedule and of joining and leaving."""

from scheduling.forms.closures import ClosureForm
from scheduling.forms.fields import DateInput, DayField
from scheduling.forms.members import EndStayForm, JoinForm, LeaveForm, VisitorForm, WaitForm
from scheduling.forms.sessions import CancelForm, MoveForm

__all__ = [
    "CancelForm",
    "ClosureForm",
    "DateInput",
    "DayField",
    "EndStayForm",
    "JoinForm",
    "LeaveForm",
    "MoveForm",
    "VisitorForm",
    "WaitForm",
]
