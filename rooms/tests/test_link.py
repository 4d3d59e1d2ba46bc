"""The link of a group that meets in another program: its leaders give it, and whoever is in the room has it at once."""

import pytest
from django.urls import reverse

from core.errors import Refusal
from rooms.models import Room, RoomPolicy
from rooms.services.link import Use, set_link, use_of
from rooms.services.passes import enter
from rooms.tests.scene import for_whom, heard

LINK = "https://meet.example/abc"


@pytest.fixture
def page(house, settings) -> str:
    settings.MFA_REQUIRED_FOR_STAFF = False
    return reverse("rooms:link", args=[house.group.uid])


def test_a_leader_gives_changes_and_takes_the_link(house, page, client):
    client.force_login(house.alice)
    group_page = reverse("dashboard:group", args=[house.group.uid])
    assert f'href="{page}"' in client.get(group_page).content.decode()
    for wrong in ("meet.example/abc", "http://meet.example/abc", "javascript:alert(1)", "Zoom 123 456"):
        answer = client.post(page, {"link": wrong})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "begins with https://" in text and f'value="{wrong}"' in text
    assert client.post(page, {"link": f" {LINK} "}).url == group_page
    house.group.refresh_from_db()
    assert house.group.meeting_url == LINK
    assert f'value="{LINK}"' in client.get(page).content.decode()
    assert LINK not in client.get(group_page).content.decode()
    client.post(page, {"link": ""})
    house.group.refresh_from_db()
    assert house.group.meeting_url == ""


@pytest.mark.parametrize(("who", "status"), [("bob", 200), ("charlie", 404), ("coordinator", 403), ("pat", 403)])
def test_who_gives_it(house, page, client, who, status):
    user = getattr(house, who)
    client.force_login(getattr(user, "user", user))
    assert client.get(page).status_code == status


def test_the_page_says_what_a_link_is_good_for(house, page, client):
    client.force_login(house.alice)
    assert use_of(house.group) == Use.WOULD
    assert "With a link, this group’s next sessions meet in that video service" in client.get(page).content.decode()
    policy = RoomPolicy.objects.create(program=house.program, backend="link")
    assert use_of(house.group) == Use.MEETS
    assert "sessions meet in another video service. The room has the link" in client.get(page).content.decode()
    policy.backend = "janus"
    policy.save()
    assert use_of(house.group) == Use.NOT_USED
    assert "A link given here is not used" in client.get(page).content.decode()


@pytest.mark.parametrize(("backend", "told"), [("link", [("media.link", {})]), ("janus", [])])
def test_whoever_is_in_the_room_hears_that_there_is_a_link(scene, backend, told):
    Room.objects.filter(pk=scene.room.pk).update(backend=backend)
    with heard() as news:
        set_link(group=scene.house.group, by=scene.house.alice, link=LINK)
        set_link(group=scene.house.group, by=scene.house.alice, link=LINK)  # the same again is no news
    assert for_whom(news, scene.pat) == told
    if backend == "link":
        assert scene.ask(scene.pat, "media.grant")["data"] == {"link": LINK}


def test_only_its_leaders_give_it(house):
    with pytest.raises(Refusal) as refused:
        set_link(group=house.group, by=house.charlie, link=LINK)
    assert refused.value.code == "not_theirs"


def test_in_the_room_its_leaders_are_led_to_it_and_nobody_else(house, clock, client, settings, page):
    RoomPolicy.objects.create(program=house.program, backend="link")
    clock.move_to(house.session.starts_at)
    client.force_login(house.alice)
    text = client.get(reverse("rooms:room", args=[house.session.uid])).content.decode()
    assert f'href="{page}"' in text
    # What the other program does is not offered here, and it is said where it is done.
    assert 'id="lead-mute" hidden' in text and 'id="lead-unmute" hidden' in text
    assert "Put them out of the video meeting in its own window too." in text
    enter(user=house.pat.user, session_uid=house.session.uid)
    client.force_login(house.pat.user)
    text = client.get(reverse("portal:room", args=[house.session.uid])).content.decode()
    assert page not in text and "It appears here as soon as a leader has given it." in text
