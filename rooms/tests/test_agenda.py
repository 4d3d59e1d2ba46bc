"""The agenda of a live session: it moves one step at a time, whoever presses what, in whatever order."""

import datetime as dt
import os
from functools import partial
from itertools import pairwise

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import Refusal
from core.tests.racing import meeting_after, together
from rooms import live, wire
from rooms.models import PlannedStep, Room, Round, Step, StepKind
from rooms.services import agenda, door, rounds
from rooms.services.agenda import (
    add_step,
    agenda_of,
    begin_session,
    break_seconds,
    extend_step,
    go_to_step,
    next_step,
    order_steps,
    shared_out,
    skip_step,
    start_break,
)
from rooms.tests.floor import seat
from tests.factories import build_house

live.load()


@pytest.fixture
def seated(house, clock):
    return seat(house, clock)


def running(room: Room) -> Step | None:
    return room.steps.filter(began_at__isnull=False, ended_at=None).first()


def kinds(room: Room) -> list[str]:
    return list(room.steps.values_list("kind", flat=True))


def test_a_session_goes_through_its_steps(seated, clock):
    alice, room = seated.alice, seated.room
    steps = list(room.steps.all())
    assert [s.kind for s in steps] == [
        "check_in", "objective", "teaching", "break", "activity", "closing", "closing_check",
    ]  # fmt: skip
    assert sum(s.minutes for s in steps) == 90 and steps[3].minutes == 15
    begin_session(by=alice)
    room.refresh_from_db()
    assert room.began_at and running(room) == steps[0]
    begin_session(by=seated.bob)
    assert running(room) == steps[0]
    for step in steps:
        assert running(room) == step
        clock.shift(60)
        next_step(by=alice, on=step.pk)
    assert running(room) is None
    assert all((s.ended_at - s.began_at).total_seconds() == 60 for s in room.steps.all())
    assert break_seconds(room, s.ended_at if (s := room.steps.last()) else None) == 60
    next_step(by=alice, on=None)  # nothing is to come: nothing happens
    add_step(by=alice, kind="practice", minutes=5, title="One more")
    next_step(by=alice, on=None)
    assert running(room).title == "One more"


def test_the_usual_plan_takes_as_long_as_the_session():
    for minutes in range(10, 241):
        for rest in (0, 5, 15):
            steps = shared_out(minutes, rest)
            assert sum(s.minutes for s in steps) == minutes + rest and all(s.minutes >= 1 for s in steps)


def test_pressed_by_both_leaders_it_moves_once(seated):
    begin_session(by=seated.alice)
    first, second = seated.room.steps.all()[:2]
    next_step(by=seated.alice, on=first.pk)
    next_step(by=seated.bob, on=first.pk)
    go_to_step(by=seated.bob, step=seated.room.steps.last().pk, on=first.pk)
    start_break(by=seated.bob, minutes=5, on=first.pk)
    assert running(seated.room) == second and seated.room.steps.count() == 7


def test_a_step_is_begun_out_of_order_and_nothing_is_lost(seated):
    alice, room = seated.alice, seated.room
    begin_session(by=alice)
    first, _objective, _teaching, pause, activity = room.steps.all()[:5]
    skip_step(by=alice, step=activity.pk)
    go_to_step(by=alice, step=pause.pk, on=first.pk)
    assert kinds(room)[:4] == ["check_in", "break", "objective", "teaching"] and running(room) == pause
    go_to_step(by=alice, step=first.pk, on=pause.pk)  # once more
    again = running(room)
    assert again != first and again.kind == "check_in" and again.place == 3
    go_to_step(by=alice, step=activity.pk, on=again.pk)  # which was left out
    assert running(room) == activity and not running(room).skipped


def test_a_step_left_out_is_not_begun(seated):
    begin_session(by=seated.alice)
    first, objective, teaching = seated.room.steps.all()[:3]
    skip_step(by=seated.alice, step=objective.pk)
    next_step(by=seated.alice, on=first.pk)
    assert running(seated.room) == teaching
    with pytest.raises(Refusal) as refused:
        skip_step(by=seated.alice, step=teaching.pk)
    assert refused.value.code == "began"


def test_a_break_comes_into_a_step_and_the_rest_of_it_after(seated, clock):
    alice, room = seated.alice, seated.room
    begin_session(by=alice)
    check_in = running(room)
    rounds.start_round(by=alice, kind="check_in", on=check_in.pk)
    clock.shift(dt.timedelta(minutes=4))
    start_break(by=alice, minutes=5, on=check_in.pk)
    assert kinds(room)[:4] == ["check_in", "break", "check_in", "objective"]
    pause = running(room)
    with pytest.raises(Refusal) as refused:
        start_break(by=alice, minutes=5, on=pause.pk)
    assert refused.value.code == "in_break"
    clock.shift(dt.timedelta(minutes=6))
    next_step(by=alice, on=pause.pk)
    rest = running(room)
    assert (rest.kind, rest.minutes) == ("check_in", check_in.minutes - 4)
    held = Round.objects.get()
    assert held.ended_at is None and held.step == rest
    next_step(by=alice, on=rest.pk)
    held.refresh_from_db()
    assert held.ended_at
    assert break_seconds(room, held.ended_at) == 6 * 60


