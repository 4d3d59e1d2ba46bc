"""Nobody is in two places at once: what the database holds by itself, and how a move that would break it is refused."""

import datetime as dt
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from core import transactions
from core.errors import Refusal
from core.tests.racing import (
    backend_pid,
    eventually,
    failures,
    somebody_else,
    together,
    waits_for_a_lock,
)
from groups.models import Kind
from messaging.models import Delivery
from scheduling.models import Booking, Session
from scheduling.services import (
    cancel_session,
    create_slot,
    lead_group,
    leave_group,
    move_session,
    seat_member,
)
from scheduling.tests.checks import contradictions
from tests.factories import make_group, make_staff

NINE = dt.datetime(2026, 4, 9, 16, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def session_at(group, starts_at, minutes=60) -> Session:
    """A session outside any series."""
    return Session.objects.create(
        group=group, starts_at=starts_at, ends_at=starts_at + minutes * MINUTE, zone=group.program.zone
    )


def book(session, who: str, house, **fields) -> Booking:
    """A booking written directly, of Alice (user) or Pat (patient)."""
    if who == "user":
        person = {"user": house.alice, "part": "lead"}
    else:
        membership = house.group.memberships.get(patient=house.pat)
        person = {"patient": house.pat, "membership": membership, "part": "member"}
    return Booking.objects.create(
        session=session, starts_at=session.starts_at, ends_at=session.ends_at, **person, **fields
    )


def refused(deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == "elsewhere"
    return caught.value


def state_of_the_schedule() -> tuple:
    """Everything that a deed refused must leave as it was."""
    return (
        sorted(Session.objects.values_list("pk", "starts_at", "ends_at", "status", "moved_from", "changes")),
        sorted(Booking.objects.values_list("pk", "session", "starts_at", "ends_at", "released_at")),
        sorted(Delivery.objects.values_list("pk", "due_at", "state")),
    )


# --- the constraint alone

WHO = pytest.mark.parametrize("who", ["user", "patient"])


@WHO
@pytest.mark.parametrize(
    ("begins", "lasts", "possible"),
    [
        (0, 60, False),  # the same
        (59, 60, False),  # its last minute
        (-59, 60, False),
        (20, 20, False),  # within
        (-20, 100, False),  # around
        (60, 60, True),  # just after
        (-60, 60, True),  # just before
        (24 * 60, 60, True),
    ],
)
def test_overlapping_bookings_are_refused_touching_ones_are_not(house, who, begins, lasts, possible):
    book(session_at(house.group, NINE), who, house)
    other = session_at(house.other_group, NINE + begins * MINUTE, lasts)
    if possible:
        book(other, who, house)
        return
    with pytest.raises(IntegrityError, match=f"{who}_in_one_place"), transaction.atomic():
        book(other, who, house)


@WHO
def test_a_released_booking_is_in_nobodys_way(house, who):
    first = book(session_at(house.group, NINE), who, house, released_at=timezone.now())
    book(session_at(house.other_group, NINE), who, house)
    with pytest.raises(IntegrityError, match=f"{who}_in_one_place"), transaction.atomic():
        first.released_at = None
        first.save()


def test_different_people_may_be_in_different_places(house):
    book(session_at(house.group, NINE), "user", house)
    book(session_at(house.other_group, NINE), "patient", house)


@WHO
@pytest.mark.parametrize("first_keeps_it", [True, False])
def test_of_two_connections_the_second_waits_and_then_learns(committed_house, who, first_keeps_it):
    house = committed_house
    here, there = session_at(house.group, NINE), session_at(house.other_group, NINE + 30 * MINUTE)
    with somebody_else() as they:
        pid = they(backend_pid).result()
        with transaction.atomic():
            book(here, who, house)
            booking = they(partial(book, there, who, house))
            eventually(lambda: waits_for_a_lock(pid))
            assert not booking.done()
            transaction.set_rollback(not first_keeps_it)
        if first_keeps_it:
            assert f"{who}_in_one_place" in str(booking.exception(timeout=30))
        else:
            assert booking.result(timeout=30).pk
    assert Booking.objects.filter(session__in=[here, there]).count() == 1


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"part": "lead", "user": None}, "booking_of_one_person"),
        ({"part": "member"}, "booking_of_one_person"),
        ({"part": "guest"}, "booking_of_one_person"),
        ({"part": "lead", "patient": "pat"}, "booking_of_one_person"),
        ({"part": "member", "user": None, "patient": "pat", "membership": None}, "booking_of_one_person"),
        ({"part": "member", "user": None, "membership": "pat"}, "booking_of_one_person"),
        ({"part": "lead", "starts_at": NINE - MINUTE}, "booking_times_follow_session"),
        ({"part": "lead", "ends_at": NINE + 61 * MINUTE}, "booking_times_follow_session"),
    ],
)
def test_a_booking_is_of_one_person_at_its_sessions_time(house, fields, name):
    people = {"patient": house.pat, "membership": house.group.memberships.get(patient=house.pat)}
    session = session_at(house.group, NINE)
    values = {"starts_at": session.starts_at, "ends_at": session.ends_at, "user": house.alice, **fields}
    values = {key: people[key] if value == "pat" else value for key, value in values.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Booking.objects.create(session=session, **values)
        connection.check_constraints()


def test_one_lead_and_one_co_at_a_session(house):
    session = session_at(house.group, NINE)
    book(session, "user", house)
    with pytest.raises(IntegrityError, match="one_lead_and_one_co_per_session"), transaction.atomic():
        Booking.objects.create(
            session=session, starts_at=session.starts_at, ends_at=session.ends_at, user=house.charlie, part="lead"
        )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"ends_at": NINE}, "session_ends_after_start"),
        ({"status": "cancelled"}, "cancelled_has_a_reason"),
        ({"slot_date": NINE.date()}, "session_slot_and_date"),
    ],
)
def test_what_a_session_can_not_be(house, fields, name):
    values = {"starts_at": NINE, "ends_at": NINE + 60 * MINUTE, "zone": "UTC", **fields}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Session.objects.create(group=house.group, **values)


