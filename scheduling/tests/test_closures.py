"""Closing a program for some days, and opening it again."""

import datetime as dt
import zoneinfo
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import backend_pid, eventually, failures, somebody_else, waits_for_a_lock
from messaging.models import Delivery
from messaging.services import send_due
from scheduling.models import Appointment, Booking, Closure, Session, Slot
from scheduling.services import (
    add_visitor,
    cancel_session,
    close_days,
    create_slot,
    extend_horizon,
    lift_closure,
    move_session,
    plan_reminders,
    preview_closure,
    reconcile_bookings,
    seat_member,
)
from scheduling.services import horizon as horizon_module
from scheduling.services.closed import ClosedDays
from scheduling.services.public_holidays import holiday_on, holidays_offered
from scheduling.tests.checks import contradictions
from tests.factories import make_group, make_patient, make_program, make_staff

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
MONDAY, TUESDAY, NEXT_MONDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3), dt.date(2026, 3, 9)
Status = Session.Status


def close(house, first=MONDAY, last=None, **more) -> Closure:
    deed = {"program": house.program, "starts_on": first, "last_on": last or first, "reason": "Snow"}
    return close_days(**{**deed, "by": house.coordinator, **more})


def make_appointment(house, starts_at, *, provider=None, episode=None, minutes=50, **more) -> Appointment:
    """An individual session of Pat's with Alice."""
    episode, provider = episode or house.pat_episode, provider or house.alice
    found = Appointment.objects.create(
        kind="individual",
        provider=provider,
        patient=episode.patient,
        episode=episode,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=minutes),
        zone=more.pop("zone", "America/Los_Angeles"),
        booked_by=provider,
        **more,
    )
    times = {"appointment": found, "starts_at": found.starts_at, "ends_at": found.ends_at}
    Booking.objects.create(part="lead", user=provider, **times)
    Booking.objects.create(part="client", patient=episode.patient, episode=episode, **times)
    return found


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), PACIFIC)


def told(kind: str) -> set[tuple[int, str]]:
    rows = Delivery.objects.filter(kind=kind).select_related("recipient")
    return {(d.subject_id, d.recipient.first_name) for d in rows}


