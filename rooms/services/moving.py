"""Taking people from room to room beside each other, inside a deed: what every way of doing so shares.

Nobody's connection is touched: whoever is beside is present all the time. Of a private room only leaders and who is in it know;
the others are told that somebody is away for a moment, as of anybody who stepped away.
"""

import logging
import threading
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import media, wire
from rooms.deeds import Deed
from rooms.media.base import Capability, MediaBackend, MediaRoom, MediaTrouble
from rooms.models import Beside, Call, Participant, Place, Room, Spell
from rooms.queries_beside import for_leaders, for_one, whereabouts
from rooms.wire import ALL, LEADERS

log = logging.getLogger(__name__)


def take(doing: Deed, people: Iterable[Participant], to: Beside | None) -> list[Participant]:
    """Take people to a room beside, or back to the room itself (None). Returns those who were elsewhere.

    Tells them and the others. A call for help from where they were is over.
    """
    people = list(people)
    open_now = Spell.objects.filter(participant__in=people, kind=Spell.Kind.BESIDE, ended_at=None)
    was = {spell.participant_id: spell.beside for spell in open_now.select_related("beside")}
    there = to.pk if to else None
    moved = [one for one in people if (was[one.pk].pk if one.pk in was else None) != there]
    if not moved:
        return []
    open_now.filter(participant__in=moved).update(ended_at=Greatest(F("began_at"), doing.now))
    Call.objects.filter(participant__in=moved, kind=Call.Kind.HELP, closed_at=None).update(closed_at=doing.now)
    if to is not None:
        kind = Spell.Kind.BESIDE
        Spell.objects.bulk_create(Spell(participant=one, kind=kind, beside=to, began_at=doing.now) for one in moved)
    for one in moved:
        doing.tell("you.moved", {"beside": for_one(to)}, to=(one.key,))
        if one.patient_id and one.pk in was and was[one.pk].is_told:
            doing.tell("beside.told", {"key": one.key, "told": False})
    _tell_others(doing, moved, was, to)
    wire.tell_media([one.key for one in moved], "media.moved")
    return moved


def _tell_others(doing: Deed, moved: list[Participant], was: dict[int, Beside], to: Beside | None) -> None:
    if to is not None and to.is_private:
        _tell_privately(doing, moved, to)
        return
    out = [one.pk for one in moved if one.pk in was and was[one.pk].is_private]
    away = set()
    if out:
        stepped = Spell.objects.filter(participant__in=out, kind=Spell.Kind.AWAY, ended_at=None)
        away = set(stepped.values_list("participant_id", flat=True))
    for one in moved:
        what = {"key": one.key, "beside": to.pk if to else None}
        if one.pk in out:
            what["away"] = one.pk in away
        doing.tell("people.changed", what, to=ALL)


def _tell_privately(doing: Deed, moved: list[Participant], to: Beside) -> None:
    inside = Spell.objects.filter(beside=to, ended_at=None)
    insiders = tuple(inside.values_list("participant__key", flat=True))
    others = doing.room.participants.filter(state=Participant.State.IN).exclude(
        part__in=[Participant.Part.LEAD, Participant.Part.CO]
    )
    outside = tuple(key for key in others.values_list("key", flat=True) if key not in insiders)
    for one in moved:
        doing.tell("people.changed", {"key": one.key, "beside": to.pk}, to=LEADERS + insiders)
        if outside:
            doing.tell("people.changed", {"key": one.key, "beside": None, "away": True}, to=outside)


def bring_back(doing: Deed, besides: Iterable[Beside]) -> None:
    """Close these rooms: whoever is in one goes where they belong now."""
    besides = list(besides)
    if not besides:
        return
    Beside.objects.filter(pk__in=[one.pk for one in besides]).update(closed_at=Greatest(F("opened_at"), doing.now))
    spells = Spell.objects.filter(beside__in=besides, ended_at=None).select_related("participant")
    people = [spell.participant for spell in spells]
    places = Place.objects.filter(participant__in=people, beside__opened_at__isnull=False, beside__closed_at=None)
    place = {one.participant_id: one.beside for one in places.select_related("beside")}
    for to in dict.fromkeys([None, *place.values()]):
        take(doing, [one for one in people if place.get(one.pk) == to], to)
    tell_leaders(doing)
    opened = [one for one in besides if one.opened_at]
    later(lambda: on_media(doing.room, opened, lambda server, room: server.end_room(room)))


def end_left_alone(doing: Deed, left: Beside | None) -> None:
    """A leader went from a room beside: if it is a private one and no leader is there any more, whoever it is for comes back
    too. Nobody who is not well sits in a room alone, waiting."""
    if left is None or not left.is_private:
        return
    leaders = [Participant.Part.LEAD, Participant.Part.CO]
    if not left.spells.filter(ended_at=None, participant__part__in=leaders).exists():
        bring_back(doing, [left])


def leave_rooms(doing: Deed, one: Participant) -> None:
    """Somebody is put out of the session: of the room beside they are in too, which is over when it is a private one, and of
    their place in a plan. They are away from nothing any more."""
    placed, _which = Place.objects.filter(participant=one).delete()
    spell = whereabouts(one)
    if spell and spell.beside.is_private:
        bring_back(doing, [spell.beside])
    elif spell:
        take(doing, [one], None)
    Spell.objects.filter(participant=one, ended_at=None).update(ended_at=Greatest(F("began_at"), doing.now))
    if placed or spell:
        tell_leaders(doing)


def need_rooms(room: Room) -> None:
    """Raises Refusal (no_breakouts) where sound and pictures are in another program, which makes its own rooms."""
    if not has_rooms(room):
        raise Refusal(_("Sound and pictures are in another program here. Use its own breakout rooms."), "no_breakouts")


def has_rooms(room: Room) -> bool:
    """Whether people can be taken to rooms beside, with their sound and pictures."""
    return Capability.BREAKOUTS in media.backend(room.backend).capabilities


def tell_leaders(doing: Deed) -> None:
    """How the rooms beside stand now."""
    doing.tell("beside.rooms", for_leaders(doing.room), to=LEADERS)


def on_media(room: Room, besides: Iterable[Beside], do: Callable[[MediaBackend, MediaRoom], None]) -> None:
    """Do something for these rooms on the media server. One that is away is not waited for twice: a room is made, too, when the
    first person comes to it, and empties by itself."""
    try:
        server = media.backend(room.backend)
        for one in besides:
            do(server, MediaRoom(number=one.number, secret=one.secret))
    except MediaTrouble:
        log.warning("The media server did not take what happened to rooms beside")


def later(do: Callable[[], None]) -> None:
    """After the commit, without anybody waiting for it."""
    transaction.on_commit(lambda: threading.Thread(target=do, daemon=True).start())
