"""Who is connected: opened by a socket, kept alive by its process, closed by whoever notices that it is gone."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils import timezone

from rooms.deeds import By, Deed, deed
from rooms.models import Connection, Participant
from rooms.presence import STALE
from rooms.services.doorstep import row_of
from rooms.wire import LEADERS

BEAT = 5  # seconds between two signs of life that a process writes


def is_here(participant: Participant) -> bool:
    """Whether they have a page open in the room."""
    return Connection.objects.open().filter(participant=participant).exists()


def open_connection(participant: Participant) -> Connection:
    """A page of theirs is connected. Tells the others when it is their first. Raises Refusal (removed, over)."""
    with deed(participant.room_id, participant, By.ANYBODY) as doing:
        first = not is_here(participant)
        connection = Connection.objects.create(participant=doing.by, opened_at=doing.now, seen_at=doing.now)
        if first:
            _tell_here(doing, doing.by)
    return connection


def close_connection(connection_id: int, why: str, at: dt.datetime | None = None) -> None:
    """A page of theirs is gone (at: when, now by default). Tells the others when it was their last."""
    found = Connection.objects.open().select_related("participant").filter(pk=connection_id).first()
    if found is None:
        return
    with deed(found.participant.room_id, None, over_too=True) as doing:
        closed = max(at or doing.now, found.opened_at)
        if not Connection.objects.open().filter(pk=connection_id).update(closed_at=closed, why=why):
            return
        if is_here(found.participant):
            return
        if found.participant.is_in:
            doing.tell("people.gone", {"key": found.participant.key, "why": why})
        elif found.participant.patient_id:
            doing.tell("door.changed", row_of(doing.room, found.participant), to=LEADERS)


def keep_alive(connection_ids: Iterable[int]) -> set[int]:
    """Their process still has them. Two queries. Returns those that are open; one that the sweep took for lost is open again,
    and the others are told that somebody is back."""
    ids = set(connection_ids)
    alive = Connection.objects.open().filter(pk__in=ids)
    alive.update(seen_at=timezone.now())
    found = set(alive.values_list("pk", flat=True))
    if missing := ids - found:
        taken_for_lost = Connection.objects.filter(pk__in=missing, why=Connection.Why.LOST).select_related(
            "participant"
        )
        found |= {one.pk for one in taken_for_lost if _reopen(one)}
    return found


def _reopen(one: Connection) -> bool:
    """A process that stood still, or could not reach the database, for longer than the sweep waits has its page all the same."""
    with deed(one.participant.room_id, None, over_too=True) as doing:
        who = Participant.objects.get(pk=one.participant_id)
        first = not is_here(who)
        closed = Connection.objects.filter(pk=one.pk, closed_at__isnull=False, why=Connection.Why.LOST)
        if not closed.update(closed_at=None, why="", seen_at=doing.now):
            return False
        if first:
            _tell_here(doing, who)
        return True


def _tell_here(doing: Deed, one: Participant) -> None:
    """The first page of theirs is connected."""
    if one.is_in:
        doing.tell("people.here", {"key": one.key, "name": one.shown, "part": one.part})
    elif one.patient_id:
        doing.tell("door.changed", row_of(doing.room, one), to=LEADERS)


def sweep(now: dt.datetime | None = None) -> int:
    """Close the connections whose process is gone, as of when they were last known alive. Returns how many."""
    now = now or timezone.now()
    lost = list(Connection.objects.open().filter(seen_at__lt=now - STALE).values_list("pk", "seen_at"))
    for pk, seen_at in lost:
        close_connection(pk, Connection.Why.LOST, at=seen_at)
    return len(lost)


def with_presence(participants):
    """Participants, each with `here`: whether they have a page open."""
    return participants.annotate(here=Exists(Connection.objects.open().filter(participant=OuterRef("pk"))))