def refused(deed, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refusal:
        deed(*args, **kwargs)
    return refusal.value.code


def test_sessions_and_appointments_of_the_day_fall_away_and_everybody_is_told(house):
    session = house.session
    appointment = make_appointment(house, at(MONDAY, 14))
    other_day = make_appointment(house, at(TUESDAY, 14))
    closure = close(house)
    session.refresh_from_db()
    appointment.refresh_from_db()
    for thing in (session, appointment):
        assert (thing.status, thing.reason, thing.closure, thing.changes) == (Status.CANCELLED, "Snow", closure, 1)
        assert not thing.by_hand and not thing.bookings.live().exists()
    other_day.refresh_from_db()
    assert not other_day.is_cancelled and other_day.bookings.live().count() == 2
    assert told("session_cancelled") == {(session.pk, name) for name in ("Alice", "Pat", "Quinn")}
    assert told("appointment_cancelled") == {(appointment.pk, name) for name in ("Alice", "Pat")}
    assert Session.objects.filter(slot=house.slot).scheduled().count() == 8
    assert contradictions(timezone.now()) == {}


def test_who_closes_is_not_told_and_appointments_can_stay(house):
    appointment = make_appointment(house, at(MONDAY, 14))
    close(house, by=house.alice, with_appointments=False)
    appointment.refresh_from_db()
    assert not appointment.is_cancelled and appointment.bookings.live().count() == 2
    assert told("session_cancelled") == {(house.session.pk, name) for name in ("Pat", "Quinn")}


def test_what_was_moved_by_hand_closes_by_its_present_day(house):
    """Moved onto the closed day it is closed too, and stays somebody's decision; moved away from it, it takes place."""
    first, second = Session.objects.filter(slot=house.slot).order_by("starts_at")[:2]
    move_session(session=first, starts_at=at(dt.date(2026, 3, 4), 9))
    move_session(session=second, starts_at=at(TUESDAY, 15))
    close(house, MONDAY, TUESDAY)
    first.refresh_from_db()
    second.refresh_from_db()
    assert not first.is_cancelled
    assert second.is_cancelled and second.by_hand and second.changes == 2


def test_what_has_begun_or_was_cancelled_before_is_left_alone(house, clock):
    tuesday = Session.objects.filter(group=house.other_group).earliest("starts_at")
    cancel_session(session=tuesday, reason="Ill")
    clock.shift(dt.timedelta(hours=1))
    close(house, MONDAY, TUESDAY)
    tuesday.refresh_from_db()
    assert not house.session.is_cancelled
    assert (tuesday.reason, tuesday.closure, tuesday.changes) == ("Ill", None, 1)


@pytest.mark.parametrize(
    ("zone", "wall", "closed"),
    [
        ("Pacific/Honolulu", dt.time(23, 30), True),  # Tuesday 9:30 UTC
        ("Pacific/Kiritimati", dt.time(0, 30), False),  # Monday there is over by Tuesday's 10:30 UTC of Monday
        ("Pacific/Kiritimati", dt.time(23, 30), False),
        ("America/New_York", dt.time(0, 15), True),
    ],
)
def test_the_day_is_that_of_the_sessions_own_zone(house, zone, wall, closed):
    """Closed is Tuesday, 10 March. The slot meets on that Tuesday where it is (closed) or on a Wednesday elsewhere."""
    day = dt.date(2026, 3, 10)
    group = make_group(house.program)
    weekday = day.weekday() if closed else (day.weekday() + 1) % 7
    create_slot(group=group, weekday=weekday, starts_at=wall, minutes=30, zone=zone)
    close(house, day)
    assert {s.starts_at.astimezone(zoneinfo.ZoneInfo(zone)).date() for s in closed_of(group)} == (
        {day} if closed else set()
    )


def closed_of(group):
    return Session.objects.filter(group=group, status=Status.CANCELLED)


def test_a_closure_over_the_clock_change(house):
    """Friday the 6th to Monday the 9th: the clocks change on Sunday at 2:00."""
    group = make_group(house.program)
    for weekday in (5, 6):
        for wall in (dt.time(0, 30), dt.time(2, 30), dt.time(23, 30)):
            create_slot(group=group, weekday=weekday, starts_at=wall, minutes=30)
    close(house, dt.date(2026, 3, 6), NEXT_MONDAY)
    assert closed_of(group).count() == 6
    days = {s.starts_at.astimezone(PACIFIC).date() for s in closed_of(group)}
    assert days == {dt.date(2026, 3, 7), dt.date(2026, 3, 8)}
    assert closed_of(house.group).count() == 1


def test_another_program_is_left_alone(house):
    elsewhere = make_program("Evening track")
    group = make_group(elsewhere)
    create_slot(group=group, weekday=0, starts_at=dt.time(9), minutes=60)
    close(house)
    assert not closed_of(group).exists()
    extend_horizon()
    assert not closed_of(group).exists()


def test_what_is_made_ahead_on_a_closed_day_is_made_closed_without_news(house, clock):
    far = MONDAY + dt.timedelta(weeks=9)
    closure = close(house, far)
    clock.shift(dt.timedelta(weeks=1))
    extend_horizon()
    made = Session.objects.get(slot=house.slot, slot_date=far)
    assert (made.status, made.reason, made.closure, made.changes) == (Status.CANCELLED, "Snow", closure, 0)
    assert not made.by_hand and not made.bookings.exists() and told("session_cancelled") == set()
    group = make_group(house.program, make_staff(house.program))
    slot = create_slot(group=group, weekday=0, starts_at=dt.time(9), minutes=60)
    assert Session.objects.get(slot=slot, slot_date=far).closure == closure
    lift_closure(closure=closure, by=house.coordinator)
    made.refresh_from_db()
    assert not made.is_cancelled and made.bookings.live().count() == 3
    assert told("session_restored") == set(), "nobody had been told that it is cancelled"


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ({"reason": "  "}, "no_reason"),
        ({"starts_on": TUESDAY, "last_on": MONDAY}, "dates"),
        ({"starts_on": dt.date(2026, 3, 1), "last_on": dt.date(2026, 3, 1)}, "past"),
        ({"last_on": dt.date(2027, 3, 2)}, "too_long"),
    ],
)
def test_refusals(house, deed, code):
    base = {"program": house.program, "starts_on": MONDAY, "last_on": MONDAY, "reason": "Snow", "by": house.admin}
    assert refused(close_days, **{**base, **deed}) == code
    assert not Closure.objects.exists()


