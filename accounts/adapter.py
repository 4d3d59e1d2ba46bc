"""How allauth behaves here: accounts are made by staff, never by signing up."""

import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY


class AccountAdapter(DefaultAccountAdapter):
    """Closed to sign-up; whoever just signed in is not asked for the same password again."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """allauth would ask even a minute after the sign-in, between it and the second step that staff must set up."""
        signed_in = self.request.session.get(AUTHENTICATION_METHODS_SESSION_KEY) or [{"at": 0}]
        recent = time.time() - signed_in[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not recent and super().is_reauthentication_required(app=app, **kwargs)
