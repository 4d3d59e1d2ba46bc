"""Time off, and who takes over a session: deeds."""

import datetime as dt
import zoneinfo

from django.db import IntegrityError, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.access import STAFF, Role
from accounts.models import RoleAssignment, StaffProfile, User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.models import Facilitator, Group
from groups.services import lock_group
from scheduling.models import Appointment, Booking, CoverRequest, Session, TimeOff
from scheduling.services.candidates import candidates_for, day_of
from scheduling.services.clashes import name_of
from scheduling.services.cover_requests import ask, follow_requests
from scheduling.services.news import tell
from scheduling.services.seats import reconcile_bookings

ASSIGNS = (Role.SUPERVISOR, Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN)
LONGEST = dt.timedelta(days=366)


def may_assign(user: User, program_id: int) -> bool:
    """Whether the person decides who covers in a program, without being the one."""
    return program_id in user.program_ids(*ASSIGNS)


def people_for_time_off(by: User):
    """Accounts whose time off `by` may enter: their own, of whom they supervise, and of staff of the programs they run."""
    people = {by.pk, *StaffProfile.objects.filter(supervisor=by).values_list("user_id", flat=True)}
    if programs := by.program_ids(Role.CARE_COORDINATOR, Role.PROGRAM_ADMIN):
        held = RoleAssignment.objects.current().filter(program__in=programs, role__in=STAFF)
        people |= set(held.values_list("user_id", flat=True))
    return User.objects.filter(pk__in=people, is_active=True)


def _require_say(user: User, by: User) -> None:
    if not people_for_time_off(by).filter(pk=user.pk).exists():
        raise Refusal(
            _("%(name)s enters their own time off, or their supervisor or coordinator does.") % {"name": user},
            "not_yours",
            "user",
        )


@in_one_piece
def take_time_off(*, user: User, starts_at: dt.datetime, ends_at: dt.datetime, by: User) -> TimeOff:
    """`user` is away from `starts_at` to `ends_at` (aware). Every coming session they lead then asks for cover.

    It may begin earlier today: somebody ill says so in the morning. Raises Refusal (not_yours, ends_before_start, in_the_past,
    too_long, time_off_overlaps).
    """
    _require_say(user, by)
    zone = zoneinfo.ZoneInfo(user.zone)
    if ends_at <= starts_at:
        raise Refusal(_("It must end after it begins."), "ends_before_start", "last_day")
    today = dt.datetime.combine(timezone.localdate(timezone=zone), dt.time.min, zone)
    if starts_at < today or ends_at <= timezone.now():
        raise Refusal(_("That time is in the past."), "in_the_past", "first_day")
    if ends_at - starts_at > LONGEST:
        raise Refusal(_("That is more than a year. Check the dates."), "too_long", "last_day")
    try:
        with transaction.atomic():
            time_off = TimeOff.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, created_by=by)
    except IntegrityError as error:
        if "one_time_off_at_a_time" not in str(error):
            raise
        there = TimeOff.objects.in_force().filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).first()
        raise Refusal(
            _("Time off from %(start)s to %(end)s is entered already. Withdraw it first.")
            % {"start": _when(there.starts_at, zone), "end": _when(there.ends_at, zone)}
            if there
            else _("Time off is entered already for a part of that."),
            "time_off_overlaps",
            "first_day",
        ) from None
    _follow(time_off, by)
    return time_off


@in_one_piece
def withdraw_time_off(*, time_off: TimeOff, by: User) -> TimeOff:
    """They are there after all: open requests close. What somebody took over already stays theirs, until they give it back.

    Raises Refusal (not_yours, already_withdrawn, over).
    """
    time_off = TimeOff.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=time_off.pk)
    _require_say(time_off.user, by)
    if time_off.withdrawn_at is not None:
        raise Refusal(_("This time off is withdrawn already."), "already_withdrawn")
    if time_off.ends_at <= timezone.now():
        raise Refusal(_("This time off is over."), "over")
    time_off.withdrawn_at = timezone.now()
    time_off.save(update_fields=["withdrawn_at"])
    _follow(time_off, by)
    return time_off


