"""The whiteboard: opened, drawn on, cleared, closed. What is drawn lives in Redis while the session runs, and nowhere else.

A Redis that was restarted has lost it: then pages put back what they still show, leaders all of it, others what is their own.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from django.db import transaction
from django.utils.translation import gettext as _
from redis import RedisError

from core.errors import Refusal
from rooms.deeds import By, Deed, deed, require
from rooms.models import Board, Participant
from rooms.services.handouts import keep_drawing
from rooms.services.passes import policy_of
from rooms.whiteboard import Add, Kept, changed, drawn
from rooms.wire import redis_client

KEPT_SECONDS = 3 * 3600  # without anything drawn
MOST_ITEMS, MOST_SIZE = 600, 400_000  # things; characters of all of them together
_SIZE = "size"  # characters of all of them; without it the board was lost
_PER_DEED = 64  # places above each other in one deed


def _place(room_id: int) -> str:
    return f"rooms:{room_id}:board"


@contextmanager
def _store() -> Iterator:
    """Redis, under the room's lock. Raises Refusal (away)."""
    try:
        yield redis_client()
    except (RedisError, OSError):
        raise Refusal(_("The board is reconnecting. Try again in a moment."), "away") from None


def set_board(
    *, by: Participant, is_open: bool | None = None, all_draw: bool | None = None, may_save: bool | None = None
) -> Board:
    """Open the board for all or close it, say who may draw and whether they may save a picture. None: as it was.

    A board that is closed can be opened again with what is on it. Raises Refusal (over, not_a_leader, away).
    """
    with deed(by.room_id, by, By.LEADER) as doing:
        board, made = Board.objects.get_or_create(room=doing.room, defaults={"opened_at": doing.now, "is_open": False})
        for name, value in (("is_open", is_open), ("all_draw", all_draw), ("may_save", may_save)):
            if value is not None:
                setattr(board, name, value)
        board.save(update_fields=["is_open", "all_draw", "may_save"])
        if made:
            with _store() as redis:
                _keep(redis, doing.room.pk, 0, {})
        doing.tell("board.now", as_told(board))
    return board


def as_told(board: Board | None) -> dict:
    """How the board stands, for everybody."""
    if board is None:
        return {"open": False, "all_draw": True, "may_save": False}
    return {"open": board.is_open, "all_draw": board.all_draw, "may_save": board.may_save}


def draw(*, by: Participant, ops: Sequence) -> bool:
    """Do something to what is on the board (`rooms.whiteboard`), in this order. Everybody sees it; twice is once.

    Those in care change what is their own, leaders anything. False where the board was lost: then all pages are asked to put it
    back, and this is to be done again. Raises Refusal (over, removed, not_in, board_closed, leaders_draw, board_full, not_yours,
    away).
    """
    with deed(by.room_id, by, By.ANYBODY_IN) as doing, _store() as redis:
        _may_draw(doing)
        ids = [op.item.id if isinstance(op, Add) else op.id for op in ops]
        size, *found = redis.hmget(_place(doing.room.pk), [_SIZE, *ids])
        if size is None:
            doing.tell("board.lost", {})
            return False
        known = {one: json.loads(text) for one, text in zip(ids, found, strict=True) if text}
        done = [told for n, op in enumerate(ops) if (told := _done(doing, known, op, n))]
        if done:
            _write(redis, doing.room.pk, int(size) - sum(len(text) for text in found if text), known)
            doing.tell("board.op", {"ops": done})
    return True


def _may_draw(doing: Deed) -> None:
    board = Board.objects.filter(room=doing.room).first()
    if board is None or not board.is_open:
        raise Refusal(_("The board is closed."), "board_closed")
    if not (board.all_draw or doing.by.is_leader):
        raise Refusal(_("Only the leaders draw at the moment."), "leaders_draw")


def _done(doing: Deed, known: dict[str, dict], op, n: int) -> dict | None:
    """Do one thing; what everybody is told of it, None for nothing."""
    if isinstance(op, Add):
        if op.item.id in known:
            return None
        place = (doing.room.seq + 1) * _PER_DEED + n
        known[op.item.id] = op.item.model_dump() | {"by": doing.by.key, "n": place}
        return {"op": "add", "item": known[op.item.id]}
    item = known.get(op.id)
    if item is None:
        return None  # cleared meanwhile
    if item["by"] != doing.by.key and not doing.by.is_leader:
        raise Refusal(_("That is somebody else’s."), "not_yours")
    after = changed(item, op)
    if after is None:
        return None
    known[op.id] = after
    return {"op": "back", "id": op.id, "item": after} if op.op == "back" else op.model_dump()


