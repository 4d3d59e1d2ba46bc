"""The tiles in a real browser, with pictures made on a canvas: how they share the stage, who is first, what is said of each."""

import itertools
import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import expect

from iop.env import BASE_DIR
from tests.browser import picture, violations

pytestmark = pytest.mark.xdist_group("live")
STATIC = BASE_DIR / "static"
ORIGIN = "http://tiles.test"
LONG = "Maria del Carmen Fernández-Villaverde y Ortega"
NAMES = f"Alice,Bob,Pat,Quinn,{LONG},Jo,Ken,Ana,Lee,Sam,Noor,Tai,Ines,Ravi,Max,Ulla,Zoë".split(",")
FEED = """
async ([names, off]) => {
  const { Grid } = await import("/static/js/room/grid.js");
  const { glossary } = await import("/static/js/room/dom.js");
  const grid = (window.grid = new Grid(document.querySelector("#stage"), glossary(document.querySelector("#stage-words"))));
  grid.show(names.map((name, n) => ({ key: `k${n}`, name, leads: n < 2, self: n === 2 })));
  names.forEach((name, n) => {
    grid.state(`k${n}`, { microphone: n % 3 !== 1 });
    if (off.includes(n)) return;
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
    const paint = canvas.getContext("2d");
    const draw = () => {
      const sky = paint.createLinearGradient(0, 0, 0, 180);
      sky.addColorStop(0, `hsl(${(n * 47) % 360} 30% 62%)`);
      sky.addColorStop(1, `hsl(${(n * 47) % 360} 28% 38%)`);
      paint.fillStyle = sky;
      paint.fillRect(0, 0, 320, 180);
      paint.fillStyle = `hsl(${(n * 31) % 50 + 15} 40% ${45 + (n % 4) * 8}%)`;
      paint.beginPath(); paint.arc(160, 84, 36, 0, 7); paint.fill();
      paint.beginPath(); paint.ellipse(160, 190, 76, 62, 0, 0, 7); paint.fill();
    };
    draw();
    setInterval(draw, 200);
    grid.picture(`k${n}`, canvas.captureStream(5).getVideoTracks()[0]);
  });
}
"""


