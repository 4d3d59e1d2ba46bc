"""What every template knows."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from accounts.access import Can, allows
from accounts.idle import idle_minutes
from accounts.proof import has_passkey


class _Deeds:
    """`{% if can.WRITE_NOTES %}` in a template."""

    def __init__(self, user):
        self.user = user

    def __getitem__(self, name: str) -> bool:
        return allows(self.user, Can[name])


def house(request) -> dict:
    """Site name, clinic's phone, where a quick exit leads, what the reader may do, whether they have a passkey, and when they are
    signed out."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "site_name": settings.SITE_NAME,
        "clinic_phone": settings.CLINIC_PHONE,
        "quick_exit_url": settings.QUICK_EXIT_URL,
        "can": _Deeds(user) if user else {},
        "has_passkey": SimpleLazyObject(lambda: signed_in and has_passkey(user)),  # looked up once, where one signs
        "idle_seconds": idle_minutes(user) * 60 if signed_in else 0,
    }
