"""The journal in a real browser: what leaves it is ciphertext, and who has neither passphrase nor code reads nothing."""

import re

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from journal.models import Entry, SharedEntry, Vault
from tests.browser import chromium, picture, violations
from tests.desk import browser_of
from tests.desk_browser import open_as
from tests.factories import House, build_house
from tests.stack import wait_for

pytestmark = pytest.mark.xdist_group("browser-portal")
PASSPHRASE, OTHER = "lantern gravel orchid seven", "a quite different one 42"
TITLE, SECRET = "A heavy Tuesday", "Nobody may ever read of the blue bicycle"
PAGE = "/my/journal/"


@pytest.fixture(scope="module")
def chrome():
    with chromium() as found:
        yield found


@pytest.fixture
def here(transactional_db, live_server) -> House:
    """The cast, at the present time, behind a server."""
    return build_house()


def begin(page, passphrase: str = PASSPHRASE) -> str:
    """Begin a journal. Returns the recovery code."""
    page.goto(PAGE)
    page.locator("#begin-new").fill(passphrase)
    page.locator("#begin-again").fill(passphrase)
    page.get_by_role("button", name="Begin my journal").click()
    expect(page.get_by_role("heading", name="Your recovery code")).to_be_visible()
    code = page.locator("#journal-code").inner_text()
    page.get_by_label("I have written it down").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Entries")).to_be_visible()
    return code


def unlock(page, passphrase: str = PASSPHRASE) -> None:
    page.goto(PAGE)
    page.locator("#locked-passphrase").fill(passphrase)
    page.get_by_role("button", name="Open", exact=True).click()


def write(page, title: str = TITLE, text: str = SECRET) -> None:
    page.get_by_role("button", name="Write").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("What you want to write").fill(text)
    saved(page)


def saved(page) -> None:
    expect(page.locator("#entry-state")).to_have_text("Saved, locked")


def back(page) -> None:
    page.get_by_role("button", name="All entries").click()
    expect(page.get_by_role("heading", name="Entries")).to_be_visible()


def everything_stored() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_only_ciphertext_leaves_the_browser(here, live_server, chrome, caplog):
    caplog.set_level("DEBUG")
    page, complaints = open_as(chrome, live_server, here.pat.user)
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(f"{asked.url} {asked.headers} {asked.post_data or ''}"))
    code = begin(page)
    write(page)
    page.get_by_label("A prompt, if you like").select_option(index=1)
    saved(page)
    back(page)
    unlock(page)
    page.get_by_role("button", name=re.compile(TITLE)).click()
    expect(page.get_by_label("What you want to write")).to_have_value(SECRET)
    everything = "\n".join([*sent, everything_stored(), caplog.text])
    told = (TITLE, SECRET, "bicycle", PASSPHRASE, "lantern", code, code.replace("-", ""))
    assert sum("/entries/" in one for one in sent) >= 3
    assert [word for word in told if word in everything] == []
    prompt = page.get_by_label("A prompt, if you like").input_value()
    assert prompt and prompt not in "\n".join(sent)
    # Nor does the browser keep any of it but in this tab.
    kept = page.evaluate(
        """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, await (async () => {
            const asked = indexedDB.open("own", 1);
            const db = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
            const all = db.transaction("drafts").objectStore("drafts").getAll();
            return await new Promise((done) => { all.onsuccess = () => done(all.result); });
        })()])"""
    )
    assert [word for word in told if word in kept] == []
    assert complaints == []
    # The negative control: it would be found if it were there.
    page.get_by_role("button", name="Share with my care team").click()
    page.get_by_role("button", name="Share it").click()
    expect(page.locator("#journal-said")).to_contain_text("Shared.")
    assert SECRET in "\n".join(sent) and SECRET not in everything_stored()


