"""The pages of care in a real browser: a form on a phone, an alert from press to signature, the leaders' workspace, follow-ups.

Pictures of every page are kept in the folder SHOTS names.
"""

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from clinical.models import FollowUp, GroupObservation, Level, MeasureResponse, PsychotherapyNote, RiskAlert
from clinical.services import asking, dynamics, measures, risk
from clinical.tests.care_scenes import (
    add_alerts,
    add_follow_ups,
    add_group_past,
    add_measures,
    add_on_call,
    ask_for_all,
    long_named,
)
from scheduling.services import seat_member
from tests.browser import violations
from tests.desk_browser import chrome, held, open_as
from tests.factories import PASSWORD

__all__ = ["chrome", "held"]
pytestmark = pytest.mark.xdist_group("browser-clinical")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def _shoot(page: Page, name: str, **more) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, **more)


def _answer(page: Page, question: str, answer: str) -> None:
    """Touch an answer where a thumb would."""
    group = page.get_by_role("group", name=question)
    group.locator("label").filter(has=page.get_by_role("radio", name=answer, exact=True)).click()


def _fits(page: Page, name: str) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"


# --- what people do


def test_an_answer_on_a_phone_leads_to_help_and_to_somebody_who_deals_with_it(held, live_server, chrome):
    add_on_call(held)
    asked = asking.ask(episode=held.pat_episode, measure="phq9", by=held.alice)
    pat, complaints = open_as(chrome, live_server, held.pat.user, **PHONE)
    pat.goto("/my/check-ins/")
    pat.get_by_role("link", name="Low mood").click()
    expect(pat.locator("form[data-measure]")).to_be_visible()
    for question in pat.locator("legend").all_inner_texts()[:8]:
        _answer(pat, question, "Several days")
    _answer(pat, "better off dead", "More than half the days")
    expect(pat.locator("[data-left]")).to_have_text("Still blank: 1")
    pat.get_by_role("button", name="Send").click()
    pat.wait_for_url("**/my/help/")
    expect(pat.get_by_role("heading", name="Your team knows")).to_be_visible()
    call = pat.locator("main").get_by_role("link", name="Call 988")
    expect(call).to_have_attribute("href", "tel:988")
    assert call.bounding_box()["height"] >= 44
    assert measures.open_for(held.pat, held.pat.user.zone) == []
    assert MeasureResponse.objects.get(assignment=asked).answers["9"] == 2

    desk, said = open_as(chrome, live_server, held.alice)
    desk.goto("/desk/alerts/")
    desk.get_by_role("link", name="Open", exact=False).first.click()
    expect(desk.get_by_text("More than half the days")).to_be_visible()
    desk.get_by_role("button", name="I take it on").click()
    desk.get_by_label("What was done", exact=True).select_option("Spoke with them")
    desk.get_by_label("In words", exact=True).fill("At home with her sister; no plan.")
    desk.get_by_role("button", name="Keep it").click()
    expect(desk.get_by_role("list").filter(has_text="At home with her sister")).to_be_visible()
    # Without a word the form comes back, nothing lost; then by keyboard to the signature.
    desk.get_by_label("Goes on in the program").check()
    desk.get_by_label("Assessment, reasoning").fill("Passive thoughts, no plan, no means at hand. Plan gone through.")
    desk.get_by_role("button", name="Sign and close").click()
    expect(desk.locator("#sign-password_error")).to_be_visible()
    expect(desk.get_by_label("Assessment, reasoning")).to_have_value(
        "Passive thoughts, no plan, no means at hand. Plan gone through."
    )
    assert RiskAlert.objects.get().closed_at is None
    desk.get_by_label("Your password").fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Signed by")).to_be_visible()
    assert RiskAlert.objects.get().disposition == "continue"
    assert complaints == []
    assert [c for c in said if "422" not in c] == []


