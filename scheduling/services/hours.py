"""Open hours: a provider says when patients may pick a time, and they pick one."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Program, User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode
from patients.models import CareTeamMember, Episode, Patient
from scheduling.models import LENGTHS, Appointment, AppointmentKind, Booking, Closure, OpenHours, TimeOff
from scheduling.services.appointments import cancel_appointment
from scheduling.services.appointments.rules import day_in, lock_provider, require_provider
from scheduling.services.appointments.single import write_appointment
from scheduling.services.horizon import local_start

Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True, order=True)
class FreeTime:
    """A time that may be picked."""

    starts_at: dt.datetime
    hours_id: int
    ends_at: dt.datetime


# --- opening and closing


@in_one_piece
def open_hours(
    *,
    provider: User,
    program: Program,
    kinds: Iterable[str],
    weekday: int,
    starts_at: dt.time,
    ends_at: dt.time,
    minutes: int,
    zone: str = "",
    buffer_minutes: int = 10,
    notice_hours: int = 24,
    daily_limit: int = 4,
    starts_on: dt.date | None = None,
) -> OpenHours:
    """Open hours of a weekday (0 is Monday) for patients to pick from. Times are wall times of `zone` (the provider's).

    minutes: of each appointment. buffer_minutes: kept free before and after. notice_hours: picked no later than so long before.
    daily_limit: picked from these hours on one day. Raises Refusal (no_kind, not_a_provider, appointment_length, too_short,
    hours_overlap, daily_limit, in_the_past).
    """
    kinds, zone = list(dict.fromkeys(kinds)), zone or provider.zone
    if not kinds:
        raise Refusal(_("Choose at least one kind."), "no_kind", "kinds")
    for kind in kinds:
        require_provider(kind, provider, program)
        least, most, _usual = LENGTHS[AppointmentKind(kind)]
        if not least <= minutes <= most:
            raise Refusal(
                _("%(kind)s: %(least)s to %(most)s minutes.")
                % {"kind": AppointmentKind(kind).label, "least": least, "most": most},
                "appointment_length",
                "minutes",
            )
    if _minutes(ends_at) - _minutes(starts_at) < minutes:
        raise Refusal(_("There is no room for one appointment between these times."), "too_short", "ends_at")
    if not 1 <= daily_limit <= 20:
        raise Refusal(_("At least 1, at most 20 a day."), "daily_limit", "daily_limit")
    today = day_in(timezone.now(), zone)
    starts_on = starts_on or today
    if starts_on < today:
        raise Refusal(_("That day is in the past."), "in_the_past", "starts_on")
    lock_provider(provider)
    there = OpenHours.objects.current(starts_on).filter(provider=provider, weekday=weekday, zone=zone)
    if other := there.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).first():
        raise Refusal(
            _("You have open hours then already (%(from)s to %(until)s).")
            % {"from": f"{other.starts_at:%H:%M}", "until": f"{other.ends_at:%H:%M}"},
            "hours_overlap",
            "starts_at",
        )
    return OpenHours.objects.create(
        provider=provider,
        program=program,
        kinds=kinds,
        weekday=weekday,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
        minutes=minutes,
        buffer_minutes=buffer_minutes,
        notice_hours=notice_hours,
        daily_limit=daily_limit,
        starts_on=starts_on,
    )


def _minutes(wall: dt.time) -> int:
    return wall.hour * 60 + wall.minute


@in_one_piece
def close_hours(*, hours: OpenHours, ends_on: dt.date | None = None) -> OpenHours:
    """No time can be picked from `ends_on` (today) on. What was picked stays. Raises Refusal (already_closed)."""
    lock_provider(hours.provider)
    hours.refresh_from_db()
    day = max(ends_on or day_in(timezone.now(), hours.zone), hours.starts_on)
    if hours.ends_on and hours.ends_on <= day:
        raise Refusal(_("These hours are closed already."), "already_closed")
    hours.ends_on = day
    hours.save(update_fields=["ends_on"])
    return hours


# --- what is free


def hours_for(patient: Patient) -> list[OpenHours]:
    """The hours a patient may pick from: of people on their care team now, in a program they are in care in. One query."""
    team = CareTeamMember.objects.current().filter(patient=patient).values("user_id")
    stays = Episode.objects.filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate()), patient=patient)
    found = OpenHours.objects.filter(
        provider__in=team, provider__is_active=True, program__in=stays.values("program_id")
    )
    today = timezone.localdate() - dt.timedelta(days=1)  # wherever they are
    return list(found.current(today).select_related("provider", "program").order_by("weekday", "starts_at", "pk"))


def steps(hours: OpenHours, day: dt.date) -> Iterator[Span]:
    """The times of the hours on a date, whatever else is: one after the other with the free minutes between, in real minutes,
    so that an hour a clock change skips or repeats is no time too many and none too few."""
    if day.weekday() != hours.weekday or day < hours.starts_on or (hours.ends_on and day >= hours.ends_on):
        return
    length = dt.timedelta(minutes=hours.minutes)
    starts_at, closes = (local_start(day, wall, hours.zone) for wall in (hours.starts_at, hours.ends_at))
    while starts_at + length <= closes:
        yield starts_at, starts_at + length
        starts_at += length + dt.timedelta(minutes=hours.buffer_minutes)


class _Taken:
    """Everything that stands against times of some hours between two moments. Six queries, five without a patient."""

    def __init__(self, hours: list[OpenHours], patient: Patient | None, first: dt.datetime, last: dt.datetime):
        providers = {h.provider_id for h in hours}
        wide = dt.timedelta(minutes=max((h.buffer_minutes for h in hours), default=0))
        live = Booking.objects.live().filter(starts_at__lt=last + wide, ends_at__gt=first - wide)
        self.busy = _spans(live.filter(user__in=providers).values_list("user_id", "starts_at", "ends_at"))
        off = TimeOff.objects.in_force().filter(user__in=providers, starts_at__lt=last, ends_at__gt=first)
        self.away = _spans(off.values_list("user_id", "starts_at", "ends_at"))
        closed = Closure.objects.in_force().filter(
            with_appointments=True,
            program__in={h.program_id for h in hours},
            last_on__gte=first.date() - dt.timedelta(days=1),
            starts_on__lte=last.date() + dt.timedelta(days=1),
        )
        self.closed = _spans(closed.values_list("program_id", "starts_on", "last_on"))
        zones = {h.pk: h.zone for h in hours}
        day = dt.timedelta(days=1)
        picked = Appointment.objects.scheduled().between(first - day, last + day).filter(hours__in=zones)
        self.picked = Counter(
            (pk, day_in(starts_at, zones[pk])) for pk, starts_at in picked.values_list("hours_id", "starts_at")
        )
        self.own, self.stays = [], None
        if patient is not None:
            self.own = list(live.filter(patient=patient).values_list("starts_at", "ends_at"))
            stays = Episode.objects.filter(patient=patient)
            self.stays = _spans(stays.values_list("program_id", "started_on", "ended_on"))

    def has_room(self, hours: OpenHours, day: dt.date, now: dt.datetime, span: Span) -> bool:
        """Whether the span of these hours on this date may be picked at `now`."""
        starts_at, ends_at = span
        buffer = dt.timedelta(minutes=hours.buffer_minutes)
        return (
            starts_at > now
            and starts_at >= now + dt.timedelta(hours=hours.notice_hours)
            and not _over(self.busy[hours.provider_id], starts_at - buffer, ends_at + buffer)
            and not _over(self.away[hours.provider_id], starts_at, ends_at)
            and not _over(self.own, starts_at, ends_at)
            and not any(since <= day <= until for since, until in self.closed[hours.program_id])
            and self.picked[hours.pk, day] < hours.daily_limit
            and (
                self.stays is None
                or any(since <= day and (not until or day < until) for since, until in self.stays[hours.program_id])
            )
        )


def _spans(rows) -> defaultdict[int, list]:
    found = defaultdict(list)
    for whose, since, until in rows:
        found[whose].append((since, until))
    return found


def _over(spans: Iterable[Span], starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    return any(since < ends_at and until > starts_at for since, until in spans)


def free_times(
    *,
    first: dt.date,
    last: dt.date,
    patient: Patient | None = None,
    provider: User | None = None,
    hours: list[OpenHours] | None = None,
    now: dt.datetime | None = None,
) -> list[FreeTime]:
    """The times a patient may pick on dates (where the hours are) from `first` to `last`, both included, in order.

    Of all hours they may pick from, or of these `hours`; with `provider` instead of a patient: what is free of theirs.
    Free is what lies `buffer_minutes` away from whatever the provider has, not in their time off nor on a closed day, is
    `notice_hours` away, within the limit of its day, and when the patient is in care and nowhere else.
    Seven queries at the most, whatever the rows.
    """
    moment = now or timezone.now()
    if hours is None:
        hours = hours_for(patient) if patient is not None else _hours_of(provider)
    if not hours:
        return []
    dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    asked = [(one, day, span) for one in hours for day in dates for span in steps(one, day)]
    if not asked:
        return []
    begins, ends = min(span[0] for _h, _d, span in asked), max(span[1] for _h, _d, span in asked)
    taken = _Taken(hours, patient, begins, ends)
    return sorted(
        FreeTime(span[0], one.pk, span[1]) for one, day, span in asked if taken.has_room(one, day, moment, span)
    )


def _hours_of(provider: User) -> list[OpenHours]:
    return list(OpenHours.objects.filter(provider=provider).select_related("provider", "program"))


# --- picking


@in_one_piece
def pick_time(*, hours: OpenHours, patient: Patient, starts_at: dt.datetime, kind: str) -> Appointment:
    """The patient books one of the free times. Under the provider's lock everything that makes a time free is looked at again,
    so that limit, free minutes and notice hold also when two pick at once. The provider is told.

    Raises Refusal (not_offered, kind, taken) and those of `book_appointment`.
    """
    stay = Episode.objects.filter(patient=patient, program=hours.program_id).filter(
        Q(ended_on=None) | Q(ended_on__gt=timezone.localdate())
    )
    if (episode := stay.order_by("started_on").first()) is None:
        raise Refusal(_("These times are no longer offered to you. Choose another."), "not_offered")
    episode = lock_episode(episode)
    lock_provider(hours.provider)
    offered = next((h for h in hours_for(patient) if h.pk == hours.pk), None)
    if offered is None:
        raise Refusal(_("These times are no longer offered to you. Choose another."), "not_offered")
    if kind not in offered.kinds:
        raise Refusal(_("Choose what it is for."), "kind", "kind")
    day = day_in(starts_at, offered.zone)
    free = {time.starts_at: time for time in free_times(patient=patient, hours=[offered], first=day, last=day)}
    if starts_at not in free:
        raise Refusal(_("This time is no longer free. Please choose another."), "taken")
    require_provider(kind, offered.provider, offered.program)
    episode = next(e for e in stay if _in_care(e, day))
    return write_appointment(
        kind=kind,
        provider=offered.provider,
        episode=lock_episode(episode),
        starts_at=starts_at,
        minutes=offered.minutes,
        by=patient.user,
        zone=offered.zone,
        hours=offered,
    )


def _in_care(episode: Episode, day: dt.date) -> bool:
    return episode.started_on <= day and (not episode.ended_on or day < episode.ended_on)


def cancels_until(appointment: Appointment) -> dt.datetime | None:
    """Until when the patient may cancel it themselves: the notice it had to be picked with. None: not theirs to cancel."""
    if appointment.hours is None or appointment.is_cancelled:
        return None
    return appointment.starts_at - dt.timedelta(hours=appointment.hours.notice_hours)


@in_one_piece
def give_back_time(*, appointment: Appointment, patient: Patient) -> Appointment:
    """The patient cancels a time they had picked, up to its notice. The provider is told.

    Raises Refusal (not_picked, too_late) and those of `cancel_appointment`.
    """
    until = cancels_until(appointment)
    if until is None or appointment.patient_id != patient.pk:
        raise Refusal(_("This appointment was made by the clinic. Please call to change it."), "not_picked")
    if timezone.now() > until:
        raise Refusal(_("It is too close to be cancelled here. Please call the clinic."), "too_late")
    return cancel_appointment(appointment=appointment, reason=_("Cancelled by the patient."), by=patient.user)
