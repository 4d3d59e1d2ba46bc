"""What an incoming text means: stop, start, help, or something else.

A revocation of consent may be made "in any reasonable manner" (TCPA, CLINICAL_FACTS 5e): by keyword and by plain wording. But
people also write to the number that reminds them when they are in need, and "I can't stop crying" is no revocation. So plain
wording counts only where it asks for it: in a sentence that begins with the request (after "please", "hi", "I want you to")
and whose object is texts, or being written to.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from messaging.models import InboundText

Meaning = InboundText.Meaning
LONGEST = 1600  # characters a text can have


@dataclass(frozen=True, slots=True)
class Said:
    """What a text means. more: it may say something else besides. language: of the words recognised, if any."""

    meaning: Meaning
    more: bool = False
    language: str = ""


def _set(words: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in words.split("|"))


# Keywords stand alone, and are compared without spaces ("opt out", "S.T.O.P").
_KEYWORDS = {
    (Meaning.STOP, "en"): _set(
        "stop|stopall|quit|end|revoke|optout|cancel|unsubscribe|unsub|cease|desist|remove|removeme|unsubscribeme|optmeout"
    ),
    (Meaning.STOP, "es"): _set(
        "parar|para|pare|paren|alto|basta|cancelar|cancela|cancele|detener|detengan|baja|dardebaja|fin|arret|arrete"
    ),
    (Meaning.START, "en"): _set("start|unstop|continue|resume|restart|optin|subscribe|resubscribe"),
    (Meaning.START, "es"): _set("seguir|continuar|empezar|iniciar|reanudar|comenzar"),
    (Meaning.HELP, "en"): _set("help|info|information|helpme|ineedhelp|needhelp|whoisthis|whosthis|whoareyou"),
    (Meaning.HELP, "es"): _set("ayuda|ayudame|ayudenme|necesitoayuda|informacion|quieneseste|quienes|quienesson"),
}
# In a text of several sentences only these keep their meaning: "End." and "Basta." may be about a life.
_CLEAR = _set("stop|stopall|unsubscribe|optout|unsubscribeme|optmeout")
# What "please … now" and the like may stand around.
_BARE = _set("stop|stopit|stopthis|stopthat|stopall|stopallofthis|unsubscribe|optout")

# What may stand before a request without changing it. Not "I want to": what somebody wants to stop is something else.
_LEADS = _set(
    "please|pls|plz|kindly|just|hi|hello|hey|ok|okay|yo|omg|ugh|no|sorry|thanks|thank you|so|and|also|again|now|then|but|you"
    "|you guys|guys|sir|madam|stop|i said|i told you|i told you to|i asked you|i asked you to|i want you to|i need you to"
    "|i would like you to|id like you to|want you to|can you|could you|would you|will you|you need to|you must|wrong number"
    "|por favor|porfavor|porfa|hola|oye|ya|si|y|favor de|pueden|puede|puedes|podrian|podria|gracias|buenos dias"
    "|buenas tardes|les pido que|le pido que|te pido que|quiero que"
)
_SELF = _set("i want to|i would like to|id like to|i wish to|i need to|may i|can i|i am going to|quiero|deseo|quisiera")
_TAILS = _set(
    "please|pls|plz|thanks|thank you|thx|now|already|ok|okay|asap|immediately|right now|for now|forever|sir|madam"
    "|por favor|porfa|gracias|ya|ahora|ahora mismo"
)
_POLITE = _set("please|pls|plz|thanks|thank you|thx|hi|hello|hey|por favor|porfa|gracias|hola")

_TEXTS = "(?:texts?|txts?|messages?|msgs?|sms|reminders?|alerts?|notifications?|spam|subscription)"
_TEXTOS = "(?:mensajes?|textos?|sms|recordatorios?|avisos?|notificaciones)"
_THESE = (
    "(?:(?:all|any|the|these|those|this|your|my|me|more|of|further|future|automated|daily|text|sms|anymore"
    "|estos|esos|los|las|sus|tus|mis|mas|todos) )*"
)
_ME = "(?:me|us|this number|my phone|my number|my cell)"
_AGAIN = (
    "(?:any ?more|again|ever|no more|please|now|ok|thanks|thank you)"  # none made of two others: it must stay linear
)
_END = f"(?: {_AGAIN})*$"
_WHOSE = f"(?:from |of |de )*{_THESE}(?:(?:la|su|tu|esta|contact|mailing|messaging|reminder) )*"
_NOT_ANY_MORE = "(?:do not|dont|no longer)"
_LIST = f"{_WHOSE}(?:lists?|listas?|database|system|{_TEXTS}|{_TEXTOS})"

# Requests to stop, from the beginning of a sentence. Where the pattern has no end, what follows changes nothing ("stop texting
# me, I moved").
_REQUESTS = {
    "en": (
        rf"(?:stop|quit|cease|end) (?:texting|txting|messaging|contacting|spamming)(?: {_ME}\b| {_THESE}{_TEXTS}\b|{_END})",
        rf"(?:stop|quit|cease|end) (?:sending|writing)(?: {_ME}| to {_ME})?(?: {_THESE}{_TEXTS}\b| anything| this| these|{_END})",
        rf"(?:stop|quit) (?:calling|bothering|reminding|disturbing|harassing|pestering|notifying)(?: {_ME})?{_END}",
        rf"(?:stop|quit|cease) (?:sending|delivering) {_THESE}{_TEXTS}\b",
        rf"(?:stop|cancel|end|quit|cease|discontinue|block|no) {_THESE}{_TEXTS}\b(?! (?:from|of|by|with) (?:my|him|her|them)\b)",
        rf"(?:i )?(?:do not|dont|never|no) (?:ever )?(?:text|txt|message|msg|sms|contact|spam) {_ME}\b",
        rf"(?:i )?(?:do not|dont|never|no) (?:ever )?(?:send|write)(?: {_ME}| to {_ME})?(?: {_THESE}{_TEXTS}\b| anything|{_END})",
        rf"(?:do not|dont|never) (?:ever )?(?:text|txt|message|call|contact|bother|remind|disturb|harass)(?: {_ME})?{_END}",
        rf"i {_NOT_ANY_MORE} (?:want|wish|need|care)(?: to| for)?(?: get| receive| have| see| be getting)? {_THESE}{_TEXTS}\b",
        rf"i {_NOT_ANY_MORE} want (?:these|this|any|any more|any of these|any of this){_END}",
        rf"i {_NOT_ANY_MORE} (?:want|wish) to be (?:texted|messaged|contacted|reminded|on (?:this|your) list)\b",
        rf"i {_NOT_ANY_MORE} want you to (?:text|txt|message|contact|write|call)(?: {_ME})?\b",
        rf"i (?:do not|dont) (?:consent|agree) to {_THESE}(?:{_TEXTS}|this)\b",
        rf"(?:take|get) {_ME} off(?: {_LIST}| of it)?{_END}",
        rf"(?:remove|delete|erase|unsubscribe) {_ME}(?: {_LIST})?{_END}",
        rf"(?:opt|sign) {_ME} out\b",
        rf"opt out(?: of {_THESE}(?:{_TEXTS}|this|these|it))?{_END}",
        rf"unsubscribe(?: {_LIST})?{_END}",
        r"i (?:hereby )?(?:revoke|withdraw) (?:my |all )?consent\b",
        r"(?:revoke|withdraw) (?:my |all )?consent\b",
        r"(?:lose|forget) (?:my|this) number\b",
        rf"leave me alone{_END}",
        rf"(?:you have the |you got the |this is the |its the )?wrong (?:number|person){_END}",
    ),
    "es": (
        rf"no me (?:vuelvan? a |vuelvas a )?(?:mand|envi)(?:e|es|en|ar)(?: mas\b| {_THESE}{_TEXTOS}\b| nada\b|$)",
        r"no me (?:vuelvan? a |vuelvas a )?(?:escrib(?:a|as|an|ir)|texte(?:e|es|en|ar)|contact(?:e|es|en|ar))\b",
        r"no me (?:vuelvan? a |vuelvas a )?(?:llam|molest)(?:e|es|en|ar)(?: mas| nunca mas| de nuevo| otra vez)?$",
        rf"no (?:mand|envi)(?:e|es|en) {_THESE}{_TEXTOS}\b",
        rf"(?:deja|dejen|deje|paren|para|pare) de (?:mandar|enviar)(?:me|nos)?(?: mas\b| {_THESE}{_TEXTOS}\b| nada\b|$)",
        r"(?:deja|dejen|deje|paren|para|pare) de (?:escribir|textear|contactar)(?:me|nos)\b",
        r"(?:deja|dejen|deje|paren|para|pare) de (?:llamar|molestar)(?:me|nos)$",
        rf"no (?:mas )?{_THESE}{_TEXTOS}\b",
        rf"no (?:quiero|deseo|necesito)(?: recibir| que me (?:manden|envien))? {_THESE}{_TEXTOS}\b",
        r"no (?:quiero|deseo) que me (?:escriban|contacten|texteen|llamen)\b",
        rf"(?:quitenme|quiteme|quitame|saquenme|saqueme|sacame|quiten mi numero|borren mi numero) {_LIST}\b",
        rf"(?:borrenme|borreme|borrame|eliminenme|elimineme|eliminame|eliminen mi numero|borren mi numero)(?: {_LIST})?$",
        r"(?:dame|denme|deme) de baja\b",
        rf"(?:cancel(?:a|e|en|ar)|detengan|detener|paren|parar|alto a) {_THESE}{_TEXTOS}\b",
        r"(?:este es un )?numero equivocado\b|se equivoc\w+ de numero\b",
        r"(?:dejenme|dejame|dejeme) en paz$",
    ),
}
_REQUEST = {language: tuple(re.compile(p) for p in patterns) for language, patterns in _REQUESTS.items()}
# "I want to …": only what can be nothing else.
_SELF_REQUEST = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:stop|quit)(?: (?:getting|receiving))? {_THESE}{_TEXTS}\b",
        rf"opt out(?: of {_THESE}(?:{_TEXTS}|this|these|it))?{_END}",
        rf"unsubscribe(?: {_LIST})?{_END}",
        rf"(?:cancel|end) {_THESE}{_TEXTS}\b",
        rf"be (?:removed|taken off|deleted)(?: {_LIST})?{_END}",
        r"(?:revoke|withdraw) (?:my |all )?consent\b",
        rf"(?:dejar de recibir|cancelar|parar) {_THESE}{_TEXTOS}\b",
        r"darme de baja\b",
    )
)
_ASKS_HOW = re.compile(
    r"(?:how (?:do i|can i|to)|como (?:puedo|hago para)) (?:stop|cancel|end|unsubscribe|opt out|parar|cancelar)"
    rf"(?: {_THESE}(?:{_TEXTS}|{_TEXTOS}))?$"
)


def _plain(text: str) -> str:
    """Without case, accents, apostrophes and signs; words parted by one space."""
    parted = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in parted if not unicodedata.combining(c) and unicodedata.category(c) != "Cf").casefold()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['’‘`´]", "", bare)).split())


def _sentences(text: str) -> list[str]:
    """A text's sentences, plain. The point after a single letter ends none ("S.T.O.P")."""
    parts = re.split(r"(?<=\w\w)[.;…]+(?:\s|$)|[\n\r!?…]+", text)
    return [plain for part in parts if (plain := _plain(part))]