def test_steps_from_0_to_10_are_chosen_by_keyboard_and_by_thumb(held, live_server, chrome):
    asked = ask_for_all(held)["check_in"]
    page, complaints = open_as(chrome, live_server, held.pat.user, **PHONE)
    page.clock.install()
    page.goto(f"/my/check-ins/{asked.uid}/")
    for box in [step.bounding_box() for step in page.locator(".measure-step").all()]:
        assert box["height"] >= 44 and box["width"] >= 40, box
    mood = page.get_by_role("group", name="My mood")
    mood.get_by_role("radio", name="0", exact=True).focus()
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    expect(mood.get_by_role("radio", name="3", exact=True)).to_be_checked()
    ring = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    assert page.evaluate(ring) == "solid"
    page.keyboard.press("Tab")  # one stop for a question
    page.keyboard.press("Space")
    expect(page.get_by_role("group", name="Cravings").get_by_role("radio", name="0", exact=True)).to_be_checked()
    # Pressed again later an answer is taken back: blank is an answer too. A double tap takes nothing back.
    cravings = page.get_by_role("group", name="Cravings")
    page.clock.fast_forward(1000)
    cravings.locator("label").first.click()
    expect(cravings.get_by_role("radio", name="0", exact=True)).not_to_be_checked()
    expect(page.locator("[data-left]")).to_have_text("Still blank: 2")
    cravings.locator("label").first.dblclick()
    expect(cravings.get_by_role("radio", name="0", exact=True)).to_be_checked()
    _answer(page, "cop", "10")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert MeasureResponse.objects.get().answers == {"mood": 3, "craving": 0, "coping": 10}
    assert complaints == []


def test_help_is_one_press_away_from_every_page(held, live_server, chrome):
    page, complaints = open_as(chrome, live_server, held.pat.user, **PHONE)
    page.goto("/my/")
    page.locator(".crisis").get_by_role("link", name="I need somebody").click()
    page.get_by_role("button", name="I need somebody").click()
    expect(page.get_by_role("heading", name="Your team knows")).to_be_visible()
    found = RiskAlert.objects.get()
    assert (found.source, found.level) == ("own", Level.HIGH)
    risk.acknowledge(alert=found, by=held.alice)
    page.reload()
    expect(page.get_by_text("Somebody took it on")).to_be_visible()
    page.get_by_role("button", name="I still need somebody").click()  # an open alert keeps nobody from asking again
    expect(page.get_by_text("Your team knows that you need somebody.")).to_be_visible()
    assert complaints == []


def test_reading_aloud_and_voiding_what_was_entered_by_mistake(held, live_server, chrome):
    page, complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/people/{held.pat.uid}/check-ins/")
    page.get_by_label("Measure", exact=True).select_option(label="GAD-7 · Anxiety")
    page.get_by_role("button", name="Read it aloud now").click()
    first = page.get_by_role("radio").first
    first.focus()
    for _question in range(7):
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Keep the answers").click()
    expect(page.get_by_text("of 21")).to_be_visible()
    page.get_by_text("Entered by mistake?").click()
    page.get_by_label("Why are they voided?").fill("Read to somebody else.")
    page.get_by_role("button", name="Void these answers").click()
    expect(page.get_by_text("Read to somebody else.")).to_be_visible()
    assert MeasureResponse.objects.get().voided_at
    assert complaints == []


def test_the_group_is_observed_by_keyboard_alone(held, live_server, chrome):
    page, complaints = open_as(chrome, live_server, held.alice)
    page.goto(f"/desk/sessions/{held.session.uid}/climate/")
    page.get_by_role("group", name="climate", exact=False).first.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.get_by_label("Newcomer").focus()
    page.keyboard.press("Space")
    page.get_by_label("What was seen").fill("Pat spoke most.")
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.get_by_text("may name somebody")).to_be_visible()
    page.get_by_label("What was seen").fill("A member spoke most.")
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.get_by_text("Kept, for the leaders of this group.")).to_be_visible()
    found = GroupObservation.objects.get()
    assert (found.climate, found.cohesion, found.safety, found.roles) == (3, 0, None, ["newcomer"])
    assert [c for c in complaints if "422" not in c] == []


