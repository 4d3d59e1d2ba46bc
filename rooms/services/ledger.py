"""The ledger of media: who was connected to the media server from when to when, and who was heard talking.

Kept from what the server tells (`take_events`) and put right every minute from what it says when asked (`reconcile`): a fact may
come twice, late, or never. Rows are keyed by the server's handle. Of words nothing is kept, only that somebody spoke.
"""

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from rooms.media import backend, configured
from rooms.media.base import EventKind, MediaEvent, MediaRoom, MediaTrouble
from rooms.models import Backend, Beside, MediaHandle, Participant, Room, TalkSpell

log = logging.getLogger(__name__)

SETTLED = dt.timedelta(seconds=5)  # who joined since may not have been in the answer yet


def take_events(events: Iterable[MediaEvent]) -> None:
    """Write down facts of the media server. Again, late or out of their order they do no harm; unknown people are passed over."""
    for event in events:
        with transaction.atomic():
            _TAKERS.get(event.kind, _nothing)(event)


def hush(participant: Participant, *, at: dt.datetime) -> None:
    """Somebody was silenced: they stopped talking then, and the media server will not say so."""
    _end_talk(TalkSpell.objects.filter(participant=participant), at)


def reconcile() -> None:
    """Ask the media servers who is in each room that is not over, and in each that the ledger believes to have people in it."""
    known = configured()
    for name, room in _rooms_to_ask():
        if name not in known or name == Backend.LINK:
            continue
        asked_at = timezone.now()
        try:
            present = backend(name).participants(room)
        except MediaTrouble:
            log.warning("A media server did not say who is in its rooms")
            continue
        with transaction.atomic():
            gone = MediaHandle.objects.filter(number=room.number, left_at=None, joined_at__lt=asked_at - SETTLED)
            _close(gone.exclude(handle__in=[one.handle for one in present]), asked_at)
            held = set(
                MediaHandle.objects.filter(handle__in=[one.handle for one in present]).values_list("handle", flat=True)
            )
            for one in present:
                if one.handle not in held:
                    _open(MediaEvent(EventKind.JOINED, room.number, asked_at, one.handle, one.key))


def _rooms_to_ask() -> list[tuple[str, MediaRoom]]:
    """(backend, room) of every media room that has, or may have, people in it."""
    open_numbers = MediaHandle.objects.filter(left_at=None).values("number")
    rooms = Room.objects.filter(Q(ended_at=None, began_at__isnull=False) | Q(number__in=open_numbers))
    beside = Beside.objects.filter(
        Q(closed_at=None, opened_at__isnull=False, room__ended_at=None) | Q(number__in=open_numbers)
    )
    found = [(room.backend, room) for room in rooms]
    found += [(one.room.backend, one) for one in beside.select_related("room")]
    return [(name, MediaRoom(number=one.number, secret=one.secret)) for name, one in found]


# --- one function for each kind of fact


def _nothing(event: MediaEvent) -> None:
    """Not for the ledger."""


def _joined(event: MediaEvent) -> None:
    _open(event)


def _left(event: MediaEvent) -> None:
    if _open(event) is not None:  # a leaving that overtook its joining is kept too, where the server says whose it is
        _close(MediaHandle.objects.filter(handle=event.handle), event.at)


def _room_gone(event: MediaEvent) -> None:
    _close(MediaHandle.objects.filter(number=event.number, left_at=None, joined_at__lte=event.at), event.at)


def _talking(event: MediaEvent) -> None:
    handle = _open(event)
    if handle is None or (handle.left_at and handle.left_at <= event.at):
        return
    spells = TalkSpell.objects.filter(handle=handle)
    if spells.filter(began_at=event.at).exists():
        return  # told before
    # The end of the one before did not come: it ended by now. If it still comes, it shortens it (see _quiet).
    _end_talk(spells.filter(began_at__lt=event.at), event.at)
    late = spells.filter(began_at__gt=event.at).order_by("began_at").first()
    if late is None:
        TalkSpell.objects.create(
            participant_id=handle.participant_id, handle=handle, began_at=event.at, ended_at=handle.left_at
        )
    elif late.began_at == late.ended_at:  # its end overtook it (see _quiet)
        late.began_at = event.at
        late.save(update_fields=["began_at"])


def _quiet(event: MediaEvent) -> None:
    if not event.handle:  # no sound comes from them any more, by whatever connection
        _end_talk(TalkSpell.objects.filter(participant__key=event.key, began_at__lte=event.at), event.at)
        return
    handle = _open(event)
    if handle is None:
        return
    spells = TalkSpell.objects.filter(handle=handle)
    lasting = Q(ended_at=None) | Q(ended_at__gt=event.at)
    if spells.filter(lasting, began_at__lte=event.at).update(ended_at=event.at):
        return
    if not spells.filter(ended_at=event.at).exists():
        # An end without its beginning: a spell of no length, which the beginning makes longer if it still comes.
        TalkSpell.objects.create(
            participant_id=handle.participant_id, handle=handle, began_at=event.at, ended_at=event.at
        )


def _unpublished(event: MediaEvent) -> None:
    _end_talk(TalkSpell.objects.filter(handle__handle=event.handle, began_at__lte=event.at), event.at)


_TAKERS = {
    EventKind.JOINED: _joined,
    EventKind.LEFT: _left,
    EventKind.TALKING: _talking,
    EventKind.QUIET: _quiet,
    EventKind.UNPUBLISHED: _unpublished,
    EventKind.ROOM_GONE: _room_gone,
}


def _open(event: MediaEvent) -> MediaHandle | None:
    """The row of the event’s handle, locked; made where there is none and the event says whose it is."""
    row = MediaHandle.objects.select_for_update().filter(handle=event.handle).first()
    if row is None:
        participant = Participant.objects.filter(key=event.key).first() if event.key else None
        if participant is None:
            return None
        values = {"participant": participant, "number": event.number, "joined_at": event.at}
        row, _made = MediaHandle.objects.get_or_create(handle=event.handle, defaults=values)
        return row
    if event.kind is EventKind.JOINED and event.at < row.joined_at:
        row.joined_at = event.at
        row.save(update_fields=["joined_at"])
    return row


def _close(handles, at: dt.datetime) -> None:
    """They left then; who left earlier, by an older word, did. Their talk ends with them."""
    ids = list(handles.filter(Q(left_at=None) | Q(left_at__gt=at)).values_list("pk", flat=True))
    MediaHandle.objects.filter(pk__in=ids).update(left_at=Greatest(F("joined_at"), at))
    TalkSpell.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), handle__in=ids).update(
        ended_at=Greatest(F("began_at"), at)
    )


def _end_talk(spells, at: dt.datetime) -> int:
    """How many stretches of talking that had no end have one now."""
    return spells.filter(ended_at=None).update(ended_at=Greatest(F("began_at"), at))
