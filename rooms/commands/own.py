"""What is one's own: away and back, one's own calls."""

from rooms.deeds import By
from rooms.live import command, part
from rooms.models import Call, Participant, Room, Spell
from rooms.services import calls, closing, presence_own


@command("own.away", By.ANYBODY_IN)
def away(by: Participant) -> None:
    presence_own.step_away(by=by)


@command("own.back", By.ANYBODY_IN)
def back(by: Participant) -> None:
    presence_own.come_back(by=by)


@part("own")
def own(room: Room, viewer: Participant) -> dict:
    """Whether they stepped away, and their own open calls. Two queries."""
    mine = (
        Call.objects.filter(participant=viewer, closed_at=None).exclude(kind=Call.Kind.HELP).select_related("taken_by")
    )
    return {
        "away": Spell.objects.filter(participant=viewer, kind=Spell.Kind.AWAY, ended_at=None).exists(),
        "calls": [calls.for_caller(call) for call in mine],
    }


@part("check")
def check(room: Room, viewer: Participant) -> dict:
    """Whether the closing check is open. One query at most."""
    return {"open": closing.is_check_open(room)}
