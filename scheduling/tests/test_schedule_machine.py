"""The schedule under random life: edits, splits, moves, cancellations, closures and clock changes, in five zones.

Whatever happens: nothing that was held changes, nobody is in two places, the horizon is complete, times on the wall are kept,
and the feed and the patient's pages say what the bookings say.
"""

import datetime as dt
import os
import zoneinfo
from collections import Counter
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.access import Role
from clinical.queries import Week
from core.errors import Refusal
from patients.models import Patient
from portal.queries import Stage, week_of
from scheduling.feeds import entries_of
from scheduling.models import Booking, Closure, Session, Slot
from scheduling.services import (
    HORIZON_WEEKS,
    add_session,
    cancel_session,
    change_session,
    change_slot,
    close_days,
    create_slot,
    end_slot,
    extend_horizon,
    lift_closure,
    local_start,
    move_session,
    seat_member,
)
from scheduling.services.horizon import slot_dates
from scheduling.tests.checks import contradictions
from tests.factories import make_group, make_patient, make_program, make_staff

ZONES = ["America/Los_Angeles", "America/Phoenix", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe"]
# Before the clock changes of March (8th in America, 29th in Europe) and April (5th in Australia).
START = dt.datetime(2026, 2, 23, 6, tzinfo=dt.UTC)
WALLS = st.builds(dt.time, st.integers(6, 20), st.sampled_from([0, 30]))
DAYS_AHEAD = st.integers(0, 45)


DONE: Counter[str] = Counter()  # deeds that were not refused, by name


class Schedule(RuleBasedStateMachine):
    """One program, five groups in five zones that share people, and a person who plans."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.held: dict[int, tuple] = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)
        self.clock.stop()

    @initialize()
    def people(self):
        self.program = make_program()
        self.planner = make_staff(self.program, Role.PROGRAM_ADMIN, "Ada")
        leads = [make_staff(self.program, Role.CLINICIAN) for _n in range(3)]
        self.leads = leads
        self.groups = [make_group(self.program, leads[n % 3], capacity=5) for n in range(5)]
        episodes = [make_patient(self.program, leads[0]) for _n in range(3)]
        self.patients = [episode.patient for episode in episodes]
        for n, (group, zone) in enumerate(zip(self.groups, ZONES, strict=True)):
            self.attempt(
                create_slot,
                group=group,
                weekday=n,
                starts_at=dt.time(8 + 2 * n),
                minutes=60,
                break_minutes=5,
                zone=zone,
            )
            self.attempt(
                seat_member, group=group, episode=episodes[n % 3], joined_on=self.program.today, by=self.planner
            )

        self.every_deed_once()

    def every_deed_once(self):
        """So that none is only ever refused: a day is closed and opened again, a slot ends, a session moves a little."""
        closure = self.attempt(
            close_days,
            program=self.program,
            starts_on=self.day(40),
            last_on=self.day(40),
            reason="Retreat",
            with_appointments=True,
            by=self.planner,
        )
        self.attempt(lift_closure, closure=closure, by=self.planner)
        slot = self.attempt(
            create_slot,
            group=self.groups[0],
            weekday=5,
            starts_at=dt.time(12),
            minutes=45,
            zone=ZONES[0],
            by=self.planner,
        )
        self.attempt(end_slot, slot=slot, ends_on=self.day(30), by=self.planner)
        session = Session.objects.filter(slot=slot).earliest("starts_at")
        later = session.starts_at + dt.timedelta(minutes=15)
        self.attempt(move_session, session=session, starts_at=later, by=self.planner)

    def attempt(self, deed: Callable, **arguments):
        """Do it; a refusal leaves everything as it was."""
        before = self.everything()
        try:
            done = deed(**arguments)
        except Refusal as refusal:
            assert str(refusal.message).strip()
            assert self.everything() == before
            return None
        DONE[deed.__name__] += 1
        return done

    @staticmethod
    def everything() -> list[tuple]:
        """Sessions, slots and live bookings, as rows."""
        return [
            *Session.objects.order_by("pk").values_list("pk", "starts_at", "ends_at", "status", "slot", "slot_date"),
            *Slot.objects.order_by("pk").values_list("pk", "starts_on", "ends_on", "weekday", "starts_at"),
            *Booking.objects.live().order_by("pk").values_list("pk", "session", "user", "patient"),
        ]

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def day(self, ahead: int) -> dt.date:
        return (self.now() + dt.timedelta(days=ahead)).date()

    def coming(self, number: int) -> Session | None:
        found = list(Session.objects.scheduled().filter(starts_at__gt=self.now()).order_by("starts_at", "pk"))
        return found[number % len(found)] if found else None

    def open_slot(self, number: int) -> Slot | None:
        found = list(Slot.objects.filter(ends_on=None).order_by("pk"))
        return found[number % len(found)] if found else None

    # --- what happens

    @rule(hours=st.integers(1, 24 * 12))
    def time_passes(self, hours):
        self.traveller.shift(dt.timedelta(hours=hours))
        extend_horizon()

    @rule(number=st.integers(0, 4), weekday=st.integers(0, 6), wall=WALLS, ahead=DAYS_AHEAD)
    def a_slot_is_added(self, number, weekday, wall, ahead):
        self.attempt(
            create_slot,
            group=self.groups[number],
            weekday=weekday,
            starts_at=wall,
            minutes=90,
            zone=ZONES[number],
            starts_on=self.day(ahead),
            by=self.planner,
        )

    @rule(
        number=st.integers(0, 9), weekday=st.integers(0, 6), wall=WALLS, ahead=DAYS_AHEAD, minutes=st.integers(20, 120)
    )
    def a_slot_changes(self, number, weekday, wall, ahead, minutes):
        if slot := self.open_slot(number):
            changes = {"weekday": weekday, "starts_at": wall, "minutes": minutes}
            self.attempt(change_slot, slot=slot, from_day=self.day(ahead), by=self.planner, **changes)

    @rule(number=st.integers(0, 9), lead=st.integers(0, 2), ahead=DAYS_AHEAD)
    def somebody_else_leads_a_slot(self, number, lead, ahead):
        if slot := self.open_slot(number):
            self.attempt(change_slot, slot=slot, from_day=self.day(ahead), by=self.planner, lead=self.leads[lead])

    @rule(number=st.integers(0, 9), ahead=DAYS_AHEAD)
    def a_slot_ends(self, number, ahead):
        if Slot.objects.filter(ends_on=None).count() > 2:
            self.attempt(end_slot, slot=self.open_slot(number), ends_on=self.day(ahead), by=self.planner)

    @rule(number=st.integers(0, 99), hours=st.integers(-48, 72), minutes=st.integers(15, 150))
    def a_session_moves(self, number, hours, minutes):
        if session := self.coming(number):
            starts_at = session.starts_at + dt.timedelta(hours=hours)
            self.attempt(move_session, session=session, starts_at=starts_at, minutes=minutes, by=self.planner)

    @rule(number=st.integers(0, 99))
    def a_session_is_cancelled(self, number):
        if session := self.coming(number):
            self.attempt(cancel_session, session=session, reason="Ill", by=self.planner)

    @rule(number=st.integers(0, 99), lead=st.integers(0, 2), topic=st.sampled_from(["Sleep", "Anger"]))
    def a_session_is_changed(self, number, lead, topic):
        if session := self.coming(number):
            self.attempt(change_session, session=session, by=self.planner, topic=topic, lead=self.leads[lead])

    @rule(number=st.integers(0, 4), wall=WALLS, ahead=st.integers(1, 30))
    def an_extra_session(self, number, wall, ahead):
        starts_at = local_start(self.day(ahead), wall, ZONES[number])
        self.attempt(
            add_session,
            group=self.groups[number],
            starts_at=starts_at,
            minutes=60,
            break_minutes=0,
            topic="",
            zone=ZONES[number],
            by=self.planner,
        )

    @rule(ahead=DAYS_AHEAD, days=st.integers(0, 6))
    def days_are_closed(self, ahead, days):
        first = self.day(ahead)
        self.attempt(
            close_days,
            program=self.program,
            starts_on=first,
            last_on=first + dt.timedelta(days=days),
            reason="Holiday",
            with_appointments=True,
            by=self.planner,
        )

    @precondition(lambda self: Closure.objects.in_force().exists())
    @rule()
    def a_closure_is_lifted(self):
        self.attempt(lift_closure, closure=Closure.objects.in_force().latest("pk"), by=self.planner)

    # --- what must hold

    @invariant()
    def what_was_held_never_changes(self):
        begun = Session.objects.filter(starts_at__lte=self.now())
        rows = begun.values_list("pk", "starts_at", "ends_at", "status", "slot", "slot_date", "topic", "lead", "co")
        now = {row[0]: row[1:] for row in rows}
        for pk, was in self.held.items():
            assert now.get(pk) == was
        self.held = now

    @invariant()
    def the_database_holds_no_contradiction(self):
        assert contradictions(self.now()) == {}

    @invariant()
    def no_group_meets_twice_at_once(self):
        last: dict[int, Session] = {}
        for session in Session.objects.scheduled().filter(starts_at__gt=self.now()).order_by("starts_at"):
            before = last.get(session.group_id)
            assert before is None or before.ends_at <= session.starts_at
            last[session.group_id] = session

    @invariant()
    def the_horizon_is_complete_and_on_the_wall(self):
        extend_horizon()
        sessions = {(s.slot_id, s.slot_date): s for s in Session.objects.filter(slot__isnull=False)}
        for slot in Slot.objects.all():
            today = self.now().astimezone(zoneinfo.ZoneInfo(slot.zone)).date()
            for day in slot_dates(slot, today, today + dt.timedelta(weeks=HORIZON_WEEKS)):
                starts_at = local_start(day, slot.starts_at, slot.zone)
                if starts_at <= self.now():
                    continue
                session = sessions.get((slot.pk, day))
                assert session, f"{slot} has no session on {day}"
                if not session.by_hand and not session.is_cancelled:
                    assert (session.starts_at, session.minutes) == (starts_at, slot.minutes)

    @invariant()
    def nothing_takes_place_on_a_closed_day(self):
        closures = list(Closure.objects.in_force())
        for session in Session.objects.scheduled().filter(starts_at__gt=self.now(), by_hand=False):
            day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
            assert not any(c.starts_on <= day <= c.last_on for c in closures)

    @invariant()
    def feed_and_pages_say_what_the_bookings_say(self):
        for patient in Patient.objects.filter(pk__in=[p.pk for p in getattr(self, "patients", [])]):
            booked = set(
                Booking.objects.live()
                .filter(patient=patient, starts_at__gt=self.now())
                .values_list("starts_at", "ends_at")
            )
            week = Week.of(None, patient.user.zone)
            shown = {
                (own.thing.starts_at, own.thing.ends_at)
                for n in range(HORIZON_WEEKS + 2)
                for own in week_of(patient, week.shifted(n))
                if own.stage in (Stage.COMING, Stage.OPEN) and own.thing.starts_at > self.now()
            }
            fed = {
                (entry.starts_at, entry.ends_at)
                for entry in entries_of(patient.user)
                if entry.is_on and entry.starts_at > self.now()
            }
            assert shown == booked
            assert fed == booked


@pytest.mark.django_db
def test_the_schedule_survives_real_life():
    DONE.clear()
    run_state_machine_as_test(
        Schedule,
        settings=settings(
            max_examples=int(os.environ.get("SCHEDULE_EXAMPLES", "20")),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A run in which everything was refused would hold nothing.
    deeds = (create_slot, change_slot, end_slot, move_session, cancel_session, change_session, add_session, close_days)
    assert not {deed.__name__ for deed in (*deeds, lift_closure)} - set(DONE), DONE
