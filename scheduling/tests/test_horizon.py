"""Weekly slots become sessions eight weeks ahead: once, under parallel runs too, and members and bookings stay in step."""

import datetime as dt
import zoneinfo
from collections import Counter
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models.query import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.tests.racing import backend_pid, eventually, failures, somebody_else, together, waits_for_a_lock
from groups import services as group_services
from groups.models import Facilitator, Group
from scheduling.models import Booking, Session, Slot
from scheduling.services import (
    cancel_session,
    create_slot,
    extend_horizon,
    lead_group,
    leave_group,
    move_session,
    seat_member,
)
from scheduling.tests.checks import contradictions
from tests.factories import make_group, make_patient, make_program, make_staff

TODAY = dt.date(2026, 3, 2)
DAYS = [TODAY + dt.timedelta(days=n) for n in range(8 * 7 + 1)]  # both Mondays count: today 8:00 is before 9:00
HOURS = [dt.time(7), dt.time(9), dt.time(11), dt.time(13), dt.time(15)]


def expected_dates(weekday: int, wall: dt.time, *, now_wall=dt.time(8)) -> list[dt.date]:
    """The dates of a slot within the horizon, counted on a calendar."""
    return [day for day in DAYS if day.weekday() == weekday and (day > TODAY or wall > now_wall)]


def bare_slot(group, weekday: int, wall: dt.time) -> Slot:
    """A slot nobody has made sessions of yet."""
    return Slot.objects.create(
        group=group, weekday=weekday, starts_at=wall, zone=group.program.zone, minutes=60, starts_on=TODAY
    )


def test_the_horizon_is_eight_weeks_and_nothing_of_it_is_in_the_past(house):
    group = make_group(house.program)
    slots = [bare_slot(group, weekday, wall) for weekday in range(7) for wall in HOURS]
    extend_horizon()
    for slot in slots:
        dates = Session.objects.filter(slot=slot).order_by("slot_date").values_list("slot_date", flat=True)
        assert list(dates) == expected_dates(slot.weekday, slot.starts_at), slot
    assert not Session.objects.filter(starts_at__lte=timezone.now()).exists()


def test_the_next_week_adds_one_week(house, clock):
    before = Session.objects.filter(slot=house.slot).count()
    clock.shift(dt.timedelta(weeks=1))
    assert extend_horizon() == 2  # one for each of the house's two slots
    assert Session.objects.filter(slot=house.slot).count() == before + 1
    assert contradictions(timezone.now()) == {}


def test_a_second_run_makes_nothing(house):
    make_sessions = list(Session.objects.values_list("slot", "slot_date", "starts_at"))
    bookings = Booking.objects.count()
    assert extend_horizon() == 0
    assert list(Session.objects.values_list("slot", "slot_date", "starts_at")) == make_sessions
    assert Booking.objects.count() == bookings


def test_a_slot_with_an_end_makes_none_from_that_day_on(house):
    group = make_group(house.program)
    slot = bare_slot(group, 2, dt.time(9))
    slot.ends_on = dt.date(2026, 3, 18)
    slot.save()
    extend_horizon()
    assert [s.slot_date for s in slot.sessions.all()] == [dt.date(2026, 3, 4), dt.date(2026, 3, 11)]


def test_a_group_that_has_ended_gets_no_sessions(house):
    group = make_group(house.program)
    bare_slot(group, 2, dt.time(9))
    group.ended_on = TODAY
    group.save()
    assert extend_horizon() == 0


def test_a_cancelled_session_is_not_made_again(house):
    cancel_session(session=house.session, reason="holiday")
    assert extend_horizon() == 0
    assert Session.objects.filter(slot=house.slot, slot_date=TODAY).count() == 1


@pytest.mark.parametrize("days", [1, 7 * 20])
def test_a_moved_session_is_not_made_again(house, days):
    """Neither near nor far out of the horizon: it keeps its date in the series."""
    session = house.session
    move_session(session=session, starts_at=session.starts_at + dt.timedelta(days=days, hours=5))
    assert extend_horizon() == 0
    assert Session.objects.get(slot=house.slot, slot_date=TODAY) == session


@pytest.mark.parametrize(("groups", "slots"), [(1, 1), (1, 5), (30, 1), (30, 5)])
def test_a_fixed_number_of_queries(house, groups, slots):
    """For up to a hundred groups: which groups; savepoint, lock, slots, sessions there are, closed days, sessions
    made, three for bookings, visitors, release. A run with nothing to do leaves out one."""
    Slot.objects.update(ends_on=TODAY)
    made = []
    for n in range(groups):
        group = make_group(house.program)
        made += [bare_slot(group, weekday, dt.time(9 + n % 8)) for weekday in range(slots)]
    with CaptureQueriesContext(connection) as queries:
        assert extend_horizon() == sum(len(expected_dates(s.weekday, s.starts_at)) for s in made)
    assert len(queries) == 12
    with CaptureQueriesContext(connection) as queries:
        assert extend_horizon() == 0
    assert len(queries) == 11


# --- several at once


@pytest.fixture
def three_groups(committed_house):
    """Three groups with members and no sessions yet: two slots each."""
    house = committed_house
    Slot.objects.update(ends_on=TODAY)
    groups = []
    for n in range(3):
        lead, co = make_staff(house.program), make_staff(house.program)
        group = make_group(house.program, lead, co, capacity=15)
        for _n in range(4):
            seat_member(group=group, episode=make_patient(house.program, lead), joined_on=TODAY)
        for weekday in (1, 3):
            bare_slot(group, weekday, dt.time(9 + 2 * n))
        groups.append(group)
    return house, groups


