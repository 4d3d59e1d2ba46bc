"""Individual work: appointments and their series."""

from scheduling.services.appointments.making import extend_series, series_dates
from scheduling.services.appointments.rules import may_provide, providers_for
from scheduling.services.appointments.series import change_series, end_series, start_series
from scheduling.services.appointments.single import (
    book_appointment,
    cancel_appointment,
    cancel_for_end_of_stay,
    move_appointment,
    record_outcome,
)

__all__ = [
    "book_appointment",
    "cancel_appointment",
    "cancel_for_end_of_stay",
    "change_series",
    "end_series",
    "extend_series",
    "may_provide",
    "move_appointment",
    "providers_for",
    "record_outcome",
    "series_dates",
    "start_series",
]
