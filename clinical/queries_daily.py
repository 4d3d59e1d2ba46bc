"""A person's days as they said them, for their own page and for their care team's."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from clinical.charts import Chart, Line, Point
from clinical.models import FEW_HOURS, MANY_HOURS, DailyCheckIn, SleepQuality
from patients.models import Patient


def day_of(patient: Patient, on: dt.date) -> DailyCheckIn | None:
    """What was said of one day. One query."""
    return DailyCheckIn.objects.filter(patient=patient, on=on).first()


def days_of(patient: Patient, since: dt.date) -> list[DailyCheckIn]:
    """The days from `since` on, the earliest first. One query."""
    return list(DailyCheckIn.objects.filter(patient=patient, on__gte=since).order_by("on"))


def _hours_words(row: DailyCheckIn) -> str:
    said = {FEW_HOURS: _("or fewer"), MANY_HOURS: _("or more")}.get(row.sleep_hours, "")
    how = str(SleepQuality(row.sleep_quality).label) if row.sleep_quality is not None else ""
    return ", ".join(word for word in (said, how) if word)


def charts_of(rows: Iterable[DailyCheckIn]) -> list[Chart]:
    """Mood, craving and coping in one chart, sleep in another. What was left blank has no point."""
    rows = list(rows)

    def points(name: str, words=lambda row: "") -> list[Point]:
        return [Point(row.on, float(value), words(row)) for row in rows if (value := getattr(row, name)) is not None]

    feelings = [
        Line(_("Mood"), points("mood")),
        Line(_("Cravings or urges"), points("craving")),
        Line(_("Coping"), points("coping")),
    ]
    how = [
        Line(_("Hours of sleep"), points("sleep_hours", _hours_words)),
        Line(_("How well, 0 to 4"), points("sleep_quality")),
    ]
    return [
        Chart("day", _("Daily check-in: mood, cravings, coping"), [line for line in feelings if line.points], 0, 10),
        Chart("day_sleep", _("Daily check-in: sleep"), [line for line in how if line.points], 0, 10),
    ]


def in_words(rows: Iterable[DailyCheckIn]) -> list[DailyCheckIn]:
    """The days with a word, the latest first."""
    return [row for row in reversed(list(rows)) if row.words]
