"""Who may see a patient, and from when to when: one table, asked by every `visible_to`."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.access import Role
from accounts.models import RoleAssignment, User
from accounts.services import give_role
from groups.models import Group, Membership
from groups.services import FINISHING_DAYS, leave_group, set_facilitator
from patients.models import CareTeamMember, Episode, Patient
from patients.services import add_to_care_team, assign_primary_clinician, end_care_team, open_episode
from scheduling.models import Booking, Session
from scheduling.services import end_episode, seat_member
from tests.factories import make_group, make_patient, make_program, make_staff

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
TODAY = dt.date(2026, 3, 2)
Part = CareTeamMember.Part


def again(user) -> User:
    """As their next request reads them."""
    return User.objects.get(pk=user.pk)


def sees(user) -> set[str]:
    """First names of the patients somebody may know of."""
    return set(Patient.objects.visible_to(again(user)).values_list("legal_first_name", flat=True))


@pytest.fixture
def sam(house):
    """A patient of Charlie's, in no group."""
    return make_patient(house.program, house.charlie, first="Sam")


# --- the cast


@pytest.mark.parametrize(
    ("who", "people"),
    [
        ("alice", {"Pat", "Quinn"}),
        ("bob", {"Pat", "Quinn"}),  # supervises Alice
        ("charlie", {"Robin"}),
        ("coordinator", set()),
        ("admin", {"Pat", "Quinn", "Robin"}),
        ("billing", {"Pat", "Quinn", "Robin"}),
    ],
)
def test_who_sees_whom(house, who, people):
    assert sees(getattr(house, who)) == people


def test_a_patient_sees_themselves_and_no_peer(house):
    assert sees(house.pat.user) == {"Pat"}
    assert sees(house.quinn.user) == {"Quinn"}


def test_nobody_and_a_closed_account_see_nothing(house):
    assert not Patient.objects.visible_to(AnonymousUser()).exists()
    for user in (house.alice, house.admin, house.pat.user):
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert sees(user) == set()


def test_a_stranger_sees_nothing_of_a_patient(house):
    """Not their stay, their group's members, their seats or their sessions either."""
    for queryset in (Episode.objects, Membership.objects, CareTeamMember.objects):
        assert not queryset.visible_to(house.charlie).filter(patient=house.pat).exists()
    assert not Booking.objects.visible_to(house.charlie).filter(patient=house.pat).exists()
    assert not Session.objects.visible_to(house.charlie).filter(group=house.group).exists()
    assert not Group.objects.visible_to(house.charlie).filter(pk=house.group.pk).exists()
    assert Session.objects.visible_to(house.charlie).filter(group=house.other_group).exists()


def test_peers_see_the_session_and_not_each_others_seats(house):
    assert Session.objects.visible_to(house.pat.user).filter(group=house.group).exists()
    seats = Booking.objects.visible_to(house.pat.user)
    assert {b.patient for b in seats if b.patient} == {house.pat}


# --- programs


def test_another_program_sees_nothing(house):
    there = make_program()
    for role in Role:
        stranger = make_staff(there, role)
        assert sees(stranger) == set(), role
        assert not Session.objects.visible_to(again(stranger)).exists()
        assert not Group.objects.visible_to(again(stranger)).exists()


def test_program_wide_means_where_the_role_is_held_and_while(house, clock):
    there = make_program()
    make_patient(there, make_staff(there), first="Toni")
    give_role(user=house.admin, program=there, role=Role.CLINICIAN)
    assert sees(house.admin) == {"Pat", "Quinn", "Robin"}  # an admin here, a clinician there
    give_role(user=house.admin, program=there, role=Role.BILLING)
    assert sees(house.admin) == {"Pat", "Quinn", "Robin", "Toni"}
    RoleAssignment.objects.filter(user=house.admin).exclude(program=there).update(ends_on=TODAY)
    assert sees(house.admin) == {"Pat", "Quinn", "Robin", "Toni"}
    clock.shift(DAY)
    assert sees(house.admin) == {"Toni"}


def test_through_a_care_team_eyes_cross_programs(house):
    """A patient of two programs is in each program's sight, and their clinicians' there."""
    there = make_program()
    erin = make_staff(there)
    open_episode(
        patient=house.pat,
        program=there,
        primary_clinician=erin,
        started_on=TODAY,
        weekly_goal_minutes=540,
        level_of_care="2.1",
    )
    assert sees(erin) == {"Pat"}
    assert sees(make_staff(there, Role.PROGRAM_ADMIN)) == {"Pat"}
    assert sees(house.alice) == {"Pat", "Quinn"}


