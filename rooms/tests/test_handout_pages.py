"""Handouts on the desk and in the portal: made, read, changed, withdrawn; found again by those who were there."""

import pytest

from rooms.models import Handout, RoomPolicy
from rooms.services.handouts import keep_drawing, open_handout
from rooms.tests.live import house_on_air
from rooms.tests.scene import build_scene, meanwhile, sign_agreement
from rooms.tests.test_handouts import SVG, TEXT, make
from tests.browser import picture, violations
from tests.desk import browser_of, text, told
from tests.desk_browser import open_as


@pytest.fixture(autouse=True)
def one_factor(settings):
    settings.MFA_REQUIRED_FOR_STAFF = False


def test_made_changed_and_withdrawn(scene, house):
    client = browser_of(house.alice)
    page = f"/desk/rooms/{house.session.uid}/handouts/"
    assert "No handout yet" in text(client.get(page))
    assert "This field is required" in text(client.post(page, {"of": "all"}))
    made = client.post(page, {"title": "Urges", "text": TEXT, "of": "all"}, follow=True)
    assert told(made) == ["Made. It can be opened in the session."]
    client.post(page, {"title": "Only today", "text": "<b>Bold</b>", "of": "one"})
    handout, today = Handout.objects.get(title="Urges"), Handout.objects.get(title="Only today")
    assert (handout.group, handout.session) == (house.group, None) and today.session == house.session
    shown = text(client.get(f"/desk/handouts/{handout.uid}/"))
    assert "<li>Breathe</li>" in shown and "<h2>Urges</h2>" in shown and "An urge is a wave.<br>It passes." in shown
    assert "&lt;b&gt;Bold" in text(client.get(f"/desk/handouts/{today.uid}/"))
    client.post(f"/desk/handouts/{handout.uid}/", {"title": "Waves", "text": "One page"})
    handout.refresh_from_db()
    assert (handout.title, handout.text) == ("Waves", "One page")
    refused = client.post(f"/desk/handouts/{handout.uid}/", {"title": "Waves", "text": "---"})
    assert refused.status_code == 422 and "Write what it says." in text(refused)
    assert client.get(f"/desk/handouts/{handout.uid}/withdraw/").status_code == 405
    client.post(f"/desk/handouts/{handout.uid}/withdraw/")
    assert "Withdrawn on" in text(client.get(f"/desk/handouts/{handout.uid}/"))
    assert "Waves" not in text(client.get(page)) and "Only today" in text(client.get(page))


def test_found_again_by_those_who_were_there(scene, house, django_assert_max_num_queries):
    handout = make(scene)
    make(scene, "Never shown")
    mine = browser_of(house.pat.user)
    assert "No handout yet" in text(mine.get("/my/handouts/"))
    open_handout(by=scene.alice, handout=handout)
    open_handout(by=scene.alice, handout=handout)
    page = text(mine.get("/my/handouts/"))
    assert page.count(">Urges<") == 1 and "Never shown" not in page
    assert "An urge is a wave." in text(mine.get(f"/my/handouts/{handout.uid}/"))
    for n in range(3):
        open_handout(by=scene.alice, handout=make(scene, f"Urges {n}"))
    with django_assert_max_num_queries(12):
        mine.get("/my/handouts/")
    theirs = browser_of(house.robin.user)
    assert theirs.get(f"/my/handouts/{handout.uid}/").status_code == 404
    assert "No handout yet" in text(theirs.get("/my/handouts/"))


def test_a_kept_whiteboard_is_a_picture(scene, house):
    RoomPolicy.objects.create(program=house.program, board_keeps=True)
    sign_agreement(house)
    kept = keep_drawing(by=scene.alice, title="Our map", svg=SVG)
    open_handout(by=scene.alice, handout=kept)
    for client, address in (
        (browser_of(house.alice), "/desk/handouts/"),
        (browser_of(house.pat.user), "/my/handouts/"),
    ):
        page = text(client.get(f"{address}{kept.uid}/"))
        assert 'src="data:image/svg+xml;base64,' in page and "<svg xmlns" not in page.replace("hatch", "")
    client = browser_of(house.alice)
    client.post(f"/desk/handouts/{kept.uid}/", {"title": "Our second map"})
    kept.refresh_from_db()
    assert kept.title == "Our second map" and kept.drawing


@pytest.mark.parametrize(("who", "answer"), [("charlie", 404), ("coordinator", 403), ("pat", 403), ("bob", 200)])
def test_whose_pages_they_are(scene, house, who, answer):
    handout = make(scene)
    found = getattr(house, who)
    client = browser_of(getattr(found, "user", found))
    for address in (f"/desk/rooms/{house.session.uid}/handouts/", f"/desk/handouts/{handout.uid}/"):
        assert client.get(address).status_code == answer
    assert client.post(f"/desk/handouts/{handout.uid}/withdraw/").status_code == (302 if answer == 200 else answer)


@pytest.mark.xdist_group("live")
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_are_accessible_and_fit(transactional_db, live_server, chrome, width, scheme):
    house, session = house_on_air()

    def shown():
        scene = build_scene(house, session)
        title = "Riding out an urge, and what to do when it comes again in the middle of the night"
        return open_handout(by=scene.alice, handout=make(scene, title)).handout

    handout = meanwhile(shown)
    looks = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    for user, addresses in (
        (house.alice, (f"/desk/rooms/{session.uid}/handouts/", f"/desk/handouts/{handout.uid}/")),
        (house.pat.user, ("/my/handouts/", f"/my/handouts/{handout.uid}/")),
    ):
        page, complaints = open_as(chrome, live_server, user, **looks)
        for n, address in enumerate(addresses):
            page.goto(address)
            picture(page, f"handout-pages-{user.first_name}-{n}-{width}-{scheme}")
            assert violations(page) == [], address
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{address} scrolls sideways"
        assert complaints == []
