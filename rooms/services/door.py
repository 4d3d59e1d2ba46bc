"""The door: knocking, letting in, putting out, locking. What people say of where they are is in `arrivals`."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import wire
from rooms.deeds import By, Deed, deed
from rooms.models import Arrival, Participant, Room
from rooms.services import afterwards, ending, hands, moving, rounds
from rooms.services.agreements import to_sign
from rooms.services.arrivals import no_arrival_words
from rooms.services.doorstep import AT_THE_DOOR, row_of
from rooms.wire import LEADERS
from scheduling.services.licences import licensed_states

State = Participant.State


def locked_words() -> str:
    """What somebody at a locked door reads."""
    return _("The door is locked: nobody new comes in just now. Call the clinic if you should be in this session.")


def knock(*, by: Participant) -> None:
    """Ask to be let in. The leaders hear it. Does nothing for somebody who waits already or is in.

    Raises Refusal (over, removed, locked, not_signed, no_arrival).
    """
    with deed(by.room_id, by, By.ANYBODY) as doing:
        if doing.by.state != State.PREPARING:
            return
        if doing.room.is_locked:
            raise Refusal(locked_words(), "locked")
        if to_sign(doing.room.session.group.program_id, doing.by.patient):
            raise Refusal(_("Please read and sign the agreement first."), "not_signed")
        if not _said_where(doing.by):
            raise Refusal(_("Please say first where you are."), "no_arrival")
        doing.by.state, doing.by.knocked_at = State.WAITING, doing.now
        doing.by.save(update_fields=["state", "knocked_at"])
        doing.tell("you", {"state": doing.by.state}, to=(doing.by.key,))
        doing.tell("door.knock", row_of(doing.room, doing.by), to=LEADERS)


def _said_where(one: Participant) -> str:
    """The state they said they are in; "" when they have not said."""
    return Arrival.objects.filter(participant=one, given_at__isnull=False).values_list("state", flat=True).first() or ""


def admit(*, by: Participant, participant: Participant) -> None:
    """Let somebody in. Does nothing for somebody who is in.

    Raises Refusal (over, not_a_leader, removed_before, locked, no_arrival, not_signed, not_licensed: nobody who leads this
    session is licensed today in the state they say they are in now).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        _let_in(doing, Participant.objects.select_related("patient").get(pk=participant.pk, room=doing.room))


def _let_in(doing: Deed, one: Participant) -> None:
    if one.state == State.REMOVED:
        raise Refusal(_("They were removed from this session. Take that back first."), "removed_before")
    if one.is_in:
        return
    _refuse_to_let_in(doing.room, one)
    one.state, one.admitted_at, one.admitted_by = State.IN, doing.now, doing.by.user
    one.save(update_fields=["state", "admitted_at", "admitted_by"])
    doing.tell("you", {"state": one.state}, to=(one.key,))
    doing.tell("door.left", {"key": one.key}, to=LEADERS)
    doing.tell("people.here", {"key": one.key, "name": one.shown, "part": one.part})


def _refuse_to_let_in(room: Room, one: Participant) -> None:
    """Raises Refusal (locked, no_arrival, not_signed, not_licensed) where somebody may not be let in now."""
    if room.is_locked:
        raise Refusal(_("The room is locked. Open it again to let somebody in."), "locked")
    place = _said_where(one)
    if not place:
        raise Refusal(no_arrival_words(), "no_arrival")
    if to_sign(room.session.group.program_id, one.patient):
        raise Refusal(
            _("They have not signed the agreement in force. Their page at the door asks for it."), "not_signed"
        )
    if place not in licensed_states(room.session):
        raise Refusal(
            _(
                "Nobody who leads this session is licensed in %(state)s, where they are now, so they can’t take part from there."
                " Call them; ask somebody licensed there to take over or to see them; or give them another time."
            )
            % {"state": place},
            "not_licensed",
        )


@dataclass(slots=True)
class Admitted:
    """How many were let in, and who was not: (their key, why)."""

    count: int = 0
    kept: list[tuple[str, Refusal]] = field(default_factory=list)


