"""Deeds of the schedule."""

from scheduling.services import cover_news  # noqa: F401 - registers its kinds of message
from scheduling.services.cover import give_back, take_over, take_time_off, withdraw_time_off
from scheduling.services.episodes import end_episode
from scheduling.services.horizon import HORIZON_WEEKS, extend_horizon, local_start
from scheduling.services.reminders import plan_reminders
from scheduling.services.seats import lead_group, leave_group, reconcile_bookings, seat_member, seat_waiting
from scheduling.services.sessions import cancel_session, create_slot, move_session

__all__ = [
    "HORIZON_WEEKS",
    "cancel_session",
    "create_slot",
    "end_episode",
    "extend_horizon",
    "give_back",
    "lead_group",
    "leave_group",
    "local_start",
    "move_session",
    "plan_reminders",
    "reconcile_bookings",
    "seat_member",
    "seat_waiting",
    "take_over",
    "take_time_off",
    "withdraw_time_off",
]
