"""Hours: whatever was attended and wherever the reader is, the days add up to the week; a fixed number of queries."""

import datetime as dt
import zoneinfo
from collections import defaultdict

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clinical.models import Attendance, Status
from clinical.queries import (
    Hours,
    Week,
    daily_minutes,
    hours_of_week,
    minutes_by_day,
    owed,
    stage,
    weekly_totals,
    with_progress,
)
from clinical.services import RollCallRow, take_attendance
from groups.services import join_group
from patients.models import Episode
from scheduling.models import Booking, Session
from scheduling.services import cancel_session, leave_group, local_start
from scheduling.services.windows import note_due
from tests.factories import make_group, make_patient, make_program, make_staff

ATTENDED = (Status.PRESENT, Status.LATE, Status.LEFT_EARLY)
MINUTE = dt.timedelta(minutes=1)
PACIFIC = "America/Los_Angeles"
ZONES = [PACIFIC, "America/New_York", "America/Phoenix", "Pacific/Honolulu", "Australia/Lord_Howe", "UTC"]
# The weeks of both clock changes, and a quiet one.
WEEK = 7 * 24 * 60
SUNDAY_23_30 = WEEK - 30
MONDAYS = [dt.date(2026, 3, 2), dt.date(2026, 10, 26), dt.date(2026, 6, 1)]


class Case:
    """One session of an example, `at` minutes after Monday 0:00 on the wall, and what became of it for one person."""

    def __init__(self, at: int, minutes: int, rest: int, status: Status | None, share: float):
        self.at, self.minutes, self.rest, self.status = at, minutes, rest, status
        self.attended = max(1, round((minutes - rest) * share)) if status in ATTENDED else None

    def __repr__(self):
        return f"Case({self.at}, {self.minutes}, {self.rest}, {self.status!s}, {self.attended})"


@st.composite
def cases(draw) -> list[Case]:
    """Sessions from three days before the week to three days after it, at most one in each four hours from 22:00 on, so that
    none overlap and some go over midnight."""
    made = []
    for block in draw(st.lists(st.integers(-18, 60), unique=True, max_size=12)):
        offset = draw(st.integers(0, 225))
        minutes = draw(st.integers(15, 240 - offset))
        rest = draw(st.integers(0, minutes - 1))
        # None: roll-call was not taken.
        status = draw(st.sampled_from([None, *Status]))
        made.append(Case(block * 240 - 120 + offset, minutes, rest, status, draw(st.floats(0, 1))))
    return made


@pytest.fixture
def person(db, clock):
    """An admitted patient who is a member of a group without slots."""
    program = make_program()
    alice = make_staff(program)
    group = make_group(program, alice)
    episode = make_patient(program, alice, started_on=dt.date(2026, 1, 1))
    return alice, group, episode, join_group(group=group, episode=episode, joined_on=dt.date(2026, 1, 1))


