"""Deeds of the schedule."""

from scheduling.services.closures import close_days, lift_closure, preview_closure
from scheduling.services.episodes import end_episode
from scheduling.services.horizon import HORIZON_WEEKS, extend_horizon, local_start
from scheduling.services.offers import accept_offer, decline_offer, offer_seat, withdraw_offer
from scheduling.services.reminders import plan_reminders
from scheduling.services.seats import lead_group, leave_group, reconcile_bookings, seat_member, seat_waiting
from scheduling.services.sessions import cancel_session, create_slot, move_session
from scheduling.services.visitors import add_visitor, remove_visitor

__all__ = [
    "HORIZON_WEEKS",
    "accept_offer",
    "add_visitor",
    "cancel_session",
    "close_days",
    "create_slot",
    "decline_offer",
    "end_episode",
    "extend_horizon",
    "lead_group",
    "leave_group",
    "lift_closure",
    "local_start",
    "move_session",
    "offer_seat",
    "plan_reminders",
    "preview_closure",
    "reconcile_bookings",
    "remove_visitor",
    "seat_member",
    "seat_waiting",
    "withdraw_offer",
]
