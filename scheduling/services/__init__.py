"""Deeds of the schedule."""

from scheduling.services.appointments import (
    book_appointment,
    cancel_appointment,
    change_series,
    end_series,
    extend_series,
    move_appointment,
    record_outcome,
    start_series,
)
from scheduling.services.episodes import end_episode
from scheduling.services.horizon import HORIZON_WEEKS, extend_horizon, local_start
from scheduling.services.hours import close_hours, free_times, give_back, open_hours, pick_time
from scheduling.services.reminders import plan_reminders
from scheduling.services.seats import lead_group, leave_group, reconcile_bookings, seat_member, seat_waiting
from scheduling.services.sessions import cancel_session, create_slot, move_session

__all__ = [
    "HORIZON_WEEKS",
    "book_appointment",
    "cancel_appointment",
    "cancel_session",
    "change_series",
    "close_hours",
    "create_slot",
    "end_episode",
    "end_series",
    "extend_horizon",
    "extend_series",
    "free_times",
    "give_back",
    "lead_group",
    "leave_group",
    "local_start",
    "move_appointment",
    "move_session",
    "open_hours",
    "pick_time",
    "plan_reminders",
    "reconcile_bookings",
    "record_outcome",
    "seat_member",
    "seat_waiting",
    "start_series",
]
