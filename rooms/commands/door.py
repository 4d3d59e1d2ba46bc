"""The door, over the socket."""

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Room
from rooms.services import arrivals, door
from rooms.services.doorstep import doorstep


class Somebody(Asked):
    """Who is meant, by their key."""

    key: str


class WithReason(Somebody):
    """Who is put out or taken back, and why."""

    why: str = ""


class Words(Somebody):
    """Who is not let in now, and what they read."""

    words: str = ""


class Lock(Asked):
    """Whether it is locked."""

    locked: bool


class Everybody(Asked):
    """Everybody who knocked, or only those whose name and address a leader heard."""

    confirmed: bool = False


class Aloud(Somebody):
    """Whether a leader heard them say name and address, and when what they looked at was given."""

    aloud: bool
    said: str = ""


class Help(Somebody):
    """The help near the place somebody is at."""

    local_emergency: str = ""
    nearest_ed: str = ""


def somebody(by: Participant, key: str) -> Participant:
    """The person of the room whom a key names. Raises Refusal (nobody)."""
    found = Participant.objects.filter(room=by.room_id, key=key).first()
    if found is None:
        raise Refusal(_("They are not in this session."), "nobody")
    return found


@command("door.knock", By.ANYBODY)
def knock(by: Participant) -> None:
    door.knock(by=by)


@command("door.admit", By.LEADER, Somebody)
def admit(by: Participant, asked: Somebody) -> None:
    door.admit(by=by, participant=somebody(by, asked.key))


@command("door.admit_all", By.LEADER, Everybody)
def admit_all(by: Participant, asked: Everybody) -> dict:
    done = door.admit_all(by=by, only_confirmed=asked.confirmed)
    return {"count": done.count, "kept": [{"key": key, "message": str(why.message)} for key, why in done.kept]}


@command("door.turn_away", By.LEADER, Words)
def turn_away(by: Participant, asked: Words) -> None:
    door.turn_away(by=by, participant=somebody(by, asked.key), words=asked.words)


@command("door.confirm", By.LEADER, Aloud)
def confirm(by: Participant, asked: Aloud) -> None:
    arrivals.confirm(by=by, participant=somebody(by, asked.key), aloud=asked.aloud, said=asked.said)


@command("door.help", By.LEADER, Help)
def note_help(by: Participant, asked: Help) -> None:
    arrivals.note_help(
        by=by,
        participant=somebody(by, asked.key),
        local_emergency=asked.local_emergency,
        nearest_ed=asked.nearest_ed,
    )


@command("door.remove", By.LEADER, WithReason)
def remove(by: Participant, asked: WithReason) -> None:
    door.remove(by=by, participant=somebody(by, asked.key), why=asked.why)


@command("door.readmit", By.LEADER, WithReason)
def readmit(by: Participant, asked: WithReason) -> None:
    door.readmit(by=by, participant=somebody(by, asked.key), why=asked.why)


@command("door.lock", By.LEADER, Lock)
def lock(by: Participant, asked: Lock) -> None:
    door.set_locked(by=by, locked=asked.locked)


@command("room.end", By.LEADER)
def end(by: Participant) -> None:
    door.end_session(by=by)


@part("door")
def at_the_door(room: Room, viewer: Participant) -> list[dict]:
    """For leaders: who is at the door, the longest first, and who was put out. Four queries at most."""
    return doorstep(room) if viewer.is_leader else []
