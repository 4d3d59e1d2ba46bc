"""The agreement of a program's groups: written in versions that never change, signed by each person at the door."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Program, User
from core.errors import Refusal
from core.wordings import SOURCE, need_same, others
from patients.models import Episode, Patient
from rooms.models import Agreement, AgreementSignature, AgreementWording

LONGEST = 8000  # characters of a text
MOST, LONG = 20, 200  # guidelines, and characters of one
Words = tuple[str, list[str]]  # a text and its guidelines


def offered_text() -> str:
    """A text a program may start from, in the language that is active."""
    return "\n\n".join(
        [
            _("We meet by video to help each other get better. So that everybody can speak freely, each of us agrees:"),
            _(
                "What is said here stays here. I don’t tell anybody outside who comes or what they said. I know that the leaders"
                " keep records, and that they must act when somebody is in danger or a child or an elder is being harmed."
            ),
            _("I call others only by the name they show, and I don’t look for them elsewhere."),
            _("I come from a private place where nobody else can hear or see the others, and I wear headphones."),
            _("I don’t record, photograph or copy anything, in any way. Nobody here does: not the clinic either."),
            _("I come on time, sober and able to take part; never while I drive."),
            _("I say truly where I am, so that help can reach me. If I can’t stay, I tell a leader before I go."),
            _(
                "I speak for myself, I let others finish, and I may always pass. I may ask questions about this at any time."
            ),
        ]
    )


def offered_guidelines() -> list[str]:
    """The guidelines of that text, one can be held to each."""
    return [
        _("What is said here stays here."),
        _("Only the names people show."),
        _("A private place, with headphones."),
        _("No recording of any kind."),
        _("On time, and able to take part."),
        _("Not while driving."),
        _("Respect: let others finish."),
    ]


def offered(language: str = SOURCE) -> Words:
    """Text and guidelines a program may start from, in a language."""
    with override(language):
        return offered_text(), offered_guidelines()


def words_of(worded: Agreement | AgreementWording) -> Words:
    """What is read of a version, in one language."""
    return worded.text, worded.guidelines


def worded_of(agreement: Agreement) -> dict[str, Words]:
    """What is read of a version, by language, English first. One query."""
    return {SOURCE: words_of(agreement)} | {one.language: words_of(one) for one in agreement.wordings.all()}


def in_force(program_id: int) -> Agreement | None:
    """The version that holds in a program today; None where it has none. One query."""
    return Agreement.objects.filter(program_id=program_id).begun().first()


def signature_of(agreement: Agreement, patient: Patient) -> AgreementSignature | None:
    """Somebody's signature under a version."""
    return AgreementSignature.objects.filter(agreement=agreement, patient=patient).first()


def to_sign(program_id: int, patient: Patient) -> Agreement | None:
    """The version in force, where this person has not signed it; None when nothing is to be signed. Two queries."""
    agreement = in_force(program_id)
    return None if agreement is None or signature_of(agreement, patient) else agreement


def _said(text: str, guidelines: Iterable[str], prefix: str = "") -> Words:
    """Words as they are kept. prefix: of the names of fields. Raises Refusal (empty, too_long, guidelines)."""
    text = text.replace("\r\n", "\n").strip()
    kept = [line.strip() for line in guidelines if line.strip()]
    if not text:
        raise Refusal(_("Write what people agree to."), "empty", f"{prefix}text")
    if len(text) > LONGEST:
        raise Refusal(
            _("That is too long to be read at a door: at most %(n)s characters.") % {"n": LONGEST},
            "too_long",
            f"{prefix}text",
        )
    if len(kept) > MOST or any(len(line) > LONG for line in kept):
        raise Refusal(
            _("At most %(most)s guidelines of %(long)s characters each.") % {"most": MOST, "long": LONG},
            "guidelines",
            f"{prefix}guidelines",
        )
    return text, kept


def _said_beside(words: tuple[str, Iterable[str]], english: list[str], prefix: str = "") -> Words:
    """The words in another language: as many guidelines as in English. Raises Refusal (empty, too_long, guidelines)."""
    text, kept = _said(*words, prefix)
    if len(kept) != len(english):
        raise Refusal(
            _("There are %(n)s guidelines in English: write each of them, one a line.") % {"n": len(english)},
            "guidelines",
            f"{prefix}guidelines",
        )
    return text, kept


