"""The end of a session: everything open in its room ends with it; a room nobody ends is ended by the house."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.models import (
    Beside,
    Call,
    Connection,
    Hand,
    HandoutShown,
    MediaHandle,
    Participant,
    Poll,
    Prompt,
    Room,
    Round,
    Spell,
    Step,
    TalkSpell,
    Turn,
)
from rooms.services import presence
from rooms.services.door import end_session
from rooms.services.ending import end_overdue
from rooms.tasks import tend
from rooms.tests.rows import make_rows

ENDS = {
    Spell: "ended_at",
    Hand: "lowered_at",
    TalkSpell: "ended_at",
    MediaHandle: "left_at",
    Round: "ended_at",
    Step: "ended_at",
    Beside: "closed_at",
    HandoutShown: "closed_at",
    Poll: "closed_at",
    Prompt: "closed_at",
}


@pytest.fixture
def on(house, clock):
    """The session is on: 9:30, and there is a row of everything."""
    clock.shift(dt.timedelta(hours=1, minutes=30))
    house.rows = make_rows(house)
    house.room = house.rows[Room]
    return house


def leader(house) -> Participant:
    return Participant.objects.get(room=house.room, part="lead")


def test_everything_open_ends_with_the_session(on, clock):
    clock.shift(dt.timedelta(minutes=40))
    end_session(by=leader(on))
    for model, column in ENDS.items():
        assert getattr(model.objects.get(pk=on.rows[model].pk), column) == timezone.now(), model
    assert Turn.objects.get().state == Turn.State.DONE
    assert Call.objects.get().closed_at is None  # somebody still looks after it
    assert Connection.objects.get().closed_at is None  # its socket closes it
    room = Room.objects.get()
    assert (room.ended_at, room.ended_by) == (timezone.now(), on.alice)


def test_ending_takes_a_fixed_number_of_queries(on):
    for n in range(3):
        Hand.objects.create(participant=leader(on), raised_at=timezone.now(), lowered_at=timezone.now())
        Beside.objects.create(room=on.room, name=f"More {n}", opened_at=timezone.now())
    by = leader(on)
    with CaptureQueriesContext(connection) as seen:
        end_session(by=by)
    assert len(seen) <= 22


def test_what_began_after_the_end_by_another_clock_ends_as_it_began(on):
    later = timezone.now() + dt.timedelta(seconds=3)
    Hand.objects.update(raised_at=later)
    end_session(by=leader(on))
    assert Hand.objects.get().lowered_at == later


def test_a_room_nobody_ends_is_ended_by_the_house(on, clock):
    session = on.session
    Connection.objects.update(closed_at=timezone.now(), why="left")
    clock.move_to(session.ends_at + dt.timedelta(minutes=30))
    assert end_overdue() == 0
    clock.shift(dt.timedelta(seconds=1))
    with CaptureQueriesContext(connection) as seen:
        assert end_overdue(session.ends_at) == 0
    assert len(seen) == 1
    assert end_overdue() == 1 and end_overdue() == 0
    room = Room.objects.get()
    assert room.is_over and room.ended_by is None and Hand.objects.get().lowered_at == room.ended_at


def test_somebody_who_is_still_there_keeps_it_until_three_hours_past(on, clock):
    clock.move_to(on.session.ends_at + dt.timedelta(hours=2, minutes=59))
    assert end_overdue() == 0
    clock.shift(dt.timedelta(minutes=2))
    assert end_overdue() == 1


def test_tending_closes_the_pages_of_a_process_that_is_gone(on, clock):
    clock.shift(presence.STALE + dt.timedelta(seconds=1))
    tend()
    page = Connection.objects.get()
    assert page.why == "lost" and page.closed_at == page.seen_at
    clock.move_to(on.session.ends_at + dt.timedelta(minutes=31))
    tend()
    assert Room.objects.get().is_over