def test_a_quiet_member_is_followed_up_and_what_came_of_it_is_kept(held, live_server, chrome):
    long = long_named(held)
    seat_member(group=held.group, episode=long, joined_on=held.session.starts_at.date())
    add_group_past(held, [long])
    opened = add_follow_ups(held, long)
    page, complaints = open_as(chrome, live_server, held.alice)
    page.goto("/desk/follow-ups/")
    page.get_by_role("button", name="Follow up Bartholomew").click()
    expect(page.get_by_text("Alice Clinician follows up until")).to_be_visible()
    assert FollowUp.objects.get(patient__legal_first_name__startswith="Bartholomew").reason == "quiet"
    page.get_by_role("link", name="Pat Peerson").first.click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Say what came of it.")).to_be_visible()
    page.get_by_label("Tried, not reached").check()
    page.get_by_label("In words").fill("Called three times.")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert FollowUp.objects.get(pk=opened["mine"].pk).outcome == "not_reached"
    assert [c for c in complaints if "422" not in c] == []


def test_a_private_note_is_never_printed(held, live_server, chrome):
    dynamics.save_private_note(author=held.alice, text="My own thoughts.", about_on=held.session.starts_at.date())
    note = PsychotherapyNote.objects.get()
    page, _complaints = open_as(chrome, live_server, held.alice)
    for address in (f"/desk/own-notes/{note.uid}/", "/desk/own-notes/"):
        page.goto(address)
        page.emulate_media(media="print")
        for form in page.locator("main form, main section").all():
            expect(form).to_be_hidden()
        expect(page.get_by_text("can’t be printed")).to_be_visible()
        page.emulate_media(media="screen")
        expect(page.get_by_text("can’t be printed")).to_be_hidden()


# --- how it looks


# The other two are for looking at: each colour and each width is tried here.
SIZES = ((390, "light"), (1280, "dark"), *(((1280, "light"), (390, "dark")) if os.environ.get("SHOTS") else ()))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_pages_hold_up(held, live_server, chrome, width, scheme):
    """With long names, with errors and empty: no page is wider than its screen, and axe finds no fault."""
    size = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    end, faults = f"{width}-{scheme}", []

    def look(page: Page, pages: dict[str, str]) -> None:
        for name, address in pages.items():
            page.goto(address)
            check(page, name)

    def check(page: Page, name: str) -> None:
        for summary in page.locator("main details:not([open]) > summary").all():
            summary.click()
        _shoot(page, f"{name}-{end}")
        _fits(page, name)
        if found := violations(page):
            faults.append((name, found))

    pat, pat_said = open_as(chrome, live_server, held.pat.user, **size)
    alice, alice_said = open_as(chrome, live_server, held.alice, **size)
    bob, bob_said = open_as(chrome, live_server, held.bob, **size)
    person = f"/desk/people/{held.pat.uid}"
    look(pat, {"my-empty": "/my/check-ins/", "my-help": "/my/help/"})
    look(
        alice,
        {
            "alerts-empty": "/desk/alerts/",
            "followups-empty": "/desk/follow-ups/",
            "measures-empty": f"{person}/check-ins/",
            "history-empty": f"{person}/check-ins/1/",
            "own-notes-empty": "/desk/own-notes/",
            "workspaces": "/desk/workspaces/",
        },
    )
    look(bob, {"on-call-empty": "/desk/on-call/", "rules": "/desk/check-ins/"})

    long = long_named(held)
    seat_member(group=held.group, episode=long, joined_on=held.session.starts_at.date())
    add_group_past(held, [long])
    add_measures(held, held.pat_episode)
    asked = ask_for_all(held)
    tasks = add_follow_ups(held, long)
    look(pat, {"my-list": "/my/check-ins/"} | {f"my-{c}": f"/my/check-ins/{a.uid}/" for c, a in asked.items()})
    pat.goto(f"/my/check-ins/{asked['bam_r'].uid}/")
    pat.locator("input[type=number]").first.fill("45")
    pat.get_by_role("button", name="Send").click()
    check(pat, "my-bam_r-errors")
    alerts = add_alerts(held, long)
    add_on_call(held)
    look(pat, {"my-help-told": "/my/help/"})
    look(bob, {"on-call": "/desk/on-call/"})
    bob.get_by_role("button", name="Add").click()
    check(bob, "on-call-errors")

    dynamics.save_private_note(author=held.alice, text="My own thoughts.", about_on=held.session.starts_at.date())
    note = PsychotherapyNote.objects.get()
    answered = MeasureResponse.objects.filter(patient=held.pat, measure="phq9")
    look(
        alice,
        {
            "alerts": "/desk/alerts/",
            **{f"alert-{name}": f"/desk/alerts/{found.uid}/" for name, found in alerts.items()},
            "concern": f"{person}/concern/",
            "followups": "/desk/follow-ups/",
            "followup": f"/desk/follow-ups/{tasks['mine'].uid}/",
            "followup-late": f"/desk/follow-ups/{tasks['late'].uid}/",
            "followup-done": f"/desk/follow-ups/{tasks['done'].uid}/",
            "followup-new": f"{person}/follow-up/",
            "measures": f"{person}/check-ins/",
            "history": f"{person}/check-ins/1/",
            "history-bam": f"{person}/check-ins/7/",
            "aloud": f"{person}/check-ins/7/aloud/",
            "answers": f"/desk/check-ins/{answered.filter(voided_at=None).earliest('answered_at').uid}/",
            "answers-void": f"/desk/check-ins/{answered.exclude(voided_at=None).get().uid}/",
            "workspace": f"/desk/workspaces/{held.group.uid}/",
            "observe": f"/desk/sessions/{held.session.uid}/climate/",
            "own-notes": f"/desk/own-notes/?session={held.session.uid}",
            "own-note": f"/desk/own-notes/{note.uid}/",
        },
    )
    alice.goto(f"/desk/alerts/{alerts['taken'].uid}/")
    alice.get_by_role("button", name="Sign and close").click()
    check(alice, "alert-errors")
    alice.goto(f"{person}/concern/")
    alice.get_by_role("button", name="Tell them now").click()
    check(alice, "concern-errors")
    alice.goto(f"/desk/follow-ups/{tasks['mine'].uid}/")
    alice.get_by_role("button", name="Done").click()
    check(alice, "followup-errors")
    assert faults == []
    assert [c for c in (*pat_said, *alice_said, *bob_said) if "422" not in c] == []


