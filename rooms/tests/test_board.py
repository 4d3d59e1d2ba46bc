"""The whiteboard: what may be drawn and by whom, twice being once; bounded; lost and put back."""

import pydantic
import pytest
from django.utils import timezone

from core.errors import Refusal
from rooms import wire
from rooms.models import Agreement, AgreementSignature, Handout, Participant, RoomPolicy
from rooms.services import board
from rooms.services.door import end_session
from rooms.services.passes import enter
from rooms.tests.live import house_on_air
from rooms.whiteboard import Add, Kept, Op, changed, drawn
from rooms.wire import redis_client

pytestmark = pytest.mark.django_db
_OP = pydantic.TypeAdapter(Op)


def op(kind: str, **given):
    return _OP.validate_python({"op": kind, **given})


def pen(number: int, points=(10, 10, 20, 20), **given) -> Add:
    return op("add", item={"id": f"{number:08x}", "kind": "pen", "color": "ink", "points": list(points), **given})


def note(number: int, text: str = "Hello") -> Add:
    return op("add", item={"id": f"{number:08x}", "kind": "note", "color": "yellow", "x": 40, "y": 60, "text": text})


@pytest.fixture
def three(settings) -> tuple[Participant, Participant, Participant]:
    """Alice, Pat and Quinn in a room with an open board."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    house, session = house_on_air()
    for user in (house.alice, house.pat.user, house.quinn.user):
        enter(user=user, session_uid=session.uid)
    Participant.objects.update(state="in", admitted_at=timezone.now())
    found = [Participant.objects.get(user=user) for user in (house.alice, house.pat.user, house.quinn.user)]
    redis_client().delete(board._place(found[0].room_id))
    board.set_board(by=found[0], is_open=True)
    yield tuple(found)
    redis_client().delete(board._place(found[0].room_id))


def code_of(deed, **given) -> str:
    with pytest.raises(Refusal) as refused:
        deed(**given)
    return refused.value.code


def test_what_is_drawn_twice_is_there_once_and_nothing_is_told_twice(three, django_capture_on_commit_callbacks):
    _alice, pat, _quinn = three
    ops = [pen(1), op("more", id="00000001", at=4, points=[30, 30]), note(2), op("move", id="00000002", x=50, y=70)]
    with wire.held_back() as told:
        for _again in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                board.draw(by=pat, ops=ops)
    assert len(told) == 1
    items, lost = board.whole(pat.room_id)
    assert not lost
    assert [(i["kind"], i["points"], i["x"], i["by"]) for i in items] == [
        ("pen", [10, 10, 20, 20, 30, 30], 0, pat.key),
        ("note", [], 50, pat.key),
    ]
    told_ops = told[0].news.data["ops"]
    assert [one["op"] for one in told_ops] == ["add", "more", "add", "move"]


def test_members_change_their_own_and_leaders_anything(three):
    alice, pat, quinn = three
    board.draw(by=pat, ops=[note(1)])
    for what in (op("gone", id="00000001"), op("move", id="00000001", x=1, y=1)):
        assert code_of(board.draw, by=quinn, ops=[what]) == "not_yours"
    board.draw(by=alice, ops=[op("edit", id="00000001", text="Hi", color="mint")])
    board.draw(by=pat, ops=[op("gone", id="00000001")])
    assert board.whole(pat.room_id)[0] == []
    board.draw(by=pat, ops=[op("back", id="00000001")])
    assert board.whole(pat.room_id)[0][0]["text"] == "Hi"
    assert code_of(board.clear, by=pat) == "not_a_leader"
    board.clear(by=alice)
    assert board.whole(pat.room_id) == ([], False)
    board.draw(by=pat, ops=[op("more", id="00000001", at=4, points=[1, 1])])  # of what was cleared: nothing


def test_the_leader_says_who_draws(three):
    alice, pat, _quinn = three
    board.set_board(by=alice, all_draw=False)
    assert code_of(board.draw, by=pat, ops=[pen(1)]) == "leaders_draw"
    board.draw(by=alice, ops=[pen(1)])
    board.set_board(by=alice, is_open=False)
    assert code_of(board.draw, by=alice, ops=[pen(2)]) == "board_closed"
    assert code_of(board.set_board, by=pat, is_open=True) == "not_a_leader"
    board.set_board(by=alice, is_open=True)
    assert len(board.whole(alice.room_id)[0]) == 1


def test_a_lost_board_is_put_back(three):
    alice, pat, quinn = three
    board.draw(by=pat, ops=[pen(1)])
    board.draw(by=quinn, ops=[pen(2)])
    had = [Kept.model_validate(item) for item in board.whole(pat.room_id)[0]]
    redis_client().delete(board._place(pat.room_id))
    assert board.whole(pat.room_id) == ([], True)
    assert not board.draw(by=pat, ops=[pen(3)])
    board.put_back(by=pat, items=had)  # what is theirs alone
    assert [i["id"] for i in board.whole(pat.room_id)[0]] == ["00000001"]
    board.put_back(by=alice, items=had)
    items, lost = board.whole(pat.room_id)
    assert [(i["id"], i["by"]) for i in items] == [("00000001", pat.key), ("00000002", quinn.key)]
    assert not lost


def test_it_is_bounded(three, monkeypatch):
    alice, pat, _quinn = three
    monkeypatch.setattr(board, "MOST_ITEMS", 5)
    for number in range(4):
        board.draw(by=pat, ops=[pen(number)])
    board.draw(by=pat, ops=[op("gone", id="00000000")])
    board.draw(by=pat, ops=[pen(10)])
    board.draw(by=pat, ops=[pen(11)])  # what was taken off made room
    assert code_of(board.draw, by=pat, ops=[pen(12)]) == "board_full"
    board.clear(by=alice)
    monkeypatch.setattr(board, "MOST_SIZE", 500)
    board.draw(by=pat, ops=[pen(1), pen(2)])
    assert code_of(board.draw, by=pat, ops=[pen(3), pen(4)]) == "board_full"


def test_redis_away_refuses_and_loses_nothing(three, settings):
    _alice, pat, _quinn = three
    board.draw(by=pat, ops=[pen(1)])
    here = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_client.cache_clear()
    try:
        assert code_of(board.draw, by=pat, ops=[pen(2)]) == "away"
        assert code_of(board.whole, room_id=pat.room_id) == "away"
    finally:
        settings.REDIS_URL = here
        redis_client.cache_clear()
    assert len(board.whole(pat.room_id)[0]) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"op": "add", "item": {"id": "x", "kind": "pen", "color": "ink", "points": [1, 1]}},
        {"op": "add", "item": {"id": "00000001", "kind": "pen", "color": "#fff", "points": [1, 1]}},
        {"op": "add", "item": {"id": "00000001", "kind": "pen", "color": "ink", "points": [1]}},
        {"op": "add", "item": {"id": "00000001", "kind": "pen", "color": "ink", "points": [1, 99999]}},
        {"op": "add", "item": {"id": "00000001", "kind": "rect", "color": "ink", "points": [1, 1]}},
        {"op": "add", "item": {"id": "00000001", "kind": "pen", "color": "ink", "points": [1, 1], "by": "me"}},
        {"op": "add", "item": {"id": "00000001", "kind": "note", "color": "yellow", "text": "x" * 281}},
        {"op": "add", "item": {"id": "00000001", "kind": "image", "color": "ink"}},
        {"op": "more", "id": "00000001", "at": 0, "points": [1] * 500},
        {"op": "clear"},
    ],
)
def test_nothing_else_is_taken(given):
    with pytest.raises(pydantic.ValidationError):
        _OP.validate_python(given)


def test_a_line_that_came_in_pieces_sent_twice_is_whole():
    item = pen(1, points=[0, 0]).item.model_dump()
    pieces = [op("more", id="00000001", at=2 * n, points=[n, n]) for n in range(1, 6)]
    for one in [pieces[0], pieces[0], pieces[1], pieces[0], pieces[2], pieces[4], pieces[3], pieces[4]]:
        item = changed(item, one) or item
    assert item["points"] == [n for number in range(6) for n in (number, number)]


def test_the_drawing_is_plain_svg_with_words_escaped():
    items = [
        pen(1).item.model_dump(),
        pen(2, points=[5, 5]).item.model_dump(),
        note(3, "A <b> & a long line of words that has to be broken\nnext").item.model_dump(),
        *(
            op(
                "add", item={"id": f"{n:08x}", "kind": kind, "color": "red", "points": [90, 80, 10, 20]}
            ).item.model_dump()
            for n, kind in enumerate(("line", "arrow", "rect", "ellipse"), 10)
        ),
    ]
    svg = drawn(items)
    assert "&lt;b&gt; &amp;" in svg and svg.count("<tspan") == 4
    assert '<rect x="10" y="20" width="80" height="60"' in svg
    assert svg.count("<polyline") == 5


def test_the_end_of_the_session_forgets_it(three, django_capture_on_commit_callbacks):
    alice, pat, _quinn = three
    board.draw(by=pat, ops=[pen(1)])
    with django_capture_on_commit_callbacks(execute=True):
        end_session(by=alice)
    assert not redis_client().exists(board._place(pat.room_id))


def test_it_is_kept_only_where_the_program_keeps_boards(three):
    alice, pat, quinn = three
    board.draw(by=pat, ops=[note(1, "A walk <3")])
    assert code_of(board.keep, by=pat, title="Ours") == "not_a_leader"
    assert code_of(board.keep, by=alice, title="Ours") == "not_kept"
    program = alice.room.session.group.program
    RoomPolicy.objects.update_or_create(program=program, defaults={"board_keeps": True})
    assert code_of(board.keep, by=alice, title="Ours") == "not_kept"  # not everybody has agreed
    agreement = Agreement.objects.create(
        program=program, version=9, text="We keep boards.", in_force_from=timezone.localdate(), written_by=alice.user
    )
    for one in (pat, quinn):
        AgreementSignature.objects.create(agreement=agreement, patient=one.patient, name=one.shown, at=timezone.now())
    board.keep(by=alice, title="Ours")
    kept = Handout.objects.get()
    assert kept.title == "Ours" and "A walk &lt;3" in kept.drawing