def _write(redis, room_id: int, size: int, items: dict[str, dict]) -> None:
    """Write these things. size: of all others. What was taken off makes room when it is needed. Raises Refusal (board_full)."""
    texts = {one: json.dumps(item) for one, item in items.items()}
    size += sum(map(len, texts.values()))
    if redis.hlen(_place(room_id)) + len(texts) > MOST_ITEMS or size > MOST_SIZE:
        others = {one: text for one, text in _texts(redis, room_id).items() if one not in texts}
        gone = [one for one, text in others.items() if json.loads(text).get("gone")]
        left = [text for one, text in others.items() if one not in gone]
        size = sum(map(len, left)) + sum(map(len, texts.values()))
        if len(left) + len(texts) > MOST_ITEMS or size > MOST_SIZE:
            raise Refusal(_("The board is full. Clear it to go on."), "board_full")
        if gone:
            redis.hdel(_place(room_id), *gone)
    _keep(redis, room_id, size, texts)


def _texts(redis, room_id: int) -> dict[str, str]:
    found = redis.hgetall(_place(room_id))
    return {one.decode(): text.decode() for one, text in found.items() if one.decode() != _SIZE}


def _keep(redis, room_id: int, size: int, texts: dict[str, str]) -> None:
    redis.hset(_place(room_id), mapping={_SIZE: size} | texts)
    redis.expire(_place(room_id), KEPT_SECONDS)


def clear(*, by: Participant) -> None:
    """Take everything off the board, for good. Raises Refusal (over, not_a_leader, away)."""
    with deed(by.room_id, by, By.LEADER) as doing, _store() as redis:
        redis.delete(_place(doing.room.pk))
        _keep(redis, doing.room.pk, 0, {})
        doing.tell("board.cleared", {})


def whole(room_id: int) -> tuple[list[dict], bool]:
    """What is on the board, the lowest first, and whether it was lost. Raises Refusal (away)."""
    with _store() as redis:
        texts = _texts(redis, room_id)
        lost = not texts and not redis.hexists(_place(room_id), _SIZE)
    items = [json.loads(text) for text in texts.values()]
    return sorted((item for item in items if not item.get("gone")), key=lambda item: item["n"]), lost


def put_back(*, by: Participant, items: Iterable[Kept]) -> None:
    """Put back what a page still shows of a board that was lost: a leader's all of it, another's what is their own.

    What is on the board already stays as it is. Raises Refusal (over, removed, not_in, board_closed, leaders_draw, board_full,
    away).
    """
    with deed(by.room_id, by, By.ANYBODY_IN) as doing, _store() as redis:
        _may_draw(doing)
        people = set(doing.room.participants.values_list("key", flat=True))
        fresh = {}
        for kept in items:
            item = kept.model_dump()
            if item["by"] != doing.by.key and not (doing.by.is_leader and item["by"] in people):
                continue
            fresh[item["id"]] = item
        size, *found = redis.hmget(_place(doing.room.pk), [_SIZE, *fresh])
        fresh = {one: item for (one, item), there in zip(fresh.items(), found, strict=True) if there is None}
        _write(redis, doing.room.pk, int(size or 0), fresh)
        if fresh:
            doing.tell("board.op", {"ops": [{"op": "add", "item": item} for item in fresh.values()]})


def keep(*, by: Participant, title: str) -> None:
    """Keep what is on the board as a handout of the session, where the program keeps boards.

    Raises Refusal (over, not_a_leader, not_kept, empty, away) and those of `keep_drawing`.
    """
    require(by, By.LEADER)
    if not policy_of(by.room.session.group.program_id).board_keeps:
        raise Refusal(_("Whiteboards are not kept here."), "not_kept")
    items, _lost = whole(by.room_id)
    if not items:
        raise Refusal(_("There is nothing on the board."), "empty")
    keep_drawing(by=by, title=title, svg=drawn(items))


def forget(doing: Deed) -> None:
    """The session is over: what was drawn is gone once this is committed. A Redis that is away forgets it by itself."""

    def gone() -> None:
        with suppress(RedisError, OSError):
            redis_client().delete(_place(doing.room.pk))

    transaction.on_commit(gone)
