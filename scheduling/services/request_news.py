"""What is said of requests, in words that name nothing: somebody asks, there is an answer."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.models import Booking, ExcuseRequest, SeatRequest
from scheduling.services.news import tell
from scheduling.services.reminders import WHEN, called, local_words

USEFUL = dt.timedelta(days=3)  # of an answer, beyond the session
REQUESTS_PAGE = "/desk/requests/"


def _leaders(request: ExcuseRequest) -> list[int]:
    """Who leads the session; where nobody does, the primary clinician. One query."""
    led = Booking.objects.live().filter(session=request.session, user__isnull=False).order_by("-part")
    return list(led.values_list("user", flat=True)) or [request.booking.stay.primary_clinician_id]


def tell_team_of_excuse(request: ExcuseRequest) -> None:
    """Tell who leads the session that somebody asks to be excused. Two queries."""
    tell("excuse_asked", request.pk, variant=0, to=_leaders(request), until=request.session.ends_at)


def tell_they_come(request: ExcuseRequest) -> None:
    """Tell who leads the session that somebody comes after all. Two queries."""
    tell("excuse_taken_back", request.pk, variant=0, to=_leaders(request), until=request.session.starts_at)


def tell_excuse_answered(request: ExcuseRequest) -> None:
    """Tell the person that there is an answer. One query."""
    until = max(request.session.ends_at, timezone.now()) + USEFUL
    tell("excuse_answered", request.pk, variant=request.answers, to=[request.patient.user_id], until=until)


def tell_team_of_seat(request: SeatRequest) -> None:
    """Tell the primary clinician that their patient asks for a seat. One query."""
    to = [request.episode.primary_clinician_id]
    tell("request_seat_asked", request.pk, variant=0, to=to, until=request.session.starts_at)


def tell_seat_declined(request: SeatRequest) -> None:
    """Tell the person that there is an answer. One query."""
    until = max(request.session.starts_at, timezone.now()) + USEFUL
    tell("request_seat_declined", request.pk, variant=0, to=[request.patient.user_id], until=until)


def _excuse(delivery: Delivery) -> ExcuseRequest:
    return ExcuseRequest.objects.select_related("booking__session__group").get(pk=delivery.subject_id)


def _call(delivery: Delivery, moment: dt.datetime, program_id: int, path: str) -> Call:
    user = delivery.recipient
    return Call({"name": called(user), "when": local_words(moment, user.zone)}, program_id, path=path)


@composes(
    "excuse_asked",
    category=Category.STAFF,
    label=_("Somebody asks to be excused"),
    subject=_("A question to answer: {when}"),
    sentence=_("somebody asks something about {when}."),
    samples=WHEN,
)
def excuse_asked(delivery: Delivery) -> Call | Skip:
    """To who leads the session, while nobody has answered."""
    request = _excuse(delivery)
    if not ExcuseRequest.objects.waiting().filter(pk=request.pk).exists():
        return Skip("answered or taken back")
    path = f"{REQUESTS_PAGE}{request.uid}/"
    return _call(delivery, request.asked_for, request.session.group.program_id, path)


@composes(
    "excuse_taken_back",
    category=Category.STAFF,
    label=_("Somebody who was excused comes after all"),
    subject=_("Coming after all: {when}"),
    sentence=_("somebody who was excused on {when} comes after all."),
    samples=WHEN,
)
def excuse_taken_back(delivery: Delivery) -> Call | Skip:
    """To who leads the session, unless they asked once more meanwhile."""
    request = _excuse(delivery)
    if ExcuseRequest.objects.standing().filter(booking=request.booking_id).exists():
        return Skip("asked again")
    path = f"/desk/sessions/{request.session.uid}/"
    return _call(delivery, request.asked_for, request.session.group.program_id, path)


@composes(
    "excuse_answered",
    category=Category.CHANGE,
    label=_("There is an answer to a request"),
    subject=_("There is an answer for you"),
    sentence=_("there is an answer to what you asked."),
)
def excuse_answered(delivery: Delivery) -> Call | Skip:
    """To the person; only of the latest answer, and not once they took it back."""
    request = _excuse(delivery)
    if request.is_withdrawn or request.answers != delivery.variant:
        return Skip("answered again or taken back")
    path = f"/my/sessions/{request.session.uid}/excuse/"
    return _call(delivery, request.asked_for, request.session.group.program_id, path)


def _seat(delivery: Delivery) -> SeatRequest:
    return SeatRequest.objects.select_related("session", "episode").get(pk=delivery.subject_id)


@composes(
    "request_seat_asked",
    category=Category.STAFF,
    label=_("Somebody asks for a seat"),
    subject=_("A question to answer: {when}"),
    sentence=_("somebody asks something about {when}."),
    samples=WHEN,
)
def seat_asked(delivery: Delivery) -> Call | Skip:
    """To the primary clinician, while nobody has answered."""
    request = _seat(delivery)
    if not SeatRequest.objects.waiting().filter(pk=request.pk).exists():
        return Skip("answered or taken back")
    path = f"{REQUESTS_PAGE}seats/{request.uid}/"
    return _call(delivery, request.session.starts_at, request.episode.program_id, path)


@composes(
    "request_seat_declined",
    category=Category.CHANGE,
    label=_("There is an answer to a request for a seat"),
    subject=_("There is an answer for you"),
    sentence=_("there is an answer to what you asked."),
)
def seat_declined(delivery: Delivery) -> Call | Skip:
    """To the person who asked."""
    request = _seat(delivery)
    return _call(delivery, request.session.starts_at, request.episode.program_id, "/my/seats/")
