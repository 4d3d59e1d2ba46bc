"""The pages of follow-ups."""

import datetime as dt

import pytest

from clinical.models import FollowUp, Status
from clinical.queries_followups import quiet_ones
from clinical.services.followups import open_follow_up
from scheduling.models import Session
from tests.desk import Readings, attend, count, more_people, text


@pytest.fixture
def task(house) -> FollowUp:
    return open_follow_up(episode=house.pat_episode, session=house.session, reason="quiet", by=house.alice)


def test_one_click_from_the_row(house, browse, clock):
    clock.shift(dt.timedelta(hours=3))
    address = f"/desk/sessions/{house.session.uid}/follow-up/"
    data = {"patient": house.pat.uid, "reason": "distressed"}
    client = browse(house.alice)
    answer = client.post(address, data, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "Alice Clinician follows up until Tue, Mar 3" in text(answer)
    assert client.post(address, data | {"next": f"/desk/sessions/{house.session.uid}/notes/"})["Location"].endswith(
        "/notes/"
    )
    assert client.post(address, data | {"next": "https://example.org/"})["Location"] == "/desk/follow-ups/"
    assert FollowUp.objects.count() == 1
    assert client.post(address, data | {"patient": house.robin.uid}).status_code == 404
    assert browse(house.charlie).post(address, data).status_code == 404
    assert browse(house.billing).post(address, data).status_code == 403


def test_the_list_has_ones_own_and_ones_peoples(house, browse, task):
    page = browse(house.bob).get("/desk/follow-ups/")
    assert page.context["own"] == [] and page.context["others"] == [task]
    assert browse(house.alice).get("/desk/follow-ups/").context["own"] == [task]
    readings = Readings()
    page = browse(house.charlie).get("/desk/follow-ups/")
    assert page.context["own"] == page.context["others"] == [] and readings.of(house.charlie) == set()
    assert browse(house.charlie).get(f"/desk/follow-ups/{task.uid}/").status_code == 404


def test_done_and_handed_over(house, browse, task):
    address = f"/desk/follow-ups/{task.uid}/"
    client = browse(house.alice)
    assert client.post(address, {"deed": "close"}).status_code == 422
    answer = client.post(address, {"deed": "close", "outcome": "not_reached", "words": ""})
    assert answer.status_code == 422 and "Say what was tried" in text(answer)
    client.post(address, {"deed": "hand_over", "owner": house.bob.pk, "due_on": "2026-03-05"})
    task.refresh_from_db()
    assert (task.owner, task.due_on) == (house.bob, dt.date(2026, 3, 5))
    assert (
        client.post(address, {"deed": "hand_over", "owner": house.charlie.pk, "due_on": "2026-03-05"}).status_code
        == 422
    )
    client.post(address, {"deed": "close", "outcome": "spoke", "words": "Fine again"})
    task.refresh_from_db()
    assert task.outcome == "spoke" and "Fine again" in text(client.get(address))


def test_a_task_without_a_session(house, browse):
    address = f"/desk/people/{house.pat.uid}/follow-up/"
    data = {"reason": "care", "words": "A ride on Thursday", "owner": house.alice.pk, "due_on": "2026-03-04"}
    assert browse(house.alice).post(address, data).status_code == 302
    assert FollowUp.objects.get().words == "A ride on Thursday"
    assert browse(house.alice).post(address, data | {"due_on": "2026-02-01"}).status_code == 422


def test_who_may_need_a_word(house, clock):
    sessions = list(Session.objects.filter(group=house.group).order_by("starts_at")[:2])
    for session in sessions:
        clock.move_to(session.ends_at + dt.timedelta(minutes=5))
        attend(session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    assert [(q.patient, q.missed) for q in quiet_ones(house.alice)] == [(house.quinn, True)]
    from clinical.models import Attendance

    Attendance.objects.filter(patient=house.pat).update(participation=1)
    assert [q.patient for q in quiet_ones(house.alice)] == [house.pat, house.quinn]
    assert quiet_ones(house.charlie) == []
    open_follow_up(episode=house.quinn_episode, session=sessions[1], reason="missed", by=house.alice)
    assert [q.patient for q in quiet_ones(house.alice)] == [house.pat]


def test_a_fixed_number_of_queries(house, browse, task):
    client = browse(house.alice)
    few = count(client, "/desk/follow-ups/")
    for person in more_people(house, 5):
        episode = person.episodes.get()
        open_follow_up(episode=episode, reason="care", by=house.alice)
        open_follow_up(episode=episode, reason="other", by=house.bob, owner=house.alice)
    assert count(client, "/desk/follow-ups/") == few
