"""Groups: who leads, who belongs and from when to when, who waits; and what the database keeps by itself."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from groups.models import Facilitator, Group, Kind, Membership, WaitlistEntry
from groups.services import (
    create_group,
    join_group,
    join_waitlist,
    leave_group,
    seats_taken,
    set_facilitator,
    withdraw_from_waitlist,
)
from patients.models import Episode
from tests.factories import make_group, make_patient, make_program, make_staff

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 3, 2)


def refused(code, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught, transaction.atomic():
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


@pytest.fixture
def full(house):
    """A group of five with five members, and somebody who would like to join."""
    group = make_group(house.program, house.alice, capacity=5)
    people = [make_patient(house.program, house.alice) for _n in range(6)]
    members = [join_group(group=group, episode=e, joined_on=TODAY) for e in people[:5]]
    return group, members, people[5]


# --- groups


@pytest.mark.parametrize(("capacity", "fits"), [(4, False), (5, True), (15, True), (16, False), (0, False)])
def test_a_group_holds_five_to_fifteen(house, capacity, fits):
    fields = {"program": house.program, "name": "New", "kind": Kind.SKILLS, "capacity": capacity}
    if fits:
        assert create_group(**fields).capacity == capacity
    else:
        assert refused("capacity", create_group, **fields).field == "capacity"
        with pytest.raises(IntegrityError, match="capacity_5_to_15"), transaction.atomic():
            Group.objects.create(**fields)


def test_a_name_once_a_program(house):
    fields = {"name": house.group.name, "kind": Kind.SKILLS, "capacity": 8}
    refused("name_taken", create_group, program=house.program, **fields)
    create_group(program=make_program(), **fields)
    with pytest.raises(IntegrityError, match="one_group_of_a_name"), transaction.atomic():
        Group.objects.create(program=house.program, **fields)


def test_a_kind_is_one_of_four(house):
    with pytest.raises(IntegrityError, match="group_kind_is_known"), transaction.atomic():
        Group.objects.create(program=house.program, name="x", kind="other", capacity=8)


# --- members and dates


@pytest.mark.parametrize(
    ("starts", "ends", "joined", "code"),
    [
        (-7, None, 0, None),
        (-7, None, -7, None),
        (-7, None, -8, "episode_closed"),
        (-7, 5, 4, None),
        (-7, 5, 5, "episode_closed"),
        (-7, 5, 30, "episode_closed"),
    ],
)
def test_only_while_in_care(house, starts, ends, joined, code):
    episode = make_patient(house.program, house.alice, started_on=TODAY + starts * DAY)
    Episode.objects.filter(pk=episode.pk).update(ended_on=None if ends is None else TODAY + ends * DAY)
    fields = {"group": house.group, "episode": episode, "joined_on": TODAY + joined * DAY}
    if code is None:
        assert join_group(**fields).joined_on == fields["joined_on"]
    else:
        refused(code, join_group, **fields)  # also when the page still shows the stay as it was


def test_not_in_another_programs_group(house):
    there = make_program()
    group = make_group(there, make_staff(there))
    refused("other_program", join_group, group=group, episode=house.pat_episode, joined_on=TODAY)
    refused("other_program", join_waitlist, group=group, episode=house.pat_episode)


@pytest.mark.parametrize(("ended", "code"), [(0, "group_ended"), (1, None), (-1, "group_ended")])
def test_not_in_a_group_that_has_ended(house, ended, code):
    Group.objects.filter(pk=house.other_group.pk).update(ended_on=TODAY + ended * DAY)
    fields = {"group": house.other_group, "episode": house.pat_episode, "joined_on": TODAY}
    assert refused(code, join_group, **fields) if code else join_group(**fields)


@pytest.mark.parametrize(
    ("joined", "left", "again", "possible"),
    [
        (-5, None, 0, False),
        (-5, -1, 0, True),
        (-5, 0, 0, True),  # the first day no longer a member
        (-5, 1, 0, False),
        (-5, 1, 1, True),
        (3, None, 0, False),  # a seat that begins later is a membership too
    ],
)
def test_one_membership_at_a_time(house, joined, left, again, possible):
    episode = make_patient(house.program, house.alice, started_on=TODAY - 30 * DAY)
    first = join_group(group=house.group, episode=episode, joined_on=TODAY + joined * DAY)
    Membership.objects.filter(pk=first.pk).update(left_on=None if left is None else TODAY + left * DAY)
    fields = {"group": house.group, "episode": episode, "joined_on": TODAY + again * DAY}
    if possible:
        second = join_group(**fields)
        assert second.pk != first.pk
        first.refresh_from_db()
        assert first.joined_on == TODAY + joined * DAY
        return
    refused("already_member", join_group, **fields)
    with pytest.raises(IntegrityError, match="one_membership_at_a_time"), transaction.atomic():
        Membership.objects.create(patient=episode.patient, **fields)


def test_leaving_has_a_day_and_a_reason(house):
    membership = house.group.memberships.get(patient=house.pat)
    refused("left_before_joined", leave_group, membership=membership, left_on=TODAY - DAY, reason="x")
    refused("no_reason", leave_group, membership=membership, left_on=TODAY, reason=" ")
    left = leave_group(membership=membership, left_on=TODAY + 7 * DAY, reason=" Completed ")
    assert (left.left_on, left.left_reason) == (TODAY + 7 * DAY, "Completed")


def test_who_was_to_leave_later_may_leave_sooner_and_the_past_stays(house, clock):
    membership = house.group.memberships.get(patient=house.pat)
    leave_group(membership=membership, left_on=TODAY + 14 * DAY, reason="Planned")
    for later in (14, 20):
        refused("already_left", leave_group, membership=membership, left_on=TODAY + later * DAY, reason="x")
    sooner = leave_group(membership=membership, left_on=TODAY + 7 * DAY, reason="Moved away")
    assert (sooner.left_on, sooner.left_reason) == (TODAY + 7 * DAY, "Moved away")
    clock.shift(7 * DAY)
    refused("already_left", leave_group, membership=membership, left_on=TODAY + 3 * DAY, reason="x")


@pytest.mark.parametrize(
    ("spans", "from_day", "most"),
    [
        ([], 0, 0),
        ([(0, None)] * 3, 0, 3),
        ([(-9, -1)] * 3, 0, 0),
        ([(-9, 0)] * 3, 0, 0),
        ([(-9, 1)] * 3, 0, 3),
        ([(5, None)] * 3, 0, 3),  # promised
        ([(0, 5), (0, 5), (5, None), (5, None)], 0, 2),  # one goes as the other comes
        ([(0, 6), (0, 5), (5, None), (5, None)], 0, 3),
        ([(0, 6), (0, 5), (5, None), (5, None)], 6, 2),
        ([(3, 3)] * 3, 0, 0),  # never came
    ],
)
def test_seats_are_counted_for_the_fullest_day_to_come(house, spans, from_day, most):
    group = make_group(house.program, capacity=15)
    for joined, left in spans:
        episode = make_patient(house.program, house.alice, started_on=TODAY - 30 * DAY)
        membership = join_group(group=group, episode=episode, joined_on=TODAY + joined * DAY)
        Membership.objects.filter(pk=membership.pk).update(left_on=None if left is None else TODAY + left * DAY)
    assert seats_taken(group, TODAY + from_day * DAY) == most


def test_a_seat_of_somebody_who_leaves_is_free_from_that_day(full):
    group, members, newcomer = full
    leave_group(membership=members[0], left_on=TODAY + 7 * DAY, reason="done")
    for day in (0, 6):
        refusal = refused("group_full", join_group, group=group, episode=newcomer, joined_on=TODAY + day * DAY)
        assert "All 5 seats" in refusal.message
    assert join_group(group=group, episode=newcomer, joined_on=TODAY + 7 * DAY)


def test_a_seat_promised_for_later_is_taken_today(full, house):
    group, members, newcomer = full
    leave_group(membership=members[0], left_on=TODAY + 7 * DAY, reason="done")
    join_group(group=group, episode=newcomer, joined_on=TODAY + 7 * DAY)
    leave_group(membership=members[1], left_on=TODAY, reason="done")
    late = make_patient(house.program, house.alice)
    join_group(group=group, episode=late, joined_on=TODAY)
    another = make_patient(house.program, house.alice)
    refused("group_full", join_group, group=group, episode=another, joined_on=TODAY)


# --- the wait-list


def test_waiting_and_being_seated(full):
    group, members, newcomer = full
    entry = join_waitlist(group=group, episode=newcomer)
    refused("already_waiting", join_waitlist, group=group, episode=newcomer)
    leave_group(membership=members[0], left_on=TODAY, reason="done")
    join_group(group=group, episode=newcomer, joined_on=TODAY)
    entry.refresh_from_db()
    assert (entry.outcome, entry.ended_at) == ("seated", timezone.now())
    assert not WaitlistEntry.objects.waiting().exists()


def test_nobody_waits_for_nothing(full):
    group, members, newcomer = full
    refused("already_member", join_waitlist, group=group, episode=members[0].episode)
    leave_group(membership=members[0], left_on=TODAY, reason="done")
    refused("seat_free", join_waitlist, group=group, episode=newcomer)
    Episode.objects.filter(pk=newcomer.pk).update(ended_on=TODAY)
    refused("episode_closed", join_waitlist, group=group, episode=newcomer)


def test_no_longer_waiting_twice_is_once(full, clock):
    group, _members, newcomer = full
    entry = join_waitlist(group=group, episode=newcomer)
    withdraw_from_waitlist(entry=entry)
    ended_at = timezone.now()
    clock.shift(DAY)
    withdraw_from_waitlist(entry=entry)
    entry.refresh_from_db()
    assert (entry.outcome, entry.ended_at) == ("withdrawn", ended_at)
    assert join_waitlist(group=group, episode=newcomer).pk != entry.pk  # asking again is a row of its own


def test_the_longest_wait_comes_first(full, house, clock):
    group, _members, first = full
    entries = [join_waitlist(group=group, episode=first)]
    clock.shift(dt.timedelta(hours=1))
    entries += [join_waitlist(group=group, episode=make_patient(house.program, house.alice)) for _n in range(2)]
    assert list(WaitlistEntry.objects.waiting()) == entries


# --- who leads


def leads(group, day) -> dict[str, list]:
    return {
        part: [f.user for f in Facilitator.objects.current(day).filter(group=group, part=part)]
        for part in Facilitator.Part.values
    }


def test_one_lead_and_one_co_each_day(house):
    group, dana, erin = house.group, make_staff(house.program), make_staff(house.program)
    set_facilitator(group=group, user=dana, part="lead", from_day=TODAY + 7 * DAY)
    set_facilitator(group=group, user=erin, part="co", from_day=TODAY)
    assert leads(group, TODAY) == {"lead": [house.alice], "co": [erin]}
    assert leads(group, TODAY + 6 * DAY) == {"lead": [house.alice], "co": [erin]}
    assert leads(group, TODAY + 7 * DAY) == {"lead": [dana], "co": [erin]}


def test_a_change_of_plan_leaves_one_lead_each_day(house):
    """Dana was to take over on the 20th; now Erin does, on the 10th."""
    group, dana, erin = house.group, make_staff(house.program), make_staff(house.program)
    set_facilitator(group=group, user=dana, part="lead", from_day=dt.date(2026, 3, 20))
    set_facilitator(group=group, user=erin, part="lead", from_day=dt.date(2026, 3, 10))
    days = [TODAY + n * DAY for n in range(30)]
    assert {day: leads(group, day)["lead"] for day in days} == {
        day: [house.alice if day < dt.date(2026, 3, 10) else erin] for day in days
    }


def test_who_leads_already_stays_and_has_one_part(house):
    row = house.group.facilitators.get()
    assert set_facilitator(group=house.group, user=house.alice, part="lead", from_day=TODAY) == row
    refused("two_parts", set_facilitator, group=house.group, user=house.alice, part="co", from_day=TODAY)
    dana = make_staff(house.program)
    set_facilitator(group=house.group, user=dana, part="lead", from_day=TODAY + 7 * DAY)
    refused("two_parts", set_facilitator, group=house.group, user=house.alice, part="co", from_day=TODAY + 6 * DAY)
    set_facilitator(group=house.group, user=house.alice, part="co", from_day=TODAY + 7 * DAY)


@pytest.mark.parametrize("who", ["coordinator", "admin", "billing", "pat", "stranger"])
def test_only_clinicians_of_the_program_lead(house, who):
    person = {"pat": house.pat.user, "stranger": make_staff(make_program())}.get(who) or getattr(house, who)
    refused("not_a_clinician", set_facilitator, group=house.group, user=person, part="co", from_day=TODAY)
    supervisor = make_staff(house.program, Role.SUPERVISOR)
    assert set_facilitator(group=house.group, user=supervisor, part="co", from_day=TODAY)


# --- what the database keeps by itself


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE groups_group SET capacity = 4", "capacity_5_to_15"),
        ("UPDATE groups_group SET capacity = 16", "capacity_5_to_15"),
        ("UPDATE groups_facilitator SET left_on = joined_on - 1", "facilitator_dates"),
        ("UPDATE groups_membership SET left_on = joined_on - 1", "membership_dates"),
        ("UPDATE groups_waitlistentry SET ended_at = now()", "waiting_ends_with_an_outcome"),
        ("UPDATE groups_waitlistentry SET outcome = 'seated'", "waiting_ends_with_an_outcome"),
    ],
)
def test_what_can_not_be(full, sql, name):
    group, _members, newcomer = full
    join_waitlist(group=group, episode=newcomer)
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("user", ["charlie", "alice"])
def test_one_open_place_a_part_and_one_part_a_person(house, user):
    part, name = {"charlie": ("lead", "one_open_place_per_part"), "alice": ("co", "one_part_per_facilitator")}[user]
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Facilitator.objects.create(group=house.group, user=getattr(house, user), part=part, joined_on=TODAY)


def test_one_waits_once(full):
    group, _members, newcomer = full
    join_waitlist(group=group, episode=newcomer)
    with pytest.raises(IntegrityError, match="waits_once_per_group"), transaction.atomic():
        WaitlistEntry.objects.create(group=group, patient=newcomer.patient, episode=newcomer)


@pytest.mark.parametrize("model", [Membership, WaitlistEntry])
def test_a_row_is_of_the_patient_whose_episode_it_is(house, model):
    """Pat's row can't hang on Quinn's episode: a composite foreign key."""
    fields = {"joined_on": TODAY} if model is Membership else {}
    with pytest.raises(IntegrityError, match=f"{model._meta.db_table}_episode_of_patient"), transaction.atomic():
        model.objects.create(group=house.other_group, patient=house.pat, episode=house.quinn_episode, **fields)
        connection.check_constraints()


@pytest.mark.parametrize("model", [Group, Facilitator, Membership, WaitlistEntry])
def test_nothing_is_deleted(full, model):
    group, _members, newcomer = full
    join_waitlist(group=group, episode=newcomer)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608
