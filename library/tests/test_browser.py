"""Homework in a real browser: the whole way at a phone's and a desk's width; what is typed is saved, survives a lost connection,
and is never written over by another window."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from groups.models import Curriculum
from library.models import Homework, LibraryItem, Sending, Sheet
from library.services import add_house_library, assign, reply, send_sheet
from portal.tests.test_browser import browser, here  # noqa: F401 - fixtures
from portal.tests.test_walk import CUT
from tests.browser import picture, violations
from tests.desk_browser import open_as
from tests.examples.library import make_article, make_recording, make_worksheet

pytestmark = pytest.mark.xdist_group("browser")
SHORT, LONG = "The thought that went through my mind", "What happened? Only what a camera would have seen."


@pytest.fixture(autouse=True)
def settled(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    settings.CLINIC_PHONE = "555 0100"


def house_library(here) -> dict[str, LibraryItem]:  # noqa: F811
    """The texts of the house, which the group works through."""
    found = {item.code: item for item in add_house_library(program=here.program)}
    here.group.curriculum = Curriculum.objects.get()
    here.group.save()
    return found


def give(here, item: LibraryItem, **fields) -> Homework:  # noqa: F811
    return assign(patient=here.pat, item=item, by=here.alice, **fields)


def fits(page) -> None:
    assert violations(page) == [], page.url
    assert page.evaluate(CUT) == [], page.url


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_from_the_desk_to_an_answer(here, live_server, browser, width, scheme):  # noqa: F811
    texts = house_library(here)
    give(here, texts["sleep_returns"], due_on=timezone.localdate() + dt.timedelta(days=9))
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    pat, said = open_as(browser, live_server, here.pat.user, **look)
    alice, said_too = open_as(browser, live_server, here.alice, **look)

    alice.goto(f"/desk/people/{here.pat.uid}/homework/")
    alice.get_by_label("What", exact=True).select_option(
        label=f"Worksheet: {texts['look_at_a_thought'].title} · Thoughts and feelings"
    )
    alice.get_by_label("Due").fill((timezone.localdate() + dt.timedelta(days=3)).isoformat())
    alice.get_by_label("A word with it").fill(
        "Take one moment that is not too big. We look at it together on Thursday."
    )
    fits(alice)
    picture(alice, f"homework-desk-give-{width}-{scheme}")
    alice.get_by_role("button", name="Give it").click()
    expect(alice.get_by_text("Given. They are told that something is there, and not what.")).to_be_visible()

    pat.goto("/my/")
    expect(pat.get_by_text("2 things to work on, the first due")).to_be_visible()
    fits(pat)
    picture(pat, f"homework-today-{width}-{scheme}")
    pat.get_by_role("link", name="Look at it").click()
    fits(pat)
    picture(pat, f"homework-list-{width}-{scheme}")
    pat.get_by_role("link", name="Looking at one thought").click()
    expect(pat.get_by_text("We look at it together on Thursday.")).to_be_visible()
    pat.get_by_label(LONG).fill("She read my message and did not answer until the evening.")
    pat.get_by_label(SHORT).fill("She is done with me.")
    pat.locator("label.measure-step", has_text="8").first.click()
    pat.get_by_label("Afraid").check()
    expect(pat.get_by_text("Saved at")).to_be_visible()
    fits(pat)
    picture(pat, f"homework-sheet-{width}-{scheme}")
    pat.reload()
    expect(pat.get_by_label(SHORT)).to_have_value("She is done with me.")
    pat.get_by_label(SHORT).fill("")
    pat.get_by_role("button", name="Send to my team").click()
    expect(pat.get_by_text("This one is needed before you send it.")).to_be_visible()
    fits(pat)
    picture(pat, f"homework-sheet-needed-{width}-{scheme}")
    pat.get_by_label(SHORT).fill("She is done with me.")
    pat.get_by_role("button", name="Send to my team").click()
    expect(pat.get_by_text("Sent to your team.")).to_be_visible()

    alice.goto("/desk/")
    expect(alice.get_by_role("heading", name="Worksheets to answer")).to_be_visible()
    alice.locator("section[aria-labelledby=sent-back]").get_by_role("link", name="Pat Peerson").click()
    expect(alice.get_by_text("She is done with me.")).to_be_visible()
    alice.get_by_label("Your answer").fill(
        "You separated very well what happened from what you thought.\n\nWhat would a friend say?"
    )
    alice.get_by_label("Ask them to look at it once more").check()
    fits(alice)
    picture(alice, f"homework-desk-answer-{width}-{scheme}")
    alice.get_by_role("button", name="Send the answer").click()
    expect(alice.get_by_text("Answered.")).to_be_visible()

    pat.goto("/my/")
    expect(pat.get_by_text("Your team answered what you sent.")).to_be_visible()
    pat.goto(f"/my/homework/{Homework.objects.get(item=texts['look_at_a_thought']).uid}/")
    expect(pat.get_by_text("What would a friend say?")).to_be_visible()
    expect(pat.get_by_text("asks you to look at it once more")).to_be_visible()
    fits(pat)
    picture(pat, f"homework-answered-{width}-{scheme}")
    pat.goto("/my/library/")
    expect(pat.get_by_role("heading", name="Noticing what is going on")).to_be_visible()
    fits(pat)
    picture(pat, f"library-{width}-{scheme}")
    for code in ("urges_pass", "hard_day"):
        pat.goto(f"/my/library/{texts[code].uid}/")
        fits(pat)
        picture(pat, f"library-{code}-{width}-{scheme}")
    for name, address in {
        "all": "/desk/library/",
        "item": f"/desk/library/{texts['hard_day'].uid}/",
        "members": f"/desk/series/{here.group.uid}/homework/",
    }.items():
        alice.goto(address)
        fits(alice)
        picture(alice, f"library-desk-{name}-{width}-{scheme}")
    assert [one for one in said if "422" not in one] == [] and said_too == []


def test_a_lost_connection_and_another_window(here, live_server, browser):  # noqa: F811
    item = make_worksheet(here.program)
    given = give(here, item)
    page, _said = open_as(browser, live_server, here.pat.user, viewport={"width": 390, "height": 844})
    address = f"/my/homework/{given.uid}/"
    page.goto(address)
    page.context.set_offline(True)
    page.get_by_label("Question 1").fill("Written in a tunnel")
    expect(page.get_by_text("Not saved yet:")).to_be_visible()
    page.get_by_role("button", name="Send to my team").click()
    expect(page.get_by_text("press again once you are connected")).to_be_visible()
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "draft:homework" in kept and "tunnel" not in kept, "nobody else at this device reads it"
    page.context.set_offline(False)
    page.goto("/my/week/")
    page.goto(address)
    expect(page.get_by_label("Question 1")).to_have_value("Written in a tunnel")
    expect(page.get_by_text("Saved at")).to_be_visible()
    assert Sheet.objects.get().version == 1
    assert "draft:" not in page.evaluate("JSON.stringify({...localStorage})"), "the server has it: nothing is kept here"

    other = page.context.new_page()
    other.goto(address)
    other.get_by_label("Question 2").fill("From the other window")
    expect(other.get_by_text("Saved at")).to_be_visible()
    page.get_by_label("Question 2").fill("From the first window")
    expect(page.get_by_text("Press Save to see both.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Saved elsewhere:")).to_be_visible()
    expect(page.get_by_label("Question 2")).to_have_value("From the first window")
    expect(page.get_by_text("From the other window")).to_be_visible()
    fits(page)
    picture(page, "homework-both-390-light")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Saved. Only you see it until you send it.")).to_be_visible()
    assert sorted(Sheet.objects.get().answers.values()) == ["From the first window", "Written in a tunnel"]


def test_without_scripts(here, live_server, browser):  # noqa: F811
    given = give(here, make_worksheet(here.program))
    page, _said = open_as(browser, live_server, here.pat.user, java_script_enabled=False)
    page.goto("/my/homework/")
    page.get_by_role("link", name="My worksheet").click()
    page.get_by_label("Question 2").fill("Slowly.")
    page.get_by_label("Question 2").press("Tab")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Saved. Only you see it until you send it.")).to_be_visible()
    page.get_by_label("Question 1").fill("At home")
    page.get_by_role("button", name="Send to my team").click()
    expect(page.get_by_text("Sent to your team.")).to_be_visible()
    assert len(Sending.objects.get(homework=given).answers) == 2


@pytest.mark.parametrize("language", ["en", "es"])
def test_room_at_320_px_and_with_letters_twice_as_large(here, live_server, browser, language):  # noqa: F811
    here.pat.user.language = language
    here.pat.user.save(update_fields=["language"])
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 2
    texts = house_library(here)
    article = give(here, make_article(here.program, title=long, title_es=long, text=long, text_es=long), note=long)
    heard = give(here, make_recording(here.program, title_es="", text_es=""))
    asked = give(here, texts["look_at_a_thought"], due_on=timezone.localdate())
    answers = {str(field.pk): long for field in asked.item.fields.filter(kind__in=["short", "long"])}
    sending = send_sheet(homework=asked, answers=answers, version=0)
    reply(sending=sending, text=long, by=here.alice)
    again = give(here, texts["look_at_a_thought"], due_on=timezone.localdate())
    pages = [
        "/my/",
        "/my/library/",
        "/my/homework/",
        *(f"/my/homework/{one.uid}/" for one in (article, heard, asked, again)),
    ]
    pages += [f"/my/library/{texts[code].uid}/" for code in ("next_hour", "what_matters")]
    page, _said = open_as(browser, live_server, here.pat.user, viewport={"width": 320, "height": 640}, locale=language)
    for number, address in enumerate(pages):
        page.set_viewport_size({"width": 320, "height": 640})
        page.goto(address)
        fits(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.set_viewport_size({"width": 640, "height": 640})
        assert page.evaluate(CUT) == [], address
        page.evaluate("document.documentElement.style.fontSize = ''")
        page.set_viewport_size({"width": 390, "height": 844})
        picture(page, f"homework-page-{number}-390-{language}")
