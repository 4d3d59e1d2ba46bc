"""Whatever was done to a series before: what the preview says of a change is what the change does."""

import datetime as dt
import zoneinfo

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from scheduling.models import Closure, Session, Slot
from scheduling.services import (
    cancel_session,
    change_session,
    change_slot,
    end_slot,
    extend_horizon,
    move_session,
    preview_slot_change,
    preview_slot_end,
)
from scheduling.services.series import week_of
from scheduling.tests.checks import contradictions

MONDAY = dt.date(2026, 3, 2)
ZONES = ["America/Los_Angeles", "America/Phoenix", "Europe/Berlin", "Australia/Lord_Howe", "America/New_York"]

hands = st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["cancel", "move", "topic", "close"])), max_size=5)
days = st.integers(0, 70).map(lambda n: MONDAY + dt.timedelta(days=n))
walls = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 30]))
changes = st.fixed_dictionaries(
    {},
    optional={
        "weekday": st.integers(0, 6),
        "starts_at": walls,
        "minutes": st.sampled_from([45, 60, 90, 240]),
        "topic": st.sampled_from(["", "Triggers"]),
        "zone": st.sampled_from(ZONES),
    },
)


class _Undo(Exception):  # noqa: N818 - ends a savepoint
    pass


def touch(house, done: list[tuple[int, str]]) -> None:
    """What people did to single sessions before."""
    for week, deed in done:
        session = Session.objects.filter(group=house.group, slot_date=MONDAY + dt.timedelta(weeks=week)).first()
        if session is None or session.is_cancelled or session.has_begun:
            continue
        if deed == "cancel":
            cancel_session(session=session, reason="Retreat")
        elif deed == "move":
            move_session(session=session, starts_at=session.starts_at + dt.timedelta(hours=30))
        elif deed == "topic":
            change_session(session=session, by=house.bob, topic="Film")
        elif deed == "close":
            day = session.slot_date
            closure = Closure.objects.create(
                program=house.program, starts_on=day, last_on=day, reason="Holiday", created_by=house.admin
            )
            session.bookings.update(released_at=timezone.now())
            Session.objects.filter(pk=session.pk).update(status="cancelled", reason="Holiday", closure=closure)


def state(group) -> dict[int, tuple]:
    return {s.pk: (s.starts_at, s.minutes, s.status) for s in Session.objects.filter(group=group)}


def said(preview) -> list[tuple]:
    return sorted((str(line.what), str(line.before), str(line.after), line.minutes) for line in preview.lines)


def seen(before: dict[int, tuple], after: dict[int, tuple], slot: Slot) -> list[tuple]:
    """The lines a preview should have had, from what the tables held before and hold now."""
    found = []
    for session in Session.objects.filter(slot=slot, starts_at__gt=timezone.now()):
        was, now = before.get(session.pk), after[session.pk]
        closed = session.closure_id is not None and not session.by_hand
        if was is None:
            what, first, last = "closed" if closed else "added", None, now[0]
        elif session.by_hand:
            what, first, last = "stays", was[0], None if session.is_cancelled else now[0]
            assert was == now
        elif closed:
            what, first, last = "closed", was[0], now[0]
        else:
            what, first, last = "moves" if was[:2] != now[:2] else "same", was[0], now[0]
        found.append((what, str(first), str(last), now[1]))
    for pk, was in before.items():
        if after[pk][2] == "cancelled" and was[2] == "scheduled" and not Session.objects.get(pk=pk).closure_id:
            found.append(("withdrawn", str(was[0]), "None", was[1]))
            assert after[pk][:2] == was[:2]
    return sorted(found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=hands, from_day=days, later=days, change=changes, hours=st.integers(0, 24 * 20))
def test_the_preview_is_the_outcome(house, clock, done, from_day, later, change, hours):
    start = dt.datetime(2026, 3, 2, 8, tzinfo=zoneinfo.ZoneInfo("America/Los_Angeles"))
    clock.move_to(start)
    try:
        with transaction.atomic():
            touch(house, done)
            clock.move_to(start + dt.timedelta(hours=hours))
            extend_horizon()
            for day in (from_day, later):
                _change_as_seen(house, day, change | {"topic": f"From {day}"})
            _end_as_seen(house, later + dt.timedelta(days=9))
            raise _Undo
    except _Undo:
        pass


def _last(house) -> Slot:
    return Slot.objects.get(group=house.group, followed_by=None)


def _change_as_seen(house, day: dt.date, change: dict) -> None:
    slot, before = _last(house), state(house.group)
    begun = list(Session.objects.filter(starts_at__lte=timezone.now()).order_by("pk").values())
    wish = {"slot": slot, "from_day": day, "by": house.bob, **change}
    try:
        preview = preview_slot_change(**wish)
    except Refusal as refusal:
        told = refusal.code
        assert state(house.group) == before
        try:
            change_slot(**wish)
        except Refusal as again:
            assert again.code == told
            return
        raise AssertionError(f"the preview refused ({told}), the deed did not") from refusal
    assert state(house.group) == before and _last(house) == slot
    try:
        new = change_slot(**wish, expect=preview.digest)
    except Refusal as refusal:
        assert (refusal.code, refusal.message) == (preview.clash_code, preview.clash)
        assert state(house.group) == before
        return
    assert not preview.clash
    assert said(preview) == seen(before, state(house.group), new)
    assert list(Session.objects.filter(starts_at__lte=timezone.now()).order_by("pk").values()) == begun
    weeks = [week_of(d) for d in new.sessions.values_list("slot_date", flat=True)]
    assert len(weeks) == len(set(weeks))
    assert extend_horizon() == 0
    assert contradictions(timezone.now()) == {}


def _end_as_seen(house, day: dt.date) -> None:
    slot, before = _last(house), state(house.group)
    try:
        preview = preview_slot_end(slot=slot, ends_on=day, by=house.bob)
    except Refusal:
        assert state(house.group) == before
        return
    assert state(house.group) == before
    end_slot(slot=slot, ends_on=day, by=house.bob, expect=preview.digest)
    after = state(house.group)
    gone = sorted(str(was[0]) for pk, was in before.items() if after[pk] != was and after[pk][2] == "cancelled")
    assert gone == sorted(
        str(line.before) for line in preview.lines if line.what == "withdrawn" and str(line.before) in gone
    )
    assert contradictions(timezone.now()) == {}
