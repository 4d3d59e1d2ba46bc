"""What every template knows."""

from django.conf import settings

from accounts.access import Can, allows
from accounts.middleware import idle_minutes


class _Deeds:
    """`{% if can.WRITE_NOTES %}` in a template."""

    def __init__(self, user):
        self.user = user

    def __getitem__(self, name: str) -> bool:
        return allows(self.user, Can[name])


def house(request) -> dict:
    """Site name, clinic's phone, what the reader may do, and when they are signed out."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {
        "site_name": settings.SITE_NAME,
        "clinic_phone": settings.CLINIC_PHONE,
        "can": _Deeds(user) if user else {},
        "idle_seconds": idle_minutes(user) * 60 if signed_in else 0,
    }
