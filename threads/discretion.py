"""What keeps people on a board from being found outside of it: no way to reach anybody, no last names.

A post that holds a telephone number, an address, a link or the name of an account is refused, with what was typed kept. It is
found by how it is written, also in full-width letters, with words for digits or with "at" and "dot"; who wants to get round that
can, and therefore somebody who leads looks first. Numbers that help (988, 911, toll-free lines) and dates are none of it.

Last names are not looked up: a refusal that came only where a guess is right would tell that it was. So a peer's first name with
a further capitalised word after it is refused whether or not that is their name; a full name that is right but written small is
no refusal: it waits for a look, whatever the board's rule.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext as _

from clinical.services.name_words import words_of
from clinical.services.names import Person, Token, fold, tokens
from core.errors import Refusal

_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_AT = r"(?:@|[\[({<]\s*(?:at|arroba)\s*[\])}>]|\s(?:at|arroba)\s)"
_DOT = r"(?:\.|[\[({<]\s*(?:dot|punto)\s*[\])}>]|\s(?:dot|punto)\s)"
# Not those that are words too: who forgets the space after a full stop has written no link ("Thanks.me too").
_ENDINGS = "com|org|net|edu|gov|info|biz|io|app|co|ly|gg|tv|mx|xyz"
_MAIL = re.compile(rf"[\w.+-]+\s*{_AT}\s*[\w-]+(?:\s*{_DOT}\s*[\w-]+)*\s*{_DOT}\s*(?:{_ENDINGS})\b", re.IGNORECASE)
_PLAIN_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LINK = re.compile(
    rf"\w+://|\bwww\.|\b[\w-]+(?:\.[\w-]+)*\.(?:{_ENDINGS})\b(?![\w-])|\b[\w-]+\s(?:dot|punto)\s(?:{_ENDINGS})\b",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@[^\W\d][\w.]+")
_SERVICES = (
    "instagram|insta|ig|facebook|fb|snapchat|snap|tiktok|telegram|whats ?app|wasap|discord|twitter|reddit|kik|"
    "linkedin|venmo|cash ?app|zelle|messenger|skype|face ?time|twitch|youtube|bluesky"
)
_ACCOUNT = re.compile(
    # "my insta is patpeer", "snap: pat99", "mi insta es …"; and "add me on snapchat", "búscame en Facebook".
    rf"\b(?:my|mi)\s+(?:{_SERVICES})\b\s*(?:is|es|name|nombre|:|=|-|handle|user\w*|usuario)"
    rf"|\b(?:{_SERVICES})\s*(?::|=|@)\s*\w"
    rf"|\b(?:add|find|follow|text|dm|message|msg|hit|reach|call|friend|look)\s+me\s+(?:up\s+)?(?:on|at|in|by|via)\s+(?:{_SERVICES}|signal)\b"
    rf"|\b(?:agr[eé]g[ae]me|b[uú]sc[ae]me|s[ií]g[au]e?me|escr[ií]b[ae]me|ll[aá]m[ae]me|m[aá]nd[ae]me \w+)"
    rf"\s+(?:en|por|al?)\s+(?:{_SERVICES}|signal)\b",
    re.IGNORECASE,
)
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPANISH = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
_DIGITS = {word: str(n) for words in (_ENGLISH, _SPANISH) for n, word in enumerate(words)} | {"oh": "0"}
_DIGIT_WORD = re.compile(rf"\b(?:{'|'.join(_DIGITS)})\b", re.IGNORECASE)
_DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[-./]\d{1,2}[-./]\d{2,4}\b|\b\d{1,2}:\d{2}\b")
_NUMBER = re.compile(r"\+?\d(?:[\s().·–-]{0,3}\d){6,}")
_TOLL_FREE = re.compile(r"1?8(?:00|33|44|55|66|77|88)\d{7}")
_COUNTING = ("12345678910", "1234567890", "10987654321", "9876543210")
# What often follows a first name with a capital and is none: beginnings of sentences, above all.
_NO_NAME = frozenset(
    fold(word)
    for word in words_of("""
    I I'm I’m I've I’ve I'd I'll You Your We They He She It This That These Those The A An And But Or So If When What Why How Who
    Thank Thanks Please Yes No Not Maybe Good Great Well Hi Hello Hey Sorry Let My Our Me To For From In On At As Is Are Was
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Today Tomorrow Last Next
    Yo Tú Tu Usted Ustedes Nosotros Ellos Él El La Los Las Un Una Y Pero O Si Sí Cuando Qué Que Por Para Gracias Favor Hola Buen
    Buenos Buenas Muy Mi Me Te Lo Le Es Eso Esto Hoy Mañana Lunes Martes Miércoles Jueves Viernes Sábado Domingo No Con De En A Al
    """)
)


def seen_through(text: str) -> str:
    """The text as it is meant to be read: composed, in ordinary widths, without what cannot be seen."""
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text))


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _is_number(found: str) -> bool:
    digits = _digits(found)
    clinic = _digits(settings.CLINIC_PHONE or "")
    helps = _TOLL_FREE.fullmatch(digits) or (clinic and clinic.endswith(digits))
    return not helps and not any(digits in counting for counting in _COUNTING)


def _has_number(text: str) -> bool:
    plain = _DATE.sub("\n" * 4, _DIGIT_WORD.sub(lambda m: _DIGITS[m.group().lower()], text))
    if any(_is_number(found.group()) for found in _NUMBER.finditer(plain)):
        return True
    matches = phonenumbers.PhoneNumberMatcher(plain, "US", phonenumbers.Leniency.POSSIBLE)
    return any(len(_digits(found.raw_string)) >= 7 and _is_number(found.raw_string) for found in matches)


def refuse_ways(text: str) -> None:
    """Raises Refusal (contact, link) for a text that holds a way to reach somebody, or a link."""
    text = seen_through(text)
    if (
        _PLAIN_MAIL.search(text)
        or _MAIL.search(text)
        or _has_number(text)
        or _HANDLE.search(text)
        or _ACCOUNT.search(text)
    ):
        raise Refusal(
            _(
                "This holds a way to reach somebody, such as a number, an address or the name of an account. To keep everybody"
                " safe these stay off the board: please take it out. Nothing you wrote is lost."
            ),
            "contact",
            "text",
        )
    if _LINK.search(text):
        raise Refusal(_("Links stay off the board: please take it out. Nothing you wrote is lost."), "link", "text")


def _words(text: str) -> list[Token]:
    return tokens(unicodedata.normalize("NFC", seen_through(text)))


def refuse_last_names(text: str, firsts: Iterable[str], *, own: Person | None = None) -> None:
    """Raises Refusal (last_name) where a name people here go by has a further name after it, and where somebody writes their own
    full name. firsts: those names as peers see them, of one word or several."""
    shown = [_fold_all(name) for name in firsts]
    heads, pairs = {name[0] for name in shown if name}, {name[:2] for name in shown if len(name) > 1}
    plain = unicodedata.normalize("NFC", seen_through(text))
    found = _words(text)
    for one, after in itertools.pairwise(found):
        if plain[one.end : after.start] not in (" ", "\u00a0") or one.is_possessive:
            continue
        is_peer = one.folded in heads and one.is_capital and after.is_capital and len(after.folded) > 1
        is_name = is_peer and after.folded not in _NO_NAME and (one.folded, after.folded) not in pairs
        if is_name or (own and names_in_full(plain[one.start : after.end], [own])):
            raise Refusal(
                _("First names only: please leave out “%(more)s” after “%(name)s”. Nothing you wrote is lost.")
                % {"name": one.raw, "more": after.raw},
                "last_name",
                "text",
            )


def _fold_all(name: str) -> tuple[str, ...]:
    return tuple(word.folded for word in _words(name))


def fold_first(name: str) -> str:
    """The first word of a name, as words of texts are compared with it."""
    return next((word.folded for word in _words(name)), "")


def names_in_full(text: str, people: Iterable[Person]) -> bool:
    """Whether anybody of these is named by first and last name, however it is written."""
    found = _words(text)
    folded = [token.folded for token in found]
    for person in people:
        lasts = {_fold_all(last) for last in person.lasts} - {()}
        firsts = {fold_first(first) for first in person.firsts} - {""}
        for at, word in enumerate(folded):
            if word in firsts and any(tuple(folded[at + 1 : at + 1 + len(last)]) == last for last in lasts):
                return True
    return False


def first_only(name: str, lasts: Iterable[str]) -> str:
    """A name shown to peers, without somebody's last name where they put it there too."""
    folded = {word for last in lasts for word in _fold_all(last)}
    kept = [word for word in name.split() if fold(word) not in folded]
    return " ".join(kept) or name.split()[0]
