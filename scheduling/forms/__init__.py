"""Forms of the schedule and of joining and leaving."""

from scheduling.forms.closures import ClosureForm
from scheduling.forms.fields import DateInput, DayField
from scheduling.forms.members import EndStayForm, JoinForm, LeaveForm, VisitorForm, WaitForm
from scheduling.forms.sessions import CancelForm, MoveForm
from scheduling.forms.slots import AddSessionForm, ChangeSessionForm, ChangeSlotForm, EndSlotForm, SlotForm

__all__ = [
    "AddSessionForm",
    "CancelForm",
    "ChangeSessionForm",
    "ChangeSlotForm",
    "ClosureForm",
    "DateInput",
    "DayField",
    "EndSlotForm",
    "EndStayForm",
    "JoinForm",
    "LeaveForm",
    "MoveForm",
    "SlotForm",
    "VisitorForm",
    "WaitForm",
]
