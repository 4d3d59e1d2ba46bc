"""Words that are kept in more than one language. English is the one in force; what stands beside it says the same for who reads
another language. A version of something has its own words in English and `wordings`, each with its `language`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.errors import Refusal

SOURCE = settings.LANGUAGE_CODE  # the language in force


def others() -> dict[str, str]:
    """The languages something may be worded in besides the one in force: code and name."""
    return {code: name for code, name in settings.LANGUAGES if code != SOURCE}


def current() -> str:
    """The language whoever asks reads, as a code that wordings know."""
    return (get_language() or SOURCE).split("-")[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """One version as it stands on a page. words: in `language`; beside: every other wording, with its language, English first;
    is_lacking: whoever reads asked for a language it is not worded in."""

    language: str
    words: Any
    beside: list[tuple[str, Any]]
    is_lacking: bool

    @property
    def is_in_force(self) -> bool:
        """Whether these words are the ones in force."""
        return self.language == SOURCE


def reading(version, language: str | None = None) -> Reading:
    """A version in a language (the reader's by default), or in English where it is not worded in it. One query."""
    wanted = language or current()
    worded = {SOURCE: version} | {one.language: one for one in version.wordings.all()}
    shown = wanted if wanted in worded else SOURCE
    beside = [(code, words) for code, words in worded.items() if code != shown]
    return Reading(shown, worded[shown], beside, wanted not in worded)


def need_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Hold that no wording was left behind. before, now: what is said, by language; a language may be missing on either side.

    Raises Refusal (stale) where the English was changed and another language was left as it was.
    """
    for code, words in now.items():
        if code != SOURCE and before.get(code) == words and before[SOURCE] != now[SOURCE]:
            raise Refusal(
                _("The English was changed and the %(language)s was not. Change it too, or say that it still fits.")
                % {"language": others()[code]},
                "stale",
                "still_same",
            )
