"""Rooms beside the room: made, filled, opened, called together again. A private one for somebody and a leader is in `aside`."""

import datetime as dt
import random
from collections.abc import Sequence
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import wire
from rooms.deeds import By, Deed, deed
from rooms.models import Beside, Call, Connection, Participant, Place, Room, Spell
from rooms.presence import GRACE
from rooms.queries_beside import pairs_apart, whereabouts
from rooms.services.moving import bring_back, end_left_alone, need_rooms, on_media, take, tell_leaders
from rooms.services.presence import with_presence
from rooms.shares import share_out
from rooms.wire import LEADERS

MOST = 8  # rooms at once
LONGEST_NAME, LONGEST_WORD = 40, 300
MINUTES = range(1, 121)


class How(StrEnum):
    """How people come into rooms."""

    HAND = "hand"  # a leader places each
    CHANCE = "chance"
    APART = "apart"  # by chance, with the group's pairs kept apart


def make_rooms(
    *, by: Participant, count: int = 0, names: Sequence[str] = (), how: How, chance: random.Random | None = None
) -> list[Beside]:
    """Plan rooms beside: so many (Room 1, Room 2 …), or by the leader's names. A plan that was not opened yet is replaced.

    Those in care who are here are shared out over them, unless by hand. Raises Refusal (over, not_a_leader, no_breakouts,
    how_many, no_name, already_open, too_many_rooms, not_apart: no way keeps every pair apart).
    """
    wanted = _names(count, names)
    with deed(by.room_id, by, By.LEADER) as doing:
        need_rooms(doing.room)
        if opened(doing.room).exists():
            raise Refusal(_("The rooms are open. Bring everybody back first."), "already_open")
        planned(doing.room).update(closed_at=doing.now)
        made = Beside.objects.bulk_create(Beside(room=doing.room, name=name) for name in wanted)
        if how != How.HAND:
            _share_out(doing, made, keep_apart=how == How.APART, chance=chance)
        tell_leaders(doing)
    return made


def _names(count: int, names: Sequence[str]) -> list[str]:
    wanted = [" ".join(name.split())[:LONGEST_NAME] for name in names]
    if not wanted:
        wanted = [_("Room %(number)d") % {"number": n} for n in range(1, count + 1)]
    if not 1 <= len(wanted) <= MOST:
        raise Refusal(_("Between 1 and %(most)d rooms can be made.") % {"most": MOST}, "how_many", "count")
    if "" in wanted or len(set(wanted)) != len(wanted):
        raise Refusal(_("Each room needs a name of its own."), "no_name", "names")
    return wanted


def _share_out(doing: Deed, made: list[Beside], *, keep_apart: bool, chance: random.Random | None) -> None:
    in_care = doing.room.participants.filter(state=Participant.State.IN, patient__isnull=False)
    here = {one.patient_id: one for one in with_presence(in_care) if one.here}
    if len(made) > len(here):
        raise Refusal(
            _("There are more rooms than people to share out (%(people)d).") % {"people": len(here)}, "too_many_rooms"
        )
    found = share_out(list(here), len(made), pairs_apart(doing.room) if keep_apart else (), chance=chance)
    if found is None:
        raise Refusal(
            _("No way of sharing them out over %(rooms)d rooms keeps every pair apart. Make another number of rooms.")
            % {"rooms": len(made)},
            "not_apart",
        )
    for beside, patients in zip(made, found, strict=True):
        for patient_id in patients:
            _place(here[patient_id], beside)


def _place(one: Participant, beside: Beside | None) -> None:
    if beside is None:
        Place.objects.filter(participant=one).delete()
    else:
        Place.objects.update_or_create(participant=one, defaults={"beside": beside})


def planned(room: Room):
    """Rooms beside that are not open yet."""
    return Beside.objects.filter(room=room, closed_at=None, opened_at=None)


def opened(room: Room):
    """Rooms beside for everybody that are open now."""
    return Beside.objects.filter(room=room, closed_at=None, opened_at__isnull=False, is_private=False)


