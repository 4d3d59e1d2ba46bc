"""Taking attendance: what a facilitator confirms, person by person."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from clinical.models import ATTENDED, Attendance, GroupNote, ProgressNote, Status
from clinical.models.attendance import seen_as
from core.errors import Refusal
from patients.models import Patient
from scheduling.models import Booking, Session

TIMES = ("began_at", "stopped_at", "break_minutes")


@dataclass(frozen=True, slots=True)
class RollCallRow:
    """One person's line of the roll-call. minutes: treatment minutes, None for somebody absent. participation: 0-4 or
    None for "not rated". seen: the `Attendance.as_seen` it was changed from ("": none yet; None: whatever is there)."""

    patient_id: int
    status: Status
    minutes: int | None
    participation: int | None
    seen: str | None = None

    @property
    def as_seen(self) -> str:
        """The `Attendance.as_seen` it makes."""
        return seen_as(self.status, self.minutes, self.participation)


# The texts of a draft: somebody found absent keeps none, so none is thrown away unseen.
NARRATIVE = ("text", "risk_text", "trouble_text", "next_step")


def held_minutes(session: Session, note: GroupNote | None) -> int:
    """Treatment minutes of the session: as it was held where the shared part says so, else as scheduled; breaks excluded."""
    began = (note and note.began_at) or session.starts_at
    stopped = (note and note.stopped_at) or session.ends_at
    rest = session.break_minutes if note is None or note.break_minutes is None else note.break_minutes
    return int((stopped - began).total_seconds() // 60) - rest


def take_attendance(*, session: Session, rows: Iterable[RollCallRow], by: User) -> int:
    """Record or correct attendance, as `confirm_rows` does. Returns how many rows changed."""
    return len(confirm_rows(session=session, rows=rows, by=by))


@transaction.atomic
def confirm_rows(*, session: Session, rows: Iterable[RollCallRow], by: User) -> set[int]:
    """Record or correct the attendance of people expected at a session. Returns the patients (ids) whose rows changed.

    Rows whose note is signed stay as they are (sending them unchanged is fine). Seven queries for any number of rows.
    Raises Refusal (cancelled, not_begun, not_a_facilitator, not_expected, signed, changed_meanwhile, has_draft) and
    those of `check_row`.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session.pk)
    if session.is_cancelled:
        raise Refusal(_("This session was cancelled."), "cancelled")
    if not session.has_begun:
        raise Refusal(_("Attendance can be taken once the session has begun."), "not_begun")
    bookings = list(
        Booking.objects.live()
        .filter(session=session)
        .select_related("membership__episode", "patient", "episode", "user__staff_profile")
    )
    require_facilitator(bookings, by)
    expected = {b.patient_id: b for b in bookings if b.patient_id}
    taken = {a.patient_id: a for a in Attendance.objects.filter(session=session).select_related("taken_by")}
    notes = {n.attendance_id: n for n in ProgressNote.objects.standing().filter(session=session)}
    possible = held_minutes(session, GroupNote.objects.filter(session=session).only(*TIMES, "session").first())
    new, corrected, emptied = [], [], []
    for row in rows:
        if row.patient_id not in expected:
            raise Refusal(_("Somebody on this list is not expected at this session."), "not_expected")
        person = expected[row.patient_id].patient
        check_row(row, possible=possible, person=person)
        known = taken.get(row.patient_id)
        values = {"status": str(row.status), "minutes": row.minutes, "participation": row.participation}
        if known is None:
            new.append(
                Attendance(
                    session=session,
                    patient_id=row.patient_id,
                    episode=expected[row.patient_id].stay,
                    possible_minutes=possible,
                    taken_by=by,
                    **values,
                )
            )
            continue
        if values == {name: getattr(known, name) for name in values}:
            continue
        note = notes.get(known.pk)
        if note and note.is_signed:
            raise Refusal(
                _("%(name)s’s note is signed, so their attendance is sealed. Correct it with an addendum.")
                % {"name": person},
                "signed",
                f"status-{row.patient_id}",
            )
        if row.seen is not None and row.seen != known.as_seen:
            raise Refusal(
                _("%(who)s changed this line meanwhile. Yours is still here: compare, then save again.")
                % {"who": known.taken_by},
                "changed_meanwhile",
                f"status-{row.patient_id}",
            )
        if note and row.status not in ATTENDED:
            if any(getattr(note, name).strip() for name in NARRATIVE):
                raise Refusal(
                    _("%(name)s has a draft note, and somebody absent gets none. Empty the draft first.")
                    % {"name": person},
                    "has_draft",
                    f"status-{row.patient_id}",
                )
            emptied.append(note.pk)
        for name, value in values.items():
            setattr(known, name, value)
        known.taken_by, known.taken_at = by, timezone.now()
        known.possible_minutes = max(possible, known.minutes or 0)
        corrected.append(known)
    ProgressNote.objects.filter(pk__in=emptied, signed_at=None).delete()
    Attendance.objects.bulk_create(new)
    columns = ["status", "minutes", "possible_minutes", "participation", "taken_by", "taken_at"]
    Attendance.objects.bulk_update(corrected, columns)
    return {row.patient_id for row in (*new, *corrected)}


def require_facilitator(bookings: Iterable[Booking], by: User) -> None:
    """Raises Refusal (not_a_facilitator) unless `by` leads the session or supervises somebody who does."""
    for booking in bookings:
        if booking.user_id is None:
            continue
        profile = getattr(booking.user, "staff_profile", None) if booking.user_id != by.pk else None
        if booking.user_id == by.pk or (profile and profile.supervisor_id == by.pk):
            return
    raise Refusal(_("Only this session’s facilitators and their supervisor can do this."), "not_a_facilitator")


def check_row(row: RollCallRow, *, possible: int, person: Patient) -> None:
    """Raises Refusal (minutes, participation, absent_has_minutes) unless the line says what its status needs.

    possible: treatment minutes of the session (`held_minutes`)."""
    if row.status in ATTENDED:
        if row.minutes is None or not 1 <= row.minutes <= possible:
            raise Refusal(
                _("%(name)s: give the minutes attended, 1 to %(most)s (the break is not counted).")
                % {"name": person, "most": possible},
                "minutes",
                f"minutes-{row.patient_id}",
            )
        if row.status == Status.PRESENT and row.minutes != possible:
            raise Refusal(
                _("%(name)s: present means all %(most)s minutes. Choose late or left early for fewer.")
                % {"name": person, "most": possible},
                "minutes",
                f"minutes-{row.patient_id}",
            )
        if row.participation is not None and not 0 <= row.participation <= 4:
            raise Refusal(
                _("%(name)s: participation is 0 to 4, or not rated.") % {"name": person},
                "participation",
                f"participation-{row.patient_id}",
            )
    elif row.minutes is not None or row.participation is not None:
        raise Refusal(
            _("%(name)s was absent: no minutes and no rating.") % {"name": person},
            "absent_has_minutes",
            f"minutes-{row.patient_id}",
        )
