"""Sound and pictures in the room's own page: three real browsers' tabs, a real live process, a real Janus."""

import functools
import itertools
import re
import time

import pytest
from playwright.sync_api import expect

from accounts.access import Role
from groups.models import Group
from rooms.models import Arrival, Participant, Room
from rooms.services import beside
from rooms.tests.live import Live, house_on_air, let_in
from rooms.tests.test_browser_door import fill, in_thread, write_agreement
from rooms.tests.test_media import TURN, set_muted, talk_track
from tests.browser import AS_ON_A_QUIET_MACHINE, chromium, picture, violations
from tests.desk_browser import open_as
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")

FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
# Every connection of the page, so that a test can read what the browser counts. A debugger's script: the page has no such door.
SPY = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
window.counted = async () => {
  const found = { frames: [], bytes: [] };
  for (const connection of window.connections) {
    if (connection.connectionState === "closed") continue;
    for (const report of (await connection.getStats()).values()) {
      if (report.type !== "inbound-rtp") continue;
      if (report.kind === "video") found.frames.push(report.framesDecoded ?? 0);
      else found.bytes.push(report.bytesReceived);
    }
  }
  return found;
};
"""
WANTS = "sessionStorage.setItem('room-wants', JSON.stringify({microphone: true, camera: true}))"


@pytest.fixture(scope="module")
def camera_chrome(tmp_path_factory):
    """A browser whose microphone hears some seconds of talk, as many of silence, again and again."""
    track = talk_track(tmp_path_factory.mktemp("sound") / "talk.wav")
    with chromium((*FLAGS, f"--use-file-for-fake-audio-capture={track}")) as browser:
        yield browser


@pytest.fixture
def studio(janus, transactional_db, live_server, tmp_path, settings, camera_chrome):
    """The room with sound and pictures: `studio(user)` opens its page for them, who have chosen camera and microphone on."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    live = Live(tmp_path, **janus.variables())
    settings.LIVE_DIRECT_PORT = live.port
    house, session = house_on_air()
    let_in(house, session)
    contexts = []

    def opened(user, *, wants=WANTS, **context):
        page, complaints = open_as(
            camera_chrome, live_server, user, **{"permissions": ["camera", "microphone"], **context}
        )
        contexts.append(page.context)
        page.add_init_script(SPY + (f"if (!sessionStorage.getItem('room-wants')) {wants};" if wants else ""))
        opened.complaints.append(complaints)
        door = "my" if user.roles == {Role.PATIENT} else "desk"
        page.goto(f"/{door}/rooms/{session.uid}/")
        return page

    opened.complaints, opened.live, opened.house, opened.session, opened.janus = [], live, house, session, janus
    yield opened
    for context in contexts:
        context.close()
    live.stop()
    assert "Traceback" not in live.log(), live.log()[-3000:]


def counted(page) -> dict:
    return page.evaluate("counted()")


def rises(page, of: int) -> bool:
    """Whether pictures and voices of so many others come and go on coming."""
    before = counted(page)
    time.sleep(0.7)
    after = counted(page)
    frames = [a - b for a, b in zip(after["frames"], before["frames"], strict=False)]
    sounds = [a - b for a, b in zip(after["bytes"], before["bytes"], strict=False)]
    return sum(n > 0 for n in frames) == of and sum(n > 200 for n in sounds) == of


def see_and_hear(*pages) -> None:
    """Wait until each of these pages sees and hears each other."""
    for page in pages:
        try:
            wait_for(functools.partial(rises, page, len(pages) - 1), seconds=25)
        except AssertionError:
            raise AssertionError(f"{page.evaluate('document.body.innerText')[:300]} {counted(page)}") from None
        expect(page.locator(".tile.has-picture")).to_have_count(len(pages))


def quiet(studio) -> None:
    """Nobody's console complained."""
    assert [line for lines in studio.complaints for line in lines] == []


