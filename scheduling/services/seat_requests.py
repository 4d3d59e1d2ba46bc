"""Asking for a free seat to make up hours, and taking that back. Whether somebody has reason to: `clinical.services.make_up`."""

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode, lock_group
from patients.models import Episode, Patient
from scheduling.models import Booking, RequestPolicy, SeatOffer, SeatRequest, Session
from scheduling.services.offers import accept_offer
from scheduling.services.request_news import tell_team_of_seat
from scheduling.services.visitors import add_visitor, require_seat

State = SeatRequest.State
LEFT_OPEN = 5  # requests of one person at a time


def to_asker(refusal: Refusal) -> Refusal:
    """The refusals of `require_seat`, in words for whoever asks."""
    said = {
        "session_full": _("Somebody else has just taken the last seat. Nothing has changed for you."),
        "elsewhere": _("You have another appointment at that time, so this one can’t be booked."),
        "already_expected": _("You are booked for this time already."),
    }
    words = said.get(refusal.code, _("This time can’t be had any more. Nothing has changed for you."))
    return Refusal(words, refusal.code)


@in_one_piece
def ask_for_seat(*, session: Session, episode: Episode) -> SeatRequest:
    """The episode's patient asks for a free seat in this session; their team is told and confirms. Where the program's rule says
    so, or the seat is offered to them anyway, it is theirs at once.

    Raises Refusal (already_asked, too_many, and those of `require_seat`, in words for the patient).
    """
    episode = lock_episode(episode)
    lock_group(session.group)
    session = Session.objects.select_related("group").get(pk=session.pk)
    mine = SeatRequest.objects.waiting().filter(patient=episode.patient_id)
    if mine.filter(session=session).exists():
        raise Refusal(_("You have asked for this time already. The answer comes to this page."), "already_asked")
    try:
        require_seat(session=session, episode=episode)
    except Refusal as refusal:
        raise to_asker(refusal) from None
    if mine.count() >= LEFT_OPEN:
        raise Refusal(_("Take one of your open requests back first."), "too_many")
    offer = SeatOffer.objects.open().filter(session=session, patient=episode.patient_id)
    offer = offer.select_related("session__group", "episode", "patient").first()
    at_once = offer is not None or RequestPolicy.of(episode.program_id).seats_at_once
    request = SeatRequest.objects.create(session=session, patient=episode.patient, episode=episode)
    if not at_once:
        tell_team_of_seat(request)
        return request
    if offer is not None:
        accept_offer(offer=offer)
        visit = Booking.objects.live().get(session=session, patient=episode.patient_id)
    else:
        visit = add_visitor(session=session, episode=episode)
    return settle(request, visit)


def settle(request: SeatRequest, visit: Booking, **answered) -> SeatRequest:
    """The seat is theirs: the request is closed with it, and so is what they asked or were offered for the same time."""
    now = timezone.now()
    request.state, request.visit, request.closed_at = State.BOOKED, visit, now
    for name, value in answered.items():
        setattr(request, name, value)
    request.save(update_fields=["state", "visit", "closed_at", *answered])
    session = visit.session
    same_time = {"session__starts_at__lt": session.ends_at, "session__ends_at__gt": session.starts_at}
    open_ones = SeatRequest.objects.filter(patient=visit.patient_id, state=State.OPEN, **same_time)
    open_ones.update(state=State.WITHDRAWN, closed_at=now)
    SeatOffer.objects.open().filter(patient=visit.patient_id, **same_time).update(
        state=SeatOffer.State.WITHDRAWN, answered_at=now
    )
    return request


@in_one_piece
def take_back_seat_request(*, request: SeatRequest, patient: Patient) -> SeatRequest:
    """The person no longer wants the seat. Twice changes nothing. Raises Refusal (not_yours, answered)."""
    request = SeatRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=request.pk)
    if request.patient_id != patient.pk:
        raise Refusal(_("This time can’t be had any more. Nothing has changed for you."), "not_yours")
    if request.state == State.WITHDRAWN:
        return request
    if request.state != State.OPEN:
        raise Refusal(_("It has been answered meanwhile: see below."), "answered")
    request.state, request.closed_at = State.WITHDRAWN, timezone.now()
    request.save(update_fields=["state", "closed_at"])
    return request
