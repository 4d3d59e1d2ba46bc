"""The arithmetic of presence, held against a count of every single second."""

import dataclasses
import datetime as dt
import time
from itertools import pairwise

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rooms.heart import PING_EVERY, gone_at
from rooms.presence import GRACE, STALE, Attended, Seen, attended, common, merged, seconds, without

ZERO = dt.datetime(2026, 3, 2, 17, 0, tzinfo=dt.UTC)
HELD = (0, 5400)


def at(second: float) -> dt.datetime:
    return ZERO + dt.timedelta(seconds=second)


def pages(*stretches, lost=()):
    return [
        Seen(at(a), None if b is None else at(b), at(5400 if b is None else b), lost=n in lost)
        for n, (a, b) in enumerate(stretches)
    ]


def spans(*stretches):
    return [(at(a), at(b)) for a, b in stretches]


def of(connections, *, now=6000, admitted=0, held=HELD, **more) -> Attended:
    let_in = None if admitted is None else at(admitted)
    return attended(connections, held=(at(held[0]), at(held[1])), now=at(now), admitted_at=let_in, **more)


def test_there_all_the_time():
    found = of(pages((-300, 5500)))
    assert (found.connected, found.treated, found.missed, found.losses) == (5400, 5400, 0, 0)
    assert (found.first_in, found.last_out) == (at(0), at(5400))
    assert found.minutes(90) == 90 and found.minutes(75) == 75


def test_a_loss_within_the_grace_is_bridged_and_counted():
    found = of(pages((0, 1000), (1060, 5400), lost=[0]))
    assert (found.connected, found.losses) == (5400, 1)
    over = of(pages((0, 1000), (1061, 5400), lost=[0]))
    assert (over.connected, over.missed, over.losses) == (5339, 61, 1)


def test_a_page_whose_process_died_at_once_is_bridged_too():
    found = of(pages((0, 0), (30, 5400), lost=[0]))
    assert (found.connected, found.late_by) == (5400, 0)


def test_a_page_that_was_left_is_not_bridged():
    assert of(pages((0, 1000), (1030, 5400))).connected == 5370
    # Another page of theirs was lost earlier; the last one was closed by themselves.
    assert of(pages((0, 980), (0, 1000), (1030, 5400), lost=[0])).connected == 5370


def test_two_pages_count_once():
    found = of(pages((0, 3000), (1000, 5400), (1200, 1300), lost=[0, 2]))
    assert (found.connected, found.losses) == (5400, 0)


def test_only_time_after_being_let_in_counts():
    found = of(pages((0, 5400)), admitted=600)
    assert (found.treated, found.late_by, found.missed) == (4800, 600, 600)
    assert of(pages((0, 5400)), admitted=None) == Attended(missed=5400)


def test_breaks_and_stepping_away_are_no_treatment_and_a_room_beside_is():
    found = of(
        pages((0, 5400)),
        breaks=spans((2400, 3000)),
        away=spans((2900, 3300)),
        beside=spans((3200, 4000)),
    )
    assert (found.in_break, found.away, found.beside, found.treated) == (600, 300, 700, 4500)
    assert found.missed == 300


def test_coming_late_in_a_break_is_late_by_the_treatment_missed():
    found = of(pages((700, 4000)), breaks=spans((600, 900), (4000, 4300)))
    assert (found.late_by, found.left_early_by) == (600, 1100)


def test_an_open_page_counts_until_now_or_its_last_sign_of_life():
    alive = Seen(at(0), None, at(990))
    dead = Seen(at(0), None, at(970))
    assert of([alive], now=1000).connected == 1000 and of([alive], now=1000).losses == 0
    assert of([dead], now=1000).connected == 970 and of([dead], now=1000).losses == 1
    assert of([dead, Seen(at(990), None, at(1000))], now=1000).connected == 1000


def test_minutes_are_whole_nearest_and_at_least_one():
    for treated, minutes in ((0, 0), (29, 0), (30, 1), (89, 1), (90, 2), (149, 2), (150, 3), (10**6, 75)):
        assert Attended(treated=treated).minutes(75) == minutes


_WHOLE = st.lists(st.tuples(st.integers(-50, 6000), st.integers(-50, 6000)), max_size=6)