def test_three_see_and_hear_each_other_through_what_happens_to_them(studio):
    house = studio.house
    alice, pat, quinn = (studio(user) for user in (house.alice, house.pat.user, house.quinn.user))
    see_and_hear(alice, pat, quinn)
    expect(alice.locator(".stage-notice:visible")).to_have_count(0)
    picture(alice, "stage-3", full=False)

    # A camera that goes off is initials and a word, and comes back.
    pat.keyboard.press("v")
    tile = alice.locator(".tile", has_text="Pat")
    expect(tile).not_to_have_class(re.compile("has-picture"))
    expect(tile.locator(".tile-words")).to_contain_text("no picture")
    pat.keyboard.press("v")
    expect(tile).to_have_class(re.compile("has-picture"))
    see_and_hear(alice, pat, quinn)

    # Muted by oneself is seen by all; muted by a leader, nothing comes any more, whatever the page does.
    quinn.keyboard.press("m")
    expect(alice.locator(".tile", has_text="Quinn").locator(".tile-words")).to_contain_text("muted")
    member = Participant.objects.get(patient=house.pat)
    set_muted(member.room, member.key, True)
    expect(tile.locator(".tile-words")).to_contain_text("muted by a leader")
    wait_for(lambda: voices(alice) == 1, why="a silenced member is still heard")
    set_muted(member.room, member.key, False)
    wait_for(lambda: voices(alice) == 2, why="a member who may speak again is not heard")

    # A hand, by its key, is on the picture and in words.
    quinn.keyboard.press("h")
    expect(alice.locator(".tile", has_text="Quinn").locator(".tile-words")).to_contain_text("hand raised")
    expect(quinn.get_by_role("button", name="Lower hand")).to_be_visible()
    quinn.keyboard.press("h")

    # In a room beside, those who are there see and hear each other and nobody else; then all do again.
    leader = Participant.objects.get(user=house.alice)

    def apart() -> None:
        (one,) = beside.make_rooms(by=leader, count=1, how=beside.How.HAND)
        for patient in (house.pat, house.quinn):
            ticket = Participant.objects.get(patient=patient)
            beside.place(by=leader, participant=ticket, beside_id=one.pk, even_so=True)
        beside.open_rooms(by=leader)

    in_thread(apart)
    expect(alice.locator(".tile")).to_have_count(1)
    see_and_hear(pat, quinn)
    wait_for(lambda: voices(alice) == pictures(alice) == 0, why="who is in another room is still seen or heard")
    in_thread(lambda: beside.close_rooms(by=leader))
    see_and_hear(alice, pat, quinn)

    # Leaving and coming back.
    pat.get_by_role("button", name="Leave").click()
    pat.wait_for_url("**/my/")
    expect(alice.locator(".tiles .tile")).to_have_count(2)
    pat.go_back()
    see_and_hear(alice, pat, quinn)
    quiet(studio)


def voices(page) -> int:
    """Of how many others sound comes."""
    before = counted(page)["bytes"]
    time.sleep(0.7)
    return sum(b - a > 200 for a, b in zip(before, counted(page)["bytes"], strict=False))


def test_the_page_comes_back_by_itself_within_the_same_presence(studio):
    house = studio.house
    alice, pat = studio(house.alice), studio(house.pat.user)
    see_and_hear(alice, pat)
    pat.keyboard.press("m")
    expect(pat.get_by_role("button", name="Unmute")).to_be_visible()

    # Another network: a new way is found on the same connection.
    pat.evaluate("navigator.connection.dispatchEvent(new Event('change'))")
    see_and_hear(alice, pat)

    # The process that carries both sockets is killed: they come back, as muted as they were, in the same ticket.
    studio.live.kill()
    expect(pat.locator("#room-link")).to_be_visible()
    studio.live.start()
    see_and_hear(alice, pat)
    expect(pat.get_by_role("button", name="Unmute")).to_be_visible()
    expect(alice.locator(".tile", has_text="Pat").locator(".tile-words")).to_contain_text("muted")
    assert Participant.objects.filter(patient=house.pat).count() == 1

    # The media server is killed: the room says so and goes on, and has sound and pictures again when it is back.
    studio.janus.kill()
    expect(pat.locator("#stage-off")).to_be_visible()
    picture(pat, "stage-off", full=False)
    studio.janus.start()
    pat.evaluate("dispatchEvent(new Event('online'))")
    alice.evaluate("dispatchEvent(new Event('online'))")
    see_and_hear(alice, pat)
    expect(pat.locator("#stage-off")).to_be_hidden()


