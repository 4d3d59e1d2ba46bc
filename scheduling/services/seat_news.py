"""News of a seat: offered, booked, released. And of what was closed and takes place after all."""

from django.utils.translation import gettext_lazy as _

from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.models import Appointment, Booking, SeatOffer, Session
from scheduling.services.news import is_expected
from scheduling.services.reminders import WHEN, called, local_words


def _call(delivery: Delivery, thing: Session | Appointment, program_id: int) -> Call:
    user = delivery.recipient
    return Call({"name": called(user), "when": local_words(thing.starts_at, user.zone)}, program_id)


def _visit(delivery: Delivery) -> Booking:
    """The visitor's booking the news is of: its variant."""
    return Booking.objects.select_related("session__group").get(pk=delivery.variant)


@composes(
    "seat_confirmed",
    category=Category.CHANGE,
    label=_("A seat in one session is booked"),
    subject=_("Booked: {when}"),
    sentence=_("your appointment on {when} is booked."),
    samples=WHEN,
)
def seat_confirmed(delivery: Delivery) -> Call | Skip:
    """A visitor's seat. Subject: the session; variant: the booking."""
    visit = _visit(delivery)
    if visit.released_at is not None:
        return Skip("no longer expected")
    return _call(delivery, visit.session, visit.session.group.program_id)


@composes(
    "seat_released",
    category=Category.CHANGE,
    label=_("A seat in one session is released"),
    subject=_("Cancelled: {when}"),
    sentence=_("your appointment on {when} is cancelled."),
    samples=WHEN,
)
def seat_released(delivery: Delivery) -> Call | Skip:
    """A visitor is no longer expected, while the session takes place. Subject: the session; variant: the booking."""
    visit = _visit(delivery)
    if is_expected(delivery, visit.session):
        return Skip("expected again")
    return _call(delivery, visit.session, visit.session.group.program_id)


@composes(
    "seat_offered",
    category=Category.OFFER,
    label=_("A seat in one session is offered"),
    subject=_("A time you could take: {when}"),
    sentence=_("there is a time you could take: {when}. Sign in to say yes or no."),
    samples=WHEN,
)
def seat_offered(delivery: Delivery) -> Call | Skip:
    """An offer that still stands. Subject: the session; variant: the offer."""
    offer = SeatOffer.objects.open().filter(pk=delivery.variant).select_related("session__group").first()
    if offer is None:
        return Skip("no longer offered")
    return _call(delivery, offer.session, offer.session.group.program_id)


@composes(
    "session_restored",
    category=Category.CHANGE,
    label=_("A session takes place after all"),
    subject=_("Takes place after all: {when}"),
    sentence=_("your appointment on {when} takes place after all."),
    samples=WHEN,
)
def session_restored(delivery: Delivery) -> Call | Skip:
    """A session whose cancellation was taken back; only the latest such change."""
    session = Session.objects.select_related("group").get(pk=delivery.subject_id)
    if session.is_cancelled or session.changes != delivery.variant:
        return Skip("changed again")
    if not is_expected(delivery, session):
        return Skip("no longer expected")
    return _call(delivery, session, session.group.program_id)


@composes(
    "appointment_restored",
    category=Category.CHANGE,
    label=_("An appointment takes place after all"),
    subject=_("Takes place after all: {when}"),
    sentence=_("your appointment on {when} takes place after all."),
    samples=WHEN,
)
def appointment_restored(delivery: Delivery) -> Call | Skip:
    """An appointment whose cancellation was taken back; only the latest such change."""
    appointment = Appointment.objects.select_related("episode").get(pk=delivery.subject_id)
    if appointment.is_cancelled or appointment.changes != delivery.variant:
        return Skip("changed again")
    return _call(delivery, appointment, appointment.episode.program_id)
