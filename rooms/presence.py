"""The arithmetic of presence: from stretches of time to what somebody attended. Pure; nothing here asks a clock or the database.

Every moment in care's time is one of: treated, in a break, stepped away, not there. A room beside the room is treatment.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

GRACE = dt.timedelta(seconds=60)  # somebody lost who is back within it was there all the time
STALE = dt.timedelta(seconds=20)  # a connection without a sign of life for so long has ended with its last one
LEAST = 30  # seconds of treatment from which on somebody has attended at all

Stretch = tuple[dt.datetime, dt.datetime]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time as stretches in order that neither meet nor overlap. Empty ones, and ones that end before they begin, go."""
    found: list[Stretch] = []
    for began, ended in sorted(stretches):
        if ended <= began:
            continue
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def common(one: Iterable[Stretch], other: Iterable[Stretch]) -> list[Stretch]:
    """What is in both."""
    other = merged(other)
    return merged((max(a, c), min(b, d)) for a, b in merged(one) for c, d in other)


def without(one: Iterable[Stretch], other: Iterable[Stretch]) -> list[Stretch]:
    """What is in the first and not in the second."""
    left = merged(one)
    for began, ended in merged(other):
        left = merged(part for a, b in left for part in ((a, min(b, began)), (max(a, ended), b)))
    return left


def seconds(stretches: Iterable[Stretch]) -> float:
    """How long it is together, in seconds."""
    return sum((ended - began).total_seconds() for began, ended in merged(stretches))


@dataclass(frozen=True, slots=True)
class Seen:
    """One page that was connected. ended None: it still is, as far as known at `seen_at`. lost: it did not leave by itself."""

    began: dt.datetime
    ended: dt.datetime | None
    seen_at: dt.datetime
    lost: bool = False

    def until(self, now: dt.datetime) -> dt.datetime:
        """When it ended; of an open one now, or its last sign of life when that is too long ago."""
        ended = self.ended or (now if now - self.seen_at <= STALE else self.seen_at)
        return max(self.began, ended)


@dataclass(frozen=True, slots=True)
class Attended:
    """What one person attended of the session as it was held. Times in seconds: connected = treated + in_break + away; `beside`
    is a part of `treated`; `missed` is what they did not have of the treatment that was held."""

    connected: float = 0
    away: float = 0
    in_break: float = 0
    beside: float = 0
    treated: float = 0
    missed: float = 0
    first_in: dt.datetime | None = None
    last_out: dt.datetime | None = None
    late_by: float = 0
    left_early_by: float = 0
    losses: int = 0

    @property
    def came(self) -> bool:
        """Had at least half a minute of treatment."""
        return self.treated >= LEAST

    def minutes(self, most: int) -> int:
        """Treatment minutes, whole, to the nearest: at least 1 for somebody who came, at most `most`; 0 for who did not."""
        return min(max(1, most), max(1, int(self.treated / 60 + 0.5))) if self.came else 0


def attended(
    connections: Iterable[Seen],
    *,
    held: Stretch,
    now: dt.datetime,
    admitted_at: dt.datetime | None,
    away: Iterable[Stretch] = (),
    beside: Iterable[Stretch] = (),
    breaks: Iterable[Stretch] = (),
    out: Iterable[Stretch] = (),
) -> Attended:
    """What somebody attended. held: from when to when the session was held; admitted_at: None for somebody never let in;
    out: between a removal and its being taken back.

    Pages open at the same time count once; a connection that was lost and is back within GRACE was there all the time, and
    still counts as a loss. Nothing counts before they were let in, or after `now`.
    """
    rest = without([held], breaks)
    if admitted_at is None:
        return Attended(missed=seconds(rest))
    inside = (max(held[0], admitted_at), min(held[1], now))
    there, losses = _there(connections, inside, now)
    there = without(there, out)
    treatment = common(there, rest)
    treated = without(treatment, away)
    return Attended(
        connected=seconds(there),
        away=seconds(common(treatment, away)),
        in_break=seconds(common(there, breaks)),
        beside=seconds(common(treated, beside)),
        treated=seconds(treated),
        missed=seconds(rest) - seconds(treated),
        first_in=there[0][0] if there else None,
        last_out=there[-1][1] if there else None,
        late_by=seconds(common(rest, [(held[0], there[0][0])])) if there else 0,
        left_early_by=seconds(common(rest, [(there[-1][1], held[1])])) if there else 0,
        losses=losses,
    )


def _there(connections: Iterable[Seen], inside: Stretch, now: dt.datetime) -> tuple[list[Stretch], int]:
    """When at least one page was connected, short losses bridged; and how often the last of them was lost.

    A page whose process died before its first sign of life has no length, and is bridged all the same.
    """
    pages = [(one.began, one.until(now), one.lost or one.ended is None) for one in connections]
    lost_at = {
        ended
        for _began, ended, lost in pages
        if lost and ended < now and not any(a <= ended < b for a, b, _lost in pages)
    }
    bridges = [
        (at, min(back))
        for at in lost_at
        if (back := [began for began, _ended, _lost in pages if at < began <= at + GRACE])
    ]
    there = common([*((began, ended) for began, ended, _lost in pages), *bridges], [inside])
    return there, sum(inside[0] < at < inside[1] for at in lost_at)
