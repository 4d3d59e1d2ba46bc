"""How allauth behaves here: accounts are made by staff, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Closed to sign-up."""

    def is_open_for_signup(self, request) -> bool:
        return False
