"""Leaving a group."""

import datetime as dt

from groups.models import Membership
from scheduling.models import Booking
from scheduling.services import leave_group, seat_member
from tests.desk import Readings, count, fields, text, told

QUERIES = 5
TODAY = dt.date(2026, 3, 2)


def membership(house) -> Membership:
    return Membership.objects.get(group=house.group, patient=house.pat)


def address(house) -> str:
    return f"/desk/members/{membership(house).uid}/leave/"


def test_doors(house, browse):
    page = address(house)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (house.billing, house.pat.user):
        assert browse(stranger).get(page).status_code == 403
    for stranger in (house.charlie, house.coordinator):  # the coordinator is not on Pat's care team
        assert browse(stranger).get(page).status_code == 404
        assert browse(stranger).post(page, {"left_on": "2026-03-02", "reason": "x"}).status_code == 404
    for reader in (house.alice, house.bob, house.admin):
        assert browse(reader).get(page).status_code == 200
    assert membership(house).left_on is None


def test_the_group_must_be_ones_own_too(house, browse):
    """Charlie's patient is in Alice's group: he sees the patient, not the group's pages."""
    seat_member(group=house.group, episode=house.robin_episode, joined_on=TODAY)
    theirs = Membership.objects.get(group=house.group, patient=house.robin)
    assert browse(house.charlie).get(f"/desk/members/{theirs.uid}/leave/").status_code == 404
    assert browse(house.alice).get(f"/desk/members/{theirs.uid}/leave/").status_code == 200


def test_the_one_shown_is_on_the_record(house, browse):
    client = browse(house.alice)
    assert count(client, address(house)) == QUERIES
    readings = Readings()
    page = text(client.get(address(house)))
    assert "Pat Peerson leaves" in page and "Quill" not in page and readings.of(house.alice) == {"Pat"}


def test_they_leave_from_a_day(house, browse):
    page = browse(house.alice).post(address(house), {"left_on": "2026-03-16", "reason": "Completed"}, follow=True)
    assert told(page) == ["Pat Peerson leaves the group."] and "leaves Mar 16" in text(page)
    assert (membership(house).left_on, membership(house).left_reason) == (dt.date(2026, 3, 16), "Completed")
    assert Booking.objects.live().filter(patient=house.pat).count() == 2


def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse):
    client = browse(house.alice)
    for slip, field in (
        ({"left_on": ""}, "left_on"),
        ({"left_on": "9999-12-31"}, "left_on"),
        ({"left_on": "2026-02-01"}, "left_on"),  # before they joined
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
    ):
        typed = {"left_on": "2026-03-09", "reason": "Completed"} | slip
        page = client.post(address(house), typed)
        assert page.status_code == 422 and list(page.context["form"].errors) == [field], slip
        sent = fields(page, "left_on")
        assert {name: sent[name] for name in typed} == typed
    assert client.post(address(house), {}).status_code == 422
    assert membership(house).left_on is None


def test_left_meanwhile(house, browse):
    client = browse(house.alice)
    client.get(address(house))
    leave_group(membership=membership(house), left_on=dt.date(2026, 3, 9), reason="Moved away")
    page = client.post(address(house), {"left_on": "2026-03-16", "reason": "Completed"})
    assert page.status_code == 422 and "Pat Peerson has already left this group." in text(page)
    assert fields(page, "reason")["reason"] == "Completed" and membership(house).left_reason == "Moved away"
