"""A seat in one session is offered to somebody who would else miss their weekly hours. They decide."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode, lock_group
from patients.models import Episode
from scheduling.models import SeatOffer, SeatRequest, Session
from scheduling.services.news import tell
from scheduling.services.visitors import add_visitor, require_seat

State = SeatOffer.State


@in_one_piece
def offer_seat(*, session: Session, episode: Episode, by: User) -> SeatOffer:
    """Offer the episode's patient a seat in this session; they are told. The seat is theirs once they accept, not before.

    Raises Refusal: already_offered, asked (they ask for it themselves), and those of `visitors.require_seat`.
    """
    episode = lock_episode(episode)
    lock_group(session.group)
    session = Session.objects.select_related("group").get(pk=session.pk)
    if SeatOffer.objects.open().filter(session=session, patient=episode.patient).exists():
        raise Refusal(_("%(name)s has been offered this seat already.") % {"name": episode.patient}, "already_offered")
    if SeatRequest.objects.waiting().filter(session=session, patient=episode.patient).exists():
        raise Refusal(
            _("%(name)s asks for this seat themselves: book it under Requests.") % {"name": episode.patient}, "asked"
        )
    require_seat(session=session, episode=episode, by=by)
    offer = SeatOffer.objects.create(session=session, patient=episode.patient, episode=episode, offered_by=by)
    tell(
        "seat_offered",
        session.pk,
        variant=offer.pk,
        to=[episode.patient.user_id],
        until=session.starts_at,
        by=by,
    )
    return offer


def accept_offer(*, offer: SeatOffer) -> SeatOffer:
    """Take the seat: the patient is booked as a visitor, by the same checks as by staff. Accepted twice changes nothing.

    When it can't be had any more the offer is closed. Raises Refusal (no_longer_offered, session_full, elsewhere), in words
    for the patient.
    """
    try:
        return _accept(offer=offer)
    except Refusal as refusal:
        if refusal.code != "no_longer_offered":
            _close(offer=offer)
        raise _to_patient(refusal.code) from None


@in_one_piece
def _accept(*, offer: SeatOffer) -> SeatOffer:
    lock_episode(offer.episode)
    lock_group(offer.session.group)
    offer = _locked(offer)
    if offer.state == State.ACCEPTED:
        return offer
    _require_open(offer)
    visit = add_visitor(session=offer.session, episode=offer.episode)
    _answer(offer, State.ACCEPTED)
    asked = SeatRequest.objects.filter(patient=offer.patient_id, state=SeatRequest.State.OPEN)
    asked.filter(session=offer.session_id).update(state=SeatRequest.State.BOOKED, visit=visit, closed_at=timezone.now())
    asked.filter(session__starts_at__lt=offer.session.ends_at, session__ends_at__gt=offer.session.starts_at).update(
        state=SeatRequest.State.WITHDRAWN, closed_at=timezone.now()
    )
    # Nobody can be in two places: what was offered for the same time can't be taken any more.
    SeatOffer.objects.open().filter(
        patient=offer.patient_id,
        session__starts_at__lt=offer.session.ends_at,
        session__ends_at__gt=offer.session.starts_at,
    ).update(state=State.WITHDRAWN, answered_at=timezone.now())
    return offer


def _to_patient(code: str) -> Refusal:
    said = {
        "session_full": _("Somebody else has just taken this seat. Nothing has changed for you."),
        "elsewhere": _("You have another appointment at that time, so this one can’t be booked."),
        "already_expected": _("You are booked for this time already."),
    }
    if code in said:
        return Refusal(said[code], code)
    return Refusal(_("This time is no longer offered. Nothing has changed for you."), "no_longer_offered")


@in_one_piece
def _close(*, offer: SeatOffer) -> None:
    offer = _locked(offer)
    if offer.state == State.OPEN:
        _answer(offer, State.WITHDRAWN)


@in_one_piece
def decline_offer(*, offer: SeatOffer) -> SeatOffer:
    """Say no. Twice changes nothing. Raises Refusal (no_longer_offered)."""
    offer = _locked(offer)
    if offer.state != State.DECLINED:
        _require_open(offer)
        _answer(offer, State.DECLINED)
    return offer


@in_one_piece
def withdraw_offer(*, offer: SeatOffer, by: User | None = None) -> SeatOffer:
    """Take an offer back. Twice changes nothing. Raises Refusal (answered)."""
    offer = _locked(offer)
    if offer.state in (State.ACCEPTED, State.DECLINED):
        raise Refusal(_("%(name)s has answered already.") % {"name": offer.patient}, "answered")
    if offer.state == State.OPEN:
        _answer(offer, State.WITHDRAWN)
    return offer


def _locked(offer: SeatOffer) -> SeatOffer:
    rows = SeatOffer.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("session__group", "episode", "patient").get(pk=offer.pk)


def _require_open(offer: SeatOffer) -> None:
    session = offer.session
    if offer.state != State.OPEN or session.is_cancelled or session.has_begun:
        raise _to_patient("no_longer_offered")


def _answer(offer: SeatOffer, state: State) -> None:
    offer.state, offer.answered_at = state, timezone.now()
    offer.save(update_fields=["state", "answered_at"])