def test_a_screen_sound_only_and_how_long_somebody_spoke(studio):
    house = studio.house
    alice, pat = studio(house.alice), studio(house.pat.user)
    see_and_hear(alice, pat)

    # A screen: one at a time, large, with the others beside it.
    pat.evaluate(
        """() => { navigator.mediaDevices.getDisplayMedia = async () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 400 });
          const paint = canvas.getContext("2d");
          setInterval(() => { paint.fillStyle = `hsl(${Date.now() / 40 % 360} 60% 80%)`; paint.fillRect(0, 0, 640, 400); }, 100);
          return canvas.captureStream(8);
        }; }"""
    )
    pat.get_by_role("button", name="Show screen").click()
    expect(alice.locator(".stage-feature .tile-name")).to_have_text("Pat shows a screen")
    wait_for(lambda: len(counted(alice)["frames"]) == 2 and min(counted(alice)["frames"]) > 3, why="no screen comes")
    alice.get_by_role("button", name="Show screen").click()
    expect(alice.locator("#toasts")).to_contain_text("One at a time")
    pat.locator("#stage-sharing").get_by_role("button", name="Stop showing").click()
    expect(alice.locator(".stage-feature")).to_be_hidden()

    # Sound only: no picture goes or comes, the voices do; and it is offered when the link is weak.
    pat.locator("summary", has_text="More").click()
    pat.get_by_role("button", name="Sound only").click()
    expect(alice.locator(".tile", has_text="Pat").locator(".tile-words")).to_contain_text("no picture")
    expect(pat.locator(".tile.has-picture")).to_have_count(0)
    wait_for(lambda: pictures(pat) == 0, why="pictures still come")
    wait_for(lambda: voices(pat) == voices(alice) == 1, why="the voices do not go on")
    pat.get_by_role("button", name="Pictures again").click()
    see_and_hear(alice, pat)

    # What was said to the house of who spoke: talk and silence of TURN seconds each.
    pat.keyboard.press("m")
    since = len(studio.janus.told())
    key = Participant.objects.get(user=house.alice).key

    def turns() -> list[float]:
        """Seconds of each talk of hers that began since and is over."""
        told = [one for one in studio.janus.told()[since:] if one.key == key and one.kind in ("talking", "quiet")]
        while told and told[0].kind == "quiet":
            told.pop(0)
        return [
            (b.at - a.at).total_seconds()
            for a, b in itertools.pairwise(told)
            if (a.kind, b.kind) == ("talking", "quiet")
        ]

    wait_for(lambda: len(turns()) >= 4, seconds=60, why=str(studio.janus.told()[since:]))
    assert sum(turns()) == pytest.approx(TURN * len(turns()), rel=0.1)
    muted = Participant.objects.get(patient=house.pat).key
    late = [one for one in studio.janus.told()[since + 4 :] if one.key == muted and one.kind == "talking"]
    assert late == [], "whoever is muted does not speak"


def pictures(page) -> int:
    """Of how many pictures frames come."""
    before = counted(page)["frames"]
    time.sleep(0.7)
    return sum(b > a for a, b in zip(before, counted(page)["frames"], strict=False))


@pytest.mark.parametrize("width", [390, 1280])
def test_devices_are_tried_in_a_dialog_and_nobody_is_seen_unawares(studio, width):
    pat = studio(studio.house.pat.user, wants="", viewport={"width": width, "height": 844})
    expect(pat.locator("#stage-unseen")).to_be_visible()
    assert pat.locator(".tile.has-picture").count() == 0
    picture(pat, f"stage-unseen-{width}", full=False)
    pat.locator("summary", has_text="More").click()
    picture(pat, f"stage-more-{width}", full=False)
    pat.get_by_role("button", name="Camera, microphone, sound").click()
    dialog = pat.locator("#devices-dialog")
    dialog.locator("[data-device=camera] [data-on]").check()
    dialog.locator("[data-device=microphone] [data-on]").check()
    for name in ("camera", "microphone"):
        expect(dialog.locator(f"[data-device={name}] .device-result")).to_contain_text("Works")
        expect(dialog.locator(f"input[name={name}]")).to_have_value("works")
    # Measured to the room. Whether a busy machine is quick enough for it is no matter of this test; that both say the same is.
    line = dialog.locator("[data-device=connection] .device-result")
    expect(line).to_contain_text(re.compile(r"\d ms to us and back"))
    works = line.inner_text().startswith("Works")
    expect(dialog.locator("input[name=connection]")).to_have_value("works" if works else "trouble")
    dialog.get_by_role("button", name="Play a tone").click()
    dialog.get_by_role("button", name="Yes").click()
    expect(dialog.locator("input[name=speaker]")).to_have_value("works")
    picture(pat, f"devices-{width}", full=False)
    assert violations(pat) == []
    pat.keyboard.press("Escape")
    expect(pat.locator("#stage-unseen")).to_be_hidden()
    expect(pat.locator(".tile.has-picture")).to_have_count(1)
    pat.keyboard.press("?")
    expect(pat.locator("#keys-dialog")).to_be_visible()
    picture(pat, f"keys-{width}", full=False)
    quiet(studio)


