"""Prompts: something to write about in silence, or a card with a question. What is written stays on the writer's page, until they
share it; what is shared goes to whom they choose and is kept nowhere."""

import secrets

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms import wire
from rooms.cards import cards_for
from rooms.deeds import By, Deed, deed
from rooms.models import Participant, Prompt
from rooms.wire import ALL, LEADERS

LONGEST = 400  # characters of a prompt
LONGEST_SHARED = 4000  # characters of what is shared


def draw_card(*, by: Participant, kind: str) -> str:
    """A card for this group that was not shown in its room yet: its text, for a leader to look at first.

    When all were shown it begins anew. kind: of Prompt.Kind. Three queries.
    """
    room = by.room
    shown = set(room.prompts.filter(kind=kind).values_list("text", flat=True))
    deck = [str(text) for text in cards_for(kind, room.session.group.kind)]
    return secrets.choice([text for text in deck if text not in shown] or deck)


def open_prompt(*, by: Participant, kind: str, text: str) -> Prompt:
    """Show everybody a prompt; one that was open is closed. Raises Refusal (over, not_a_leader, nothing_said, too_long)."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refusal(_("Write the prompt, or draw a card."), "nothing_said", "text")
    if len(text) > LONGEST:
        raise Refusal(_("That is too long. Say it in fewer words."), "too_long", "text")
    with deed(by.room_id, by, By.LEADER) as doing:
        doing.room.prompts.filter(closed_at=None).update(closed_at=doing.now)
        prompt = Prompt.objects.create(room=doing.room, kind=kind, text=text, opened_at=doing.now)
        doing.tell("prompt.open", as_told(prompt))
    return prompt


def close_prompt(*, by: Participant) -> None:
    """Take the open prompt away. What was written on a page stays on it. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        if doing.room.prompts.filter(closed_at=None).update(closed_at=doing.now):
            doing.tell("prompt.close", {})


def share_writing(*, by: Participant, prompt_id: int, text: str, to_all: bool) -> None:
    """Pass on what was written to a prompt of this session, to everybody or to the leaders. It is kept nowhere.

    Raises Refusal (reconnecting, over, not_in, nothing_said, too_long, no_prompt).
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refusal(_("Write something first."), "nothing_said", "text")
    if len(text) > LONGEST_SHARED:
        raise Refusal(_("That is too long to share at once."), "too_long", "text")
    wire.need_redis()
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        _share(doing, prompt_id, text, to_all=to_all)


def _share(doing: Deed, prompt_id: int, text: str, *, to_all: bool) -> None:
    prompt = doing.room.prompts.filter(pk=prompt_id).first()
    if prompt is None:
        raise Refusal(_("There is no such prompt here."), "no_prompt")
    shared = {
        "id": secrets.token_hex(8),
        "prompt": prompt.pk,
        "from": doing.by.key,
        "name": doing.by.shown,
        "to": "all" if to_all else "leaders",
        "text": text,
    }
    doing.tell("prompt.shared", shared, to=ALL if to_all else (*LEADERS, doing.by.key))


def as_told(prompt: Prompt) -> dict:
    """A prompt as everybody is told of it."""
    return {"id": prompt.pk, "kind": prompt.kind, "text": prompt.text}
