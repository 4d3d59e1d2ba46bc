"""Asking to be excused and asking for a seat: asked, answered, taken back; and what the database itself refuses."""

import datetime as dt
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import failures, meeting_after, together
from groups.models import Group
from messaging.models import Delivery
from messaging.services import send_due
from scheduling.models import Booking, ExcuseRequest, RequestPolicy, SeatOffer, SeatRequest, Session
from scheduling.services import (
    accept_offer,
    add_visitor,
    answer_excuse,
    ask_for_seat,
    ask_to_be_excused,
    cancel_session,
    confirm_seat,
    create_slot,
    decline_seat,
    end_episode,
    excuses,
    move_session,
    offer_seat,
    plan_reminders,
    remove_visitor,
    take_back_excuse,
    take_back_seat_request,
)
from scheduling.services.requests import excuses_waiting, seats_left, seats_waiting, waiting_count
from tests.factories import make_patient

State = ExcuseRequest.State
SECRET = "Words of my own"


def refusal_of(deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        deed(**kwargs)
    return refusal.value


def booked(patient, session) -> Booking:
    return Booking.objects.live().select_related("session__group", "patient").get(session=session, patient=patient)


@pytest.fixture
def asked(house) -> ExcuseRequest:
    """Pat asks to be excused from Monday's session."""
    return ask_to_be_excused(booking=booked(house.pat, house.session), reason="family", words=SECRET)


def told(kind) -> list[int]:
    return list(Delivery.objects.filter(kind=kind).values_list("recipient", flat=True))


# --- to be excused


def test_asking_tells_who_leads_it_and_changes_nothing_else(house, asked, mail):
    assert (asked.state, asked.asked_for) == (State.OPEN, house.session.starts_at)
    assert booked(house.pat, house.session).released_at is None
    assert told("excuse_asked") == [house.alice.pk]
    send_due()
    (message,) = mail.of(house.alice)
    said = f"{message['Subject']} {message.get_content()}"
    assert "A question to answer: Monday, March 2, 9:00 AM PST" in said
    assert not any(word in said for word in ("Pat", "Peerson", "roup", "rocess", SECRET, "excuse "))


def test_an_answer_is_told_and_may_be_changed(house, asked, mail):
    again = answer_excuse(request=asked, answer="talk", words="I call you at noon.", by=house.alice)
    assert (again.state, again.answered_by, again.answers) == (State.TALK, house.alice, 1)
    answer_excuse(request=asked, answer="talk", words="I call you at noon.", by=house.alice)
    changed = answer_excuse(request=asked, answer="excused", words="", by=house.bob, seen=1)
    assert (changed.state, changed.answers) == (State.EXCUSED, 2)
    assert told("excuse_answered") == [house.pat.user_id] * 2
    send_due()
    assert [m["Subject"] for m in mail.of(house.pat.user)] == ["There is an answer for you"], "of two only the latest"


@pytest.mark.parametrize(
    ("answer", "words", "code"), [("no", "x", "no_answer"), ("expected", " ", "no_words"), ("talk", "", "no_words")]
)
def test_what_is_no_answer(house, asked, answer, words, code):
    assert refusal_of(answer_excuse, request=asked, answer=answer, words=words, by=house.alice).code == code


def test_who_answered_meanwhile_is_not_undone_unseen(house, asked):
    answer_excuse(request=asked, answer="excused", words="", by=house.alice)
    refusal = refusal_of(answer_excuse, request=asked, answer="expected", words="Please", by=house.bob, seen=0)
    assert refusal.code == "changed_meanwhile" and "Alice Clinician" in refusal.message


def test_taken_back_until_it_begins(house, asked, clock, mail):
    answer_excuse(request=asked, answer="excused", words="", by=house.alice)
    assert refusal_of(take_back_excuse, request=asked, patient=house.quinn).code == "not_yours"
    back = take_back_excuse(request=asked, patient=house.pat)
    assert back.is_withdrawn and take_back_excuse(request=asked, patient=house.pat).is_withdrawn
    assert told("excuse_taken_back") == [house.alice.pk]
    assert refusal_of(answer_excuse, request=asked, answer="excused", words="", by=house.alice).code == "taken_back"
    send_due()
    assert "Coming after all: Monday, March 2, 9:00 AM PST" in [m["Subject"] for m in mail.of(house.alice)]
    later = ask_to_be_excused(booking=booked(house.pat, house.session), reason="unsaid")
    clock.shift(dt.timedelta(hours=1))
    assert refusal_of(take_back_excuse, request=later, patient=house.pat).code == "has_begun"


def test_when_it_is_too_late_or_nothing_to_ask(house, asked, clock):
    ask = partial(ask_to_be_excused, booking=booked(house.quinn, house.session))
    assert refusal_of(ask_to_be_excused, booking=asked.booking, reason="work").code == "already_asked"
    assert refusal_of(ask, reason="").code == "no_reason"
    assert refusal_of(ask, reason="work", words="x" * 1001).code == "long"
    policy = RequestPolicy.objects.create(program=house.program, excuse_hours=2)
    assert refusal_of(ask, reason="work").code == "too_late"
    policy.excuse_hours = 0
    policy.save()
    clock.shift(dt.timedelta(hours=1))
    assert refusal_of(ask, reason="work").code == "too_late"
    coming = Session.objects.filter(group=house.group, starts_at__gt=timezone.now()).earliest("starts_at")
    booking = booked(house.quinn, coming)
    cancel_session(session=coming, reason="closed")
    assert refusal_of(ask_to_be_excused, booking=booking, reason="work").code == "not_expected"


def test_moved_it_is_another_question(house, asked):
    answer_excuse(request=asked, answer="excused", words="", by=house.alice)
    move_session(session=house.session, starts_at=house.session.starts_at + dt.timedelta(hours=3))
    assert not ExcuseRequest.objects.standing().exists()
    assert refusal_of(answer_excuse, request=asked, answer="expected", words="x", by=house.alice).code == "moved"
    again = ask_to_be_excused(booking=booked(house.pat, house.session), reason="work")
    assert again.pk != asked.pk and ExcuseRequest.objects.get(pk=asked.pk).is_withdrawn


def test_whoever_is_excused_is_not_reminded_until_they_come_after_all(house, asked, mail, clock):
    answer_excuse(request=asked, answer="excused", words="", by=house.alice)
    plan_reminders()
    send_due()
    assert not [m for m in mail.of(house.pat.user) if "Reminder" in m["Subject"]]
    assert [m for m in mail.of(house.quinn.user) if "Reminder" in m["Subject"]]
    take_back_excuse(request=asked, patient=house.pat)
    send_due()
    assert [m for m in mail.of(house.pat.user) if "Reminder" in m["Subject"]]


def test_who_sees_them(house, asked):
    for user in (house.alice, house.pat.user):
        assert list(ExcuseRequest.objects.visible_to(user)) == [asked]
    for user in (house.charlie, house.quinn.user, house.robin.user):
        assert not ExcuseRequest.objects.visible_to(user).exists()
    assert excuses_waiting(house.alice) == [asked] and waiting_count(house.alice) == 1
    assert waiting_count(house.charlie) == 0
    cancel_session(session=house.session, reason="closed")
    assert excuses_waiting(house.alice) == []


# --- a seat


@pytest.fixture
def wish(house) -> SeatRequest:
    """Robin asks for a seat in Monday's session."""
    return ask_for_seat(session=house.session, episode=house.robin_episode)


def test_a_seat_is_asked_for_and_booked_with_one_click(house, wish, mail):
    assert wish.state == SeatRequest.State.OPEN and told("request_seat_asked") == [house.charlie.pk]
    assert not house.session.bookings.filter(patient=house.robin).exists()
    assert refusal_of(ask_for_seat, session=house.session, episode=house.robin_episode).code == "already_asked"
    done = confirm_seat(request=wish, by=house.charlie)
    assert (done.state, done.visit.part, done.answered_by) == ("booked", Booking.Part.VISITOR, house.charlie)
    assert confirm_seat(request=wish, by=house.coordinator).answered_by == house.charlie
    assert house.session.bookings.filter(patient=house.robin).count() == 1
    send_due()
    assert [m["Subject"] for m in mail.of(house.robin.user)] == ["Booked: Monday, March 2, 9:00 AM PST"]
    assert mail.of(house.charlie) == [], "it was answered before it left"


def test_a_seat_may_be_declined_or_taken_back(house, wish):
    assert refusal_of(decline_seat, request=wish, words=" ", by=house.charlie).code == "no_words"
    no = decline_seat(request=wish, words="Tuesday fits you better.", by=house.charlie)
    assert no.state == "declined" and told("request_seat_declined") == [house.robin.user_id]
    assert refusal_of(confirm_seat, request=wish, by=house.charlie).code == "answered"
    assert refusal_of(take_back_seat_request, request=wish, patient=house.robin).code == "answered"
    again = ask_for_seat(session=house.session, episode=house.robin_episode)
    assert refusal_of(take_back_seat_request, request=again, patient=house.pat).code == "not_yours"
    assert take_back_seat_request(request=again, patient=house.robin).state == "withdrawn"
    assert refusal_of(confirm_seat, request=again, by=house.charlie).code == "taken_back"


def test_a_seat_that_is_offered_or_that_the_rule_gives_is_theirs_at_once(house):
    offer = offer_seat(session=house.session, episode=house.robin_episode, by=house.coordinator)
    assert ask_for_seat(session=house.session, episode=house.robin_episode).state == "booked"
    assert SeatOffer.objects.get(pk=offer.pk).state == SeatOffer.State.ACCEPTED
    remove_visitor(session=house.session, patient=house.robin)
    RequestPolicy.objects.create(program=house.program, seats_at_once=True)
    done = ask_for_seat(session=house.session, episode=house.robin_episode)
    assert (done.state, done.answered_by, told("request_seat_asked")) == ("booked", None, [])


def test_what_can_not_be_asked_for(house, clock):
    ask = partial(ask_for_seat, session=house.session)
    assert refusal_of(ask, episode=house.pat_episode).code == "already_expected"
    for _n in range(3):
        add_visitor(session=house.session, episode=make_patient(house.program, house.alice))
    refusal = refusal_of(ask, episode=house.robin_episode)
    assert refusal.code == "session_full" and "Nothing has changed for you." in refusal.message
    clock.shift(dt.timedelta(hours=1))
    assert refusal_of(ask, episode=house.robin_episode).code == "has_begun"


def test_full_meanwhile_is_said_to_whoever_confirms_and_the_request_stays(house, wish):
    for _n in range(3):
        add_visitor(session=house.session, episode=make_patient(house.program, house.alice))
    assert refusal_of(confirm_seat, request=wish, by=house.charlie).code == "session_full"
    assert SeatRequest.objects.get(pk=wish.pk).state == "open"
    assert seats_left([house.session]) == {house.session.pk: 0}


def test_a_seat_somebody_asks_for_is_confirmed_and_not_offered(house, wish):
    refusal = refusal_of(offer_seat, session=house.session, episode=house.robin_episode, by=house.coordinator)
    assert refusal.code == "asked"
    offer = SeatOffer.objects.create(
        session=house.session, patient=house.robin, episode=house.robin_episode, offered_by=house.coordinator
    )
    accept_offer(offer=offer)
    wish.refresh_from_db()
    assert wish.state == "booked" and wish.visit.patient == house.robin


def test_requests_end_with_the_stay(house, asked, wish):
    for episode in (house.pat_episode, house.robin_episode):
        end_episode(episode=episode, ended_on=timezone.localdate(), reason="finished")
    assert not ExcuseRequest.objects.standing().exists()
    assert SeatRequest.objects.get(pk=wish.pk).state == "withdrawn"


def test_booked_meanwhile_in_another_way_it_is_that_seat(house, wish):
    visit = add_visitor(session=house.session, episode=house.robin_episode)
    assert confirm_seat(request=wish, by=house.charlie).visit == visit


def test_what_was_asked_for_the_same_time_goes_with_the_seat(house, wish):
    other = Group.objects.create(program=house.program, name="Same time", kind="skills", capacity=5)
    create_slot(group=other, weekday=0, starts_at=dt.time(9, 30), minutes=60)
    beside = ask_for_seat(session=other.sessions.earliest("starts_at"), episode=house.robin_episode)
    confirm_seat(request=wish, by=house.charlie)
    assert SeatRequest.objects.get(pk=beside.pk).state == "withdrawn"


def test_who_sees_seat_requests(house, wish):
    for user in (house.charlie, house.robin.user):
        assert list(SeatRequest.objects.visible_to(user)) == [wish]
    for user in (house.alice, house.pat.user):
        assert not SeatRequest.objects.visible_to(user).exists()
    assert seats_waiting(house.charlie) == [wish]


# --- walls


def refused(deed) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        deed()
    return str(error.value)


def test_walls_of_excuses(house, asked):
    rows = ExcuseRequest.objects.filter(pk=asked.pk)
    assert "one_excuse_request_per_booking" in refused(
        lambda: ExcuseRequest.objects.create(booking=asked.booking, asked_for=asked.asked_for, reason="work")
    )
    staff = Booking.objects.live().get(session=house.session, user=house.alice)
    assert "only somebody in care" in refused(
        lambda: ExcuseRequest.objects.create(booking=staff, asked_for=staff.starts_at, reason="work")
    )
    assert "stays as it was asked" in refused(lambda: rows.update(reason="work"))
    assert "excuse_state_has_its_time" in refused(lambda: rows.update(state="excused"))
    now = timezone.now()
    assert "excuse_answered_by_somebody" in refused(lambda: rows.update(state="excused", answered_at=now))
    assert "a_no_to_an_excuse_says_why" in refused(
        lambda: rows.update(state="expected", answered_at=now, answered_by=house.alice)
    )
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        rows.delete()


def test_walls_of_seat_requests(house, wish):
    rows = SeatRequest.objects.filter(pk=wish.pk)
    assert "one_open_seat_request_per_session" in refused(
        lambda: SeatRequest.objects.create(session=wish.session, patient=house.robin, episode=house.robin_episode)
    )
    assert "seat_request_ends_whole" in refused(lambda: rows.update(state="booked", closed_at=timezone.now()))
    assert "seat_request_ends_whole" in refused(
        lambda: rows.update(state="declined", closed_at=timezone.now(), answered_by=house.charlie)
    )
    pats = booked(house.pat, house.session)
    assert "of this person" in refused(
        lambda: rows.update(state="booked", closed_at=timezone.now(), visit=pats, answered_by=house.charlie)
    )

    def elsewhere():
        SeatRequest.objects.create(session=wish.session, patient=house.quinn, episode=house.pat_episode)
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert "seatrequest_of_its_episode" in refused(elsewhere)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        rows.delete()


# --- two at once


def test_asked_twice_at_once_is_one_request(committed_house):
    house = committed_house
    booking = booked(house.pat, house.session)
    ask = partial(ask_to_be_excused, booking=booking, reason="work")
    outcomes = together([ask, ask])
    (failure,) = failures(outcomes)
    assert isinstance(failure, Refusal) and failure.code == "already_asked"
    assert ExcuseRequest.objects.count() == 1


def test_without_the_lock_the_constraint_still_stands(committed_house, monkeypatch):
    """The negative control: both look before either writes."""
    house = committed_house
    unlocked = meeting_after(lambda booking: Booking.objects.select_related("session__group").get(pk=booking.pk))
    monkeypatch.setattr(excuses, "_lock", unlocked)
    ask = partial(ask_to_be_excused, booking=booked(house.pat, house.session), reason="work")
    (failure,) = failures(together([ask, ask]))
    assert isinstance(failure, IntegrityError) and "one_excuse_request_per_booking" in str(failure)
    assert ExcuseRequest.objects.count() == 1


def test_the_last_seat_goes_to_one_of_two_confirmed_at_once(committed_house):
    house = committed_house
    for _n in range(2):
        add_visitor(session=house.session, episode=make_patient(house.program, house.alice))
    first = ask_for_seat(session=house.session, episode=house.robin_episode)
    second = ask_for_seat(session=house.session, episode=make_patient(house.program, house.charlie))
    outcomes = together([partial(confirm_seat, request=r, by=house.coordinator) for r in (first, second)])
    (failure,) = failures(outcomes)
    assert isinstance(failure, Refusal) and failure.code == "session_full"
    assert sorted(SeatRequest.objects.values_list("state", flat=True)) == ["booked", "open"]
    assert Booking.objects.live().filter(session=house.session, patient__isnull=False).count() == 5
