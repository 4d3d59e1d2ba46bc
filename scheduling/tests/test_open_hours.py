"""Open hours: what is free in them, and picking a time."""

import datetime as dt
import threading
import zoneinfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import PACIFIC
from core.errors import Refusal
from core.tests.racing import failures, together
from messaging.models import Delivery
from scheduling.models import Appointment, Booking, Closure, OpenHours, Session, TimeOff
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    close_hours,
    free_times,
    give_back_time,
    hours,
    move_appointment,
    open_hours,
    pick_time,
)
from scheduling.services.horizon import local_start
from tests.factories import build_house, make_patient, make_program, make_staff

WEDNESDAY = dt.date(2026, 3, 4)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
WEEK = 7 * DAY


def opened(house, **fields) -> OpenHours:
    """Alice, Wednesdays 13:00 to 17:00, 50 minutes with 10 between, a day's notice, at most 4 a day."""
    deed = {
        "provider": house.alice,
        "program": house.program,
        "kinds": ["individual"],
        "weekday": 2,
        "starts_at": dt.time(13),
        "ends_at": dt.time(17),
        "minutes": 50,
        "zone": "America/Los_Angeles",
    }
    return open_hours(**{**deed, **fields})


def at(hour, minute=0, day=WEDNESDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), PACIFIC)


def times(house, day=WEDNESDAY, patient=None, **only) -> list[str]:
    found = free_times(patient=patient or house.pat, first=day, last=day, **only)
    return [f"{time.starts_at.astimezone(PACIFIC):%H:%M}" for time in found]


def pick(house, open_, starts_at, patient=None, kind="individual") -> Appointment:
    return pick_time(hours=open_, patient=patient or house.pat, starts_at=starts_at, kind=kind)


def code_of(deed, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as caught:
        deed(*args, **kwargs)
    return caught.value.code


# --- opening and closing


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kinds": []}, "no_kind"),
        ({"kinds": ["individual", "family"], "minutes": 90}, "appointment_length"),
        ({"minutes": 20}, "appointment_length"),
        ({"ends_at": dt.time(13, 40)}, "too_short"),
        ({"daily_limit": 0}, "daily_limit"),
        ({"starts_on": WEDNESDAY - WEEK}, "in_the_past"),
        ({"provider": "coordinator"}, "not_a_provider"),
    ],
)
def test_what_is_refused(house, change, code):
    if "provider" in change:
        change = {"provider": house.coordinator}
    assert code_of(opened, house, **change) == code
    assert not OpenHours.objects.exists()


def test_no_two_over_each_other(house):
    opened(house)
    assert code_of(opened, house, starts_at=dt.time(16), ends_at=dt.time(18)) == "hours_overlap"
    assert opened(house, starts_at=dt.time(17), ends_at=dt.time(18)).pk


def test_closed_hours_are_not_offered_and_what_was_picked_stays(house):
    open_ = opened(house)
    picked = pick(house, open_, at(14))
    close_hours(hours=open_)
    assert times(house) == []
    picked.refresh_from_db()
    assert not picked.is_cancelled
    assert code_of(close_hours, hours=open_) == "already_closed"
    assert code_of(pick, house, open_, at(15)) == "taken"
    later = opened(house)
    close_hours(hours=later, ends_on=WEDNESDAY + WEEK)
    assert times(house) and not times(house, WEDNESDAY + WEEK)


# --- what is free


def test_one_after_the_other_with_the_free_minutes_between(house):
    opened(house)
    assert times(house) == ["13:00", "14:00", "15:00", "16:00"]
    assert times(house, WEDNESDAY + DAY) == []


def test_not_over_anything_nor_within_the_buffer(house):
    opened(house)
    other = make_staff(house.program)
    deed = {"kind": "individual", "minutes": 45, "by": house.coordinator}
    book_appointment(provider=house.alice, episode=house.quinn_episode, starts_at=at(14, 55), **deed)
    assert times(house) == ["13:00", "16:00"], "14:00 to 14:50 leaves five minutes"
    book_appointment(provider=other, episode=house.pat_episode, starts_at=at(12, 30), **deed)
    assert times(house) == ["16:00"], "the patient needs no free minutes, but not two places"
    assert times(house, patient=house.quinn) == ["13:00", "16:00"]
    TimeOff.objects.create(user=house.alice, starts_at=at(16, 49), ends_at=at(18), created_by=house.alice)
    assert times(house, patient=house.quinn) == ["13:00"]
    assert times(house, WEDNESDAY + WEEK) == ["13:00", "14:00", "15:00", "16:00"]
    Closure.objects.create(
        program=house.program,
        starts_on=WEDNESDAY,
        last_on=WEDNESDAY,
        reason="Staff day",
        created_by=house.admin,
    )
    assert times(house, patient=house.quinn) == []