def hold(person, case: Case, monday: dt.date, zone: str) -> Session:
    """Put the case into the database, directly."""
    alice, group, episode, membership = person
    day, minute = divmod(case.at, 24 * 60)
    starts_at = local_start(monday + dt.timedelta(days=day), dt.time(minute // 60, minute % 60), zone)
    session = Session.objects.create(
        group=group,
        starts_at=starts_at,
        ends_at=starts_at + case.minutes * MINUTE,
        zone=zone,
        break_minutes=case.rest,
    )
    Booking.objects.create(
        session=session,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        part="member",
        patient=episode.patient,
        membership=membership,
    )
    if case.status is not None:
        Attendance.objects.create(
            session=session,
            patient=episode.patient,
            episode=episode,
            status=case.status,
            minutes=case.attended,
            possible_minutes=case.minutes - case.rest,
            taken_by=alice,
        )
    return session


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(cases(), st.sampled_from(MONDAYS), st.sampled_from(ZONES), st.sampled_from(ZONES), st.integers(-2, 9))
@example([Case(SUNDAY_23_30, 60, 0, Status.PRESENT, 1)], MONDAYS[0], PACIFIC, PACIFIC, 0)
@example([Case(SUNDAY_23_30 - WEEK, 60, 0, Status.PRESENT, 1)], MONDAYS[0], PACIFIC, PACIFIC, 0)
@example([Case(WEEK, 60, 0, Status.PRESENT, 1)], MONDAYS[1], PACIFIC, PACIFIC, 0)
@example([Case(0, 60, 0, None, 1)], MONDAYS[1], PACIFIC, "America/New_York", -1)
def test_the_days_add_up_to_the_week(person, cases, monday, zone, readers_zone, now_day):
    """Against a count of every session by hand, in the zone of whoever reads."""
    _alice, _group, episode, _membership = person
    week = Week(monday, readers_zone)
    info = zoneinfo.ZoneInfo(readers_zone)
    now = local_start(monday + dt.timedelta(days=now_day), dt.time(12), readers_zone)
    with transaction.atomic():
        by_day, ahead = defaultdict(int), 0
        for case in cases:
            session = hold(person, case, monday, zone)
            day = session.starts_at.astimezone(info).date()
            if case.attended:
                by_day[day] += case.attended
            if case.status is None and session.ends_at > now and day in week.days:
                ahead += case.minutes - case.rest
        of_week = {day: minutes for day, minutes in by_day.items() if day in week.days}
        assert minutes_by_day(episode=episode, week=week) == of_week
        assert daily_minutes(episodes=[episode], week=week) == {(episode.pk, d): m for d, m in of_week.items()}
        hours = hours_of_week(episodes=[episode], week=week, now=now)[episode.pk]
        assert hours == Hours(sum(of_week.values()), ahead, episode.weekly_goal_minutes)
        totals = weekly_totals(episode=episode, week=week.shifted(1), weeks=3)
        assert [w.monday for w, _m in totals] == [monday + n * dt.timedelta(weeks=1) for n in (1, 0, -1)]
        assert [m for _w, m in totals] == [
            sum(m for d, m in by_day.items() if d in week.shifted(n).days) for n in (1, 0, -1)
        ]
        transaction.set_rollback(True)


@settings(deadline=None)
@given(
    st.integers(0, 4 * 366 * 24 * 60).map(lambda minute: dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + minute * MINUTE),
    st.sampled_from(ZONES),
)
@example(dt.datetime(2026, 3, 9, 6, 59, tzinfo=dt.UTC), PACIFIC)  # Sunday 23:59 after the change
@example(dt.datetime(2026, 3, 9, 7, 0, tzinfo=dt.UTC), PACIFIC)  # Monday 0:00
@example(dt.datetime(2026, 11, 2, 7, 59, tzinfo=dt.UTC), PACIFIC)
def test_a_moment_is_in_exactly_one_week(moment, zone):
    week = Week.of(moment, zone)
    assert week.monday.weekday() == 0
    assert week.starts_at <= moment < week.ends_at
    assert week.shifted(1).starts_at == week.ends_at
    assert week.shifted(-1).ends_at == week.starts_at
    assert moment.astimezone(zoneinfo.ZoneInfo(zone)).date() in week.days
    assert week.shifted(3).shifted(-3) == week


@pytest.mark.parametrize(("monday", "hours"), [((2026, 3, 2), 167), ((2026, 10, 26), 169), ((2026, 6, 1), 168)])
def test_a_week_of_a_clock_change_is_an_hour_shorter_or_longer(monday, hours):
    week = Week(dt.date(*monday), PACIFIC)
    length = week.ends_at.astimezone(dt.UTC) - week.starts_at.astimezone(dt.UTC)
    assert length == dt.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("wall", "day", "zone", "counts_for"),
    [
        (dt.time(23, 30), dt.date(2026, 3, 8), PACIFIC, dt.date(2026, 3, 8)),  # Sunday night, in the week that ends
        (dt.time(23, 30), dt.date(2026, 3, 8), "America/New_York", dt.date(2026, 3, 9)),  # where it is Monday already
        (dt.time(0, 0), dt.date(2026, 3, 9), PACIFIC, dt.date(2026, 3, 9)),
        (dt.time(0, 0), dt.date(2026, 3, 9), "Pacific/Honolulu", dt.date(2026, 3, 8)),
    ],
)
def test_a_session_counts_for_the_day_it_begins_on_where_the_reader_is(person, wall, day, zone, counts_for):
    alice, group, episode, _membership = person
    starts_at = local_start(day, wall, PACIFIC)
    session = Session.objects.create(
        group=group, starts_at=starts_at, ends_at=starts_at + 90 * MINUTE, zone=PACIFIC, break_minutes=15
    )
    Attendance.objects.create(
        session=session,
        patient=episode.patient,
        episode=episode,
        status=Status.PRESENT,
        minutes=75,
        possible_minutes=75,
        taken_by=alice,
    )
    week = Week.of(starts_at, zone)
    assert minutes_by_day(episode=episode, week=week) == {counts_for: 75}
    assert counts_for in week.days


# --- what counts


def take(house, status: Status, minutes: int | None) -> None:
    rows = [RollCallRow(house.pat.pk, status, minutes, None)]
    take_attendance(session=house.session, rows=rows, by=house.alice)


def hours_of(house, now=None) -> Hours:
    week = Week.of(house.session.starts_at, PACIFIC)
    return hours_of_week(episodes=[house.pat_episode], week=week, now=now)[house.pat_episode.pk]


def test_the_break_is_not_treatment(house, clock):
    assert hours_of(house) == Hours(attended=0, ahead=75, goal=540)
    clock.shift(dt.timedelta(hours=3))
    assert hours_of(house) == Hours(attended=0, ahead=0, goal=540)
    take(house, Status.PRESENT, 75)
    assert hours_of(house) == Hours(attended=75, ahead=0, goal=540)


def test_a_session_whose_roll_call_is_taken_is_no_longer_ahead(house, clock):
    """Half an hour in: what is recorded does not count twice."""
    clock.move_to(house.session.starts_at + 30 * MINUTE)
    assert hours_of(house).ahead == 75
    take(house, Status.LATE, 60)
    assert hours_of(house) == Hours(attended=60, ahead=0, goal=540)
    take(house, Status.NO_SHOW, None)
    assert hours_of(house) == Hours(attended=0, ahead=0, goal=540)


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.EXCUSED])
def test_absent_is_no_minutes_and_not_ahead(house, clock, status):
    clock.shift(dt.timedelta(hours=3))
    take(house, status, None)
    assert hours_of(house) == Hours(attended=0, ahead=0, goal=540)
    assert minutes_by_day(episode=house.pat_episode, week=Week.of(None, PACIFIC)) == {}


