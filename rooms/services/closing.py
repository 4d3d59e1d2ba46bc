"""The closing check: a leader opens it, or the agenda coming to its step. What it asks and what is answered is `clinical`’s."""

from rooms.deeds import By, deed
from rooms.models import Participant, Room, Step, StepKind


def open_check(*, by: Participant) -> None:
    """Open the closing check for everybody who is in; twice changes nothing. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        if doing.room.check_opened_at is None:
            doing.room.check_opened_at = doing.now
            doing.room.save(update_fields=["check_opened_at"])
            doing.tell("check.open", {})


def is_check_open(room: Room) -> bool:
    """Whether the closing check was opened: by hand, or by the agenda having come to it. One query at most. It stays open for
    whoever takes longer."""
    if room.check_opened_at:
        return True
    return Step.objects.filter(room=room, kind=StepKind.CLOSING_CHECK, began_at__isnull=False).exists()