def test_the_key_cannot_be_read_out_of_the_tab(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    begin(page)
    seal = page.evaluate(
        """async ([address, keys, passphrase]) => {
            const { open } = await import(address);
            const vault = (await (await fetch(keys)).json()).vault;
            const key = await open(vault, "passphrase", passphrase);
            return [key.extractable, key.usages, await crypto.subtle.exportKey("raw", key).then(() => "out", () => "kept")];
        }""",
        [f"{settings.STATIC_URL}js/journal/seal.js", "/my/journal/keys/", PASSPHRASE],
    )
    assert seal == [False, ["encrypt", "decrypt"], "kept"]


def test_a_wrong_passphrase_and_the_recovery_code(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    code = begin(page)
    write(page)
    unlock(page, "lantern gravel orchid eight")
    expect(page.get_by_text("This passphrase doesn’t open your journal.")).to_be_visible()
    expect(page.get_by_role("heading", name="Entries")).to_be_hidden()
    page.get_by_role("button", name="I have forgotten it").click()
    for given, says in (
        ("AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "This code doesn’t open your journal."),
        (code.lower().replace("-", " "), "has its new passphrase"),
    ):
        page.locator("#recover-code").fill(given)
        page.locator("#recover-new").fill(OTHER)
        page.locator("#recover-again").fill(OTHER)
        page.locator("[data-view='recover']").get_by_role("button", name="Open", exact=True).click()
        expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(TITLE))).to_be_visible()
    unlock(page, PASSPHRASE)
    expect(page.get_by_text("This passphrase doesn’t open your journal.")).to_be_visible()
    unlock(page, OTHER)
    expect(page.get_by_role("button", name=re.compile(TITLE))).to_be_visible()


def test_a_new_code_makes_the_old_one_useless_and_the_entries_stay(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    old = begin(page)
    write(page)
    back(page)
    page.get_by_role("button", name="Change passphrase or recovery code").click()
    page.locator("#change-passphrase").fill("not this one, surely")
    page.get_by_label("A new recovery code").check()
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_text("This is not your present passphrase.")).to_be_visible()
    page.locator("#change-passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("heading", name="Your recovery code")).to_be_visible()
    new = page.locator("#journal-code").inner_text()
    assert new != old
    page.get_by_label("I have written it down").check()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name=re.compile(TITLE))).to_be_visible()
    assert Vault.objects.get().version == 2


@pytest.mark.parametrize("how", ["title", "text", "moved", "rolled_back"])
def test_what_was_changed_on_the_server_is_told_and_not_shown(here, live_server, chrome, how):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    begin(page)
    write(page)
    back(page)
    write(page, "Another day", "Quite other words")
    back(page)
    first, second = Entry.objects.order_by("pk")
    if how in ("title", "text"):
        box = getattr(first, f"{how}_box")
        spoilt = box[:60] + ("A" if box[60] != "A" else "B") + box[61:]
        Entry.objects.filter(pk=first.pk).update(**{f"{how}_box": spoilt})
    elif how == "moved":  # another entry's own boxes, under this one's uid
        Entry.objects.filter(pk=first.pk).update(title_box=second.title_box, text_box=second.text_box)
    else:  # an old state under a new number
        Entry.objects.filter(pk=first.pk).update(version=first.version + 1)
    unlock(page)
    rows = page.locator("#journal-list button")
    expect(rows).to_have_count(2)
    if how != "text":
        expect(page.get_by_role("button", name=re.compile("Can’t be opened"))).to_be_visible()
    page.locator(f"[data-uid='{first.uid}']").click()
    expect(page.locator("#journal-said")).to_contain_text("what is stored is not what you saved")
    assert SECRET not in page.locator("#journal").inner_text()
    page.locator(f"[data-uid='{second.uid}']").click()  # the other one is as it was
    expect(page.get_by_label("What you want to write")).to_have_value("Quite other words")


def test_two_devices_lose_nothing(here, live_server, chrome):
    phone, _complaints = open_as(chrome, live_server, here.pat.user)
    begin(phone)
    write(phone)
    laptop, _complaints = open_as(chrome, live_server, here.pat.user)
    unlock(laptop)
    laptop.get_by_role("button", name=re.compile(TITLE)).click()
    laptop.get_by_label("What you want to write").fill("From the laptop")
    saved(laptop)
    phone.get_by_label("What you want to write").fill("From the phone")
    expect(phone.locator("#journal-said")).to_contain_text("Both are kept")
    saved(phone)
    back(phone)
    back(laptop)
    unlock(laptop)
    for title, text in ((f"{TITLE} (from another device)", "From the phone"), (TITLE, "From the laptop")):
        laptop.locator("#journal-list button").filter(has=laptop.get_by_text(title, exact=True)).click()
        expect(laptop.get_by_label("What you want to write")).to_have_value(text)
        back(laptop)
    assert Entry.objects.count() == 2