def test_an_overlapping_closure_is_refused_until_the_first_is_lifted(house):
    closure = close(house, MONDAY, TUESDAY)
    with pytest.raises(Refusal) as refusal:
        close(house, TUESDAY, NEXT_MONDAY, reason="Flood")
    assert refusal.value.message == "Day track is already closed then: March 2, 2026 – March 3, 2026, Snow."
    close(house, dt.date(2026, 3, 4))
    lift_closure(closure=closure, by=house.coordinator)
    close(house, MONDAY, reason="Snow again")
    assert house.session.reason == "Snow again" and house.session.changes == 3
    assert refused(lift_closure, closure=closure, by=house.coordinator) == "already_lifted"


def test_the_preview_is_the_deed_and_changes_nothing(house):
    appointment = make_appointment(house, at(MONDAY, 14))
    before = (Booking.objects.live().count(), Delivery.objects.count())
    deed = {
        "program": house.program,
        "starts_on": MONDAY,
        "last_on": TUESDAY,
        "reason": "Snow",
        "by": house.coordinator,
    }
    effect = preview_closure(**deed)
    assert [s.group for s in effect.sessions] == [house.group, house.other_group]
    assert effect.appointments == [appointment]
    assert effect.people == 5  # Alice, Pat, Quinn; Charlie and Robin
    assert not Closure.objects.exists() and not house.session.is_cancelled
    assert (Booking.objects.live().count(), Delivery.objects.count()) == before
    assert refused(preview_closure, **{**deed, "reason": ""}) == "no_reason"


def test_a_fixed_number_of_queries(house):
    def queries(deed) -> int:
        with CaptureQueriesContext(connection) as seen:
            deed()
        return len(seen)

    def both() -> tuple[int, int]:
        closing = queries(lambda: close(house))
        closure = Closure.objects.in_force().get()
        return closing, queries(lambda: lift_closure(closure=closure, by=house.coordinator))

    make_appointment(house, at(MONDAY, 14))
    add_visitor(session=house.session, episode=house.robin_episode)
    few = both()
    for n in range(4):
        group = make_group(house.program, lead := make_staff(house.program))
        create_slot(group=group, weekday=0, starts_at=dt.time(15 + n), minutes=45)
        seat_member(group=group, episode=house.pat_episode, joined_on=MONDAY)
        make_appointment(house, at(MONDAY, 19 + n), provider=lead)
        visited = Session.objects.filter(group=group).earliest("starts_at")
        add_visitor(session=visited, episode=make_patient(house.program, house.alice))
    assert both() == few


# --- lifting


def test_lifted_it_takes_place_again_and_those_who_were_told_are_told(house, mail):
    appointment = make_appointment(house, at(MONDAY, 14))
    closure = close(house)
    Delivery.objects.filter(kind="appointment_cancelled").update(state="skipped", reason="test")
    send_due()
    lifted = lift_closure(closure=closure, by=house.coordinator)
    assert (lifted.sessions, lifted.appointments, lifted.not_restored) == ([house.session], [appointment], [])
    assert lifted.elsewhere == 0
    session = house.session
    assert (session.status, session.reason, session.closure, session.changes) == (Status.SCHEDULED, "", None, 2)
    assert session.bookings.live().count() == 3
    appointment.refresh_from_db()
    assert not appointment.is_cancelled and appointment.bookings.live().count() == 2
    assert told("session_restored") == {(session.pk, name) for name in ("Alice", "Pat", "Quinn")}
    assert told("appointment_restored") == {(appointment.pk, name) for name in ("Alice", "Pat")}
    send_due()
    last = mail.of(house.pat.user)
    words = {message["Subject"] for message in last}
    assert "Takes place after all: Monday, March 2, 9:00 AM PST" in words
    assert all("roup" not in message.get_content() for message in last)
    assert contradictions(timezone.now()) == {}


