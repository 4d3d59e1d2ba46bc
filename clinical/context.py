"""What templates know from the record."""

from django.conf import settings
from django.db.models import Count, Q
from django.utils.functional import SimpleLazyObject

from accounts.access import Can, Role, allows
from clinical.models import ClinicalPolicy, RiskAlert


def own_line(request) -> dict:
    """The clinic's line in a crisis, for patients: their program's own, else the installation's. One query, when it is shown."""
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated and Role.PATIENT in user.roles):
        return {}

    def phone() -> str:
        lines = ClinicalPolicy.objects.filter(program__in=user.program_ids(Role.PATIENT)).exclude(crisis_phone="")
        return lines.order_by("program").values_list("crisis_phone", flat=True).first() or settings.CLINIC_PHONE

    return {"clinic_phone": SimpleLazyObject(phone)}


def my_alerts(request) -> dict:
    """For staff's tabs: the open alerts of the reader's people. One query, when it is shown; none for who raises no concern."""
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated and allows(user, Can.RAISE_CONCERN)):
        return {}
    return {"my_alerts": SimpleLazyObject(lambda: open_alerts(request))}


def open_alerts(request) -> dict[str, int]:
    """How many alerts of the reader's people are open (open_alerts), and how many of them nobody has taken on (untaken). One
    query for a whole request."""
    if not hasattr(request, "_open_alerts"):
        found = RiskAlert.objects.visible_to(request.user).filter(closed_at=None)
        request._open_alerts = found.aggregate(
            open_alerts=Count("pk"), untaken=Count("pk", filter=Q(acknowledged_at=None))
        )
    return request._open_alerts
