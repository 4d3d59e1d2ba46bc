"""Deeds of the clinical record."""

from clinical.services.attendance import RollCallRow, require_facilitator, take_attendance
from clinical.services.notes import Draft, SignOutcome, add_addendum, save_drafts, save_group_note, sign_notes

__all__ = [
    "Draft",
    "RollCallRow",
    "SignOutcome",
    "add_addendum",
    "require_facilitator",
    "save_drafts",
    "save_group_note",
    "sign_notes",
    "take_attendance",
]