def test_lifted_before_the_news_left_nobody_hears_of_either(house, mail):
    lift_closure(closure=close(house), by=house.coordinator)
    assert told("session_restored") == set()
    send_due()
    assert mail.all() == []
    assert {d.state for d in Delivery.objects.all()} == {Delivery.State.SKIPPED}


def test_reminders_skipped_meanwhile_are_planned_again(house, mail, clock):
    """Closed on Sunday for Monday; the reminder of the hour before falls due and is skipped; then it is lifted."""
    clock.shift(-dt.timedelta(hours=20))
    plan_reminders()
    closure = close(house)
    clock.shift(dt.timedelta(hours=20, minutes=20))
    send_due()
    reminders = Delivery.objects.filter(kind="session_reminder", subject_id=house.session.pk, variant=60)

    def states() -> set:
        return set(reminders.values_list("state", flat=True))

    assert states() == {Delivery.State.SKIPPED}
    lift_closure(closure=closure, by=house.coordinator)
    assert states() == {Delivery.State.PLANNED}
    send_due()
    assert states() == {Delivery.State.SENT}


def test_whoever_is_elsewhere_by_now_stays_where_they_are(house):
    """Pat is in another session and Alice in another appointment at the times that come back."""
    session, lost = house.session, make_appointment(house, at(MONDAY, 14), episode=house.quinn_episode)
    closure = close(house)
    closure.refresh_from_db()
    taken = make_group(house.program, make_staff(house.program))
    create_slot(group=taken, weekday=1, starts_at=dt.time(18), minutes=60)
    moved = Session.objects.filter(group=taken).earliest("starts_at")
    seat_member(group=taken, episode=house.pat_episode, joined_on=MONDAY)
    Session.objects.filter(pk=moved.pk).update(starts_at=session.starts_at, ends_at=session.ends_at)
    make_appointment(house, at(MONDAY, 14, 30), episode=house.pat_episode)
    lifted = lift_closure(closure=closure, by=house.coordinator)
    assert lifted.sessions == [session] and lifted.appointments == [] and lifted.not_restored == [lost]
    assert lifted.elsewhere == 1
    assert {b.patient or b.user for b in session.bookings.live()} == {house.alice, house.quinn}
    lost.refresh_from_db()
    assert lost.is_cancelled and lost.closure == closure and not lost.bookings.live().exists()


def test_what_ended_meanwhile_does_not_come_back(house):
    session, appointment = house.session, make_appointment(house, at(MONDAY, 14))
    closure = close(house)
    Slot.objects.filter(pk=house.slot.pk).update(ends_on=MONDAY)
    house.pat_episode.ended_on = MONDAY
    house.pat_episode.save()
    lifted = lift_closure(closure=closure, by=house.coordinator)
    assert lifted.not_restored == [session, appointment] and not lifted.sessions and not lifted.appointments
    assert house.session.is_cancelled


def test_what_has_begun_meanwhile_stays_closed(house, clock):
    closure = close(house, MONDAY, TUESDAY)
    clock.shift(dt.timedelta(hours=2))
    lifted = lift_closure(closure=closure, by=house.coordinator)
    assert [s.group for s in lifted.sessions] == [house.other_group]
    assert house.session.is_cancelled


def test_visitors_get_their_seats_back(house):
    add_visitor(session=house.session, episode=house.robin_episode)
    closure = close(house)
    assert not house.robin.care_team.current(at(MONDAY, 9)).filter(user=house.alice).exists()
    lift_closure(closure=closure, by=house.coordinator)
    assert house.session.bookings.live().get(patient=house.robin).part == Booking.Part.VISITOR
    assert house.robin.care_team.current(at(MONDAY, 9)).filter(user=house.alice).exists()


