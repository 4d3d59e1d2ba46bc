"""What somebody in care reads of their own record: sealed, shown by their program, not withheld. Fixed numbers of queries."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from clinical.models import Document, Kind, MeasureResponse, ProgressNote, ReleasePolicy, TreatmentPlan, Withholding
from clinical.sections import PLANS
from patients.models import Patient

NARRATIVE = (
    *("text", "risk_text", "trouble_text", "next_step", "aim", "objective", "topic", "intervention", "activities"),
    *("handouts", "homework", "return_reason", "void_reason"),
)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of the programs somebody is or was in, by the program's id."""

    by_program: dict[int, ReleasePolicy]
    now: dt.datetime

    def of(self, program: int) -> ReleasePolicy:
        """Of this program; without a row the default."""
        return self.by_program.get(program) or ReleasePolicy(program_id=program)

    @property
    def hidden(self) -> list[str]:
        """The parts that one of the programs does not show."""
        parts = ("notes", "visits", "plans", "discharge", "measures")
        return [part for part in parts if not all(getattr(policy, part) for policy in self.by_program.values())]

    @property
    def days(self) -> int:
        """The longest that a program takes to show something."""
        return max((policy.days for policy in self.by_program.values()), default=0)


def policies_of(patient: Patient) -> Policies:
    """Of every program they had a stay in. One query."""
    rows = ReleasePolicy.objects.filter(program__in=patient.episodes.order_by().values("program_id"))
    return Policies({row.program_id: row for row in rows}, timezone.now())


def part_of(kind: str) -> str:
    """By which part of the policy a document of this kind is shown; "" for plans for hard times, which are always theirs."""
    if kind in PLANS:
        return ""
    return "discharge" if kind == Kind.DISCHARGE else "visits"


@dataclass(frozen=True, slots=True)
class Entry:
    """A note or a document as its person finds it: shown, or withheld with a word about it."""

    thing: ProgressNote | Document
    withholding: Withholding | None

    @property
    def is_note(self) -> bool:
        return isinstance(self.thing, ProgressNote)

    @property
    def uid(self):
        return self.thing.uid

    @property
    def at(self) -> dt.datetime:
        """When what it tells of happened."""
        return self.thing.session.starts_at if self.is_note else self.thing.happened_at

    @property
    def title(self) -> str:
        """A session's title, or the kind of document."""
        return self.thing.session.title if self.is_note else self.thing.get_kind_display()


def _notes(patient: Patient):
    rows = ProgressNote.objects.sealed().filter(patient=patient)
    return rows.select_related("session__group__program", "attendance")


def _documents(patient: Patient):
    rows = Document.objects.sealed().filter(patient=patient)
    return rows.select_related("episode__program", "appointment__provider")


def _is_out(policies: Policies, thing: ProgressNote | Document) -> bool:
    """Whether the program shows it by now."""
    if isinstance(thing, ProgressNote):
        return policies.of(thing.session.group.program_id).shows("notes", thing.sealed_at, policies.now)
    part = part_of(thing.kind)
    return not part or policies.of(thing.episode.program_id).shows(part, thing.sealed_at, policies.now)


def _entries(policies: Policies, things, patient: Patient) -> list[Entry]:
    standing = Withholding.objects.standing().filter(patient=patient)
    kept = {(bool(row.note_id), row.note_id or row.document_id): row for row in standing}
    shown = [thing for thing in things if _is_out(policies, thing)]
    found = [Entry(thing, kept.get((isinstance(thing, ProgressNote), thing.pk))) for thing in shown]
    return sorted(found, key=lambda entry: (entry.at, entry.thing.pk), reverse=True)


def entries_of(patient: Patient, *, policies: Policies | None = None, whole: bool = False) -> list[Entry]:
    """Every note and document they find, the latest first. whole: with their texts. Three queries, and one for the policies.

    Never a draft, nothing that waits for a co-signature, nothing voided; never a psychotherapy note, which is no note of these.
    """
    notes, documents = _notes(patient), _documents(patient)
    if not whole:
        notes, documents = notes.defer(*NARRATIVE), documents.defer("sections", "risk_text")
    else:
        notes = notes.prefetch_related("addenda", "countersignatures")
        documents = documents.prefetch_related("addenda", "worked_on__objective")
    return _entries(policies or policies_of(patient), [*notes, *documents], patient)


def entry_of(patient: Patient, uid) -> Entry | None:
    """One of them, with its texts; None where there is none that they find. Four queries at most."""
    thing = _notes(patient).filter(uid=uid).first() or _documents(patient).filter(uid=uid).first()
    if thing is None:
        return None
    return next(iter(_entries(policies_of(patient), [thing], patient)), None)


def plans_of(patient: Patient, policies: Policies | None = None) -> list[TreatmentPlan]:
    """Their sealed treatment plans, the newest first; what is in force is always theirs, since they are asked to sign it. Two
    queries at most."""
    policies = policies or policies_of(patient)
    rows = TreatmentPlan.objects.sealed().filter(patient=patient).select_related("episode__program")
    found, newest = [], set()
    for plan in rows.order_by("-sealed_at", "-number"):
        in_force = plan.episode_id not in newest
        newest.add(plan.episode_id)
        if in_force or policies.of(plan.episode.program_id).shows("plans", plan.sealed_at, policies.now):
            found.append(plan)
    return found


def responses_of(patient: Patient, policies: Policies | None = None) -> list[MeasureResponse]:
    """What they answered, with its scores, the latest first. Three queries at most."""
    policies = policies or policies_of(patient)
    rows = MeasureResponse.objects.standing().filter(patient=patient).select_related("episode")
    return [
        row
        for row in rows.prefetch_related("scores").order_by("-answered_at", "-pk")
        if policies.of(row.episode.program_id).shows("measures", row.answered_at, policies.now)
    ]
