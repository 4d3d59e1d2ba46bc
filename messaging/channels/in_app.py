"""On the person's own pages: no provider, written in the transaction that marks the row sent, so exactly once."""

from dataclasses import dataclass

from accounts.models import User
from messaging.kinds import Letter
from messaging.models import Delivery, Notice


@dataclass(frozen=True)
class InApp:
    """A row of Notice."""

    provider: str = ""
    can_ask: bool = True

    def address(self, user: User, *, urgent: bool = False) -> str:
        return "pages"

    def send(self, delivery: Delivery, to: str, letter: Letter, *, path: str = "", urgent: bool = False) -> str:
        """Call it in the transaction that marks the delivery sent."""
        notice = Notice.objects.create(
            user_id=delivery.recipient_id, delivery=delivery, subject=letter.subject, text=letter.text, path=path[:200]
        )
        return f"notice-{notice.pk}"

    def already_left(self, delivery: Delivery) -> bool | None:
        return Notice.objects.filter(delivery=delivery).exists()

    def gave_up(self, user: User, to: str, reason: str) -> None:
        """Never happens."""
