"""The pages that close days and lift closures."""

import datetime as dt

from accounts.access import Role
from accounts.services import give_role
from messaging.models import Delivery
from scheduling.models import Closure
from scheduling.services import close_days, create_slot, move_session, seat_member
from scheduling.tests.test_closures import at, make_appointment
from tests.desk import count, fields, text, told
from tests.factories import make_group, make_program, make_staff

INDEX, NEW = "/desk/closures/", "/desk/closures/new/"
MONDAY = dt.date(2026, 3, 2)
INDEX_QUERIES = 6
NEW_QUERIES = 4


def sent(house, **more) -> dict:
    return {
        "program": str(house.program.uid),
        "starts_on": "2026-03-02",
        "last_on": "2026-03-02",
        "reason": "Snow",
        "with_appointments": "on",
        **more,
    }


def closure_of(house, day=MONDAY, **more) -> Closure:
    return close_days(
        **{
            "program": house.program,
            "starts_on": day,
            "last_on": day,
            "reason": "Snow",
            "by": house.coordinator,
            **more,
        }
    )


def test_doors(house, browse):
    lift = f"{INDEX}{closure_of(house).uid}/lift/"
    for page in (INDEX, NEW, lift):
        assert browse(None).get(page)["Location"].startswith("/account/login/")
        for stranger in (house.billing, house.pat.user, house.alice):
            assert browse(stranger).get(page).status_code == 403
        for reader in (house.bob, house.coordinator, house.admin):
            assert browse(reader).get(page).status_code == 200
    other = make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN)
    assert browse(other).get(lift).status_code == 404 and browse(other).post(lift).status_code == 404
    assert "Snow" not in text(browse(other).get(INDEX))
    page = browse(other).post(NEW, sent(house, starts_on="2026-03-03", last_on="2026-03-03", confirm="1"))
    assert page.status_code == 422 and page.context["form"].errors["program"]
    assert Closure.objects.count() == 1 and Closure.objects.in_force().exists()


def test_a_fixed_number_of_queries(house, browse):
    client = browse(house.coordinator)
    closure_of(house)
    assert count(client, INDEX) == INDEX_QUERIES
    for n in range(1, 4):
        closure_of(house, MONDAY + dt.timedelta(days=n))
    assert count(client, INDEX) == INDEX_QUERIES
    assert count(client, NEW) == NEW_QUERIES


def test_first_what_it_does_then_the_deed(house, browse):
    make_appointment(house, at(MONDAY, 14))
    client = browse(house.coordinator)
    page = client.post(NEW, sent(house))
    assert page.status_code == 200 and not Closure.objects.exists() and not house.session.is_cancelled
    said = text(page)
    assert "Monday process" in said and "Individual session" in said and "Alice Clinician" in said
    assert "Peerson" not in said
    assert page.context["effect"].people == 3
    confirmed = fields(page, "starts_on")
    assert confirmed == sent(house, with_appointments="True")
    page = client.post(NEW, {**confirmed, "confirm": "1"}, follow=True)
    assert told(page) == ["Day track is closed: March 2, 2026. Everybody expected is being told."]
    assert house.session.is_cancelled and house.session.closure.with_appointments
    assert "Snow" in text(page) and "1 session · 1 appointment · by Corey Coordinator" in text(page)
    assert Delivery.objects.filter(kind="session_cancelled").count() == 3


def test_something_can_be_changed_before(house, browse):
    client = browse(house.coordinator)
    without = sent(house)
    del without["with_appointments"]
    preview = client.post(NEW, without)
    assert "Individual appointments take place all the same." in text(preview)
    page = client.post(NEW, {**fields(preview, "starts_on"), "change": "1"})
    assert page.status_code == 200 and fields(page, "starts_on") == without
    assert not Closure.objects.exists()


