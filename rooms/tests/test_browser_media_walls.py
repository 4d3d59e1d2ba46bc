"""What a browser tries that it may not, through a real gate to a real Janus: as somebody else, into another room, once it is put
out, and from outside."""

import pytest
from playwright.sync_api import expect

from rooms.gate import GONE
from rooms.media.base import MediaRoom
from rooms.media.janus import JanusBackend
from rooms.models import media_number, media_secret
from rooms.services import door
from rooms.services.passes import enter
from rooms.tests.studio import LIGHT, aside
from rooms.tests.test_browser_media import see_and_hear
from tests.browser import chromium
from tests.desk_browser import open_as
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")

REFUSED = 1006  # what a browser says of a socket that did not open

# By hand, past every client of ours: joins as it is told, and says what came: {code} of a closed socket, {error} or {joined}.
FORGE = """([address, body]) => new Promise((done) => {
  const socket = new WebSocket(address, "janus-protocol");
  const at = {}, heard = [];
  setTimeout(() => done({ silent: heard, state: socket.readyState }), 15000);
  const say = (message) => socket.send(JSON.stringify({ transaction: "t", ...at, ...message }));
  socket.onopen = () => say({ janus: "create" });
  socket.onclose = (event) => done({ code: event.code });
  socket.onmessage = ({ data }) => {
    const said = JSON.parse(data);
    heard.push(said);
    if (said.janus === "error") done({ error: said.error.code });
    if (said.janus === "success" && !at.session_id) {
      at.session_id = said.data.id;
      say({ janus: "attach", plugin: "janus.plugin.videoroom" });
    } else if (said.janus === "success") {
      at.handle_id = said.data.id;
      say({ janus: "message", body });
    } else if (said.plugindata) done({ joined: said.plugindata.data });
  };
})"""
MEDIA = "`ws://${location.hostname}:${document.querySelector('#room').dataset.livePort}/ws/rooms/%s/media/`"


def test_forged_foreign_and_removed(a_studio):
    studio, house = a_studio, a_studio.house
    with chromium(LIGHT) as chrome:
        alice, pat, quinn = (studio.page(chrome, user) for user in (house.alice, house.pat.user, house.quinn.user))
        see_and_hear(alice, pat, quinn)
        address = quinn.evaluate(MEDIA % studio.session.uid)
        other = MediaRoom(number=media_number(), secret=media_secret())
        JanusBackend().ensure_room(other)
        lead, quinns = studio.ticket(house.alice), studio.ticket(house.quinn.user)
        hers = next(one for one in JanusBackend().participants(studio.media_room()) if one.key == lead.key)

        # As somebody else, and into another room: they are themselves, here; their page’s own connection gives way.
        body = {
            "request": "join",
            "ptype": "publisher",
            "room": other.number,
            "id": int(hers.handle),
            "display": lead.key,
        }
        answer = quinn.evaluate(FORGE, [address, body])
        assert "joined" in answer, answer
        joined = answer["joined"]
        assert joined["room"] == studio.room().number and joined["id"] != int(hers.handle)
        assert JanusBackend().participants(other) == []
        assert set(studio.on_the_server()) == {lead.key, studio.ticket(house.pat.user).key, quinns.key}
        expect(quinn.locator("#stage-elsewhere")).to_be_visible()
        # As somebody who looks at another's picture by a number they guess: first they have to come as themselves.
        body = {"request": "join", "ptype": "subscriber", "room": studio.room().number, "feed": int(hers.handle)}
        assert quinn.evaluate(FORGE, [address, body]) == {"error": 403}
        for request in ("kick", "destroy", "listparticipants", "rtp_forward", "moderate", "enable_recording"):
            assert quinn.evaluate(FORGE, [address, {"request": request, "room": studio.room().number}]) == {
                "error": 403
            }

        # From outside: another group's member, by the address of this session, and nobody at all.
        stranger, _said = open_as(chrome, studio.server, house.robin.user, bypass_csp=True)
        stranger.goto("/my/")
        assert stranger.evaluate(FORGE, [address, {}])["code"] == GONE
        nobody = chrome.new_context(base_url=studio.server.url, bypass_csp=True).new_page()
        nobody.goto("/accounts/login/")
        assert nobody.evaluate(FORGE, [address, {}])["code"] == REFUSED
        assert len(studio.on_the_server()) <= 3

        # Put out: their sound and pictures end at once, and neither page, address nor a try by hand brings them back.
        key = studio.ticket(house.pat.user).key
        aside(
            lambda: door.remove(by=lead_of(studio), participant=studio.ticket(house.pat.user), why="Filmed the screen")
        )
        wait_for(lambda: key not in studio.on_the_server(), seconds=10, why="a removed member is still there")
        expect(alice.locator(".tile", has_text="Pat")).to_have_count(0)
        assert pat.evaluate(FORGE, [address, {}]) == {"code": GONE}
        pat.goto(f"/my/rooms/{studio.session.uid}/")
        expect(pat.locator("body")).to_contain_text("no longer in this session")
        assert key not in studio.on_the_server()


def lead_of(studio):
    return enter(user=studio.house.alice, session_uid=studio.session.uid)
