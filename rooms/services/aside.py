"""A private room for somebody and a leader, and going back from any room beside by oneself."""

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, deed
from rooms.models import Beside, Participant
from rooms.queries_beside import for_one, whereabouts
from rooms.services.moving import bring_back, end_left_alone, need_rooms, take, tell_leaders


def take_aside(*, by: Participant, participant: Participant) -> Beside:
    """Go with somebody into a private room, both at once. The group learns only that they are away for a moment.

    Raises Refusal (over, not_a_leader, no_breakouts, not_in_care, busy: this leader is with somebody else).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        need_rooms(doing.room)
        one = doing.room.participants.filter(pk=participant.pk, state=Participant.State.IN).first()
        if one is None or one.patient_id is None:
            raise Refusal(_("Only somebody in care who is in the room can be taken aside."), "not_in_care")
        theirs, mine = whereabouts(one), whereabouts(doing.by)
        if theirs and theirs.beside.is_private:
            take(doing, [doing.by], theirs.beside)
            tell_leaders(doing)
            return theirs.beside
        if (
            mine
            and mine.beside.is_private
            and mine.beside.spells.filter(ended_at=None, participant__patient__isnull=False)
        ):
            raise Refusal(_("You are with somebody. Go back to the others first."), "busy")
        private = Beside.objects.create(room=doing.room, name=_("Private room"), is_private=True, opened_at=doing.now)
        take(doing, [one, doing.by], private)
        tell_leaders(doing)
        return private


def tell_group(*, by: Participant, told: bool) -> None:
    """Somebody in a private room agrees that the others may know that they are being supported, or takes that back.

    Raises Refusal (over, removed, not_in, not_aside).
    """
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        spell = whereabouts(doing.by)
        if spell is None or not spell.beside.is_private or doing.by.patient_id is None:
            raise Refusal(_("You are not in a private room."), "not_aside")
        if spell.beside.is_told == told:
            return
        spell.beside.is_told = told
        spell.beside.save(update_fields=["is_told"])
        doing.tell("beside.told", {"key": doing.by.key, "told": told})
        doing.tell("you.told", {"beside": for_one(spell.beside)}, to=(doing.by.key,))
        tell_leaders(doing)


def go_back(*, by: Participant) -> None:
    """Go back to where one belongs, by oneself: nobody is held in a room beside. A private room ends when the person it is for
    leaves it, or its last leader. Raises Refusal (over, removed, not_in)."""
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        spell = whereabouts(doing.by)
        if spell is None:
            return
        if spell.beside.is_private and doing.by.patient_id is not None:
            bring_back(doing, [spell.beside])
            return
        take(doing, [doing.by], None)
        end_left_alone(doing, spell.beside)
        tell_leaders(doing)


def end_aside(*, by: Participant, beside_id: int) -> None:
    """End a private room: both go back to where they belong. Does nothing when it is closed.

    Raises Refusal (over, not_a_leader).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        bring_back(doing, Beside.objects.filter(room=doing.room, pk=beside_id, is_private=True, closed_at=None))
