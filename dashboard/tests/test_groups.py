"""The groups one works with, and one of them."""

import datetime as dt

from clinical.models import Status
from groups.models import Facilitator, Membership
from groups.services import join_waitlist, set_facilitator
from patients.services import end_care_team
from scheduling.models import Booking
from scheduling.services import cancel_session, create_slot, leave_group, seat_member
from tests.desk import Readings, attend, count, more_people, text
from tests.factories import make_group, make_patient, make_program

GROUPS = "/desk/series/"
LIST_QUERIES = 6
GROUP_QUERIES = 20
TODAY = dt.date(2026, 3, 2)


def address(group) -> str:
    return f"{GROUPS}{group.uid}/"


def test_doors(house, browse):
    for page in (GROUPS, address(house.group)):
        assert browse(None).get(page)["Location"].startswith("/account/login/")
        assert browse(house.billing).get(page).status_code == 403
        assert browse(house.pat.user).get(page).status_code == 403
    assert browse(house.charlie).get(address(house.group)).status_code == 404
    assert "Monday process" not in text(browse(house.charlie).get(GROUPS))
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert "Monday process" in text(browse(reader).get(GROUPS))
        assert browse(reader).get(address(house.group)).status_code == 200


def test_a_fixed_number_of_queries_for_the_list(house, browse):
    client = browse(house.alice)
    assert count(client, GROUPS) == LIST_QUERIES
    for n in range(3):
        group = make_group(house.program, house.alice, house.bob if n == 0 else None)
        create_slot(group=group, weekday=n, starts_at=dt.time(15), minutes=60)
    more_people(house, 3)
    assert count(client, GROUPS) == LIST_QUERIES


def test_a_fixed_number_of_queries_for_a_group(house, browse):
    client = browse(house.alice)
    assert count(client, address(house.group)) == GROUP_QUERIES
    more_people(house, 3, group=house.group)
    create_slot(group=house.group, weekday=3, starts_at=dt.time(9), minutes=60)
    for n in range(3):
        waiting = make_patient(house.program, house.alice, f"Wait{n}")
        join_waitlist(group=house.group, episode=waiting)
    assert count(client, address(house.group)) == GROUP_QUERIES


def test_seats_and_who_waits_are_counted(house, browse):
    more_people(house, 3, group=house.group)
    join_waitlist(group=house.group, episode=make_patient(house.program, house.alice, "Wanda", "Waiting"))
    page = text(browse(house.alice).get(GROUPS))
    assert "5 of 5 · 1 waiting" in page
    page = text(browse(house.alice).get(address(house.group)))
    assert "5 of 5 seats" in page and "Add to the wait-list" in page and "Add a member" not in page
    assert "Wanda Waiting" in page and "Give the seat" not in page


def test_a_free_seat_is_offered(house, browse):
    more_people(house, 3, group=house.group)
    join_waitlist(group=house.group, episode=make_patient(house.program, house.alice, "Wanda", "Waiting"))
    leave_group(membership=Membership.objects.get(patient=house.quinn), left_on=TODAY, reason="Moved away")
    page = text(browse(house.alice).get(address(house.group)))
    assert "Give the seat" in page and "Add a member" in page and "1 free" in page


def test_members_shown_are_on_the_record_and_nobody_else(house, browse):
    """A coordinator knows how many there are, and names only of those whose care team they are on."""
    seat_member(group=house.group, episode=house.robin_episode, joined_on=TODAY)
    readings = Readings()
    page = text(browse(house.alice).get(address(house.group)))
    assert "Robin" in page and readings.of(house.alice) == {"Pat", "Quinn", "Robin"}
    page = text(browse(house.coordinator).get(address(house.group)))
    assert "3 members. You are not on their care team." in page and "Peerson" not in page
    assert readings.of(house.coordinator) == set()
    readings = Readings()
    page = text(browse(house.bob).get(address(house.group)))  # supervises Alice, not Charlie
    assert "and 1 person you are not on the care team of" in page and "Rosenquist" not in page
    assert readings.of(house.bob) == {"Pat", "Quinn"}


def test_a_member_who_left_is_no_longer_shown(house, browse):
    leave_group(membership=Membership.objects.get(patient=house.pat), left_on=TODAY, reason="Done")
    readings = Readings()
    assert "Peerson" not in text(browse(house.alice).get(address(house.group)))
    assert readings.of(house.alice) == {"Quinn"}


def test_leaving_later_is_said(house, browse):
    leave_group(membership=Membership.objects.get(patient=house.pat), left_on=dt.date(2026, 3, 16), reason="Done")
    page = text(browse(house.alice).get(address(house.group)))
    assert "leaves Mar 16" in page and "Peerson" in page and page.count("/leave/") == 1


def test_its_next_sessions_with_their_own_state(house, browse, clock):
    cancel_session(session=house.session, reason="Snow")
    page = browse(house.alice).get(address(house.group))
    first, second = page.context["coming"][:2]
    assert first.session.is_cancelled and not second.session.is_cancelled
    assert "Mon, Mar 2" in text(page) and "Cancelled" in text(page) and "nobody leads it" not in text(page)


def test_a_session_nobody_leads_says_so(house, browse):
    Booking.objects.filter(user=house.alice).update(released_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    assert "nobody leads it" in text(browse(house.coordinator).get(address(house.group)))


def test_who_is_elsewhere_at_that_time_is_named(house, browse):
    """Charlie's patient is in two groups that come to meet at one time: the one booked second misses somebody."""
    seat_member(group=house.group, episode=house.robin_episode, joined_on=TODAY)
    robin = Membership.objects.get(group=house.group, patient=house.robin)
    Booking.objects.filter(membership=robin).update(released_at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    page = text(browse(house.alice).get(address(house.group)))
    assert "Not booked for every session" in page and "Robin Rosenquist: Mon, Mar 2, 9:00 AM" in page


def test_a_group_that_ended_leaves_the_list(house, browse):
    house.group.ended_on = TODAY
    house.group.save()
    assert "Monday process" not in text(browse(house.alice).get(GROUPS))


def test_nobody_leads_it_any_more(house, browse):
    """Alice hands the group over: it is no longer hers, and Bob's new colleague sees it."""
    set_facilitator(group=house.group, user=house.charlie, part=Facilitator.Part.LEAD, from_day=TODAY)
    assert browse(house.alice).get(address(house.group)).status_code == 404
    assert browse(house.charlie).get(address(house.group)).status_code == 200


def test_empty_states_say_what_next(house, browse):
    fresh = make_group(house.program, house.alice, name="Fresh")
    page = text(browse(house.alice).get(address(fresh)))
    assert "No members yet" in page and "No session is planned" in page
    elsewhere = make_program("Elsewhere")
    assert browse(house.coordinator).get(address(make_group(elsewhere))).status_code == 404
    house.group.facilitators.update(left_on=TODAY)
    house.other_group.facilitators.update(left_on=TODAY)
    assert "You lead no group yet" in text(browse(house.charlie).get(GROUPS))


def test_a_clinician_without_the_care_team_sees_numbers_only(house, browse, clock):
    """Somebody visible to nobody any more is counted, never named."""
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    for source in (f"primary:{house.pat_episode.pk}", f"group:{house.group.pk}"):
        end_care_team(source=source, patient=house.pat)
    readings = Readings()
    page = text(browse(house.alice).get(address(house.group)))
    assert "Peerson" not in page and "and 1 person you are not on the care team of" in page
    assert readings.of(house.alice) == {"Quinn"}