def test_errors_stand_beside_their_fields(house, browse):
    client = browse(house.coordinator)
    for wrong, field in (
        ({"reason": ""}, "reason"),
        ({"last_on": "2026-03-01"}, "last_on"),
        ({"starts_on": "", "last_on": "0026-03-02"}, "starts_on"),
        ({"starts_on": "2026-02-02", "last_on": "2026-02-02"}, "last_on"),
        ({"last_on": "2027-03-02"}, "last_on"),
        ({"program": "x"}, "program"),
    ):
        for confirm in ({}, {"confirm": "1"}):
            page = client.post(NEW, sent(house, **wrong, **confirm))
            assert page.status_code == 422 and page.context["form"].errors[field], wrong
    closure_of(house)
    page = client.post(NEW, sent(house))
    assert page.status_code == 422 and "Day track is already closed then: March 2, 2026, Snow." in text(page)
    assert Closure.objects.count() == 1


def test_a_holiday_is_offered_until_it_is_closed(house, browse):
    house.program.state = "CA"
    house.program.save()
    client = browse(house.coordinator)
    page = client.get(INDEX)
    assert "Independence Day" in text(page) and "CA only" in text(page)
    assert not Closure.objects.exists()
    offered = {
        "program": str(house.program.uid),
        "starts_on": "2026-07-04",
        "last_on": "2026-07-04",
        "reason": "Independence Day",
        "with_appointments": "on",
    }
    assert all(f'name="{name}" value="{value}"' in text(page) for name, value in offered.items())
    preview = client.post(NEW, offered)
    assert preview.status_code == 200 and "Nothing is planned on these days yet." in text(preview)
    client.post(NEW, {**fields(preview, "starts_on"), "confirm": "1"})
    page = client.get(INDEX)
    days = {h.day: h for _program, days in page.context["offered"] for h in days}
    assert days[dt.date(2026, 7, 4)].closure and not days[dt.date(2026, 9, 7)].closure
    assert 'value="2026-07-04"' not in text(page)


def test_each_of_two_programs_has_its_own(house, browse):
    evening = make_program("Evening track", state="MA")
    give_role(user=house.coordinator, program=evening, role=Role.CARE_COORDINATOR)
    page = browse(house.coordinator).get(INDEX)
    assert "Public holidays: Day track" in text(page) and "Public holidays: Evening track" in text(page)
    by_program = {p.name: {h.name for h in days} for p, days in page.context["offered"]}
    assert "Patriots’ Day" in by_program["Evening track"] or "Patriots' Day" in by_program["Evening track"]
    assert not any(name.startswith("Patriots") for name in by_program["Day track"])
    page = browse(house.coordinator).post(NEW, sent(house, program=str(evening.uid)))
    assert page.context["effect"].sessions == []


def test_lifting_asks_and_says_what_came_back(house, browse):
    closure = closure_of(house)
    group = make_group(house.program, make_staff(house.program))
    create_slot(group=group, weekday=1, starts_at=dt.time(9), minutes=60)
    seat_member(group=group, episode=house.pat_episode, joined_on=MONDAY)
    move_session(session=group.sessions.earliest("starts_at"), starts_at=at(MONDAY, 10))
    client, address = browse(house.coordinator), f"{INDEX}{closure.uid}/lift/"
    assert "Still to come of what it closed: 1 session, 0 appointments." in text(client.get(address))
    assert Closure.objects.in_force().exists()
    page = client.post(address, follow=True)
    assert told(page) == [
        "Open again: 1 session or appointment takes place after all, and everybody who was told is being told.",
        "1 person is elsewhere by now and stays unbooked. The group’s page names them.",
    ]
    assert not house.session.is_cancelled and "No day is closed" in text(page)
    assert told(client.post(address, follow=True)) == ["This closure is lifted already."]
    assert "This closure is lifted already." in text(client.get(address))


def test_lifting_names_what_stays_cancelled_by_its_time_only(house, browse):
    make_appointment(house, at(MONDAY, 14))
    closure = closure_of(house)
    make_appointment(house, at(MONDAY, 14, 30), episode=house.quinn_episode)
    page = browse(house.coordinator).post(f"{INDEX}{closure.uid}/lift/", follow=True)
    said = " ".join(told(page))
    assert "Mon, Mar 2, 2:00 PM" in said and "Peerson" not in said
