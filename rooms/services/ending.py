"""The end of a session: whatever was open in its room ends with it. A room that nobody ends is ended by the house."""

import datetime as dt

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from core.errors import Refusal
from rooms.deeds import Deed, deed
from rooms.models import (
    Beside,
    Call,
    Connection,
    Hand,
    HandoutShown,
    MediaHandle,
    Poll,
    Prompt,
    Room,
    Round,
    Spell,
    Step,
    TalkSpell,
    Turn,
)
from rooms.services import afterwards, board
from rooms.services.passes import STAYS_OPEN
from rooms.services.polls import forget_answers

NOBODY_LEFT = STAYS_OPEN  # past its planned end a room without anybody is over
WHOEVER_IS_LEFT = dt.timedelta(hours=3)  # and then any room is


def end_room(doing: Deed, by: User | None) -> None:
    """End the room of this deed, with everything that is open in it. by: the leader who ends it; None: the house."""
    room = doing.room
    room.ended_at, room.ended_by = max(doing.now, room.began_at or doing.now), by
    room.save(update_fields=["ended_at", "ended_by"])
    afterwards.end_media(room)
    close_everything(room)
    forget_answers(room)
    board.forget(doing)
    doing.tell("room.over", {"at": room.ended_at.isoformat()})


def close_everything(room: Room) -> None:
    """Give whatever is open in a room that has ended its end. Calls to the leaders and drop-outs stay, but for
    those from a room beside: somebody looks after them. A fixed number of queries."""
    at = room.ended_at
    of_room = {"participant__room": room}
    Spell.objects.filter(**of_room, ended_at=None).update(ended_at=Greatest(F("began_at"), at))
    helps = Call.objects.filter(**of_room, kind=Call.Kind.HELP, closed_at=None)
    helps.update(closed_at=Greatest(F("at"), at))  # nobody is in a room beside any more
    Hand.objects.filter(**of_room, lowered_at=None).update(lowered_at=Greatest(F("raised_at"), at))
    TalkSpell.objects.filter(**of_room, ended_at=None).update(ended_at=Greatest(F("began_at"), at))
    MediaHandle.objects.filter(**of_room, left_at=None).update(left_at=Greatest(F("joined_at"), at))
    Turn.objects.filter(round__room=room, state=Turn.State.NOW).update(state=Turn.State.DONE, ended_at=at)
    Round.objects.filter(room=room, ended_at=None).update(ended_at=Greatest(F("began_at"), at))
    Step.objects.filter(room=room, began_at__isnull=False, ended_at=None).update(ended_at=Greatest(F("began_at"), at))
    Beside.objects.filter(room=room, closed_at=None).update(closed_at=Greatest(F("opened_at"), at))
    for shown in (HandoutShown, Poll, Prompt):
        shown.objects.filter(room=room, closed_at=None).update(closed_at=Greatest(F("opened_at"), at))


def end_overdue(now: dt.datetime | None = None) -> int:
    """End the rooms that were left running: half an hour past their planned end when nobody is connected, three hours past it
    whoever is. Returns how many. One query when there are none."""
    now = now or timezone.now()
    there = Connection.objects.open().filter(participant__room=OuterRef("pk"))
    overdue = (
        Room.objects.running()
        .filter(session__ends_at__lt=now - NOBODY_LEFT)
        .annotate(there=Exists(there))
        .values_list("pk", "session__ends_at", "there")
    )
    ended = 0
    for room_id, ends_at, there_still in overdue:
        if there_still and ends_at >= now - WHOEVER_IS_LEFT:
            continue
        try:
            with deed(room_id, None) as doing:
                end_room(doing, None)
        except Refusal:  # a leader ended it this moment
            continue
        ended += 1
    return ended
