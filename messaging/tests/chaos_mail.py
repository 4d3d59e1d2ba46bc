"""Mail to a stand-in that can be asked what it took, as some providers can."""

import smtplib

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend


class Askable(EmailBackend):
    """Django's own, and the question."""

    def already_left(self, message_id: str) -> bool:
        """Whether the server took it. Raises OSError or smtplib.SMTPException when it can't be asked now."""
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT) as server:
            return server.docmd("XSEEN", message_id)[0] == 250
