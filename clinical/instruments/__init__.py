"""Definitions of measures: a TOML file each, with items, options, scoring, bands, thresholds, licence and codes.

Where the licence of the wording is unclear a file has no text: the site puts a file of the same name into the folder named by
INSTRUMENT_TEXTS, with `stem`, `[text]` (item -> wording) and, where needed, `[options.<name>]`. A measure without wording is
scored when answers come in, and is not given to anybody.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import get_language, gettext
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent
Word = Annotated[str, Field(min_length=1, max_length=40)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Part):
    """One answer that can be chosen."""

    value: int
    label: str
    loinc: str | None = None


class Options(_Part):
    """The answers of an item: some to choose from, or every whole number from low to high."""

    values: tuple[Choice, ...] = ()
    low: int | None = None
    high: int | None = None
    unit: str = ""
    low_label: str = ""
    high_label: str = ""

    @property
    def allowed(self) -> frozenset[int]:
        if self.values:
            return frozenset(choice.value for choice in self.values)
        return frozenset(range(self.low, self.high + 1))

    @property
    def steps(self) -> list[int]:
        """Every answer in order."""
        return sorted(self.allowed)

    @property
    def most(self) -> int:
        return max(self.allowed)

    def label_of(self, value: int) -> str:
        """The words of an answer, or the number itself."""
        return next((choice.label for choice in self.values if choice.value == value), str(value))

    @model_validator(mode="after")
    def _choices_or_a_range(self) -> Self:
        if bool(self.values) == (self.low is not None and self.high is not None):
            raise ValueError("either values, or low and high")
        return self


class NotAskedWhen(_Part):
    """An item that another one's answer makes pointless: it counts as 0 and not as blank."""

    item: str
    value: int


class Item(_Part):
    key: str
    options: str
    text: str = ""
    scored: bool = True
    optional: bool = False
    reversed: bool = False
    loinc: str | None = None
    not_asked_when: NotAskedWhen | None = None
    at_most: str | None = None  # the answer can't be more than that item's (BAM-R: CLINICAL_FACTS 3b)


class Band(_Part):
    low: int
    high: int
    key: str
    name: str


class Action(_Part):
    """A point from which on (up to which) something is to be done."""

    words: str
    at_least: int | None = None
    at_most: int | None = None

    def is_reached(self, value) -> bool:
        return (self.at_least is not None and value >= self.at_least) or (
            self.at_most is not None and value <= self.at_most
        )


class Scale(_Part):
    """A score: of which items, how, and how to read it."""

    key: str
    name: str
    items: tuple[str, ...]
    low: int
    high: int
    better: Literal["up", "down"]
    method: Literal["sum", "mean"] = "sum"
    times: int = 1
    convert: dict[str, tuple[int, ...]] = {}
    bands: tuple[Band, ...] = ()
    action: Action | None = None
    never_prorated_without: tuple[str, ...] = ()
    loinc: str | None = None


class RiskRule(_Part):
    """An answer that raises a risk alert (CLINICAL_FACTS section 9). level: 1 high, 2 moderate, 3 low."""

    item: str
    at_least: int
    level: int = Field(ge=1, le=3)
    high_at: int | None = None


class Cluster(_Part):
    """A provisional pattern: at least so many of the items rated so much."""

    name: str
    items: tuple[str, ...]
    rated: int
    least: int


