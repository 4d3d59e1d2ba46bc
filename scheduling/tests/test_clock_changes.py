"""9:00 stays 9:00: wall times of any zone, on any day, and sessions made across both clock changes of 2026."""

import datetime as dt
import itertools
import zoneinfo

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduling.models import Session, Slot
from scheduling.services import create_slot, local_start
from scheduling.services.horizon import slot_dates
from tests.factories import make_group, make_program

ZONES = [
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Phoenix",  # no clock change
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/St_Johns",  # half an hour off
    "America/Havana",  # changes at midnight
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Kathmandu",  # a quarter of an hour off
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Chatham",
    "UTC",
]
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))
WALLS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
BEFORE_2026 = st.sampled_from([dt.date(2026, 3, 8), dt.date(2026, 11, 1), dt.date(2026, 3, 29), dt.date(2026, 4, 5)])
properties = settings(deadline=None)  # a slow machine is not a wrong answer


def moments_of(day: dt.date, wall: dt.time, zone: zoneinfo.ZoneInfo) -> list[dt.datetime]:
    """Every UTC moment at which clocks in the zone show this wall time on this day, found by asking them."""
    naive = dt.datetime.combine(day, wall)
    around = naive.replace(tzinfo=dt.UTC)
    offsets = {(around + dt.timedelta(hours=h)).astimezone(zone).utcoffset() for h in range(-36, 37)}
    found = sorted(around - offset for offset in offsets)
    return [m for m in found if m.astimezone(zone).replace(tzinfo=None) == naive]


@properties
@given(st.one_of(DAYS, BEFORE_2026), WALLS, st.sampled_from(ZONES))
@example(dt.date(2026, 3, 8), dt.time(2, 30), "America/Los_Angeles")
@example(dt.date(2026, 11, 1), dt.time(1, 30), "America/Los_Angeles")
@example(dt.date(2026, 4, 5), dt.time(1, 45), "Australia/Lord_Howe")
@example(dt.date(2026, 3, 8), dt.time(0, 0), "America/Havana")
def test_a_session_begins_when_the_clock_on_the_wall_says_so(day, wall, zone):
    start = local_start(day, wall, zone)
    info = zoneinfo.ZoneInfo(zone)
    shown = start.astimezone(info).replace(tzinfo=None)
    naive = dt.datetime.combine(day, wall)
    assert start.utcoffset() == dt.timedelta(0)
    moments = moments_of(day, wall, info)
    if moments:  # the time exists: it is shown, and of two, the first is meant
        assert start == moments[0]
        assert shown == naive
        return
    # The clocks skip it: as long after the change as it would have been, so later by what they skip.
    before, after = ((start + dt.timedelta(hours=h)).astimezone(info).utcoffset() for h in (-12, 0))
    assert shown == naive + (after - before)
    assert after > before


