"""How alike two texts are, whoever they are about.

Cloned text is a top reason for denied claims, and CLINICAL_FACTS section 1 wants participation, response and progress individual.
Two texts count as the same when they differ only in the person's own name, in pronouns, case, accents and punctuation; as near
the same from `NEAR` on: the higher of rapidfuzz's `ratio` (letters in order) and `token_sort_ratio` (words in any order), 0-100.
90 lets through what shares the shape of a sentence ("worked on anger with …" for different people and things) and stops texts in
which a word or two of a sentence were exchanged.
"""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz

from clinical.services.name_words import words_of
from clinical.services.names import fold

NEAR = 90.0
_PIECE = re.compile(r"\d+|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f'’])*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_THEY = words_of(
    "he him his himself she her hers herself they them their theirs themself themselves client patient pt member"
)


def essence(text: str, own: Iterable[str] = ()) -> str:
    """The text's words in order, folded, with whoever it is about made one. own: their names' words, folded."""
    names = frozenset(own)
    words = []
    for match in _PIECE.finditer(unicodedata.normalize("NFC", text)):
        word = fold(_POSSESSIVE.sub("", match.group()))
        words.append("x" if word in names or word in _THEY else word)
    # A first and a last name, or "the patient": one person.
    kept = [w for at, w in enumerate(words) if not (w == "x" and at and words[at - 1] == "x")]
    return " ".join(kept)


def likeness(one: str, other: str) -> float:
    """How alike two essences are: 0 to 100 (100: the same). Nothing is like nothing."""
    if not one or not other:
        return 0.0
    if one == other:
        return 100.0
    # Only what is the same is 100: near the same never rounds up to it.
    found = max(fuzz.ratio(one, other, score_cutoff=NEAR), fuzz.token_sort_ratio(one, other, score_cutoff=NEAR))
    return min(found, 99.9)
