"""Series of appointments: made ahead, changed forward, ended."""

import datetime as dt
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import PACIFIC
from core.errors import Refusal
from core.tests.racing import failures, together
from messaging.models import Delivery
from patients.models import Patient
from scheduling.models import Appointment, AppointmentSeries, Booking, Closure, TimeOff
from scheduling.services import (
    book_appointment,
    cancel_appointment,
    change_series,
    end_episode,
    end_series,
    extend_horizon,
    extend_series,
    move_appointment,
    start_series,
)
from scheduling.services.appointments.series import preview_series
from tests.factories import make_patient, make_staff

FIRST = dt.date(2026, 3, 4)  # Wednesday; the clock change comes on the 8th
DAY = dt.timedelta(days=1)
WEEK = 7 * DAY


def start(house, **fields) -> AppointmentSeries:
    """Alice and Pat, Wednesdays at 14:00, 50 minutes, by the coordinator."""
    deed = {
        "kind": "individual",
        "provider": house.alice,
        "episode": house.pat_episode,
        "weekday": 2,
        "starts_at": dt.time(14),
        "minutes": 50,
        "starts_on": FIRST,
        "by": house.coordinator,
    }
    return start_series(**{**deed, **fields})


def dates(series, **only) -> list[dt.date]:
    rows = series.appointments.filter(**(only or {"status": "scheduled"})).order_by("starts_at")
    return [a.starts_at.astimezone(PACIFIC).date() for a in rows]


def code_of(deed, **kwargs) -> str:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    return caught.value.code


def told(kind: str) -> list[tuple[int, int]]:
    return sorted(Delivery.objects.filter(kind=kind).values_list("subject_id", "recipient_id"))


@pytest.mark.parametrize(("every", "weeks"), [(1, range(8)), (2, range(0, 8, 2)), (4, range(0, 8, 4))])
def test_eight_weeks_ahead_at_the_same_wall_time(house, every, weeks):
    series = start(house, every=every)
    assert dates(series) == [FIRST + n * WEEK for n in weeks]
    local = {a.starts_at.astimezone(PACIFIC).time() for a in series.appointments.all()}
    assert local == {dt.time(14)}
    assert len({a.starts_at.astimezone(dt.UTC).hour for a in series.appointments.all()}) == 2, "across the clock change"
    assert Booking.objects.live().filter(appointment__series=series).count() == 2 * len(weeks)
    assert told("series_booked") == sorted((series.pk, user) for user in (house.alice.pk, house.pat.user_id))
    assert not told("appointment_booked")


def test_the_horizon_goes_on_and_nothing_is_made_twice(house, clock):
    series = start(house)
    assert extend_horizon() == 0
    clock.shift(3 * WEEK)
    assert extend_series() == 3
    assert extend_series() == 0
    assert dates(series) == [FIRST + n * WEEK for n in range(11)]


def test_a_cancelled_or_moved_one_is_not_made_again(house):
    series = start(house)
    first, second = series.appointments.order_by("starts_at")[:2]
    cancel_appointment(appointment=first, reason="Ill", by=house.alice)
    move_appointment(appointment=second, starts_at=second.starts_at + DAY, by=house.alice)
    assert extend_series() == 0
    assert dates(series)[0] == FIRST + WEEK + DAY


def test_two_runs_at_once_make_each_once(committed_house, clock):
    series = start(committed_house)
    clock.shift(2 * WEEK)
    outcomes = together([extend_series, extend_series])
    assert not failures(outcomes) and sum(outcomes) == 2
    assert len(dates(series)) == 10


def test_starting_over_something_else_is_refused_and_counts(house):
    book_appointment(
        kind="individual",
        provider=house.charlie,
        episode=house.pat_episode,
        starts_at=dt.datetime(2026, 3, 11, 14, 30, tzinfo=PACIFIC),
        minutes=50,
        by=house.charlie,
    )
    with pytest.raises(Refusal) as caught:
        start(house, by=house.alice)
    assert caught.value.code == "elsewhere"
    assert "Pat Peerson is then in an appointment (individual session) (Wed, Mar 11" in caught.value.message
    with pytest.raises(Refusal) as caught:
        start(house, weekday=0, starts_at=dt.time(10))
    assert "“Monday process”" in caught.value.message and "7 more times" in caught.value.message
    assert not AppointmentSeries.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"minutes": 30}, "appointment_length"),
        ({"starts_on": FIRST - WEEK}, "in_the_past"),
        ({"provider": "coordinator"}, "not_a_provider"),
    ],
)
def test_what_is_refused(house, change, code):
    if "provider" in change:
        change = {"provider": house.coordinator}
    assert code_of(start, house=house, **change) == code


