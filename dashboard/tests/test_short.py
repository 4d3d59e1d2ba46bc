"""Who will miss their hours, and which seats would fix it."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.access import Role
from accounts.services import give_role
from clinical.queries import Week
from dashboard import guardian
from groups.models import Kind
from patients.models import Episode
from scheduling.models import SeatOffer, Session
from scheduling.services import (
    add_visitor,
    cancel_session,
    create_slot,
    decline_offer,
    move_session,
    offer_seat,
    seat_member,
)
from tests.desk import Readings, count, more_people, text, told
from tests.factories import ZONE, make_group, make_patient, make_program, make_staff

PAGE = "/desk/hours/short/"
QUERIES = 14
MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def quiet(house):
    """Everybody of the house wants only what they have: nobody is short but whom a test makes."""
    Episode.objects.update(weekly_goal_minutes=60)
    return house


def a_session(house, weekday: int, hour: int, minutes: int, *, capacity: int = 5, **more) -> Session:
    """A session this week of a group of its own."""
    group = make_group(house.program, make_staff(house.program), capacity=capacity, kind=Kind.SKILLS, **more)
    create_slot(group=group, weekday=weekday, starts_at=dt.time(hour), minutes=minutes)
    return group.sessions.earliest("starts_at")


def a_person(house, goal: int, first="Lee", **more) -> Episode:
    return make_patient(house.program, house.alice, first, "Lacking", weekly_goal_minutes=goal, **more)


def gap_of(house, episode, reader=None) -> guardian.Gap:
    week = Week.of(None, ZONE)
    found = guardian.gaps(
        guardian.short_of(reader or house.alice, house.program, week), house.program, week, with_seats=True
    )
    return next(gap for gap in found if gap.episode == episode)


def test_doors(house, browse):
    assert browse(None).get(PAGE)["Location"].startswith("/account/login/")
    assert browse(house.pat.user).get(PAGE).status_code == 403
    for reader in (house.alice, house.bob, house.charlie, house.coordinator, house.admin, house.billing):
        assert browse(reader).get(PAGE).status_code == 200


def test_a_fixed_number_of_queries(house, browse):
    client = browse(house.alice)
    a_session(house, 3, 10, 60)
    assert count(client, PAGE) == QUERIES
    more_people(house, 8)
    for n in range(4):
        session = a_session(house, 3, 11 + n, 45)
        offer_seat(session=session, episode=house.pat_episode, by=house.alice)
    assert count(client, PAGE) == QUERIES


def test_whoever_is_shown_is_on_the_record_and_nobody_else(house, browse):
    readings = Readings()
    page = text(browse(house.alice).get(PAGE))
    assert "Pat Peerson" in page and "Quinn Quill" in page and "Rosenquist" not in page
    assert readings.of(house.alice) == {"Pat", "Quinn"}


def test_before_wednesday_it_is_an_outlook_where_the_program_is(house, browse, clock):
    assert "from Wednesday, March 4 on" in text(browse(house.alice).get(PAGE))
    clock.move_to(dt.datetime(2026, 3, 4, 7, 59, tzinfo=dt.UTC))  # Tuesday 23:59 in Los Angeles, Wednesday in London
    assert "The week is young" in text(browse(house.alice).get(PAGE))
    clock.shift(dt.timedelta(minutes=1))
    page = text(browse(house.alice).get(PAGE))
    assert "The week is young" not in page and "Pat Peerson" in page


def test_only_those_who_miss_their_hours_the_widest_gap_first(quiet):
    narrow, wide = a_person(quiet, 90, "Narrow"), a_person(quiet, 300, "Wide")
    week = Week.of(None, ZONE)
    short = guardian.short_of(quiet.alice, quiet.program, week)
    assert [(pk, hours.short_by) for pk, hours in short] == [(wide.pk, 300), (narrow.pk, 90)]


def test_a_seat_that_alone_closes_the_gap(quiet):
    lee = a_person(quiet, 90)
    small, enough, more = a_session(quiet, 2, 9, 60), a_session(quiet, 3, 9, 90), a_session(quiet, 4, 9, 120)
    gap = gap_of(quiet, lee)
    assert [(f.session, f.minutes, f.closes) for f in gap.plan] == [(enough, 90, True)]
    others = {f.session: f.closes for f in gap.others}
    assert others[small] is False and others[more] is True
    assert (gap.brings, gap.left) == (90, 0)


def test_else_the_longest_together(quiet):
    """Missing 150: 90 and 60 are enough; 45 is left out, and so is what lies over the 90."""
    lee = a_person(quiet, 150)
    forty_five, sixty, ninety = a_session(quiet, 2, 9, 45), a_session(quiet, 3, 9, 60), a_session(quiet, 4, 9, 90)
    over = a_session(quiet, 4, 10, 75)
    for stray in Session.objects.exclude(pk__in=[s.pk for s in (forty_five, sixty, ninety, over)]):
        if stray.starts_at < Week.of(None, ZONE).ends_at:
            cancel_session(session=stray, reason="not for this test")
    gap = gap_of(quiet, lee)
    assert [f.session for f in gap.plan] == [sixty, ninety] and gap.left == 0
    assert {f.session for f in gap.others} == {forty_five, over}
    assert not any(f.closes for f in gap.plan + gap.others)


def test_what_there_is_may_not_be_enough(quiet):
    lee = a_person(quiet, 1000)
    a_session(quiet, 4, 9, 90)
    gap = gap_of(quiet, lee)
    assert gap.plan and gap.left == 1000 - gap.brings > 0


def test_full_cancelled_past_next_weeks_and_others_programs_do_not_help(quiet, clock):
    lee = a_person(quiet, 1000)
    full = a_session(quiet, 2, 9, 60)
    for _n in range(5):
        add_visitor(session=full, episode=make_patient(quiet.program, quiet.alice, weekly_goal_minutes=60))
    cancelled = a_session(quiet, 2, 11, 60)
    cancel_session(session=cancelled, reason="Snow")
    away = a_session(quiet, 2, 13, 60)
    move_session(session=away, starts_at=away.starts_at + dt.timedelta(days=6))
    evening = make_program("Evening track")
    elsewhere = make_group(evening, make_staff(evening))
    create_slot(group=elsewhere, weekday=3, starts_at=dt.time(9), minutes=60)
    good = a_session(quiet, 6, 23, 60)  # Sunday 23:00 is this week still
    clock.shift(dt.timedelta(hours=2))  # Monday's own session has begun
    fits = gap_of(quiet, lee)
    assert [f.session for f in fits.plan] == [
        Session.objects.filter(group=quiet.other_group).earliest("starts_at"),
        good,
    ]
    assert fits.others == []


def test_only_when_they_are_free_and_in_care(quiet):
    lee = a_person(quiet, 1000, started_on=dt.date(2026, 2, 20))
    busy, free = a_session(quiet, 2, 9, 60), a_session(quiet, 2, 13, 60)
    theirs = make_group(quiet.program, make_staff(quiet.program))
    create_slot(group=theirs, weekday=2, starts_at=dt.time(9, 30), minutes=60)
    seat_member(group=theirs, episode=lee, joined_on=MONDAY)
    after = a_session(quiet, 4, 9, 60)
    lee.ended_on = dt.date(2026, 3, 6)
    lee.save()
    gap = gap_of(quiet, lee)
    found = [f.session for f in gap.plan + gap.others]
    assert free in found and busy not in found and after not in found
    assert not any(s.group == theirs for s in found)


def test_offered_declined_and_seats_left_are_said(quiet, browse):
    lee = a_person(quiet, 60)
    session = a_session(quiet, 3, 10, 60, name="Thursday skills")
    client = browse(quiet.alice)
    page = client.post(f"/desk/sessions/{session.uid}/offer/", {"episode": lee.uid, "page": "1"}, follow=True)
    assert page.redirect_chain[-1][0] == f"{PAGE}?program={quiet.program.uid}&page=1"
    assert told(page) == ["Lee Lacking is offered this seat and decides."]
    assert "Offered" in text(page) and "Thursday skills" in text(page) and "5 seats left" in text(page)
    offer = SeatOffer.objects.get()
    assert (offer.patient, offer.session, offer.offered_by) == (lee.patient, session, quiet.alice)
    page = client.post(f"/desk/sessions/{session.uid}/offer/", {"episode": lee.uid}, follow=True)
    assert told(page) == ["Lee Lacking has been offered this seat already."]
    decline_offer(offer=offer)
    page = client.get(PAGE)
    assert "They said no" in text(page) and "Offer again" in text(page)
    assert session not in [f.session for f in page.context["rows"][0].plan], "what was declined is not proposed first"
    page = client.post(f"/desk/offers/{offer.uid}/withdraw/", follow=True)
    assert told(page) == ["Lee Lacking has answered already."]


def test_an_offer_is_withdrawn(quiet, browse):
    lee, session = a_person(quiet, 60), a_session(quiet, 3, 10, 60)
    offer = offer_seat(session=session, episode=lee, by=quiet.alice)
    assert browse(quiet.charlie).post(f"/desk/offers/{offer.uid}/withdraw/").status_code == 404
    page = browse(quiet.alice).post(f"/desk/offers/{offer.uid}/withdraw/", follow=True)
    assert told(page) == ["The offer to Lee Lacking is withdrawn."]
    assert not SeatOffer.objects.open().exists()


def test_nobody_elses_patient_or_program_is_offered(quiet, browse):
    session = a_session(quiet, 3, 10, 60)
    address = f"/desk/sessions/{session.uid}/offer/"
    for wrong in ({}, {"episode": "x"}, {"episode": quiet.robin_episode.uid}):
        assert browse(quiet.alice).post(address, wrong).status_code == 404
    assert browse(quiet.alice).get(address).status_code == 405
    assert browse(quiet.billing).post(address, {"episode": quiet.pat_episode.uid}).status_code == 403
    evening = make_program("Evening track")
    group = make_group(evening, make_staff(evening))
    create_slot(group=group, weekday=3, starts_at=dt.time(12), minutes=60)
    other = group.sessions.earliest("starts_at")
    sent = {"episode": quiet.pat_episode.uid}
    assert browse(quiet.alice).post(f"/desk/sessions/{other.uid}/offer/", sent).status_code == 404
    assert not SeatOffer.objects.exists()


def test_billing_sees_who_and_no_seats(house, browse):
    a_session(house, 3, 10, 60, name="Thursday skills")
    page = text(browse(house.billing).get(PAGE))
    assert "Pat Peerson" in page and "Thursday skills" not in page and "Offer" not in page
    assert f"/desk/people/{house.pat.uid}/" not in page


def test_a_session_one_may_not_open_is_named_without_a_link(quiet, browse):
    lee = a_person(quiet, 60)
    session = a_session(quiet, 3, 10, 60, name="Thursday skills")
    page = text(browse(quiet.alice).get(PAGE))
    assert "Thursday skills" in page and f"/desk/sessions/{session.uid}/&quot;" not in page
    assert f'href="/desk/sessions/{session.uid}/"' not in page
    assert f'href="/desk/sessions/{session.uid}/"' in text(browse(quiet.admin).get(PAGE))
    assert lee.patient.name in page


def test_each_program_by_itself(house, browse):
    evening = make_program("Evening track")
    give_role(user=house.alice, program=evening, role=Role.CLINICIAN)
    make_patient(evening, house.alice, "Eve", "Evening")
    client = browse(house.alice)
    page = text(client.get(PAGE))
    assert "Pat Peerson" in page and "Eve Evening" not in page and "Evening track" in page
    page = text(client.get(f"{PAGE}?program={evening.uid}"))
    assert "Eve Evening" in page and "Pat Peerson" not in page
    assert client.get(f"{PAGE}?program=nonsense").status_code == 200


def test_nobody_is_short(quiet, browse, clock):
    page = text(browse(quiet.alice).get(PAGE))
    assert "Everybody can reach their hours" in page and "From Wednesday on" in page
    assert browse(quiet.coordinator).get(PAGE).context["rows"] == []


def test_the_first_page_and_hours_lead_here(house, browse):
    for address in ("/desk/", "/desk/hours/"):
        assert f'href="{PAGE}"' in text(browse(house.alice).get(address))


def test_a_seat_taken_closes_the_gap(quiet):
    lee, session = a_person(quiet, 60), a_session(quiet, 3, 10, 60)
    add_visitor(session=session, episode=lee)
    week = Week.of(None, ZONE)
    assert lee.pk not in dict(guardian.short_of(quiet.alice, quiet.program, week))
    assert timezone.now() < session.starts_at
