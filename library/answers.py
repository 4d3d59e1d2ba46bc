"""Answers of a worksheet: what is kept of what was entered, what is still needed, and how it reads.

They are kept by the question's id: a text, "0" to "10", "yes" or "no", the place of a choice in its list ("0", "1" …), or a list
of such. What was left blank is not there: blank is not zero, and not no.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from library.models import Ask, WorksheetField

SHORT, LONG = 300, 5000  # characters
Answers = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and what was said to it. lines: as they read; none where it was left blank. number: of a scale."""

    field: WorksheetField
    lines: tuple[str, ...]
    number: str = ""


def key_of(field: WorksheetField) -> str:
    return str(field.pk)


def kept(fields: Iterable[WorksheetField], given: Answers) -> Answers:
    """What can be kept of it: of these questions, in their shape. Everything else is left out."""
    found = {}
    for field in fields:
        value = _fit(field, given.get(key_of(field)))
        if value:
            found[key_of(field)] = value
    return found


def _fit(field: WorksheetField, value) -> str | list[str]:
    if field.kind == Ask.CHOICES:
        places = _places(field)
        return [place for place in places if place in value] if isinstance(value, list) else []
    if not isinstance(value, str):
        return ""
    if field.kind in (Ask.SHORT, Ask.LONG):
        return value.replace("\r\n", "\n").strip()
    return value if value in _places(field) else ""


def _places(field: WorksheetField) -> Sequence[str]:
    if field.kind == Ask.SCALE:
        return [str(n) for n in range(11)]
    if field.kind == Ask.YES_NO:
        return ["yes", "no"]
    return [str(n) for n in range(len(field.options))]


def most_of(field: WorksheetField) -> int:
    """How many characters an answer in words may have."""
    return SHORT if field.kind == Ask.SHORT else LONG


def too_long(fields: Iterable[WorksheetField], answers: Answers) -> list[WorksheetField]:
    """Questions whose answers are longer than is kept."""
    return [field for field in fields if len(answers.get(key_of(field), "")) > most_of(field)]


def missing(fields: Iterable[WorksheetField], answers: Answers) -> list[WorksheetField]:
    """Questions that need an answer before it can be sent, and have none."""
    return [field for field in fields if field.required and not answers.get(key_of(field))]


def choices_of(field: WorksheetField) -> list[tuple[str, str]]:
    """What there is to choose from, as (what is kept, what is read)."""
    if field.kind == Ask.SCALE:
        return [(str(n), str(n)) for n in range(11)]
    if field.kind == Ask.YES_NO:
        return [("yes", pgettext("answer", "Yes")), ("no", pgettext("answer", "No"))]
    return [(str(n), words) for n, words in enumerate(field.options)]


def ends_of(field: WorksheetField) -> tuple[str, str]:
    """What 0 and 10 of a scale mean."""
    words = field.options
    return (words[0], words[1]) if len(words) > 1 else (_("Not at all"), _("Completely"))


def read_out(fields: Iterable[WorksheetField], answers: Answers) -> list[Answered]:
    """Every question with its answer, as the reader reads it."""
    return [_read(field, answers.get(key_of(field))) for field in fields]


def _read(field: WorksheetField, value) -> Answered:
    if not value:
        return Answered(field, ())
    if field.kind in (Ask.SHORT, Ask.LONG):
        return Answered(field, tuple(str(value).splitlines()))
    words = dict(choices_of(field))
    chosen = value if isinstance(value, list) else [value]
    lines = tuple(words.get(one, one) for one in chosen)
    return Answered(field, lines, str(value) if field.kind == Ask.SCALE else "")
