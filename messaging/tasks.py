"""What beat wakes: send what is due."""

from core.tasks import house_task
from messaging import services


@house_task("messaging.send_due")
def send_due() -> None:
    """Claim and send due deliveries in batches until none is left."""
    services.send_due()