def test_what_later_clashes_is_marked_not_made_and_nobody_is_told(house, clock):
    series = start(house)
    book_appointment(
        kind="individual",
        provider=house.alice,
        episode=house.quinn_episode,
        starts_at=dt.datetime(2026, 5, 6, 14, tzinfo=PACIFIC),
        minutes=50,
        by=house.alice,
    )
    clock.shift(3 * WEEK)
    assert extend_series() == 3
    (lost,) = series.appointments.filter(status="cancelled")
    assert lost.starts_at.astimezone(PACIFIC).date() == dt.date(2026, 5, 6)
    assert "elsewhere" in lost.reason and lost.changes == 0
    assert not Booking.objects.live().filter(appointment=lost).exists()
    assert not told("appointment_cancelled")
    assert extend_series() == 0


def test_closed_days_and_time_off_are_made_cancelled(house):
    closure = Closure.objects.create(
        program=house.program,
        starts_on=FIRST + WEEK,
        last_on=FIRST + WEEK,
        reason="Spring day",
        created_by=house.admin,
    )
    Closure.objects.create(
        program=house.program,
        starts_on=FIRST + 3 * WEEK,
        last_on=FIRST + 3 * WEEK,
        reason="Groups only",
        created_by=house.admin,
        with_appointments=False,
    )
    off = dt.datetime(2026, 3, 18, 14, 30, tzinfo=PACIFIC)
    TimeOff.objects.create(user=house.alice, starts_at=off, ends_at=off + DAY, created_by=house.alice)
    series = start(house)
    closed, away = series.appointments.filter(status="cancelled").order_by("starts_at")
    assert (closed.closure, closed.reason) == (closure, "Spring day")
    assert away.closure is None and "Alice Clinician is away" in away.reason
    assert dates(series) == [FIRST] + [FIRST + n * WEEK for n in range(3, 8)]


# --- changed forward


def test_from_a_day_on_at_another_time(house, clock):
    series = start(house)
    clock.move_to(dt.datetime(2026, 3, 11, 15, tzinfo=PACIFIC))
    extend_series()
    new = change_series(
        series=series, from_day=dt.date(2026, 3, 25), weekday=3, starts_at=dt.time(9), minutes=60, by=house.alice
    )
    series.refresh_from_db()
    assert series.ends_on == dt.date(2026, 3, 25)
    assert dates(series) == [FIRST, FIRST + WEEK, FIRST + 2 * WEEK]
    assert dates(new) == [dt.date(2026, 3, 26) + n * WEEK for n in range(7)]
    one = new.appointments.earliest("starts_at")
    assert one.moved_from.astimezone(PACIFIC) == dt.datetime(2026, 3, 25, 14, tzinfo=PACIFIC) and one.changes == 1
    assert Appointment.objects.filter(status="cancelled").count() == 0, "they are the same appointments"
    live = Booking.objects.live().filter(appointment__series=new)
    assert {(b.starts_at, b.ends_at) for b in live} == {(a.starts_at, a.ends_at) for a in new.appointments.all()}
    assert live.count() == 2 * 7
    assert told("series_changed") == [(new.pk, house.pat.user_id)]
    assert extend_series() == 0


def test_what_was_changed_by_hand_stays_and_no_second_one_is_made(house):
    series = start(house)
    _first, second, third = series.appointments.order_by("starts_at")[:3]
    moved = move_appointment(appointment=second, starts_at=second.starts_at + DAY, by=house.alice)
    cancel_appointment(appointment=third, reason="Ill", by=house.alice)
    new = change_series(series=series, from_day=FIRST + WEEK, starts_at=dt.time(16), by=house.alice)
    second.refresh_from_db()
    assert second.starts_at == moved.starts_at and second.series == new
    times = [a.starts_at.astimezone(PACIFIC) for a in new.appointments.scheduled().order_by("starts_at")]
    assert times[0] == moved.starts_at and {t.hour for t in times[1:]} == {16}
    assert times[1].date() == FIRST + 3 * WEEK
    assert extend_series() == 0


def test_another_rhythm_and_back(house):
    series = start(house)
    new = change_series(series=series, from_day=FIRST + WEEK, every=2, by=house.alice)
    assert dates(new) == [FIRST + WEEK + n * 2 * WEEK for n in range(4)]
    assert Appointment.objects.filter(status="cancelled").count() == 3
    again = change_series(series=new, from_day=FIRST + WEEK, every=1, by=house.alice)
    assert dates(again) == [FIRST + WEEK + n * WEEK for n in range(7)]


