"""A link that loses a third of what is sent: sound only is offered to whoever has it, and to nobody else."""

import pytest
from playwright.sync_api import expect

from rooms.tests.studio import LIGHT, same_page
from rooms.tests.test_browser_media import pictures, see_and_hear, voices
from tests.browser import chromium, picture
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")


def test_sound_only_is_offered_to_whoever_has_the_weak_link(a_studio):
    studio, house = a_studio, a_studio.house
    with chromium(LIGHT) as chrome:
        alice, quinn = (studio.page(chrome, user) for user in (house.alice, house.quinn.user))
        pat, lose = studio.lossy_page(chrome, house.pat.user)
        pages = (alice, pat, quinn)
        see_and_hear(*pages)
        for page in pages:
            expect(page.locator("#stage-weak")).to_be_hidden()

        lose(30)
        expect(pat.locator("#stage-weak")).to_be_visible(timeout=60_000)
        picture(pat, "stage-weak", full=False)
        pat.locator("#stage-weak").get_by_role("button", name="Sound only").click()
        expect(pat.locator("#stage-weak")).to_be_hidden()
        expect(pat.locator("#stage-audio-only")).to_be_visible()
        wait_for(lambda: pictures(pat) == 0 and voices(pat) == 2, why="the sound does not come alone")
        expect(alice.locator(".tile", has_text="Pat").locator(".tile-words")).to_contain_text("no picture")
        wait_for(lambda: voices(alice) == voices(quinn) == 2, why="whoever has a weak link is not heard")
        for page in (alice, quinn):
            expect(page.locator("#stage-weak")).to_be_hidden()

        lose(0)
        pat.get_by_role("button", name="Pictures again").click()
        see_and_hear(*pages)
        expect(pat.locator("#stage-audio-only")).to_be_hidden()
        same_page(*pages)
