"""Deeds on consents: word a version, publish it, sign it, withdraw it, deal with a withdrawal."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import GRANTS, Can, Role, allows
from accounts.models import Program, RoleAssignment, User
from core.errors import Refusal
from core.wordings import SOURCE, need_same, others
from messaging.models import Delivery
from messaging.services import plan
from patients.consent_words import offered
from patients.models import CareTeamMember, Consent, ConsentDocument, ConsentWording, Patient
from patients.models.consents import ELEMENTS, WORDS

LONGEST = 20_000  # characters of a text; of an element a tenth
WORDS_AT_MOST = 2000
WITHDRAWN = "consent_withdrawn"  # a kind of message
TOLD_FOR = dt.timedelta(days=14)
Kind = ConsentDocument.Kind
Words = dict[str, str]  # by the names in `WORDS`


def may_word(user: User, program: Program) -> bool:
    """Whether the person words what this program's people consent to."""
    return program.pk in user.program_ids(*GRANTS[Can.WORD_CONSENTS])


def _need_word(user: User, program: Program) -> None:
    if not may_word(user, program):
        raise Refusal(_("You don’t word this program’s consents."), "not_yours")


@transaction.atomic
def start_version(*, program: Program, kind: str, by: User) -> ConsentDocument:
    """A draft of the next version, from the last one or words offered to begin with, in every language they are there in; the
    draft there is, where there is one.

    Raises Refusal (not_yours, unknown_kind).
    """
    _need_word(by, program)
    if kind not in Kind.values:
        raise Refusal(_("There is no such consent."), "unknown_kind")
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)  # one draft, whoever presses at once
    versions = ConsentDocument.objects.filter(program=program, kind=kind)
    if draft := versions.filter(published_at=None).first():
        return draft
    last = versions.published().first()
    worded = worded_of(last) if last else {code: offered(kind, program, code) for code in (SOURCE, *others())}
    number = versions.aggregate(last=Max("version"))["last"] or 0
    words = worded.pop(SOURCE)
    draft = ConsentDocument.objects.create(program=program, kind=kind, version=number + 1, written_by=by, **words)
    _word(draft, worded, by)
    return draft


def words_of(worded: ConsentDocument | ConsentWording) -> Words:
    """Everything that is read of a version, in one language."""
    return {name: getattr(worded, name) for name in WORDS}


def worded_of(document: ConsentDocument) -> dict[str, Words]:
    """Everything that is read of a version, by language, English first. One query."""
    return {SOURCE: words_of(document)} | {one.language: words_of(one) for one in document.wordings.all()}


def _word(draft: ConsentDocument, worded: dict[str, Words], by: User) -> None:
    """The other languages of a draft, as given: what is not given, or says nothing, is no longer there."""
    kept = {code: words for code, words in worded.items() if any(words.values())}
    draft.wordings.exclude(language__in=kept).delete()
    for code, words in kept.items():
        ConsentWording.objects.update_or_create(
            document=draft,
            language=code,
            defaults=words | {"written_by": by},
            create_defaults=words | {"written_by": by},
        )


def _locked_draft(document: ConsentDocument, by: User) -> ConsentDocument:
    found = ConsentDocument.objects.select_for_update(no_key=True).filter(pk=document.pk).first()
    if found is None:
        raise Refusal(_("This draft was thrown away meanwhile."), "gone")
    _need_word(by, found.program)
    if found.published_at:
        raise Refusal(_("This version is published and never changes. Begin a new one."), "published")
    return found


