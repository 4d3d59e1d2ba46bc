"""A membership's dates and its bookings: from a day, until a day, the past untouched, a re-admission a row of its own."""

import datetime as dt
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import User
from core.errors import Refusal
from core.tests.racing import failures, together
from groups.models import Membership, WaitlistEntry
from groups.services import join_waitlist, withdraw_from_waitlist
from patients.models import Episode
from patients.services import open_episode
from scheduling.models import Booking, Session
from scheduling.services import end_episode, extend_horizon, lead_group, leave_group, seat_member, seat_waiting
from scheduling.tests.checks import contradictions
from tests.factories import make_patient, make_staff

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
TODAY = dt.date(2026, 3, 2)
MONDAYS = [TODAY + n * WEEK for n in range(9)]


def expected_on(person) -> list[dt.date]:
    """The dates of the house's group on which the person has a live booking."""
    fields = {"user": person} if isinstance(person, User) else {"patient": person}
    rows = Booking.objects.live().filter(
        session__slot_date__isnull=False, session__group__name="Monday process", **fields
    )
    return sorted(rows.values_list("session__slot_date", flat=True))


def of(house, patient) -> Membership:
    return house.group.memberships.filter(patient=patient).latest("pk")


def test_from_a_day(house):
    episode = make_patient(house.program, house.alice)
    seat_member(group=house.group, episode=episode, joined_on=MONDAYS[2])
    assert expected_on(episode.patient) == MONDAYS[2:]


@pytest.mark.parametrize(
    ("left_on", "until"), [(MONDAYS[3], 3), (MONDAYS[3] + DAY, 4), (MONDAYS[3] - DAY, 3), (TODAY, 0)]
)
def test_until_a_day(house, left_on, until):
    leave_group(membership=of(house, house.pat), left_on=left_on, reason="done")
    assert expected_on(house.pat) == MONDAYS[:until]
    assert expected_on(house.quinn) == MONDAYS
    assert contradictions(timezone.now()) == {}


def test_the_past_is_untouched(house, clock):
    """Two weeks later, on a Wednesday: what was held keeps its bookings, released ones too."""
    clock.shift(2 * WEEK + 2 * DAY)
    extend_horizon()
    past = Booking.objects.filter(starts_at__lt=timezone.now())
    before = sorted(past.values_list("pk", "released_at", "patient", "user"))
    leave_group(membership=of(house, house.pat), left_on=TODAY + WEEK, reason="told late")  # in the past
    assert sorted(past.values_list("pk", "released_at", "patient", "user")) == before
    assert expected_on(house.pat) == MONDAYS[:3]
    assert contradictions(timezone.now()) == {}


def test_while_a_session_is_on_its_booking_stays(house, clock):
    clock.move_to(house.session.starts_at + dt.timedelta(minutes=10))
    leave_group(membership=of(house, house.pat), left_on=TODAY, reason="left the room for good")
    assert expected_on(house.pat) == [TODAY]


def test_leaving_sooner_than_planned(house):
    leave_group(membership=of(house, house.pat), left_on=MONDAYS[4], reason="planned")
    assert expected_on(house.pat) == MONDAYS[:4]
    leave_group(membership=of(house, house.pat), left_on=MONDAYS[2], reason="moved away")
    assert expected_on(house.pat) == MONDAYS[:2]


def test_a_readmission_is_a_row_of_its_own(house, clock):
    first = of(house, house.pat)
    leave_group(membership=first, left_on=MONDAYS[1], reason="done")
    clock.shift(2 * WEEK)
    held = list(Booking.objects.filter(membership=first).values_list("pk", "released_at", "starts_at"))
    second = seat_member(group=house.group, episode=house.pat_episode, joined_on=MONDAYS[2])
    assert second.pk != first.pk
    first.refresh_from_db()
    assert (first.joined_on, first.left_on, first.left_reason) == (TODAY, MONDAYS[1], "done")
    assert list(Booking.objects.filter(membership=first).values_list("pk", "released_at", "starts_at")) == held
    assert set(
        Booking.objects.live().filter(patient=house.pat, starts_at__gt=timezone.now()).values_list("membership")
    ) == {(second.pk,)}
    assert expected_on(house.pat) == [MONDAYS[0], *MONDAYS[2:]]


def test_left_and_back_on_one_day(house):
    leave_group(membership=of(house, house.pat), left_on=TODAY, reason="a mistake")
    seat_member(group=house.group, episode=house.pat_episode, joined_on=TODAY)
    assert expected_on(house.pat) == MONDAYS
    assert contradictions(timezone.now()) == {}