def test_whoever_covers_sees_its_people_again(house):
    session = house.session
    Session.objects.filter(pk=session.pk).update(lead=house.charlie)
    reconcile_bookings(group_ids=[house.group.pk])
    seen = house.pat.care_team.current(at(MONDAY, 9)).filter(user=house.charlie)
    closure = close(house)
    assert not seen.exists()
    lift_closure(closure=closure, by=house.coordinator)
    assert seen.exists()
    assert not house.pat.care_team.current(at(MONDAY, 9)).filter(user=house.alice, part="cover").exists()


# --- races


def test_a_horizon_that_runs_meanwhile_leaves_no_open_session_on_a_closed_day(committed_house, clock):
    house = committed_house
    far = MONDAY + dt.timedelta(weeks=9)
    clock.shift(dt.timedelta(weeks=1))
    assert horizon_and_closure(house, far).is_cancelled


def test_without_looking_for_closures_the_horizon_opens_a_session_on_a_closed_day(committed_house, clock, monkeypatch):
    """The negative control."""
    house = committed_house
    far = MONDAY + dt.timedelta(weeks=9)
    clock.shift(dt.timedelta(weeks=1))
    monkeypatch.setattr(horizon_module, "closed_days", lambda **which: ClosedDays([]))
    assert not horizon_and_closure(house, far).is_cancelled


def horizon_and_closure(house, day) -> Session:
    """The horizon waits for a closure that is about to be committed, and then goes on."""
    with somebody_else() as asks:
        pid = asks(backend_pid).result()
        with transaction.atomic():
            close(house, day)
            made = asks(partial(extend_horizon))
            eventually(lambda: made.done() or waits_for_a_lock(pid))
            assert not made.done(), "it did not wait"
        assert failures([made.result()]) == []
    return Session.objects.get(slot=house.slot, slot_date=day)


def test_a_closure_waits_for_a_horizon_that_is_under_way(committed_house, clock):
    house = committed_house
    far = MONDAY + dt.timedelta(weeks=9)
    clock.shift(dt.timedelta(weeks=1))
    with somebody_else() as asks:
        pid = asks(backend_pid).result()
        with transaction.atomic():
            extend_horizon()
            closing = asks(partial(close, house, far))
            eventually(lambda: closing.done() or waits_for_a_lock(pid))
            assert not closing.done(), "it did not wait"
        closing.result()
    made = Session.objects.get(slot=house.slot, slot_date=far)
    assert made.is_cancelled and made.changes == 1 and not made.bookings.live().exists()


# --- holidays


def test_the_states_holidays_are_offered_and_nothing_closes(house):
    house.program.state = "CA"
    house.program.save()
    offered = {h.day: h for h in holidays_offered(program=house.program)}
    assert min(offered) >= MONDAY and max(offered) < dt.date(2027, 3, 2)
    assert offered[dt.date(2026, 7, 4)].name == "Independence Day" and not offered[dt.date(2026, 7, 4)].of_state
    assert offered[dt.date(2026, 11, 27)].of_state  # the day after Thanksgiving, in California
    assert dt.date(2026, 10, 12) in offered  # Columbus Day is the country's, if not California's
    assert not Closure.objects.exists() and all(h.closure is None for h in offered.values())
    closure = close(house, dt.date(2026, 7, 2), dt.date(2026, 7, 5))
    offered = {h.day: h for h in holidays_offered(program=house.program)}
    assert offered[dt.date(2026, 7, 3)].closure == closure and offered[dt.date(2026, 7, 4)].closure == closure
    assert offered[dt.date(2026, 9, 7)].closure is None


def test_without_a_state_the_countrys_are_offered(house):
    offered = holidays_offered(program=house.program)
    assert dt.date(2026, 11, 27) not in {h.day for h in offered}
    assert not any(h.of_state for h in offered)
    assert holiday_on(program=house.program, day=dt.date(2026, 7, 4)) == "Independence Day"
    assert holiday_on(program=house.program, day=dt.date(2026, 7, 6)) == ""