def _when(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    return formats.date_format(moment.astimezone(zone), "D, M j, g:i A")


def _follow(time_off: TimeOff, by: User) -> None:
    """Bring the requests of the groups concerned in line, under their locks (in order of their ids)."""
    own = affected(time_off).values_list("session__group", flat=True)
    asked = time_off.cover_requests.values_list("session__group", flat=True)
    locked = Group.objects.select_for_update(no_key=True).filter(pk__in={*own, *asked}).order_by("pk")
    if groups := [group.pk for group in locked]:
        follow_requests(group_ids=groups, by=by)


def affected(time_off: TimeOff):
    """Bookings of the coming sessions the person leads in that time."""
    return Booking.objects.live().filter(
        user=time_off.user_id,
        session__status=Session.Status.SCHEDULED,
        starts_at__gt=timezone.now(),
        starts_at__lt=time_off.ends_at,
        ends_at__gt=time_off.starts_at,
    )


def affected_appointments(time_offs):
    """Coming appointments of people who are away then: each with `time_off_id` of whichever of these it falls into."""
    spans = {t.pk: t for t in time_offs}
    if not spans:
        return []
    found = Appointment.objects.scheduled().filter(
        provider__in={t.user_id for t in spans.values()},
        starts_at__gt=timezone.now(),
        starts_at__lt=max(t.ends_at for t in spans.values()),
        ends_at__gt=min(t.starts_at for t in spans.values()),
    )
    rows = []
    for appointment in found.order_by("starts_at", "pk"):
        for pk, span in spans.items():
            inside = appointment.starts_at < span.ends_at and appointment.ends_at > span.starts_at
            if span.user_id == appointment.provider_id and inside:
                appointment.time_off_id = pk
                rows.append(appointment)
    return rows


# --- taking over


def _lock(session: Session) -> Session:
    """The session under its group's and its own lock. Raises Refusal (already_cancelled, has_begun)."""
    lock_group(session.group)
    rows = Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group", "slot")
    session = rows.get(pk=session.pk)
    if session.is_cancelled:
        raise Refusal(_("This session is cancelled; nobody is needed any more."), "already_cancelled")
    if session.has_begun:
        raise Refusal(_("This session has begun; who leads it stays as it is."), "has_begun")
    return session


def _name_leader(session: Session, part: str, user: User | None, by: User) -> None:
    """Write who leads the session in a part (None: whom its series names), and book accordingly."""
    setattr(session, part, user)
    session.by_hand, session.changes = True, session.changes + 1
    session.save(update_fields=[part, "by_hand", "changes", "changed_at"])
    reconcile_bookings(group_ids=[session.group_id], by=by)


@in_one_piece
def take_over(*, session: Session, part: str, user: User, by: User) -> Session:
    """`user` leads the session in that part ("lead", "co") instead of whoever is absent, and sees those expected for its window.

    by: themself, or somebody who assigns in the program. Everybody affected is told at once.
    Raises Refusal (already_cancelled, has_begun, not_yours, not_wanted, taken, and the codes of `candidates.Candidate`).
    """
    session = _lock(session)
    if user != by and not may_assign(by, session.group.program_id):
        raise Refusal(_("You can take it yourself; somebody else is assigned by a coordinator."), "not_yours")
    request = CoverRequest.objects.filter(session=session, part=part, closed_at=None).select_related("absent").first()
    if request is None:
        raise _gone(session, part)
    _require_fit(session, part, user, by)
    request.closed_at, request.outcome, request.taken_by = timezone.now(), CoverRequest.Outcome.TAKEN, user
    request.save(update_fields=["closed_at", "outcome", "taken_by"])
    _name_leader(session, part, user, by)
    if not Booking.objects.live().filter(session=session, user=user, part=part).exists():
        raise _elsewhere(session, user, by)  # booked by somebody else since we looked
    _tell_all(session, by, request.absent_id, user.pk)
    return session


def _gone(session: Session, part: str) -> Refusal:
    """Why there is no open request."""
    taken = CoverRequest.objects.standing().filter(session=session, part=part).select_related("taken_by").first()
    if taken:
        return Refusal(_("%(name)s has taken this session already.") % {"name": taken.taken_by}, "taken")
    return Refusal(_("Nobody is needed for this session any more."), "not_wanted")


def _require_fit(session: Session, part: str, user: User, by: User) -> None:
    """Refuse somebody who could not cover, with all the reasons; what they are busy with is named to who may see it."""
    found = candidates_for(places=[(session, part)], users=[user])[session.pk, part]
    if not found:
        raise Refusal(
            _("%(name)s is not a clinician of this program, or leads this session already.") % {"name": user},
            "not_a_clinician",
            "user",
        )
    if found[0].fits:
        return
    codes = [code for code, _words in found[0].reasons]
    if codes[0] == "elsewhere":
        raise _elsewhere(session, user, by)
    raise Refusal(
        _("%(name)s could not lead this session: %(why)s.") % {"name": user, "why": found[0].why_not}, codes[0], "user"
    )


def _elsewhere(session: Session, user: User, by: User) -> Refusal:
    there = Booking.objects.live().filter(user=user, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
    other = there.exclude(session=session).select_related("session__group", "appointment").first()
    return Refusal(
        _("%(name)s is then in %(other)s. Nobody can be in two places at once.")
        % {"name": user, "other": name_of(other, by) if other else _("something else")},
        "elsewhere",
        "user",
    )


@in_one_piece
def give_back(*, session: Session, part: str, by: User) -> Session:
    """Whoever covers no longer does; while the absence lasts, the request opens again. Everybody affected is told at once.

    Raises Refusal (already_cancelled, has_begun, not_covered, not_yours).
    """
    session = _lock(session)
    standing = CoverRequest.objects.standing().filter(session=session, part=part).select_related("absent", "time_off")
    request = standing.order_by("-closed_at").first()
    if request is None:
        raise Refusal(_("Nobody covers this session."), "not_covered")
    if request.taken_by_id != by.pk and not may_assign(by, session.group.program_id):
        raise Refusal(_("Whoever covers gives it back, or a coordinator does."), "not_yours")
    covering = request.taken_by_id
    usual = _usual(session, part)
    _name_leader(session, part, None if usual else request.absent, by)
    if not Booking.objects.live().filter(session=session, part=part).exists():
        # Whoever was to lead is elsewhere by now: without a booking the request would not open by itself.
        again, made = CoverRequest.objects.get_or_create(
            session=session,
            part=part,
            closed_at=None,
            defaults={"absent_id": usual or request.absent_id, "time_off": request.time_off},
        )
        if made:
            ask([again.pk], by=by)
    _tell_all(session, by, request.absent_id, covering)
    return session


def _usual(session: Session, part: str) -> int | None:
    """Who leads the session in that part by its series: whom its slot names, else the group's facilitator of the day."""
    if session.slot and (named := getattr(session.slot, f"{part}_id")):
        return named
    rows = Facilitator.objects.current(day_of(session)).filter(group=session.group_id, part=part)
    return rows.order_by("-joined_on").values_list("user", flat=True).first()


def _tell_all(session: Session, by: User, *staff: int) -> None:
    """Members and visitors that it is somebody else; staff (ids, and whoever leads it) who leads now. Three queries."""
    here = Booking.objects.live().filter(session=session)
    patients = list(here.filter(patient__isnull=False).values_list("patient__user", flat=True))
    leaders = list(here.filter(user__isnull=False).values_list("user", flat=True))
    facts = {"variant": session.changes, "until": session.starts_at, "by": by}
    tell("session_cover", session.pk, to=patients, **facts)
    tell("cover_settled", session.pk, to=[*staff, *leaders], **facts)