def test_what_is_cancelled_or_left_is_not_ahead(house):
    leave_group(
        membership=house.group.memberships.get(patient=house.quinn), left_on=timezone.localdate(), reason="done"
    )
    week = Week.of(None, PACIFIC)
    both = [house.pat_episode, house.quinn_episode]
    assert [h.ahead for h in hours_of_week(episodes=both, week=week).values()] == [75, 0]
    cancel_session(session=house.session, reason="holiday")
    assert [h.ahead for h in hours_of_week(episodes=both, week=week).values()] == [0, 0]


def test_one_persons_roll_call_says_nothing_of_anothers(house, clock):
    clock.move_to(house.session.starts_at + 30 * MINUTE)
    take(house, Status.PRESENT, 75)
    week = Week.of(None, PACIFIC)
    hours = hours_of_week(episodes=[house.pat_episode, house.quinn_episode], week=week)
    assert [(h.attended, h.ahead) for h in hours.values()] == [(75, 0), (0, 75)]


@pytest.mark.parametrize(
    ("hours", "short_by", "missing", "met"),
    [
        (Hours(0, 0, 540), 540, 540, False),
        (Hours(300, 240, 540), 0, 240, False),
        (Hours(300, 200, 540), 40, 240, False),
        (Hours(540, 0, 540), 0, 0, True),
        (Hours(600, 60, 540), 0, 0, True),
    ],
)
def test_short_missing_met(hours, short_by, missing, met):
    assert (hours.short_by, hours.missing, hours.is_met) == (short_by, missing, met)


def test_every_episode_asked_for_is_answered(house):
    """Somebody without a single session has 0 of their own goal."""
    Episode.objects.filter(pk=house.robin_episode.pk).update(weekly_goal_minutes=360)
    episodes = Episode.objects.all()
    hours = hours_of_week(episodes=episodes, week=Week(dt.date(2026, 1, 5), PACIFIC))
    assert set(hours) == {e.pk for e in episodes}
    assert hours[house.robin_episode.pk] == Hours(0, 0, 360)
    assert hours_of_week(episodes=[], week=Week.of(None, PACIFIC)) == {}


def test_totals_begin_with_the_admission(house):
    week = Week.of(None, PACIFIC)
    assert [w.monday for w, _m in weekly_totals(episode=house.pat_episode, week=week)] == [
        dt.date(2026, 3, 2),
        dt.date(2026, 2, 23),
    ]


# --- queries


@pytest.mark.parametrize("people", [1, 20])
def test_a_fixed_number_of_queries(house, people):
    alice = house.alice
    episodes = [make_patient(house.program, alice) for _n in range(people)]
    week = Week.of(None, PACIFIC)
    counts = {}
    for name, read in {
        "hours_of_week": lambda: hours_of_week(episodes=episodes, week=week),
        "daily_minutes": lambda: daily_minutes(episodes=episodes, week=week),
        "minutes_by_day": lambda: minutes_by_day(episode=episodes[0], week=week),
        "weekly_totals": lambda: weekly_totals(episode=episodes[0], week=week),
        "owed": lambda: [stage(s) for s in owed(Session.objects.all(), now=timezone.now() + dt.timedelta(days=30))],
    }.items():
        with CaptureQueriesContext(connection) as queries:
            read()
        counts[name] = len(queries)
    assert counts == {"hours_of_week": 2, "daily_minutes": 1, "minutes_by_day": 1, "weekly_totals": 1, "owed": 1}


# --- the record of a session


def test_counts_of_a_session(house, clock):
    clock.shift(dt.timedelta(hours=3))
    take(house, Status.PRESENT, 75)
    session = with_progress(Session.objects.filter(pk=house.session.pk)).get()
    assert (session.expected, session.taken, session.attended, session.signed) == (2, 1, 1, 0)
    assert stage(session).value == "roll_call"
    assert list(owed(Session.objects.all())) == [session]


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (dt.date(2026, 3, 2), dt.date(2026, 3, 5)),  # Monday
        (dt.date(2026, 3, 4), dt.date(2026, 3, 9)),  # Wednesday, over a week-end and a clock change
        (dt.date(2026, 3, 6), dt.date(2026, 3, 11)),  # Friday
        (dt.date(2026, 3, 7), dt.date(2026, 3, 11)),  # Saturday
    ],
)
def test_notes_are_due_in_three_business_days_where_the_session_was(day, due):
    starts_at = local_start(day, dt.time(20), PACIFIC)  # the next day in UTC
    assert note_due(Session(starts_at=starts_at, zone=PACIFIC)) == due
