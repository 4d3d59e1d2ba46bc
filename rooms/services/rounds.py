"""Rounds: everybody in care in turn. Nobody has to speak: whoever passes is asked once more at the end, and may pass again.

Whatever was pressed carries whose turn it was pressed on: pressed twice, it moves the round on once.
"""

import random
from collections.abc import Sequence
from enum import Enum

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, Deed, deed
from rooms.models import Participant, Room, Round, Spell, Step, Turn
from rooms.services.presence import with_presence

IN_CARE = (Participant.Part.MEMBER, Participant.Part.VISITOR)
ASKED_AT_MOST = 2  # times


class Order(Enum):
    """In which order people are asked."""

    SEATED = "seated"  # as they came in
    RANDOM = "random"
    GIVEN = "given"  # as a leader put them


def present(room: Room) -> list[Participant]:
    """Those in care who can be asked now, as they came in: let in, connected, not stepped away, in no room beside. One query."""
    elsewhere = Spell.objects.filter(participant=OuterRef("pk"), ended_at=None)
    found = with_presence(room.participants.filter(state=Participant.State.IN, part__in=IN_CARE))
    return list(found.filter(~Exists(elsewhere), here=True).order_by("admitted_at", "pk"))


def running_round(room: Room) -> Round | None:
    """The round that is on. One query."""
    return Round.objects.filter(room=room, ended_at=None).first()


def round_of(room: Room) -> dict:
    """The round as everybody in the room knows it (None between rounds), and in which steps one was held. At most three queries.

    That somebody passed for good is not told apart from that they spoke.
    """
    held = running_round(room)
    return {"round": held and _as_json(held, list(held.turns.select_related("participant"))), "held": _held_in(room)}


def _held_in(room: Room) -> list[int]:
    """The steps of the agenda in which a round was begun: in those none is offered again. One query."""
    steps = Round.objects.filter(room=room, step__isnull=False).values_list("step", flat=True)
    return sorted(set(steps))


def _as_json(held: Round, turns: list[Turn]) -> dict:
    return {
        "id": held.pk,
        "kind": held.kind,
        "now": next((t.participant.key for t in turns if t.state == Turn.State.NOW), None),
        "turns": [
            {
                "key": turn.participant.key,
                "name": turn.participant.shown,
                "state": _shown_state(turn),
                "again": 0 < turn.times_passed < ASKED_AT_MOST,
            }
            for turn in turns
        ],
    }


def _shown_state(turn: Turn) -> str:
    if turn.state == Turn.State.PASSED:
        return Turn.State.WAITING if turn.times_passed < ASKED_AT_MOST else Turn.State.DONE
    return turn.state


class _Running:
    """The round that is on, under the room's lock, with its turns in order."""

    def __init__(self, doing: Deed, held: Round):
        self.doing, self.round = doing, held
        self.turns = list(held.turns.select_related("participant"))

    @property
    def now(self) -> Turn | None:
        return next((t for t in self.turns if t.state == Turn.State.NOW), None)

    def turn_of(self, key: str) -> Turn | None:
        return next((t for t in self.turns if t.participant.key == key), None)

    def add(self, people: Sequence[Participant]) -> None:
        """Append those who have no turn yet: they came late."""
        known = {t.participant_id for t in self.turns}
        last = max((t.place for t in self.turns), default=0)
        new = [one for one in people if one.pk not in known]
        made = [Turn(round=self.round, participant=one, place=last + n) for n, one in enumerate(new, 1)]
        self.turns += Turn.objects.bulk_create(made)

    def stop(self, state: Turn.State) -> None:
        """End the turn that is on: they spoke, passed, or are asked later after all."""
        turn = self.now
        if turn is None:
            return
        turn.state, turn.ended_at = state, self.doing.now
        if state == Turn.State.PASSED:
            turn.times_passed += 1
        if state == Turn.State.WAITING:
            turn.began_at = turn.ended_at = None
        turn.save(update_fields=["state", "began_at", "ended_at", "times_passed"])

    def give(self, turn: Turn) -> None:
        """It is their turn."""
        turn.state, turn.began_at, turn.ended_at = Turn.State.NOW, self.doing.now, None
        turn.save(update_fields=["state", "began_at", "ended_at"])

    def go_on(self) -> None:
        """The next of those who are here: those not asked yet, then once more those who passed. With nobody left it is over."""
        here = present(self.round.room)
        self.add(here)
        ids = {one.pk for one in here}
        asked = [t for t in self.turns if t.participant_id in ids]
        waiting = [t for t in asked if t.state == Turn.State.WAITING]
        again = [t for t in asked if t.state == Turn.State.PASSED and t.times_passed < ASKED_AT_MOST]
        if waiting or again:
            self.give((waiting or again)[0])
        else:
            self.end()

    def end(self) -> None:
        self.stop(Turn.State.DONE)
        self.round.ended_at = self.doing.now
        self.round.save(update_fields=["ended_at"])

    def tell(self) -> None:
        shown = None if self.round.ended_at else _as_json(self.round, self.turns)
        self.doing.tell("round", {"round": shown, "held": _held_in(self.doing.room)})


