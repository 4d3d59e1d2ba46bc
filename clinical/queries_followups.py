"""Who has gone quiet, and tasks that are open."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from clinical.models import Attendance, FollowUp
from patients.models import Episode, Patient
from scheduling.models import Session

LOOK_BACK = dt.timedelta(days=28)
QUIET_AT = 1  # participation of 1 or less in the last two sessions attended (CLINICAL_FACTS section 4: answers only when asked)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Somebody who may need a word. missed: two sessions in a row without word; else quiet in the last two they attended."""

    patient: Patient
    session: Session
    missed: bool


def quiet_ones(user) -> list[Quiet]:
    """Of the reader's people in care: who took little part in the last two sessions they attended, or missed two in a row, and
    has no follow-up open. Two queries."""
    since = timezone.now() - LOOK_BACK
    followed = FollowUp.objects.filter(closed_at=None).values("patient")
    rows = (
        Attendance.objects.visible_to(user)
        .filter(session__starts_at__gte=since, episode__in=Episode.objects.open())
        .exclude(patient__in=followed)
        .exclude(status="excused")
        .select_related("patient", "session__group")
        .order_by("-session__starts_at")
    )
    by_patient: dict[int, list[Attendance]] = defaultdict(list)
    for row in rows:
        by_patient[row.patient_id].append(row)
    found = []
    for theirs in by_patient.values():
        last_two = theirs[:2]
        if len(last_two) == 2 and not any(a.attended for a in last_two):
            found.append(Quiet(theirs[0].patient, theirs[0].session, True))
            continue
        rated = [a for a in theirs if a.attended and a.participation is not None][:2]
        if len(rated) == 2 and all(a.participation <= QUIET_AT for a in rated):
            found.append(Quiet(rated[0].patient, rated[0].session, False))
    return sorted(found, key=lambda q: (q.patient.legal_last_name, q.patient.legal_first_name, q.patient.pk))


def open_tasks(user) -> QuerySet:
    """One's own open tasks, and overdue ones of one's people, the longest due first. One query."""
    late = Q(due_on__lt=timezone.localdate())
    mine = FollowUp.objects.visible_to(user).open().filter(Q(owner=user) | late)
    return mine.select_related("patient", "owner", "session__group")
