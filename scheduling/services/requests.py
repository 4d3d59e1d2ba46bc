"""What waits for an answer of staff: reads for the desk's pages."""

from collections.abc import Iterable

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from patients.models import Patient
from scheduling.models import ExcuseRequest, SeatRequest, Session


def excuses_waiting(user: User) -> list[ExcuseRequest]:
    """Requests to be excused of one's people that nobody has answered, the soonest first. One query."""
    rows = ExcuseRequest.objects.visible_to(user).waiting()
    return list(rows.select_related("booking__session__group", "booking__patient"))


def seats_waiting(user: User) -> list[SeatRequest]:
    """Requests for seats of one's people that nobody has answered, the soonest first. One query."""
    return list(SeatRequest.objects.visible_to(user).waiting().select_related("session__group", "patient", "episode"))


def waiting_count(user: User) -> int:
    """How many requests of one's people wait for an answer. Two queries."""
    return (
        ExcuseRequest.objects.visible_to(user).waiting().count()
        + SeatRequest.objects.visible_to(user).waiting().count()
    )


def seats_left(sessions: Iterable[Session]) -> dict[int, int]:
    """Free seats of these sessions (with their group), by id. One query."""
    sessions = {s.pk: s for s in sessions}
    people = Q(bookings__released_at=None, bookings__patient__isnull=False)
    taken = Session.objects.filter(pk__in=sessions).values_list("pk").annotate(n=Count("bookings", filter=people))
    return {pk: max(0, sessions[pk].group.capacity - n) for pk, n in taken.order_by("pk")}


def excuses_of(session: Session) -> dict[int, ExcuseRequest]:
    """The standing requests about a session, by patient (id). One query."""
    rows = (
        ExcuseRequest.objects.standing()
        .filter(booking__session=session)
        .select_related("booking__patient", "answered_by")
    )
    return {r.booking.patient_id: r for r in rows}


def requests_of(patient: Patient) -> tuple[list[ExcuseRequest], list[SeatRequest]]:
    """What stands of somebody's requests about sessions still to come. Two queries."""
    excuses = ExcuseRequest.objects.standing().filter(booking__patient=patient, booking__ends_at__gt=timezone.now())
    return (
        list(excuses.select_related("booking__session__group", "booking__patient").order_by("asked_for")),
        list(SeatRequest.objects.waiting().filter(patient=patient).select_related("session__group")),
    )
