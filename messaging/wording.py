"""What a message may not say: the one place.

A message is read over a shoulder, on a locked screen, by whoever shares the mailbox. So a wording names no diagnosis or
substance, no clinical word, no kind of group, not the programme and nobody's last name (CLINICAL_FACTS 5e). The words that
never change stand here; what an installation knows (its programs, its groups, its people) the floors above tell by `@forbids`.

Words are compared whole, without regard to case, accents and plurals, in English and Spanish at once: a wording in one
language may well hold a word of the other.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import STAFF
from accounts.models import Program, User
from messaging.kinds import Kind
from messaging.models import Channel
from messaging.texts import ALWAYS, PLACEHOLDER


class Why(Enum):
    """Why a word is forbidden: the sentence for the person who wrote it."""

    DIAGNOSIS = gettext_lazy("“%(word)s” names a diagnosis, a substance or a medication.")
    CLINICAL = gettext_lazy("“%(word)s” is a clinical word: it says what kind of place this is.")
    KIND = gettext_lazy("“%(word)s” names a kind of group.")
    PROGRAM = gettext_lazy("“%(word)s” names the program or one of its groups.")
    NAME = gettext_lazy("“%(word)s” is somebody’s last name.")


# Singular, without accents; a phrase is words parted by spaces. Plurals are found by themselves.
FORBIDDEN: dict[Why, str] = {
    Why.DIAGNOSIS: """
        addict addiction addicted addictive adiccion adicto adicta
        alcohol alcoholic alcoholism alcoholico alcoholica alcoholismo drinking drunk bebida borracho borracha
        drug droga drogas drogadiccion drogadicto narcotic narcotico substance sustancia
        opioid opiate opioide opiaceo heroin heroina fentanyl fentanilo oxycodone oxicodona
        cocaine cocaina crack meth methamphetamine metanfetamina amphetamine anfetamina stimulant estimulante
        cannabis marijuana marihuana weed benzodiazepine benzodiazepina benzo xanax
        methadone metadona buprenorphine buprenorfina suboxone subutex sublocade naltrexone naltrexona vivitrol naloxone
        naloxona narcan disulfiram antabuse antidepressant antidepresivo antipsychotic antipsicotico ssri lithium litio
        abuse abuser abuso dependence dependencia withdrawal abstinencia abstinence overdose sobredosis relapse recaida
        craving antojo intoxication intoxicacion
        depression depressive depressed depresion depresivo depresiva deprimido deprimida
        anxiety ansiedad panic panico phobia fobia bipolar mania manic maniaco
        ptsd tept trauma traumatic traumatico psychosis psicosis psychotic psicotico schizophrenia esquizofrenia
        schizoaffective esquizoafectivo ocd adhd tdah
        borderline dissociation disociacion disorder trastorno anorexia bulimia
        suicide suicidal suicidio suicida self harm autolesion diagnosis diagnose diagnostic diagnostico
        sud oud aud dsm icd symptom sintoma illness enfermedad
    """,
    Why.CLINICAL: """
        group grupo grupal recovery recovering recuperacion sober sobriety sobrio sobria sobriedad
        iop php partial hospitalization hospitalizacion hospital intensive intensivo intensiva
        outpatient ambulatorio ambulatoria inpatient residential residencial
        therapy therapist therapeutic psychotherapy psychotherapist
        terapia terapeuta terapeutico terapeutica psicoterapia psicoterapeuta
        counseling counselling counselor counsellor consejeria consejero consejera
        rehab rehabilitation rehabilitacion detox detoxification desintoxicacion
        treatment tratamiento clinic clinical clinician clinica clinico behavioral health behavioural health
        salud conductual salud mental mental mental health psychiatry psychiatric psychiatrist
        psiquiatria psiquiatrico psiquiatra psychology psychological psychologist psicologia psicologico psicologo psicologa
        moud medication medicacion medicamento medicine medicina prescriber prescription receta prescripcion
        nurse enfermero enfermera doctor doctora physician medico medica
        lmft lcsw lpcc lpc lmhc radt cadc ladc
        patient paciente case management manejo de caso care plan plan de cuidado
        episode of care level of care nivel de cuidado drug test urine test prueba de drogas urinalysis toxicology toxicologia
        psychoanalysis psicoanalisis al anon nar anon
    """,
    Why.KIND: """
        psychoeducation psychoeducational psicoeducacion psicoeducativo psicoeducativa
        skill habilidad process proceso support apoyo
        cbt tcc dbt mindfulness atencion plena motivational interviewing entrevista motivacional
        relapse prevention prevencion de recaida seeking safety twelve step 12 step doce paso 12 paso
        interpersonal mutual aid ayuda mutua cognitive cognitivo cognitiva behavioral behavioural conductual dialectical
        dialectico dialectica anger management manejo de la ira family session sesion familiar
        aa na smart recovery alcoholics anonymous alcoholicos anonimos narcotics anonymous narcoticos anonimos
        grief duelo
    """,
}
# In the lists above these belong together; everything else is one word.
_PHRASES = """
    self harm | behavioral health | behavioural health | salud conductual | salud mental | mental health | case management
    | manejo de caso | care plan | plan de cuidado | episode of care | level of care | nivel de cuidado | drug test | urine test
    | prueba de drogas | motivational interviewing | entrevista motivacional | relapse prevention | prevencion de recaida
    | seeking safety | twelve step | 12 step | doce paso | 12 paso | mutual aid | ayuda mutua | anger management
    | manejo de la ira | family session | sesion familiar | smart recovery | alcoholics anonymous | alcoholicos anonimos
    | narcotics anonymous | narcoticos anonimos | partial hospitalization | atencion plena | al anon | nar anon