def test_at_twice_the_size_nothing_is_cut_off(held, live_server, chrome):
    """200 % on a small laptop: 640 CSS pixels."""
    asked = ask_for_all(held)
    alerts = add_alerts(held, long_named(held))
    size = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    for user, addresses in (
        (held.pat.user, ["/my/help/", f"/my/check-ins/{asked['check_in'].uid}/"]),
        (held.alice, [f"/desk/alerts/{alerts['taken'].uid}/", f"/desk/sessions/{held.session.uid}/climate/"]),
        (held.bob, ["/desk/check-ins/"]),
    ):
        page, _said = open_as(chrome, live_server, user, **size)
        for number, address in enumerate(addresses):
            page.goto(address)
            _fits(page, address)
            _shoot(page, f"zoom-{user.first_name}-{number}")


def test_what_is_typed_and_not_kept_yet_survives_a_closed_tab_and_an_expired_sign_in(held, live_server, chrome):
    page, _complaints = open_as(chrome, live_server, held.alice)
    page.goto("/desk/own-notes/")
    words = "The silence after the joke was about me."
    page.get_by_label("Note").fill(words)
    expect(page.locator("form[data-kept]")).to_be_visible()
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "draft:" in kept and "silence" not in kept
    context, mine = page.context, page.context.cookies()
    page.close()
    page = context.new_page()
    page.goto("/desk/own-notes/")
    expect(page.get_by_label("Note")).to_have_value(words)
    expect(page.get_by_text("What you wrote here last time")).to_be_visible()
    # The button is pressed when nobody is signed in any more: the words are there after signing in again.
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Keep it for me").click()
    expect(page.get_by_label("Password")).to_be_visible()
    context.add_cookies(mine)
    page.goto("/desk/own-notes/")
    expect(page.get_by_label("Note")).to_have_value(words)
    page.get_by_role("button", name="Keep it for me").click()
    expect(page.get_by_text("Kept, for you alone.")).to_be_visible()
    assert PsychotherapyNote.objects.get().text == words
    expect(page.get_by_label("Note")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("")
    assert "draft:" not in page.evaluate("JSON.stringify(localStorage)")