def test_a_slot_has_one_session_a_date(house):
    session = house.session
    with pytest.raises(IntegrityError, match="one_session_per_slot_and_date"), transaction.atomic():
        Session.objects.create(
            group=house.group,
            slot=session.slot,
            slot_date=session.slot_date,
            starts_at=NINE,
            ends_at=NINE + MINUTE,
        )


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ("weekday = 7", "slot_weekday"),
        ("minutes = 14", "slot_15_to_240_minutes"),
        ("minutes = 241", "slot_15_to_240_minutes"),
        ("break_minutes = minutes", "slot_break_within"),
        ("ends_on = starts_on - 1", "slot_dates"),
    ],
)
def test_what_a_slot_can_not_be(house, values, name):
    with (
        pytest.raises(IntegrityError, match=name),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE scheduling_slot SET {values} WHERE id = %s", [house.slot.pk])  # noqa: S608


@pytest.mark.parametrize("table", ["scheduling_slot", "scheduling_session", "scheduling_booking"])
def test_the_schedule_is_never_deleted(house, table):
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608


# --- moving and cancelling


@pytest.fixture
def neighbours(house):
    """A second group, Tuesdays at 9:00, that Alice leads and Quinn also belongs to."""
    second = make_group(house.program, house.alice, name="Second", kind=Kind.SKILLS)
    slot = create_slot(group=second, weekday=1, starts_at=dt.time(9), minutes=60)
    seat_member(group=second, episode=house.quinn_episode, joined_on=timezone.localdate())
    return house, Session.objects.filter(slot=slot).earliest("starts_at")


def test_a_move_takes_the_bookings_along(house):
    session, later = house.session, house.session.starts_at + dt.timedelta(hours=5)
    before = sorted(session.bookings.values_list("pk", "user", "patient"))
    moved = move_session(session=session, starts_at=later, minutes=60)
    assert (moved.starts_at, moved.minutes, moved.moved_from) == (later, 60, session.starts_at)
    assert sorted(session.bookings.values_list("pk", "user", "patient")) == before
    times = set(session.bookings.values_list("starts_at", "ends_at", "released_at"))
    assert times == {(later, later + 60 * MINUTE, None)}
    assert contradictions(timezone.now()) == {}


def test_a_second_move_keeps_the_first_time(house):
    first = house.session.starts_at
    session = move_session(session=house.session, starts_at=first + dt.timedelta(hours=5))
    session = move_session(session=session, starts_at=first + dt.timedelta(hours=6))
    assert (session.moved_from, session.changes) == (first, 2)
    assert move_session(session=session, starts_at=session.starts_at).changes == 2


def test_moving_onto_another_session_of_its_leader_is_refused_by_name(neighbours):
    house, second = neighbours
    before = state_of_the_schedule()
    refusal = refused(move_session, session=house.session, starts_at=second.starts_at - 30 * MINUTE)
    assert "Alice Clinician" in refusal.message
    assert "“Second”" in refusal.message
    assert refusal.field == "starts_at"
    assert state_of_the_schedule() == before


def test_moving_onto_another_session_of_a_member_is_refused_without_a_name(neighbours):
    house, _second = neighbours
    third = make_group(house.program, make_staff(house.program), name="Third")
    slot = create_slot(group=third, weekday=2, starts_at=dt.time(9), minutes=60)
    seat_member(group=third, episode=house.pat_episode, joined_on=timezone.localdate())
    target = Session.objects.filter(slot=slot).earliest("starts_at")
    before = state_of_the_schedule()
    refusal = refused(move_session, session=house.session, starts_at=target.starts_at)
    assert refusal.message == "1 of the members are then in “Third”. Nobody can be in two places at once."
    assert state_of_the_schedule() == before


def test_moving_close_to_another_session_is_fine(neighbours):
    house, second = neighbours
    moved = move_session(session=house.session, starts_at=second.ends_at)
    assert moved.starts_at == second.ends_at


def test_a_cancelled_session_frees_its_people(neighbours):
    house, second = neighbours
    cancel_session(session=second, reason="power cut")
    assert not second.bookings.live().exists()
    moved = move_session(session=house.session, starts_at=second.starts_at)
    assert moved.bookings.live().count() == 3
    assert contradictions(timezone.now()) == {}


def test_a_move_over_somebodys_last_day_does_not_ask_whether_they_are_free(neighbours):
    """Quinn leaves on the 9th; a session moved from the 2nd past that day is none of Quinn's any more."""
    house, second = neighbours
    membership = house.group.memberships.get(patient=house.quinn)
    leave_group(membership=membership, left_on=dt.date(2026, 3, 9), reason="done")
    lead_group(group=second.group, user=make_staff(house.program), part="lead", from_day=timezone.localdate())
    weeks_later = second.starts_at + dt.timedelta(weeks=1) - dt.timedelta(hours=1)  # the clocks change between
    assert Booking.objects.live().filter(patient=house.quinn, starts_at=weeks_later).exists()
    moved = move_session(session=house.session, starts_at=weeks_later)
    assert not moved.bookings.live().filter(patient=house.quinn).exists()
    assert contradictions(timezone.now()) == {}


def test_a_move_over_a_change_of_leader_books_the_next_one(house):
    handover = dt.date(2026, 3, 4)
    dana = make_staff(house.program)
    lead_group(group=house.group, user=dana, part="lead", from_day=handover)
    moved = move_session(session=house.session, starts_at=house.session.starts_at + dt.timedelta(days=3))
    assert [b.user for b in moved.bookings.live().filter(part="lead")] == [dana]
    assert contradictions(timezone.now()) == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"starts_at": dt.datetime(2026, 3, 2, 15, 59, tzinfo=dt.UTC)}, "in_the_past"),
        ({"minutes": 14}, "slot_length"),
        ({"minutes": 241}, "slot_length"),
        ({"minutes": 15}, "slot_length"),  # the break alone is as long
    ],
)
def test_impossible_moves_are_refused(house, change, code):
    before = state_of_the_schedule()
    with pytest.raises(Refusal) as caught:
        move_session(session=house.session, **{"starts_at": NINE, **change})
    assert caught.value.code == code
    assert state_of_the_schedule() == before


