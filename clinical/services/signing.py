"""Signing a session's notes: all complete ones at once; the co-facilitator's signature under them."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Attendance, Countersignature, Overrule, ProgressNote
from clinical.services import guards, sealing
from clinical.services.guards import Case, Warned
from clinical.services.notes import _lock
from clinical.services.risk import raise_from_note
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import Booking, Session
from scheduling.services.windows import note_due

# Copied into each note when it is signed, so that it can be read alone.
COPIED = ["objective", "topic", "intervention", "activities", "handouts", "homework"]


@dataclass(frozen=True, slots=True)
class Seen:
    """Which versions somebody read before signing: of the shared part, and of each text by patient (0: none)."""

    shared: int
    own: Mapping[int, int]


@dataclass(slots=True)
class SignOutcome:
    """What signing did: the patients whose notes are now signed, each other one with what is missing, every warning that stood in
    the way, and of whom risk was reported."""

    signed: list[Patient] = field(default_factory=list)
    left: list[tuple[Patient, str]] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
    alerted: list[Patient] = field(default_factory=list)


@transaction.atomic
def sign_notes(
    *,
    session: Session,
    by: User,
    seen: Seen | None = None,
    overrules: Mapping[tuple[int | None, str, str], str] | None = None,
    now: dt.datetime | None = None,
) -> SignOutcome:
    """Sign every complete note of the people visible to `by`; the others stay drafts, each with what it lacks.

    seen: what `by` read; what somebody else changed since is not signed (None: as it stands now). overrules: a reason for each
    warning that is wrong (`Warned.key` -> reason); those that may be overruled no longer stand in the way, and the reasons are
    kept with the note. now: the time of the signature. A fixed number of queries for any number of people.
    Raises Refusal (not_over, changed_meanwhile, nothing_to_sign) and those of the session.
    Sources: CLINICAL_FACTS section 1, per-patient group note: minimum fields and rules.
    """
    session, bookings = _lock(session, by)
    if not session.is_over:
        raise Refusal(_("Notes can be signed once the session is over."), "not_over")
    case = guards.load(session, by, bookings=bookings, lock=True)
    if seen and case.shared and case.shared.version != seen.shared:
        raise Refusal(
            _("%(name)s changed the shared part meanwhile. Read it, then sign.") % {"name": case.shared.written_by},
            "changed_meanwhile",
        )
    reasons = {key: reason.strip() for key, reason in (overrules or {}).items() if reason and reason.strip()}
    warned = guards.check(case)
    overruled = [w for w in warned if w.may_overrule and w.key in reasons]
    outcome = SignOutcome(warned=[w for w in warned if not (w.may_overrule and w.key in reasons)])
    moment, sealed = now or timezone.now(), []
    prefetch_related_objects([by], "staff_profile__licences", "staff_profile__supervisor")
    for attendance in case.attended:
        note = case.notes.get(attendance.patient_id)
        if note and note.is_signed:
            continue
        lack = _lacks(outcome.warned, attendance.patient_id)
        if not lack and seen and note.version != seen.own.get(attendance.patient_id, 0):
            lack = _("it was changed meanwhile: read it first")
        if lack:
            outcome.left.append((attendance.patient, lack))
            continue
        _sign(note, attendance, case, by, moment)
        sealed.append(note)
        outcome.signed.append(attendance.patient)
    if not sealed and not outcome.left:
        raise Refusal(_("There is nothing to sign here."), "nothing_to_sign")
    _keep(overruled, reasons, case, by)
    ProgressNote.objects.bulk_update(sealed, [*sealing.SIGNING, "aim", *COPIED])
    outcome.alerted = _alert(sealed, by)
    return outcome


def _lacks(warned: Iterable[Warned], patient_id: int) -> str:
    """What keeps a note from being signed, in words; "" when nothing does."""
    return "; ".join(dict.fromkeys(w.lacks for w in warned if w.patient_id in (patient_id, None)))


def _sign(note: ProgressNote, attendance: Attendance, case: Case, by: User, moment: dt.datetime) -> None:
    for name in COPIED:
        setattr(note, name, getattr(case.shared, name))
    note.aim = note.plan_objective.text if note.plan_objective else ""
    sealing.sign(
        note,
        by=by,
        facts=_facts(note, attendance, case, moment),
        signer=sealing.signer_facts(by, attendance.patient.state),
        now=moment,
    )


def _facts(note: ProgressNote, attendance: Attendance, case: Case, moment: dt.datetime) -> dict:
    """What the signature stands on: no narrative, nobody else. Minutes are minutes, moments ISO 8601 in UTC."""
    session = case.session
    due = note_due(session)
    return {
        "group": session.group.name,
        "kind": session.group.kind,
        "program": session.group.program.name,
        "session": str(session.uid),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "began_at": case.began_at.isoformat(),
        "stopped_at": case.stopped_at.isoformat(),
        "zone": session.zone,
        "break_minutes": case.rest,
        "status": attendance.status,
        "minutes": attendance.minutes,
        "possible_minutes": attendance.possible_minutes,
        "participation": attendance.participation,
        "attending": sum(a.attended for a in case.attendances),
        "modality": "video",
        "patient_state": attendance.patient.state,
        "plan_objective": str(note.plan_objective.line) if note.plan_objective else None,
        "due_on": due.isoformat(),
        "late": moment.astimezone(zoneinfo.ZoneInfo(session.zone)).date() > due,
    }


def _keep(overruled: list[Warned], reasons: Mapping, case: Case, by: User) -> None:
    """Keep the reasons with the notes they are about; of the shared part, with every note that it goes into. One query."""
    drafts = {pk: note for pk, note in case.notes.items() if pk in case.visible}
    Overrule.objects.bulk_create(
        (
            Overrule(note=note, guard=w.guard, place=w.place, reason=reasons[w.key], by=by)
            for w in overruled
            for pk, note in drafts.items()
            if w.patient_id in (pk, None)
        ),
        ignore_conflicts=True,
    )


def _alert(notes: Iterable[ProgressNote], by: User) -> list[Patient]:
    """Risk that was reported raises an alert, in the same transaction. Of whom."""
    return [note.patient for note in notes if raise_from_note(note=note, by=by)]


def may_countersign(user: User, session: Session) -> bool:
    """Whether the person leads the session themself, so that their signature stands under others' notes. One query."""
    return Booking.objects.live().filter(session=session, user=user).exists()


