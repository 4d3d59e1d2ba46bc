"""Finding somebody's name in a text: first, last, preferred and shown names, usual short forms, initials.

CLINICAL_FACTS section 1, rules: another patient's name or initials never stand in somebody's note ("a peer"). A word is compared
without its accents, its case and its possessive; a name that is also a word ("Will", "Hope") or is short counts only where it is
written like a name. What is found may be wrong (a brother of the same name): that is for a person to say.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from clinical.services.name_words import ABBREVIATIONS, ACTS, BEFORE_MONTHS, MONTHS, PARTICLES, SHORT_FORMS, WORDS_TOO

_APOSTROPHES = "'’ʼ`´"
_LETTER = r"[^\W\d_]"
_WORD = re.compile(rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u200b-\u200d\u00ad]|[{_APOSTROPHES}](?={_LETTER}))*")
_DOTTED = re.compile(rf"(?<![^\W_])((?:{_LETTER}\.\s?){{1,2}}{_LETTER})\b\.?")
_ALONE = re.compile(rf"(?<![\w.])({_LETTER})\.(?=,|;|\s+[a-z])")
_STRANGE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}][sS]$")
SHORT = 3  # letters: a name of so few is also found in other words' company ("Al", "Pat", "Kim")
AROUND = 40  # characters shown to both sides of what was found


def fold(word: str) -> str:
    """The word without case, accents, apostrophes and what cannot be seen."""
    plain = unicodedata.normalize("NFKD", word).casefold().translate(_STRANGE)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if c.isalnum())


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, where it stands, and whether it begins a sentence."""

    raw: str
    folded: str
    start: int
    end: int
    opens: bool

    @property
    def is_capital(self) -> bool:
        return self.raw[:1].isupper()

    @property
    def is_possessive(self) -> bool:
        return bool(_POSSESSIVE.search(self.raw))


def tokens(text: str) -> list[Token]:
    """The words of a text (in composed form: `unicodedata.normalize("NFC", …)`)."""
    found = []
    for match in _WORD.finditer(text):
        raw = match.group()
        before = text[: match.start()].rstrip(" \t\u00a0\"“”‘’'(*•–—-")
        opens = not before or before[-1] in ".!?:;\n"
        found.append(Token(raw, fold(_POSSESSIVE.sub("", raw)), match.start(), match.end(), opens))
    return found


@dataclass(slots=True)
class Person:
    """The ways one person may be named. Fold them once, look in many texts."""

    key: int
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    ways: set[tuple[str, ...]] = field(init=False)
    initials: set[str] = field(init=False)

    def __post_init__(self):
        self.ways, self.initials = set(), set()
        heads: set[str] = set()
        for name in (*self.firsts, *self.lasts):
            words = tuple(t.folded for t in tokens(unicodedata.normalize("NFC", name)) if t.folded)
            if not words or len("".join(words)) < 2:
                continue
            self.ways.add(words)
            if len(words) > 1:
                self.ways |= {(w,) for w in words if len(w) >= SHORT and w not in PARTICLES}
            if name in self.firsts:
                heads.add(words[0])
                self.ways |= {(short,) for short in SHORT_FORMS.get(words[0], ())}
                self._letters(words)
        self.initials |= {head[0] for head in heads}

    def _letters(self, first: tuple[str, ...]) -> None:
        for last in self.lasts:
            words = [t.folded for t in tokens(unicodedata.normalize("NFC", last)) if t.folded]
            if words:
                self.initials |= {first[0][0] + words[0][0], first[0][0] + words[-1][0]}
                self.initials.add("".join(w[0] for w in first) + words[-1][0])


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody's name (or initials) in a text: whose, the words, and the text around them."""

    key: int
    words: str
    is_initials: bool
    excerpt: str


def _reads_as_name(found: list[Token], at: int, length: int) -> bool:
    """Whether a word that need not be a name is written like one: capital inside a sentence, or at its beginning before
    somebody's doing ("Will shared", "Will’s")."""
    token, after = found[at], found[at + length] if at + length < len(found) else None
    if not token.is_capital:
        return False
    if token.folded in MONTHS:
        return not (at and found[at - 1].folded in BEFORE_MONTHS) and (not token.opens or _acts(token, after))
    return not token.opens or _acts(token, after)


def _acts(token: Token, after: Token | None) -> bool:
    return token.is_possessive or bool(
        after and not after.is_capital and (after.folded in ACTS or after.folded.endswith("ed"))
    )


