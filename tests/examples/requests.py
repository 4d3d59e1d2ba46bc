"""Requests: of each one to be excused, and one for a seat; and the program's rule for them."""

from django.utils import timezone

from scheduling.models import Booking, ExcuseRequest, RequestPolicy, SeatRequest, Session
from scheduling.services.excuses import ask_to_be_excused


def _coming(session: Session) -> Session:
    return Session.objects.filter(group=session.group_id, starts_at__gt=timezone.now()).earliest("starts_at")


def make(house, sessions) -> None:
    """Both asked; nobody has answered."""
    RequestPolicy.objects.create(program=house.program)
    sides = (("own", house.pat_episode, "other"), ("other", house.robin_episode, "own"))
    for side, episode, elsewhere in sides:
        booking = Booking.objects.live().get(session=_coming(sessions[side]), patient=episode.patient)
        ask_to_be_excused(booking=booking, reason="family", words="988 911 min")
        SeatRequest.objects.create(session=_coming(sessions[elsewhere]), patient=episode.patient, episode=episode)


def uids(patient, session, leader) -> dict:
    """Of the patient's requests, of their coming session, and of the one they ask a seat in."""
    seat = SeatRequest.objects.get(patient=patient)
    return {
        "portal:excuse": _coming(session).uid,
        "portal:ask_seat": seat.session.uid,
        "portal:take_back_seat": seat.uid,
        "scheduling:excuse": ExcuseRequest.objects.get(booking__patient=patient).uid,
        "scheduling:seat_request": seat.uid,
    }