def test_notice(house, clock):
    opened(house, notice_hours=48)
    clock.move_to(at(13, 59, WEDNESDAY - 2 * DAY))
    assert times(house) == ["14:00", "15:00", "16:00"]
    clock.shift(2 * MINUTE)
    assert times(house) == ["15:00", "16:00"]


def test_the_limit_a_day_counts_what_was_picked(house):
    open_ = opened(house, daily_limit=2)
    book_appointment(
        kind="individual",
        provider=house.alice,
        episode=house.pat_episode,
        starts_at=at(13),
        minutes=50,
        by=house.alice,
    )
    assert times(house) == ["14:00", "15:00", "16:00"]
    first = pick(house, open_, at(14))
    pick(house, open_, at(15), house.quinn)
    assert times(house) == []
    assert code_of(pick, house, open_, at(16)) == "taken"
    cancel_appointment(appointment=first, reason="Ill", by=house.alice)
    assert times(house) == ["14:00", "16:00"]


def test_whose_hours(house):
    opened(house)
    assert times(house, patient=house.robin) == [], "not on the care team"
    opened(house, provider=house.charlie, weekday=3)
    assert times(house, patient=house.robin, day=WEDNESDAY + DAY) == ["13:00", "14:00", "15:00", "16:00"]
    elsewhere = make_program("Elsewhere")
    doctor = make_staff(elsewhere)
    both = make_patient(elsewhere, doctor)
    assert times(house, patient=both.patient) == []
    house.pat_episode.ended_on = WEDNESDAY
    house.pat_episode.save()
    assert times(house) == [] and times(house, patient=house.quinn)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2026, 3, 8), ["00:30", "01:30", "03:30", "04:30"]),  # 2:30 does not exist
        (dt.date(2026, 11, 1), ["00:30", "01:30", "01:30", "02:30", "03:30", "04:30"]),  # 1:30 is there twice
        (dt.date(2026, 3, 15), ["00:30", "01:30", "02:30", "03:30", "04:30"]),
    ],
)
def test_the_night_of_a_clock_change(house, clock, day, expected):
    clock.move_to(dt.datetime.combine(day - 2 * DAY, dt.time(12), PACIFIC))
    opened(house, weekday=6, starts_at=dt.time(0, 30), ends_at=dt.time(5, 30))
    assert times(house, day) == expected


# --- picking


def test_picked(house):
    open_ = opened(house)
    picked = pick(house, open_, at(14))
    assert (picked.hours, picked.provider, picked.patient, picked.booked_by) == (
        open_,
        house.alice,
        house.pat,
        house.pat.user,
    )
    assert (picked.starts_at, picked.minutes, picked.zone) == (at(14), 50, "America/Los_Angeles")
    assert list(Delivery.objects.filter(kind="appointment_booked").values_list("recipient", flat=True)) == [
        house.alice.pk
    ]
    assert times(house) == ["13:00", "15:00", "16:00"]


def test_what_can_not_be_picked(house):
    open_ = opened(house)
    assert code_of(pick, house, open_, at(14), kind="coaching") == "kind"
    assert code_of(pick, house, open_, at(14, 5)) == "taken"
    assert code_of(pick, house, open_, at(14), house.robin) == "not_offered"
    assert code_of(pick, house, open_, at(14, day=WEDNESDAY + DAY)) == "taken"
    assert not Appointment.objects.exists()


# --- races. In each, without the provider's lock, both would have it.


@pytest.fixture
def unlocked(monkeypatch):
    """The guard taken away, and both looked before either wrote."""
    gate, look = threading.Barrier(2, timeout=20), hours.free_times

    def together_then(**kwargs):
        found = look(**kwargs)
        gate.wait()
        return found

    monkeypatch.setattr(hours, "lock_provider", lambda provider: None)
    monkeypatch.setattr(hours, "free_times", together_then)


def race(house, open_, *starts) -> list:
    patients = [house.pat, house.quinn]
    return together([lambda p=p, s=s: pick(house, open_, s, p) for p, s in zip(patients, starts, strict=True)])


def test_two_pick_one_time(committed_house):
    open_ = opened(committed_house)
    outcomes = race(committed_house, open_, at(14), at(14))
    (refusal,) = failures(outcomes)
    assert refusal.code == "taken" and refusal.message == "This time is no longer free. Please choose another."
    assert Appointment.objects.count() == 1


def test_two_pick_the_last_place_of_the_day(committed_house):
    open_ = opened(committed_house, daily_limit=1)
    outcomes = race(committed_house, open_, at(13), at(16))
    assert [e.code for e in failures(outcomes)] == ["taken"]
    assert Appointment.objects.count() == 1


