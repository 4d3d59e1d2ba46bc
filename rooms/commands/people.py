"""Who is in the room, and who is at its door."""

from rooms.live import part
from rooms.models import Participant, Room, Spell
from rooms.services.passes import policy_of
from rooms.services.presence import with_presence


@part("people")
def people(room: Room, viewer: Participant) -> list[dict]:
    """Everybody who was let in and is here, by how they want to be called. Leaders also see who was here and is not now. Whoever
    is in a private room is away for all but the leaders and who is with them. Two queries."""
    found = list(with_presence(room.participants.filter(state=Participant.State.IN)))
    spells = {
        (s.participant_id, s.kind): s
        for s in Spell.objects.filter(participant__room=room, ended_at=None).select_related("beside")
    }
    own = spells.get((viewer.pk, Spell.Kind.BESIDE))
    shown = []
    for one in found:
        if not one.here and not viewer.is_leader:
            continue
        beside = spells.get((one.pk, Spell.Kind.BESIDE))
        hidden = (
            beside is not None
            and beside.beside.is_private
            and not viewer.is_leader
            and (own is None or own.beside_id != beside.beside_id)
        )
        shown.append(
            {
                "key": one.key,
                "name": one.shown,
                "part": one.part,
                "here": one.here,
                "muted": one.is_muted,
                "away": hidden or (one.pk, Spell.Kind.AWAY) in spells,
                "beside": None if hidden or beside is None else beside.beside_id,
            }
        )
    return shown


@part("room")
def room_itself(room: Room, viewer: Participant) -> dict:
    """Times and state of the room, and what its program asks of cameras. One query."""
    session = room.session
    return {
        "backend": room.backend,
        "locked": room.is_locked,
        "began_at": room.began_at and room.began_at.isoformat(),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "title": session.title,
        "camera": policy_of(session.group.program_id).camera,
    }