# --- dates


@pytest.mark.parametrize(("begins", "ends"), [(0, None), (0, 3), (2, 5), (2, None)])
def test_before_at_and_after(house, clock, sam, begins, ends):
    now = timezone.now()
    starts_at = now + begins * DAY
    ends_at = None if ends is None else now + ends * DAY
    add_to_care_team(
        patients=[sam.patient], user=house.alice, part=Part.FACILITATOR, source="cover:1", at=starts_at, until=ends_at
    )
    moments = {starts_at - SECOND: False, starts_at: True, starts_at + DAY: True}
    if ends_at:
        moments |= {ends_at - SECOND: True, ends_at: False, ends_at + DAY: False}
    for moment, visible in sorted(moments.items()):
        clock.move_to(moment)
        assert ("Sam" in sees(house.alice)) is visible, moment


def test_two_reasons_each_by_itself_and_both_have_to_end(house, clock, sam):
    """Sam is in Alice's group and Alice is also Sam's primary for a while."""
    assign_primary_clinician(episode=sam, clinician=house.alice)
    membership = seat_member(group=house.group, episode=sam, joined_on=TODAY)
    assert "Sam" in sees(house.alice)
    assign_primary_clinician(episode=sam, clinician=house.charlie)
    assert "Sam" in sees(house.alice)  # the group is left
    leave_group(membership=membership, left_on=TODAY, reason="done")
    clock.shift((FINISHING_DAYS + 1) * DAY)
    assert "Sam" not in sees(house.alice)
    assert "Sam" in sees(house.charlie)


def test_ending_one_reason_twice_or_a_wrong_one_ends_no_other(house, sam):
    for source in ("cover:1", "cover:2"):
        for _twice in range(2):
            add_to_care_team(patients=[sam.patient], user=house.alice, part=Part.FACILITATOR, source=source)
    assert CareTeamMember.objects.filter(user=house.alice, patient=sam.patient).count() == 2
    assert end_care_team(source="cover:1", patient=sam.patient) == 1
    assert end_care_team(source="cover:1", patient=sam.patient) == 0
    assert end_care_team(source="cover:", patient=sam.patient) == 0
    assert "Sam" in sees(house.alice)
    assert end_care_team(source="cover:2", user=house.charlie) == 0
    assert end_care_team(source="cover:2") == 1
    assert "Sam" not in sees(house.alice)


def test_a_place_that_was_to_begin_later_never_begins(house, clock, sam):
    add_to_care_team(
        patients=[sam.patient], user=house.alice, part=Part.FACILITATOR, source="cover:1", at=timezone.now() + DAY
    )
    end_care_team(source="cover:1")
    clock.shift(2 * DAY)
    assert "Sam" not in sees(house.alice)


def test_an_end_that_was_set_can_come_sooner_and_not_later(house, clock, sam):
    now = timezone.now()
    add_to_care_team(patients=[sam.patient], user=house.alice, part=Part.FACILITATOR, source="cover:1")
    end_care_team(source="cover:1", at=now + 9 * DAY)
    end_care_team(source="cover:1", at=now + 12 * DAY)
    end_care_team(source="cover:1", at=now + 3 * DAY)
    assert CareTeamMember.objects.get(source="cover:1").ends_at == now + 3 * DAY


# --- groups


def test_joining_shows_a_patient_to_the_facilitators_and_to_nobody_else(house, sam):
    dana = make_staff(house.program)
    set_facilitator(group=house.group, user=dana, part="co", from_day=TODAY)
    seat_member(group=house.group, episode=sam, joined_on=TODAY)
    assert "Sam" in sees(house.alice)
    assert sees(dana) == {"Pat", "Quinn", "Sam"}
    assert sees(make_staff(house.program)) == set()


