"""When weekly slots overlap, in one zone or in two."""

import datetime as dt
import zoneinfo
from functools import lru_cache

from django.utils import timezone

from dashboard.programs.draft import Draft

DAY = 24 * 60
WEEK = 7 * DAY


def overlap(one: Draft, its_zone: str, other: Draft, other_zone: str) -> bool:
    """Whether two slots are ever at the same time within the coming year. A slot with a wrong time overlaps nothing."""
    first, second = _span(one), _span(other)
    if not first or not second:
        return False
    return any(_meet(first, second, shift) for shift in _shifts(its_zone, other_zone))


def _span(slot: Draft) -> tuple[int, int] | None:
    """Beginning in minutes since Monday 0:00, and length in minutes."""
    if slot.weekday is None or slot.start is None or slot.minutes is None:
        return None
    return slot.weekday * DAY + slot.start.hour * 60 + slot.start.minute, slot.minutes


def _meet(first: tuple[int, int], second: tuple[int, int], shift: int) -> bool:
    """Whether they overlap when the second's clock is `shift` minutes ahead of the first's. The week is a circle."""
    (begin, length), (other, other_length) = first, second
    after = (other - shift - begin) % WEEK  # from the first's beginning to the second's
    return after < length or WEEK - after < other_length


@lru_cache(maxsize=256)
def _shifts(zone: str, other: str) -> frozenset[int]:
    """By how many minutes the other zone's clock is ahead, on each day of the coming year (clock changes differ)."""
    if zone == other:
        return frozenset({0})
    here, there = zoneinfo.ZoneInfo(zone), zoneinfo.ZoneInfo(other)
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    moments = (noon + dt.timedelta(days=day) for day in range(366))
    return frozenset(
        int((m.astimezone(there).utcoffset() - m.astimezone(here).utcoffset()).total_seconds() // 60) for m in moments
    )