def admit_all(*, by: Participant, only_confirmed: bool) -> Admitted:
    """Let in everybody who knocked, or those of them whose name and address a leader heard. Whoever may not come in stays.

    Raises Refusal (over, not_a_leader, locked).
    """
    done = Admitted()
    with deed(by.room_id, by, By.LEADER) as doing:
        if doing.room.is_locked:
            raise Refusal(_("The room is locked. Open it again to let somebody in."), "locked")
        waiting = doing.room.participants.filter(state=State.WAITING).select_related("patient")
        if only_confirmed:
            waiting = waiting.filter(arrival__confirmed_at__isnull=False)
        for one in waiting.order_by("knocked_at"):
            try:
                _let_in(doing, one)
                done.count += 1
            except Refusal as refusal:
                done.kept.append((one.key, refusal))
    return done


def turn_away(*, by: Participant, participant: Participant, words: str) -> None:
    """Not now: somebody who knocked reads why, and may knock again. The words are theirs alone, and are not kept.

    Raises Refusal (over, not_a_leader, no_words, not_waiting, away).
    """
    words = words.strip()
    if not words:
        raise Refusal(_("Write them a sentence: why not now, and what they can do."), "no_words", "words")
    wire.need_redis()
    with deed(by.room_id, by, By.LEADER) as doing:
        one = Participant.objects.get(pk=participant.pk, room=doing.room)
        if one.state != State.WAITING:
            raise Refusal(_("They are not waiting at the door."), "not_waiting")
        one.state = State.PREPARING
        one.save(update_fields=["state"])
        # The words first: whoever hears that they stand otherwise starts anew from a picture, which has no words.
        doing.tell("door.word", {"text": words[:500], "from": doing.by.shown}, to=(one.key,))
        doing.tell("you", {"state": one.state}, to=(one.key,))
        doing.tell("door.changed", row_of(doing.room, one), to=LEADERS)


def remove(*, by: Participant, participant: Participant, why: str) -> None:
    """Put somebody out: their ticket is worth nothing from now on, here and on the media server. Their hand is down, a turn of
    theirs goes on to the next, and a private room they were in is over.

    Raises Refusal (over, not_a_leader, a_leader, no_reason).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        one = Participant.objects.get(pk=participant.pk, room=doing.room)
        if one.is_leader or one.part == Participant.Part.SUPERVISOR:
            raise Refusal(_("Staff can’t be removed from their own session."), "a_leader")
        if not why.strip():
            raise Refusal(_("Say why. It stays on the record of this session."), "no_reason", "why")
        if one.state == State.REMOVED:
            return
        moving.leave_rooms(doing, one)
        one.state, one.removed_at, one.removed_by = State.REMOVED, doing.now, doing.by.user
        one.removed_why = why.strip()
        one.save(update_fields=["state", "removed_at", "removed_by", "removed_why"])
        doing.tell("you", {"state": one.state}, to=(one.key,))
        doing.tell("people.removed", {"key": one.key})
        doing.tell("door.changed", row_of(doing.room, one), to=LEADERS)
        hands.end_of(doing, one)
        rounds.end_of(doing, one)
        afterwards.put_out_of_media(doing.room, one)


def readmit(*, by: Participant, participant: Participant, why: str) -> None:
    """Take a removal back: they come to the door anew and say again where they are. What was written of it stays.

    Raises Refusal (over, not_a_leader, no_reason, not_removed).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        one = Participant.objects.get(pk=participant.pk, room=doing.room)
        if one.state != State.REMOVED:
            raise Refusal(_("They are not removed."), "not_removed")
        if not why.strip():
            raise Refusal(_("Say why. It stays on the record of this session."), "no_reason", "why")
        one.state, one.readmitted_at, one.readmitted_by = State.PREPARING, doing.now, doing.by.user
        one.readmitted_why = why.strip()
        one.save(update_fields=["state", "readmitted_at", "readmitted_by", "readmitted_why"])
        Arrival.objects.filter(participant=one).update(given_at=None, confirmed_at=None, confirmed_by=None)
        doing.tell("door.changed", row_of(doing.room, one), to=LEADERS)


def set_locked(*, by: Participant, locked: bool) -> Room:
    """Lock the room, so that nobody new is let in, or open it again. Those at the door hear it too.

    Raises Refusal (over, not_a_leader).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        doing.room.is_locked = locked
        doing.room.save(update_fields=["is_locked"])
        doing.tell("room.locked", {"locked": locked})
        waiting = tuple(doing.room.participants.filter(state__in=AT_THE_DOOR).values_list("key", flat=True))
        if waiting:
            doing.tell("door.locked", {"locked": locked}, to=waiting)
        return doing.room


def end_session(*, by: Participant) -> Room:
    """End the session for everybody: the room is over for good. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        ending.end_room(doing, doing.by.user)
        return doing.room
