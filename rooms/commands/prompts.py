"""Prompts and cards, over the socket. What is written to them is never in the picture."""

from typing import Literal

from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Prompt, Room
from rooms.services import prompts


class Card(Asked):
    """Which kind of card is drawn."""

    kind: Prompt.Kind


class Shown(Card):
    """A prompt to show."""

    text: str


class Writing(Asked):
    """What somebody shares of what they wrote, to which prompt, with whom."""

    id: int
    text: str
    to: Literal["all", "leaders"]


@command("prompt.draw", By.LEADER, Card)
def draw(by: Participant, asked: Card) -> dict:
    return {"text": prompts.draw_card(by=by, kind=asked.kind)}


@command("prompt.open", By.LEADER, Shown)
def open_one(by: Participant, asked: Shown) -> dict:
    return {"id": prompts.open_prompt(by=by, kind=asked.kind, text=asked.text).pk}


@command("prompt.close", By.LEADER)
def close(by: Participant) -> None:
    prompts.close_prompt(by=by)


@command("prompt.share", By.ANYBODY_IN, Writing)
def share(by: Participant, asked: Writing) -> None:
    prompts.share_writing(by=by, prompt_id=asked.id, text=asked.text, to_all=asked.to == "all")


@part("prompts")
def open_now(room: Room, viewer: Participant) -> dict:
    """The prompt that is open. One query."""
    found = room.prompts.filter(closed_at=None).first()
    return {"open": prompts.as_told(found) if found else None}