@transaction.atomic
def write_version(
    *,
    program: Program,
    text: str,
    guidelines: Iterable[str],
    in_force_from: dt.date,
    by: User,
    wordings: Mapping[str, tuple[str, Iterable[str]]] | None = None,
    still_same: bool = False,
) -> Agreement:
    """A new version of a program's agreement; the older ones, and what was signed, stay as they are. wordings: text and
    guidelines in other languages; still_same: whoever writes it looked whether those still say the same.

    Raises Refusal (empty, too_long, guidelines, past, before_another, same, stale; of another language at its field, es_text).
    """
    Program.objects.select_for_update().get(pk=program.pk)
    words = {SOURCE: _said(text, guidelines)}
    for code, theirs in (wordings or {}).items():
        if code in others():
            words[code] = _said_beside(theirs, words[SOURCE][1], f"{code}_")
    if in_force_from < program.today:
        raise Refusal(_("A version can’t have been in force before today."), "past", "in_force_from")
    last = Agreement.objects.of_program(program).first()
    if last and in_force_from < last.in_force_from:
        raise Refusal(
            _("The version before it begins later than that. Choose that day or a later one."),
            "before_another",
            "in_force_from",
        )
    before = worded_of(last) if last else None
    if last and before == words:
        raise Refusal(
            _("Nothing is different from version %(n)s: everybody would sign the same again.") % {"n": last.version},
            "same",
            "text",
        )
    if not still_same:
        need_same(before or {code: offered(code) for code in words}, words)
    number = Agreement.objects.filter(program=program).aggregate(last=Max("version"))["last"] or 0
    made = Agreement.objects.create(
        program=program,
        version=number + 1,
        text=words[SOURCE][0],
        guidelines=words[SOURCE][1],
        in_force_from=in_force_from,
        written_by=by,
    )
    for code, (theirs, kept) in words.items():
        if code != SOURCE:
            AgreementWording.objects.create(agreement=made, language=code, text=theirs, guidelines=kept, written_by=by)
    return made


def offered_beside(agreement: Agreement, language: str) -> Words:
    """Our own words in a language, for a version whose English is ours as it was offered; else none."""
    return offered(language) if offered() == words_of(agreement) else ("", [])


@transaction.atomic
def add_wording(
    *, agreement: Agreement, language: str, text: str, guidelines: Iterable[str], by: User
) -> AgreementWording:
    """Give a version its words in a language it lacks. They never change either; who signed does not sign again.

    Raises Refusal (no_language, empty, too_long, guidelines, there).
    """
    if language not in others():
        raise Refusal(_("Choose a language."), "no_language")
    said, kept = _said_beside((text, guidelines), agreement.guidelines)
    given = {"agreement": agreement, "language": language, "text": said, "guidelines": kept, "written_by": by}
    try:
        with transaction.atomic():
            return AgreementWording.objects.create(**given)
    except IntegrityError as error:
        if "one_agreement_wording_a_language" not in str(error):
            raise
        raise Refusal(_("This version has its words in that language already."), "there") from error


def sign(*, agreement: Agreement, patient: Patient, name: str, by: User, language: str = SOURCE) -> AgreementSignature:
    """Somebody signs the version in force by writing their name under the words in a language. Once signed it stays; signing
    again changes nothing.

    Raises Refusal (not_own, unnamed, not_in_force, not_worded).
    """
    if by.pk != patient.user_id:
        raise Refusal(_("Each signs for themselves."), "not_own")
    name = " ".join(name.split())
    if len(name) < 2 or len(name) > 200:
        raise Refusal(_("Write your name to sign."), "unnamed", "name")
    current = in_force(agreement.program_id)
    if current is None or current.pk != agreement.pk:
        raise Refusal(_("There is a newer version. Please read it and sign that one."), "not_in_force")
    if language != SOURCE and not agreement.wordings.filter(language=language).exists():
        raise Refusal(_("It is not there in this language. Please read it again."), "not_worded")
    given = {"agreement": agreement, "patient": patient, "name": name, "language": language}
    try:
        with transaction.atomic():
            return AgreementSignature.objects.create(**given, at=timezone.now())
    except IntegrityError:  # signed in another tab
        return AgreementSignature.objects.get(agreement=agreement, patient=patient)


def unsigned(agreement: Agreement, reader: User) -> list[Patient]:
    """Who of a program's people in care has not signed a version: of those the reader may know of, by name. One query."""
    here = Episode.objects.open(agreement.program.today).filter(program=agreement.program_id)
    found = Patient.objects.visible_to(reader).filter(pk__in=here.values("patient"))
    return list(found.exclude(agreements__agreement=agreement))