def _running(doing: Deed) -> _Running | None:
    held = running_round(doing.room)
    if held is None:
        return None
    held.room = doing.room
    return _Running(doing, held)


def start_round(
    *, by: Participant, kind: str, order: Order = Order.SEATED, keys: Sequence[str] = (), on: int | None = None
) -> None:
    """Begin a round with everybody in care who is here (keys: the order a leader gave; who is not in it comes after).

    on: the step of the agenda it belongs to. Raises Refusal (over, not_a_leader, kind, one_round, nobody).
    """
    if kind not in Round.Kind.values:
        raise Refusal(_("Choose what kind of round it is."), "kind", "kind")
    with deed(by.room_id, by, By.LEADER) as doing:
        if running_round(doing.room):
            raise Refusal(_("A round is on already."), "one_round")
        people = present(doing.room)
        if not people:
            raise Refusal(_("Nobody is here yet who could be asked."), "nobody")
        if order is Order.RANDOM:
            random.SystemRandom().shuffle(people)
        elif order is Order.GIVEN:
            place = {key: n for n, key in enumerate(keys)}
            people.sort(key=lambda one: place.get(one.key, len(place)))
        step = doing.room.steps.filter(pk=on, began_at__isnull=False, ended_at=None).first()
        held = Round.objects.create(room=doing.room, step=step, kind=kind, began_at=doing.now)
        running = _Running(doing, held)
        running.add(people)
        running.give(running.turns[0])
        running.tell()


def end_turn(*, by: Participant, key: str) -> None:
    """They have spoken: on to the next. By themselves or a leader; does nothing when it is no longer their turn.
    Raises Refusal (over, not_in, not_a_leader)."""
    _leave_turn(by, key, Turn.State.DONE)


def pass_turn(*, by: Participant, key: str) -> None:
    """They pass, or a leader says that they come later: asked once more at the end. Does nothing when it is no longer their turn.
    Raises Refusal (over, not_in, not_a_leader)."""
    _leave_turn(by, key, Turn.State.PASSED)


def _leave_turn(by: Participant, key: str, state: Turn.State) -> None:
    with deed(by.room_id, by, By.ANYBODY_IN if by.key == key else By.LEADER) as doing:
        running = _running(doing)
        if running and running.now and running.now.participant.key == key:
            running.stop(state)
            running.go_on()
            running.tell()


def end_of(doing: Deed, one: Participant) -> None:
    """Somebody was put out of the session: if it is their turn, it is the next one's."""
    running = _running(doing)
    if running and running.now and running.now.participant_id == one.pk:
        running.stop(Turn.State.DONE)
        running.go_on()
        running.tell()


def call_turn(*, by: Participant, key: str) -> None:
    """Give the turn to somebody out of order; whoever has it comes back at their place.
    Raises Refusal (over, not_a_leader, no_round, nobody)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        running = _need(doing)
        running.add(present(doing.room))
        turn = running.turn_of(key)
        if turn is None or not turn.participant.is_in:
            raise Refusal(_("They are not in this session."), "nobody")
        if turn.state != Turn.State.NOW:
            running.stop(Turn.State.WAITING)
            running.give(turn)
        running.tell()


def order_turns(*, by: Participant, keys: Sequence[str]) -> None:
    """Put those who are still to be asked in this order. Raises Refusal (over, not_a_leader, no_round, moved_on)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        running = _need(doing)
        waiting = [t for t in running.turns if t.state == Turn.State.WAITING]
        found = {t.participant.key: t for t in waiting}
        if len(keys) != len(found) or set(keys) != set(found):
            raise Refusal(_("The round went on meanwhile. Look at it once more."), "moved_on")
        for key, place in zip(keys, sorted(t.place for t in waiting), strict=True):
            found[key].place = place
        Turn.objects.bulk_update(waiting, ["place"])
        running.turns.sort(key=lambda t: t.place)
        running.tell()


def end_round(*, by: Participant, on: int | None = None) -> None:
    """End the round for everybody. on: the round it was pressed on. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        running = _running(doing)
        if running and on in (None, running.round.pk):
            running.end()
            running.tell()


def _need(doing: Deed) -> _Running:
    running = _running(doing)
    if running is None:
        raise Refusal(_("No round is on."), "no_round")
    return running


def end_of_step(doing: Deed, step: Step) -> None:
    """A step is over: so is the round that belongs to it."""
    running = _running(doing)
    if running and running.round.step_id == step.pk:
        running.end()
        running.tell()


def carry_over(doing: Deed, step: Step, rest: Step) -> None:
    """A break comes into a step: what is left of it has its rounds, the one that goes on and those that were held."""
    if Round.objects.filter(room=doing.room, step=step).update(step=rest):
        doing.tell("round", round_of(doing.room))
