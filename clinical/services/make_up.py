"""Making up hours: who has reason to ask for another seat this week, and for which.

Asking itself: `scheduling.services.seat_requests`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from clinical.models import Attendance, Status
from clinical.queries import Hours, Week, hours_of_week
from core.errors import Refusal
from patients.models import Episode, Patient
from scheduling.models import Booking, ExcuseRequest, SeatRequest, Session
from scheduling.services.free_seats import is_free, is_open, open_sessions
from scheduling.services.seat_requests import ask_for_seat

MISSED = (Status.EXCUSED, Status.NO_SHOW)


@dataclass(slots=True)
class MakeUp:
    """One stay of somebody who may ask for a seat this week. was_away: they missed a session, or are excused from one.
    seats: sessions with a free seat that they could come to, the soonest first."""

    episode: Episode
    hours: Hours
    was_away: bool
    seats: list[Session] = field(default_factory=list)

    @property
    def has_reason(self) -> bool:
        """Whether they would else miss their hours, or were away."""
        return self.was_away or self.hours.short_by > 0


def _away(episodes: Iterable[Episode], week: Week) -> set[int]:
    """Ids of the stays with a session in the week that was missed, or is excused. Two queries."""
    span = (week.starts_at, week.ends_at)
    taken = Attendance.objects.filter(
        episode__in=episodes, status__in=MISSED, session__starts_at__gte=span[0], session__starts_at__lt=span[1]
    )
    ahead = ExcuseRequest.objects.excused().filter(asked_for__gte=span[0], asked_for__lt=span[1])
    of_members = ahead.filter(booking__membership__episode__in=episodes)
    of_visitors = ahead.filter(booking__episode__in=episodes)
    return set(
        taken.values_list("episode")
        .union(of_members.values_list("booking__membership__episode"), of_visitors.values_list("booking__episode"))
        .values_list(flat=True)
    )


def make_up_of(*, patient: Patient, episodes: Iterable[Episode], week: Week) -> list[MakeUp]:
    """Each of the patient's open stays in the week: its hours, whether there is reason to ask, and the seats that fit.

    Four queries, and two for each stay that has reason.
    """
    episodes = list(episodes)
    if not episodes:
        return []
    hours, away = hours_of_week(episodes=episodes, week=week), _away(episodes, week)
    found = [MakeUp(e, hours[e.pk], e.pk in away) for e in episodes]
    if not any(one.has_reason for one in found):
        return found
    coming = Booking.objects.live().filter(patient=patient, ends_at__gt=timezone.now(), starts_at__lt=week.ends_at)
    busy = list(coming.values_list("starts_at", "ends_at"))
    for one in found:
        if one.has_reason:
            free = open_sessions(one.episode.program_id, week.ends_at)
            one.seats = [s for s in free if is_free(busy, s) and is_open(one.episode, s)]
    return found


def ask(*, patient: Patient, episodes: Iterable[Episode], session_uid, week: Week) -> SeatRequest:
    """Ask for one of the seats `make_up_of` shows. Raises Refusal (gone, and those of `ask_for_seat`)."""
    for one in make_up_of(patient=patient, episodes=episodes, week=week):
        for session in one.seats:
            if session.uid == session_uid:
                return ask_for_seat(session=session, episode=one.episode)
    raise Refusal(_("This time can’t be had any more. Please choose another."), "gone")