def to_countersign(user: User, session: Session) -> list[ProgressNote]:
    """Sealed notes of the session that another leader signed and this person has not put their name under. One query.

    Sealed, so that the name stands under the final words: what waits for a co-signature may still be returned."""
    return list(
        ProgressNote.objects.sealed()
        .filter(session=session, patient__in=Patient.objects.visible_to(user))
        .exclude(signed_by=user)
        .exclude(countersignatures__user=user)
        .select_related("patient", "signed_by")
        .order_by("patient__legal_last_name", "patient__legal_first_name", "pk")
    )


@transaction.atomic
def countersign(*, session: Session, by: User, seen: Mapping[int, str] | None = None) -> list[ProgressNote]:
    """The co-facilitator's signature under the session's sealed notes: they were there and agree with what these say.

    seen: the content hash they read, by note (id); a note that reads otherwise by now is left out (None: as they stand).
    Raises Refusal (not_a_facilitator, changed_meanwhile, nothing_to_sign).
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if not may_countersign(by, session):
        raise Refusal(_("Only somebody who led this session signs as co-facilitator."), "not_a_facilitator")
    waiting = to_countersign(by, session)
    found = [n for n in waiting if seen is None or seen.get(n.pk) == n.content_hash]
    if waiting and not found:
        raise Refusal(_("These notes changed meanwhile. Read them, then sign."), "changed_meanwhile")
    if not found:
        raise Refusal(_("There is nothing to sign here."), "nothing_to_sign")
    moment, name = timezone.now(), sealing.signature(by)
    Countersignature.objects.bulk_create(
        Countersignature(note=note, user=by, name=name, at=moment, content_hash=note.content_hash) for note in found
    )
    return found