class Finder:
    """Looks for people's names in texts."""

    def __init__(self, people: Iterable[Person], known: Iterable[Person] = ()):
        """people: whose names are looked for. known: whose names may stand anywhere (staff)."""
        self.people = {p.key: p for p in people}
        self.free_ways = {way for p in known for way in p.ways}
        self.free_initials = {i for p in known for i in p.initials}
        self.by_word: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
        self.by_letters: dict[str, int] = {}
        self.unspaced: list[tuple[str, int]] = []
        for person in self.people.values():
            for way in person.ways:
                self.by_word[way[0]].append((way, person.key))
            for letters in person.initials:
                self.by_letters.setdefault(letters, person.key)
            self.unspaced += [(n, person.key) for n in (*person.firsts, *person.lasts) if _is_unspaced(n)]
        for ways in self.by_word.values():
            ways.sort(key=lambda way: -len(way[0]))

    def look(self, text: str, *, own: int | None = None) -> list[Found]:
        """Names of anybody but `own` (the key of whose text it is) in the text, in its order."""
        text = unicodedata.normalize("NFC", text)
        mine = self.people.get(own)
        ways = self.free_ways | (mine.ways if mine else set())
        letters = self.free_initials | (mine.initials if mine else set())
        hits = [*self._names(text, own, ways), *self._initials(text, own, letters)]
        hits += [
            (at.start(), at.end(), key, False)
            for name, key in self.unspaced
            if key != own and not (mine and name in (*mine.firsts, *mine.lasts))
            for at in re.finditer(re.escape(name), text)
        ]
        found, last = [], -1
        for start, end, key, is_initials in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
            if start < last:
                continue
            last = end
            found.append(Found(key, text[start:end].strip(), is_initials, around(text, start, end)))
        return found

    def _names(self, text: str, own: int | None, free: set):
        found = tokens(text)
        for at, token in enumerate(found):
            for way, key in self._ways_at(token):
                length = len(way)
                if key == own or way in free or [t.folded for t in found[at + 1 : at + length]] != list(way[1:]):
                    continue
                is_plain = length == 1 and (len(way[0]) <= SHORT or way[0] in WORDS_TOO)
                if is_plain and not _reads_as_name(found, at, length):
                    continue
                yield token.start, found[at + length - 1].end, key, False
                break

    def _ways_at(self, token: Token):
        yield from self.by_word.get(token.folded, ())
        # "Quinns turn": the apostrophe forgotten.
        if token.is_capital and token.folded.endswith("s") and len(token.folded) > SHORT + 1:
            yield from (way for way in self.by_word.get(token.folded[:-1], ()) if len(way[0]) == 1)

    def _initials(self, text: str, own: int | None, free: set):
        for match in _DOTTED.finditer(text):
            letters = [c for c in match.group(1) if c.isalpha()]
            word = fold("".join(letters))
            is_time = word in ("am", "pm") and text[: match.start()].rstrip()[-1:].isdecimal()
            if all(c.isupper() for c in letters) and word not in free and not is_time:
                key = self.by_letters.get(word)
                if key is not None and key != own:
                    yield match.start(), match.end(), key, True
        for match in _ALONE.finditer(text):
            word = fold(match.group(1))
            key = self.by_letters.get(word)
            if match.group(1).isupper() and word not in ("a", "i") and word not in free and key not in (None, own):
                yield match.start(), match.end(), key, True
        found = tokens(text)
        for at, token in enumerate(found):
            if not 2 <= len(token.raw) <= 3 or not token.raw.isupper() or token.raw in ABBREVIATIONS:
                continue
            shouted = any(len(t.raw) > 3 and t.raw.isupper() for t in found[max(0, at - 1) : at + 2])
            key = self.by_letters.get(token.folded)
            if not shouted and token.folded not in free and key not in (None, own):
                yield token.start, token.end, key, True


def _is_unspaced(name: str) -> bool:
    """Written without spaces between words and without case (Chinese, Japanese, Thai): found anywhere in a text."""
    return len(name) > 1 and any(unicodedata.category(c) == "Lo" for c in name)


def around(text: str, start: int, end: int) -> str:
    """The place in the text, with some of what stands beside it, in one line."""
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    if left:
        left = text.rfind(" ", 0, left) + 1 or left
    if right < len(text):
        gap = text.find(" ", right)
        right = gap if 0 <= gap < right + AROUND else right
    said = " ".join(text[left:right].split())
    return f"{'… ' if left else ''}{said}{' …' if right < len(text) else ''}"
