"""A one-off visitor: a patient of the program in one session, without joining its group."""

import datetime as dt
import zoneinfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.services import lock_episode, lock_group
from patients.models import Episode, Patient
from scheduling.models import Booking, Session
from scheduling.services import seat_news  # noqa: F401 - registers how the news is composed
from scheduling.services.clashes import name_of
from scheduling.services.news import tell
from scheduling.services.reminders import plan_again
from scheduling.services.seats import reconcile_bookings
from scheduling.services.windows import follow_windows


def require_seat(*, session: Session, episode: Episode, by: User | None = None) -> None:
    """Refuse (cancelled, has_begun, other_program, episode_closed, already_expected, session_full, elsewhere) unless the
    episode's patient could visit the session as it stands. by: to whom a refusal names the other thing.

    Four queries. The caller holds the locks of episode and group, or only wants to know.
    """
    patient = episode.patient
    if session.is_cancelled:
        raise Refusal(_("This session is cancelled."), "cancelled")
    if session.has_begun:
        raise Refusal(_("This session has begun; nobody can be added any more."), "has_begun")
    if episode.program_id != session.group.program_id:
        raise Refusal(_("%(name)s is not in this group’s program.") % {"name": patient}, "other_program", "episode")
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    if day < episode.started_on or (episode.ended_on and day >= episode.ended_on):
        raise Refusal(_("%(name)s is not in care on that day.") % {"name": patient}, "episode_closed", "episode")
    expected = Booking.objects.live().filter(session=session, patient__isnull=False)
    if expected.filter(patient=patient).exists():
        raise Refusal(_("%(name)s is already expected there.") % {"name": patient}, "already_expected", "episode")
    if expected.count() >= session.group.capacity:
        raise Refusal(
            _("All %(n)s seats of this session are taken.") % {"n": session.group.capacity}, "session_full", "episode"
        )
    other = _in_the_way(session, patient)
    if other:
        raise _elsewhere(patient, other, by)


def _in_the_way(session: Session, patient: Patient) -> Booking | None:
    there = Booking.objects.live().filter(patient=patient, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
    return there.select_related("session__group", "appointment").first()


def _elsewhere(patient: Patient, other: Booking | None, by: User | None) -> Refusal:
    return Refusal(
        _("%(name)s is then in %(other)s. Nobody can be in two places at once.")
        % {"name": patient, "other": name_of(other, by) if other else _("something else")},
        "elsewhere",
        "episode",
    )


@in_one_piece
def add_visitor(*, session: Session, episode: Episode, by: User | None = None) -> Booking:
    """Book the episode's patient for this one session. They are told; whoever leads it sees them for its window.

    The group's row lock makes "count, then take" one step. Raises the Refusals of `require_seat`.
    """
    episode = lock_episode(episode)
    lock_group(session.group)
    session = _locked(session)
    require_seat(session=session, episode=episode, by=by)
    try:
        with transaction.atomic():
            visit = Booking.objects.create(
                session=session,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                part=Booking.Part.VISITOR,
                patient=episode.patient,
                episode=episode,
            )
    except IntegrityError as error:  # booked elsewhere since we looked: another group's lock is not ours
        if "patient_in_one_place" not in str(error):
            raise
        raise _elsewhere(episode.patient, _in_the_way(session, episode.patient), by) from None
    _mark_by_hand(session)
    follow_windows(group_ids=[session.group_id], now=timezone.now())
    plan_again(sessions=[session.pk])
    _tell_of("seat_confirmed", visit, by)
    return visit


@in_one_piece
def remove_visitor(*, session: Session, patient: Patient, by: User | None = None) -> None:
    """Release a visitor's seat. They are told. Raises Refusal (not_a_visitor, has_begun)."""
    lock_group(session.group)
    session = _locked(session)
    visits = Booking.objects.live().filter(session=session, patient=patient, part=Booking.Part.VISITOR)
    visit = visits.select_related("session", "patient").first()
    if visit is None:
        raise Refusal(_("%(name)s is no longer a visitor here.") % {"name": patient}, "not_a_visitor")
    if session.has_begun:
        raise Refusal(_("This session has begun; take attendance instead."), "has_begun")
    visit.released_at = timezone.now()
    visit.save(update_fields=["released_at"])
    _mark_by_hand(session)
    reconcile_bookings(group_ids=[session.group_id])  # who became a member meanwhile comes as one
    _tell_of("seat_released", visit, by)


def release_visits(*, episode: Episode, from_day: dt.date) -> None:
    """The stay ends on `from_day`: its visits from that day on (in each session's zone) are released, without news."""
    visits = Booking.objects.live().filter(episode=episode, part=Booking.Part.VISITOR, starts_at__gt=timezone.now())
    groups = set()
    for visit in visits.select_related("session"):
        if visit.starts_at.astimezone(zoneinfo.ZoneInfo(visit.session.zone)).date() >= from_day:
            visit.released_at = timezone.now()
            visit.save(update_fields=["released_at"])
            groups.add(visit.session.group_id)
    follow_windows(group_ids=groups, now=timezone.now())


def _locked(session: Session) -> Session:
    return Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group").get(pk=session.pk)


def _mark_by_hand(session: Session) -> None:
    """Somebody decided about this very session: a change of its series leaves it alone."""
    if not session.by_hand:
        session.by_hand = True
        session.save(update_fields=["by_hand", "changed_at"])


def _tell_of(kind: str, visit: Booking, by: User | None) -> None:
    tell(kind, visit.session_id, variant=visit.pk, to=[visit.patient.user_id], until=visit.starts_at, by=by)