def test_what_a_refusing_browser_is_told(studio):
    pat = studio(studio.house.pat.user, wants="", permissions=[])
    pat.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async (wanted) => {
          throw new DOMException("Permission denied", wanted.video ? "NotFoundError" : "NotAllowedError"); }; }"""
    )
    expect(pat.locator("#stage-unseen")).to_be_visible()
    pat.locator("#stage-unseen").get_by_role("button", name="Microphone on").click()
    dialog = pat.locator("#devices-dialog")
    dialog.locator("[data-device=camera] [data-on]").click()
    dialog.locator("[data-device=microphone] [data-on]").click()
    expect(dialog.locator("[data-device=microphone] .device-result")).to_contain_text("to the left of the address")
    expect(dialog.locator("[data-device=camera] .device-result")).to_contain_text("No camera was found")
    expect(dialog.locator("input[name=microphone]")).to_have_value("denied")
    expect(dialog.locator("input[name=camera]")).to_have_value("missing")
    picture(pat, "devices-denied", full=False)
    agents = {
        "denied-ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1",
        "denied-safari": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/18.0 Safari/605",
        "denied-firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "denied-android": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/140.0 Mobile Safari/537",
        "denied-chrome": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 (KHTML, like Gecko) Chrome/140.0 Safari/537",
    }
    for expected, agent in agents.items():
        found = pat.evaluate("async (agent) => (await import('/static/js/room/devices.js')).deniedBy(agent)", agent)
        assert found == expected


def test_a_link_instead_and_what_is_missing_then(studio):
    house = studio.house
    Room.objects.filter(session=studio.session).update(backend="link")
    Group.objects.filter(pk=house.group.pk).update(meeting_url="https://meet.example/abc")
    for width in (390, 1280):
        pat = studio(house.pat.user, viewport={"width": width, "height": 844})
        there = pat.get_by_role("link", name="Open the video meeting")
        expect(there).to_have_attribute("href", "https://meet.example/abc")
        pat.get_by_text("What can’t be done from here").click()
        expect(pat.locator("#stage-missing li")).to_have_count(6)
        expect(pat.locator(".tile.has-picture")).to_have_count(0)  # the other program needs the camera
        expect(pat.get_by_role("button", name="Mute")).to_be_hidden()
        expect(pat.get_by_role("button", name="Raise hand")).to_be_visible()
        picture(pat, f"stage-link-{width}", full=False)
        assert violations(pat) == []
    quiet(studio)


def test_what_is_behind_somebody_is_blurred_in_the_page(studio):
    house = studio.house
    alice, pat = studio(house.alice), studio(house.pat.user)
    see_and_hear(alice, pat)
    pat.locator("summary", has_text="More").click()
    pat.get_by_role("button", name="Camera, microphone, sound").click()
    dialog = pat.locator("#devices-dialog")
    expect(dialog.locator("[data-blur]")).not_to_be_checked()
    dialog.locator("[data-blur]").check()
    expect(dialog.locator("[data-device=camera] .device-result")).to_have_text("Works", timeout=30_000)
    assert pat.evaluate(
        "import('/static/js/room/local.js').then(({ local }) => local.camera.sent !== local.camera.track)"
    )
    picture(pat, "devices-blurred", full=False)
    see_and_hear(alice, pat)
    picture(alice, "stage-blurred", full=False)
    dialog.locator("[data-blur]").uncheck()
    raw = "import('/static/js/room/local.js').then(({ local }) => local.camera.sent === local.camera.track)"
    wait_for(lambda: pat.evaluate(raw))
    see_and_hear(alice, pat)
    policy = [line for lines in studio.complaints for line in lines if "Content Security Policy" in line]
    assert policy == [], "the model speaks to the console, but asks for nothing from elsewhere"


@pytest.mark.parametrize("width", [390, 1280])
def test_what_was_chosen_at_the_door_holds_in_the_room(studio, width):
    house, session = studio.house, studio.session
    Participant.objects.filter(patient=house.pat).update(state="preparing", admitted_at=None, admitted_by=None)
    in_thread(lambda: write_agreement(house))
    page = studio(house.pat.user, wants="", viewport={"width": width, "height": 844})
    page.goto(f"/my/sessions/{session.uid}/join/")
    page.get_by_label("Your name, to sign").fill("Pat Peerson")
    page.get_by_role("button", name="Sign and go on").click()
    fill(page)
    page.evaluate(AS_ON_A_QUIET_MACHINE)
    page.get_by_role("button", name="Try camera, microphone and sound").click()
    for name in ("camera", "microphone", "connection"):
        expect(page.locator(f"input[name={name}]")).to_have_value("works")
    expect(page.locator("input[name=speaker]")).to_have_value("")
    page.locator("[data-device=camera] [data-on]").uncheck()
    expect(page.locator("input[name=camera]")).to_have_value("off")
    page.locator(".devices").scroll_into_view_if_needed()
    picture(page, f"door-devices-{width}", full=False)
    page.get_by_role("button", name="Knock").click()
    expect(page.locator("#waiting")).to_be_visible()
    arrival = Arrival.objects.get(participant__patient=house.pat)
    assert (arrival.camera, arrival.microphone, arrival.connection) == ("off", "works", "works")
    let_in(house, session, house.pat)
    expect(page.get_by_role("button", name="Mute")).to_be_visible()
    expect(page.get_by_role("button", name="Start camera")).to_be_visible()
    expect(page.locator("#stage-unseen")).to_be_hidden()
    quiet(studio)
