"""Local mail: one file a message, named by its Message-ID, so that a message that left once can be found."""

import os
import re
import uuid
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class OneFileEach(BaseEmailBackend):
    """Writes each message to settings.EMAIL_FILE_PATH as `<message id>.eml`, whole or not at all."""

    def send_messages(self, email_messages) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            mime = message.message()
            final = folder / self._name(mime["Message-ID"])
            draft = final.with_suffix(f".{uuid.uuid4().hex}.part")
            with draft.open("wb") as out:
                out.write(mime.as_bytes())
                out.flush()
                os.fsync(out.fileno())
            draft.rename(final)
        return len(email_messages)

    def already_left(self, message_id: str) -> bool:
        """Whether a message with this id was written before."""
        return (Path(settings.EMAIL_FILE_PATH) / self._name(message_id)).exists()

    @staticmethod
    def _name(message_id: str) -> str:
        return re.sub(r"[^A-Za-z0-9._@-]", "", message_id) + ".eml"
