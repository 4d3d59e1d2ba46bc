"""The balance of talk: how long each person was heard, and what that says. Arithmetic alone; `rooms.queries` reads the rows."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

NOISE = 3  # seconds: less was a cough or a chair
EARLY = 120  # seconds of members' talk before anybody is said to take much of it
MUCH, MUCH_TIMES = 0.20, 2.5  # of the members' talk, and times the even share

Stretch = tuple[object, dt.datetime, dt.datetime | None]


def seconds_of(stretches: Iterable[Stretch], now: dt.datetime) -> dict[object, float]:
    """How long each person (of (who, began, ended)) was heard, in seconds. An open stretch counts until now; what two connections
    of one person heard at once counts once."""
    by_person: dict[object, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for who, began, ended in stretches:
        end = now if ended is None else ended
        if end > began:
            by_person[who].append((began, end))
    return {who: _union(found) for who, found in by_person.items()}


def _union(found: list[tuple[dt.datetime, dt.datetime]]) -> float:
    total, reached = dt.timedelta(), None
    for began, ended in sorted(found):
        if reached is None or began >= reached:
            total, reached = total + (ended - began), ended
        elif ended > reached:
            total, reached = total + (ended - reached), ended
    return total.total_seconds()


@dataclass(frozen=True, slots=True)
class Share:
    """One person's talk. seconds: in this session; share: of what the members said (of a leader: of everything), 0-1, None when
    nobody was heard; before: the same over the last sessions, None when they were in none."""

    key: str
    name: str
    leads: bool
    seconds: int
    share: float | None
    before: float | None
    is_silent: bool
    takes_much: bool


def takes_much(seconds: float, total: float, members: int) -> bool:
    """Whether somebody takes much of the room: more than a fifth of what the members said, and 2.5 times the even share."""
    if total < EARLY or not members:
        return False
    share = seconds / total
    return share > MUCH and share > MUCH_TIMES / members


def share_of(seconds: float, total: float) -> float | None:
    """A part of the whole, 0-1, rounded to hundredths; None where there is no whole."""
    return round(seconds / total, 2) if total else None
