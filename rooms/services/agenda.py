"""The agenda of a session: planned once for a group or a session, copied when its room is made, then run step by step.

One step runs at a time. Whatever a leader pressed carries the step it was pressed on: when both leaders press at once, the
second finds that step over and changes nothing.
"""

import datetime as dt
import math

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, Deed, deed
from rooms.models import Participant, PlannedStep, Room, Step, StepKind
from rooms.services import rounds
from scheduling.models import Session

# Where nobody planned anything: shares of the session's minutes, its break apart.
USUAL = (
    (StepKind.CHECK_IN, 20),
    (StepKind.OBJECTIVE, 5),
    (StepKind.TEACHING, 25),
    (StepKind.ACTIVITY, 25),
    (StepKind.CLOSING, 20),
    (StepKind.CLOSING_CHECK, 5),
)
SHORTEST, LONGEST = 1, 240  # minutes of a step
MOST_STEPS = 60


def plan_of(session: Session) -> list[PlannedStep]:
    """What a session is planned to go through: its own steps, else its group's, else the usual ones (unsaved). Two queries."""
    own = list(PlannedStep.objects.filter(session=session))
    return own or list(PlannedStep.objects.filter(group=session.group_id)) or usual_plan(session)


def usual_plan(session: Session) -> list[PlannedStep]:
    """The steps of a session nobody planned, unsaved: shares of its minutes, its break in the middle. No query."""
    return shared_out(session.treatment_minutes, session.break_minutes)