class Definition(_Part):
    """One measure."""

    code: Word
    number: int  # in addresses, which name no measure; stays the same for good
    name: Word
    form: Word
    minutes: int
    about: str
    licence: str
    credit: str = ""
    stem: str = ""
    loinc: str | None = None
    is_own: bool = False
    prorates: int = 0  # so many blanks may be prorated where the site says so
    reliable_change: int | None = None
    meaningful_change: int | None = None
    recall_days: int = 0
    group_from: int | None = None
    triage: Literal["cssrs"] | None = None
    options: dict[str, Options]
    items: tuple[Item, ...]
    scales: tuple[Scale, ...] = ()
    risks: tuple[RiskRule, ...] = ()
    clusters: tuple[Cluster, ...] = ()

    def item(self, key: str) -> Item:
        """The item of that key. Raises KeyError."""
        return {item.key: item for item in self.items}[key]

    def options_of(self, item: Item) -> Options:
        return self.options[item.options]

    def scale(self, key: str) -> Scale:
        """The scale of that key. Raises KeyError."""
        return {scale.key: scale for scale in self.scales}[key]

    def said(self, text: str) -> str:
        """Words of ours in the reader's language. A published wording is part of its measure: it stays as it is."""
        return gettext(text) if text and self.is_own else text

    @property
    def is_in_english_only(self) -> bool:
        """Its wording is a published one, and the reader's language is another."""
        return not self.is_own and not (get_language() or "en").startswith("en")

    @property
    def can_be_given(self) -> bool:
        """Every item has its wording."""
        return all(item.text for item in self.items)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        keys = [item.key for item in self.items]
        if len(set(keys)) != len(keys):
            raise ValueError("two items of one key")
        named = [
            *(item.not_asked_when.item for item in self.items if item.not_asked_when),
            *(item.at_most for item in self.items if item.at_most),
            *(key for scale in self.scales for key in (*scale.items, *scale.convert, *scale.never_prorated_without)),
            *(rule.item for rule in self.risks),
            *(key for cluster in self.clusters for key in cluster.items),
        ]
        if unknown := sorted(set(named) - set(keys)):
            raise ValueError(f"no such item: {', '.join(unknown)}")
        if unknown := sorted({item.options for item in self.items} - set(self.options)):
            raise ValueError(f"no such options: {', '.join(unknown)}")
        for scale in self.scales:
            for key, points in scale.convert.items():
                if not self.options_of(self.item(key)).allowed <= frozenset(range(len(points))):
                    raise ValueError(f"scale {scale.key} has no points for some answers to {key}")
            for low, high in zip(scale.bands, scale.bands[1:], strict=False):
                if high.low != low.high + 1:
                    raise ValueError(f"bands of {scale.key} leave a gap")
        return self


class SiteText(_Part):
    """What a site sets of a measure: wording that we may not ship, and the change that counts where authors differ."""

    text: dict[str, str] = {}
    reliable_change: int | None = None
    stem: str = ""
    credit: str = ""
    options: dict[str, Options] = {}


def _read(path: Path, model):
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"The measure in {path.name} can't be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ImproperlyConfigured(
            f"The measure in {path.name} is wrong at {place or 'the top'}: {first['msg']}"
        ) from None


def _with_site_text(definition: Definition, folder: Path) -> Definition:
    path = folder / f"{definition.code}.toml"
    if not path.exists():
        return definition
    site = _read(path, SiteText)
    if unknown := sorted(set(site.text) - {item.key for item in definition.items}):
        raise ImproperlyConfigured(
            f"The wording in {path.name} names no item of {definition.name}: {', '.join(unknown)}"
        )
    items = tuple(item.model_copy(update={"text": site.text.get(item.key, item.text)}) for item in definition.items)
    return definition.model_copy(
        update={
            "items": items,
            "stem": site.stem or definition.stem,
            "credit": site.credit or definition.credit,
            "reliable_change": site.reliable_change or definition.reliable_change,
            "options": definition.options | site.options,
        }
    )


@lru_cache(maxsize=4)
def _load(folder: str) -> dict[str, Definition]:
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        definition = _read(path, Definition)
        if definition.code != path.stem:
            raise ImproperlyConfigured(f"The measure in {path.name} calls itself {definition.code}.")
        if any(other.number == definition.number for other in found.values()):
            raise ImproperlyConfigured(f"The measure in {path.name} has the number of another one.")
        found[definition.code] = _with_site_text(definition, Path(folder)) if folder else definition
    return found


def definitions() -> dict[str, Definition]:
    """Every measure by its code, read once. Raises ImproperlyConfigured naming the file and the place that is wrong."""
    return _load(settings.INSTRUMENT_TEXTS)


def definition_of(code: str) -> Definition:
    """The measure of that code. Raises KeyError."""
    return definitions()[code]


def definition_numbered(number: int) -> Definition:
    """The measure of that number. Raises KeyError."""
    return {definition.number: definition for definition in definitions().values()}[number]


def given() -> dict[str, Definition]:
    """The measures that can be given: every item has its wording."""
    return {code: definition for code, definition in definitions().items() if definition.can_be_given}
