"""A seat offered to make up hours: offered, taken, declined, withdrawn; the last seat goes to one."""

import datetime as dt
from functools import partial

import pytest
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import together
from groups.models import Group
from messaging.services import send_due
from scheduling.models import Booking, SeatOffer, Session
from scheduling.services import (
    accept_offer,
    add_visitor,
    cancel_session,
    close_days,
    create_slot,
    decline_offer,
    end_episode,
    offer_seat,
    visitors,
    withdraw_offer,
)
from tests.factories import make_group, make_patient

State = SeatOffer.State


@pytest.fixture
def offer(house) -> SeatOffer:
    """Robin is offered Monday's session."""
    return offer_seat(session=house.session, episode=house.robin_episode, by=house.coordinator)


def refusal_of(deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        deed(**kwargs)
    return refusal.value


def state(offer) -> str:
    return SeatOffer.objects.get(pk=offer.pk).state


def fill(house, session, seats: int) -> None:
    for _n in range(seats):
        add_visitor(session=session, episode=make_patient(house.program, house.alice))


def test_an_offer_is_told_neutrally_and_takes_no_seat(house, offer, mail):
    assert not house.session.bookings.filter(patient=house.robin).exists()
    send_due()
    (message,) = mail.of(house.robin.user)
    assert message["Subject"] == "A time you could take: Monday, March 2, 9:00 AM PST"
    body = message.get_content()
    assert "there is a time you could take: Monday, March 2, 9:00 AM PST" in body
    assert not any(word in body for word in ("roup", "rocess", "Rosenquist", "Day track", "hours"))


def test_accepted_it_is_a_seat_like_any_visitors(house, offer, mail):
    accepted = accept_offer(offer=offer)
    assert (accepted.state, accepted.answered_at) == (State.ACCEPTED, timezone.now())
    assert house.session.bookings.live().get(patient=house.robin).part == Booking.Part.VISITOR
    assert house.robin.care_team.current().filter(user=house.alice, source=f"session:{house.session.pk}").exists()
    assert accept_offer(offer=offer).state == State.ACCEPTED
    assert house.session.bookings.filter(patient=house.robin).count() == 1
    send_due()
    assert [m["Subject"] for m in mail.of(house.robin.user)] == ["Booked: Monday, March 2, 9:00 AM PST"], (
        "an offer that was answered is not told any more"
    )


def test_declined_or_withdrawn_nothing_is_booked(house, offer):
    assert decline_offer(offer=offer).state == State.DECLINED
    assert decline_offer(offer=offer).state == State.DECLINED
    assert refusal_of(accept_offer, offer=offer).code == "no_longer_offered" and state(offer) == State.DECLINED
    assert refusal_of(withdraw_offer, offer=offer).code == "answered"
    again = offer_seat(session=house.session, episode=house.robin_episode, by=house.coordinator)
    assert withdraw_offer(offer=again).state == State.WITHDRAWN
    assert withdraw_offer(offer=again).state == State.WITHDRAWN
    for deed in (accept_offer, decline_offer):
        refusal = refusal_of(deed, offer=again)
        assert refusal.message == "This time is no longer offered. Nothing has changed for you."
    assert not house.session.bookings.filter(patient=house.robin).exists()


def test_refusals_of_an_offer(house, offer, clock):
    deed = partial(offer_seat, session=house.session, by=house.coordinator)
    assert refusal_of(deed, episode=house.robin_episode).code == "already_offered"
    assert refusal_of(deed, episode=house.pat_episode).code == "already_expected"
    other = make_group(house.program, house.bob)
    create_slot(group=other, weekday=0, starts_at=dt.time(10), minutes=60)
    overlapping = Session.objects.filter(group=other).earliest("starts_at")
    elsewhere = refusal_of(offer_seat, session=overlapping, episode=house.pat_episode, by=house.coordinator)
    assert elsewhere.code == "elsewhere" and "“Monday process”" in elsewhere.message
    fill(house, house.session, 3)
    assert refusal_of(deed, episode=make_patient(house.program, house.alice)).code == "session_full"
    clock.shift(dt.timedelta(hours=1))
    assert refusal_of(deed, episode=make_patient(house.program, house.alice)).code == "has_begun"


def test_full_meanwhile_is_said_and_closes_the_offer(house, offer):
    fill(house, house.session, 3)
    refusal = refusal_of(accept_offer, offer=offer)
    assert refusal.code == "session_full"
    assert refusal.message == "Somebody else has just taken this seat. Nothing has changed for you."
    assert state(offer) == State.WITHDRAWN


def test_elsewhere_meanwhile_is_said_to_the_patient_without_names(house, offer):
    group = make_group(house.program, house.bob, name="Secret name")
    create_slot(group=group, weekday=0, starts_at=dt.time(10), minutes=60)
    add_visitor(session=Session.objects.filter(group=group).earliest("starts_at"), episode=house.robin_episode)
    refusal = refusal_of(accept_offer, offer=offer)
    assert refusal.message == "You have another appointment at that time, so this one can’t be booked."
    assert state(offer) == State.WITHDRAWN


def test_what_does_not_take_place_can_not_be_taken(house, offer, clock):
    cancel_session(session=house.session, reason="Snow")
    assert refusal_of(accept_offer, offer=offer).code == "no_longer_offered"
    assert not SeatOffer.objects.open().exists()


def test_closed_days_and_begun_sessions_lapse_an_offer(house, offer, clock):
    close_days(
        program=house.program,
        starts_on=timezone.localdate(),
        last_on=timezone.localdate(),
        reason="Snow",
        by=house.coordinator,
    )
    assert not SeatOffer.objects.open().exists()
    second = Session.objects.filter(slot=house.slot).order_by("starts_at")[1]
    late = offer_seat(session=second, episode=house.robin_episode, by=house.coordinator)
    clock.move_to(second.starts_at)
    assert refusal_of(accept_offer, offer=late).code == "no_longer_offered"


def test_accepting_one_of_two_at_the_same_time_withdraws_the_other(house, offer):
    group = make_group(house.program, house.bob)
    create_slot(group=group, weekday=0, starts_at=dt.time(10), minutes=60)
    other = offer_seat(
        session=Session.objects.filter(group=group).earliest("starts_at"), episode=house.robin_episode, by=house.bob
    )
    create_slot(group=group, weekday=0, starts_at=dt.time(15), minutes=60)
    later = offer_seat(
        session=Session.objects.filter(group=group, starts_at__gt=other.session.ends_at).earliest("starts_at"),
        episode=house.robin_episode,
        by=house.bob,
    )
    accept_offer(offer=offer)
    assert (state(other), state(later)) == (State.WITHDRAWN, State.OPEN)


def test_the_end_of_a_stay_takes_offers_along(house, offer):
    end_episode(episode=house.robin_episode, ended_on=timezone.localdate() + dt.timedelta(days=1), reason="completed")
    assert state(offer) == State.WITHDRAWN


# --- the last seat


def offers_to(house, session, people: int) -> list[SeatOffer]:
    """The session has one seat left; so many are offered it."""
    fill(house, session, 2)
    episodes = [make_patient(house.program, house.alice) for _n in range(people)]
    return [offer_seat(session=session, episode=e, by=house.coordinator) for e in episodes]


def test_two_accept_the_last_seat_and_one_gets_it(committed_house):
    house = committed_house
    for session in Session.objects.filter(slot=house.slot).order_by("starts_at")[:4]:
        offers = offers_to(house, session, 2)
        outcomes = together(partial(accept_offer, offer=o) for o in offers)
        assert sorted(getattr(o, "code", "accepted") for o in outcomes) == ["accepted", "session_full"]
        assert sorted(state(o) for o in offers) == [State.ACCEPTED, State.WITHDRAWN]
        assert session.bookings.live().filter(patient__isnull=False).count() == 5


def test_without_the_locks_both_get_it(committed_house, monkeypatch):
    """The negative control."""
    house = committed_house

    def no_lock(group):
        return Group.objects.get(pk=group.pk)

    monkeypatch.setattr(visitors, "lock_group", no_lock)
    monkeypatch.setattr("scheduling.services.offers.lock_group", no_lock)
    monkeypatch.setattr(visitors, "_locked", lambda session: Session.objects.select_related("group").get(pk=session.pk))
    for session in Session.objects.filter(slot=house.slot).order_by("starts_at")[:6]:
        together(partial(accept_offer, offer=o) for o in offers_to(house, session, 6))
        if session.bookings.live().filter(patient__isnull=False).count() > 5:
            return
    pytest.fail("Six races of six without locks did not oversell: the race is no race.")


def test_pressed_twice_it_is_booked_once(committed_house):
    house = committed_house
    offer = offer_seat(session=house.session, episode=house.robin_episode, by=house.coordinator)
    outcomes = together([partial(accept_offer, offer=offer)] * 4)
    assert {o.state for o in outcomes} == {State.ACCEPTED}
    assert house.session.bookings.live().filter(patient=house.robin).count() == 1