def test_offline_it_is_kept_sealed_on_the_device_and_sent_later(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    begin(page)
    write(page)
    page.context.set_offline(True)
    page.get_by_label("What you want to write").fill("Written in the tunnel")
    expect(page.locator("#entry-state")).to_contain_text("Kept on this device, locked")
    page.context.set_offline(False)
    saved(page)
    assert Entry.objects.get().version >= 2
    # And when the page is gone before there is a connection again.
    page.context.set_offline(True)
    page.get_by_label("What you want to write").fill("Written before the lid closed")
    expect(page.locator("#entry-state")).to_contain_text("Kept on this device, locked")
    version = Entry.objects.get().version
    page.goto("about:blank")
    page.context.set_offline(False)
    unlock(page)
    page.get_by_role("button", name=re.compile(TITLE)).click()
    expect(page.get_by_label("What you want to write")).to_have_value("Written before the lid closed")
    wait_for(lambda: Entry.objects.get().version == version + 1, why="it is sent once")


def test_an_answer_that_was_lost_makes_no_second_entry(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    begin(page)
    write(page)
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)  # it arrives, its answer does not
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/journal/entries/[0-9a-f-]+/$"), lose)
    page.get_by_label("What you want to write").fill("Saved twice, once")
    expect(page.locator("#entry-state")).to_contain_text("Kept on this device, locked")
    assert lost == [200]
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page)
    assert Entry.objects.count() == 1 and Entry.objects.get().version == 2


def test_sharing_with_the_care_team_and_taking_it_back(here, live_server, chrome, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    begin(page)
    write(page)
    page.get_by_role("button", name="Share with my care team").click()
    page.get_by_role("button", name="Keep it to myself").click()
    assert not SharedEntry.objects.exists()
    page.get_by_role("button", name="Share with my care team").click()
    page.get_by_role("button", name="Share it").click()
    expect(page.locator("#journal-said")).to_contain_text("Shared.")
    desk = reverse("dashboard:shared", args=[here.pat.uid])
    assert SECRET in browser_of(here.alice).get(desk).content.decode()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#journal-said")).to_contain_text("Taken back.")
    assert SECRET not in browser_of(here.alice).get(desk).content.decode()
    page.get_by_role("button", name="Keep for the next session").click()
    expect(page.locator("#journal-said")).to_contain_text("You will be reminded")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    wait_for(lambda: not Entry.objects.exists(), why="the entry is deleted")


def test_it_locks_itself_and_keeps_what_is_open(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user)
    page.clock.install()
    begin(page)
    page.get_by_role("button", name="Write").click()
    page.get_by_label("What you want to write").fill(SECRET)
    page.clock.run_for(11 * 60_000)
    expect(page.get_by_role("heading", name="Your journal is locked")).to_be_visible()
    assert SECRET not in page.content()
    assert page.get_by_label("What you want to write").input_value() == ""
    page.locator("#locked-passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("button", name=re.compile("Without a title")).click()
    expect(page.get_by_label("What you want to write")).to_have_value(SECRET)


def test_without_scripts_it_says_why(here, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, here.pat.user, java_script_enabled=False)
    page.goto(PAGE)
    expect(page.get_by_text("opens only with scripts switched on")).to_be_visible()
    assert page.locator("#journal").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_view_is_accessible(here, live_server, chrome, scheme, width):
    page, complaints = open_as(
        chrome, live_server, here.pat.user, color_scheme=scheme, viewport={"width": width, "height": 844}
    )

    def look(name: str) -> None:
        assert violations(page) == [], name
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        picture(page, f"journal-{name}-{width}-{scheme}")

    page.goto(PAGE)
    expect(page.locator("#begin-new")).to_be_focused()
    look("begin")
    page.locator("#begin-new").fill("short")
    page.get_by_role("button", name="Begin my journal").click()
    expect(page.get_by_text("at least 12 characters")).to_be_visible()
    look("weak")
    page.locator("#begin-new").fill(PASSPHRASE)
    page.locator("#begin-again").fill(PASSPHRASE)
    page.get_by_role("button", name="Begin my journal").click()
    expect(page.get_by_role("heading", name="Your recovery code")).to_be_visible()
    look("code")
    page.get_by_label("I have written it down").check()
    page.get_by_role("button", name="Go on").click()
    write(page)
    page.get_by_label("A prompt, if you like").select_option(index=1)
    saved(page)
    page.get_by_role("button", name="Keep for the next session").click()
    expect(page.locator("#journal-said")).to_contain_text("You will be reminded")
    page.get_by_role("button", name="Share with my care team").click()
    look("sharing")
    page.get_by_role("button", name="Share it").click()
    expect(page.locator("#journal-said")).to_contain_text("Shared.")
    look("entry")
    back(page)
    look("list")
    page.get_by_role("button", name="Change passphrase or recovery code").click()
    look("change")
    page.goto(PAGE)
    expect(page.get_by_role("heading", name="Your journal is locked")).to_be_visible()
    look("locked")
    page.get_by_role("button", name="I have forgotten it").click()
    look("recover")
    page.goto("/my/journal/forget/")
    look("forget")
    page.goto("/my/")
    look("today")
    assert complaints == []
