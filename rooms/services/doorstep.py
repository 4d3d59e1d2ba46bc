"""How somebody at the door looks to the leaders, and what still stands in the way of letting them in.

Addresses and numbers are not here: they never go over the wire. The card has them, by a page that puts the reading on record.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from rooms.models import AgreementSignature, Connection, Participant, Room
from rooms.services.agreements import in_force
from scheduling.services.licences import licensed_staff, licensed_states

AT_THE_DOOR = (Participant.State.PREPARING, Participant.State.WAITING)


def doorstep(room: Room, states: Iterable[str] = (*AT_THE_DOOR, Participant.State.REMOVED)) -> list[dict]:
    """Who is at the door, the longest first, and who was put out. Four queries at most, however many."""
    return _rows(room, room.participants.filter(state__in=states, patient__isnull=False))


def row_of(room: Room, one: Participant) -> dict:
    """One of them, as the others' list shows them. Four queries at most."""
    return _rows(room, room.participants.filter(pk=one.pk))[0]


def _rows(room: Room, people) -> list[dict]:
    session = room.session
    agreement = in_force(session.group.program_id)
    signed = AgreementSignature.objects.filter(agreement=agreement, patient=OuterRef("patient"))
    found = list(
        people.annotate(
            has_signed=Exists(signed), here=Exists(Connection.objects.open().filter(participant=OuterRef("pk")))
        )
        .order_by("knocked_at", "came_at")
        .values(
            *("key", "shown", "part", "state", "here", "knocked_at", "has_signed"),
            *("arrival__given_at", "arrival__state", "arrival__is_private"),
            *("arrival__confirmed_at", "arrival__confirmed_by__first_name"),
        )
    )
    covered = licensed_states(session) if found else set()
    gaps = {p["arrival__state"] for p in found if p["arrival__given_at"]} - covered
    elsewhere = licensed_staff(session.group.program, gaps)
    return [_row(p, agreement is None or p["has_signed"], covered, elsewhere) for p in found]


def _row(one: dict, has_signed: bool, covered: set[str], elsewhere: dict) -> dict:
    given, state = one["arrival__given_at"], one["arrival__state"]
    stop = "no_arrival" if not given else "not_signed" if not has_signed else ""
    if not stop and state not in covered:
        stop = "not_licensed"
    confirmed = one["arrival__confirmed_at"]
    return {
        "key": one["key"],
        "name": one["shown"],
        "part": one["part"],
        "state": one["state"],
        "here": one["here"],
        "knocked_at": one["knocked_at"] and one["knocked_at"].isoformat(),
        "place": state or "",
        "private": one["arrival__is_private"],
        "confirmed_at": confirmed and confirmed.isoformat(),
        "confirmed_by": one["arrival__confirmed_by__first_name"] or "",
        "stop": stop,
        "licensed": [str(user) for user in elsewhere.get(state, ())] if stop == "not_licensed" else [],
    }
