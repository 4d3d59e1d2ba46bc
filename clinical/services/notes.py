"""What writing and signing notes begin with: the session under its lock. Writing: `clinical.services.documentation`."""

from django.utils.translation import gettext as _

from accounts.models import User
from clinical.services.attendance import require_facilitator
from core.errors import Refusal
from scheduling.models import Booking, Session


def _lock(session: Session, by: User) -> tuple[Session, list[Booking]]:
    """The session under its lock, with its bookings. Raises Refusal (cancelled, not_begun, not_a_facilitator)."""
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group__program").get(pk=session.pk)
    )
    if session.is_cancelled:
        raise Refusal(_("This session was cancelled."), "cancelled")
    if not session.has_begun:
        raise Refusal(_("Notes can be written once the session has begun."), "not_begun")
    bookings = list(Booking.objects.live().filter(session=session).select_related("user__staff_profile"))
    require_facilitator(bookings, by)
    return session, bookings