"""
# Last names that are everyday words are refused only where they are written like a name: with a capital, and not because a
# sentence begins. Otherwise one patient called Day would take the word from everybody.
_EVERYDAY = """
    a an and as at away back before begin best bell book bright bring call can change close come cook day days done early end
    english every field fine first forth free friday friend full give go good grace gray green hall hello here hi hill holiday
    hope hour house if in is it joy just keep king know lane last late law light link little live long love low main major
    many march marsh may mark miss monday moon more morning new news next noble noon now off on one open or park part past
    pay place please post price quick ready reason rest rice right rose sage seat see short sign silver small so sunday
    spring star start still stone strong summer sweet teach tell text than thank that the then this time to today turn
    wait walk want was way we week well west when white will winter wise with wood word work yes you young your
    al amor ante bello blanco bueno calle campo casa cita claro con cruz de del dia dias dos el en es esta feliz flores
    fuentes gracia hasta la las leal los luna luz mas mayo mesa mil nuevo para paz por que reyes rico rios si sol su tiempo
    tres un una valle vega ver vida y
"""
EVERYDAY = frozenset(_EVERYDAY.split())

Provider = Callable[[Program], Iterable[str]]
_providers: list[tuple[Why, Provider]] = []


def forbids(why: Why) -> Callable[[Provider], Provider]:
    """Register what a floor knows: a function from a program to the words and phrases its messages may not say."""

    def register(provider: Provider) -> Provider:
        _providers.append((why, provider))
        return provider

    return register


@dataclass(frozen=True, slots=True)
class _Word:
    plain: str  # without case and accents
    written: str
    begins_sentence: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One thing wrong with a wording, or (warning) worth a second look."""

    sentence: str
    code: str
    field: str = "text"


def plain(text: str) -> str:
    """The text without case and accents: "Adicción" -> "adiccion"."""
    parted = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parted if not unicodedata.combining(c)).casefold()


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def _words(text: str) -> list[_Word]:
    """The words of a text, placeholders left out."""
    text = PLACEHOLDER.sub(" 0 ", unicodedata.normalize("NFKC", text.translate(_INVISIBLE)))
    found, end = [], 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        begins = not found or bool(re.search(r"[.!?:;¡¿\n]", between))
        bare = re.sub(r"['’]s?$|['’]s\b", "", plain(match[0]))
        found.append(_Word(re.sub(r"['’]", "", bare), match[0], begins))
        end = match.end()
    return found


def _forms(word: str) -> list[str]:
    """A word as it may be meant: itself, or what it is the plural of, in both languages."""
    forms = [word]
    if len(word) > 3 and word.endswith("s"):
        forms.append(word[:-1])
    if len(word) > 4 and word.endswith("es"):
        forms.append(word[:-2])
    if len(word) > 4 and word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if len(word) > 4 and word.endswith("ces"):
        forms.append(word[:-3] + "z")
    return forms


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(word.plain for word in _words(phrase))


@lru_cache(maxsize=1)
def _static() -> dict[tuple[str, ...], Why]:
    """Every word and phrase that is always forbidden."""
    phrases = [" ".join(p.split()) for p in _PHRASES.split("|")]
    lexicon: dict[tuple[str, ...], Why] = {}
    for why, text in FORBIDDEN.items():
        words = f" {' '.join(text.split())} "
        for phrase in sorted(phrases, key=len, reverse=True):
            if f" {phrase} " in words:
                lexicon.setdefault(_key(phrase), why)
                words = words.replace(f" {phrase} ", " ")
        for word in words.split():
            lexicon.setdefault((word,), why)
    return lexicon


