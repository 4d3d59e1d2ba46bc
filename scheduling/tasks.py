"""What beat wakes: make sessions, plan reminders."""

from core.tasks import house_task
from scheduling import services


@house_task("scheduling.extend_horizon")
def extend_horizon() -> None:
    """Make missing sessions eight weeks ahead."""
    services.extend_horizon()


@house_task("scheduling.plan_reminders")
def plan_reminders() -> None:
    """Plan reminders of what begins soon."""
    services.plan_reminders()