def _said(words: Words, prefix: str = "") -> Words:
    """Words as they are kept. prefix: of the names of fields. Raises Refusal (too_long)."""
    said = {name: words.get(name, "").replace("\r\n", "\n").strip() for name in WORDS}
    said["title"] = " ".join(said["title"].split())
    for name, most in (("title", 120), ("text", LONGEST), *((name, LONGEST // 10) for name in ELEMENTS)):
        if len(said[name]) > most:
            raise Refusal(_("That is too long: at most %(n)s characters.") % {"n": most}, "too_long", f"{prefix}{name}")
    return said


@transaction.atomic
def save_draft(
    *, document: ConsentDocument, by: User, wordings: dict[str, Words] | None = None, **words: str
) -> ConsentDocument:
    """Keep the words of a draft, all of them. words: title, text, and of a consent to share its elements, in English; wordings:
    the same in other languages.

    Raises Refusal (not_yours, gone, published, too_long; of another language at its field, es_title).
    """
    draft = _locked_draft(document, by)
    said = _said(words)
    worded = {code: _said(theirs, f"{code}_") for code, theirs in (wordings or {}).items() if code in others()}
    for name, value in said.items():
        setattr(draft, name, value)
    draft.written_by = by
    draft.save(update_fields=[*said, "written_by"])
    _word(draft, worded, by)
    return draft


def _need_whole(words: Words, kind: str, prefix: str = "") -> None:
    """Raises Refusal (empty)."""
    for name in ("title", "text", *(ELEMENTS if kind == Kind.SHARING else ())):
        if not words[name].strip():
            label = ConsentDocument._meta.get_field(name).verbose_name
            if prefix:
                label = f"{label} ({others()[prefix]})"
            raise Refusal(
                _("It can’t be published without this: %(what)s.") % {"what": label},
                "empty",
                f"{prefix}_{name}" if prefix else name,
            )


@transaction.atomic
def publish(*, document: ConsentDocument, by: User, still_same: bool = False) -> ConsentDocument:
    """Put a draft in force: it is sealed in all its languages, and everybody in the program is asked to sign it. still_same: who
    publishes looked whether another language still says the same, where only the English was changed.

    Raises Refusal (not_yours, gone, published, empty, same, stale).
    """
    draft = _locked_draft(document, by)
    now = worded_of(draft)
    for code, words in now.items():
        _need_whole(words, draft.kind, "" if code == SOURCE else code)
    last = ConsentDocument.objects.filter(program=draft.program_id, kind=draft.kind).published().first()
    if last and worded_of(last) == now:
        raise Refusal(
            _("Nothing is different from version %(n)s: everybody would sign the same again.") % {"n": last.version},
            "same",
            "text",
        )
    if not still_same:
        before = worded_of(last) if last else {code: offered(draft.kind, draft.program, code) for code in now}
        need_same(_by_language(before), _by_language(now))
    draft.published_at, draft.published_by = timezone.now(), by
    draft.save(update_fields=["published_at", "published_by"])
    return draft


def _whole(words: Words) -> tuple:
    return tuple(words.get(name, "") for name in WORDS)


def _by_language(worded: dict[str, Words]) -> dict[str, tuple]:
    return {code: _whole(words) for code, words in worded.items()}


def offered_beside(document: ConsentDocument, language: str) -> Words:
    """Our own words in a language, for a version whose English is ours as it was offered; else none."""
    ours = offered(document.kind, document.program)
    return offered(document.kind, document.program, language) if _whole(ours) == _whole(words_of(document)) else {}


@transaction.atomic
def add_wording(*, document: ConsentDocument, language: str, by: User, **words: str) -> ConsentWording:
    """Give a published version its words in a language it lacks. They are sealed at once; who signed does not sign again.

    Raises Refusal (not_yours, no_language, draft, there, too_long, empty).
    """
    _need_word(by, document.program)
    if language not in others():
        raise Refusal(_("Choose a language."), "no_language")
    if not document.published_at:
        raise Refusal(_("It is a draft: write them there."), "draft")
    said = _said(words)
    _need_whole(said, document.kind)
    try:
        with transaction.atomic():
            return ConsentWording.objects.create(document=document, language=language, written_by=by, **said)
    except IntegrityError as error:
        if "one_wording_a_language" not in str(error):
            raise
        raise Refusal(_("This version has its words in that language already."), "there") from error


@transaction.atomic
def discard_draft(*, document: ConsentDocument, by: User) -> None:
    """Throw a draft away. Raises Refusal (not_yours, gone, published)."""
    draft = _locked_draft(document, by)
    draft.wordings.all().delete()
    draft.delete()


def to_sign(patient: Patient) -> list[ConsentDocument]:
    """What somebody in care has not answered yet: the newest of each kind in their programs that they never signed. What they
    withdrew is not asked for again by itself. One query."""
    today = timezone.localdate()
    here = patient.episodes.filter(Q(ended_on=None) | Q(ended_on__gt=today)).values("program_id")
    answered = Consent.objects.filter(patient=patient).values("document_id")
    rows = ConsentDocument.objects.in_force().filter(program__in=here).exclude(pk__in=answered)
    order = {str(kind): n for n, kind in enumerate(Kind.values)}
    return sorted(rows.titled().select_related("program"), key=lambda one: (order[one.kind], one.program_id))


def is_in_force(document: ConsentDocument) -> bool:
    """Whether it is the newest published version. One query."""
    newest = ConsentDocument.objects.filter(program=document.program_id, kind=document.kind).published().first()
    return newest is not None and newest.pk == document.pk


@transaction.atomic
def sign(*, document: ConsentDocument, patient: Patient, name: str, by: User, language: str = SOURCE) -> Consent:
    """Somebody signs the version in force by writing their name under the words in a language. Signed already: changes nothing.

    Raises Refusal (not_own, not_theirs, unnamed, not_in_force, not_worded).
    """
    if by.pk != patient.user_id:
        raise Refusal(_("Each signs for themselves."), "not_own")
    if not patient.episodes.filter(program=document.program_id).exists():
        raise Refusal(_("This is not for you to sign."), "not_theirs")
    name = " ".join(name.split())
    if len(name) < 2 or len(name) > 200:
        raise Refusal(_("Write your name to sign."), "unnamed", "name")
    if not is_in_force(document):
        raise Refusal(_("There is a newer version. Please read it and sign that one."), "not_in_force")
    if language != SOURCE and not document.wordings.filter(language=language).exists():
        raise Refusal(_("It is not there in this language. Please read it again."), "not_worded")
    given = {"document": document, "patient": patient, "name": name, "language": language}
    try:
        with transaction.atomic():
            return Consent.objects.create(**given, signed_at=timezone.now())
    except IntegrityError as error:  # signed in another tab
        if "a_consent_stands_once" not in str(error):
            raise
        return Consent.objects.standing().get(document=document, patient=patient)


@transaction.atomic
def withdraw(*, consent: Consent, words: str, by: User) -> Consent:
    """The person takes a consent back, from now on. Whoever looks after them and the program's admins are told.

    Raises Refusal (not_own, too_long, withdrawn).
    """
    found = Consent.objects.select_for_update(no_key=True, of=("self",)).select_related("patient", "document")
    consent = found.get(pk=consent.pk)
    if by.pk != consent.patient.user_id:
        raise Refusal(_("Each takes back what they signed themselves."), "not_own")
    words = words.strip()
    if len(words) > WORDS_AT_MOST:
        raise Refusal(_("That is too long: at most %(n)s characters.") % {"n": WORDS_AT_MOST}, "too_long", "words")
    if consent.withdrawn_at:
        raise Refusal(_("You took this back already."), "withdrawn")
    now = timezone.now()
    consent.withdrawn_at, consent.withdrawn_words = now, words
    consent.save(update_fields=["withdrawn_at", "withdrawn_words"])
    plan(
        Delivery(
            kind=WITHDRAWN, subject_id=consent.pk, recipient_id=user, variant=0, due_at=now, expires_at=now + TOLD_FOR
        )
        for user in _looking_after(consent)
    )
    return consent


def _looking_after(consent: Consent) -> list[int]:
    """Ids of who is told of a withdrawal: primary clinicians and coordinators of the person, and the program's admins."""
    parts = [CareTeamMember.Part.PRIMARY, CareTeamMember.Part.COORDINATOR]
    team = CareTeamMember.objects.current().filter(patient=consent.patient_id, part__in=parts)
    admins = RoleAssignment.objects.current().filter(program=consent.document.program_id, role=Role.PROGRAM_ADMIN)
    return list(dict.fromkeys([*team.values_list("user_id", flat=True), *admins.values_list("user_id", flat=True)]))


@transaction.atomic
def handle_withdrawal(*, consent: Consent, relied_until: dt.date | None, by: User) -> Consent:
    """Staff stopped what rested on a consent. relied_until: the last day anything was done in reliance on it (None: none).

    Raises Refusal (not_theirs, not_withdrawn, handled, bad_day).
    """
    if not allows(by, Can.INVITE) or not Patient.objects.visible_to(by).filter(pk=consent.patient_id).exists():
        raise Refusal(_("You can’t say this."), "not_theirs")
    consent = Consent.objects.select_for_update(no_key=True).get(pk=consent.pk)
    if consent.withdrawn_at is None:
        raise Refusal(_("It was not taken back."), "not_withdrawn")
    if consent.handled_at:
        raise Refusal(_("Somebody dealt with it already."), "handled")
    if relied_until and not timezone.localdate(consent.signed_at) <= relied_until <= timezone.localdate():
        raise Refusal(_("This day is not between the signature and today."), "bad_day", "relied_until")
    consent.relied_until, consent.handled_at, consent.handled_by = relied_until, timezone.now(), by
    consent.save(update_fields=["relied_until", "handled_at", "handled_by"])
    return consent
