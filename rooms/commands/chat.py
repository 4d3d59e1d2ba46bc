"""Chat, over the socket. Words that are not kept come as news alone: the picture has that they were written."""

import datetime as dt
import uuid
from typing import Literal

from django.db.models import Q
from django.utils import timezone

from rooms.commands.door import somebody
from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import ChatLine, Participant, Room
from rooms.services import chat
from rooms.services.passes import policy_of
from rooms.wire import LOG_SECONDS

MOST = 200  # kept lines that a page starts with


class Line(Asked):
    """What is written, to whom; key: to which person. kept: whether the page says that words are kept."""

    to: Literal["all", "leaders", "one"]
    text: str
    key: str | None = None
    id: uuid.UUID | None = None
    kept: bool = False


@command("chat.say", By.ANYBODY, Line)
def say(by: Participant, asked: Line) -> dict:
    one = somebody(by, asked.key) if asked.to == ChatLine.To.ONE and asked.key else None
    line = chat.say(by=by, to=asked.to, text=asked.text, one=one, uid=asked.id, told_kept=asked.kept)
    return {"id": str(line.uid)}


@part("chat")
def written(room: Room, viewer: Participant) -> dict:
    """Whether words are kept, to whom this person may write, the kept lines they may see, how many lines they could see in
    all, and which lines of theirs of the last quarter of an hour arrived. Six queries, four where words are not kept."""
    policy = policy_of(room.session.group.program_id)
    seen = ChatLine.objects.filter(participant__room=room).filter(_seen_by(viewer))
    lines = seen.exclude(text="").select_related("participant", "one").order_by("-at", "-pk")[:MOST]
    lately = timezone.now() - dt.timedelta(seconds=LOG_SECONDS)
    mine = ChatLine.objects.filter(participant=viewer, at__gte=lately).values_list("uid", flat=True)
    return {
        "keeps": chat.may_keep_words(room),
        "peers": policy.peer_chat or viewer.patient_id is None,
        "lines": [chat.as_told(line) | {"kept": True} for line in reversed(lines)],
        "count": seen.count(),
        "mine": [str(uid) for uid in mine],
    }


def _seen_by(viewer: Participant) -> Q:
    """Which lines somebody may see: those in care not what was written to all before they were let in."""
    own = Q(participant=viewer) | Q(one=viewer)
    if viewer.is_leader:
        return own | Q(to__in=[ChatLine.To.ALL, ChatLine.To.LEADERS])
    return own | Q(to=ChatLine.To.ALL, at__gte=viewer.admitted_at)