def test_more_time_and_what_is_refused(seated):
    alice, room = seated.alice, seated.room
    first, second = room.steps.all()[:2]
    extend_step(by=alice, step=first.pk, minutes=5)
    assert Step.objects.get(pk=first.pk).minutes == first.minutes + 5
    refusals = [
        (extend_step, {"step": first.pk, "minutes": -240}, "minutes"),
        (extend_step, {"step": 0, "minutes": 5}, "no_step"),
        (add_step, {"kind": "nap", "minutes": 5}, "kind"),
        (add_step, {"kind": "break", "minutes": 0}, "minutes"),
        (order_steps, {"steps": [second.pk]}, "moved_on"),
        (order_steps, {"steps": [first.pk] * room.steps.count()}, "moved_on"),
    ]
    for deed, given, code in refusals:
        with pytest.raises(Refusal) as refused:
            deed(by=alice, **given)
        assert refused.value.code == code
    with pytest.raises(Refusal) as refused:
        next_step(by=seated.pat, on=None)
    assert refused.value.code == "not_a_leader"


def test_steps_are_put_in_another_order_and_added_where_they_belong(seated):
    alice, room = seated.alice, seated.room
    begin_session(by=alice)
    coming = list(room.steps.filter(began_at=None).values_list("pk", flat=True))
    order_steps(by=alice, steps=coming[::-1])
    assert list(room.steps.values_list("pk", flat=True))[1:] == coming[::-1]
    add_step(by=alice, kind="practice", minutes=3, title="Breathing", comes_next=True)
    add_step(by=alice, kind="objective", minutes=3)
    titles = list(room.steps.values_list("kind", "title"))
    assert titles[1] == ("practice", "Breathing") and titles[-1] == ("objective", "")
    assert list(room.steps.values_list("place", flat=True)) == list(range(1, len(titles) + 1))


def test_the_news_are_the_picture(seated, django_capture_on_commit_callbacks):
    with wire.held_back() as found, django_capture_on_commit_callbacks(execute=True):
        begin_session(by=seated.alice)
    seated.room.refresh_from_db()
    assert found[-1].news.kind == "agenda" and found[-1].news.to == wire.ALL
    assert found[-1].news.data == agenda_of(seated.room)
    shown = live.PARTS["agenda"](seated.room, seated.pat)
    assert shown["break_after"] is None and live.PARTS["agenda"](seated.room, seated.alice)["break_after"] == 60


def test_a_picture_takes_as_many_queries_whatever_the_steps(seated, django_assert_num_queries):
    for _once in range(2):
        with django_assert_num_queries(2):
            live.PARTS["agenda"](seated.room, seated.alice)
        with django_assert_num_queries(1):
            agenda_of(seated.room)
        for n in range(5):
            add_step(by=seated.alice, kind="practice", minutes=n + 1)


def test_the_end_of_the_session_ends_what_runs(seated):
    begin_session(by=seated.alice)
    rounds.start_round(by=seated.alice, kind="check_in", on=running(seated.room).pk)
    door.end_session(by=seated.alice)
    assert running(seated.room) is None and Round.objects.get().ended_at
    with pytest.raises(Refusal) as refused:
        next_step(by=seated.alice, on=None)
    assert refused.value.code == "over"


def test_a_plan_of_ones_own_is_copied(house, clock):
    PlannedStep.objects.create(group=house.group, place=1, kind="teaching", title="Cravings", minutes=40)
    PlannedStep.objects.create(group=house.group, place=2, kind="closing", minutes=20)
    found = seat(house, clock)
    assert list(found.room.steps.values_list("kind", "title", "minutes")) == [
        ("teaching", "Cravings", 40), ("closing", "", 20),
    ]  # fmt: skip


@pytest.mark.parametrize("guarded", [True, False])
def test_of_two_connections_only_one_moves_the_session_on(committed_house, clock, guarded, monkeypatch):
    found = seat(committed_house, clock)
    begin_session(by=found.alice)
    if not guarded:  # the negative control: without the step it was pressed on, both move it
        monkeypatch.setattr(agenda._Run, "is_at", lambda self, on: True)
    first = running(found.room)
    assert together([partial(next_step, by=one, on=first.pk) for one in (found.alice, found.bob)]) == [None, None]
    assert running(found.room).place == (2 if guarded else 3)


