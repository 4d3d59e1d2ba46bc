"""How somebody is getting on, in four strands: what they report, what facilitators see, how they take part, what they reach.

Each strand is read on its own and drawn on its own: no number stands for a person. A fixed number of queries for any number of
sessions, notes and answers; narrative is never decrypted here.
"""

import datetime as dt
import zoneinfo
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from clinical.charts import Band, Chart, Event, Line, Point
from clinical.models import Affect, Attendance, PlanReview, ProgressNote, TreatmentPlan
from clinical.queries_measures import ScorePoint, Series, series_of
from clinical.queries_plans import Line as ObjectiveLine
from clinical.queries_plans import attainment_of
from patients.models import Patient

WINDOWS = (12, 26, 104)  # weeks


def since_of(weeks: int, zone: str) -> dt.date:
    """The Monday that many weeks ago."""
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(zone)).date()
    return today - dt.timedelta(days=today.weekday(), weeks=weeks - 1)


def _monday(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.date:
    day = moment.astimezone(zone).date()
    return day - dt.timedelta(days=day.weekday())


def _means(weeks: dict[dt.date, list[float]], words: str) -> list[Point]:
    """The mean of each week, rounded to a tenth. words: with {n}, how many it stands on."""
    return [
        Point(monday, round(sum(found) / len(found), 1), words.format(n=len(found)))
        for monday, found in sorted(weeks.items())
    ]


def participation_of(patient: Patient, since: dt.date, zone: str) -> list[Chart]:
    """How they take part: mean participation of each week (0-4), and how much of what was offered they attended. One query.

    Absent is no 0: a week without a rating has no point in the first chart; excused and missed both count in the second.
    """
    place = zoneinfo.ZoneInfo(zone)
    rated, offered, attended = defaultdict(list), Counter(), Counter()
    found = Attendance.objects.filter(
        patient=patient, session__starts_at__gte=dt.datetime.combine(since, dt.time.min, place)
    ).values_list("session__starts_at", "participation", "minutes", "possible_minutes")
    for starts_at, participation, minutes, possible in found:
        monday = _monday(starts_at, place)
        offered[monday] += possible
        attended[monday] += minutes or 0
        if participation is not None:
            rated[monday].append(participation)
    share = [
        Point(
            monday,
            round(100 * attended[monday] / offered[monday]),
            _("%(a)s of %(b)s minutes") % {"a": attended[monday], "b": offered[monday]},
        )
        for monday in sorted(offered)
        if offered[monday]
    ]
    return [
        Chart(
            "participation",
            _("Participation in sessions"),
            [Line(_("Mean of the week, 0 to 4"), _means(rated, _("{n} rated")))],
            0,
            4,
            better="up",
        ),
        Chart(
            "attendance",
            _("Treatment time attended"),
            [Line(_("Percent of the week’s sessions"), share)],
            0,
            100,
            better="up",
        ),
    ]


@dataclass(slots=True)
class Observations:
    """What facilitators saw. affects: affect -> how often in the window, the most frequent first."""

    chart: Chart
    affects: list[tuple[str, int]]
    homework_done: int
    homework_asked: int


def observations_of(patient: Patient, since: dt.date, zone: str) -> Observations:
    """What facilitators observed in signed notes: engagement by week, affect, homework. One query, nothing decrypted."""
    place = zoneinfo.ZoneInfo(zone)
    engaged, affects, homework = defaultdict(list), Counter(), Counter()
    found = (
        ProgressNote.objects.signed()
        .filter(patient=patient, session__starts_at__gte=dt.datetime.combine(since, dt.time.min, place))
        .values_list("session__starts_at", "engagement", "affect", "homework_done")
    )
    for starts_at, engagement, affect, done in found.order_by("session__starts_at"):
        if engagement is not None:
            engaged[_monday(starts_at, place)].append(engagement)
        if affect and affect != Affect.NOT_OBSERVED:
            affects[affect] += 1
        if done is not None:
            homework[done] += 1
    chart = Chart(
        "engagement",
        _("Engagement as facilitators saw it"),
        [Line(_("Mean of the week, 0 to 4"), _means(engaged, _("{n} rated")))],
        0,
        4,
        better="up",
    )
    seen = [(str(Affect(name).label), n) for name, n in affects.most_common()]
    return Observations(chart, seen, homework[True], homework.total())


def events_of(patient: Patient, since: dt.date, zone: str) -> list[Event]:
    """What happened meanwhile: stays, groups joined and left, plans in force and reviewed. Four queries."""
    place = zoneinfo.ZoneInfo(zone)
    found = []
    for started_on, ended_on in patient.episodes.values_list("started_on", "ended_on"):
        found.append(Event(started_on, _("Admitted")))
        if ended_on:
            found.append(Event(ended_on, _("Stay ended")))
    for joined_on, left_on, name in patient.memberships.values_list("joined_on", "left_on", "group__name"):
        found.append(Event(joined_on, _("Joined %(group)s") % {"group": name}))
        if left_on:
            found.append(Event(left_on, _("Left %(group)s") % {"group": name}))
    for number, sealed_at in TreatmentPlan.objects.sealed().filter(patient=patient).values_list("number", "sealed_at"):
        found.append(Event(sealed_at.astimezone(place).date(), _("Plan, version %(n)s") % {"n": number}))
    for day in PlanReview.objects.filter(patient=patient).values_list("reviewed_on", flat=True):
        found.append(Event(day, _("Plan reviewed")))
    today = timezone.now().astimezone(place).date()
    return sorted((e for e in found if since <= e.on <= today), key=lambda e: (e.on, e.name))


def reported_by(patient: Patient, since: dt.date, zone: str) -> list[Chart]:
    """What they report: mood, craving and coping as one chart, then each measure. Two queries."""
    place = zoneinfo.ZoneInfo(zone)
    found = series_of(patient, since=dt.datetime.combine(since, dt.time.min, place))
    daily = [s for s in found if s.definition.code == "check_in"]
    charts = []
    if daily:
        lines = [Line(s.scale.name, [_point(s, p, place) for p in s.points]) for s in daily]
        charts.append(Chart("check_in", daily[0].definition.about, lines, 0, 10))
    for s in found:
        if s.definition.code in ("check_in", "group_climate"):
            continue
        change = s.change
        charts.append(
            Chart(
                s.key.replace("-", "_"),
                s.name,
                [Line(s.name, [_point(s, p, place) for p in s.points])],
                s.scale.low,
                s.scale.high,
                [Band(band.low, band.high, band.name) for band in s.scale.bands],
                float(s.baseline.value) if s.baseline else None,
                change.words if change else "",
                bool(change and change.is_reliable),
                s.scale.better,
            )
        )
    return charts


def _point(series: Series, point: ScorePoint, place: zoneinfo.ZoneInfo) -> Point:
    words = [series.band_name(point), _("prorated") if point.prorated else ""]
    return Point(point.at.astimezone(place).date(), float(point.value), ", ".join(word for word in words if word))


def goals_of(patient: Patient, since: dt.date, zone: str) -> list[ObjectiveLine]:
    """What they reach: each objective's line with its progress over time."""
    return attainment_of(patient, dt.datetime.combine(since, dt.time.min, zoneinfo.ZoneInfo(zone)))
