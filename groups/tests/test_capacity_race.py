"""The last seat can't be sold twice: 64 people on 64 connections, and the same race with the lock taken away."""

import datetime as dt
import itertools
from collections import Counter
from functools import partial

import pytest
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import failures, together
from groups import services as groups
from groups.models import Group, Membership, WaitlistEntry
from patients.models import CareTeamMember
from scheduling.models import Booking, Session
from scheduling.services import create_slot, seat_member, seat_waiting
from tests.factories import make_group, make_patient, make_program, make_staff

PEOPLE = 64
SEATS = 5


@pytest.fixture
def crowd(transactional_db, clock):
    """64 admitted patients, and a way to get them an empty group of five seats."""
    program = make_program()
    alice = make_staff(program, first="Alice")
    episodes = [make_patient(program, alice) for _n in range(PEOPLE)]
    return episodes, partial(make_group, program, alice, capacity=SEATS)


def rush(episodes, join, group) -> Counter:
    """Everybody wants in at the same moment. How it ended, by refusal code."""
    today = timezone.localdate()
    outcomes = together(partial(join, group=group, episode=e, joined_on=today) for e in episodes)
    return Counter(
        "seated" if isinstance(o, Membership) else o.code if isinstance(o, Refusal) else repr(o) for o in outcomes
    )


@pytest.mark.parametrize("join", [groups.join_group, seat_member])
@pytest.mark.parametrize("left", [1, SEATS])
def test_exactly_as_many_get_in_as_there_are_seats(crowd, join, left):
    episodes, empty_group = crowd
    group = empty_group()
    create_slot(group=group, weekday=2, starts_at=dt.time(9), minutes=60)
    early = episodes[: SEATS - left]
    for episode in early:
        join(group=group, episode=episode, joined_on=timezone.localdate())
    ended = rush(episodes[SEATS - left :], join, group)
    assert ended == {"seated": left, "group_full": PEOPLE - SEATS}
    members = set(Membership.objects.filter(group=group).values_list("patient", flat=True))
    assert len(members) == SEATS
    # Nothing is left behind by those who did not get in.
    cared_for = CareTeamMember.objects.filter(source=groups.care_source(group)).values_list("patient", flat=True)
    assert set(cared_for) == members
    if join is seat_member:
        booked = Counter(Booking.objects.live().filter(patient__isnull=False).values_list("patient", flat=True))
        assert booked == dict.fromkeys(members, Session.objects.filter(group=group).count())


def test_without_the_lock_the_last_seats_are_sold_several_times(crowd, monkeypatch):
    """The negative control: if this can't oversell, the race above proves nothing."""
    episodes, empty_group = crowd
    monkeypatch.setattr(groups, "lock_group", lambda group: Group.objects.get(pk=group.pk))
    for _round in range(5):
        group = empty_group()
        ended = rush(episodes, groups.join_group, group)
        assert set(ended) <= {"seated", "group_full"}
        if group.memberships.count() > SEATS:
            return
    pytest.fail("Five races of 64 without a lock did not oversell: the race is no race.")


def test_one_person_asking_from_many_windows_gets_one_seat(crowd):
    episodes, empty_group = crowd
    group = empty_group()
    ended = rush([episodes[0]] * 8, seat_member, group)
    assert ended == {"seated": 1, "already_member": 7}


def test_nobody_waits_for_a_free_seat_and_nobody_is_lost_in_the_rush(crowd):
    """Some ask for a seat and some for the wait-list while the last seats go: each ends in one place, in none only if told."""
    episodes, empty_group = crowd
    group = empty_group()
    today = timezone.localdate()
    waiters, joiners = episodes[:8], episodes[8:24]
    deeds = [partial(groups.join_waitlist, group=group, episode=e) for e in waiters]
    deeds += [partial(seat_member, group=group, episode=e, joined_on=today) for e in joiners]
    outcomes = together(itertools.chain.from_iterable(zip(deeds[8:16], deeds[:8], deeds[16:], strict=True)))
    codes = Counter(o.code for o in failures(outcomes))
    waiting = WaitlistEntry.objects.waiting().filter(group=group).count()
    assert group.memberships.count() == SEATS
    assert codes == {"group_full": len(joiners) - SEATS, **({"seat_free": 8 - waiting} if waiting < 8 else {})}


def test_a_seat_that_becomes_free_goes_to_one_of_those_waiting(crowd):
    episodes, empty_group = crowd
    group = empty_group()
    today = timezone.localdate()
    members = [seat_member(group=group, episode=e, joined_on=today) for e in episodes[:SEATS]]
    entries = [groups.join_waitlist(group=group, episode=e) for e in episodes[SEATS : SEATS + 8]]
    groups.leave_group(membership=members[0], left_on=today, reason="moved away")
    outcomes = together(partial(seat_waiting, entry=e) for e in entries)
    assert Counter(o.code for o in failures(outcomes)) == {"group_full": 7}
    assert WaitlistEntry.objects.waiting().count() == 7
    seated = WaitlistEntry.objects.get(outcome=WaitlistEntry.Outcome.SEATED)
    assert group.memberships.current().filter(patient=seated.patient).exists()
