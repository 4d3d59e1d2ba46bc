"""A seat in a group."""

import datetime as dt

from groups.models import Membership, WaitlistEntry
from patients.services import add_to_care_team
from scheduling.models import Booking
from scheduling.services import create_slot, seat_member
from tests.desk import Readings, count, fields, more_people, text, told
from tests.factories import make_group, make_patient, make_program, make_staff

QUERIES = 7
TODAY = dt.date(2026, 3, 2)


def address(group) -> str:
    return f"/desk/series/{group.uid}/join/"


def newcomer(house, first="Nina", last="Newcomer"):
    return make_patient(house.program, house.alice, first, last)


def test_doors(house, browse):
    page = address(house.group)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (house.billing, house.pat.user):
        assert browse(stranger).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    sent = {"episode": house.robin_episode.pk, "joined_on": "2026-03-02"}
    assert browse(house.charlie).post(page, sent).status_code == 404
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(page).status_code == 200
    assert not Membership.objects.filter(group=house.group, patient=house.robin).exists()


def test_a_fixed_number_of_queries(house, browse):
    newcomer(house)
    client = browse(house.alice)
    assert count(client, address(house.group)) == QUERIES
    for n in range(4):
        newcomer(house, f"Nina{n}")
    assert count(client, address(house.group)) == QUERIES


def test_only_people_one_may_see_are_offered_and_on_the_record(house, browse):
    newcomer(house)
    readings = Readings()
    page = text(browse(house.alice).get(address(house.group)))
    assert "Nina Newcomer" in page and "Peerson" not in page and "Rosenquist" not in page
    assert readings.of(house.alice) == {"Nina"}
    page = text(browse(house.admin).get(address(house.group)))
    assert "Rosenquist" in page and readings.of(house.admin) == {"Nina", "Robin"}


def test_nobody_to_offer_says_so(house, browse):
    page = text(browse(house.alice).get(address(house.group)))
    assert "has a seat or waits here already" in page and 'name="episode"' not in page


def test_a_new_member_is_booked_and_their_facilitators_see_them(house, browse):
    episode = newcomer(house)
    page = browse(house.alice).post(
        address(house.group), {"episode": episode.pk, "joined_on": "2026-03-09"}, follow=True
    )
    assert told(page)[0] == "Nina Newcomer is now a member." and "joins Mar 9" in text(page)
    assert Booking.objects.live().filter(patient=episode.patient).count() == 8  # not today's


def test_somebody_one_may_not_see_cannot_be_added(house, browse):
    """Not by a number either: of another's patient, of another program, of one who has a seat, of nobody."""
    elsewhere = make_program("Elsewhere")
    outsider = make_patient(elsewhere, make_staff(elsewhere), "Otto")
    client = browse(house.alice)
    for pk in (house.robin_episode.pk, outsider.pk, house.pat_episode.pk, 10**9, "9" * 30, "x", "", "\x00"):
        page = client.post(address(house.group), {"episode": pk, "joined_on": "2026-03-02"})
        assert page.status_code == 422 and page.context["form"].errors["episode"], pk
    assert Membership.objects.filter(group=house.group).count() == 2


def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse):
    episode = newcomer(house)
    client = browse(house.alice)
    for day, sentence in (
        ("", "This field is required."),
        ("9999-12-31", "Check the year."),
        ("soon", "Enter a valid date."),
        ("2026-01-05", "Nina Newcomer is not in care on that day."),
    ):
        page = client.post(address(house.group), {"episode": episode.pk, "joined_on": day})
        assert page.status_code == 422 and page.context["form"].errors["joined_on"] == [sentence]
        sent = fields(page, "episode")
        assert (sent["episode"], sent["joined_on"]) == (str(episode.pk), day)
    assert client.post(address(house.group), {}).status_code == 422


def test_in_another_group_at_that_time(house, browse):
    episode = newcomer(house)
    other = make_group(house.program, make_staff(house.program), name="Elsewhere")
    create_slot(group=other, weekday=0, starts_at=dt.time(10), minutes=60)
    seat_member(group=other, episode=episode, joined_on=TODAY)
    add_to_care_team(patients=[episode.patient], user=house.coordinator, part="coordinator", source="test")
    # What the other thing is, is said to those who may open it.
    for user, other in ((house.alice, "something else"), (house.coordinator, "“Elsewhere”")):
        page = browse(user).post(address(house.group), {"episode": episode.pk, "joined_on": "2026-03-02"})
        assert page.status_code == 422
        assert f"is then in {other} (" in page.context["form"].errors["episode"][0]
    assert not Membership.objects.filter(group=house.group, patient=episode.patient).exists()


def test_full_offers_the_wait_list_and_keeps_the_choice(house, browse):
    episode = newcomer(house)
    client = browse(house.alice)
    client.get(address(house.group))
    more_people(house, 3, group=house.group)  # meanwhile the last seats went
    page = client.post(address(house.group), {"episode": episode.pk, "joined_on": "2026-03-09"})
    assert (
        page.status_code == 422 and "All 5 seats of this group are taken." in page.context["form"].errors["episode"][0]
    )
    wait = f"/desk/series/{house.group.uid}/wait/"
    assert f'formaction="{wait}"' in text(page)
    sent = fields(page, "episode")
    assert (sent["episode"], sent["joined_on"]) == (str(episode.pk), "2026-03-09")
    assert told(client.post(wait, sent, follow=True)) == ["Nina Newcomer is on the wait-list."]
    assert WaitlistEntry.objects.waiting().get().patient == episode.patient


def test_pressed_twice(house, browse):
    episode = newcomer(house)
    client, sent = browse(house.alice), {"episode": episode.pk, "joined_on": "2026-03-02"}
    first, second = client.post(address(house.group), sent), client.post(address(house.group), sent)
    assert (first.status_code, second.status_code) == (302, 422)
    assert "has a seat or waits here already" in text(second)
    assert Membership.objects.filter(group=house.group, patient=episode.patient).count() == 1
