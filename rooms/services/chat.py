"""What people write to each other in a room. That it was written is kept; the words only where the program keeps them."""

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import wire
from rooms.deeds import By, Deed, deed
from rooms.models import Agreement, AgreementSignature, ChatLine, Keeps, Participant, Room
from rooms.services.passes import policy_of
from rooms.wire import ALL, LEADERS

LONGEST = 2000  # characters of one line


def all_agreed(room: Room) -> bool:
    """Whether everybody in care who was let in has signed the newest agreement. Without an agreement nobody has. Two queries."""
    program = room.session.group.program_id
    newest = Agreement.objects.filter(program=program, in_force_from__lte=timezone.localdate()).order_by("-version")
    agreement = newest.first()
    if agreement is None:
        return False
    patients = room.participants.filter(state=Participant.State.IN, patient__isnull=False).values("patient")
    signed = AgreementSignature.objects.filter(agreement=agreement).values("patient")
    return not patients.exclude(patient__in=signed).exists()


def may_keep_words(room: Room) -> bool:
    """Whether the words of the chat are kept at this moment: the program wants it, and everybody has agreed. Three queries."""
    return policy_of(room.session.group.program_id).chat_keeps == Keeps.TEXT and all_agreed(room)


def say(
    *,
    by: Participant,
    to: str,
    text: str,
    one: Participant | None = None,
    uid: uuid.UUID | None = None,
    told_kept: bool = False,
) -> ChatLine:
    """Write to all, to the leaders, or to one person. The leaders can be written to from the door too.

    uid: the page's own name for the line; the same again is the same line. told_kept: whether the page told the writer that
    words are kept; where it did not, these are not. Raises Refusal (reconnecting, over, removed, not_in, nothing_said, too_long,
    nobody, to_yourself, not_to_peers).
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refusal(_("Write something first."), "nothing_said", "text")
    if len(text) > LONGEST:
        raise Refusal(_("That is too long to send at once. Send it in parts."), "too_long", "text")
    wire.need_redis()
    with deed(by.room_id, by, By.ANYBODY if to == ChatLine.To.LEADERS else By.ANYBODY_IN) as doing:
        uid = uid or uuid.uuid4()
        if found := ChatLine.objects.filter(participant=doing.by, uid=uid).first():
            return found
        hearers, one = _hearers(doing, to, one)
        keeps = may_keep_words(doing.room)
        kept = keeps and told_kept
        line = ChatLine.objects.create(
            participant=doing.by, uid=uid, to=to, one=one, at=doing.now, text=text if kept else ""
        )
        doing.tell("chat.line", as_told(line) | {"text": text, "kept": kept, "keeps": keeps}, to=hearers)
        return line


def _hearers(doing: Deed, to: str, one: Participant | None) -> tuple[tuple[str, ...], Participant | None]:
    """Whom a line goes to, its writer among them."""
    me = doing.by
    if to == ChatLine.To.ALL:
        return ALL, None
    if to == ChatLine.To.LEADERS:
        return (*LEADERS, me.key), None
    found = Participant.objects.filter(pk=one.pk, room=doing.room).first() if one else None
    if found is None or found.state == Participant.State.REMOVED:
        raise Refusal(_("They are not in this session."), "nobody")
    if found == me:
        raise Refusal(_("That would go to yourself."), "to_yourself")
    if me.patient_id is not None:
        if not policy_of(doing.room.session.group.program_id).peer_chat:
            raise Refusal(_("Here you can write to everybody or to the leaders."), "not_to_peers")
        if not found.is_in:
            raise Refusal(_("They are not in this session."), "nobody")
    return (found.key, me.key), found


def as_told(line: ChatLine) -> dict:
    """A line as everybody who may see it is told of it: who wrote it, to whom, when, whether from the door, in which
    words (none where not kept)."""
    return {
        "id": str(line.uid),
        "from": line.participant.key,
        "name": line.participant.shown,
        "to": line.to,
        "one": line.one.key if line.one else None,
        "one_name": line.one.shown if line.one else None,
        "at": line.at.isoformat(),
        "door": line.participant.admitted_at is None or line.at < line.participant.admitted_at,
        "text": line.text,
    }
