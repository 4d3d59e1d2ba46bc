"""The whiteboard, over the socket."""

from pydantic import Field

from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Board, Participant, Room
from rooms.services import board
from rooms.services.passes import policy_of
from rooms.whiteboard import Kept, Op


class Settings(Asked):
    """What changes: open, who draws, whether pictures may be saved."""

    open: bool | None = None
    all_draw: bool | None = None
    may_save: bool | None = None


class Ops(Asked):
    """What is done to the board, in this order."""

    ops: list[Op] = Field(min_length=1, max_length=40)


class Lost(Asked):
    """What a page still shows."""

    items: list[Kept] = Field(max_length=200)


class Title(Asked):
    """What the handout is called."""

    title: str = Field(max_length=400)


@command("board.set", By.LEADER, Settings)
def set_board(by: Participant, asked: Settings) -> None:
    board.set_board(by=by, is_open=asked.open, all_draw=asked.all_draw, may_save=asked.may_save)


@command("board.op", By.ANYBODY_IN, Ops)
def op(by: Participant, asked: Ops) -> dict:
    return {"lost": not board.draw(by=by, ops=asked.ops)}


@command("board.get", By.ANYBODY_IN)
def get(by: Participant) -> dict:
    items, lost = board.whole(by.room_id)
    return {"items": items, "lost": lost}


@command("board.put", By.ANYBODY_IN, Lost)
def put(by: Participant, asked: Lost) -> None:
    board.put_back(by=by, items=asked.items)


@command("board.clear", By.LEADER)
def clear(by: Participant) -> None:
    board.clear(by=by)


@command("board.keep", By.LEADER, Title)
def keep(by: Participant, asked: Title) -> None:
    board.keep(by=by, title=asked.title)


@part("board")
def board_now(room: Room, viewer: Participant) -> dict:
    """Whether it is open, who draws, what may be saved or kept. What is drawn is asked for by "board.get". Two queries."""
    found = board.as_told(Board.objects.filter(room=room).first())
    if viewer.is_leader:
        found["keeps"] = policy_of(room.session.group.program_id).board_keeps
    return found
