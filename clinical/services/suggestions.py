"""Changes somebody suggests to their safety plan or relapse-prevention plan, and what a clinician makes of them."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Document, PlanSuggestion
from clinical.sections import sections_of
from clinical.services import suggestion_news
from clinical.services.documents import Content, in_force, save_document, start_document
from core.errors import Refusal
from patients.models import Patient

TEXT_LENGTH = 4000
WORDS_LENGTH = 1000
State = PlanSuggestion.State


def open_suggestion(patient: Patient, kind: str) -> PlanSuggestion | None:
    """What the patient suggests now. One query."""
    return PlanSuggestion.objects.open().filter(patient=patient, kind=kind).first()


def _changed(document: Document, sections: Mapping[str, str]) -> dict[str, str]:
    """What differs from the plan, by section. Raises Refusal (long, section_empty)."""
    found = {}
    for section in sections_of(document.kind):
        if section.key not in sections:
            continue
        text = sections[section.key].strip().replace("\r\n", "\n")
        if len(text) > TEXT_LENGTH:
            raise Refusal(_("Keep this to %(n)s characters.") % {"n": TEXT_LENGTH}, "long", section.key)
        if text == document.sections.get(section.key, "").strip().replace("\r\n", "\n"):
            continue
        if section.required and not text:
            raise Refusal(_("This part can’t stay empty. Write what would fit better."), "section_empty", section.key)
        found[section.key] = text
    return found


@transaction.atomic
def suggest(
    *, patient: Patient, document: Document, sections: Mapping[str, str], words: str, version: int = 0
) -> PlanSuggestion:
    """Suggest other texts for parts of the plan in force; while nobody has answered, the suggestion there is is written anew.

    version: how often it was written when the page was opened (0: not yet). The primary clinician is told of a new one. Raises
    Refusal (not_yours, not_in_force, nothing_changed, section_empty, long, changed_meanwhile).
    """
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if document.patient_id != patient.pk:
        raise Refusal(_("This is not your plan."), "not_yours")
    if in_force(patient, document.kind) != document:
        raise Refusal(
            _("There is a newer version of this plan. Read it, and say what should be different there."), "not_in_force"
        )
    changed, words = _changed(document, sections), words.strip().replace("\r\n", "\n")
    if len(words) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "words")
    if not changed:
        raise Refusal(_("Nothing is different yet. Change the text of a part, then send it."), "nothing_changed")
    known = open_suggestion(patient, document.kind)
    if (known.version if known else 0) != version:
        raise Refusal(
            _("This changed meanwhile, on another device or by an answer. Your text is still here: send it again."),
            "changed_meanwhile",
        )
    if known is None:
        made = PlanSuggestion.objects.create(
            patient=patient, document=document, kind=document.kind, sections=changed, words=words
        )
        suggestion_news.tell_made(made)
        return made
    known.document, known.sections, known.words = document, changed, words
    known.version, known.changed_at = known.version + 1, timezone.now()
    known.save(update_fields=["document", "sections", "words", "version", "changed_at"])
    return known


def _locked(suggestion: PlanSuggestion) -> PlanSuggestion:
    """The suggestion under its person's lock, and its own."""
    Patient.objects.select_for_update(no_key=True).get(pk=suggestion.patient_id)
    rows = PlanSuggestion.objects.select_for_update(no_key=True, of=("self",)).select_related("patient", "document")
    return rows.get(pk=suggestion.pk)


@transaction.atomic
def take_back_suggestion(*, suggestion: PlanSuggestion) -> PlanSuggestion:
    """The person takes it back. Twice changes nothing. Raises Refusal (answered)."""
    suggestion = _locked(suggestion)
    if suggestion.state == State.WITHDRAWN:
        return suggestion
    _require_open(suggestion)
    suggestion.state, suggestion.closed_at = State.WITHDRAWN, timezone.now()
    suggestion.save(update_fields=["state", "closed_at"])
    return suggestion


def _require_open(suggestion: PlanSuggestion, version: int | None = None) -> None:
    if suggestion.state == State.WITHDRAWN:
        raise Refusal(_("They took this suggestion back."), "taken_back")
    if suggestion.state != State.OPEN:
        raise Refusal(_("This is answered already."), "answered")
    if version is not None and version != suggestion.version:
        raise Refusal(_("They wrote it anew meanwhile. Read it, then decide."), "changed_meanwhile")


def _close(suggestion: PlanSuggestion, state: State, words: str, by: User) -> PlanSuggestion:
    suggestion.state, suggestion.answer = state, words
    suggestion.closed_by, suggestion.closed_at = by, timezone.now()
    suggestion.save(update_fields=["state", "answer", "closed_by", "closed_at"])
    suggestion_news.tell_answered(suggestion)
    return suggestion


def _answer_words(words: str) -> str:
    words = words.strip().replace("\r\n", "\n")
    if len(words) > WORDS_LENGTH:
        raise Refusal(_("Keep this to %(n)s characters.") % {"n": WORDS_LENGTH}, "long", "words")
    return words


@transaction.atomic
def take_over(*, suggestion: PlanSuggestion, version: int, by: User, words: str = "") -> Document:
    """Put the suggested texts into the draft of the plan's next version (the one there is, else a new one), to be settled and
    signed as ever. The plan in force stays until then. The person is told.

    version: the one the clinician read. Raises Refusal (taken_back, answered, changed_meanwhile, awaiting, long, and those of
    `save_document`).
    """
    words = _answer_words(words)
    suggestion = _locked(suggestion)
    _require_open(suggestion, version)
    draft = start_document(patient=suggestion.patient, kind=suggestion.kind, by=by)
    if draft.is_signed:
        raise Refusal(
            _("The next version waits for a co-signature. Once it is sealed or returned, this can be taken over."),
            "awaiting",
        )
    sections = {**draft.sections, **suggestion.sections}
    draft = save_document(document=draft, content=Content(sections=sections), version=draft.version, by=by)
    _close(suggestion, State.TAKEN, words, by)
    return draft


@transaction.atomic
def answer_suggestion(*, suggestion: PlanSuggestion, version: int, words: str, by: User) -> PlanSuggestion:
    """Answer without changing the plan: why not, or what you will talk about. The person is told.

    Raises Refusal (no_words, long, taken_back, answered, changed_meanwhile).
    """
    words = _answer_words(words)
    if not words:
        raise Refusal(_("Say why, or when you will talk about it: a sentence is enough."), "no_words", "words")
    suggestion = _locked(suggestion)
    _require_open(suggestion, version)
    return _close(suggestion, State.ANSWERED, words, by)