def serve(route) -> None:
    """Our files, and a page that has the stage and the bar in the room's shell, as the room has them."""
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        values = {"session": {"uid": "x"}, "live_port": ""}
        stage, bar = (
            render_to_string(f"rooms/_{name}.html", values, RequestFactory().get("/")) for name in ("stage", "bar")
        )
        sheets = [
            "vendor/tabler.min.css",
            *(f"css/{n}.css" for n in ("theme", "shell", "pieces")),
            *(f"css/room/{n}.css" for n in ("room", "stage", "devices")),
        ]
        links = "".join(f'<link rel="stylesheet" href="/static/{sheet}">' for sheet in sheets)
        body = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>
          <meta name="viewport" content="width=device-width"><script src="/static/js/theme.js"></script>{links}
          <body><main class="house-main page-room"><div id="room" class="room">
            <header class="room-head"><h1 class="room-title">Triggers</h1></header>
            <div class="room-inside"><div class="room-main">
              <section id="stage" class="stage" aria-label="People">{stage}</section></div></div>
            <div id="bar" class="bar" role="toolbar" aria-label="x">{bar}</div></div></main></body></html>"""
        route.fulfill(body=body, content_type="text/html")
        return
    name = path.partition("?")[0].removeprefix("/static/")
    file = settings.NODE_MODULES / settings.NODE_FILES[name] if name in settings.NODE_FILES else STATIC / name
    if file.exists():
        route.fulfill(path=file)
    else:
        route.abort()


@pytest.fixture
def tiles(chrome):
    """`tiles(count, width, height)`: a page with so many people on its stage."""
    contexts = []

    def opened(count: int, width: int = 1280, height: int = 800, *, off=(), **look):
        context = chrome.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **look)
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", serve)
        page.goto(f"{ORIGIN}/")
        page.evaluate(FEED, [NAMES[:count], list(off)])
        expect(page.locator(".tile.has-picture")).to_have_count(count - len(off))
        return page

    yield opened
    for context in contexts:
        context.close()


def boxes(page) -> list[dict]:
    return page.evaluate("[...document.querySelectorAll('.tile')].map((tile) => tile.getBoundingClientRect().toJSON())")


def apart(found: list[dict]) -> bool:
    """Whether no two lie on each other."""
    return all(
        a["right"] <= b["left"] + 1 or b["right"] <= a["left"] + 1 or a["bottom"] <= b["top"] + 1 or b["bottom"] <= a["top"] + 1
        for a, b in itertools.combinations(found, 2)
    )  # fmt: skip


def test_how_tiles_share_a_surface(tiles):
    page = tiles(2)
    shapes = page.evaluate("""async () => {
      const { layout } = await import("/static/js/room/layout.js");
      const found = [];
      for (let count = 1; count <= 17; count += 1)
        for (const [width, height] of [[880, 590], [1256, 640], [1900, 900], [600, 900], [700, 300]])
          found.push({ count, width, height, ...layout(count, width, height, { gap: 8 }), area: [width, height] });
      return found;
    }""")
    assert len(shapes) == 17 * 5
    for one in shapes:
        width, height = one["area"]
        assert one["columns"] * one["rows"] >= one["count"] > one["columns"] * (one["rows"] - 1), one
        assert one["columns"] * (one["width"] + 8) - 8 <= width, one
        assert one["scrolls"] or one["rows"] * (one["height"] + 8) - 8 <= height, one
        assert 4 / 3 - 0.03 <= one["width"] / one["height"] <= 16 / 9 + 0.03, one
    best = {one["count"]: (one["columns"], one["rows"]) for one in shapes if one["area"] == [1256, 640]}
    assert best[1] == (1, 1) and best[2] == (2, 1) and best[4] == (2, 2) and best[9] == (3, 3) and best[16] == (4, 4)
    phone = page.evaluate("""async () => {
      const { layout } = await import("/static/js/room/layout.js");
      return [3, 4, 6, 7, 17].map((count) => layout(count, 374, 600, { gap: 8, phone: true }));
    }""")
    assert [one["columns"] for one in phone] == [1, 1, 2, 2, 2]
    assert [one["scrolls"] for one in phone] == [False, False, False, True, True]
    assert phone[0]["width"] > 250, "a few are large"
    assert phone[4]["height"] * 3 + 16 <= 600, "six are seen whole"


def test_initials_and_who_comes_first(tiles):
    page = tiles(2)
    assert page.evaluate("""async () => {
      const { initials, order } = await import("/static/js/room/layout.js");
      const people = ["a", "b", "c", "d"].map((key) => ({ key, leads: key === "c", self: key === "a" }));
      const keys = (how) => order(people, how).map(({ key }) => key).join("");
      return [["Pat", "maria del carmen", "  ", "Ömer Şen"].map(initials), keys({}), keys({ pinned: "d" }),
              keys({ speaker: "d" }), keys({ speaker: "d", scrolls: true })];
    }""") == [["P", "MC", "", "ÖŞ"], "cbda", "dcba", "cbda", "cdba"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("count", [3, 9, 17])
def test_three_nine_and_seventeen(tiles, count, scheme):
    page = tiles(count, off=(1, 4, 7)[: count // 3], color_scheme=scheme)
    found = boxes(page)
    assert len(found) == count and apart(found)
    assert all(box["right"] <= 1280 and box["bottom"] <= 800 for box in found)
    page.evaluate("""() => {
      grid.state("k3", { talking: true });
      grid.state("k5", { hand: true });
      grid.state("k6", { muted: true });
      grid.reaction("k0", "heart");
    }""")
    if count > 3:
        expect(page.locator(".tile", has_text="Quinn").locator(".tile-words")).to_have_text(", speaking")
        expect(page.locator(".tile", has_text="Ken").locator(".tile-words")).to_contain_text("muted by a leader")
    picture(page, f"stage-{count}-{scheme}", full=False)
    assert violations(page) == []


@pytest.mark.parametrize("count", [3, 9, 17])
def test_on_a_phone(tiles, count):
    page = tiles(count, 390, 844, off=(1,), has_touch=True, is_mobile=True)
    found = boxes(page)
    assert apart(found) and all(box["right"] <= 390 for box in found)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator(".bar :is(button, summary):visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and min(box["width"], box["height"]) >= 44, button
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"stage-{count}-phone-{scheme}", full=False)
    if count > 6:
        page.locator(".tile").last.scroll_into_view_if_needed()
        page.wait_for_function("grid.seen.has('k2')")  # oneself is last
        assert not page.evaluate("grid.seen.has('k0')"), "who is out of sight need not come"


def test_one_is_shown_large_and_a_screen_larger(tiles):
    page = tiles(9, off=(3,))
    tile = page.locator(".tile", has_text="Bob")
    tile.locator(".tile-pin").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".stage-feature .tile-name")).to_have_text("Bob")
    expect(tile.locator(".tile-pin")).to_be_focused()
    expect(tile.locator(".tile-pin")).to_have_attribute("aria-label", "Show Bob small again")
    assert apart([box for box in boxes(page) if box["bottom"] <= 730])
    picture(page, "stage-pinned", full=False)
    page.evaluate("""() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 1200, height: 800 });
      const paint = canvas.getContext("2d");
      paint.fillStyle = "#fff"; paint.fillRect(0, 0, 1200, 800);
      paint.fillStyle = "#222"; paint.font = "48px sans-serif";
      const lines = ["What I can do when it comes", "1. Call somebody", "2. Wait twenty minutes", "3. Leave the place"];
      lines.forEach((line, n) => paint.fillText(line, 90, 160 + n * 110));
      setInterval(() => paint.fillRect(0, 799, 1, 1), 200);
      grid.picture("k0", canvas.captureStream(5).getVideoTracks()[0], { screen: true });
    }""")
    expect(page.locator(".stage-feature .tile-name")).to_have_text("Alice shows a screen")
    expect(page.locator(".tiles .tile").first.locator(".tile-name")).to_have_text("Bob")
    picture(page, "stage-screen", full=False)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    picture(page, "stage-screen-phone", full=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("grid.noPicture('k0', { screen: true })")
    expect(page.locator(".stage-feature .tile-name")).to_have_text("Bob")
    page.evaluate("grid.pin('k1')")
    expect(page.locator(".stage-feature")).to_be_hidden()
    expect(page.locator(".tiles .tile")).to_have_count(9)
    assert re.search("has-picture", page.locator(".tile", has_text="Alice").get_attribute("class"))


def test_when_a_link_is_bad(tiles):
    page = tiles(2)
    assert page.evaluate("""async () => {
      const { compare, isBad } = await import("/static/js/room/link.js");
      const fine = { lost: 0.01, trip: 0.05 }, lossy = { lost: 0.2, trip: 0.05 }, slow = { lost: 0, trip: 1.2 };
      const unknown = { lost: null, trip: null };
      const reading = (streams, sent) => (
        { coming: new Map(streams.map(([received, lost], n) => [n, { received, lost }])), sent, trip: 0.1 });
      const lost = (before, now, sent = null) => compare(reading(before, null), reading(now, sent)).lost;
      return [
        isBad([]), isBad([lossy, lossy]), isBad([fine, lossy, slow, lossy]), isBad([lossy, lossy, lossy, fine, fine]),
        isBad([unknown, unknown, unknown, unknown]),
        lost([[100, 0]], [[190, 10]]), lost([[100, 0]], [[105, 5]]), lost([], [[190, 10]]),
        lost([[100, 0], [100, 0], [100, 0]], [[150, 50], [200, 0], [200, 0]]),
        lost([[100, 0], [100, 0], [100, 0]], [[150, 50], [150, 50], [200, 0]]),
        lost([[100, 0]], [[200, 0]], 0.3), lost([], [], 0),
      ];
    }""") == [False, False, True, False, False, 0.1, None, None, 0, 0.5, 0.3, 0]


def test_livekits_library_and_our_client_of_it_load(tiles):
    page = tiles(2)
    assert page.evaluate("""async () => {
      const { LiveKitMedia } = await import("/static/js/room/media_livekit.js");
      const ended = [];
      const client = new LiveKitMedia("", { url: "ws://tiles.test", token: "x" }, { closed: (code) => ended.push(code) });
      await client.open().catch(() => {});
      await client.send({ sound: null, picture: null }, {});
      client.want(() => false);
      client.unshare();
      client.close();
      return [typeof window.LivekitClient.Room, ended];
    }""") == ["function", [1006]]
