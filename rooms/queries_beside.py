"""Rooms beside, as leaders and as the people in them may know them."""

from django.db.models import Q

from rooms.models import Apart, Beside, Call, Participant, Place, Room, Spell


def pairs_apart(room: Room) -> list[tuple[int, int]]:
    """Patients of the room's group who are kept apart now. For leaders alone. One query."""
    return list(
        Apart.objects.filter(group=room.session.group_id, ended_at=None)
        .order_by("pk")
        .values_list("one_id", "other_id")
    )


def for_leaders(room: Room) -> dict:
    """All rooms beside: who goes where, who is where, who calls for help, and who of those in the room are kept apart.
    Six queries."""
    besides = list(Beside.objects.filter(room=room, closed_at=None))
    inside: dict[int, list[str]] = {}
    spells = Spell.objects.filter(participant__room=room, kind=Spell.Kind.BESIDE, ended_at=None)
    for beside_id, key in spells.order_by("pk").values_list("beside_id", "participant__key"):
        inside.setdefault(beside_id, []).append(key)
    placed: dict[int, list[str]] = {}
    places = Place.objects.filter(participant__room=room, beside__closed_at=None)
    for beside_id, key in places.order_by("pk").values_list("beside_id", "participant__key"):
        placed.setdefault(beside_id, []).append(key)
    helps = Call.objects.filter(participant__room=room, kind=Call.Kind.HELP, closed_at=None)
    people = {p.patient_id: p.key for p in room.participants.filter(patient__isnull=False, state=Participant.State.IN)}
    return {
        "rooms": [
            {
                "id": one.pk,
                "name": one.name,
                "open": one.opened_at is not None,
                "closes_at": one.closes_at and one.closes_at.isoformat(),
                "inside": inside.get(one.pk, []),
                "placed": placed.get(one.pk, []),
            }
            for one in besides
            if not one.is_private
        ],
        "private": [
            {"id": one.pk, "inside": inside.get(one.pk, []), "told": one.is_told} for one in besides if one.is_private
        ],
        "help": [
            {
                "key": call.participant.key,
                "name": call.participant.shown,
                "at": call.at.isoformat(),
                "taken_by": call.taken_by.first_name if call.taken_by else "",
            }
            for call in helps.select_related("participant", "taken_by")
        ],
        "apart": [
            [people[one], people[other]] for one, other in pairs_apart(room) if one in people and other in people
        ],
    }


def for_one(beside: Beside | None) -> dict | None:
    """The room beside that somebody is in, as they know it. None: they are in the room itself. No query."""
    if beside is None:
        return None
    return {
        "id": beside.pk,
        "name": beside.name,
        "private": beside.is_private,
        "told": beside.is_told,
        "closes_at": beside.closes_at and beside.closes_at.isoformat(),
    }


def whereabouts(one: Participant) -> Spell | None:
    """Their stretch in the room beside that they are in now, with that room. One query."""
    return Spell.objects.filter(participant=one, kind=Spell.Kind.BESIDE, ended_at=None).select_related("beside").first()


def supported(room: Room) -> list[str]:
    """Keys of those who are with a leader in a private room and agreed that the others may know. One query."""
    told = Spell.objects.filter(
        Q(participant__patient__isnull=False),
        participant__room=room,
        kind=Spell.Kind.BESIDE,
        ended_at=None,
        beside__is_told=True,
    )
    return list(told.values_list("participant__key", flat=True))


def has_called(one: Participant) -> bool:
    """Whether a call of theirs for a leader is open. One query."""
    return Call.objects.filter(participant=one, kind=Call.Kind.HELP, closed_at=None).exists()