def test_without_the_lock_the_limit_breaks(committed_house, unlocked):
    open_ = opened(committed_house, daily_limit=1)
    assert not failures(race(committed_house, open_, at(13), at(16)))
    assert Appointment.objects.count() == 2


def test_the_free_minutes_hold_against_staff_who_book_meanwhile(committed_house):
    house = committed_house
    open_ = opened(house)
    deed = {"kind": "individual", "provider": house.alice, "minutes": 50, "by": house.coordinator}
    outcomes = together(
        [
            lambda: pick(house, open_, at(14)),
            lambda: book_appointment(episode=house.quinn_episode, starts_at=at(14, 52), **deed),
        ]
    )
    refused = failures(outcomes)
    # Staff may book closer; a patient may not pick closer.
    assert not refused or [e.code for e in refused] == ["taken"]
    if not refused:
        first, second = Appointment.objects.order_by("created_at")
        assert first.hours == open_ and second.hours is None


# --- giving it back


def test_a_patient_gives_back_what_they_picked_up_to_its_notice(house, clock):
    open_ = opened(house)
    picked = pick(house, open_, at(14))
    assert code_of(give_back_time, appointment=picked, patient=house.quinn) == "not_picked"
    clock.move_to(at(14) - DAY + MINUTE)
    assert code_of(give_back_time, appointment=picked, patient=house.pat) == "too_late"
    clock.shift(-2 * MINUTE)
    give_back_time(appointment=picked, patient=house.pat)
    picked.refresh_from_db()
    assert picked.is_cancelled
    assert list(Delivery.objects.filter(kind="appointment_cancelled").values_list("recipient", flat=True)) == [
        house.alice.pk
    ]
    made = book_appointment(
        kind="individual",
        provider=house.alice,
        episode=house.pat_episode,
        starts_at=at(14, day=WEDNESDAY + WEEK),
        minutes=50,
        by=house.alice,
    )
    assert code_of(give_back_time, appointment=made, patient=house.pat) == "not_picked"


# --- the number of queries


@pytest.mark.parametrize("rows", [1, 6])
def test_a_fixed_number_of_queries(house, rows):
    for n in range(rows):
        opened(house, weekday=n, starts_at=dt.time(13), ends_at=dt.time(17))
        pick(house, OpenHours.objects.get(weekday=n), at(14, day=dt.date(2026, 3, 9) + n * DAY), house.quinn)
        day = dt.date(2026, 4, 6) + n * DAY
        TimeOff.objects.create(user=house.alice, starts_at=at(8, day=day), ends_at=at(9, day=day), created_by=house.bob)
    with CaptureQueriesContext(connection) as queries:
        assert free_times(patient=house.pat, first=WEDNESDAY, last=WEDNESDAY + 4 * WEEK)
    assert len(queries) == 7


# --- whatever stands in the calendar

