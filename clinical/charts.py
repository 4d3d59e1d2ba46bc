"""A chart as plain data: what `progress.js` draws and the table beside it says. Each door draws its own."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Point:
    """One value on a day. words: what stands beside it in the table."""

    on: dt.date
    value: float
    words: str = ""


@dataclass(slots=True)
class Line:
    """A named line of a chart."""

    name: str
    points: list[Point] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Band:
    """A range of a chart's scale with its word."""

    low: float
    high: float
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day, drawn through every chart."""

    on: dt.date
    name: str


@dataclass(slots=True)
class Chart:
    """What a chart draws and its table says. low, high: its scale; change: what became of it since the baseline, in words."""

    key: str
    name: str
    lines: list[Line]
    low: float
    high: float
    bands: list[Band] = field(default_factory=list)
    baseline: float | None = None
    change: str = ""
    is_reliable: bool = False
    better: str = ""  # "up" or "down": which way is better, where one is
    hint: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(line.points for line in self.lines)

    @property
    def days(self) -> list[tuple[dt.date, list[Point | None]]]:
        """By day, each line's point or None: the rows of the table, the latest first."""
        by_day: dict[dt.date, list[Point | None]] = {}
        for place, line in enumerate(self.lines):
            for point in line.points:
                by_day.setdefault(point.on, [None] * len(self.lines))[place] = point
        return sorted(by_day.items(), reverse=True)

    def drawing(self, events: Iterable[Event]) -> dict:
        """The chart as plain data for `progress.js`. Days are milliseconds since 1970, at midnight UTC."""
        return {
            "name": self.name,
            "low": self.low,
            "high": self.high,
            "baseline": self.baseline,
            "lines": [
                {"name": line.name, "points": [[_milliseconds(p.on), p.value, p.words] for p in line.points]}
                for line in self.lines
            ],
            "bands": [[b.low, b.high, b.name] for b in self.bands],
            "events": [[_milliseconds(e.on), e.name] for e in events],
        }


def _milliseconds(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time.min, dt.UTC).timestamp() * 1000)
