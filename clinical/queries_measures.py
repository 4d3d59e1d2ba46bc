"""Scores over time, with their bands and what became of them since the baseline."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from clinical.instruments import Definition, Scale, definitions
from clinical.models import MeasureAssignment, MeasureScore
from patients.models import Patient

APART = dt.timedelta(days=14)  # two-week recall given weekly overlaps (CLINICAL_FACTS 3e)


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """One score."""

    at: dt.datetime
    value: Decimal
    band: str
    prorated: bool


@dataclass(frozen=True, slots=True)
class Change:
    """From the baseline to the latest score. is_reliable: at least the published change, and two weeks apart."""

    difference: Decimal
    is_better: bool
    is_reliable: bool
    words: str


@dataclass(slots=True)
class Series:
    """One scale of one measure over time, the earliest first. baseline: the first score of the present stay."""

    definition: Definition
    scale: Scale
    points: list[ScorePoint] = field(default_factory=list)
    baseline: ScorePoint | None = None

    @property
    def key(self) -> str:
        return f"{self.definition.code}-{self.scale.key}"

    @property
    def name(self) -> str:
        if len(self.definition.scales) == 1:
            return self.definition.name
        return f"{self.definition.name}: {self.scale.name}"

    @property
    def latest(self) -> ScorePoint | None:
        return self.points[-1] if self.points else None

    @property
    def change(self) -> Change | None:
        """What became of it since the baseline; None without two scores."""
        if not self.baseline or not self.latest or self.latest.at <= self.baseline.at:
            return None
        return change_between(self.definition, self.scale, self.baseline, self.latest)

    def band_name(self, point: ScorePoint) -> str:
        """The word of a point's band, or ""."""
        return next((band.name for band in self.scale.bands if band.key == point.band), "")


def change_between(definition: Definition, scale: Scale, first: ScorePoint, last: ScorePoint) -> Change:
    """The change from one score to a later one, in words. Reliable: as large as the measure's published change, and at least
    two weeks apart, since answers about overlapping weeks are not two observations."""
    difference = last.value - first.value
    is_better = difference != 0 and (difference > 0) == (scale.better == "up")
    least = definition.reliable_change
    is_large = least is not None and abs(difference) >= least
    apart = last.at - first.at >= APART
    numbers = {"a": _plain(first.value), "b": _plain(last.value), "least": least}
    if not difference:
        words = _("%(a)s as at the beginning") % numbers
    elif least is None:
        words = _("%(a)s → %(b)s since the beginning") % numbers
    elif is_large and not apart:
        words = _("%(a)s → %(b)s, too soon to count (two weeks)") % numbers
    elif is_large and is_better:
        words = _("%(a)s → %(b)s: reliably better (%(least)s or more counts)") % numbers
    elif is_large:
        words = _("%(a)s → %(b)s: reliably worse (%(least)s or more counts)") % numbers
    else:
        words = _("%(a)s → %(b)s: within what varies (%(least)s or more counts)") % numbers
    return Change(difference, is_better, is_large and apart, words)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def series_of(patient: Patient, *, since: dt.datetime | None = None) -> list[Series]:
    """Every scale the patient has scores of, in the order of the definitions. Two queries for any number of answers.

    since: points before it are left out; the baseline is not.
    """
    known = definitions()
    stay = patient.episodes.order_by("-started_on").values_list("pk", flat=True).first()
    rows = (
        MeasureScore.objects.filter(
            response__patient=patient, response__voided_at=None, value__isnull=False, response__measure__in=known
        )
        .order_by("response__answered_at", "response_id")
        .values_list(
            *("response__measure", "scale", "response__answered_at", "value", "band", "prorated", "response__episode")
        )
    )
    found: dict[tuple[str, str], Series] = {}
    for measure, scale, at, value, band, prorated, episode in rows:
        definition = known[measure]
        series = found.setdefault((measure, scale), Series(definition, definition.scale(scale)))
        point = ScorePoint(at, value, band, prorated)
        if series.baseline is None and episode == stay:
            series.baseline = point
        if since is None or at >= since:
            series.points.append(point)
    order = {code: place for place, code in enumerate(("check_in", "phq9", "gad7", "pcl5", "bam_r", *known))}
    return sorted((s for s in found.values() if s.points), key=lambda s: order[s.definition.code])


@dataclass(slots=True)
class Summary:
    """What a person's page says of measures."""

    series: list[Series]
    asked: list[MeasureAssignment]


def summary_of(patient: Patient, today: dt.date) -> Summary:
    """The latest scores and what is asked for now. Three queries."""
    asked = list(MeasureAssignment.objects.filter(patient=patient).open(today).order_by("closes_on", "pk"))
    by_code = defaultdict(list)
    for series in series_of(patient):
        by_code[series.definition.code].append(series)
    return Summary([series for found in by_code.values() for series in found], asked)
