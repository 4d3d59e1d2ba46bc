"""What reaches a member's wire while leaders use everything they have: nothing that is for leaders."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from rooms.models import Call, Connection, DropOut, Participant
from rooms.tests.live import Page, let_in, settled
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")

SECRET = (
    "My heart races",
    "Talked it over",
    "I hear nothing",
    "Broke a rule",
    "Named a neighbour",
    "Reminded",
    "Her sister",
)
FOR_LEADERS = {"call", "drop_out", "rating", "breach", "door.knock"}


def test_nothing_of_the_leaders_reaches_a_member(on_air):
    live, house, session = on_air
    let_in(house, session)
    alice, quinn, pat = (Page(live, user, session) for user in (house.alice, house.quinn.user, house.pat.user))
    for page in (alice, quinn, pat):
        page.until("state")
    key = Participant.objects.get(patient=house.pat).key

    # Pat is not OK, pressed three times and once by a slow line; a leader sees to it.
    for _n in range(3):
        pat.do("call.not_ok", text="My heart races")
    heard = alice.until("call")["d"]
    assert heard["text"] == "My heart races" and Call.objects.count() == 1
    alice.do("call.take", uid=heard["uid"])
    alice.do("leader.ground", exercise="feet", key=key)
    assert alice.ask("call.close", uid=heard["uid"])["no"]["field"] == "outcome"
    alice.do("call.close", uid=heard["uid"], outcome="Talked it over")
    pat.do("call.trouble", text="I hear nothing")
    pat.do("call.works_again")

    # The rest of the panel.
    alice.do("leader.rate", key=key, scale="tone", value=0)
    balance = alice.do("leader.balance")
    assert {line["name"] for line in balance["people"]} == {"Alice", "Pat", "Quinn"}
    alice.do("leader.breach", key=key, guideline="Broke a rule", text="Named a neighbour", done="Reminded them")
    alice.do("leader.check")

    # Pat is lost; the live process finds it by itself.
    pat.socket.socket.close()
    wait_for(lambda: not Connection.objects.open().filter(participant__key=key).exists())
    ago = timezone.now() - dt.timedelta(minutes=2)
    Connection.objects.filter(participant__key=key).update(opened_at=ago, seen_at=ago, closed_at=ago, why="lost")
    lost = alice.until("drop_out")["d"]
    assert DropOut.objects.count() == 1 and "patient" not in lost
    alice.do("drop_out.called", uid=lost["uid"])
    alice.do("drop_out.end", uid=lost["uid"], outcome="contact", text="Her sister answered")

    # A picture taken now, and everything heard meanwhile.
    again = Page(live, house.quinn.user, session)
    again.until("state")
    assert again.state["care"] is None and again.state["own"]["calls"] == [] and again.state["check"] == {"open": True}
    settled(alice, quinn, again)
    for page in (quinn, again):
        kinds = {said.get("k") for said in page.told}
        assert not kinds & (FOR_LEADERS | {"own.call", "ground"}), kinds
        whole = json.dumps(page.told)
        assert not [words for words in SECRET if words in whole]
    assert "check.open" in {said.get("k") for said in quinn.told}
    assert {said["d"]["closed"] for said in pat.told if said.get("k") == "own.call"} == {True, False}
    assert not {said.get("k") for said in pat.told} & FOR_LEADERS
    assert "Talked it over" not in json.dumps(pat.told)

    # And none of it can be asked by a member.
    for what, given in (
        ("leader.balance", {}),
        ("leader.rate", {"key": key, "scale": "tone", "value": 1}),
        ("leader.mute", {"key": key, "muted": True}),
        ("leader.mute_others", {}),
        ("leader.unmute_all", {}),
        ("leader.ground", {"exercise": "box"}),
        ("leader.breach", {"key": key, "guideline": "x", "done": "y"}),
        ("leader.check", {}),
        ("call.take", {"uid": heard["uid"]}),
        ("call.close", {"uid": heard["uid"], "outcome": "x"}),
        ("drop_out.called", {"uid": lost["uid"]}),
        ("drop_out.end", {"uid": lost["uid"], "outcome": "left"}),
    ):
        assert quinn.ask(what, **given)["no"]["code"] == "not_a_leader", what