def _lexicon(program: Program | None) -> dict[tuple[str, ...], Why]:
    """What is forbidden in a program's messages. A query for each provider; none without a program."""
    lexicon: dict[tuple[str, ...], Why] = {}
    if program is not None:
        for why, provider in _providers:
            for phrase in provider(program):
                key = _key(phrase)
                # Of two last names each tells as much.
                parts = [(word,) for word in key if len(word) > 2] if why is Why.NAME else []
                lexicon.update(dict.fromkeys([key, *parts] if key else [], why))
    return {**lexicon, **_static()}


def _why(lexicon: dict[tuple[str, ...], Why], here: list[_Word]) -> Why | None:
    """Why these words may not stand together, or None. Names have no plural: "does" is nobody called Doe."""
    exact = tuple(word.plain for word in here)
    forms = [_forms(word.plain) for word in here]
    # Of a long name (a group's topic) not every mixture of singulars is tried.
    keys = itertools.product(*forms) if len(forms) <= 4 else (exact, tuple(f[-1] for f in forms))
    for key in keys:
        why = lexicon.get(key)
        if why is None or (why is Why.NAME and key != exact):
            continue
        first = here[0]
        if why is Why.NAME and len(here) == 1 and first.plain in EVERYDAY:
            return why if first.written[:1].isupper() and not first.begins_sentence else None
        return why
    return None


def forbidden_in(text: str, program: Program | None = None) -> Iterator[tuple[str, Why]]:
    """What a text says that it may not, as it is written there, each thing once. Without a program: what always holds."""
    lexicon = _lexicon(program)
    longest = max(map(len, lexicon))
    words, at, said = _words(text), 0, set()
    while at < len(words):
        step = 1
        for length in range(min(longest, len(words) - at), 0, -1):
            here = words[at : at + length]
            why = _why(lexicon, here)
            if why is None:
                continue
            written = " ".join(w.written for w in here)
            if plain(written) not in said:
                said.add(plain(written))
                yield written, why
            step = length
            break
        at += step


def placeholders_of(kind: Kind) -> tuple[str, ...]:
    """The placeholders a wording of the kind may use."""
    return tuple(dict.fromkeys((*kind.samples, *ALWAYS)))


_ADDRESS = re.compile(
    r"(?:https?:|www\.|://)\S*|\b[\w-]+\.(?:com|org|net|io|us|gov|edu|health|care|app|link|ly|me)\b", re.I
)
_BRACE = re.compile(r"\{[^{}]*\}|[{}]")


def errors_of(kind: Kind, *, subject: str, text: str, program: Program) -> list[Found]:
    """What forbids this wording, a sentence each: forbidden words, unknown placeholders, addresses of other pages."""
    known, found = placeholders_of(kind), []
    for field, words in (("subject", subject), ("text", text)):
        for word, why in forbidden_in(words, program):
            found.append(Found(why.value % {"word": word}, f"names_{why.name.lower()}", field))
        for brace in dict.fromkeys(_BRACE.findall(words)):
            if brace[1:-1] not in known:
                found.append(
                    Found(
                        _("“%(this)s” is no placeholder here. There are: %(known)s.")
                        % {"this": brace, "known": ", ".join(f"{{{k}}}" for k in known)},
                        "unknown_placeholder",
                        field,
                    )
                )
        if address := _ADDRESS.search(words):
            found.append(
                Found(
                    _("“%(this)s”: a message leads nowhere but to these pages, by {link}.") % {"this": address[0]},
                    "foreign_address",
                    field,
                )
            )
    return found


def warnings_of(kind: Kind, *, channel: str, subject: str, text: str) -> list[Found]:
    """What a wording leaves out that its readers will miss. It may be saved all the same."""
    found = []
    said = {*PLACEHOLDER.findall(text)}
    usual = {*PLACEHOLDER.findall(f"{kind.sentence}")}
    for name in (n for n in kind.samples if n in usual and n not in said):
        found.append(Found(_("{%(name)s} is missing: nobody will know.") % {"name": name}, "placeholder_missing"))
    if channel in (Channel.EMAIL, Channel.SMS) and "link" not in said:
        found.append(Found(_("{link} is missing: where do they sign in?"), "placeholder_missing"))
    if channel == Channel.SMS and not re.search(r"\bSTOP\b", text):
        found.append(Found(_("It does not say how to end texts: “Reply STOP to end texts.”"), "no_stop"))
    return found


@forbids(Why.PROGRAM)
def _program_names(program: Program) -> Iterable[str]:
    """Every program of the installation: another one's name tells as much."""
    return Program.objects.values_list("name", flat=True)


@forbids(Why.NAME)
def _last_names_of_staff(program: Program) -> Iterable[str]:
    return (
        User.objects.filter(role_assignments__program=program, role_assignments__role__in=list(STAFF))
        .values_list("last_name", flat=True)
        .distinct()
    )
