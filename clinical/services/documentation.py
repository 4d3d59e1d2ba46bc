"""Documenting a session: the shared part, and a row for each person (attendance and their own note)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import ATTENDED, Attendance, GroupNote, Objective, ProgressNote, Status
from clinical.services.attendance import RollCallRow, confirm_rows, held_minutes
from clinical.services.notes import _lock
from core.errors import Refusal
from scheduling.models import Session

SHARED = ("objective", "topic", "intervention", "activities", "handouts", "homework")
# The columns of a person's own note that are written on the page.
OWN = (
    *("text", "engagement", "affect", "plan_objective_id", "progress", "risk", "risk_text"),
    *("tech_trouble", "place_trouble", "trouble_text", "camera_on", "homework_done", "next_step"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """One person's text as it stands on the page, and the version it was written on (0: none existed)."""

    patient_id: int
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class Row:
    """One person's row. attendance: None leaves it as it is. note: columns of their note (of `OWN`) as they stand on the page;
    None leaves it as it is. version: the version of the note they were written on (0: none existed)."""

    patient_id: int
    attendance: RollCallRow | None = None
    note: Mapping[str, object] | None = None
    version: int = 0


@transaction.atomic
def save_shared(*, session: Session, values: Mapping[str, object], version: int, by: User) -> GroupNote:
    """Save the shared part. values: columns of `SHARED` (text) and `TIMES` (moments; minutes of breaks; None: as scheduled), what
    is not given stays. version: the one the writer saw (0: none).

    When start, stop or breaks change, the possible minutes follow, and with them the minutes of whoever was present throughout;
    the minutes of others stay as they were confirmed. A fixed number of queries.
    Raises Refusal (changed_meanwhile, signed, times, break_minutes) and those of the session.
    """
    session, _bookings = _lock(session, by)
    note = GroupNote.objects.filter(session=session).select_related("written_by").first()
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if note is None:
        note = GroupNote(session=session, version=0, written_by=by)
        if not any(value not in ("", None) for value in values.values()):
            return note
    elif all(getattr(note, name) == value for name, value in values.items()):
        return note
    elif note.version != version:
        raise Refusal(
            _("%(name)s changed the shared part meanwhile. Your text is still here: compare, then save again.")
            % {"name": note.written_by},
            "changed_meanwhile",
            "objective",
        )
    before = held_minutes(session, note)
    for name, value in values.items():
        setattr(note, name, value)
    _check_times(session, note)
    note.version, note.written_by = note.version + 1, by
    note.save()
    if held_minutes(session, note) != before:
        _follow_times(session, held_minutes(session, note))
    return note


def _check_times(session: Session, note: GroupNote) -> None:
    began, stopped = note.began_at or session.starts_at, note.stopped_at or session.ends_at
    if stopped <= began:
        raise Refusal(_("The session stops after it begins."), "times", "stopped_at" if note.stopped_at else "began_at")
    if stopped - began > dt.timedelta(hours=12):
        raise Refusal(_("A session is not longer than twelve hours."), "times", "stopped_at")
    if held_minutes(session, note) < 1:
        raise Refusal(_("The breaks are as long as the session."), "break_minutes", "break_minutes")


def _follow_times(session: Session, possible: int) -> None:
    """Confirmed rows whose note is not signed get the session's minutes as it was held. Refuses when a note is signed."""
    signed = set(ProgressNote.objects.signed().filter(session=session).values_list("attendance_id", flat=True))
    if signed:
        raise Refusal(
            _("A note of this session is signed, so its times are sealed. Correct them with an addendum."),
            "signed",
            "began_at",
        )
    rows = list(Attendance.objects.filter(session=session))
    for row in rows:
        if row.status == Status.PRESENT:
            row.minutes = possible
        # Minutes beyond those of the session stay as confirmed; they are asked about before signing.
        row.possible_minutes = max(possible, row.minutes or 0)
    Attendance.objects.bulk_update(rows, ["minutes", "possible_minutes"])


