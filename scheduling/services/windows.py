"""Access for one session: whoever leads it in somebody's place sees the people expected there, around it and no longer."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from patients.models import CareTeamMember, Patient
from scheduling.models import Booking, Session

OPENS_BEFORE = dt.timedelta(hours=1)
NOTE_BUSINESS_DAYS = 3  # CLINICAL_FACTS section 1, note clock (V2:S6)


def window_source(session: Session) -> str:
    """What a care-team row written because of this one session carries as its source."""
    return f"session:{session.pk}"


def notes_due_on(session: Session) -> dt.date:
    """The day a session's notes are due: three business days later, in the session's zone."""
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    left = NOTE_BUSINESS_DAYS
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5
    return day


def window_of(session: Session) -> tuple[dt.datetime, dt.datetime]:
    """From when to when somebody who leads only this session sees its people: from an hour before it begins until the day
    its notes are due is over, in its zone."""
    after = notes_due_on(session) + dt.timedelta(days=1)
    ends_at = dt.datetime.combine(after, dt.time.min, zoneinfo.ZoneInfo(session.zone)).astimezone(dt.UTC)
    return session.starts_at - OPENS_BEFORE, ends_at


def open_window(*, session: Session, user: User, patients: Iterable[Patient] | None = None) -> None:
    """Let `user` see those who are expected at the session (or `patients`) in its window; one that is there already moves
    with the session. Four queries at most. The caller holds the group's row lock."""
    starts_at, ends_at = window_of(session)
    if patients is None:
        expected = Booking.objects.live().filter(session=session, patient__isnull=False)
        wanted = set(expected.values_list("patient_id", flat=True))
    else:
        wanted = {patient.pk for patient in patients}
    rows = CareTeamMember.objects.filter(source=window_source(session), user=user, patient__in=wanted)
    there = set(rows.values_list("patient_id", flat=True))
    if there:
        rows.update(starts_at=starts_at, ends_at=ends_at)
    CareTeamMember.objects.bulk_create(
        CareTeamMember(
            patient_id=pk,
            user=user,
            part=CareTeamMember.Part.COVER,
            source=window_source(session),
            starts_at=starts_at,
            ends_at=ends_at,
        )
        for pk in sorted(wanted - there)
    )


def close_window(*, session: Session, user: User | None = None, patients: Iterable[Patient] | None = None) -> int:
    """End the access given for this session (of one person, to some patients) now. Returns how many places. One query."""
    now = timezone.now()
    rows = CareTeamMember.objects.filter(source=window_source(session), ends_at__gt=now)
    if user is not None:
        rows = rows.filter(user=user)
    if patients is not None:
        rows = rows.filter(patient__in=[patient.pk for patient in patients])
    # A window that was to open later ends where it would have begun.
    return rows.update(ends_at=Greatest(F("starts_at"), now))
