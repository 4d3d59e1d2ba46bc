"""Waiting for a seat, getting it, no longer waiting."""

import datetime as dt

from groups.models import Membership, WaitlistEntry
from groups.services import join_waitlist
from patients.services import end_care_team
from scheduling.services import leave_group
from tests.desk import Readings, count, fields, more_people, text, told
from tests.factories import make_patient

QUERIES = 7
TODAY = dt.date(2026, 3, 2)


def address(house) -> str:
    return f"/desk/series/{house.group.uid}/wait/"


def full(house):
    """The group is full, and Wanda is Alice's patient without a seat."""
    more_people(house, 3, group=house.group)
    return make_patient(house.program, house.alice, "Wanda", "Waiting")


def waiting(house) -> WaitlistEntry:
    """Wanda waits, and then Quinn's seat is free."""
    entry = join_waitlist(group=house.group, episode=full(house))
    leave_group(membership=Membership.objects.get(patient=house.quinn), left_on=TODAY, reason="Done")
    return entry


def test_doors(house, browse):
    entry = waiting(house)
    assert browse(None).get(address(house))["Location"].startswith("/account/login/")
    assert browse(house.billing).get(address(house)).status_code == 403
    assert browse(house.charlie).get(address(house)).status_code == 404
    for deed in ("seat", "withdraw"):
        page = f"/desk/waiting/{entry.uid}/{deed}/"
        assert browse(None).post(page)["Location"].startswith("/account/login/")
        assert browse(house.billing).post(page).status_code == 403
        assert browse(house.charlie).post(page).status_code == 404
        assert browse(house.coordinator).post(page).status_code == 404  # not on Wanda's care team
        assert browse(house.alice).get(page).status_code == 405
    entry.refresh_from_db()
    assert entry.ended_at is None


def test_who_is_offered(house, browse):
    episode = full(house)
    client = browse(house.alice)
    assert count(client, address(house)) == QUERIES
    readings = Readings()
    page = text(client.get(address(house)))
    assert "Wanda Waiting" in page and "Peerson" not in page and readings.of(house.alice) == {"Wanda"}
    join_waitlist(group=house.group, episode=episode)
    assert "Wanda" not in text(client.get(address(house)))


def test_they_wait_once(house, browse):
    episode = full(house)
    client, sent = browse(house.alice), {"episode": episode.pk}
    page = client.post(address(house), sent, follow=True)
    assert told(page) == ["Wanda Waiting is on the wait-list."] and "Waiting for a seat" in text(page)
    again = client.post(address(house), sent)
    assert again.status_code == 422 and "has a seat or waits here already" in text(again)
    assert WaitlistEntry.objects.filter(group=house.group).count() == 1


def test_slips(house, browse):
    client = browse(house.alice)
    episode = make_patient(house.program, house.alice, "Wanda", "Waiting")
    page = client.post(address(house), {"episode": episode.pk})
    assert page.status_code == 422
    assert page.context["form"].errors["episode"] == ["There is a free seat; they can join now."]
    assert fields(page, "episode")["episode"] == str(episode.pk)
    for odd in ({}, {"episode": ""}, {"episode": "x"}, {"episode": house.robin_episode.pk}):
        assert client.post(address(house), odd).status_code == 422


def test_the_free_seat_is_given(house, browse):
    entry = waiting(house)
    page = browse(house.alice).post(f"/desk/waiting/{entry.uid}/seat/", follow=True)
    assert told(page)[0] == "Wanda Waiting is now a member." and "Waiting for a seat" not in text(page)
    entry.refresh_from_db()
    assert entry.outcome == "seated"


def test_the_seat_was_taken_meanwhile(house, browse):
    """The group's page says so, and they still wait."""
    entry = waiting(house)
    client = browse(house.alice)
    assert "Give the seat" in text(client.get(f"/desk/series/{house.group.uid}/"))
    more_people(house, 1, group=house.group)
    page = client.post(f"/desk/waiting/{entry.uid}/seat/", follow=True)
    assert page.redirect_chain[-1][0] == f"/desk/series/{house.group.uid}/"
    assert "All 5 seats of this group are taken." in told(page)[0] and "Wanda Waiting" in text(page)
    entry.refresh_from_db()
    assert entry.ended_at is None


def test_pressed_twice_or_no_longer_waiting(house, browse):
    entry = waiting(house)
    client = browse(house.alice)
    client.post(f"/desk/waiting/{entry.uid}/seat/")
    page = client.post(f"/desk/waiting/{entry.uid}/seat/", follow=True)
    assert told(page)[-1] == "Wanda Waiting no longer waits for this group."
    assert Membership.objects.filter(group=house.group, patient=entry.patient).count() == 1


def test_no_longer_waiting(house, browse):
    entry = waiting(house)
    client = browse(house.alice)
    for _twice in range(2):
        page = client.post(f"/desk/waiting/{entry.uid}/withdraw/", follow=True)
        assert told(page)[-1] == "Wanda Waiting no longer waits." and "Waiting for a seat" not in text(page)
    entry.refresh_from_db()
    assert entry.outcome == "withdrawn"


def test_somebody_no_longer_in_sight_is_counted_only(house, browse):
    entry = waiting(house)
    end_care_team(source=f"primary:{entry.episode_id}", patient=entry.patient)
    readings = Readings()
    page = text(browse(house.alice).get(f"/desk/series/{house.group.uid}/"))
    assert "Wanda" not in page and "and 1 more person" in page and "Wanda" not in readings.of(house.alice)
    assert browse(house.alice).post(f"/desk/waiting/{entry.uid}/seat/").status_code == 404