def shared_out(treatment_minutes: int, break_minutes: int) -> list[PlannedStep]:
    """The usual steps for so many minutes of treatment and of break, unsaved. Together they never take longer."""
    whole = sum(share for _kind, share in USUAL)
    steps = [(kind, max(1, treatment_minutes * share // whole)) for kind, share in USUAL]
    spare = treatment_minutes - sum(minutes for _kind, minutes in steps)
    if spare > 0:
        longest = max(range(len(steps)), key=lambda n: steps[n][1])
        steps[longest] = (steps[longest][0], steps[longest][1] + spare)
    if break_minutes:
        steps.insert(3, (StepKind.BREAK, break_minutes))
    return [PlannedStep(place=n, kind=kind, minutes=minutes) for n, (kind, minutes) in enumerate(steps, 1)]


def copy_plan(room: Room) -> None:
    """Give a new room its agenda."""
    plan = plan_of(room.session)
    Step.objects.bulk_create(
        Step(room=room, place=n, kind=one.kind, title=one.title, minutes=one.minutes) for n, one in enumerate(plan, 1)
    )


def agenda_of(room: Room) -> dict:
    """The agenda as everybody in the room knows it: when it began, its steps in order, how each stands. One query."""
    steps = room.steps.all()
    return {"began_at": room.began_at and room.began_at.isoformat(), "steps": [_as_json(one) for one in steps]}


def _as_json(step: Step) -> dict:
    return {
        "id": step.pk,
        "kind": step.kind,
        "title": step.title,
        "minutes": step.minutes,
        "began_at": step.began_at and step.began_at.isoformat(),
        "ended_at": step.ended_at and step.ended_at.isoformat(),
        "skipped": step.skipped,
    }


def break_seconds(room: Room, until: dt.datetime) -> int:
    """Seconds of a room's breaks that were taken up to `until`: they are no treatment. One query."""
    breaks = room.steps.filter(kind=StepKind.BREAK, began_at__lt=until)
    return round(sum((min(one.ended_at or until, until) - one.began_at).total_seconds() for one in breaks))


class _Run:
    """A room's agenda under the room's lock."""

    def __init__(self, doing: Deed):
        self.doing, self.room, self.now = doing, doing.room, doing.now
        self.steps = list(self.room.steps.all())
        self.running = next((one for one in self.steps if one.began_at and not one.ended_at), None)

    @property
    def coming(self) -> list[Step]:
        return [one for one in self.steps if one.began_at is None and not one.skipped]

    def is_at(self, on: int | None) -> bool:
        """Whether the step that something was pressed on still runs (None: none ran)."""
        return (self.running.pk if self.running else None) == on

    def find(self, step_id: int) -> Step:
        """Raises Refusal (no_step)."""
        found = next((one for one in self.steps if one.pk == step_id), None)
        if found is None:
            raise Refusal(_("There is no such step in this session."), "no_step")
        return found

    def here(self) -> int:
        """The place in the list where what comes next begins."""
        return max((n for n, one in enumerate(self.steps) if one.began_at), default=-1) + 1

    def insert(self, at: int, kind: str, title: str, minutes: int) -> Step:
        """A new step at this place of the list. Raises Refusal (too_many)."""
        if len(self.steps) >= MOST_STEPS:
            raise Refusal(_("This session has as many steps as it can have."), "too_many")
        last = max((one.place for one in self.steps), default=0)
        made = Step.objects.create(room=self.room, place=last + 1, kind=kind, title=title, minutes=minutes)
        self.steps.insert(at, made)
        return made

    def end(self) -> None:
        """End what runs, and the round that belongs to it."""
        if self.running:
            rounds.end_of_step(self.doing, self.running)
            self.running.ended_at = max(self.now, self.running.began_at)
            self.running.save(update_fields=["ended_at"])
            self.running = None

    def begin(self, step: Step | None) -> None:
        """Begin a step that is to come (None: nothing is), and the session with its first."""
        if self.room.began_at is None:
            self.room.began_at = self.now
            self.room.save(update_fields=["began_at"])
        if step is not None:
            step.began_at, step.skipped, self.running = self.now, False, step
            step.save(update_fields=["began_at", "skipped"])

    def tell(self) -> None:
        """Number the steps as they stand in the list, and tell everybody the agenda."""
        moved = [one for n, one in enumerate(self.steps, 1) if one.place != n]
        for n, one in enumerate(self.steps, 1):
            one.place = n
        Step.objects.bulk_update(moved, ["place"])
        shown = {"began_at": self.room.began_at and self.room.began_at.isoformat()}
        self.doing.tell("agenda", shown | {"steps": [_as_json(one) for one in self.steps]})


def begin_session(*, by: Participant) -> None:
    """Begin the session with its first step; does nothing once it has begun. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        if doing.room.began_at is None:
            run = _Run(doing)
            run.begin(next(iter(run.coming), None))
            run.tell()


def next_step(*, by: Participant, on: int | None) -> None:
    """End the step it was pressed on, and begin the one that comes next; a break ends so too. Does nothing when that step is
    over. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        coming = next(iter(run.coming), None)
        if not run.is_at(on) or (run.running is None and coming is None):
            return
        run.end()
        run.begin(coming)
        run.tell()


def go_to_step(*, by: Participant, step: int, on: int | None) -> None:
    """End the step it was pressed on, and begin this one now: what lies between stays to come; a step that is over is begun
    once more, as a step of its own. Raises Refusal (over, not_a_leader, no_step, too_many)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        found = run.find(step)
        if not run.is_at(on) or found is run.running:
            return
        run.end()
        if found.began_at:
            found = run.insert(run.here(), found.kind, found.title, found.minutes)
        else:
            run.steps.remove(found)
            run.steps.insert(run.here(), found)
        run.begin(found)
        run.tell()


def skip_step(*, by: Participant, step: int, skipped: bool = True) -> None:
    """Leave a step out that is to come, or take that back. Raises Refusal (over, not_a_leader, no_step, began)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        found = run.find(step)
        if found.began_at:
            raise Refusal(_("That step has begun. Go on to the next one instead."), "began")
        if found.skipped != skipped:
            found.skipped = skipped
            found.save(update_fields=["skipped"])
            if not skipped and run.steps.index(found) < run.here():
                run.steps.remove(found)
                run.steps.insert(run.here(), found)
            run.tell()


def extend_step(*, by: Participant, step: int, minutes: int) -> None:
    """Give a step that runs or is to come so many minutes more (or fewer, below zero).
    Raises Refusal (over, not_a_leader, no_step, ended, minutes)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        found = run.find(step)
        if found.ended_at:
            raise Refusal(_("That step is over."), "ended")
        found.minutes = _minutes(found.minutes + minutes)
        found.save(update_fields=["minutes"])
        run.tell()


def add_step(*, by: Participant, kind: str, minutes: int, title: str = "", comes_next: bool = False) -> None:
    """Add a step: as what comes next, or at the end. Raises Refusal (over, not_a_leader, kind, minutes, too_many)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        at = run.here() if comes_next else len(run.steps)
        run.insert(at, _kind(kind), title[:120], _minutes(minutes))
        run.tell()


def order_steps(*, by: Participant, steps: list[int]) -> None:
    """Put the steps that are to come in this order. Raises Refusal (over, not_a_leader, moved_on: others are to come now)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        coming = {one.pk: one for one in run.coming}
        if len(steps) != len(coming) or set(steps) != set(coming):
            raise Refusal(_("The agenda changed meanwhile. Look at it once more."), "moved_on")
        order = iter(steps)
        run.steps = [coming[next(order)] if one.pk in coming else one for one in run.steps]
        run.tell()


def start_break(*, by: Participant, minutes: int, on: int | None) -> None:
    """Take a break now, of so many minutes. What is left of the step it was pressed on, and its round, go on afterwards.
    Raises Refusal (over, not_a_leader, in_break, minutes, too_many)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        run = _Run(doing)
        if not run.is_at(on):
            return
        stopped, minutes = run.running, _minutes(minutes)
        if stopped and stopped.kind == StepKind.BREAK:
            raise Refusal(_("The break is on."), "in_break")
        if stopped:
            held = rounds.running_round(run.room)
            left = stopped.minutes - (run.now - stopped.began_at).total_seconds() / 60
            if left >= 2 or (held and held.step_id == stopped.pk):
                rest = run.insert(run.here(), stopped.kind, stopped.title, max(1, math.ceil(left)))
                rounds.carry_over(doing, stopped, rest)
            run.end()
        run.begin(run.insert(run.here(), StepKind.BREAK, "", minutes))
        run.tell()


def _kind(kind: str) -> str:
    if kind not in StepKind.values:
        raise Refusal(_("Choose what kind of step it is."), "kind", "kind")
    return kind


def _minutes(minutes: int) -> int:
    if not SHORTEST <= minutes <= LONGEST:
        raise Refusal(
            _("A step takes between %(least)d and %(most)d minutes.") % {"least": SHORTEST, "most": LONGEST},
            "minutes",
            "minutes",
        )
    return minutes
