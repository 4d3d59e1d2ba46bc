"""Writing, signing and correcting notes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import Addendum, Attendance, GroupNote, ProgressNote
from clinical.services.attendance import require_facilitator
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import Booking, Session


@dataclass(frozen=True, slots=True)
class Draft:
    """One person's text as it stands on the page, and the version it was written on (0: none existed)."""

    patient_id: int
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Which versions somebody read before signing: of the shared part, and of each text by patient (0: none)."""

    shared: int
    own: Mapping[int, int]


@dataclass(slots=True)
class SignOutcome:
    """What signing did: the patients whose notes are now sealed, and each other one with what is missing."""

    signed: list[Patient] = field(default_factory=list)
    left: list[tuple[Patient, str]] = field(default_factory=list)


def _lock(session: Session, by: User) -> tuple[Session, list[Booking]]:
    """The session under its lock, with its bookings. Raises Refusal (cancelled, not_begun, not_a_facilitator)."""
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group__program").get(pk=session.pk)
    )
    if session.is_cancelled:
        raise Refusal(_("This session was cancelled."), "cancelled")
    if not session.has_begun:
        raise Refusal(_("Notes can be written once the session has begun."), "not_begun")
    bookings = list(Booking.objects.live().filter(session=session).select_related("user__staff_profile"))
    require_facilitator(bookings, by)
    return session, bookings


@transaction.atomic
def save_group_note(
    *, session: Session, objective: str, topic: str, intervention: str, version: int, by: User
) -> GroupNote:
    """Save the shared part. version: the one the writer saw (0: none).

    Raises Refusal (changed_meanwhile) when somebody else saved in between, and those of the session.
    """
    session, _bookings = _lock(session, by)
    note = GroupNote.objects.filter(session=session).first()
    texts = {"objective": objective.strip(), "topic": topic.strip(), "intervention": intervention.strip()}
    if note is None:
        if not any(texts.values()):
            return GroupNote(session=session, version=0, written_by=by)
        return GroupNote.objects.create(session=session, written_by=by, **texts)
    if texts == {name: getattr(note, name) for name in texts}:
        return note
    if note.version != version:
        raise Refusal(
            _("%(name)s changed the shared part meanwhile. Your text is still here: compare, then save again.")
            % {"name": note.written_by},
            "changed_meanwhile",
            "objective",
        )
    for name, text in texts.items():
        setattr(note, name, text)
    note.version, note.written_by = note.version + 1, by
    note.save()
    return note


@transaction.atomic
def save_drafts(*, session: Session, drafts: Iterable[Draft], by: User) -> int:
    """Save people's own texts. Signed notes are left alone when unchanged. Returns how many changed.

    A fixed number of queries for any number of drafts. Raises Refusal (absent, signed, changed_meanwhile) and those of
    the session.
    """
    session, _bookings = _lock(session, by)
    attendances = {a.patient_id: a for a in Attendance.objects.filter(session=session).select_related("patient")}
    notes = {n.patient_id: n for n in ProgressNote.objects.filter(session=session).select_related("author")}
    now = timezone.now()
    new, changed = [], []
    for draft in drafts:
        text = draft.text.strip()
        place = f"text-{draft.patient_id}"
        attendance = attendances.get(draft.patient_id)
        note = notes.get(draft.patient_id)
        if note is None:
            if not text:
                continue
            if attendance is None or not attendance.attended:
                raise Refusal(_("Only somebody who attended gets a note. Take attendance first."), "absent", place)
            new.append(
                ProgressNote(
                    session=session,
                    patient_id=draft.patient_id,
                    attendance=attendance,
                    author=by,
                    text=text,
                    written_at=now,
                )
            )
            continue
        if note.text == text:
            continue
        if note.is_signed:
            raise Refusal(
                _("%(name)s’s note is signed and sealed. Add an addendum instead.") % {"name": attendance.patient},
                "signed",
                place,
            )
        if note.version != draft.version:
            raise Refusal(
                _("%(author)s changed %(name)s’s note meanwhile. Your text is still here: compare, then save again.")
                % {"author": note.author, "name": attendance.patient},
                "changed_meanwhile",
                place,
            )
        note.text, note.version, note.author, note.written_at = text, note.version + 1, by, now
        changed.append(note)
    ProgressNote.objects.bulk_create(new)
    ProgressNote.objects.bulk_update(changed, ["text", "version", "author", "written_at"])
    return len(new) + len(changed)


def signature(user: User) -> str:
    """How a person signs: name and credential."""
    profile = getattr(user, "staff_profile", None)
    return f"{user}, {profile.credential}" if profile and profile.credential else str(user)


@transaction.atomic
def sign_notes(*, session: Session, by: User, seen: Seen | None = None) -> SignOutcome:
    """Sign every complete note of the people visible to `by`; the others stay drafts, each with what it lacks.

    seen: what `by` read; what somebody else changed since is not signed (None: as it stands now). Complete: attended
    with minutes, own text, a shared part with objective, topic and intervention, and no text that is the same as
    another person's (shared text may be copied, individual text may not: CLINICAL_FACTS section 1).
    Raises Refusal (not_over, changed_meanwhile, nothing_to_sign) and those of the session.
    """
    session, _bookings = _lock(session, by)
    if not session.is_over:
        raise Refusal(_("Notes can be signed once the session is over."), "not_over")
    shared = GroupNote.objects.filter(session=session).select_related("written_by").first()
    if seen and shared and shared.version != seen.shared:
        raise Refusal(
            _("%(name)s changed the shared part meanwhile. Read it, then sign.") % {"name": shared.written_by},
            "changed_meanwhile",
        )
    attendances = list(Attendance.objects.filter(session=session, attended=True).select_related("patient"))
    visible = set(Patient.objects.visible_to(by).filter(attendances__in=attendances).values_list("pk", flat=True))
    notes = {n.patient_id: n for n in ProgressNote.objects.filter(session=session)}
    same: dict[str, set[int]] = defaultdict(set)
    for note in notes.values():
        same[" ".join(note.text.lower().split())].add(note.patient_id)
    outcome, sealed = SignOutcome(), []
    for attendance in attendances:
        note = notes.get(attendance.patient_id)
        if attendance.patient_id not in visible or (note and note.is_signed):
            continue
        lack = _lacks(note, shared, same)
        if not lack and seen and note.version != seen.own.get(attendance.patient_id, 0):
            lack = _("it was changed meanwhile: read it first")
        if lack:
            outcome.left.append((attendance.patient, lack))
            continue
        _seal(note, attendance, session, shared, len(attendances), by)
        sealed.append(note)
        outcome.signed.append(attendance.patient)
    if not sealed and not outcome.left:
        raise Refusal(_("There is nothing to sign here."), "nothing_to_sign")
    ProgressNote.objects.bulk_update(
        sealed,
        ["objective", "topic", "intervention", "seal", "content_hash", "signed_at", "signed_by", "signed_name"],
    )
    return outcome


def _lacks(note: ProgressNote | None, shared: GroupNote | None, same: dict[str, set[int]]) -> str:
    """What keeps a note from being signed, in words; "" when nothing does."""
    if shared is None or not shared.is_complete:
        return _("the shared part needs objective, topic and intervention")
    if note is None or not note.text.strip():
        return _("no text of their own yet")
    if len(same[" ".join(note.text.lower().split())]) > 1:
        return _("the text is the same as another person’s")
    return ""


def _seal(
    note: ProgressNote, attendance: Attendance, session: Session, shared: GroupNote, attending: int, by: User
) -> None:
    note.objective, note.topic, note.intervention = shared.objective, shared.topic, shared.intervention
    note.seal = {
        "group": session.group.name,
        "kind": session.group.kind,
        "program": session.group.program.name,
        "session": str(session.uid),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "zone": session.zone,
        "status": attendance.status,
        "minutes": attendance.minutes,
        "participation": attendance.participation,
        "attending": attending,
        "modality": "video",
    }
    note.signed_at, note.signed_by, note.signed_name = timezone.now(), by, signature(by)
    note.content_hash = note.fingerprint()


@transaction.atomic
def add_addendum(*, note: ProgressNote, text: str, by: User) -> Addendum:
    """Add a signed entry to a sealed note; the same words by the same person twice are one.

    Raises Refusal (not_signed, empty).
    """
    note = ProgressNote.objects.select_for_update(no_key=True).get(pk=note.pk)
    if not note.is_signed:
        raise Refusal(_("This note is still a draft: change it instead."), "not_signed")
    if not text.strip():
        raise Refusal(_("Write what is to be added."), "empty", "text")
    for before in note.addenda.filter(signed_by=by):
        if before.text == text.strip():
            return before
    return Addendum.objects.create(
        note=note, text=text.strip(), signed_at=timezone.now(), signed_by=by, signed_name=signature(by)
    )