def place(*, by: Participant, participant: Participant, beside_id: int | None, even_so: bool = False) -> None:
    """Place somebody in a room beside, or in the room itself (None). Where the rooms are open they are moved at once.

    Somebody in a private room goes there afterwards. even_so: with somebody they are kept apart from, too.

    Raises Refusal (over, not_a_leader, not_in_care, no_room, apart).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        one = doing.room.participants.filter(pk=participant.pk, state=Participant.State.IN).first()
        if one is None or one.patient_id is None:
            raise Refusal(_("Only those in care are placed in rooms. Staff go where they want."), "not_in_care")
        to = None
        if beside_id is not None:
            to = Beside.objects.filter(room=doing.room, pk=beside_id, closed_at=None, is_private=False).first()
            if to is None:
                raise Refusal(_("This room is closed."), "no_room")
            if not even_so:
                _check_apart(doing, one, to)
        _place(one, to)
        now_in = whereabouts(one)
        if (to is None or to.opened_at) and not (now_in and now_in.beside.is_private):
            take(doing, [one], to)
        tell_leaders(doing)


def _check_apart(doing: Deed, one: Participant, to: Beside) -> None:
    with_them = set(
        Place.objects.filter(beside=to).exclude(participant=one).values_list("participant__patient_id", flat=True)
    )
    for first, second in pairs_apart(doing.room):
        if one.patient_id in (first, second) and {first, second} - {one.patient_id} <= with_them:
            raise Refusal(_("They are kept apart from somebody in this room."), "apart")


def open_rooms(*, by: Participant, minutes: int | None = None) -> list[Beside]:
    """Open the planned rooms: everybody placed is moved, for so many minutes or until they are called back.

    Raises Refusal (over, not_a_leader, minutes, already_open, no_rooms).
    """
    if minutes is not None and minutes not in MINUTES:
        raise Refusal(_("Between 1 and 120 minutes."), "minutes", "minutes")
    room = Room.objects.get(pk=by.room_id)
    on_media(room, planned(room), lambda server, one: server.ensure_room(one))
    with deed(by.room_id, by, By.LEADER) as doing:
        if opened(doing.room).exists():
            raise Refusal(_("The rooms are open already."), "already_open")
        closes_at = doing.now + dt.timedelta(minutes=minutes) if minutes else None
        besides = list(planned(doing.room))
        if not besides:
            raise Refusal(_("Make rooms first."), "no_rooms")
        planned(doing.room).update(opened_at=doing.now, closes_at=closes_at)
        for beside in besides:
            beside.opened_at, beside.closes_at = doing.now, closes_at
            take(doing, _who_goes(beside), beside)
        tell_leaders(doing)
    return besides


def _who_goes(beside: Beside) -> list[Participant]:
    """Those placed in it who are in the room, and not in a private one at this moment."""
    aside = Spell.objects.filter(beside__is_private=True, ended_at=None).values("participant")
    placed = Participant.objects.filter(place_beside__beside=beside, state=Participant.State.IN)
    return list(placed.exclude(pk__in=aside))


def add_time(*, by: Participant, minutes: int) -> None:
    """Let the open rooms last so much longer. Raises Refusal (over, not_a_leader, minutes, not_open, no_end)."""
    if minutes not in MINUTES:
        raise Refusal(_("Between 1 and 120 minutes."), "minutes", "minutes")
    with deed(by.room_id, by, By.LEADER) as doing:
        _need_open(doing)
        if (
            not opened(doing.room)
            .filter(closes_at__isnull=False)
            .update(closes_at=F("closes_at") + dt.timedelta(minutes=minutes))
        ):
            raise Refusal(_("These rooms stay open until you bring everybody back."), "no_end")
        closes_at = opened(doing.room).values_list("closes_at", flat=True).first()
        doing.tell("beside.until", {"closes_at": closes_at.isoformat()}, to=_hearers(doing))
        tell_leaders(doing)


def broadcast(*, by: Participant, text: str) -> None:
    """Tell everybody in the open rooms something. The words are not kept. Raises Refusal (over, not_a_leader, no_words, not_open,
    reconnecting)."""
    text = text.strip()[:LONGEST_WORD]
    if not text:
        raise Refusal(_("Write what they should hear."), "no_words", "text")
    wire.need_redis()
    with deed(by.room_id, by, By.LEADER) as doing:
        _need_open(doing)
        doing.tell("beside.word", {"text": text, "from": doing.by.shown}, to=_hearers(doing))


def _need_open(doing: Deed) -> None:
    if not opened(doing.room).exists():
        raise Refusal(_("No rooms are open."), "not_open")


def _hearers(doing: Deed) -> tuple[str, ...]:
    """The leaders, and whoever is in an open room."""
    inside = Spell.objects.filter(beside__in=opened(doing.room), ended_at=None)
    return LEADERS + tuple(inside.values_list("participant__key", flat=True))


def close_rooms(*, by: Participant) -> None:
    """Bring everybody back. Does nothing when no rooms are open. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        bring_back(doing, opened(doing.room))


