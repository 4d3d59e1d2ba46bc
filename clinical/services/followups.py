"""Following up: one click opens the task, an owner and a day go with it, an outcome ends it; what is overdue reaches the lead."""

import datetime as dt
import zoneinfo
from collections import defaultdict

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Can, allows
from accounts.models import User
from clinical.models import FollowUp
from core.errors import Refusal
from patients.models import Episode, Patient
from scheduling.models import Booking, Session
from scheduling.services.news import tell

OVERDUE = "follow_up_overdue"


def next_business_day(day: dt.date) -> dt.date:
    """The next day that is neither Saturday nor Sunday."""
    day += dt.timedelta(days=1)
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    return day


def may_own(user: User, patient: Patient) -> bool:
    """Whether somebody may be given the task: they follow people up, and know of this one. Two queries at most."""
    return allows(user, Can.FOLLOW_UP) and Patient.objects.visible_to(user).filter(pk=patient.pk).exists()


def usual_owner(episode: Episode, session: Session | None) -> User:
    """Whoever led the session, else the primary clinician, else who supervises them; of these, who may be given it. Where nobody
    of them may: the primary clinician. Three queries where the first may."""
    candidates = []
    if session:
        led = Booking.objects.live().filter(session=session, part=Booking.Part.LEAD).select_related("user").first()
        candidates += [led.user] if led else []
    primary = episode.primary_clinician
    candidates.append(primary)
    if supervisor := _supervisor_of(primary):
        candidates.append(supervisor)
    return next((user for user in candidates if user.is_active and may_own(user, episode.patient)), primary)


def open_follow_up(
    *,
    episode: Episode,
    reason: FollowUp.Reason,
    by: User,
    session: Session | None = None,
    words: str = "",
    owner: User | None = None,
    due_on: dt.date | None = None,
) -> FollowUp:
    """Open a task for the episode's patient. A second click of the same reason at the same session is the same task.

    owner: by default whoever led the session, else the primary clinician. due_on: by default the next business day where the
    program is. Raises Refusal (not_a_reason, not_theirs, past).
    """
    if reason not in FollowUp.Reason.values:
        raise Refusal(_("Say why."), "not_a_reason", "reason")
    owner = owner or usual_owner(episode, session)
    if not may_own(owner, episode.patient):
        raise Refusal(_("%(name)s is not on this person’s care team.") % {"name": owner}, "not_theirs", "owner")
    today = timezone.now().astimezone(zoneinfo.ZoneInfo(episode.program.zone)).date()
    due_on = due_on or next_business_day(today)
    if due_on < today:
        raise Refusal(_("This day is past."), "past", "due_on")
    try:
        with transaction.atomic():
            return FollowUp.objects.create(
                patient=episode.patient,
                episode=episode,
                session=session,
                reason=reason,
                words=words.strip(),
                owner=owner,
                due_on=due_on,
                opened_by=by,
            )
    except IntegrityError as error:
        if "one_open_follow_up_per_reason" not in str(error):
            raise
        return FollowUp.objects.open().get(session=session, patient=episode.patient, reason=reason)


def _locked(follow_up: FollowUp) -> FollowUp:
    found = FollowUp.objects.select_for_update(no_key=True).get(pk=follow_up.pk)
    if found.closed_at:
        raise Refusal(_("This follow-up is done already."), "closed")
    return found


@transaction.atomic
def hand_over(*, follow_up: FollowUp, owner: User, due_on: dt.date, by: User) -> FollowUp:
    """Give the task to somebody, or move its day. Raises Refusal (closed, not_theirs, past)."""
    found = _locked(follow_up)
    if owner.pk != found.owner_id and not may_own(owner, found.patient):
        raise Refusal(_("%(name)s is not on this person’s care team.") % {"name": owner}, "not_theirs", "owner")
    if due_on != found.due_on and due_on < timezone.localdate():
        raise Refusal(_("This day is past."), "past", "due_on")
    if due_on > found.due_on:
        found.lead_told_at = None  # overdue anew is told anew
    found.owner, found.due_on = owner, due_on
    found.save(update_fields=["owner", "due_on", "lead_told_at"])
    return found