@pytest.mark.parametrize("guarded", [True, False])
def test_of_two_connections_only_one_begins(committed_house, clock, guarded, monkeypatch):
    found, told = seat(committed_house, clock), []
    monkeypatch.setattr(wire, "send", told.extend)
    if not guarded:  # the negative control: without the room's lock both find that it has not begun
        monkeypatch.setattr(type(Room.objects.all()), "select_for_update", lambda self, **_how: self)
        monkeypatch.setattr(agenda._Run, "__init__", meeting_after(agenda._Run.__init__))
    assert together([partial(begin_session, by=one) for one in (found.alice, found.bob)]) == [None, None]
    assert running(found.room).place == 1
    assert len(told) == (1 if guarded else 2)


class AgendaMachine(RuleBasedStateMachine):
    """Leaders pressing anything at any time."""

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC), tick=False)
        self.atomic = transaction.atomic()
        self.breaks: dict[int, float] = {}

    @initialize()
    def open(self):
        self.traveller = self.clock.start()
        self.atomic.__enter__()
        self.seated = seat(build_house(), self.traveller)
        self.room = self.seated.room
        self.began: dict[int, dt.datetime] = {}

    def ids(self) -> list[int]:
        return list(self.room.steps.values_list("pk", flat=True))

    def some(self, data) -> int:
        return data.draw(st.sampled_from(self.ids()))

    def on(self, data) -> int | None:
        now = running(self.room)
        return data.draw(st.sampled_from([now and now.pk] * 4 + [None, *self.ids()]))

    def do(self, deed, **given):
        self.traveller.shift(dt.timedelta(seconds=self.pause))
        now = running(self.room)
        if now and now.kind == StepKind.BREAK:
            self.breaks[now.pk] = self.breaks.get(now.pk, 0) + self.pause
        try:
            with transaction.atomic():
                deed(by=self.seated.alice, **given)
        except Refusal:
            pass

    pause = 0

    @rule(seconds=st.integers(0, 900))
    def time_passes(self, seconds):
        self.pause = seconds

    @rule()
    def begin(self):
        self.do(begin_session)

    @rule(data=st.data())
    def go_on(self, data):
        self.do(next_step, on=self.on(data))

    @rule(data=st.data())
    def go_to(self, data):
        self.do(go_to_step, step=self.some(data), on=self.on(data))

    @rule(data=st.data(), skipped=st.booleans())
    def skip(self, data, skipped):
        self.do(skip_step, step=self.some(data), skipped=skipped)

    @rule(data=st.data(), minutes=st.integers(-30, 30))
    def extend(self, data, minutes):
        self.do(extend_step, step=self.some(data), minutes=minutes)

    @rule(data=st.data(), minutes=st.integers(0, 20))
    def take_a_break(self, data, minutes):
        self.do(start_break, minutes=minutes, on=self.on(data))

    @rule(kind=st.sampled_from(StepKind.values), comes_next=st.booleans())
    def add(self, kind, comes_next):
        self.do(add_step, kind=kind, minutes=5, comes_next=comes_next)

    @rule(data=st.data())
    def order(self, data):
        coming = list(self.room.steps.filter(began_at=None, skipped=False).values_list("pk", flat=True))
        self.do(order_steps, steps=data.draw(st.permutations(coming)))

    @rule()
    def hold_a_round(self):
        now = running(self.room)
        self.do(rounds.start_round, kind="other", on=now and now.pk)

    @invariant()
    def it_is_one_agenda(self):
        if not hasattr(self, "room"):
            return
        self.room.refresh_from_db()
        steps = list(self.room.steps.all())
        now = [s for s in steps if s.began_at and not s.ended_at]
        assert len(now) <= 1
        assert all(s.ended_at is None or s.ended_at >= s.began_at for s in steps)
        assert not any(s.skipped and s.began_at for s in steps)
        assert [s.place for s in steps] == list(range(1, len(steps) + 1))
        began = [s for s in steps if s.began_at]
        assert [s.began_at for s in began] == sorted(s.began_at for s in began)  # the list tells what happened
        assert all(a.ended_at == b.began_at or a.ended_at < b.began_at for a, b in pairwise(began))
        here = max((n for n, s in enumerate(steps) if s.began_at), default=0)
        assert all(s.began_at or s.skipped for s in steps[:here])  # nothing to come is passed by
        assert bool(self.room.began_at) == bool(began)
        held = [r for r in Round.objects.filter(room=self.room) if r.ended_at is None]
        assert all(r.step_id is None or r.step.ended_at is None for r in held)
        until = dt.datetime.now(dt.UTC)
        assert break_seconds(self.room, until) == round(sum(self.breaks.values()))

    def teardown(self):
        if hasattr(self, "traveller"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.clock.stop()


def test_any_order_of_deeds(db):
    examples = int(os.environ.get("EXAMPLES", "12"))
    run_state_machine_as_test(
        AgendaMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