@pytest.mark.parametrize("deed", [partial(cancel_session, reason="again"), partial(move_session, starts_at=NINE)])
def test_what_is_cancelled_or_has_begun_stays(house, clock, deed):
    session = house.session
    clock.move_to(session.starts_at)
    with pytest.raises(Refusal) as caught:
        deed(session=session)
    assert caught.value.code == "has_begun"
    other = Session.objects.filter(slot=house.slot).latest("starts_at")
    cancel_session(session=other, reason="holiday")
    with pytest.raises(Refusal) as caught:
        deed(session=other)
    assert caught.value.code == "already_cancelled"


def test_a_cancellation_says_why(house):
    with pytest.raises(Refusal) as caught:
        cancel_session(session=house.session, reason="  ")
    assert (caught.value.code, caught.value.field) == ("no_reason", "reason")


# --- new slots, new leaders, new members


def test_a_slot_its_leader_can_not_come_to_is_refused(house):
    second = make_group(house.program, house.alice, name="Second")
    before = state_of_the_schedule()
    with pytest.raises(Refusal) as caught, transaction.atomic():
        create_slot(group=second, weekday=0, starts_at=dt.time(10), minutes=60)
    assert caught.value.code == "elsewhere"
    assert "Alice Clinician is then in “Monday process”" in caught.value.message
    assert state_of_the_schedule() == before
    assert not second.slots.exists()


