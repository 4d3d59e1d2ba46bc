"""What beat wakes: rooms are tended even where no live process is left to do it, and the ledger of media is put right."""

from core.tasks import house_task
from rooms.services import beside, dropouts, ending, ledger, presence


@house_task("rooms.reconcile_media")
def reconcile_media() -> None:
    """Ask the media servers who is really there."""
    ledger.reconcile()


@house_task("rooms.tend")
def tend() -> None:
    """Close the connections of processes that are gone, look who dropped out, close the rooms beside whose time is over, and end
    the rooms that were left running."""
    presence.sweep()
    dropouts.look()
    beside.close_due()
    ending.end_overdue()