@given(_WHOLE, _WHOLE, _WHOLE)
def test_rooms_beside_change_nothing_of_what_was_attended(beside, away, breaks):
    """Whatever rooms somebody is taken to, and however often: the same minutes as without any."""
    there = pages((0, 1000), (1030, 5400), lost=[0])
    more = {"away": spans(*away), "breaks": spans(*breaks)}
    without_rooms = of(there, **more)
    assert dataclasses.replace(of(there, beside=spans(*beside), **more), beside=0) == without_rooms
    assert of(there, **more | {"away": spans((0, 5400))}).treated == 0  # another kind of stretch does


# --- any stretches at all, counted second by second

_second = st.integers(-50, 450)
_stretches = st.lists(st.tuples(_second, _second), max_size=6)


def _seconds_of(stretches) -> set[int]:
    return {n for a, b in stretches for n in range(a, b)}


def _set(stretches) -> set[int]:
    return {n for a, b in stretches for n in range(int((a - ZERO).total_seconds()), int((b - ZERO).total_seconds()))}


@given(_stretches, _stretches)
def test_unions_cuts_and_remainders(one, other):
    a, b = _seconds_of(one), _seconds_of(other)
    assert _set(merged(spans(*one))) == a and seconds(spans(*one)) == len(a)
    assert _set(common(spans(*one), spans(*other))) == a & b
    assert _set(without(spans(*one), spans(*other))) == a - b
    whole = merged(spans(*one))
    assert all(x[1] < y[0] for x, y in pairwise(whole))


_page = st.tuples(_second, st.one_of(st.none(), st.integers(0, 200)), st.integers(0, 60), st.booleans())


@given(
    made=st.lists(_page, max_size=6),
    held=st.tuples(st.integers(0, 200), st.integers(1, 200)),
    admitted=st.one_of(st.none(), _second),
    now=_second,
    away=_stretches,
    beside=_stretches,
    breaks=_stretches,
    out=_stretches,
)
def test_every_second_is_counted_once(made, held, admitted, now, away, beside, breaks, out):
    connections, ends = [], []
    for began, length, silent, lost in made:
        ended = None if length is None else began + length
        seen_at = min(now, began) - silent if ended is None else ended
        connections.append(Seen(at(began), None if ended is None else at(ended), at(seen_at), lost=lost))
        if ended is None:
            is_alive = now - seen_at <= STALE.total_seconds()
            ends.append((began, max(began, now if is_alive else seen_at), True))
        else:
            ends.append((began, ended, lost))
    hold = (held[0], held[0] + held[1])
    found = of(
        connections,
        now=now,
        admitted=admitted,
        held=hold,
        away=spans(*away),
        beside=spans(*beside),
        breaks=spans(*breaks),
        out=spans(*out),
    )
    covered = _seconds_of((a, b) for a, b, _lost in ends)
    bridged = set()
    for _a, ended, lost in ends:  # a loss is bridged to whatever page opens next, within the grace
        if lost and ended < now and ended not in covered:
            grace = range(ended + 1, ended + int(GRACE.total_seconds()) + 1)
            back = [began for began, _b, _lost in ends if began in grace]
            bridged |= set(range(ended, min(back))) if back else set()
    covered |= bridged
    inside = set() if admitted is None else {n for n in range(*hold) if admitted <= n < now}
    there, rest = (covered & inside) - _seconds_of(out), _seconds_of(breaks)
    assert found.connected == len(there)
    assert found.in_break == len(there & rest)
    assert found.away == len((there - rest) & _seconds_of(away))
    assert found.treated == len(there - rest - _seconds_of(away))
    assert found.beside == len((there - rest - _seconds_of(away)) & _seconds_of(beside))
    assert found.connected == found.treated + found.in_break + found.away
    assert found.missed == len(set(range(*hold)) - rest) - found.treated >= 0
    assert found.treated + found.late_by + found.left_early_by <= held[1]


def test_a_page_that_answers_no_more_went_soon_after_its_last_answer(clock):
    now, ticks = timezone.now(), time.monotonic()
    assert gone_at(ticks - PING_EVERY) == now, "it fell while it answered"
    went = now - dt.timedelta(seconds=40 - PING_EVERY / 2)
    assert abs(gone_at(ticks - 40) - went) < dt.timedelta(seconds=1)