@transaction.atomic
def close_follow_up(*, follow_up: FollowUp, outcome: FollowUp.Outcome, by: User, words: str = "") -> FollowUp:
    """Say what came of it. Raises Refusal (closed, not_an_outcome, empty): "not reached" says what was tried."""
    found = _locked(follow_up)
    if outcome not in FollowUp.Outcome.values:
        raise Refusal(_("Say what came of it."), "not_an_outcome", "outcome")
    if outcome == FollowUp.Outcome.NOT_REACHED and not words.strip():
        raise Refusal(_("Say what was tried."), "empty", "words")
    found.outcome, found.outcome_words = outcome, words.strip()
    found.closed_at, found.closed_by = timezone.now(), by
    found.save(update_fields=["outcome", "outcome_words", "closed_at", "closed_by"])
    return found


def _leads_of(tasks: list[FollowUp]) -> dict[int, User]:
    """Whom each task (id) is told when it is overdue: as `usual_owner`, and where that is who does it: their supervisor.

    A query for all, and two for each person who may be the one; none grows with the tasks.
    """
    sessions = {task.session_id for task in tasks if task.session_id}
    led = Booking.objects.live().filter(session__in=sessions, part=Booking.Part.LEAD)
    leads = {booking.session_id: booking.user for booking in led.select_related("user__staff_profile__supervisor")}
    patients = {task.patient_id for task in tasks}
    seen: dict[int, set[int]] = {}  # by person, whom of these patients they may look after

    def may(user: User, patient: int) -> bool:
        if user.pk not in seen:
            theirs = Patient.objects.visible_to(user).filter(pk__in=patients).values_list("pk", flat=True)
            seen[user.pk] = set(theirs) if user.is_active and allows(user, Can.FOLLOW_UP) else set()
        return patient in seen[user.pk]

    found = {}
    for task in tasks:
        primary = task.episode.primary_clinician
        supervisor = _supervisor_of(primary)
        candidates = [user for user in (leads.get(task.session_id), primary, supervisor) if user]
        lead = next((user for user in candidates if may(user, task.patient_id)), primary)
        if lead.pk == task.owner_id:
            lead = _supervisor_of(lead)
        if lead:
            found[task.pk] = lead
    return found


def _supervisor_of(user: User) -> User | None:
    profile = getattr(user, "staff_profile", None)
    return profile.supervisor if profile else None


@transaction.atomic
def tell_overdue(*, now: dt.datetime | None = None, limit: int = 200) -> int:
    """Tell leads, once each day, that tasks of theirs are overdue. Returns how many tasks were told of.

    Rows another worker holds are passed over; a task is told of once, until its day is moved.
    """
    moment = now or timezone.now()
    tasks = list(
        FollowUp.objects.open()
        .filter(due_on__lt=moment.date(), lead_told_at=None)
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("episode__program", "episode__primary_clinician__staff_profile__supervisor")[:limit]
    )
    # The day is over where the program is.
    told = [t for t in tasks if t.due_on < moment.astimezone(zoneinfo.ZoneInfo(t.episode.program.zone)).date()]
    leads = _leads_of(told)
    by_lead: dict[int, list[FollowUp]] = defaultdict(list)
    for task in told:
        task.lead_told_at = moment
        if task.pk in leads:
            by_lead[leads[task.pk].pk].append(task)
    for lead, theirs in by_lead.items():
        # One message for all of a day's: the first task stands for them. Its day tells one time of being overdue from another.
        first = theirs[0]
        tell(OVERDUE, first.pk, variant=first.due_on.toordinal(), to=[lead], until=moment + dt.timedelta(days=2))
    FollowUp.objects.bulk_update(told, ["lead_told_at"])
    return len(told)


def is_anything_left(task: FollowUp, lead_id: int) -> bool:
    """Whether this task, or one that the lead (id) was told of with it, is still to be done. One query, or as `_leads_of`."""
    if not task.closed_at:
        return True
    others = FollowUp.objects.open().filter(lead_told_at=task.lead_told_at, lead_told_at__isnull=False)
    leads = _leads_of(list(others.select_related("episode__primary_clinician__staff_profile__supervisor")))
    return any(lead.pk == lead_id for lead in leads.values())
