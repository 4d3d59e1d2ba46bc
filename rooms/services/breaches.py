"""The log of guidelines that were not kept, and what was done about it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, deed
from rooms.models import Agreement, Breach, Participant, Room
from rooms.wire import LEADERS


def guidelines_of(room: Room) -> list[str]:
    """The guidelines of the agreement that is in force in the room's program, each a sentence. One query."""
    program = room.session.group.program_id
    found = Agreement.objects.filter(program=program, in_force_from__lte=timezone.localdate()).order_by("-version")
    return [str(line) for line in found.values_list("guidelines", flat=True).first() or []]


def log_breach(*, by: Participant, participant: Participant, guideline: str, text: str, done: str) -> Breach:
    """Write down which guideline somebody in care did not keep, what happened and what was done. It can't be changed later.

    Raises Refusal (over, not_a_leader, not_a_member, no_guideline, not_done).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        one = Participant.objects.get(pk=participant.pk, room=doing.room)
        if one.patient_id is None:
            raise Refusal(_("Guidelines are those of people in care."), "not_a_member")
        if not guideline.strip():
            raise Refusal(_("Choose the guideline, or name it in your own words."), "no_guideline", "guideline")
        if not done.strip():
            raise Refusal(_("Say what was done."), "not_done", "done")
        made = Breach.objects.create(
            participant=one,
            guideline=guideline.strip()[:200],
            text=text.strip(),
            done=done.strip(),
            at=doing.now,
            by=doing.by.user,
        )
        doing.tell("breach", as_json(made), to=LEADERS)
        return made


def as_json(breach: Breach) -> dict:
    """A breach as the leaders' list shows it: without what happened, which is read in the record."""
    return {
        "uid": str(breach.uid),
        "key": breach.participant.key,
        "name": breach.participant.shown,
        "guideline": breach.guideline,
        "at": breach.at.isoformat(),
    }
