"""Somebody's connection was lost and did not come back: a leader calls after five minutes, and what came of it is written down
(CLINICAL_FACTS section 6). Members never hear of it."""

import datetime as dt

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, Deed, deed
from rooms.models import Connection, DropOut, Participant
from rooms.presence import GRACE
from rooms.services.passes import STAYS_OPEN
from rooms.services.presence import is_here
from rooms.wire import LEADERS

CALL_AFTER = dt.timedelta(minutes=5)
Outcome = DropOut.Outcome
# What a leader may say of how it ended; that somebody came back is seen by the house itself.
BY_LEADER = (Outcome.REACHED, Outcome.LEFT, Outcome.CONTACT, Outcome.WELFARE, Outcome.NOT_REACHED)
NEEDS_WORDS = (Outcome.CONTACT, Outcome.WELFARE, Outcome.NOT_REACHED)


def look(now: dt.datetime | None = None) -> int:
    """Open a drop-out of everybody who was lost longer than the grace, close those of whoever is back. Returns how many changed.

    One query for all rooms; several processes may do it at once.
    """
    moment = now or timezone.now()
    changed = 0
    for one in _candidates(moment):
        changed += _returned(one) if one.here else _dropped(one)
    return changed


def _candidates(now: dt.datetime):
    mine = Connection.objects.filter(participant=OuterRef("pk"))
    last = mine.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")
    dropped = DropOut.objects.filter(participant=OuterRef("pk"))
    leader_here = Connection.objects.open().filter(
        participant__room=OuterRef("room"), participant__part__in=[Participant.Part.LEAD, Participant.Part.CO]
    )
    people = Participant.objects.filter(
        state=Participant.State.IN,
        patient__isnull=False,
        room__ended_at=None,
        room__session__ends_at__gt=now - STAYS_OPEN,
    ).annotate(
        here=Exists(mine.filter(closed_at=None)),
        is_open=Exists(dropped.filter(ended_at=None)),
        lost_at=Subquery(last.values("closed_at")[:1]),
        why_closed=Subquery(last.values("why")[:1]),
        known_at=Subquery(dropped.order_by("-lost_at").values("lost_at")[:1]),
    )
    back = Q(here=True, is_open=True)
    lost = Q(here=False, is_open=False, why_closed=Connection.Why.LOST, lost_at__lt=now - GRACE)
    lost &= Q(known_at=None) | Q(known_at__lt=F("lost_at"))  # one loss, one card
    # Past the planned end only while a leader is still there: a room that nobody ended is no drop-out of everybody.
    lost &= Q(lost_at__lt=F("room__session__ends_at")) | Exists(leader_here)
    return people.filter(back | lost)


def _dropped(one: Participant) -> int:
    """Look again under the room's lock, and open it."""
    with deed(one.room_id, None, over_too=True) as doing:
        known = DropOut.objects.filter(Q(ended_at=None) | Q(lost_at__gte=one.lost_at), participant=one)
        if doing.room.is_over or is_here(one) or known.exists():
            return 0
        made = DropOut.objects.create(participant=one, lost_at=one.lost_at)
        doing.tell("drop_out", as_json(made), to=LEADERS)
        return 1


def _returned(one: Participant) -> int:
    with deed(one.room_id, None, over_too=True) as doing:
        found = DropOut.objects.filter(participant=one, ended_at=None).select_related("participant__patient").first()
        if found is None or not is_here(one):
            return 0
        found.ended_at, found.outcome = doing.now, Outcome.RETURNED
        found.save(update_fields=["ended_at", "outcome"])
        doing.tell("drop_out", as_json(found), to=LEADERS)
        return 1


def note_called(*, by: Participant, drop_out: DropOut) -> DropOut:
    """A leader called the number: who and when is written down, once. Raises Refusal (not_a_leader, ended)."""
    with deed(by.room_id, by, By.LEADER, over_too=True) as doing:
        found = _open(doing, drop_out)
        if found.called_at is None:
            found.called_at, found.called_by = doing.now, doing.by.user
            found.save(update_fields=["called_at", "called_by"])
            doing.tell("drop_out", as_json(found), to=LEADERS)
        return found


def end_drop_out(*, by: Participant, drop_out: DropOut, outcome: str, text: str = "") -> DropOut:
    """Say how it ended. Where somebody else was called, or nobody was reached, in words too.

    Raises Refusal (not_a_leader, ended, no_outcome, no_words).
    """
    with deed(by.room_id, by, By.LEADER, over_too=True) as doing:
        found = _open(doing, drop_out)
        if outcome not in BY_LEADER:
            raise Refusal(_("Choose how it ended."), "no_outcome", "outcome")
        if outcome in NEEDS_WORDS and not text.strip():
            raise Refusal(_("Say in a few words what was done. It stays on the record."), "no_words", "text")
        if found.called_at is None and outcome != Outcome.LEFT:
            found.called_at, found.called_by = doing.now, doing.by.user
        found.ended_at, found.outcome, found.text = doing.now, outcome, text.strip()
        found.save(update_fields=["called_at", "called_by", "ended_at", "outcome", "text"])
        doing.tell("drop_out", as_json(found), to=LEADERS)
        return found


def _open(doing: Deed, drop_out: DropOut) -> DropOut:
    found = (
        DropOut.objects.filter(participant__room=doing.room)
        .select_related("participant__patient", "called_by")
        .get(pk=drop_out.pk)
    )
    if found.ended_at:
        raise Refusal(_("This has ended: %(outcome)s.") % {"outcome": found.get_outcome_display()}, "ended")
    return found


def as_json(one: DropOut) -> dict:
    """A drop-out as leaders know it, without numbers and addresses: those are read in the record, and that is logged."""
    return {
        "uid": str(one.uid),
        "key": one.participant.key,
        "name": one.participant.shown,
        "lost_at": one.lost_at.isoformat(),
        "call_at": (one.lost_at + CALL_AFTER).isoformat(),
        "called_at": one.called_at and one.called_at.isoformat(),
        "called_by": one.called_by.first_name if one.called_by else "",
        "outcome": one.outcome,
    }
