"""How a refusal names the other thing somebody is at: to those who may see it."""

from django.utils.translation import gettext as _

from accounts.models import User
from scheduling.models import Appointment, Booking, Session


def name_of(booking: Booking, by: User | None) -> str:
    """What the booking is of, in words for `by`: the group in quotation marks, an appointment by its kind; "something else"
    to somebody who may not open it. by None: the system itself, which is told everything. One query."""
    if booking.session_id:
        if by is None or Session.objects.visible_to(by).filter(pk=booking.session_id).exists():
            return f"“{booking.session.group}”"
    elif by is None or Appointment.objects.visible_to(by).filter(pk=booking.appointment_id).exists():
        return _("an appointment (%(kind)s)") % {"kind": booking.appointment.get_kind_display().lower()}
    return _("something else")
