"""Rooms beside and the board, over real sockets to the live process."""

import datetime as dt
import threading

import pytest
from django.utils import timezone

from rooms.models import Beside, Connection, Participant, Spell
from rooms.tests.live import Page, let_in, settled
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def three(on_air) -> tuple[Page, Page, Page]:
    """Alice, Pat and Quinn, in and connected."""
    live, house, session = on_air
    let_in(house, session)
    found = [Page(live, user, session) for user in (house.alice, house.pat.user, house.quinn.user)]
    for page in found:
        page.until("state")
        page.key = page.state["me"]["key"]
    return tuple(found)


def rooms_of(page: Page) -> list[dict]:
    """The rooms beside, as a leader heard of them last."""
    settled(page)
    return [said["d"]["rooms"] for said in page.told if said.get("k") == "beside.rooms"][-1]


def moves_of(page: Page) -> list[str | None]:
    """Where somebody was taken, in order, as far as they heard."""
    return [(said["d"]["beside"] or {}).get("name") for said in page.told if said.get("k") == "you.moved"]


def test_open_move_help_close_with_presence_unbroken(three):
    alice, pat, quinn = three
    connected = list(Connection.objects.order_by("pk").values_list("pk", "opened_at", "closed_at"))
    alice.do("beside.make", count=2, how="hand")
    one, two = rooms_of(alice)
    alice.do("beside.place", key=pat.key, beside=one["id"])
    alice.do("beside.place", key=quinn.key, beside=two["id"])
    alice.do("beside.open", minutes=15)
    assert pat.until("you.moved")["d"]["beside"]["name"] == "Room 1"
    quinn.do("beside.help")
    settled(alice)
    assert [said["d"]["help"] for said in alice.told if said.get("k") == "beside.rooms"][-1][0]["key"] == quinn.key
    alice.do("beside.say", text="Two more minutes of thought")
    assert pat.until("beside.word")["d"] == {"text": "Two more minutes of thought", "from": "Alice"}
    alice.do("beside.coming", key=quinn.key)
    alice.do("beside.visit", beside=two["id"])
    alice.do("beside.place", key=pat.key, beside=two["id"])
    assert pat.ask("beside.close")["no"]["code"] == "not_a_leader"
    alice.do("beside.close")
    settled(alice, pat, quinn)
    assert moves_of(pat) == ["Room 1", "Room 2", None]
    assert moves_of(quinn) == ["Room 2", None]
    assert moves_of(alice) == ["Room 2", None]
    heard = [said["d"] for said in quinn.told if said.get("k") == "beside.help"]
    assert heard == [
        {"called": True, "coming": ""},
        {"called": True, "coming": "Alice"},
        {"called": False},
    ]
    assert list(Connection.objects.order_by("pk").values_list("pk", "opened_at", "closed_at")) == connected
    assert not Spell.objects.filter(ended_at=None).exists()


def test_two_leaders_press_open_and_close_at_once(three, on_air):
    """Whichever comes first: nobody is left in a room that is closed, nobody is in two, and everybody heard the same.

    What becomes of them without the room’s lock: test_beside_races.py."""
    alice, pat, quinn = three
    live, house, session = on_air
    again = Page(live, house.alice, session)
    again.until("state")
    for _n in range(5):
        alice.do("beside.make", count=2, how="chance")
        asked = [
            threading.Thread(target=page.ask, args=(what,))
            for page, what in ((alice, "beside.open"), (again, "beside.close"))
        ]
        for one in asked:
            one.start()
        for one in asked:
            one.join()
        is_open = Beside.objects.filter(closed_at=None, opened_at__isnull=False).exists()
        assert Spell.objects.filter(ended_at=None).count() == (2 if is_open else 0)
        assert not Spell.objects.filter(ended_at=None, beside__closed_at__isnull=False).exists()
        alice.do("beside.close")
        alice.do("beside.drop")
    settled(alice, pat, quinn)
    for page in (pat, quinn):
        moves = moves_of(page)
        assert len(moves) % 2 == 0 and moves[1::2] == [None] * (len(moves) // 2) and None not in moves[0::2]


def test_time_is_over_with_the_leader_gone(three):
    alice, pat, quinn = three
    alice.do("beside.make", count=1, how="chance")
    alice.do("beside.open", minutes=1)
    alice.close()
    Beside.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
    wait_for(lambda: not Spell.objects.filter(ended_at=None).exists(), seconds=15, why="nobody was brought back")
    for page in (pat, quinn):
        while page.until("you.moved")["d"]["beside"]:
            pass
    assert moves_of(pat) == moves_of(quinn) == ["Room 1", None]
    assert Connection.objects.open().count() == 2


def test_a_board_is_the_same_for_all_and_for_whoever_comes_late(three, on_air):
    alice, pat, quinn = three
    live, house, session = on_air
    assert pat.ask("board.op", ops=[{"op": "gone", "id": "0000000a"}])["no"]["code"] == "board_closed"
    alice.do("board.set", open=True)
    pages = dict(zip("apq", three, strict=True))

    def draw(letter: str) -> None:
        page = pages[letter]
        for n in range(10):
            item = {"id": f"{ord(letter):04x}{n:04x}", "kind": "pen", "color": "ink", "points": [n, n]}
            page.do("board.op", ops=[{"op": "add", "item": item}])
            page.do("board.op", ops=[{"op": "more", "id": item["id"], "at": 2, "points": [n + 1, n + 1]}])

    drawing = [threading.Thread(target=draw, args=(letter,)) for letter in pages]
    for one in drawing:
        one.start()
    for one in drawing:
        one.join()
    settled(alice, pat, quinn)
    heard = [[op for said in page.told if said.get("k") == "board.op" for op in said["d"]["ops"]] for page in three]
    assert heard[0] == heard[1] == heard[2] and len(heard[0]) == 60
    pat.do("board.op", ops=[{"op": "gone", "id": f"{ord('p'):04x}0003"}])

    late = Page(live, house.quinn.user, session)
    late.until("state")
    found = late.do("board.get")
    order = [op["item"]["id"] for op in heard[0] if op["op"] == "add" and op["item"]["id"] != f"{ord('p'):04x}0003"]
    assert [item["id"] for item in found["items"]] == order
    assert not found["lost"]
    assert quinn.ask("board.op", ops=[{"op": "gone", "id": f"{ord('p'):04x}0004"}])["no"]["code"] == "not_yours"
    assert late.ask("board.op", ops=[{"op": "add", "item": {"id": "zz"}}])["no"]["code"] == "not_understood"
    assert "board" in late.state and "items" not in late.state["board"]
    assert Participant.objects.count() == 3
