"""Deeds of the schedule."""

from scheduling.services.episodes import end_episode
from scheduling.services.horizon import HORIZON_WEEKS, extend_horizon, local_start
from scheduling.services.preview import Moved, preview_move, rehearse
from scheduling.services.reminders import plan_reminders
from scheduling.services.seats import lead_group, leave_group, reconcile_bookings, seat_member, seat_waiting
from scheduling.services.sessions import cancel_session, create_slot, move_session

__all__ = [
    "HORIZON_WEEKS",
    "Moved",
    "cancel_session",
    "create_slot",
    "end_episode",
    "extend_horizon",
    "lead_group",
    "leave_group",
    "local_start",
    "move_session",
    "plan_reminders",
    "preview_move",
    "reconcile_bookings",
    "rehearse",
    "seat_member",
    "seat_waiting",
]
