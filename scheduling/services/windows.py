"""Access to a session's people for the session's window and no longer: for whoever covers it, and to visitors in it.

The rows are the care team's own (part COVER, source "session:<id>"), so every `visible_to` follows them. They are dated and
never edited but ended: a session that moves ends them and begins new ones.
"""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from patients.models import CareTeamMember, Patient
from patients.services import end_care_team
from scheduling.models import Booking, Session

OPENS_BEFORE = dt.timedelta(hours=1)
NOTE_BUSINESS_DAYS = 3  # CLINICAL_FACTS section 1, note clock (V2:S6)


def note_due(session: Session) -> dt.date:
    """The day a session's notes are due: three business days later, in the session's zone."""
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    left = NOTE_BUSINESS_DAYS
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5
    return day


def window_source(session_id: int) -> str:
    """What a care-team row written because of one session carries as its source."""
    return f"session:{session_id}"


def window_of(session: Session) -> tuple[dt.datetime, dt.datetime]:
    """From when to when: an hour before the start until the end of the day its notes are due, in the session's zone."""
    after = note_due(session) + dt.timedelta(days=1)
    return session.starts_at - OPENS_BEFORE, dt.datetime.combine(
        after, dt.time.min, zoneinfo.ZoneInfo(session.zone)
    ).astimezone(dt.UTC)


def open_window(*, session: Session, user: User, patients: Iterable[Patient] | None = None) -> None:
    """Let `user` see the session's people (all who are expected now; or only these `patients`) for its window.

    Twice changes nothing. Two queries, one more for everybody expected. The caller holds the group's row lock.
    """
    if patients is None:
        expected = Booking.objects.live().filter(session=session, patient__isnull=False)
        wanted = {(session.pk, user.pk, patient) for patient in expected.values_list("patient_id", flat=True)}
    else:
        wanted = {(session.pk, user.pk, patient.pk) for patient in patients}
    _open(wanted, {session.pk: session})


def close_window(*, session: Session, patients: Iterable[Patient] | None = None, user: User | None = None) -> None:
    """End such access now: of everybody to everybody in the session; of one `user`; to these `patients`. One query each."""
    source = window_source(session.pk)
    for patient in [None] if patients is None else patients:
        end_care_team(source=source, patient=patient, user=user)


def follow_windows(session: Session) -> None:
    """After the session was moved its windows are at its new time; after it was cancelled they are closed. Three queries."""
    rows = list(_current().filter(source=window_source(session.pk)))
    if session.is_cancelled:
        _end(rows)
        return
    begins, ends = window_of(session)
    now = timezone.now()
    strayed = [row for row in rows if row.ends_at != ends or max(row.starts_at, now) != max(begins, now)]
    _end(strayed)
    _open({(session.pk, row.user_id, row.patient_id) for row in strayed}, {session.pk: session})


def follow_leaders(*, group_ids: Iterable[int]) -> None:
    """Whoever leads a coming session of these groups sees its visitors, and nobody who no longer leads it does.

    Members' care teams follow the group's facilitators; a visitor has joined no group. Five queries at most, one when there
    are no visitors. The caller holds the groups' row locks.
    """
    coming = Booking.objects.live().filter(session__group__in=list(group_ids), ends_at__gt=timezone.now())
    visits = list(coming.filter(part=Booking.Part.VISITOR).select_related("session"))
    if not visits:
        return
    sessions = {visit.session_id: visit.session for visit in visits}
    leaders = defaultdict(set)
    for session_id, user_id in coming.filter(session__in=sessions, user__isnull=False).values_list("session", "user"):
        leaders[session_id].add(user_id)
    wanted = {(v.session_id, user, v.patient_id) for v in visits for user in leaders[v.session_id]}
    visitors = {(window_source(v.session_id), v.patient_id): v.session_id for v in visits}
    rows = _current().filter(source__in={source for source, _patient in visitors})
    _end(
        [
            row
            for row in rows
            if (session_id := visitors.get((row.source, row.patient_id)))
            and (session_id, row.user_id, row.patient_id) not in wanted
        ]
    )
    _open(wanted, sessions)


def reopen_windows(*, sessions: Iterable[Session]) -> None:
    """These sessions take place after all: whoever had a window, and leads, sees those who are expected again. Four queries."""
    by_id = {session.pk: session for session in sessions}
    ids = {window_source(pk): pk for pk in by_id}
    rows = CareTeamMember.objects.filter(source__in=ids, part=CareTeamMember.Part.COVER)
    had = {(ids[source], *who) for source, *who in rows.values_list("source", "user_id", "patient_id")}
    there = set(Booking.objects.live().filter(session__in=by_id).values_list("session_id", "user_id", "patient_id"))
    _open({(pk, u, p) for pk, u, p in had if (pk, u, None) in there and (pk, None, p) in there}, by_id)


def close_windows(*, session_ids: Iterable[int]) -> None:
    """End the windows of all these sessions, which don't take place. Two queries."""
    _end(list(_current().filter(source__in=[window_source(pk) for pk in session_ids])))


def _current():
    """Windows that are open or will open."""
    return CareTeamMember.objects.filter(
        Q(ends_at__gt=timezone.now()), Q(ends_at__gt=F("starts_at")), part=CareTeamMember.Part.COVER
    )


def _end(rows: list[CareTeamMember]) -> None:
    if rows:  # one to come ends where it would have begun
        CareTeamMember.objects.filter(pk__in=[row.pk for row in rows]).update(
            ends_at=Greatest(F("starts_at"), timezone.now())
        )


def _open(wanted: set[tuple[int, int, int]], sessions: dict[int, Session]) -> None:
    """Write the rows of (session, user, patient) that are not there yet. A window that is over is not opened."""
    now = timezone.now()
    sources = {window_source(pk) for pk, _user, _patient in wanted}
    if not sources:
        return
    have = set(_current().filter(source__in=sources).values_list("source", "user_id", "patient_id"))
    windows = {pk: window_of(session) for pk, session in sessions.items()}
    CareTeamMember.objects.bulk_create(
        CareTeamMember(
            patient_id=patient,
            user_id=user,
            part=CareTeamMember.Part.COVER,
            source=window_source(pk),
            starts_at=max(windows[pk][0], now),
            ends_at=windows[pk][1],
        )
        for pk, user, patient in sorted(wanted)
        if (window_source(pk), user, patient) not in have and windows[pk][1] > now
    )
