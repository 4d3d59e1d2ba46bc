"""The guardian of hours: who will miss their weekly hours at this rate, and which seats this week would fix it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.models import Program
from clinical.queries import Hours, Week, hours_of_week
from patients.models import Episode
from scheduling.models import Booking, SeatOffer, Session
from scheduling.services.free_seats import is_free, is_open, latest, open_sessions

BEGINS_ON = 2  # Wednesday: before it, the week is too young to say who will miss it


@dataclass(slots=True)
class Fit:
    """A session somebody could still come to. closes: it alone makes up what is missing. offer: the latest to this person."""

    session: Session
    seats_left: int
    closes: bool
    offer: SeatOffer | None = None

    @property
    def minutes(self) -> int:
        """Treatment minutes it would bring."""
        return self.session.treatment_minutes

    @property
    def is_offered(self) -> bool:
        return self.offer is not None and self.offer.state == SeatOffer.State.OPEN

    @property
    def is_declined(self) -> bool:
        return self.offer is not None and self.offer.state == SeatOffer.State.DECLINED


@dataclass(slots=True)
class Gap:
    """Somebody who will miss their hours. plan: the seats that would fix it, or come nearest; others: what else they could
    come to; left: minutes still missing with the plan."""

    episode: Episode
    hours: Hours
    plan: list[Fit] = field(default_factory=list)
    others: list[Fit] = field(default_factory=list)
    left: int = 0

    @property
    def brings(self) -> int:
        """Minutes of the whole plan."""
        return sum(fit.minutes for fit in self.plan)


def programs_of(user) -> list[Program]:
    """Programs in which the reader may see somebody in care, by name. One query."""
    return list(Program.objects.filter(pk__in=Episode.objects.visible_to(user).open().values("program_id")))


def begins_on(week: Week) -> dt.date:
    """From this day of the week on, the guardian speaks."""
    return week.days[BEGINS_ON]


def short_of(user, program: Program, week: Week) -> list[tuple[int, Hours]]:
    """Everybody of the program whom the reader may see and who will miss their hours: (episode id, hours), the widest gap
    first. Three queries for any number of people."""
    goals = Episode.objects.visible_to(user).open().filter(program=program).only("weekly_goal_minutes")
    hours = hours_of_week(episodes=goals, week=week)
    short = [(pk, found) for pk, found in hours.items() if found.short_by]
    return sorted(short, key=lambda row: (-row[1].short_by, row[0]))


def gaps(short: Iterable[tuple[int, Hours]], program: Program, week: Week, *, with_seats: bool) -> list[Gap]:
    """These people with what would fix it. with_seats: look for seats too. Five queries for any number of people."""
    hours = dict(short)
    episodes = Episode.objects.filter(pk__in=hours).select_related("patient").in_bulk()
    found = [Gap(episodes[pk], hours[pk], left=hours[pk].short_by) for pk in hours]
    if with_seats and found:
        _find_seats(found, program, week)
    return found


def _find_seats(found: list[Gap], program: Program, week: Week) -> None:
    sessions = open_sessions(program, week.ends_at)
    people = [gap.episode.patient_id for gap in found]
    busy = defaultdict(list)
    theirs = Booking.objects.live().filter(
        patient__in=people, ends_at__gt=timezone.now(), starts_at__lt=latest(sessions)
    )
    for patient, starts_at, ends_at in theirs.values_list("patient_id", "starts_at", "ends_at"):
        busy[patient].append((starts_at, ends_at))
    offers = {
        (offer.patient_id, offer.session_id): offer
        for offer in SeatOffer.objects.filter(patient__in=people, session__in=sessions).order_by("pk")
    }
    for gap in found:
        fits = [
            Fit(
                session,
                session.seats_left,
                closes=session.treatment_minutes >= gap.hours.short_by,
                offer=offers.get((gap.episode.patient_id, session.pk)),
            )
            for session in sessions
            if is_free(busy[gap.episode.patient_id], session) and is_open(gap.episode, session)
        ]
        gap.plan = smallest([fit for fit in fits if not fit.is_declined], gap.hours.short_by)
        gap.others = [fit for fit in fits if fit not in gap.plan]
        gap.left = max(0, gap.hours.short_by - gap.brings)


def smallest(fits: list[Fit], gap: int) -> list[Fit]:
    """The first that alone brings `gap` minutes; else the longest ones that lie beside each other, until they do. In order
    of time; they may bring less than the gap when there are no more."""
    alone = next((fit for fit in fits if fit.minutes >= gap), None)
    if alone:
        return [alone]
    chosen: list[Fit] = []
    for fit in sorted(fits, key=lambda fit: (-fit.minutes, fit.session.starts_at)):
        if sum(other.minutes for other in chosen) >= gap:
            break
        if is_free([(other.session.starts_at, other.session.ends_at) for other in chosen], fit.session):
            chosen.append(fit)
    return sorted(chosen, key=lambda fit: fit.session.starts_at)
