"""One engine that scores every measure, from its definition. Pure: no database, no clock.

Missing answers (CLINICAL_FACTS 3a): no total unless every item of it is answered; where the site allows it and the definition
says how many, it is prorated and labelled so, never without the items that must not be blank (item 9 of the PHQ-9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from clinical.instruments import Definition, Item, Scale
from core.errors import Refusal

Answers = Mapping[str, int | None]
HIGH, MODERATE, LOW = 1, 2, 3  # as clinical.models.Level


@dataclass(frozen=True, slots=True)
class Scored:
    """One scale's outcome. value: None when there is no score; answered of items are answered (or not asked)."""

    scale: str
    value: Decimal | None
    band: str
    prorated: bool
    answered: int
    items: int


@dataclass(frozen=True, slots=True)
class Flag:
    """An answer that raises a risk alert. trigger: a code ("phq9:9"); level: 1 high, 2 moderate, 3 low."""

    trigger: str
    level: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a set of answers comes to."""

    scores: tuple[Scored, ...]
    flags: tuple[Flag, ...]
    blanks: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.blanks

    def score(self, scale: str = "total") -> Scored:
        """The scale's outcome. Raises KeyError."""
        return {scored.scale: scored for scored in self.scores}[scale]


def is_asked(definition: Definition, item: Item, answers: Answers) -> bool:
    """Whether the item is asked, given the others' answers."""
    rule = item.not_asked_when
    return rule is None or answers.get(rule.item) != rule.value


def check_answers(definition: Definition, answers: Answers) -> dict[str, int]:
    """The answers that were given, without blanks. An answer counts even where another one makes its question pointless: a yes
    to a grave question is never dropped.

    Raises Refusal (unknown_item, not_an_answer, inconsistent) with the item's key as its field.
    """
    known = {item.key: item for item in definition.items}
    for key, value in answers.items():
        if key not in known:
            raise Refusal(_("This measure has no such question."), "unknown_item", key)
        if value is not None and value not in definition.options_of(known[key]).allowed:
            raise Refusal(_("Choose one of the answers."), "not_an_answer", key)
    found = {key: value for key, value in answers.items() if value is not None}
    for item in definition.items:
        if item.at_most and item.key in found and item.at_most in found and found[item.key] > found[item.at_most]:
            raise Refusal(
                _("This can’t be more than the answer to question %(other)s.") % {"other": item.at_most},
                "inconsistent",
                item.key,
            )
    return found


def score(definition: Definition, answers: Answers, *, may_prorate: bool = False) -> Result:
    """Score the answers (item -> value; None or absent: blank). Raises the refusals of `check_answers`."""
    given = check_answers(definition, answers)
    skipped = {item.key for item in definition.items if item.key not in given and not is_asked(definition, item, given)}
    blanks = tuple(
        item.key for item in definition.items if item.key not in given and item.key not in skipped and not item.optional
    )
    scores = tuple(_scored(definition, scale, given, skipped, may_prorate) for scale in definition.scales)
    return Result(scores, tuple(_flags(definition, given)), blanks, tuple(_remarks(definition, given, scores)))


def _points(definition: Definition, scale: Scale, key: str, value: int) -> int:
    item = definition.item(key)
    if key in scale.convert:
        return scale.convert[key][value]
    if item.reversed:
        return definition.options_of(item).most - value
    return value


def _scored(
    definition: Definition, scale: Scale, given: Mapping[str, int], skipped: set[str], may_prorate: bool
) -> Scored:
    # An item that was not asked counts as answered with 0.
    points = [
        0 if key in skipped else _points(definition, scale, key, given[key])
        for key in scale.items
        if key in given or key in skipped
    ]
    missing = [key for key in scale.items if key not in given and key not in skipped]
    prorated = bool(missing)
    allowed = may_prorate and len(missing) <= definition.prorates and not set(missing) & {*scale.never_prorated_without}
    if missing and not allowed:
        return Scored(scale.key, None, "", False, len(points), len(scale.items))
    total = Decimal(sum(points))
    if scale.method == "mean":
        value = (total / len(points)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    elif prorated:
        value = (total * len(scale.items) / len(points)).quantize(Decimal(1), ROUND_HALF_UP)
    else:
        value = total
    value *= scale.times
    return Scored(scale.key, value, band_of(scale, value), prorated, len(points), len(scale.items))


def band_of(scale: Scale, value: Decimal) -> str:
    """The key of the band a score falls in; "" where there are none."""
    return next((band.key for band in scale.bands if band.low <= value <= band.high), "")


def _flags(definition: Definition, given: Mapping[str, int]):
    for rule in definition.risks:
        value = given.get(rule.item)
        if value is not None and value >= rule.at_least:
            level = HIGH if rule.high_at is not None and value >= rule.high_at else rule.level
            yield Flag(f"{definition.code}:{rule.item}", level)
    if definition.triage == "cssrs" and (level := triage_cssrs(given)):
        yield Flag(f"cssrs:{_gravest(given)}", level)


def _gravest(given: Mapping[str, int]) -> str:
    order = ("6_recent", "5", "4", "3", "6", "2", "1")
    return next(key for key in order if given.get(key) == 1)


def triage_cssrs(given: Mapping[str, int]) -> int | None:
    """The level of a Columbia screener (CLINICAL_FACTS 3c): 1 high, 2 moderate, 3 low, None for all no. Items are not summed.

    High: 4 or 5 (past month), or 6 within three months. Moderate: 3, or 6 longer ago. Low: 1 or 2. Behavior without an answer to
    "within three months" counts as recent.
    """
    yes = {key for key, value in given.items() if value == 1}
    recent = "6" in yes and given.get("6_recent") != 0
    if yes & {"4", "5"} or recent or "6_recent" in yes:
        return HIGH
    if yes & {"3", "6"}:
        return MODERATE
    return LOW if yes & {"1", "2"} else None


def _remarks(definition: Definition, given: Mapping[str, int], scores: tuple[Scored, ...]):
    """What the definition says of these scores, in words for staff."""
    for scored in scores:
        action = definition.scale(scored.scale).action
        if scored.value is not None and action and action.is_reached(scored.value):
            yield action.words
    if definition.clusters and all(key in given for cluster in definition.clusters for key in cluster.items):
        met = [c.name for c in definition.clusters if sum(given[key] >= c.rated for key in c.items) >= c.least]
        if len(met) == len(definition.clusters):
            yield _("The pattern of all clusters is met: probable PTSD, assess further.")
    if definition.code == "audit_c" and scores[0].value and scores[0].value == given.get("1"):
        yield _("All points are from the first question: likely within limits.")
    if definition.code == "group_climate" and (low := [key for key, value in given.items() if value <= 4]):
        yield _("Low (4 or less): %(items)s") % {"items": ", ".join(low)}