def _cut(words: list[str], phrases: frozenset[str], *, at_end: bool = False) -> list[str] | None:
    """The words without the longest of the phrases at their beginning (or end); None where there is none."""
    for length in range(min(5, len(words)), 0, -1):
        if " ".join(words[-length:] if at_end else words[:length]) in phrases:
            return words[:-length] if at_end else words[length:]
    return None


def _starts(words: list[str]) -> Iterator[list[str]]:
    """The sentence, and what is left of it without one polite beginning after the other."""
    while words:
        yield words
        words = _cut(words, _LEADS) or []


def _trimmed(words: list[str], phrases: frozenset[str]) -> list[str]:
    """The words without such phrases at both ends."""
    while (shorter := _cut(words, phrases, at_end=True)) is not None:
        words = shorter
    while (shorter := _cut(words, phrases)) is not None:
        words = shorter
    return words


def _keyword(words: list[str]) -> tuple[Meaning, str] | None:
    """The meaning and language of the keyword that a text consists of. The same twice ("stop stop") is one."""
    together, each = "".join(words), set(words)
    for found, known in _KEYWORDS.items():
        if words and (together in known or each <= known):
            return found
    return None


def _asks_to_stop(sentence: str) -> str:
    """The language in which a sentence asks for no more texts; "" when it doesn't."""
    for words in _starts(sentence.split()):
        rest = " ".join(words)
        if "".join(_trimmed(words, _TAILS)) in _BARE:
            return "en"
        for language, patterns in _REQUEST.items():
            if any(pattern.match(rest) for pattern in patterns):
                return language
        if (wish := _cut(words, _SELF)) and any(pattern.match(" ".join(wish)) for pattern in _SELF_REQUEST):
            return "es" if words[0] in ("quiero", "deseo", "quisiera") else "en"
    return ""


def understand(text: str) -> Said:
    """What a text means. Its words are not kept."""
    sentences = _sentences(text[:LONGEST])
    whole = _plain(text[:LONGEST]).split()
    if found := _keyword(whole) or _keyword(_trimmed(whole, _POLITE)):
        return Said(found[0], language=found[1])
    for sentence in sentences:
        language = "en" if sentence.replace(" ", "") in _CLEAR else _asks_to_stop(sentence)
        if language:
            return Said(Meaning.STOP, more=len(sentences) > 1 or len(whole) > 8, language=language)
    if any(_ASKS_HOW.match(" ".join(_trimmed(sentence.split(), _POLITE))) for sentence in sentences):
        return Said(Meaning.HELP)
    return Said(Meaning.OTHER)
