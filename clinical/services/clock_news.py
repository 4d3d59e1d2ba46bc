"""What a supervisor is told of late notes: how many, and nothing of whom."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinical.services.clock import late_by_supervisor
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.services.reminders import called

COSIGN_PAGE = "/desk/cosign/"


@composes(
    "notes_late",
    category=Category.STAFF,
    label=_("Paperwork of one’s team is late"),
    subject=_("Past due: {count}"),
    sentence=_("paperwork of people you supervise is past due: {count}."),
    samples={"count": _("3 entries")},
)
def notes_late(delivery: Delivery) -> Call | Skip:
    """To a supervisor, once a day while notes of those they supervise are late."""
    late = late_by_supervisor().get(delivery.recipient_id, 0)
    if not late:
        return Skip("nothing late")
    count = ngettext("%(n)s entry", "%(n)s entries", late) % {"n": late}
    user = delivery.recipient
    programs = user.program_ids()
    return Call({"name": called(user), "count": count}, programs[0] if programs else None, path=COSIGN_PAGE)
