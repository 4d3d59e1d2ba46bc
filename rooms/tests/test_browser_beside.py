"""Rooms beside and the whiteboard in real browsers, on the live process."""

import pytest
from playwright.sync_api import Page, expect

from rooms.models import Connection
from rooms.tests.live import let_in
from rooms.tests.pressing import menu_of
from rooms.wire import redis_client
from tests.browser import picture, violations
from tests.desk_browser import open_as
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("live")


def open_tab(page: Page, name: str) -> None:
    """A tab of the drawer."""
    if not page.locator("#drawer.is-open").count():
        page.get_by_role("button", name="Panels", exact=True).click()
    page.get_by_role("tab", name=name).click()


def stroke(page: Page, *places: tuple[float, float]) -> None:
    """Draw with the mouse, from share to share of the paper."""
    box = page.locator("#board-paper").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()


def until(page: Page, expression: str) -> None:
    """Wait until it holds. The page's policy forbids Playwright's own way of waiting, which evaluates strings."""
    wait_for(lambda: page.evaluate(expression), why=f"never became so: {expression}")


def things(page: Page) -> list[dict]:
    """What the page shows of the board."""
    return page.evaluate(
        "Konva.stages[0].find('.item').map((n) => ({id: n.id(), kind: n.item.kind, points: n.item.points.length,"
        " x: n.item.x, y: n.item.y, text: n.item.text}))"
    )


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_two_people_draw_on_one_board(pages, width, scheme):
    let_in(pages.house, pages.session)
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    alice, pat = pages(pages.house.alice, **look), pages(pages.house.pat.user, **look)
    open_tab(alice, "Tools")
    alice.get_by_role("button", name="Open for everybody").click()
    if width < 1000:
        alice.get_by_role("button", name="Close the panels").click()
    for page in (alice, pat):
        expect(page.locator("#board-paper canvas").first).to_be_visible()
    if width >= 1000 and scheme == "light":
        stroke(alice, (0.2, 0.2), (0.3, 0.6), (0.45, 0.3))
        pat.locator("#board-inks label").nth(1).click()
        stroke(pat, (0.6, 0.3), (0.7, 0.7))
        pat.get_by_role("button", name="Rectangle").click()
        stroke(pat, (0.55, 0.25), (0.8, 0.8))
        until(pat, "Konva.stages[0].find('.item').length === 3")
        until(alice, "Konva.stages[0].find('.item').length === 3")
        wait_for(
            lambda: things(alice) == things(pat) and things(alice)[0]["points"] > 10, why="they see different boards"
        )
        pat.get_by_role("button", name="Undo what I did").click()
        until(alice, "Konva.stages[0].find('.item').length === 2")
        pat.get_by_role("button", name="Redo").click()
        until(alice, "Konva.stages[0].find('.item').length === 3")
        # The eraser takes what is one's own: not Alice's line.
        pat.get_by_role("button", name="Eraser").click()
        stroke(pat, (0.1, 0.3), (0.42, 0.4))
        pat.wait_for_timeout(500)
        assert len(things(alice)) == 3
        stroke(pat, (0.62, 0.2), (0.63, 0.6))
        until(alice, "Konva.stages[0].find('.item').length < 3")
        # Redis lost it: whoever draws next finds out, and the pages put it back.
        before = things(alice)
        redis_client().delete(*redis_client().keys("rooms:*:board"))
        pat.get_by_role("button", name="Pen").click()
        stroke(pat, (0.3, 0.8), (0.35, 0.9))
        until(alice, f"Konva.stages[0].find('.item').length === {len(before) + 1}")
        wait_for(lambda: things(alice)[:-1] == before, why="the pages did not put it back")
    else:
        stroke(alice, (0.2, 0.45), (0.3, 0.55), (0.45, 0.47))

    # Notes, by keyboard alone.
    pat.get_by_role("button", name="Notes as a list").press("Enter")
    pat.get_by_role("button", name="Write a note").press("Enter")
    pat.keyboard.type("What helped me this week: a walk before work")
    pat.keyboard.press("Control+Enter")
    note = pat.locator("#board-list .board-note")
    expect(note).to_have_count(1)
    before = next(one for one in things(pat) if one["kind"] == "note")
    note.get_by_role("button", name="Move").focus()
    for _n in range(3):
        pat.keyboard.press("ArrowRight")
    pat.keyboard.press("ArrowDown")
    until(alice, f"Konva.stages[0].findOne('#{before['id']}')?.item.x === {before['x'] + 60}")
    alice.get_by_role("button", name="Notes as a list").click()
    expect(alice.locator("#board-list .board-note-text")).to_have_text("What helped me this week: a walk before work")
    assert violations(alice) == []
    assert violations(pat) == []
    picture(alice, f"board-leader-{width}-{scheme}", full=False)
    pat.get_by_role("button", name="Notes as a list").click()
    picture(pat, f"board-{width}-{scheme}", full=False)

    late = pages(pages.house.quinn.user, **look)
    until(late, f"Konva.stages[0]?.find('.item').length === {len(things(alice))}")
    if width >= 1000 and scheme == "light":
        late.get_by_role("button", name="Notes as a list").click()
        expect(late.locator(".board-note-tools")).to_be_hidden()  # it is Pat's
        pat.get_by_role("button", name="Notes as a list").click()
        note.get_by_role("button", name="Take off").press("Enter")
        expect(late.locator(".board-note")).to_have_count(0)
        alice.locator("#board-more summary").click()
        picture(alice, "board-menu", full=False)
        alice.get_by_label("Everybody may draw").uncheck()
        expect(pat.locator("#board-only")).to_be_visible()
        expect(pat.locator("#board-bar")).to_be_hidden()
        alice.once("dialog", lambda dialog: dialog.accept())
        alice.get_by_role("button", name="Clear the board").click()
        until(pat, "Konva.stages[0].find('.item').length === 0")
        alice.get_by_role("button", name="Close for everybody").click()
        expect(pat.locator("#board")).to_be_hidden()
    assert [c for c in pages.complaints if c] == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_rooms_beside_from_plan_to_everybody_back(pages, width, scheme):
    let_in(pages.house, pages.session)
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    alice, pat = pages(pages.house.alice, **look), pages(pages.house.pat.user, **look)
    quinn = pages(pages.house.quinn.user, **look)
    for page in (alice, pat, quinn):
        expect(page.locator("#inside")).to_be_visible()
    open_tab(alice, "Tools")
    picture(alice, f"beside-make-{width}-{scheme}", full=False)
    alice.get_by_role("button", name="Make rooms").click()
    expect(alice.locator("#beside-rooms .beside-who")).to_have_count(2)
    picture(alice, f"beside-plan-{width}-{scheme}", full=False)
    alice.get_by_role("button", name="Open the rooms").click()
    for page in (pat, quinn):
        expect(page.locator(".beside-line-text strong")).to_contain_text("You are in Room")
    expect(pat.locator(".beside-line-time")).to_contain_text("left")
    pat.get_by_role("button", name="Call a leader").click()
    expect(alice.locator(".beside-line-call")).to_contain_text("Pat in Room")
    picture(alice, f"beside-open-{width}-{scheme}", full=False)
    assert violations(alice) == []
    alice.get_by_role("button", name="I’m coming").click()
    expect(pat.locator(".beside-line-note")).to_have_text("Alice is coming.")
    alice.locator("#beside-word").fill("Two more minutes")
    alice.get_by_role("button", name="Say it").click()
    expect(quinn.locator(".beside-line-word")).to_contain_text("Alice to all rooms: Two more minutes")
    picture(pat, f"beside-in-{width}-{scheme}", full=False)
    assert violations(pat) == []
    alice.get_by_role("button", name="Go there now").click()
    expect(alice.locator(".beside-line-call")).to_have_count(0)
    alice.get_by_role("button", name="Bring everybody back").click()
    expect(pat.locator(".beside-line:not(.beside-line-word)")).to_have_count(0)

    menu_of(alice, "Pat").get_by_role("button", name="Take aside").click()
    expect(pat.locator(".beside-line-text strong")).to_have_text("You are in a private room with a leader.")
    picture(pat, f"beside-private-{width}-{scheme}", full=False)
    assert quinn.get_by_text("being supported").count() == 0
    pat.get_by_role("button", name="Yes, they may know").click()
    expect(quinn.locator(".beside-line-quiet")).to_have_text("Pat is being supported by a leader.")
    pat.get_by_role("button", name="Back to everybody").click()
    expect(quinn.locator(".beside-line-quiet")).to_have_count(0)
    expect(alice.locator(".beside-line-text strong")).to_have_count(0)
    assert Connection.objects.count() == 3
    assert [c for c in pages.complaints if c] == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_of_pairs(on_air, chrome, live_server, width, scheme):
    _live, house, _session = on_air
    page, complaints = open_as(
        chrome, live_server, house.alice, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page.goto(f"/desk/series/{house.group.uid}/")
    page.get_by_role("link", name="Kept apart").click()
    page.get_by_label("One", exact=True).select_option(index=1)
    page.get_by_label("The other").select_option(index=2)
    page.get_by_label("Why").fill("A matter between the two of them; ask Alice.")
    page.get_by_role("button", name="Keep them apart").click()
    expect(page.get_by_role("button", name="No longer keep")).to_be_visible()
    picture(page, f"apart-{width}-{scheme}")
    assert violations(page) == []
    assert complaints == []
