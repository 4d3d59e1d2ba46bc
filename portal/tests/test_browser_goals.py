"""Month, requests, goals and what is shared in a real browser: by tap and without scripts, at both sizes, in both languages."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clinical.models import Kind, OwnStep, SharedGoal
from clinical.queries_goals import memberships_of
from clinical.services import goals
from clinical.services.documents import Content, save_document, sign_document, start_document
from clinical.services.suggestions import suggest
from scheduling.models import Booking, ExcuseRequest, SeatRequest, Session
from scheduling.services import answer_excuse, ask_for_seat, ask_to_be_excused, create_slot, seat_member
from tests.browser import chromium, picture, violations
from tests.clinical_factories import make_plan
from tests.desk_browser import open_as
from tests.factories import House, build_house, make_group, make_staff

pytestmark = pytest.mark.xdist_group("browser-portal")


@pytest.fixture(scope="module")
def chrome():
    with chromium() as found:
        yield found


@pytest.fixture
def here(transactional_db, live_server, settings) -> House:
    """The cast at the present time behind a server, with a fuller calendar, a plan, and free seats."""
    settings.MFA_REQUIRED_FOR_STAFF = False
    house = build_house()
    for n, kind in enumerate(("skills", "psychoeducation", "support")):
        group = make_group(house.program, make_staff(house.program, first="Lee"), kind=kind, topic="What helps me")
        create_slot(group=group, weekday=1 + n, starts_at=dt.time(10), minutes=90)
        if n < 2:
            seat_member(group=group, episode=house.pat_episode, joined_on=house.program.today)
    make_plan(house.pat_episode, house.alice)
    draft = start_document(patient=house.pat, kind=Kind.SAFETY_PLAN, by=house.alice)
    content = Content(sections={"signs": "I do not sleep.", "own": "A walk.", "safer": "A friend keeps the key."})
    draft = save_document(document=draft, content=content, version=draft.version, by=house.alice)
    house.plan = sign_document(document=draft, version=draft.version, by=house.alice)
    house.lines = [o.line for o in goals.objectives_in_force(house.pat)]
    return house


def coming(house) -> Session:
    return Session.objects.filter(group=house.group, starts_at__gt=timezone.now()).earliest("starts_at")


@pytest.mark.parametrize("scripts", [True, False])
def test_asked_ticked_and_shared_by_tap(here, live_server, chrome, scripts):
    size = {"width": 390, "height": 844}
    page, complaints = open_as(chrome, live_server, here.pat.user, java_script_enabled=scripts, viewport=size)
    page.goto("/my/month/")
    page.goto(f"/my/sessions/{coming(here).uid}/excuse/")
    page.get_by_text("Work or school").click()
    page.get_by_label("Anything you want to add").fill("An exam")
    page.get_by_role("button", name="Ask to be excused").click()
    expect(page.get_by_text("Thank you for telling us ahead.")).to_be_visible()
    assert ExcuseRequest.objects.get().words == "An exam"
    page.goto("/my/goals/")
    page.get_by_label("A next step of your own").first.fill("Call my sister")
    page.get_by_role("button", name="Add").first.click()
    page.get_by_role("button", name="Tick: Call my sister").click()
    expect(page.get_by_role("button", name="Ticked: Call my sister")).to_be_visible()
    assert OwnStep.objects.get().done_at
    page.get_by_role("link", name="Share with my group").first.click()
    page.get_by_label("What they read").fill("I call somebody every day.")
    page.get_by_text("Monday process").first.click()
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", name="This is all that the others in")).to_be_visible()
    page.get_by_role("button", name="Share it").click()
    expect(page.get_by_text("I call somebody every day.")).to_be_visible()
    assert SharedGoal.objects.standing().count() == 1
    assert complaints == []


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [("light", 390, "en"), ("dark", 390, "es"), ("light", 1280, "es"), ("dark", 1280, "en")],
)
def test_the_pages_are_accessible_with_much_in_them(here, live_server, chrome, scheme, width, language):
    here.pat.user.language = language
    here.pat.user.save()
    session = coming(here)
    booking = Booking.objects.live().get(session=session, patient=here.pat)
    asked = ask_to_be_excused(booking=booking, reason="family", words="My mother needs me that morning.")
    answer_excuse(request=asked, answer="excused", words="Of course. See you on Tuesday.", by=here.alice)
    free = Session.objects.filter(group__kind="support", starts_at__gt=timezone.now()).earliest("starts_at")
    ask_for_seat(session=free, episode=here.pat_episode)
    for text in ("Call my sister on Sunday", "Walk to the lake before work", "Write down what helped"):
        step = goals.add_step(patient=here.pat, line=here.lines[0], text=text, key=uuid.uuid4())
    goals.tick_step(step=OwnStep.objects.earliest("pk"), done=True)
    goals.put_away_step(step=step, away=True)
    for patient, episode, words in (
        (here.pat, here.pat_episode, "I want to sleep without drinking."),
        (here.quinn, here.quinn_episode, "One skill every day."),
    ):
        if patient == here.quinn:
            make_plan(episode, here.alice)
        line = goals.objectives_in_force(patient)[0].line
        membership = next(m for m in memberships_of(patient) if m.group_id == here.group.pk)
        goals.share_goal(patient=patient, line=line, membership=membership, words=words)
    suggest(patient=here.pat, document=here.plan, sections={"own": "Music, then a walk."}, words="It helps more.")
    size = {"width": width, "height": 844}
    page, complaints = open_as(chrome, live_server, here.pat.user, color_scheme=scheme, viewport=size)
    pages = {
        "month": "/my/month/",
        "excuse": f"/my/sessions/{session.uid}/excuse/",
        "ask": f"/my/sessions/{_next(here, session).uid}/excuse/",
        "seats": "/my/seats/",
        "goals": "/my/goals/",
        "share": f"/my/goals/{here.lines[0]}/share/",
        "circle": "/my/circle/",
        "plans": "/my/plans/",
        "change": f"/my/plans/{here.plan.uid}/change/",
        "paper": f"/my/plans/{here.plan.uid}/paper/",
        "today": "/my/",
        "week": f"/my/week/?week={timezone.localdate(session.starts_at)}",
    }
    for name, address in pages.items():
        page.goto(address)
        assert violations(page) == [], name
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        picture(page, f"asks-{name}-{width}-{scheme}-{language}")
    page.goto(pages["paper"])
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".page-head")).to_be_hidden()
    expect(page.locator(".sheet")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet')).color") == "rgb(0, 0, 0)"
    picture(page, f"asks-printed-{width}-{scheme}-{language}")
    assert complaints == []
    _desk(here, chrome, live_server, scheme, width, asked)


def _next(house, session) -> Session:
    return Session.objects.filter(group=house.group, starts_at__gt=session.starts_at).earliest("starts_at")


def _desk(house, chrome, live_server, scheme, width, asked) -> None:
    """The team's side of the same."""
    visit = Booking.objects.live().get(session=_next(house, asked.session), patient=house.quinn)
    other = ask_to_be_excused(booking=visit, reason="work", words="An exam at school.")
    page, complaints = open_as(
        chrome, live_server, house.alice, color_scheme=scheme, viewport={"width": width, "height": 844}
    )
    pages = {
        "requests": "/desk/requests/",
        "excuse": f"/desk/requests/{other.uid}/",
        "seat": f"/desk/requests/seats/{SeatRequest.objects.get().uid}/",
        "goals": f"/desk/people/{house.pat.uid}/goals/",
        "suggestion": f"/desk/suggestions/{house.pat.plan_suggestions.get().uid}/",
        "home": "/desk/",
        "session": f"/desk/sessions/{asked.session.uid}/",
        "person": f"/desk/people/{house.pat.uid}/",
        "group": f"/desk/series/{house.group.uid}/",
    }
    for name, address in pages.items():
        page.goto(address)
        assert violations(page) == [], name
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} scrolls sideways"
        picture(page, f"desk-{name}-{width}-{scheme}")
    assert complaints == []