def drop_plan(*, by: Participant) -> None:
    """Take a plan back that was not opened. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        if planned(doing.room).update(closed_at=doing.now):
            tell_leaders(doing)


def close_due(now: dt.datetime | None = None) -> int:
    """Bring those back whose time is over, whoever is there to do it or not, and whoever sits in a private room that every leader
    was lost from for longer than the grace. Returns of how many rooms. One query when there are none; any number of processes may
    do it at once."""
    now = now or timezone.now()
    due = Beside.objects.filter(closed_at=None, opened_at__isnull=False).filter(
        Q(closes_at__lte=now) | _without_leader(now)
    )
    closed = 0
    for room_id in set(due.values_list("room_id", flat=True)):
        with deed(room_id, None, over_too=True) as doing:
            over = list(due.filter(room=doing.room))
            bring_back(doing, over)
            closed += len(over)
    return closed


def _without_leader(now: dt.datetime) -> Q:
    """Private rooms in which somebody is there, and no leader is or was within the grace: nobody who is not well waits alone for
    a connection. A leader who never had a socket works by HTTP and counts as there."""
    inside = Spell.objects.filter(beside=OuterRef("pk"), ended_at=None)
    leading = inside.filter(participant__part__in=[Participant.Part.LEAD, Participant.Part.CO])
    pages = Connection.objects.filter(participant=OuterRef("participant"))
    there = leading.filter(
        ~Exists(pages)
        | Exists(pages.filter(Q(closed_at=None) | Q(closed_at__gt=now - GRACE)))
        | Q(began_at__gt=now - GRACE)
    )
    waiting = inside.filter(participant__patient__isnull=False).filter(Exists(pages.filter(closed_at=None)))
    return Q(is_private=True) & Exists(waiting) & ~Exists(there)


def visit(*, by: Participant, beside_id: int) -> None:
    """A leader goes into an open room beside. A call for help from it is answered by that; a private room they left somebody
    alone in is over. Raises Refusal (over, not_a_leader, no_room)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        to = Beside.objects.filter(room=doing.room, pk=beside_id, closed_at=None, opened_at__isnull=False).first()
        if to is None:
            raise Refusal(_("This room is closed."), "no_room")
        left = whereabouts(doing.by)
        take(doing, [doing.by], to)
        end_left_alone(doing, left and left.beside)
        inside = Spell.objects.filter(beside=to, ended_at=None).values("participant")
        calls = Call.objects.filter(participant__in=inside, kind=Call.Kind.HELP, closed_at=None)
        callers = list(calls.values_list("participant__key", flat=True))
        calls.filter(taken_at=None).update(taken_at=doing.now, taken_by=doing.by.user)
        calls.update(closed_at=doing.now)
        for key in callers:
            doing.tell("beside.help", {"called": False}, to=(key,))
        tell_leaders(doing)


def call_help(*, by: Participant) -> None:
    """Call a leader to the room beside one is in. Twice is once. Raises Refusal (over, removed, not_in, not_beside)."""
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        if whereabouts(doing.by) is None:
            raise Refusal(_("You are in the room with everybody."), "not_beside")
        _call, made = Call.objects.get_or_create(
            participant=doing.by, kind=Call.Kind.HELP, closed_at=None, defaults={"at": doing.now}
        )
        if made:
            doing.tell("beside.help", {"called": True, "coming": ""}, to=(doing.by.key,))
            tell_leaders(doing)


def take_help(*, by: Participant, participant: Participant) -> None:
    """A leader says that they come; the caller is told who. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        call = Call.objects.filter(participant=participant, kind=Call.Kind.HELP, closed_at=None, taken_at=None).first()
        if call is None:
            return
        call.taken_at, call.taken_by = doing.now, doing.by.user
        call.save(update_fields=["taken_at", "taken_by"])
        doing.tell("beside.help", {"called": True, "coming": doing.by.shown}, to=(participant.key,))
        tell_leaders(doing)
