"""Calls to the leaders: somebody is not OK, something technical is wrong, a room beside wants help. They go to the leaders at
once, and to nobody else; the caller alone is told that they came."""

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, Deed, deed
from rooms.models import Call, Participant
from rooms.wire import LEADERS

LONGEST = 2000  # characters of one person's words in one call


def call_leaders(*, by: Participant, kind: Call.Kind, text: str = "") -> Call:
    """Call the leaders, from the door too. While a call of the kind is open another press opens none; new words are added to it.

    Raises Refusal (over, removed).
    """
    with deed(by.room_id, by, By.ANYBODY) as doing:
        words = text.strip()
        call = Call.objects.filter(participant=doing.by, kind=kind, closed_at=None).first()
        if call is None:
            call = Call.objects.create(participant=doing.by, kind=kind, text=words[:LONGEST], at=doing.now)
        elif words and words not in call.text.split("\n"):
            call.text = f"{call.text}\n{words}".strip()[:LONGEST]
            call.save(update_fields=["text"])
        _tell(doing, call)
        return call


def take_call(*, by: Participant, call: Call) -> Call:
    """Take a call on: the other leaders and the caller see who comes. Raises Refusal (over, not_a_leader, closed, taken)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        found = _open(doing, call)
        if found.taken_at and found.taken_by_id != doing.by.user_id:
            raise Refusal(_("%(name)s has taken this on.") % {"name": found.taken_by.first_name}, "taken")
        if not found.taken_at:
            found.taken_at, found.taken_by = doing.now, doing.by.user
            found.save(update_fields=["taken_at", "taken_by"])
            _tell(doing, found)
        return found


def close_call(*, by: Participant, call: Call, outcome: str) -> Call:
    """Close a call with what was done, which somebody who is not OK is owed; also once the session is over. Whoever closes it has
    taken it on. Raises Refusal (not_a_leader, closed, no_outcome)."""
    with deed(by.room_id, by, By.LEADER, over_too=True) as doing:
        found = _open(doing, call)
        if found.kind == Call.Kind.NOT_OK and not outcome.strip():
            raise Refusal(_("Say in a few words what was done. It stays on the record."), "no_outcome", "outcome")
        if not found.taken_at:
            found.taken_at, found.taken_by = doing.now, doing.by.user
        found.closed_at, found.outcome = doing.now, outcome.strip()[:LONGEST]
        found.save(update_fields=["taken_at", "taken_by", "closed_at", "outcome"])
        _tell(doing, found)
        return found


def take_back(*, by: Participant, kind: Call.Kind) -> None:
    """The caller says that it is solved: a technical trouble, help in a room beside. That somebody is not OK, a leader closes.

    Raises Refusal (over, removed, a_leader_closes). Does nothing when no call is open.
    """
    with deed(by.room_id, by, By.ANYBODY) as doing:
        if kind == Call.Kind.NOT_OK:
            raise Refusal(_("A leader looks in on you before this is closed."), "a_leader_closes")
        found = Call.objects.filter(participant=doing.by, kind=kind, closed_at=None).first()
        if found is None:
            return
        found.closed_at, found.outcome = doing.now, _("They said that it is solved.")
        found.save(update_fields=["closed_at", "outcome"])
        _tell(doing, found)


def _open(doing: Deed, call: Call) -> Call:
    found = (
        Call.objects.filter(participant__room=doing.room)
        .select_related("participant__patient", "taken_by")
        .get(pk=call.pk)
    )
    if found.closed_at:
        raise Refusal(_("This is closed already."), "closed")
    return found


def _tell(doing: Deed, call: Call) -> None:
    doing.tell("call", for_leaders(call), to=LEADERS)
    doing.tell("own.call", for_caller(call), to=(call.participant.key,))


def for_leaders(call: Call) -> dict:
    """A call as leaders know it: everything but what was done."""
    patient = call.participant.patient
    return {
        "uid": str(call.uid),
        "key": call.participant.key,
        "name": call.participant.shown,
        "patient": patient and str(patient.uid),
        "kind": call.kind,
        "text": call.text,
        "at": call.at.isoformat(),
        "taken_by": call.taken_by.first_name if call.taken_by else "",
        "closed": call.closed_at is not None,
    }


def for_caller(call: Call) -> dict:
    """A call as whoever made it knows it: that it came, and who comes."""
    return {
        "kind": call.kind,
        "at": call.at.isoformat(),
        "taken_by": call.taken_by.first_name if call.taken_by else "",
        "closed": call.closed_at is not None,
    }
