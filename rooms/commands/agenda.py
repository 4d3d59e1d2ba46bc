"""The agenda, over the socket."""

from django.utils import timezone
from pydantic import Field

from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Room
from rooms.services import agenda
from rooms.services.passes import policy_of


class On(Asked):
    """The step that was shown as running when it was pressed (None: none was)."""

    on: int | None


class Which(Asked):
    """A step."""

    step: int


class GoTo(On, Which):
    """A step to begin now."""


class Skip(Which):
    """A step to leave out, or not after all."""

    skipped: bool = True


class Extend(Which):
    """A step, and how many minutes more."""

    minutes: int = Field(ge=-240, le=240)


class Add(Asked):
    """A new step: as what comes next, or at the end."""

    kind: str
    minutes: int = Field(ge=-1000, le=1000)
    title: str = Field(default="", max_length=120)
    comes_next: bool = False


class Sequence(Asked):
    """The steps to come, in order."""

    steps: list[int] = Field(max_length=agenda.MOST_STEPS)


class Break(On):
    """A break of so many minutes."""

    minutes: int = Field(ge=-1000, le=1000)


@command("agenda.begin", By.LEADER)
def begin(by: Participant) -> None:
    agenda.begin_session(by=by)


@command("agenda.next", By.LEADER, On)
def next_step(by: Participant, asked: On) -> None:
    agenda.next_step(by=by, on=asked.on)


@command("agenda.go", By.LEADER, GoTo)
def go(by: Participant, asked: GoTo) -> None:
    agenda.go_to_step(by=by, step=asked.step, on=asked.on)


@command("agenda.skip", By.LEADER, Skip)
def skip(by: Participant, asked: Skip) -> None:
    agenda.skip_step(by=by, step=asked.step, skipped=asked.skipped)


@command("agenda.extend", By.LEADER, Extend)
def extend(by: Participant, asked: Extend) -> None:
    agenda.extend_step(by=by, step=asked.step, minutes=asked.minutes)


@command("agenda.add", By.LEADER, Add)
def add(by: Participant, asked: Add) -> None:
    agenda.add_step(by=by, kind=asked.kind, minutes=asked.minutes, title=asked.title, comes_next=asked.comes_next)


@command("agenda.order", By.LEADER, Sequence)
def order(by: Participant, asked: Sequence) -> None:
    agenda.order_steps(by=by, steps=asked.steps)


@command("agenda.break", By.LEADER, Break)
def start_break(by: Participant, asked: Break) -> None:
    agenda.start_break(by=by, minutes=asked.minutes, on=asked.on)


@command("agenda.clock", By.ANYBODY_IN)
def clock(by: Participant) -> dict:
    """What time it is here: pages show the time left by it, not by their own clocks."""
    return {"now": timezone.now().isoformat()}


@part("agenda")
def the_agenda(room: Room, viewer: Participant) -> dict:
    """The steps, what time it is here, and after how many minutes a break is suggested. Two queries."""
    found = agenda.agenda_of(room)
    suggested = policy_of(room.session.group.program_id).break_after if viewer.is_leader else None
    return found | {"now": timezone.now().isoformat(), "break_after": suggested}
