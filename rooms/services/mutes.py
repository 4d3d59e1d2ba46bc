"""Silencing by the server. Whoever a leader silenced can't undo it; once it is taken back they unmute themselves as they like."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _
from redis import RedisError

from core.errors import Refusal
from rooms.deeds import By, Deed, deed
from rooms.media.base import MediaRoom, MediaTrouble
from rooms.models import Participant, Spell, TalkSpell, Turn
from rooms.services.passes import media_room

log = logging.getLogger(__name__)


def set_muted(*, by: Participant, participant: Participant, muted: bool) -> None:
    """Silence somebody in care, or let them be heard again. Raises Refusal (over, not_a_leader, a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        one = Participant.objects.get(pk=participant.pk, room=doing.room)
        if muted and one.patient_id is None:
            raise Refusal(_("Staff mute themselves."), "a_leader")
        _mute(doing, [one], muted=muted)


def mute_others(*, by: Participant, but: Participant | None = None) -> Participant | None:
    """Silence everybody in care but one: `but`, else whoever has the turn, else whoever is heard now. Returns whom it spared.

    Raises Refusal (over, not_a_leader).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        members = list(doing.room.participants.filter(state=Participant.State.IN, patient__isnull=False))
        spared = but.pk if but else _speaker(doing)
        _mute(doing, [one for one in members if one.pk != spared and not one.is_muted], muted=True)
        return next((one for one in members if one.pk == spared), None)


def unmute_all(*, by: Participant) -> None:
    """Let everybody unmute themselves again. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        _mute(doing, list(doing.room.participants.filter(is_muted=True)), muted=False)


def _speaker(doing: Deed) -> int | None:
    turn = Turn.objects.filter(round__room=doing.room, round__ended_at=None, state=Turn.State.NOW).first()
    if turn:
        return turn.participant_id
    talking = TalkSpell.objects.filter(participant__room=doing.room, ended_at=None, participant__patient__isnull=False)
    return talking.order_by("began_at").values_list("participant", flat=True).first()


def _mute(doing: Deed, people: list[Participant], *, muted: bool) -> None:
    Participant.objects.bulk_update([_set(one, muted) for one in people], ["is_muted"])
    for one in people:
        doing.tell("people.changed", {"key": one.key, "muted": muted})
    beside = {
        spell.participant_id: MediaRoom(number=spell.beside.number, secret=spell.beside.secret)
        for spell in Spell.objects.filter(participant__in=people, kind=Spell.Kind.BESIDE, ended_at=None).select_related(
            "beside"
        )
    }
    here, name = media_room(doing.room), doing.room.backend
    where = [(beside.get(one.pk, here), one.key) for one in people]
    transaction.on_commit(lambda: _tell_media(name, where, muted=muted))


def _set(one: Participant, muted: bool) -> Participant:
    one.is_muted = muted
    return one


def _tell_media(name: str, where: list[tuple[MediaRoom, str]], *, muted: bool) -> None:
    """The media server is told once it is written down; away, it finds out when they join again."""
    from rooms.media import backend

    try:
        media = backend(name)
        for room, key in where:
            media.set_muted(room, key, muted=muted)
    except (MediaTrouble, RedisError, OSError):
        log.warning("The media server did not take a muting")
