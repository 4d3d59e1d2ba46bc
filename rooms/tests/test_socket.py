"""The room's socket, with real connections to the live process: who gets in, what they hear, in which order."""

import pytest
from websockets.exceptions import InvalidStatus

from rooms.models import Connection, Participant
from rooms.tests.live import Page, let_in, say_where, settled
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")


def test_a_leader_is_in_at_once_and_a_member_waits(on_air):
    live, house, session = on_air
    alice = Page(live, house.alice, session)
    alice.until("state")
    assert alice.state["me"]["leads"] and alice.state["me"]["state"] == "in"
    assert [p["name"] for p in alice.state["people"]] == ["Alice"]

    pat = Page(live, house.pat.user, session)
    pat.until("state")
    assert set(pat.state) == {"me", "over"} and pat.state["me"]["state"] == "preparing"
    assert pat.ask("door.knock")["no"]["code"] == "no_arrival"
    say_where(Participant.objects.get(patient=house.pat))
    pat.do("door.knock")
    knock = alice.until("door.knock")
    assert knock["d"]["name"] == house.pat.display_name
    alice.do("door.admit", key=knock["d"]["key"])
    pat.becomes("in")
    assert {p["name"] for p in pat.state["people"]} == {"Alice", "Pat"}

    alice.do("door.remove", key=knock["d"]["key"], why="Shared a screen of the room")
    assert pat.until("you")["d"] == {"state": "removed"}
    again = Page(live, house.pat.user, session)
    assert again.hear()["d"]["code"] == "removed"


@pytest.mark.parametrize("who", ["charlie", "robin", "coordinator", "admin", None])
def test_a_link_is_useless_to_anybody_else(on_air, who):
    live, house, session = on_air
    found = getattr(house, who) if who else None
    with pytest.raises(InvalidStatus) as refused:
        Page(live, getattr(found, "user", found), session)
    assert refused.value.response.status_code == 403
    assert not Participant.objects.exists()


def test_everybody_hears_everything_in_order(on_air):
    live, house, session = on_air
    let_in(house, session)
    pages = [Page(live, user, session) for user in (house.alice, house.pat.user, house.quinn.user)]
    for page in pages:
        page.until("state")
    for n in range(20):
        pages[0].do("door.lock", locked=n % 2 == 0)
    settled(*pages)
    for page in pages:
        heard = [said["d"]["locked"] for said in page.told if said.get("k") == "room.locked"]
        assert heard == [n % 2 == 0 for n in range(20)]


def test_a_member_can_do_nothing_of_a_leaders(on_air):
    live, house, session = on_air
    let_in(house, session)
    pat = Page(live, house.pat.user, session)
    key = Participant.objects.get(patient=house.quinn).key
    for what, given in (("door.lock", {"locked": True}), ("door.admit", {"key": key}), ("room.end", {})):
        assert pat.ask(what, **given)["no"]["code"] == "not_a_leader"
    assert pat.ask("no.such", a=1)["no"]["code"] == "unknown_command"


def test_leaving_and_a_killed_process_close_presence(on_air):
    live, house, session = on_air
    let_in(house, session)
    alice, pat = Page(live, house.alice, session), Page(live, house.pat.user, session)
    alice.until("state")
    pat.until("state")
    pat.close()
    assert alice.until("people.gone")["d"]["why"] == "left"
    assert Connection.objects.get(participant__patient=house.pat).why == "left"
    live.kill()
    live.start()
    back = Page(live, house.alice, session)
    back.until("state")
    wait_for(
        lambda: Connection.objects.filter(participant__user=house.alice, why="lost").count() == 1,
        seconds=40,
        why="the killed process’s connection stays open",
    )
    assert Connection.objects.open().filter(participant__user=house.alice).count() == 1
