"""What is said of a goal that was taken down in a group, in words that name nothing."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinical.models import SharedGoal
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.subjects import about
from scheduling.services.news import tell
from scheduling.services.reminders import called

USEFUL = dt.timedelta(days=14)
TAKEN_DOWN = "goal_taken_down"


def tell_taken_down(shared: SharedGoal) -> None:
    """Tell the person that there is a word for them. One query."""
    tell(TAKEN_DOWN, shared.pk, variant=0, to=[shared.patient.user_id], until=timezone.now() + USEFUL)


@composes(
    TAKEN_DOWN,
    category=Category.CHANGE,
    label=_("Something somebody shared was taken down"),
    subject=_("A word for you"),
    sentence=_("there is a word for you about something you shared."),
)
def goal_taken_down(delivery: Delivery) -> Call | Skip:
    """To the person, while they have not worded it anew."""
    shared = SharedGoal.objects.select_related("membership__group").get(pk=delivery.subject_id)
    if SharedGoal.objects.filter(membership=shared.membership_id, line=shared.line, pk__gt=shared.pk).exists():
        return Skip("shared anew")
    return Call({"name": called(delivery.recipient)}, shared.membership.group.program_id, path="/my/circle/")


@about(TAKEN_DOWN)
def _shared(programs: list[int]) -> QuerySet:
    return SharedGoal.objects.filter(membership__group__program__in=programs).order_by().values("pk")
