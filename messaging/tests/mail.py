"""The mail that left during a test, as the files of `messaging.backends.OneFileEach`."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from messaging.channels import reference
from messaging.models import Delivery


class Mail:
    """A folder of messages."""

    def __init__(self, folder: Path):
        self.folder = folder

    def all(self) -> list[EmailMessage]:
        """Every message, in the order of their deliveries."""
        files = sorted(self.folder.glob("*.eml"), key=lambda f: int(f.name.split("-")[1].split("@")[0]))
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]

    def of(self, user) -> list[EmailMessage]:
        """The messages to one person."""
        return [message for message in self.all() if message["To"] == user.email]

    def written(self) -> dict[str, tuple[int, int]]:
        """What tells a file from another of the same name: written again, a message has other numbers."""
        return {f.name: (f.stat().st_ino, f.stat().st_mtime_ns) for f in self.folder.glob("*.eml")}

    def names_of(self, deliveries) -> set[str]:
        """The files there must be when these deliveries left."""
        return {f"{reference(d).strip('<>')}.eml" for d in deliveries}


def news(session, recipients, each: int = 1, *, kind: str = "session_cancelled", first: int = 1000) -> list[Delivery]:
    """Deliveries, due now, of the news that a cancelled session does not take place; several to a person, for crowds."""
    rows = [
        Delivery(
            kind=kind,
            subject_id=session.pk,
            recipient=user,
            variant=number,
            due_at=session.starts_at.replace(year=2000),
            expires_at=session.ends_at,
        )
        for user in recipients
        for number in range(first, first + each)
    ]
    return Delivery.objects.bulk_create(rows)