def test_a_slot_its_members_can_not_come_to_is_refused(house):
    second = make_group(house.program, make_staff(house.program), name="Second")
    for episode in (house.pat_episode, house.quinn_episode):
        seat_member(group=second, episode=episode, joined_on=timezone.localdate())
    refusal = refused(create_slot, group=second, weekday=0, starts_at=dt.time(8, 30), minutes=60)
    assert refusal.message.startswith("2 of the members are then in “Monday process”")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "America/New_York"])
def test_a_group_does_not_meet_twice_at_once(house, zone):
    group = make_group(house.program)
    create_slot(group=group, weekday=2, starts_at=dt.time(20), minutes=120)
    wall = {"America/Los_Angeles": (2, dt.time(21)), "America/New_York": (3, dt.time(0))}
    weekday, starts_at = wall[zone]
    with pytest.raises(Refusal) as caught, transaction.atomic():
        create_slot(group=group, weekday=weekday, starts_at=starts_at, minutes=60, zone=zone)
    assert caught.value.code == "slot_overlaps"


def test_over_midnight_counts_too(house):
    group = make_group(house.program)
    create_slot(group=group, weekday=6, starts_at=dt.time(23, 30), minutes=60)
    with pytest.raises(Refusal) as caught, transaction.atomic():
        create_slot(group=group, weekday=0, starts_at=dt.time(0, 15), minutes=60)
    assert caught.value.code == "slot_overlaps"
    create_slot(group=group, weekday=0, starts_at=dt.time(0, 30), minutes=60)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"minutes": 10}, "slot_length"),
        ({"minutes": 241}, "slot_length"),
        ({"break_minutes": 60}, "slot_break"),
        ({"break_minutes": -1}, "slot_break"),
        ({"starts_at": dt.time(9, 30)}, "slot_overlaps"),
        ({"starts_at": dt.time(8, 1)}, "slot_overlaps"),
    ],
)
def test_impossible_slots_are_refused(house, change, code):
    with pytest.raises(Refusal) as caught, transaction.atomic():
        create_slot(**{"group": house.group, "weekday": 0, "starts_at": dt.time(12), "minutes": 60, **change})
    assert caught.value.code == code
    assert house.group.slots.count() == 1


