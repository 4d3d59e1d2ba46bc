"""Which coming sessions of a program have a free seat, and whether somebody could come to one. Looked at again under the locks by
`visitors.require_seat`, when it is taken."""

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable

from django.utils import timezone

from accounts.models import Program
from patients.models import Episode
from scheduling.models import Booking, Session

Span = tuple[dt.datetime, dt.datetime]


def open_sessions(program: Program | int, until: dt.datetime) -> list[Session]:
    """The program's sessions still to come before `until` that have `seats_left`, in order of time; each knows its `local_day`.
    Two queries."""
    coming = Session.objects.scheduled().filter(
        group__program=program, starts_at__gt=timezone.now(), starts_at__lt=until
    )
    sessions = list(coming.select_related("group").order_by("starts_at", "pk"))
    taken = defaultdict(int)
    for pk in (
        Booking.objects.live().filter(session__in=coming, patient__isnull=False).values_list("session", flat=True)
    ):
        taken[pk] += 1
    for session in sessions:
        session.seats_left = session.group.capacity - taken[session.pk]
        session.local_day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    return [session for session in sessions if session.seats_left > 0]


def latest(sessions: list[Session]) -> dt.datetime:
    """When the last of them ends; now, where there are none."""
    return max((session.ends_at for session in sessions), default=timezone.now())


def is_free(busy: Iterable[Span], session: Session) -> bool:
    """Not expected there already, nor anywhere else then."""
    return all(ends_at <= session.starts_at or starts_at >= session.ends_at for starts_at, ends_at in busy)


def is_open(episode: Episode, session: Session) -> bool:
    """Whether the stay covers the session's day."""
    day = session.local_day
    return episode.started_on <= day and (episode.ended_on is None or episode.ended_on > day)
