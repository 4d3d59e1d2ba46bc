"""What a person's own days say in a sentence: this week beside the one before, and only what the days bear.

Plain comparison, nothing scored and nothing foretold. No sentence from fewer than `LEAST_DAYS` days of either week, and none that
one outlier makes: the difference has to be at least a point and more than what the days themselves vary by.
"""

import datetime as dt
import math
from collections.abc import Iterable
from enum import Enum
from statistics import fmean, variance

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LEAST_DAYS = 3
WEEK = 7
A_LITTLE, CLEARLY = 1.0, 2.5  # points of 0-10; hours of sleep
ROUNDING = 1e-9  # of floating point: one outlier among three days is exactly what they vary by


class Way(Enum):
    """What became of something since the week before."""

    LOWER = "lower"
    A_LITTLE_LOWER = "a_little_lower"
    SAME = "same"
    A_LITTLE_HIGHER = "a_little_higher"
    HIGHER = "higher"


def _weeks(days: Iterable[tuple[dt.date, float]], today: dt.date) -> tuple[list[float], list[float]]:
    """The values of the seven days up to today, and of the seven before."""
    now, before = [], []
    for on, value in days:
        ago = (today - on).days
        if 0 <= ago < WEEK:
            now.append(value)
        elif WEEK <= ago < 2 * WEEK:
            before.append(value)
    return now, before


def way_of(days: Iterable[tuple[dt.date, float]], today: dt.date) -> Way | None:
    """Where it went since the week before; None where the days don't say."""
    now, before = _weeks(days, today)
    if min(len(now), len(before)) < LEAST_DAYS:
        return None
    difference = fmean(now) - fmean(before)
    varies = math.sqrt(variance(now) / len(now) + variance(before) / len(before))
    if abs(difference) < A_LITTLE or abs(difference) <= varies * (1 + ROUNDING):
        return Way.SAME
    if abs(difference) < CLEARLY:
        return Way.A_LITTLE_HIGHER if difference > 0 else Way.A_LITTLE_LOWER
    return Way.HIGHER if difference > 0 else Way.LOWER


def _said() -> dict[str, dict[Way, str]]:
    return {
        "mood": {
            Way.HIGHER: _("Your mood was higher this week than last."),
            Way.A_LITTLE_HIGHER: _("Your mood was a little higher this week than last."),
            Way.SAME: _("Your mood was about the same this week as last."),
            Way.A_LITTLE_LOWER: _("Your mood was a little lower this week than last."),
            Way.LOWER: _("Your mood was lower this week than last. You don’t have to carry that alone."),
        },
        "craving": {
            Way.HIGHER: _(
                "Cravings were stronger this week than last. That is worth telling your team; they can help."
            ),
            Way.A_LITTLE_HIGHER: _("Cravings were a little stronger this week than last."),
            Way.SAME: _("Cravings were about the same this week as last."),
            Way.A_LITTLE_LOWER: _("Cravings were a little weaker this week than last."),
            Way.LOWER: _("Cravings were weaker this week than last."),
        },
        "coping": {
            Way.HIGHER: _("You found coping easier this week than last."),
            Way.A_LITTLE_HIGHER: _("You found coping a little easier this week than last."),
            Way.SAME: _("Coping was about the same this week as last."),
            Way.A_LITTLE_LOWER: _("You found coping a little harder this week than last."),
            Way.LOWER: _("You found coping harder this week than last. You don’t have to carry that alone."),
        },
        "sleep_hours": {
            Way.HIGHER: _("You slept longer this week than last."),
            Way.A_LITTLE_HIGHER: _("You slept a little longer this week than last."),
            Way.SAME: _("You slept about as long this week as last."),
            Way.A_LITTLE_LOWER: _("You slept a little less this week than last."),
            Way.LOWER: _("You slept less this week than last."),
        },
    }


def sentences(rows: Iterable, today: dt.date) -> list[str]:
    """The sentences for a person's own page. rows: `DailyCheckIn`s of the last two weeks or more, in any order."""
    rows = list(rows)
    found = []
    for name, by_way in _said().items():
        days = [(row.on, value) for row in rows if (value := getattr(row, name)) is not None]
        if (way := way_of(days, today)) is not None:
            found.append(by_way[way])
    return found


def how_often(rows: Iterable, today: dt.date) -> str:
    """On how many of the last seven days somebody checked in; "" for none: nobody is counted short."""
    n = sum(0 <= (today - row.on).days < WEEK for row in rows)
    if not n:
        return ""
    return ngettext(
        "You checked in on %(n)s day of the last seven.", "You checked in on %(n)s days of the last seven.", n
    ) % {"n": n}