def test_a_leader_who_is_elsewhere_is_refused(house):
    second = make_group(house.program, name="Second")
    create_slot(group=second, weekday=0, starts_at=dt.time(10), minutes=60)
    refusal = refused(lead_group, group=second, user=house.alice, part="lead", from_day=timezone.localdate())
    assert "“Monday process”" in refusal.message
    assert not second.facilitators.exists()


def test_a_leader_who_is_elsewhere_just_once_on_the_first_day_is_refused(house):
    """One moved session is enough, and the first day counts."""
    dana = make_staff(house.program, first="Dana")
    once = make_group(house.program, dana, name="Once")
    session = session_at(once, house.session.starts_at)
    book_leader(session, dana)
    refused(lead_group, group=house.group, user=dana, part="lead", from_day=timezone.localdate())
    assert [b.user for b in house.session.bookings.live().filter(part="lead")] == [house.alice]


def book_leader(session, user) -> Booking:
    return Booking.objects.create(
        session=session, starts_at=session.starts_at, ends_at=session.ends_at, user=user, part="lead"
    )


def test_a_member_who_is_elsewhere_is_refused_and_nothing_is_left(house):
    second = make_group(house.program, name="Second")
    create_slot(group=second, weekday=0, starts_at=dt.time(10), minutes=60)
    before = state_of_the_schedule()
    refusal = refused(seat_member, group=second, episode=house.pat_episode, joined_on=timezone.localdate())
    assert "Pat Peerson is then in “Monday process”" in refusal.message
    assert "more times" in refusal.message
    assert state_of_the_schedule() == before
    assert not second.memberships.exists()


# --- head-on


def test_two_moves_to_one_hour_one_wins(committed_house):
    house = committed_house
    second = make_group(house.program, house.alice, name="Second")
    slot = create_slot(group=second, weekday=3, starts_at=dt.time(9), minutes=90)
    ours, theirs = house.session, Session.objects.filter(slot=slot).earliest("starts_at")
    for n in range(10):
        at = NINE + dt.timedelta(hours=8 + 2 * n)
        outcomes = together([partial(move_session, session=s, starts_at=at) for s in (ours, theirs)])
        assert [o.code for o in failures(outcomes)] == ["elsewhere"]
        assert Session.objects.filter(starts_at=at).count() == 1
    assert contradictions(timezone.now()) == {}


def move_head_on(house) -> Exception:
    """How a move ends that meets somebody crosswise: they hold the second leader's hour and then want the first's, the move
    holds the first's and wants the second's. The database ends one of the two, here the move."""
    lead_group(group=house.group, user=make_staff(house.program), part="co", from_day=timezone.localdate())
    first, second = house.session.bookings.filter(user__isnull=False).order_by("pk")
    there = make_group(house.program)
    sessions = [session_at(there, NINE), session_at(there, NINE)]

    def hold():
        with connection.cursor() as cursor:
            cursor.execute(
                "BEGIN; SET LOCAL deadlock_timeout = '20s'"
            )  # ours looks for deadlocks sooner, so ours is ended
        book_leader(sessions[0], second.user)

    def want():
        try:
            book_leader(sessions[1], first.user)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("COMMIT")

    with somebody_else() as they, somebody_else() as we:
        they(hold).result()
        our_pid = we(backend_pid).result()
        moving = we(partial(move_session, session=house.session, starts_at=NINE))
        eventually(lambda: waits_for_a_lock(our_pid))
        they(want).result(timeout=60)
        return moving.exception(timeout=60)


def test_a_deadlock_with_somebody_else_is_a_refusal_not_an_error(committed_house):
    error = move_head_on(committed_house)
    assert isinstance(error, Refusal), error
    assert error.code == "elsewhere"


def test_without_running_it_again_a_deadlock_is_an_error(committed_house, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(transactions, "TIMES", 1)
    error = move_head_on(committed_house)
    assert isinstance(error, OperationalError)
    assert "deadlock detected" in str(error)