def run_eight(groups) -> tuple[int, list[Exception]]:
    outcomes = together([extend_horizon] * 8)
    wrong = failures(outcomes)
    return sum(o for o in outcomes if not isinstance(o, Exception)), wrong


def test_eight_runs_at_once_make_one_horizon(three_groups):
    _house, groups = three_groups
    made, wrong = run_eight(groups)
    assert wrong == []
    expected = sum(len(expected_dates(weekday, dt.time(9))) for weekday in (1, 3)) * 3
    sessions = Session.objects.filter(group__in=groups)
    assert made == sessions.count() == expected
    assert max(Counter(sessions.values_list("slot", "slot_date")).values()) == 1
    assert Booking.objects.filter(session__in=sessions).count() == expected * (4 + 2)
    assert contradictions(timezone.now()) == {}
    assert run_eight(groups) == (0, [])


def test_without_the_lock_eight_runs_get_in_each_others_way(three_groups, monkeypatch):
    """The negative control: the unique key still holds, and then some of the runs fail on it."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
    for weeks in range(5):
        now = timezone.now() + dt.timedelta(weeks=weeks * 10)
        if failures(together([partial(extend_horizon, now=now)] * 8)):
            return
    pytest.fail("Five rounds of eight runs without a lock did not collide: the race is no race.")


def comings_and_goings(house, groups, wall: dt.time) -> list[Exception]:
    """Two join, two leave and somebody takes over in each group, while its horizon is made three times over. What went wrong."""
    for group in groups:
        bare_slot(group, 4, wall)
    leaving = [m for g in groups for m in g.memberships.filter(left_on=None)[:2]]
    joining = [(g, make_patient(house.program, house.alice)) for g in groups for _n in range(2)]
    leads = [(g, make_staff(house.program)) for g in groups]
    deeds = [extend_horizon] * 3
    deeds += [partial(leave_group, membership=m, left_on=DAYS[9], reason="done") for m in leaving]
    deeds += [partial(seat_member, group=g, episode=e, joined_on=DAYS[3]) for g, e in joining]
    deeds += [partial(lead_group, group=g, user=u, part=Facilitator.Part.LEAD, from_day=DAYS[8]) for g, u in leads]
    return failures(together(deeds))


def test_joining_and_leaving_while_the_horizon_grows(three_groups):
    house, groups = three_groups
    for wall in (dt.time(12), dt.time(13), dt.time(14)):
        assert comings_and_goings(house, groups, wall) == []
        assert contradictions(timezone.now()) == {}


def join_while_sessions_are_being_made(house, group) -> bool:
    """Somebody joins while a run has made the sessions and not yet committed them. Whether they had to wait for it."""
    episode = make_patient(house.program, house.alice)
    with somebody_else() as they:
        pid = they(backend_pid).result()
        with transaction.atomic():
            extend_horizon()
            joining = they(partial(seat_member, group=group, episode=episode, joined_on=DAYS[3]))
            eventually(lambda: waits_for_a_lock(pid) or joining.done())
            waited = not joining.done()
        joining.result()
    return waited


def test_who_joins_meanwhile_waits_and_is_booked(three_groups):
    house, groups = three_groups
    assert join_while_sessions_are_being_made(house, groups[0])
    assert contradictions(timezone.now()) == {}


def test_without_the_lock_who_joins_meanwhile_is_not_booked(three_groups, monkeypatch):
    """The negative control."""
    house, groups = three_groups
    monkeypatch.setattr(group_services, "lock_group", lambda group: Group.objects.get(pk=group.pk))
    # The member's row also keeps a foreign key's lock on the group, which the run's lock lets pass.
    assert not join_while_sessions_are_being_made(house, groups[0])
    assert set(contradictions(timezone.now())) == {"a member without a booking"}


def test_the_date_of_a_session_is_that_of_its_zone(committed_house):
    """A member who leaves on a day is not expected that evening, although in UTC it is already the next day."""
    house = committed_house
    group = make_group(house.program, make_staff(house.program))
    slot = create_slot(group=group, weekday=3, starts_at=dt.time(20), minutes=60)  # 4:00 UTC of Friday
    stays, leaves = (make_patient(house.program, house.alice) for _n in range(2))
    seat_member(group=group, episode=stays, joined_on=dt.date(2026, 3, 5))
    membership = seat_member(group=group, episode=leaves, joined_on=TODAY)
    leave_group(membership=membership, left_on=dt.date(2026, 3, 5), reason="done")
    first = Session.objects.filter(slot=slot).earliest("starts_at")
    assert first.starts_at == dt.datetime(2026, 3, 6, 4, tzinfo=dt.UTC)
    assert first.starts_at.astimezone(zoneinfo.ZoneInfo(first.zone)).date() == dt.date(2026, 3, 5)
    expected = first.bookings.live().filter(patient__isnull=False)
    assert [b.patient for b in expected] == [stays.patient]


def test_programs_do_not_mix(house):
    """A run for some groups leaves the others alone."""
    elsewhere = make_program()
    there, here = make_group(elsewhere), make_group(house.program)
    bare_slot(there, 2, dt.time(9))
    bare_slot(here, 2, dt.time(9))
    assert extend_horizon(groups=[here.pk]) == 8
    assert not Session.objects.filter(group=there).exists()
