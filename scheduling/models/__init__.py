"""Weekly slots, dated sessions, appointments, who is expected where, and what life changes."""

from scheduling.models.appointments import (
    LENGTHS,
    Appointment,
    AppointmentKind,
    AppointmentQuerySet,
    AppointmentSeries,
    OpenHours,
)
from scheduling.models.bookings import Booking, BookingQuerySet, TimeRange
from scheduling.models.exceptions import Closure, CoverRequest, SeatOffer, TimeOff
from scheduling.models.feeds import CalendarFeed
from scheduling.models.requests import ExcuseRequest, RequestPolicy, SeatRequest
from scheduling.models.sessions import Session, SessionQuerySet, Slot

__all__ = [
    "LENGTHS",
    "Appointment",
    "AppointmentKind",
    "AppointmentQuerySet",
    "AppointmentSeries",
    "Booking",
    "BookingQuerySet",
    "CalendarFeed",
    "Closure",
    "CoverRequest",
    "ExcuseRequest",
    "OpenHours",
    "RequestPolicy",
    "SeatOffer",
    "SeatRequest",
    "Session",
    "SessionQuerySet",
    "Slot",
    "TimeOff",
    "TimeRange",
]
