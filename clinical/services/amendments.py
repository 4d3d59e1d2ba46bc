"""Correcting a record at its person's request: asking, more time, deciding, disagreeing, replying (45 CFR 164.526)."""

import datetime as dt
import zoneinfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, Role, allows
from accounts.models import Program, User
from clinical.models import (
    Addendum,
    AmendmentRequest,
    AmendmentStatement,
    Document,
    MeasureResponse,
    ProgressNote,
    TreatmentPlan,
)
from clinical.models.amendments import ACT_WITHIN, LONGER_BY
from clinical.sections import PLANS
from clinical.services.addenda import add_addendum
from clinical.services.record_news import tell_answered, tell_asked
from clinical.services.release import may_withhold, too_long
from clinical.services.sealing import signature
from core.errors import Refusal
from patients.models import Patient

Thing = ProgressNote | Document | TreatmentPlan | MeasureResponse
OPEN_AT_MOST = 10  # of one person at a time
_ABOUT = {ProgressNote: "note", Document: "document", TreatmentPlan: "plan", MeasureResponse: "response"}
Decision, Basis = AmendmentRequest.Decision, AmendmentRequest.Basis


def _program_of(patient: Patient, thing: Thing | None) -> Program:
    """Whose clock and whose people: the program of what it is about, else of the latest stay."""
    if isinstance(thing, ProgressNote):
        return thing.session.group.program
    if thing is not None:
        return thing.episode.program
    latest = patient.episodes.select_related("program").order_by("-started_on", "-pk").first()
    if latest is None:
        raise Refusal(_("There is no record of yours here."), "no_record")
    return latest.program


def _need_words(**words: str) -> None:
    for field, text in words.items():
        if not text:
            raise Refusal(_("Please write something here."), "empty", field)
        too_long(text, field)


@transaction.atomic
def ask(*, patient: Patient, thing: Thing | None, wish: str, why: str, by: User, others: str = "") -> AmendmentRequest:
    """Ask for a correction of something in one's own record (thing=None: of something else, said in words). The same form sent
    twice is one request. It is due in 60 days where the program is.

    Raises Refusal (not_own, not_theirs, empty, long, too_many, no_record).
    """
    if by.pk != patient.user_id:
        raise Refusal(_("Each asks for themselves."), "not_own")
    if thing is not None and thing.patient_id != patient.pk:
        raise Refusal(_("This is not in your record."), "not_theirs")
    wish, why, others = wish.strip(), why.strip(), others.strip()
    _need_words(wish=wish, why=why)
    too_long(others, "others")
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    about = _ABOUT[type(thing)] if thing is not None else "other"
    standing = list(AmendmentRequest.objects.open().filter(patient=patient))
    for row in standing:
        held = row.about == about and (thing is None or getattr(row, f"{about}_id") == thing.pk)
        if held and (row.wish, row.why) == (wish, why):
            return row
    if len(standing) >= OPEN_AT_MOST:
        raise Refusal(
            _("You have %(n)s requests open. Please wait for an answer, or take one back.") % {"n": OPEN_AT_MOST},
            "too_many",
        )
    program = _program_of(patient, thing)
    now = timezone.now()
    today = now.astimezone(zoneinfo.ZoneInfo(program.zone)).date()
    found = AmendmentRequest.objects.create(
        **({about: thing} if thing is not None else {}),
        patient=patient,
        program=program,
        about=about,
        wish=wish,
        why=why,
        others=others,
        asked_at=now,
        asked_on=today,
        due_on=today + ACT_WITHIN,
    )
    tell_asked(found)
    return found


def _locked(request: AmendmentRequest) -> AmendmentRequest:
    related = ("patient__user", "program", "note", "document", "plan", "response")
    rows = AmendmentRequest.objects.select_for_update(no_key=True, of=("self",)).select_related(*related)
    return rows.get(pk=request.pk)


def _open(request: AmendmentRequest) -> AmendmentRequest:
    found = _locked(request)
    if found.withdrawn_at:
        raise Refusal(_("This request was taken back."), "withdrawn")
    if found.decided_at:
        raise Refusal(_("This request is answered already."), "decided")
    return found


@transaction.atomic
def take_back(*, request: AmendmentRequest, by: User) -> AmendmentRequest:
    """The person no longer asks. Raises Refusal (not_own, withdrawn, decided)."""
    found = _open(request)
    if by.pk != found.patient.user_id:
        raise Refusal(_("Each asks for themselves."), "not_own")
    found.withdrawn_at = timezone.now()
    found.save(update_fields=["withdrawn_at"])
    return found


def signers_of(thing: Thing | None) -> set[int]:
    """Ids of who signed or co-signed it, or entered the answers."""
    if isinstance(thing, MeasureResponse):
        return {thing.entered_by_id}
    return {thing.signed_by_id, thing.cosigner_id} - {None} if thing is not None else set()


def may_decide(user: User, request: AmendmentRequest) -> bool:
    """Whoever signed what it is about; their primary clinician; supervisors; the program's admins. Of those who may know of the
    person. Three queries at most."""
    if not allows(user, Can.ANSWER_REQUESTS) or request.patient.user_id == user.pk:
        return False
    if not Patient.objects.visible_to(user).filter(pk=request.patient_id).exists():
        return False
    if Role.SUPERVISOR in user.roles or user.pk in signers_of(request.thing):
        return True
    if request.program_id in user.program_ids(Role.PROGRAM_ADMIN):
        return True
    return request.patient.episodes.filter(primary_clinician=user).exists()