def test_a_new_stay_in_care_is_a_new_membership(house, clock):
    end_episode(episode=house.pat_episode, ended_on=TODAY + DAY, reason="completed")
    clock.shift(WEEK)
    stay = open_episode(
        patient=house.pat,
        program=house.program,
        primary_clinician=house.alice,
        started_on=MONDAYS[1],
        weekly_goal_minutes=540,
        level_of_care="2.1",
    )
    membership = seat_member(group=house.group, episode=stay, joined_on=MONDAYS[1])
    assert membership.episode == stay
    assert expected_on(house.pat) == MONDAYS
    with pytest.raises(Refusal) as caught:
        seat_member(group=house.other_group, episode=house.pat_episode, joined_on=MONDAYS[1])
    assert caught.value.code == "episode_closed"


def test_a_handover_of_the_lead(house):
    dana = make_staff(house.program)
    lead_group(group=house.group, user=dana, part="lead", from_day=MONDAYS[3])
    assert expected_on(house.alice) == MONDAYS[:3]
    assert expected_on(dana) == MONDAYS[3:]
    assert contradictions(timezone.now()) == {}


def test_a_handover_while_a_session_is_on_leaves_it_its_lead(house, clock):
    clock.move_to(house.session.starts_at + dt.timedelta(minutes=10))
    dana = make_staff(house.program)
    lead_group(group=house.group, user=dana, part="lead", from_day=TODAY)
    assert expected_on(house.alice) == MONDAYS[:1]
    assert expected_on(dana) == MONDAYS[1:]


# --- the end of a stay


def test_the_end_of_a_stay_ends_memberships_that_were_to_end_later(house):
    leave_group(membership=of(house, house.pat), left_on=MONDAYS[5], reason="planned")
    end_episode(episode=house.pat_episode, ended_on=MONDAYS[2], reason="moved away")
    assert of(house, house.pat).left_on == MONDAYS[2]
    assert expected_on(house.pat) == MONDAYS[:2]


def test_the_end_of_a_stay_leaves_alone_who_left_before(house, clock):
    leave_group(membership=of(house, house.pat), left_on=MONDAYS[1], reason="done")
    clock.shift(2 * WEEK)
    end_episode(episode=house.pat_episode, ended_on=MONDAYS[0] + DAY, reason="told late")
    assert of(house, house.pat).left_on == MONDAYS[1]


def test_the_end_of_a_stay_and_a_seat_asked_for_at_the_same_moment(committed_house):
    """Whoever comes first: no seat remains of somebody who is no longer in care."""
    house = committed_house
    for _round in range(6):
        episode = make_patient(house.program, house.charlie)
        stale = Episode.objects.get(pk=episode.pk)
        outcomes = together(
            [
                partial(seat_member, group=house.other_group, episode=stale, joined_on=TODAY),
                partial(end_episode, episode=episode, ended_on=TODAY, reason="completed"),
            ]
        )
        assert {getattr(e, "code", repr(e)) for e in failures(outcomes)} <= {"episode_closed"}
        assert not Membership.objects.not_over(TODAY).filter(episode=episode).exists()
        assert not Booking.objects.live().filter(patient=episode.patient, starts_at__gt=timezone.now()).exists()
    assert contradictions(timezone.now()) == {}


# --- seats that become free


@pytest.fixture
def waiting(house):
    """The group of five is full; Wren waits."""
    for _n in range(3):
        seat_member(group=house.group, episode=make_patient(house.program, house.alice), joined_on=TODAY)
    wren = make_patient(house.program, house.alice, first="Wren")
    return house, join_waitlist(group=house.group, episode=wren)


def test_from_the_wait_list_to_a_seat(waiting):
    house, entry = waiting
    with pytest.raises(Refusal) as caught:
        seat_waiting(entry=entry)
    assert caught.value.code == "group_full"
    leave_group(membership=of(house, house.pat), left_on=TODAY, reason="done")
    membership = seat_waiting(entry=entry)
    assert (membership.patient, membership.joined_on) == (entry.patient, TODAY)
    assert expected_on(entry.patient) == MONDAYS
    entry.refresh_from_db()
    assert entry.outcome == WaitlistEntry.Outcome.SEATED


def test_who_no_longer_waits_is_not_seated(waiting):
    """Also when the page still shows them."""
    house, entry = waiting
    leave_group(membership=of(house, house.pat), left_on=TODAY, reason="done")
    withdraw_from_waitlist(entry=WaitlistEntry.objects.get(pk=entry.pk))
    with pytest.raises(Refusal) as caught:
        seat_waiting(entry=entry)
    assert caught.value.code == "not_waiting"
    assert not house.group.memberships.filter(patient=entry.patient).exists()


def test_sessions_of_other_groups_are_nobodys_business(house):
    """What Robin's group does changes nothing for Pat."""
    before = sorted(Booking.objects.filter(session__group=house.group).values_list("pk", "released_at"))
    robin = house.other_group.memberships.get(patient=house.robin)
    leave_group(membership=robin, left_on=TODAY, reason="done")
    assert sorted(Booking.objects.filter(session__group=house.group).values_list("pk", "released_at")) == before
    assert not Session.objects.filter(
        group=house.other_group, bookings__patient=house.robin, bookings__released_at=None
    )