@transaction.atomic
def save_rows(*, session: Session, rows: Iterable[Row], by: User) -> int:
    """Save people's rows, all of them or nothing. Signed ones are left alone when unchanged. Returns how many changed.

    A fixed number of queries for any number of rows. Raises Refusal (absent, signed, changed_meanwhile,
    not_their_objective), those of `take_attendance` and those of the session.
    """
    rows = list(rows)
    absent = {r.patient_id for r in rows if r.attendance and r.attendance.status not in ATTENDED}
    # Whoever is found absent first has their draft emptied, whoever is found there first is on the roll-call.
    notes = [r for r in rows if r.note is not None]
    changed = _save_notes(session, [r for r in notes if r.patient_id in absent], by)
    if taken := [r.attendance for r in rows if r.attendance]:
        changed |= confirm_rows(session=session, rows=taken, by=by)
    changed |= _save_notes(session, [r for r in notes if r.patient_id not in absent], by)
    return len(changed)


def _save_notes(session: Session, rows: list[Row], by: User) -> set[int]:
    """Save people's own notes; patients (ids) whose note changed. Six queries, one more when objectives are chosen."""
    if not rows:
        return set()
    session, _bookings = _lock(session, by)
    attendances = {a.patient_id: a for a in Attendance.objects.filter(session=session).select_related("patient")}
    notes = {n.patient_id: n for n in ProgressNote.objects.standing().filter(session=session).select_related("author")}
    _check_objectives(rows)
    now = timezone.now()
    new, changed = [], []
    for row in rows:
        values = {n: v.strip() if isinstance(v, str) else v for n, v in row.note.items()}
        place = f"text-{row.patient_id}"
        attendance, note = attendances.get(row.patient_id), notes.get(row.patient_id)
        if note is None:
            if not any(_says(name, value) for name, value in values.items()):
                continue
            if attendance is None or not attendance.attended:
                raise Refusal(_("Only somebody who attended gets a note. Take attendance first."), "absent", place)
            new.append(
                ProgressNote(
                    session=session,
                    patient_id=row.patient_id,
                    attendance=attendance,
                    author=by,
                    written_at=now,
                    **values,
                )
            )
            continue
        if all(getattr(note, name) == value for name, value in values.items()):
            continue
        if note.is_signed:
            raise Refusal(
                _("%(name)s’s note is signed and sealed. Add an addendum instead.") % {"name": attendance.patient},
                "signed",
                place,
            )
        if note.version != row.version:
            raise Refusal(
                _("%(author)s changed %(name)s’s note meanwhile. Your text is still here: compare, then save again.")
                % {"author": note.author, "name": attendance.patient},
                "changed_meanwhile",
                place,
            )
        for name, value in values.items():
            setattr(note, name, value)
        note.version, note.author, note.written_at = note.version + 1, by, now
        changed.append(note)
    columns = [name.removesuffix("_id") for name in OWN]
    ProgressNote.objects.bulk_create(new)
    ProgressNote.objects.bulk_update(changed, [*columns, "version", "author", "written_at"])
    return {note.patient_id for note in (*new, *changed)}


def _says(name: str, value: object) -> bool:
    """Whether a column says anything: 0 is a rating and "no" an answer, but no trouble is none."""
    return value not in ("", None) and not (name in ("tech_trouble", "place_trouble") and not value)


def _check_objectives(rows: list[Row]) -> None:
    """Whatever objective is chosen is of the person's own plan. One query when there is any."""
    chosen = {r.patient_id: r.note["plan_objective_id"] for r in rows if r.note.get("plan_objective_id")}
    if not chosen:
        return
    path = "goal__problem__plan__patient_id"
    owners = dict(Objective.objects.filter(pk__in=chosen.values()).values_list("pk", path))
    for patient, objective in chosen.items():
        if owners.get(objective) != patient:
            raise Refusal(
                _("Choose an objective of their own treatment plan."),
                "not_their_objective",
                f"plan_objective-{patient}",
            )


def save_group_note(
    *, session: Session, objective: str, topic: str, intervention: str, version: int, by: User
) -> GroupNote:
    """Save the three parts every note needs, as `save_shared` does."""
    values = {"objective": objective, "topic": topic, "intervention": intervention}
    return save_shared(session=session, values=values, version=version, by=by)


def save_drafts(*, session: Session, drafts: Iterable[Draft], by: User) -> int:
    """Save people's own texts alone, as `save_rows` does. Returns how many changed."""
    rows = [Row(d.patient_id, note={"text": d.text}, version=d.version) for d in drafts]
    return save_rows(session=session, rows=rows, by=by)
