"""The leaders' tools. Nothing of this reaches those in care, but what an exercise shows them."""

import dataclasses
import uuid

from django.utils.translation import gettext as _
from pydantic import Field

from core.errors import Refusal
from rooms.commands.door import Somebody, somebody
from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Breach, Call, DropOut, Participant, QuickRating, Room
from rooms.queries import talk_balance
from rooms.services import breaches, calls, closing, dropouts, grounding, mutes, ratings


class Rating(Somebody):
    """Of whom, on which scale, 0-4."""

    scale: QuickRating.Scale
    value: int = Field(ge=0, le=4)


class Mute(Somebody):
    """Whom, and whether."""

    muted: bool


class Others(Asked):
    """Everybody but this person; without one, but whoever speaks."""

    key: str = ""


class Ground(Asked):
    """Which exercise, to whom; without a key to all."""

    exercise: str
    key: str = ""


class NotKept(Somebody):
    """Which guideline somebody did not keep, what happened, what was done."""

    guideline: str = Field(max_length=200)
    text: str = Field("", max_length=2000)
    done: str = Field(max_length=2000)


class Dropped(Asked):
    """Which drop-out."""

    uid: uuid.UUID


class Ended(Dropped):
    """How it ended."""

    outcome: str
    text: str = Field("", max_length=2000)


def _drop_out(by: Participant, uid: uuid.UUID) -> DropOut:
    found = DropOut.objects.filter(participant__room=by.room_id, uid=uid).first()
    if found is None:
        raise Refusal(_("There is no such drop-out."), "no_drop_out")
    return found


@command("leader.balance", By.LEADER)
def balance(by: Participant) -> dict:
    room = Room.objects.select_related("session").get(pk=by.room_id)
    return dataclasses.asdict(talk_balance(room))


@command("leader.rate", By.LEADER, Rating)
def rate(by: Participant, asked: Rating) -> None:
    ratings.rate(by=by, participant=somebody(by, asked.key), scale=asked.scale, value=asked.value)


@command("leader.mute", By.LEADER, Mute)
def mute(by: Participant, asked: Mute) -> None:
    mutes.set_muted(by=by, participant=somebody(by, asked.key), muted=asked.muted)


@command("leader.mute_others", By.LEADER, Others)
def mute_others(by: Participant, asked: Others) -> dict:
    spared = mutes.mute_others(by=by, but=somebody(by, asked.key) if asked.key else None)
    return {"but": spared.shown if spared else ""}


@command("leader.unmute_all", By.LEADER)
def unmute_all(by: Participant) -> None:
    mutes.unmute_all(by=by)


@command("leader.ground", By.LEADER, Ground)
def ground(by: Participant, asked: Ground) -> None:
    one = somebody(by, asked.key) if asked.key else None
    grounding.show(by=by, exercise=asked.exercise, participant=one)


@command("leader.breach", By.LEADER, NotKept)
def breach(by: Participant, asked: NotKept) -> None:
    breaches.log_breach(
        by=by, participant=somebody(by, asked.key), guideline=asked.guideline, text=asked.text, done=asked.done
    )


@command("leader.check", By.LEADER)
def open_check(by: Participant) -> None:
    closing.open_check(by=by)


@command("drop_out.called", By.LEADER, Dropped)
def called(by: Participant, asked: Dropped) -> None:
    dropouts.note_called(by=by, drop_out=_drop_out(by, asked.uid))


@command("drop_out.end", By.LEADER, Ended)
def end(by: Participant, asked: Ended) -> None:
    dropouts.end_drop_out(by=by, drop_out=_drop_out(by, asked.uid), outcome=asked.outcome, text=asked.text)


@part("care")
def care(room: Room, viewer: Participant) -> dict | None:
    """For leaders alone: open calls (for help in a room beside: see `beside`) and drop-outs, ratings, breaches, the guidelines in
    force. Five queries."""
    if not viewer.is_leader:
        return None
    open_calls = Call.objects.filter(participant__room=room, closed_at=None).exclude(kind=Call.Kind.HELP)
    drops = DropOut.objects.filter(participant__room=room, ended_at=None)
    return {
        "calls": [calls.for_leaders(one) for one in open_calls.select_related("participant__patient", "taken_by")],
        "drop_outs": [dropouts.as_json(one) for one in drops.select_related("participant", "called_by")],
        "ratings": ratings.latest_of(room),
        "breaches": [
            breaches.as_json(one) for one in Breach.objects.filter(participant__room=room).select_related("participant")
        ],
        "guidelines": breaches.guidelines_of(room),
    }
