"""The daily check-in and the milestones in a real browser: by tap, by key, without scripts, at every size."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from clinical.models import DailyCheckIn
from clinical.services.daily import today_of
from journal.days import begin_anew, count_from
from tests.browser import chromium, picture, violations
from tests.desk_browser import open_as
from tests.factories import House, build_house

pytestmark = pytest.mark.xdist_group("browser-portal")


@pytest.fixture(scope="module")
def chrome():
    with chromium() as found:
        yield found


@pytest.fixture
def here(transactional_db, live_server) -> House:
    """The cast, at the present time, behind a server."""
    return build_house()


def tap(page, question: str, answer: str) -> None:
    choice = page.get_by_role("group", name=question).locator("label")
    choice.filter(has=page.get_by_text(answer, exact=True)).locator("input").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_five_taps_and_a_word(here, live_server, chrome, scripts):
    page, _complaints = open_as(
        chrome, live_server, here.pat.user, java_script_enabled=scripts, viewport={"width": 390, "height": 844}
    )
    page.goto("/my/day/")
    tap(page, "My mood", "4")
    tap(page, "Cravings or urges", "Does not apply to me")
    tap(page, "Hours I slept", "6")
    tap(page, "How I slept", "Well")
    page.get_by_label("A word, or a few").fill("Tired, and here")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. You can change it until midnight.")).to_be_visible()
    row = DailyCheckIn.objects.get()
    assert (row.mood, row.no_craving, row.coping, row.sleep_hours, row.sleep_quality) == (4, True, None, 6, 3)
    if scripts:
        expect(page.locator("canvas").first).to_be_visible()
    else:
        expect(page.get_by_role("cell", name="6")).to_be_visible()  # the table is open where there is no chart


def test_a_second_tap_takes_an_answer_back_and_so_does_a_key(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    page.goto("/my/day/")
    seven = page.get_by_role("group", name="My mood").get_by_role("radio", name="7")
    tap(page, "My mood", "7")
    expect(seven).to_be_checked()
    tap(page, "My mood", "7")
    expect(seven).not_to_be_checked()
    seven.focus()
    page.keyboard.press("Space")
    expect(seven).to_be_checked()
    page.keyboard.press("Space")
    expect(seven).not_to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("One answer is enough.")).to_be_visible()
    assert not DailyCheckIn.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible_with_much_in_them(here, live_server, chrome, scheme, width):
    today = today_of(here.pat)
    DailyCheckIn.objects.bulk_create(
        DailyCheckIn(
            patient=here.pat,
            on=today - dt.timedelta(days=n),
            mood=(6, 5, 7, 6, 8, 3)[n % 6] if n < 8 else (3, 4, 2)[n % 3],
            craving=(2, 1, 4)[n % 3],
            coping=None if n % 4 == 0 else 5,
            sleep_hours=(5, 7, 6, 8)[n % 4],
            sleep_quality=n % 5,
            words="Slept badly, then a good talk." if n % 5 == 0 else "",
        )
        for n in range(30)
    )
    count_from(patient=here.pat, since=today - dt.timedelta(days=60), today=today)
    begin_anew(patient=here.pat, on=today - dt.timedelta(days=12), today=today)
    page, complaints = open_as(
        chrome, live_server, here.pat.user, color_scheme=scheme, viewport={"width": width, "height": 844}
    )
    for name in ("day", "days", "milestones"):
        page.goto(f"/my/{name}/")
        if name == "days":
            expect(page.locator("canvas").first).to_be_visible()
        assert violations(page) == [], name
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        picture(page, f"own-{name}-{width}-{scheme}")
    assert complaints == []
