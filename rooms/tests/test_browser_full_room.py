"""A full room: fifteen members and two leaders, all of them seen and heard, and one of them shows a screen; one more comes."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from accounts.access import Role
from rooms.services.passes import enter
from rooms.tests.live import let_in
from rooms.tests.studio import LIGHT, OTHER_HOSTS, Crowd, same_page, studio_on
from rooms.tests.test_browser_media import counted, pictures, voices
from rooms.tests.test_media import files
from scheduling.services import change_session
from tests.browser import chromium, picture
from tests.factories import make_staff
from tests.stack import wait_for

__all__ = ["files"]
pytestmark = pytest.mark.xdist_group("live")

SHOW = """() => { navigator.mediaDevices.getDisplayMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
  const paint = canvas.getContext("2d");
  setInterval(() => { paint.fillStyle = `hsl(${Date.now() / 40 % 360} 60% 80%)`; paint.fillRect(0, 0, 320, 200); }, 250);
  return canvas.captureStream(4);
}; }"""


@pytest.fixture
def full(janus, transactional_db, live_server, tmp_path, settings, files):
    """(studio, a browser, those of the seventeen who have no page of their own, what lets them be seen and heard)."""
    with studio_on(janus, live_server, tmp_path, settings, members=13, ALLOWED_HOSTS=OTHER_HOSTS) as studio:
        house, session = studio.house, studio.session
        with time_machine.travel(timezone.now() - dt.timedelta(days=8), tick=False):
            dana = make_staff(house.program, Role.CLINICIAN, "Dana", "Second")
            change_session(session=session, by=house.alice, co=dana)
        bookings = session.bookings.filter(patient__isnull=False).select_related("patient__user")
        members = [booking.patient for booking in bookings]
        assert len(members) == 15
        let_in(house, session, *(m for m in members if m not in (house.pat, house.quinn)))
        enter(user=dana, session_uid=session.uid)
        others = [dana, *(m.user for m in members if m not in (house.pat, house.quinn))]
        with chromium(LIGHT) as browser:
            crowd = Crowd(browser, files, studio)
            yield studio, browser, others, crowd
            crowd.close()


def comes(page, pictures_of: int, voices_of: int) -> None:
    """Wait until so many pictures are decoded and so many voices come, all the time."""
    try:
        wait_for(lambda: (pictures(page), voices(page)) == (pictures_of, voices_of))
    except AssertionError:
        said = page.locator("#stage").inner_text()[:300]
        raise AssertionError(
            f"{pictures_of} pictures and {voices_of} voices do not come: {counted(page)} {said}"
        ) from None


def sees_the_screen(page, voices_of: int) -> None:
    """Wait until a screen is shown large and moves, and so many voices come. Tiles beside it that are out of sight do not."""
    frames = "document.querySelector('.stage-feature video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0"
    before = page.evaluate(frames)
    wait_for(lambda: page.evaluate(frames) > before and voices(page) == voices_of, why="no screen comes")


def test_seventeen_and_a_screen_and_one_more(full):
    studio, browser, others, crowd = full
    house = studio.house
    assert [crowd.publish(user) for user in others] == [""] * 14
    alice, pat, quinn = (studio.page(browser, user) for user in (house.alice, house.pat.user, house.quinn.user))
    for page in (alice, pat, quinn):
        comes(page, 16, 16)
        expect(page.locator(".tile.has-picture")).to_have_count(17)
        expect(page.locator("#stage-full")).to_be_hidden()
    before = crowd.sent()
    wait_for(lambda: all(a > b for key, now in crowd.sent().items() for a, b in zip(now, before[key], strict=True)))
    assert set(studio.on_the_server().values()) == {1} and len(studio.on_the_server()) == 17
    picture(alice, "full-17", full=False)

    # A screen has a place besides; a second one has none, whatever a page asks for.
    pat.evaluate(SHOW)
    pat.get_by_role("button", name="Show screen").click()
    expect(pat.locator("#stage-sharing")).to_be_visible(timeout=30_000)
    for page in (alice, quinn):
        expect(page.locator(".stage-feature .tile-name")).to_have_text("Pat shows a screen", timeout=30_000)
        sees_the_screen(page, 16)
    picture(alice, "full-17-screen", full=False)
    assert crowd.second(others[0]).startswith("432")
    sees_the_screen(alice, 16)

    # One more, a supervisor who looks in: they see and hear everybody, and are told why nobody sees them.
    bob = studio.page(browser, house.bob)
    expect(bob.locator("#stage-full")).to_be_visible(timeout=30_000)
    expect(bob.locator("#stage-full")).to_contain_text("All places are taken, so nobody sees or hears you.")
    sees_the_screen(bob, 17)
    picture(bob, "full-18th", full=False)
    sees_the_screen(alice, 16)
    bob.get_by_role("button", name="Ask again").click()
    expect(bob.locator("#stage-full")).to_be_visible(timeout=30_000)
    pat.locator("#stage-sharing").get_by_role("button", name="Stop showing").click()
    crowd.leave(others[-1])
    comes(alice, 15, 15)
    bob.get_by_role("button", name="Ask again").click()
    for page in (alice, bob):
        comes(page, 16, 16)
    expect(bob.locator("#stage-full")).to_be_hidden()
    same_page(alice, pat, quinn, bob)