ZONES = ["America/Los_Angeles", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"]
# Saturdays before nights on which clocks change in some of the zones, and a plain one.
STARTS = [dt.date(2026, 3, 7), dt.date(2026, 3, 28), dt.date(2026, 10, 31), dt.date(2026, 4, 4), dt.date(2026, 6, 13)]


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker):
    """The house, once for all examples; everything is taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(dt.datetime(2026, 1, 5, 8, tzinfo=PACIFIC), tick=False):
            house = build_house()
        yield house
        transaction.set_rollback(True)


spans = st.lists(st.tuples(st.integers(0, 4 * 24 * 12 - 1), st.integers(1, 24)), max_size=6)  # five-minute steps


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    zone=st.sampled_from(ZONES),
    start=st.sampled_from(STARTS),
    opens=st.integers(0, 20 * 12),
    lasts=st.integers(12, 10 * 12),
    minutes=st.sampled_from([45, 50, 60]),
    buffer=st.sampled_from([0, 5, 10, 30]),
    notice=st.integers(0, 60),
    limit=st.integers(1, 3),
    busy=spans,
    own=spans,
    away=spans,
    closed=st.none() | st.integers(0, 3),
    picks=st.integers(0, 3),
)
@example("America/Los_Angeles", dt.date(2026, 3, 7), 12, 60, 50, 10, 0, 3, [], [], [], None, 3)
@example("America/Los_Angeles", dt.date(2026, 10, 31), 6, 60, 50, 10, 0, 3, [(300, 3)], [], [], None, 3)
def test_a_free_time_is_free(
    cast, zone, start, opens, lasts, minutes, buffer, notice, limit, busy, own, away, closed, picks
):
    """Every free time keeps every rule; every step that is not free breaks one; and each can be picked."""
    house = cast
    base = local_start(start, dt.time(0), zone)
    now = base + dt.timedelta(hours=8)
    with transaction.atomic():
        ends = min(opens + lasts, 24 * 12 - 1)
        open_ = OpenHours.objects.create(
            provider=house.alice,
            program=house.program,
            kinds=["individual"],
            weekday=(start.weekday() + 1) % 7,
            starts_at=dt.time(opens // 12, opens % 12 * 5),
            ends_at=dt.time(ends // 12, ends % 12 * 5),
            zone=zone,
            minutes=minutes,
            buffer_minutes=buffer,
            notice_hours=notice,
            daily_limit=limit,
            starts_on=start,
        )
        hold = [(base + 5 * MINUTE * a, base + 5 * MINUTE * (a + b)) for a, b in busy]
        mine = [(base + 5 * MINUTE * a, base + 5 * MINUTE * (a + b)) for a, b in own]
        hold, mine = _apart(hold), _apart(mine)
        for who, things in (("user", hold), ("patient", mine)):
            for begins, until in things:
                session = Session.objects.create(group=house.other_group, starts_at=begins, ends_at=until, zone=zone)
                person = (
                    {"user": house.alice, "part": "lead"}
                    if who == "user"
                    else {"patient": house.pat, "episode": house.pat_episode, "part": "visitor"}
                )
                Booking.objects.create(session=session, starts_at=begins, ends_at=until, **person)
        offs = _apart([(base + 5 * MINUTE * a, base + 5 * MINUTE * (a + b)) for a, b in away])
        for begins, until in offs:
            TimeOff.objects.create(user=house.alice, starts_at=begins, ends_at=until, created_by=house.bob)
        shut = None if closed is None else start + closed * DAY
        if shut:
            Closure.objects.create(
                program=house.program, starts_on=shut, last_on=shut, reason="x", created_by=house.admin
            )
        day, first, last = start + DAY, start, start + 3 * DAY
        info = zoneinfo.ZoneInfo(zone)
        window = (local_start(day, open_.starts_at, zone), local_start(day, open_.ends_at, zone))

        def keeps_the_rules(begins, until, taken) -> bool:
            wide = (begins - buffer * MINUTE, until + buffer * MINUTE)
            others = [*hold, *((a.starts_at, a.ends_at) for a in taken)]
            return (
                not any(a < wide[1] and b > wide[0] for a, b in others)
                and not any(a < until and b > begins for a, b in [*mine, *offs])
                and begins > now
                and begins - now >= dt.timedelta(hours=notice)
                and shut != day
                and len(taken) < limit
            )

        taken: list[Appointment] = []
        for _turn in range(picks + 1):
            free = free_times(patient=house.pat, hours=[open_], first=first, last=last, now=now)
            assert free == sorted(free) and len({f.starts_at for f in free}) == len(free)
            for time in free:
                assert window[0] <= time.starts_at and time.ends_at <= window[1]
                assert time.starts_at.astimezone(info).date() == day
                assert time.ends_at - time.starts_at == minutes * MINUTE
                assert (time.starts_at - window[0]) % ((minutes + buffer) * MINUTE) == dt.timedelta(0)
                assert keeps_the_rules(time.starts_at, time.ends_at, taken)
            found, step = {f.starts_at for f in free}, window[0]
            while step + minutes * MINUTE <= window[1]:
                assert (step in found) == keeps_the_rules(step, step + minutes * MINUTE, taken)
                step += (minutes + buffer) * MINUTE
            if not free or len(taken) == picks:
                break
            taken.append(_picked(house, open_, free[len(free) // 2]))
        transaction.set_rollback(True)


def _apart(spans: list) -> list:
    """Those of the spans that lie over none before them."""
    kept: list = []
    for begins, until in spans:
        if not any(a < until and b > begins for a, b in kept):
            kept.append((begins, until))
    return kept


def _picked(house, open_, time) -> Appointment:
    """The appointment of a pick, written directly: the clock of the test stands elsewhere."""
    appointment = Appointment.objects.create(
        kind="individual",
        provider=house.alice,
        patient=house.quinn,
        episode=house.quinn_episode,
        hours=open_,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        zone=open_.zone,
        booked_by=house.quinn.user,
    )
    for person in (
        {"user": house.alice, "part": "lead"},
        {"patient": house.quinn, "episode": house.quinn_episode, "part": "client"},
    ):
        Booking.objects.create(
            appointment=appointment, starts_at=appointment.starts_at, ends_at=appointment.ends_at, **person
        )
    return appointment


def test_a_moved_one_counts_on_its_new_day(house):
    open_ = opened(house, daily_limit=1)
    picked = pick(house, open_, at(14))
    move_appointment(appointment=picked, starts_at=at(14, day=WEDNESDAY + WEEK), by=house.alice)
    assert times(house) and not times(house, WEDNESDAY + WEEK)
    assert timezone.now() < picked.starts_at