def test_one_may_take_the_place_of_the_next(house):
    """Half an hour later each: the new times lie over the old ones."""
    series = start(house, every=1)
    new = change_series(series=series, from_day=FIRST, starts_at=dt.time(14, 30), by=house.alice)
    assert dates(new) == [FIRST + n * WEEK for n in range(8)]


def test_today_has_begun_and_stays(house, clock):
    series = start(house)
    clock.move_to(dt.datetime(2026, 3, 4, 14, 10, tzinfo=PACIFIC))
    new = change_series(series=series, from_day=FIRST, weekday=4, by=house.alice)
    assert dates(series) == [FIRST]
    assert dates(new)[0] == dt.date(2026, 3, 13)


def test_a_change_into_something_else_changes_nothing(house):
    series = start(house)
    before = sorted(Appointment.objects.values_list("pk", "starts_at", "series_id", "status"))
    deed = {"series": series, "from_day": FIRST + WEEK, "by": house.alice}
    assert code_of(change_series, weekday=0, starts_at=dt.time(9), **deed) == "elsewhere"
    assert code_of(change_series, **deed) == "unchanged"
    assert code_of(change_series, minutes=20, **deed) == "appointment_length"
    assert code_of(change_series, **{**deed, "from_day": FIRST - WEEK}, minutes=60) == "in_the_past"
    assert sorted(Appointment.objects.values_list("pk", "starts_at", "series_id", "status")) == before


def test_a_preview_shows_it_and_does_nothing(house):
    series = start(house)
    before = sorted(Appointment.objects.values_list("pk", "starts_at", "series_id", "status"))
    changes = preview_series(
        change_series, series=series, from_day=FIRST + 6 * WEEK, starts_at=dt.time(15), by=house.alice
    )
    assert [(c.before.astimezone(PACIFIC).hour, c.after.astimezone(PACIFIC).hour) for c in changes] == [(14, 15)] * 2
    ended = preview_series(end_series, series=series, ends_on=FIRST + 7 * WEEK, reason="Done", by=house.alice)
    assert [(c.before.astimezone(PACIFIC).date(), c.after) for c in ended] == [(FIRST + 7 * WEEK, None)]
    assert sorted(Appointment.objects.values_list("pk", "starts_at", "series_id", "status")) == before
    assert AppointmentSeries.objects.count() == 1 and not told("series_changed")


# --- ended


def test_ended(house, clock):
    series = start(house, provider=house.charlie)
    moved = series.appointments.order_by("starts_at")[5]
    moved = move_appointment(appointment=moved, starts_at=moved.starts_at + DAY, by=house.charlie)
    deed = {"series": series, "ends_on": FIRST + 2 * WEEK, "by": house.charlie}
    assert code_of(end_series, reason=" ", **deed) == "no_reason"
    end_series(reason="Goals met", **deed)
    assert dates(series) == [FIRST, FIRST + WEEK, FIRST + 5 * WEEK + DAY]
    assert told("series_ended") == [(series.pk, house.pat.user_id)]
    assert code_of(end_series, reason="again", **deed) == "series_over"
    clock.shift(2 * WEEK)
    assert extend_series() == 0
    assert Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()
    clock.shift(10 * WEEK)
    assert not Patient.objects.visible_to(house.charlie).filter(pk=house.pat.pk).exists()


def test_the_end_of_the_stay_ends_it(house):
    series = start(house)
    second = series.appointments.order_by("starts_at")[1]
    move_appointment(appointment=second, starts_at=second.starts_at + DAY, by=house.alice)
    end_episode(episode=house.pat_episode, ended_on=FIRST + DAY, reason="Completed", by=house.alice)
    series.refresh_from_db()
    assert series.ends_on == FIRST + DAY and dates(series) == [FIRST]
    assert told("series_ended") == [(series.pk, house.pat.user_id)] and not told("appointment_cancelled")
    assert extend_series() == 0


# --- the number of queries


@pytest.mark.parametrize("count", [1, 12])
def test_a_fixed_number_of_queries(house, clock, count):
    for n in range(count):
        provider = make_staff(house.program)
        start(house, provider=provider, episode=make_patient(house.program, provider), starts_at=dt.time(9 + n % 8))
    clock.shift(WEEK)
    with CaptureQueriesContext(connection) as queries:
        assert extend_series() == count
    assert len(queries) == 10
    with CaptureQueriesContext(connection) as queries:
        assert extend_series() == 0
    assert len(queries) == 7


def test_zones_of_their_own(house):
    """A series of a person in New York keeps New York's wall time, whatever the program's."""
    series = start(house, zone="America/New_York")
    zone = zoneinfo.ZoneInfo("America/New_York")
    assert {a.starts_at.astimezone(zone).time() for a in series.appointments.all()} == {dt.time(14)}