@properties
@given(DAYS, st.sampled_from(ZONES))
def test_later_on_the_wall_is_never_earlier(day, zone):
    starts = [local_start(day, dt.time(minute // 60, minute % 60), zone) for minute in range(0, 24 * 60, 15)]
    backwards = [(a, b) for a, b in itertools.pairwise(starts) if b <= a]
    # Only skipped times may fall together with, or behind, those just after them.
    info = zoneinfo.ZoneInfo(zone)
    assert all(
        b.astimezone(info).utcoffset() != (b - dt.timedelta(hours=3)).astimezone(info).utcoffset()
        for _a, b in backwards
    )


@pytest.mark.parametrize(
    ("day", "wall", "zone", "utc"),
    [
        ((2026, 3, 7), (9, 0), "America/Los_Angeles", "2026-03-07T17:00"),
        ((2026, 3, 8), (9, 0), "America/Los_Angeles", "2026-03-08T16:00"),
        ((2026, 3, 8), (1, 59), "America/Los_Angeles", "2026-03-08T09:59"),
        ((2026, 3, 8), (2, 0), "America/Los_Angeles", "2026-03-08T10:00"),  # shown as 3:00
        ((2026, 3, 8), (2, 30), "America/Los_Angeles", "2026-03-08T10:30"),  # shown as 3:30
        ((2026, 3, 8), (3, 0), "America/Los_Angeles", "2026-03-08T10:00"),
        ((2026, 10, 31), (9, 0), "America/Los_Angeles", "2026-10-31T16:00"),
        ((2026, 11, 1), (0, 59), "America/Los_Angeles", "2026-11-01T07:59"),
        ((2026, 11, 1), (1, 30), "America/Los_Angeles", "2026-11-01T08:30"),  # again an hour later: the first is meant
        ((2026, 11, 1), (9, 0), "America/Los_Angeles", "2026-11-01T17:00"),
        ((2026, 3, 8), (9, 0), "America/Phoenix", "2026-03-08T16:00"),
        ((2026, 11, 1), (9, 0), "America/Phoenix", "2026-11-01T16:00"),
        ((2026, 3, 8), (9, 0), "America/Anchorage", "2026-03-08T17:00"),
        ((2026, 3, 29), (1, 30), "Europe/London", "2026-03-29T01:30"),  # shown as 2:30
        ((2026, 4, 5), (1, 45), "Australia/Lord_Howe", "2026-04-04T14:45"),
        ((2026, 10, 4), (2, 15), "Australia/Lord_Howe", "2026-10-03T15:45"),  # shown as 2:45
    ],
)
def test_known_moments(day, wall, zone, utc):
    assert local_start(dt.date(*day), dt.time(*wall), zone) == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)


@properties
@given(
    st.integers(0, 6),
    DAYS,
    st.integers(-30, 90),
    st.one_of(st.none(), st.integers(0, 120)),
    st.integers(-10, 70),
)
def test_the_dates_of_a_slot(weekday, starts_on, first, ends_after, length):
    first = starts_on + dt.timedelta(days=first)
    last = first + dt.timedelta(days=length)
    ends_on = None if ends_after is None else starts_on + dt.timedelta(days=ends_after)
    slot = Slot(weekday=weekday, starts_on=starts_on, ends_on=ends_on)
    wanted = [
        day
        for n in range((last - first).days + 1)
        if (day := first + dt.timedelta(days=n)).weekday() == weekday
        and day >= starts_on
        and (ends_on is None or day < ends_on)
    ]
    assert list(slot_dates(slot, first, last)) == wanted


def walls_in_the_database(slot: Slot) -> set[tuple[dt.date, dt.time]]:
    """What Postgres, with zone tables of its own, shows on the wall for each session of the slot."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT starts_at AT TIME ZONE zone FROM scheduling_session WHERE slot_id = %s ORDER BY starts_at",
            [slot.pk],
        )
        return {(shown.date(), shown.time()) for (shown,) in cursor.fetchall()}


@pytest.fixture
def empty_group(db, clock):
    """A group nobody leads or belongs to."""
    return make_group(make_program())


@pytest.mark.parametrize("today", [dt.date(2026, 2, 16), dt.date(2026, 9, 14), dt.date(2026, 10, 12)])
def test_nine_stays_nine_in_the_database(empty_group, clock, today):
    clock.move_to(dt.datetime.combine(today, dt.time(0), dt.UTC))
    zones = ["America/Los_Angeles", "America/New_York", "America/Phoenix", "Australia/Lord_Howe"]
    for weekday, zone in enumerate(zones * 2):
        group = make_group(empty_group.program)
        slot = create_slot(
            group=group, weekday=weekday % 7, starts_at=dt.time(9), minutes=90, zone=zone, starts_on=today
        )
        sessions = Session.objects.filter(slot=slot)
        shown = walls_in_the_database(slot)
        assert {wall for _day, wall in shown} == {dt.time(9)}
        assert {day for day, _wall in shown} == set(sessions.values_list("slot_date", flat=True))
        assert {day.weekday() for day, _wall in shown} == {slot.weekday}
        assert len(shown) in (8, 9)
        assert {s.ends_at - s.starts_at for s in sessions} == {dt.timedelta(minutes=90)}


def test_sessions_at_skipped_and_doubled_times(empty_group, clock):
    group = empty_group
    skipped = create_slot(group=group, weekday=6, starts_at=dt.time(2, 30), minutes=45)
    shown = dict(walls_in_the_database(skipped))
    assert shown.pop(dt.date(2026, 3, 8)) == dt.time(3, 30)
    assert set(shown.values()) == {dt.time(2, 30)}
    clock.move_to(dt.datetime(2026, 10, 26, 12, tzinfo=dt.UTC))
    doubled = create_slot(group=group, weekday=6, starts_at=dt.time(1, 30), minutes=45)
    first = Session.objects.filter(slot=doubled).earliest("starts_at")
    assert first.starts_at == dt.datetime(2026, 11, 1, 8, 30, tzinfo=dt.UTC)
    assert first.minutes == 45


def test_a_session_over_the_change_lasts_as_long_as_any(empty_group):
    """From 1:30 on the night of the change, 90 minutes end at 4:00 on the wall."""
    slot = create_slot(group=empty_group, weekday=6, starts_at=dt.time(1, 30), minutes=90)
    night = Session.objects.get(slot=slot, slot_date=dt.date(2026, 3, 8))
    assert night.minutes == 90
    assert night.ends_at.astimezone(zoneinfo.ZoneInfo(slot.zone)).time() == dt.time(4)
