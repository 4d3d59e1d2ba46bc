"""Asking ahead to be excused from a session, and taking that back. Who answers: `scheduling.services.answers`."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from core.transactions import in_one_piece
from patients.models import Patient
from scheduling.models import Booking, ExcuseRequest, RequestPolicy, Session
from scheduling.services.reminders import plan_again
from scheduling.services.request_news import tell_team_of_excuse, tell_they_come

WORDS_LENGTH = 1000
State = ExcuseRequest.State


def asks_until(session: Session, policy: RequestPolicy) -> dt.datetime:
    """Until when somebody may ask to be excused from the session."""
    return session.starts_at - dt.timedelta(hours=policy.excuse_hours)


def standing_of(booking: Booking) -> ExcuseRequest | None:
    """The request that stands for this booking, answered or not. One query."""
    rows = ExcuseRequest.objects.standing().filter(booking=booking)
    return rows.select_related("answered_by", "booking__session", "booking__patient").first()


def _lock(booking: Booking) -> Booking:
    """The booking under its lock: of two who press at once the second sees what the first did."""
    rows = Booking.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("session__group", "patient__user", "membership__episode", "episode").get(pk=booking.pk)


@in_one_piece
def ask_to_be_excused(*, booking: Booking, reason: str, words: str = "") -> ExcuseRequest:
    """The person asks to be excused from the session they are booked for; who leads it is told. Nothing else changes.

    A request for a time the session no longer has gives way to this one. Raises Refusal (not_expected, too_late, no_reason,
    long, already_asked).
    """
    booking = _lock(booking)
    session = booking.session
    if booking.released_at or session is None or booking.patient_id is None or session.is_cancelled:
        raise Refusal(_("You are not expected there any more."), "not_expected")
    until = asks_until(session, RequestPolicy.of(session.group.program_id))
    if session.has_begun or timezone.now() > until:
        raise Refusal(_("It is too late to ask here. Please call the clinic."), "too_late")
    words = words.strip().replace("\r\n", "\n")
    if reason not in ExcuseRequest.Reason.values:
        raise Refusal(_("Choose what comes closest. “I’d rather not say” is fine, too."), "no_reason", "reason")
    if len(words) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "words")
    for known in ExcuseRequest.objects.filter(booking=booking).exclude(state=State.WITHDRAWN):
        if known.asked_for == booking.starts_at:
            raise Refusal(_("You have asked already. The answer comes to this page."), "already_asked")
        _withdraw(known)
    request = ExcuseRequest.objects.create(booking=booking, asked_for=booking.starts_at, reason=reason, words=words)
    tell_team_of_excuse(request)
    return request


def _withdraw(request: ExcuseRequest) -> None:
    request.state, request.withdrawn_at = State.WITHDRAWN, timezone.now()
    request.save(update_fields=["state", "withdrawn_at"])


@in_one_piece
def take_back_excuse(*, request: ExcuseRequest, patient: Patient) -> ExcuseRequest:
    """The person comes after all, until the session begins. Twice changes nothing. Who had excused them is told.

    Raises Refusal (not_yours, has_begun).
    """
    _lock(request.booking)
    request = ExcuseRequest.objects.select_related("booking__session", "booking__patient").get(pk=request.pk)
    if request.patient.pk != patient.pk:
        raise Refusal(_("You are not expected there any more."), "not_yours")
    if request.is_withdrawn:
        return request
    if request.session.has_begun:
        raise Refusal(_("It has begun already. You are welcome to come in now."), "has_begun")
    was_excused = request.state == State.EXCUSED
    _withdraw(request)
    if was_excused:
        plan_again(sessions=[request.session.pk])  # they are reminded as before
        tell_they_come(request)
    return request
