"""Real pictures and sound: Chromium by janus.js, through the gate of a live process, to a real Janus and back."""

import array
import functools
import http.server
import math
import threading
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from iop.env import BASE_DIR
from rooms.media.janus import JanusBackend
from rooms.models import MediaHandle, Participant, TalkSpell
from rooms.services import ledger
from rooms.services.passes import media_room
from rooms.tests.live import Live, house_on_air, let_in
from tests.browser import chromium
from tests.desk import browser_of
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")

FILES = {
    "/janus.es.js": BASE_DIR / "node_modules/janus-gateway/npm/dist/janus.es.js",
    "/adapter.js": BASE_DIR / "node_modules/webrtc-adapter/out/adapter.js",
}
TURN = 2.6  # seconds of talk, and of silence; no multiple of what the media server measures by
SCRIPT = (Path(__file__).parent / "media_page.js").read_text()


class Files(http.server.BaseHTTPRequestHandler):
    """A bare page, and the two libraries it loads."""

    def do_GET(self):
        path = FILES.get(self.path)
        body = path.read_bytes() if path else b"<!doctype html><title>x</title><script src='/adapter.js'></script>"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if path else "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Nothing."""


@pytest.fixture
def on_camera(janus, transactional_db, tmp_path, settings):
    """(live process, house, session, room) with a media server."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    live = Live(tmp_path, **janus.variables())
    house, session = house_on_air()
    let_in(house, session)
    yield live, house, session, Participant.objects.first().room
    live.stop()
    assert "Traceback" not in live.log(), live.log()[-3000:]


@pytest.fixture(scope="module")
def files():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture
def cameras(on_camera, files, tmp_path):
    """Open a page of somebody in the room: `cameras(user)`. Their microphone hears TURN seconds of talk, as many of silence,
    again and again."""
    live, _house, session, _room = on_camera
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
        f"--use-file-for-fake-audio-capture={talk_track(tmp_path / 'talk.wav')}",
    )
    with chromium(flags) as browser:

        def open_page(user, *, speaks: bool = True):
            context = browser.new_context(permissions=["camera", "microphone"])
            name = django_settings.SESSION_COOKIE_NAME
            value = browser_of(user).cookies[name].value
            context.add_cookies([{"name": name, "value": value, "url": "http://127.0.0.1"}])
            page = context.new_page()
            page.goto(files)
            page.evaluate(SCRIPT, [f"ws://127.0.0.1:{live.port}/ws/rooms/{session.uid}/media/", speaks])
            return page

        yield open_page


def talk_track(path: Path) -> Path:
    """A voice, as far as a level meter knows: harmonics in syllables, for TURN seconds; then silence as long."""
    rate, samples = 48_000, array.array("h")
    for n in range(int(rate * TURN)):
        t = n / rate
        syllable = max(0.0, math.sin(2 * math.pi * 4 * t)) ** 0.5
        voice = sum(math.sin(2 * math.pi * 140 * k * (1 + 0.03 * math.sin(9 * t)) * t) / k for k in range(1, 12))
        samples.append(int(9000 * (0.35 + 0.65 * syllable) * voice / 2))
    samples.extend([0] * len(samples))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def seen(page) -> dict:
    return page.evaluate("me.seen()")


def sees(page, count: int) -> bool:
    """Whether so many pictures are decoded and so many voices come."""
    found = seen(page)
    return len([n for n in found["frames"] if n > 5]) == count and len([n for n in found["bytes"] if n > 1000]) == count


def keys_there(room) -> set[str]:
    return {one.key for one in JanusBackend().participants(media_room(room))}


def test_three_see_and_hear_each_other_and_one_is_silenced_and_one_put_out(on_camera, cameras, janus):
    _live, house, _session, room = on_camera
    alice, pat, quinn = (cameras(user) for user in (house.alice, house.pat.user, house.quinn.user))
    for page in (alice, pat, quinn):
        wait_for(functools.partial(sees, page, 2), why=str(page.evaluate("me.said")))
    assert len(keys_there(room)) == 3 == Participant.objects.filter(key__in=keys_there(room)).count()

    # Silenced by the server: nothing of them comes any more, and again when they are let be heard.
    member = Participant.objects.get(patient=house.pat)
    set_muted(room, member.key, True)
    wait_for(lambda: grows(quinn) == [False, True], why="sound of a silenced member still comes")
    set_muted(room, member.key, False)
    wait_for(lambda: grows(quinn) == [True, True], why="sound does not come again")

    # Put out: their socket is closed, others lose them, and with the ticket gone the gate stays shut.
    Participant.objects.filter(pk=member.pk).update(state="removed", removed_at=member.came_at)
    JanusBackend().remove(media_room(room), member.key)
    wait_for(lambda: pat.evaluate("me.code") == 4001, why="a removed member keeps their socket")
    assert member.key not in keys_there(room)

    # A browser that is closed is gone at once.
    other = Participant.objects.get(patient=house.quinn)
    quinn.context.close()
    wait_for(lambda: other.key not in keys_there(room), seconds=10, why="a closed tab is still there")

    # What was told of it makes a ledger: everybody came, two left, and were heard.
    wait_for(lambda: sum(one.kind == "left" for one in janus.told()) >= 2, why="nobody told of the leaving")
    ledger.take_events(janus.told())
    assert MediaHandle.objects.count() == 3
    assert set(MediaHandle.objects.filter(left_at=None).values_list("participant__user", flat=True)) == {house.alice.pk}
    assert TalkSpell.objects.exists()
    assert not TalkSpell.objects.filter(ended_at=None, handle__left_at__isnull=False).exists()


def set_muted(room, key: str, muted: bool) -> None:
    """In a thread, as the house does it: this one has Playwright's loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(JanusBackend().set_muted, media_room(room), key, muted=muted).result(10)


def grows(page) -> list[bool]:
    """Of each voice, the quiet ones first, whether it still comes."""
    before = seen(page)["bytes"]
    time.sleep(1)
    return sorted(after - earlier > 500 for earlier, after in zip(before, seen(page)["bytes"], strict=True))


def test_a_talk_track_gives_its_talk_time(on_camera, cameras, janus):
    _live, house, _session, _room = on_camera
    page = cameras(house.pat.user)
    wait_for(lambda: page.evaluate("me.joined"))
    wait_for(lambda: sum(one.kind == "quiet" for one in janus.told()) >= 7, seconds=60, why="no talk was told")
    ledger.take_events(janus.told())
    _first, *turns = TalkSpell.objects.exclude(ended_at=None).order_by("began_at")
    spoke = [(spell.ended_at - spell.began_at).total_seconds() for spell in turns]
    assert len(spoke) >= 6
    assert sum(spoke) == pytest.approx(TURN * len(spoke), rel=0.1)
