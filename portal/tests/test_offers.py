"""A seat on offer: what it does for the week, yes and no, and nobody else's."""

import datetime as dt

import pytest

from audit.models import Read
from clinical.queries import Hours
from portal.tests.helpers import more_sessions, queries, sign_in, text
from portal.words import seat_helps
from scheduling.models import SeatOffer, Session
from scheduling.services import add_visitor, cancel_session, create_slot, offer_seat
from tests.factories import make_group, make_patient, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(house) -> SeatOffer:
    """Pat is offered Thursday's session, 10:00 to 11:30."""
    group = make_group(house.program, make_staff(house.program), name="Thursday skills", capacity=5)
    create_slot(group=group, weekday=3, starts_at=dt.time(10), minutes=90)
    session = Session.objects.filter(group=group).earliest("starts_at")
    return offer_seat(session=session, episode=house.pat_episode, by=house.alice)


def answer(client, offer, word: str, **more):
    return client.post(f"/my/offers/{offer.uid}/{word}/", **more)


def said(response) -> list[str]:
    return [str(m) for m in response.context["messages"]]


def test_it_stands_on_today_in_ones_own_zone(pat_client, house, offer):
    page = text(pat_client.get("/my/"))
    assert "A time you could take" in page and "Thursday, March 5, 10:00 AM" in page and "until 11:30 AM" in page
    assert "It adds 1 h 30 min and brings you to 2 h 45 min of your 9 h this week: a good step." in page
    house.pat.user.zone = "America/New_York"
    house.pat.user.save()
    assert "Thursday, March 5, 1:00 PM" in text(pat_client.get("/my/"))


def test_yes_books_it_and_it_stands_in_the_week(pat_client, house, offer):
    page = answer(pat_client, offer, "accept", follow=True)
    assert said(page) == ["You are booked for Thursday, March 5, 10:00 AM PST. Good to have you there."]
    assert "A time you could take" not in text(page)
    assert "Still planned this week: 2 h 45 min." in text(page)
    assert "Thursday skills" in text(pat_client.get("/my/week/"))
    offer.refresh_from_db()
    assert offer.state == SeatOffer.State.ACCEPTED


def test_no_thanks(pat_client, offer):
    page = answer(pat_client, offer, "decline", follow=True)
    assert said(page) == ["Thank you for telling us. Nothing changes for you."]
    assert "A time you could take" not in text(page) and "Thursday skills" not in text(pat_client.get("/my/week/"))


def test_full_meanwhile(pat_client, house, offer):
    for _n in range(5):
        add_visitor(session=offer.session, episode=make_patient(house.program, house.alice))
    page = answer(pat_client, offer, "accept", follow=True)
    assert said(page) == ["Somebody else has just taken this seat. Nothing has changed for you."]
    assert "A time you could take" not in text(page)


def test_what_is_cancelled_or_has_begun_is_not_offered(pat_client, house, offer, clock):
    cancel_session(session=offer.session, reason="Snow")
    assert "A time you could take" not in text(pat_client.get("/my/"))
    assert said(answer(pat_client, offer, "accept", follow=True)) == [
        "This time is no longer offered. Nothing has changed for you."
    ]


def test_nobody_elses_and_only_by_pressing(client, house, offer):
    for word in ("accept", "decline"):
        sign_in(client, house.quinn.user)
        assert answer(client, offer, word).status_code == 404
        sign_in(client, house.alice)
        assert answer(client, offer, word).status_code == 403
        sign_in(client, house.pat.user)
        assert client.get(f"/my/offers/{offer.uid}/{word}/").status_code == 405
        client.logout()
        assert answer(client, offer, word)["Location"].startswith("/account/login/")
    offer.refresh_from_db()
    assert offer.state == SeatOffer.State.OPEN
    sign_in(client, house.quinn.user)
    assert "A time you could take" not in text(client.get("/my/"))


def test_answering_is_on_the_record_and_not_kept(pat_client, house, offer):
    response = answer(pat_client, offer, "decline")
    assert "no-store" in response["Cache-Control"]
    read = Read.objects.filter(reader_id=house.pat.user.pk).latest("at")
    assert (read.patient_id, read.what) == (house.pat.pk, Read.What.OWN)


def test_query_count_does_not_grow_with_offers(pat_client, house, offer):
    before = queries(pat_client, "/my/")
    more_sessions(house, 1)
    for n in range(3):
        group = make_group(house.program, make_staff(house.program))
        create_slot(group=group, weekday=4, starts_at=dt.time(9 + n), minutes=30)
        offer_seat(session=group.sessions.earliest("starts_at"), episode=house.pat_episode, by=house.alice)
    assert queries(pat_client, "/my/") == before


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (Hours(300, 120, 540), "It adds 1 h and brings you to 8 h of your 9 h this week: a good step."),
        (Hours(300, 180, 540), "It adds 1 h, and with it you can reach your goal of 9 h this week."),
        (Hours(300, 240, 540), "It would add 1 h. You reach your goal without it, too."),
        (None, "It would add 1 h to your hours."),
    ],
)
def test_what_it_does_for_the_week(hours, words):
    assert seat_helps(hours, 60) == words


def test_a_released_visit_is_not_theirs_when_the_session_is_cancelled_later(pat_client, house, offer, clock):
    from scheduling.services import remove_visitor

    answer(pat_client, offer, "accept")
    clock.shift(dt.timedelta(minutes=1))
    remove_visitor(session=offer.session, patient=house.pat)
    clock.shift(dt.timedelta(minutes=1))
    cancel_session(session=offer.session, reason="Snow")
    assert "Thursday skills" not in text(pat_client.get("/my/week/"))
