"""Ending a stay."""

import datetime as dt

from accounts.access import Role
from accounts.services import give_role
from groups.models import Membership
from patients.models import Episode
from patients.services import open_episode
from scheduling.models import Booking
from tests.desk import Readings, count, fields, text, told
from tests.factories import make_program, make_staff

QUERIES = 6


def address(house) -> str:
    return f"/desk/people/{house.pat.uid}/end/"


def stay(house) -> Episode:
    return Episode.objects.get(pk=house.pat_episode.pk)


def test_doors(house, browse):
    page, sent = address(house), {"ended_on": "2026-03-09", "reason": "Completed"}
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (house.alice, house.billing, house.pat.user):  # clinicians do not discharge by themselves
        assert browse(stranger).get(page).status_code == 403
    for stranger in (house.coordinator, make_staff(make_program(), Role.SUPERVISOR)):
        assert browse(stranger).get(page).status_code == 404
        assert browse(stranger).post(page, sent).status_code == 404
    assert "/end/" not in text(browse(house.alice).get(f"/desk/people/{house.pat.uid}/"))
    for reader in (house.bob, house.admin):
        assert "/end/" in text(browse(reader).get(f"/desk/people/{house.pat.uid}/"))
        assert browse(reader).get(page).status_code == 200
    assert stay(house).ended_on is None


def test_the_one_shown_is_on_the_record(house, browse):
    client = browse(house.bob)
    assert count(client, address(house)) == QUERIES
    readings = Readings()
    assert "Pat Peerson · Day track" in text(client.get(address(house))) and readings.of(house.bob) == {"Pat"}


def test_everything_that_was_planned_ends_with_it(house, browse):
    page = browse(house.bob).post(address(house), {"ended_on": "2026-03-09", "reason": "Completed"}, follow=True)
    assert told(page) == ["The stay of Pat Peerson ends."] and "/end/" not in text(page)
    assert (stay(house).ended_on, stay(house).ended_reason) == (dt.date(2026, 3, 9), "Completed")
    assert Membership.objects.get(patient=house.pat).left_on == dt.date(2026, 3, 9)
    assert Booking.objects.live().filter(patient=house.pat).count() == 1


def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse):
    client = browse(house.bob)
    for slip, field in (
        ({"ended_on": ""}, "ended_on"),
        ({"ended_on": "9999-12-31"}, "ended_on"),
        ({"ended_on": "2026-02-01"}, "ended_on"),  # before they were admitted
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
    ):
        typed = {"ended_on": "2026-03-09", "reason": "Completed"} | slip
        page = client.post(address(house), typed)
        assert page.status_code == 422 and list(page.context["form"].errors) == [field], slip
        sent = fields(page, "ended_on")
        assert {name: sent[name] for name in typed} == typed
    assert client.post(address(house), {}).status_code == 422
    assert stay(house).ended_on is None


def test_a_stay_of_another_program_is_not_the_readers_to_end(house, browse):
    """Pat has a stay in each of two tracks: Bob, supervisor of one, ends that one and then finds nothing more to end."""
    evening = make_program("Evening track")
    give_role(user=house.alice, program=evening, role=Role.CLINICIAN)
    other = open_episode(
        patient=house.pat,
        program=evening,
        primary_clinician=house.alice,
        started_on=dt.date(2026, 3, 1),
        weekly_goal_minutes=540,
        level_of_care="2.1",
    )
    client, sent = browse(house.bob), {"ended_on": "2026-03-09", "reason": "Completed"}
    assert "Day track" in text(client.get(address(house)))
    assert client.post(address(house), sent).status_code == 302
    assert client.post(address(house), sent).status_code == 404  # pressed twice
    other.refresh_from_db()
    assert stay(house).ended_on and other.ended_on is None
