"""A real Chromium for tests, and its pictures."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from iop.env import BASE_DIR

AXE = (BASE_DIR / "node_modules/axe-core/axe.min.js").read_text()
RUN_AXE = """axe.run(document, {resultTypes: ["violations"]}).then((found) => JSON.stringify(
    found.violations.map((v) => [v.id, v.nodes.map((n) => n.target.join(" "))])))"""
# The gate must answer as it does anywhere; how long a busy machine takes for it is no matter of this test.
AS_ON_A_QUIET_MACHINE = """async () => {
    const { checks } = await import(document.querySelector("script[src*='devices']").src);
    for (const check of checks.values()) {
        const reach = check.roundTrip;
        check.roundTrip = () => reach().then(() => 20);
    }
}"""

expect.set_options(timeout=20_000)  # ms that something which has to come may take: a busy machine is no fault
# Background traffic of the browser itself is off: tests speak with this machine only.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium(more: Sequence[str] = ()) -> Iterator[Browser]:
    """The browser that script/test found (CHROMIUM), one on PATH, or Playwright's own. more: arguments of its own."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    # Playwright keeps an event loop in this thread, which Django would take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=[*QUIET, *more])
            yield browser
            browser.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def picture(page: Page, name: str, *, full: bool = True) -> None:
    """Keep a picture of the page under .data/screenshots when script/test was asked to (`--screenshots`)."""
    if os.environ.get("SCREENSHOTS"):
        folder = BASE_DIR / ".data" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=full)


def violations(page: Page) -> list:
    """What axe-core finds on the page once it has loaded. It is brought in past the CSP, as a debugger would.

    A click comes back when the next page has begun, of which there may be nothing to judge as yet.
    """
    page.wait_for_load_state()
    tools = page.context.new_cdp_session(page)
    if not tools.send("Runtime.evaluate", {"expression": "Boolean(window.axe)"})["result"]["value"]:
        tools.send("Runtime.evaluate", {"expression": AXE})
    found = tools.send("Runtime.evaluate", {"expression": RUN_AXE, "awaitPromise": True, "returnByValue": True})
    return json.loads(found["result"]["value"])
