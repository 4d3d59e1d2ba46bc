"""How allauth behaves here: accounts are made by staff, never by signing up."""

import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.access import Role


class AccountAdapter(DefaultAccountAdapter):
    """Closed to sign-up; whoever just signed in is not asked for the same password again."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This address and this password don’t belong together. Try once more, or choose a new password below."
        ),
        "too_many_login_attempts": _("There were many tries in a short time. Wait a few minutes, then try once more."),
        "incorrect_password": _("This is not your password. Try once more."),
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def send_password_reset_mail(self, user, email: str, context: dict):
        """Somebody in care who never signed in comes by an invitation, which asks who they are; a mailbox alone is not enough.
        Whoever asks sees the same page either way."""
        from accounts.proof import has_passkey  # here: it needs the models, which are not loaded yet

        only_in_care = user.roles == {Role.PATIENT}
        if only_in_care and not user.has_usable_password() and not has_passkey(user):
            context = {"user": user, "clinic_phone": settings.CLINIC_PHONE}
            with translation.override(user.language):
                return self.send_mail("account/email/ask_for_link", email, context)
        return super().send_password_reset_mail(user, email, context)

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """allauth would ask even a minute after the sign-in, between it and the second step that staff must set up."""
        signed_in = self.request.session.get(AUTHENTICATION_METHODS_SESSION_KEY) or [{"at": 0}]
        recent = time.time() - signed_in[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not recent and super().is_reauthentication_required(app=app, **kwargs)
