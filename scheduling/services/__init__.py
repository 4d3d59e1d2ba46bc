"""Deeds of the schedule."""

from scheduling.services import cover_news  # noqa: F401 - registers its kinds of message
from scheduling.services.answers import answer_excuse, confirm_seat, decline_seat
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
from scheduling.services.closures import close_days, lift_closure, preview_closure
from scheduling.services.cover import give_back, take_over, take_time_off, withdraw_time_off
from scheduling.services.episodes import end_episode
from scheduling.services.excuses import ask_to_be_excused, take_back_excuse
from scheduling.services.horizon import HORIZON_WEEKS, extend_horizon, local_start
from scheduling.services.hours import close_hours, free_times, give_back_time, open_hours, pick_time
from scheduling.services.offers import accept_offer, decline_offer, offer_seat, withdraw_offer
from scheduling.services.preview import Moved, preview_move
from scheduling.services.rehearsal import rehearse
from scheduling.services.reminders import plan_reminders
from scheduling.services.seat_requests import ask_for_seat, take_back_seat_request
from scheduling.services.seats import lead_group, leave_group, reconcile_bookings, seat_member, seat_waiting
from scheduling.services.series import KEEP, Line, SlotPreview, What
from scheduling.services.sessions import cancel_session, create_slot, move_session
from scheduling.services.single import add_session, change_session
from scheduling.services.slot_news import slot_changed, slot_ended
from scheduling.services.slots import add_slot, change_slot, end_slot, preview_slot_change, preview_slot_end
from scheduling.services.visitors import add_visitor, remove_visitor

__all__ = [
    "HORIZON_WEEKS",
    "KEEP",
    "Line",
    "Moved",
    "SlotPreview",
    "What",
    "accept_offer",
    "add_session",
    "add_slot",
    "add_visitor",
    "answer_excuse",
    "ask_for_seat",
    "ask_to_be_excused",
    "book_appointment",
    "cancel_appointment",
    "cancel_session",
    "change_series",
    "change_session",
    "change_slot",
    "close_days",
    "close_hours",
    "confirm_seat",
    "create_slot",
    "decline_offer",
    "decline_seat",
    "end_episode",
    "end_series",
    "end_slot",
    "extend_horizon",
    "extend_series",
    "free_times",
    "give_back",
    "give_back_time",
    "lead_group",
    "leave_group",
    "lift_closure",
    "local_start",
    "move_appointment",
    "move_session",
    "offer_seat",
    "open_hours",
    "pick_time",
    "plan_reminders",
    "preview_closure",
    "preview_move",
    "preview_slot_change",
    "preview_slot_end",
    "reconcile_bookings",
    "record_outcome",
    "rehearse",
    "remove_visitor",
    "seat_member",
    "seat_waiting",
    "slot_changed",
    "slot_ended",
    "start_series",
    "take_back_excuse",
    "take_back_seat_request",
    "take_over",
    "take_time_off",
    "withdraw_offer",
    "withdraw_time_off",
]