def may_add(user: User, request: AmendmentRequest) -> bool:
    """Whether this person may add the entry that an accepted correction of a note needs: a clinician's deed."""
    return request.about not in ("note", "document") or allows(user, Can.WRITE_NOTES)


def _need_decider(user: User, request: AmendmentRequest) -> None:
    if not may_decide(user, request):
        raise Refusal(_("Whoever signed it, their primary clinician or a supervisor decides this."), "not_yours")


@transaction.atomic
def take_longer(*, request: AmendmentRequest, reason: str, by: User) -> AmendmentRequest:
    """Take thirty days more, once, before the first sixty are over; the person reads why.

    Raises Refusal (not_yours, withdrawn, decided, extended, late, empty, long).
    """
    found = _open(request)
    _need_decider(by, found)
    if found.extended_at:
        raise Refusal(_("More time was taken already: the law allows it once."), "extended")
    if _today(found) > found.due_on:
        raise Refusal(_("The sixty days are over: please answer now."), "late")
    reason = reason.strip()
    _need_words(reason=reason)
    found.extended_at, found.extended_by, found.extension_reason = timezone.now(), by, reason
    found.due_on += LONGER_BY
    found.save(update_fields=["extended_at", "extended_by", "extension_reason", "due_on"])
    tell_answered(found)
    return found


def _today(request: AmendmentRequest) -> dt.date:
    return timezone.now().astimezone(zoneinfo.ZoneInfo(request.program.zone)).date()


@transaction.atomic
def decide(
    *, request: AmendmentRequest, decision: str, answer: str, by: User, basis: str = "", entry: str = ""
) -> AmendmentRequest:
    """Accept, accept in part, or refuse, in writing. Of an accepted correction of a note or document, `entry` is added to it as a
    signed correction; the original stays readable. A refusal, also in part, names its basis.

    Raises Refusal (not_yours, withdrawn, decided, no_decision, no_basis, empty, long, not_a_clinician, and of `add_addendum`).
    """
    found = _open(request)
    _need_decider(by, found)
    if decision not in Decision.values:
        raise Refusal(_("Choose what you decide."), "no_decision", "decision")
    refuses, accepts = decision != Decision.ACCEPTED, decision != Decision.DENIED
    if refuses and basis not in Basis.values:
        raise Refusal(_("A refusal, also in part, names its basis."), "no_basis", "basis")
    answer, entry = answer.strip(), entry.strip()
    _need_words(answer=answer)
    addendum = None
    if accepts and found.about in ("note", "document"):
        if not may_add(by, found):
            raise Refusal(
                _("A clinician accepts this: an entry of theirs is added to the note."), "not_a_clinician", "decision"
            )
        _need_words(entry=entry)
        addendum = add_addendum(thing=found.thing, text=entry, by=by, kind=Addendum.Kind.CORRECTION)
    found.decision, found.basis, found.answer = decision, basis if refuses else "", answer
    found.addendum, found.decided_at, found.decided_by = addendum, timezone.now(), by
    found.decided_name = signature(by)
    decided = ("decided_at", "decided_by", "decided_name")
    found.save(
        update_fields=["decision", "basis", "answer", "addendum", *decided]
    )  # words encrypted anew are other words
    tell_answered(found)
    return found


def _state(request: AmendmentRequest, kind: str, text: str, by: User) -> AmendmentStatement:
    text = text.strip()
    _need_words(text=text)
    try:
        with transaction.atomic():
            return AmendmentStatement.objects.create(
                request=request, kind=kind, text=text, by=by, name=signature(by), at=timezone.now()
            )
    except IntegrityError as error:
        if "one_statement_of_a_kind" not in str(error):
            raise
        raise Refusal(_("This was said already, and stays as it was signed."), "said") from None


@transaction.atomic
def disagree(*, request: AmendmentRequest, text: str, by: User) -> AmendmentStatement:
    """The person sets a statement against a refusal; it goes with the record. Raises Refusal (not_own, not_refused, empty, long,
    said)."""
    found = _locked(request)
    if by.pk != found.patient.user_id:
        raise Refusal(_("Each speaks for themselves."), "not_own")
    if not found.was_refused:
        raise Refusal(_("Nothing was refused: there is nothing to disagree with."), "not_refused")
    said = _state(found, AmendmentStatement.Kind.DISAGREEMENT, text, by)
    tell_asked(found)
    return said


@transaction.atomic
def reply(*, request: AmendmentRequest, text: str, by: User) -> AmendmentStatement:
    """The program replies to a statement of disagreement; the person reads it. Raises Refusal (not_yours, not_said, empty, long,
    said)."""
    found = _locked(request)
    _need_decider(by, found)
    if not found.statements.filter(kind=AmendmentStatement.Kind.DISAGREEMENT).exists():
        raise Refusal(_("They have not set a statement against it."), "not_said")
    said = _state(found, AmendmentStatement.Kind.REBUTTAL, text, by)
    tell_answered(found)
    return said


def beside(thing: ProgressNote | Document, user: User) -> dict:
    """What stands beside a note on staff's pages: requests about it that were not taken back, with what was said, and whether it
    is withheld. Three queries; none for a draft."""
    if not thing.is_signed:
        return {}
    rows = thing.amendment_requests.filter(withdrawn_at=None).prefetch_related("statements")
    may = thing.is_sealed and not thing.is_void and may_withhold(user, thing)
    return {
        "asked": list(rows.order_by("asked_at", "pk")),
        "withheld": thing.withholdings.standing().first(),
        "may_withhold": may and not (isinstance(thing, Document) and thing.kind in PLANS),
    }