def test_leaving_hides_a_patient_after_the_finishing_time(house, clock, sam):
    """Midnight of the day in the program's zone, and a week to finish and sign."""
    membership = seat_member(group=house.group, episode=sam, joined_on=TODAY)
    leave_group(membership=membership, left_on=dt.date(2026, 3, 10), reason="done")
    until = dt.datetime(2026, 3, 17, 7, tzinfo=dt.UTC)  # 0:00 in Los Angeles, after the clock change
    clock.move_to(until - SECOND)
    assert "Sam" in sees(house.alice)
    clock.move_to(until)
    assert "Sam" not in sees(house.alice)
    assert "Pat" in sees(house.alice)


def test_leaving_in_the_past_gives_the_finishing_time_from_now(house, clock, sam):
    membership = seat_member(group=house.group, episode=sam, joined_on=TODAY)
    clock.shift(30 * DAY)
    leave_group(membership=membership, left_on=TODAY + DAY, reason="told late")
    clock.shift(FINISHING_DAYS * DAY - SECOND)
    assert "Sam" in sees(house.alice)
    clock.shift(SECOND)
    assert "Sam" not in sees(house.alice)


def test_leaving_sooner_than_planned_hides_sooner(house, clock, sam):
    membership = seat_member(group=house.group, episode=sam, joined_on=TODAY)
    leave_group(membership=membership, left_on=TODAY + 30 * DAY, reason="planned")
    leave_group(membership=membership, left_on=TODAY + DAY, reason="moved away")
    clock.shift((FINISHING_DAYS + 2) * DAY)
    assert "Sam" not in sees(house.alice)


def test_back_within_the_finishing_time_they_are_seen_on(house, clock, sam):
    membership = seat_member(group=house.group, episode=sam, joined_on=TODAY)
    leave_group(membership=membership, left_on=TODAY, reason="a mistake")
    seat_member(group=house.group, episode=sam, joined_on=TODAY)
    clock.shift((FINISHING_DAYS + 1) * DAY)
    assert "Sam" in sees(house.alice)


def test_a_handover_shows_the_members_to_the_next_and_hides_them_from_the_last(house, clock):
    dana = make_staff(house.program)
    group = make_group(house.program, dana)
    seat_member(group=group, episode=house.robin_episode, joined_on=TODAY)
    erin = make_staff(house.program)
    set_facilitator(group=group, user=erin, part="lead", from_day=TODAY)
    assert sees(dana) == sees(erin) == {"Robin"}
    clock.shift((FINISHING_DAYS + 1) * DAY)
    assert sees(dana) == set()
    assert sees(erin) == {"Robin"}


def test_who_takes_over_sees_members_and_not_those_who_left(house, clock):
    leave_group(membership=house.group.memberships.get(patient=house.quinn), left_on=TODAY, reason="done")
    clock.shift(DAY)
    erin = make_staff(house.program)
    set_facilitator(group=house.group, user=erin, part="lead", from_day=TODAY + DAY)
    assert sees(erin) == {"Pat"}


# --- primary and supervisor


def test_a_change_of_primary_moves_both_places_at_once(house):
    dora = make_staff(house.program, Role.SUPERVISOR)
    dana = make_staff(house.program, supervisor=dora)
    for episode in (house.pat_episode, house.quinn_episode):
        leave_group(
            membership=house.group.memberships.get(episode=episode), left_on=TODAY, reason="so that one reason is left"
        )
    CareTeamMember.objects.filter(source=f"group:{house.group.pk}").update(ends_at=timezone.now())
    assign_primary_clinician(episode=house.pat_episode, clinician=dana)
    assert sees(house.alice) == sees(house.bob) == {"Quinn"}
    assert sees(dana) == sees(dora) == {"Pat"}
    assert house.pat_episode.primary_clinician == dana


def test_only_the_supervisor_of_the_primary(house):
    """Bob supervises Alice, not Charlie; and supervising is not a sight of the whole program."""
    assert "Robin" not in sees(house.bob)
    assert sees(make_staff(house.program, Role.SUPERVISOR)) == set()


def test_after_the_end_of_a_stay(house, clock):
    end_episode(episode=house.pat_episode, ended_on=TODAY + DAY, reason="completed")
    until = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)  # 0:00 in Los Angeles, a week after the 3rd
    clock.move_to(until - SECOND)
    assert sees(house.alice) == sees(house.bob) == {"Pat", "Quinn"}
    clock.move_to(until)
    assert sees(house.alice) == sees(house.bob) == {"Quinn"}
    assert "Pat" in sees(house.admin)  # the program keeps its record
    assert sees(house.pat.user) == {"Pat"}
