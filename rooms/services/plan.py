"""Planning what a session goes through: a group's usual agenda, or one session's own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Role
from core.errors import Refusal
from groups.models import Facilitator, Group
from rooms.models import PlannedStep, Room, StepKind
from rooms.services.agenda import LONGEST, SHORTEST, plan_of, shared_out
from scheduling.models import Booking, Session

MOST_PLANNED = 30
TITLE = 120  # characters


@dataclass(frozen=True, slots=True)
class Planned:
    """One step as planned."""

    kind: str
    title: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Minutes of treatment and of break there are."""

    treatment: int
    pause: int

    @property
    def whole(self) -> int:
        return self.treatment + self.pause


def groups_to_plan(user) -> QuerySet[Group]:
    """Groups whose usual agenda somebody may plan: those they lead, or somebody they supervise does."""
    return Group.objects.filter(pk__in=Facilitator.objects.current().filter(_theirs(user)).values("group_id"))


def sessions_to_plan(user) -> QuerySet[Session]:
    """Sessions somebody may plan: those they lead, or somebody they supervise does."""
    return Session.objects.filter(pk__in=Booking.objects.live().filter(_theirs(user)).values("session_id"))


def _theirs(user) -> Q:
    found = Q(user=user)
    if Role.SUPERVISOR in user.roles:
        found |= Q(user__staff_profile__supervisor=user)
    return found


def limits_of(thing: Group | Session) -> Limits | None:
    """How long a session is, or the longest weekly time of a group; None for a group without one. At most one query."""
    if isinstance(thing, Session):
        return Limits(thing.treatment_minutes, thing.break_minutes)
    slots = [(s.minutes, s.minutes - s.break_minutes) for s in thing.slots.not_over()]
    if not slots:
        return None
    whole, treatment = max(slots)
    return Limits(treatment, whole - treatment)


def planned(thing: Group | Session) -> list[Planned]:
    """What is planned for it now: its own steps, else those it follows (the group's usual ones; the house's). Three queries at
    most."""
    if isinstance(thing, Session):
        found = plan_of(thing)
    else:
        limits = limits_of(thing) or Limits(60, 0)
        found = list(thing.planned_steps.all()) or shared_out(limits.treatment, limits.pause)
    return [Planned(one.kind, one.title, one.minutes) for one in found]


def has_own_plan(thing: Group | Session) -> bool:
    """Whether somebody planned it, rather than what it follows. One query."""
    return thing.planned_steps.exists()


def digest(steps: Sequence[Planned]) -> str:
    """A word for this very plan: what was on the page when somebody began to change it."""
    said = repr([(one.kind, one.title, one.minutes) for one in steps])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def why_not(session: Session) -> str:
    """Why a session can't be planned any more, in a sentence; empty while it can. One query."""
    if session.is_cancelled:
        return _("This session was cancelled.")
    if timezone.now() >= session.ends_at:
        return _("This session is over.")
    if Room.objects.filter(session=session).exists():
        return _("The room of this session is open. Its agenda is in the room now: add, move and lengthen steps there.")
    return ""


@transaction.atomic
def set_plan(
    *, group: Group | None = None, session: Session | None = None, steps: Sequence[Planned], seen: str | None = None
) -> None:
    """Plan a group's usual agenda or a session's own. Without steps it follows what it followed before: a session its group, a
    group the house.

    seen: the digest of the plan this began from. Raises Refusal (one_thing; closed: over, cancelled, or its room is open;
    changed: somebody else changed it meanwhile; kind, minutes, title, with the step's number in its field; too_many; treatment,
    too_long).
    """
    if (group is None) == (session is None):
        raise Refusal(_("Plan one group or one session."), "one_thing")
    model, thing = (Group, group) if group else (Session, session)
    thing = model.objects.select_for_update(no_key=True).get(pk=thing.pk)
    if session and (words := why_not(thing)):
        raise Refusal(words, "closed")
    if seen is not None and seen != digest(planned(thing)):
        raise Refusal(_("Somebody else changed this agenda meanwhile. Look at it once more."), "changed")
    _check_steps(steps)
    _check_sum(steps, limits_of(thing))
    of = {"group": thing} if group else {"session": thing}
    known = {one.place: one for one in PlannedStep.objects.filter(**of)}
    for place, step in enumerate(steps, 1):
        one = known.pop(place, None)
        values = {"kind": step.kind, "title": step.title, "minutes": step.minutes}
        if one is None:
            PlannedStep.objects.create(place=place, **of, **values)
        elif any(getattr(one, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(one, name, value)
            one.save()
    PlannedStep.objects.filter(pk__in=[one.pk for one in known.values()]).delete()


def _check_steps(steps: Sequence[Planned]) -> None:
    if len(steps) > MOST_PLANNED:
        raise Refusal(_("An agenda has %(n)d steps at the most.") % {"n": MOST_PLANNED}, "too_many")
    for place, step in enumerate(steps, 1):
        if step.kind not in StepKind.values:
            raise Refusal(_("Step %(n)d: choose what kind of step it is.") % {"n": place}, "kind", f"kind-{place}")
        if not SHORTEST <= step.minutes <= LONGEST:
            raise Refusal(
                _("Step %(n)d: a step takes between %(least)d and %(most)d minutes.")
                % {"n": place, "least": SHORTEST, "most": LONGEST},
                "minutes",
                f"minutes-{place}",
            )
        if len(step.title) > TITLE:
            raise Refusal(
                _("Step %(n)d: a title has %(most)d characters at the most.") % {"n": place, "most": TITLE},
                "title",
                f"title-{place}",
            )


def minutes_of(steps: Sequence[Planned]) -> Limits:
    """The minutes of treatment and of break that steps take."""
    pause = sum(one.minutes for one in steps if one.kind == StepKind.BREAK)
    return Limits(sum(one.minutes for one in steps) - pause, pause)


def _check_sum(steps: Sequence[Planned], limits: Limits | None) -> None:
    """Less is fine, more is not: neither than there is time, nor than there is treatment."""
    if limits is None:
        return
    taken = minutes_of(steps)
    if taken.treatment > limits.treatment:
        over = taken.treatment - limits.treatment
        raise Refusal(
            ngettext(
                "The steps without breaks take %(taken)d minutes; the session has %(there)d for treatment."
                " Shorten them by %(over)d minute.",
                "The steps without breaks take %(taken)d minutes; the session has %(there)d for treatment."
                " Shorten them by %(over)d minutes.",
                over,
            )
            % {"taken": taken.treatment, "there": limits.treatment, "over": over},
            "treatment",
        )
    if taken.whole > limits.whole:
        over = taken.whole - limits.whole
        raise Refusal(
            ngettext(
                "With its breaks the agenda takes %(taken)d minutes; the session has %(there)d."
                " Shorten a break by %(over)d minute.",
                "With its breaks the agenda takes %(taken)d minutes; the session has %(there)d."
                " Shorten a break by %(over)d minutes.",
                over,
            )
            % {"taken": taken.whole, "there": limits.whole, "over": over},
            "too_long",
        )
