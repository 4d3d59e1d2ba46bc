"""The kinds of value a program file holds. Each refuses with one sentence that says what it must be.

A message never quotes what is a person's; numbers, words from a fixed list and names of groups it may.
"""

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db.models import Field
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import override
from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from core.fields import US_STATES, known_zones

STATES = frozenset(code for code, _name in US_STATES)
_RELATIVE = re.compile(r"(?:(today)|([+-]?\d{1,5}) days?)", re.IGNORECASE)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_PHONE = re.compile(r"\+?[0-9(][0-9 ().-]{5,24}[0-9](?: ?(?:x|ext\.?) ?[0-9]{1,6})?", re.ASCII)
_web_address = URLValidator(schemes=["https"])


@dataclass(frozen=True)
class Day:
    """A date as the file gives it: absolute, or so many days from the day of loading."""

    date: dt.date | None = None
    offset: int = 0

    def on(self, today: dt.date) -> dt.date:
        """The date, when loaded `today`."""
        return self.date or today + dt.timedelta(days=self.offset)

    @property
    def is_relative(self) -> bool:
        """Whether it means another date on another day."""
        return self.date is None


def wrong(sentence: str) -> PydanticCustomError:
    """The error of one field, whose sentence `schema.sentence_of` hands on as it is."""
    return PydanticCustomError("house", "{sentence}", {"sentence": sentence})


def guess(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or ""."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[close[0]] if close else ""


def did_you_mean(sentence: str, word: str, known: Iterable[str]) -> str:
    """`sentence`, with a suggestion where one is close."""
    meant = guess(word, known)
    return f"{sentence} {_('Did you mean “%(meant)s”?') % {'meant': meant}}" if meant else sentence


def _kind(validate: Callable[[Any], Any], annotation: Any = Any) -> Any:
    return Annotated[annotation, PlainValidator(validate)]


def text(field: Field, *, blank: bool = False, lines: bool = False) -> Any:
    """Text as the model's field holds it. blank: may be empty. lines: may have several."""

    def validate(value: Any) -> str:
        if not isinstance(value, str):
            raise wrong(_("must be text; put it in quotes."))
        value = value.strip()
        if not value and not blank:
            raise wrong(_("must not be empty."))
        if field.max_length and len(value) > field.max_length:
            lengths = {"most": field.max_length, "n": len(value)}
            raise wrong(_("must have at most %(most)d characters, not %(n)d.") % lengths)
        if not (value.replace("\n", "").replace("\t", "") if lines else value).isprintable():
            raise wrong(_("must not hold line breaks or characters that can't be printed."))
        return value

    return _kind(validate, str)


def whole(least: int, most: int) -> Any:
    """A whole number from `least` to `most`."""

    def validate(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(_("must be a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
        if not least <= value <= most:
            raise wrong(
                _("must be between %(least)d and %(most)d, not %(value)s.")
                % {"least": least, "most": most, "value": number_shown(value)}
            )
        return value

    return _kind(validate, int)


def number_shown(value: int) -> str:
    """A whole number of any size; Python will not write one of more than 4300 digits."""
    return str(value) if abs(value) < 10**12 else _("a number that large")


def hours(least: int, most: int) -> Any:
    """Hours (9 or 9.5), kept as whole minutes."""

    def validate(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise wrong(_("must be a number of hours from %(least)d to %(most)d.") % {"least": least, "most": most})
        if not math.isclose(value * 60, round(value * 60), abs_tol=1e-6):
            raise wrong(_("must be a whole number of minutes."))
        return round(value * 60)

    return _kind(validate, int)


def one_of(values: Iterable[str], *, numbers: bool = False) -> Any:
    """One word of a list. numbers: they look like numbers (2.1), so quotes are not asked for."""
    known = sorted(values)

    def validate(value: Any) -> str:
        if numbers and isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 100:
            value = f"{value:g}"
        if isinstance(value, str) and value in known:
            return value
        sentence = _("must be one of %(known)s.") % {"known": ", ".join(known)}
        raise wrong(did_you_mean(sentence, value, known) if isinstance(value, str) and not numbers else sentence)

    return _kind(validate, str)


def _email(value: Any) -> str:
    try:
        if not isinstance(value, str) or len(value) > 254:
            raise ValidationError("")
        validate_email(value.strip())
    except ValidationError:
        raise wrong(_("must be an e-mail address, like name@example.org.")) from None
    return value.strip().lower()


def _zone(value: Any) -> str:
    if isinstance(value, str) and value in known_zones():
        return value
    sentence = _("must be an IANA time zone, like America/Los_Angeles.")
    raise wrong(did_you_mean(sentence, value, known_zones()) if isinstance(value, str) else sentence)


def _state(value: Any) -> str:
    if isinstance(value, str) and value in STATES:
        return value
    sentence = _("must be a state of the US by its two letters, like CA.")
    raise wrong(did_you_mean(sentence, value, STATES) if isinstance(value, str) and len(value) == 2 else sentence)


def weekdays() -> dict[str, int]:
    """The English names of the weekdays; Monday is 0."""
    with override("en"):
        return {str(name): number for number, name in WEEKDAYS.items()}


def _weekday(value: Any) -> int:
    names = weekdays()
    if isinstance(value, str) and value.strip().capitalize() in names:
        return names[value.strip().capitalize()]
    sentence = _("must be a weekday by its English name, like Monday.")
    raise wrong(did_you_mean(sentence, value, names) if isinstance(value, str) else sentence)


def _clock(value: Any) -> dt.time:
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong(_('must be a time of day in quotes, from "00:00" to "23:59".'))
    return dt.time(int(match[1]), int(match[2]))


def _phone(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(_("must be text; put it in quotes."))
    if not _PHONE.fullmatch(value.strip()):
        raise wrong(_('must be a phone number, like "+1 213 555 0100".'))
    return value.strip()


def _url(value: Any) -> str:
    try:
        if not isinstance(value, str) or len(value) > 200:
            raise ValidationError("")
        _web_address(value.strip())
    except ValidationError:
        raise wrong(_("must be a web address that begins with https://.")) from None
    return value.strip()


def date(*, least: int, most: int, relative: bool = True) -> Any:
    """A day from `least` to `most` days from today; relative: also as "-14 days"."""

    def validate(value: Any) -> Day:
        day = _as_day(value, relative)
        if day is None:
            relative_too = _('must be a date like 2026-03-02, or days from today like "-14 days".')
            raise wrong(relative_too if relative else _("must be a date like 1990-12-31."))
        today = timezone.localdate()
        first, last = today + dt.timedelta(days=least), today + dt.timedelta(days=most)
        if not -200_000 < day.offset < 200_000 or not first <= day.on(today) <= last:
            raise wrong(_("must be from %(first)s to %(last)s.") % {"first": first, "last": last})
        return day

    return _kind(validate, Day)


def _as_day(value: Any, relative: bool) -> Day | None:
    if isinstance(value, dt.datetime):
        return None
    if isinstance(value, dt.date):
        return Day(date=value)
    if not isinstance(value, str):
        return None
    if relative and (match := _RELATIVE.fullmatch(value.strip())):
        return Day(offset=int(match[2] or 0))
    try:
        return Day(date=dt.date.fromisoformat(value.strip()))
    except ValueError:
        return None


Email = _kind(_email, str)
Zone = _kind(_zone, str)
State = _kind(_state, str)
Weekday = _kind(_weekday, int)
Clock = _kind(_clock, dt.time)
Phone = _kind(_phone, str)
WebAddress = _kind(_url, str)
