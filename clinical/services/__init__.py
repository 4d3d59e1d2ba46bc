"""Deeds of the clinical record."""

from clinical.services.addenda import add_addendum
from clinical.services.attendance import RollCallRow, check_row, require_facilitator, take_attendance
from clinical.services.documentation import Draft, save_drafts, save_group_note
from clinical.services.signing import Seen, SignOutcome, sign_notes

__all__ = [
    "Draft",
    "RollCallRow",
    "Seen",
    "SignOutcome",
    "add_addendum",
    "check_row",
    "require_facilitator",
    "save_drafts",
    "save_group_note",
    "sign_notes",
    "take_attendance",
]
