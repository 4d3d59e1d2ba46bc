"""A visitor in one session: the form, the roster's mark, releasing."""

import datetime as dt

from scheduling.models import Booking, Session
from scheduling.services import add_visitor, cancel_session
from tests.desk import Readings, count, text, told
from tests.factories import make_patient

QUERIES = 8


def address(session) -> str:
    return f"/desk/sessions/{session.uid}/visitor/"


def test_doors(house, browse):
    page = address(house.session)
    nina = make_patient(house.program, house.charlie, "Nina", "Newcomer")
    sent = {"episode": nina.pk}
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (house.billing, house.pat.user):
        assert browse(stranger).get(page).status_code == 403
        assert browse(stranger).post(page + "release/", {}).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.charlie).post(page, sent).status_code == 404
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(page).status_code == 200
    assert browse(house.alice).post(page, sent).status_code == 422, "not a patient Alice may see"
    assert not Booking.objects.filter(patient=nina.patient).exists()


def test_a_fixed_number_of_queries(house, browse):
    make_patient(house.program, house.alice)
    client = browse(house.alice)
    assert count(client, address(house.session)) == QUERIES
    for _n in range(4):
        make_patient(house.program, house.alice)
    assert count(client, address(house.session)) == QUERIES


def test_added_marked_and_released(house, browse):
    nina = make_patient(house.program, house.alice, "Nina", "Newcomer")
    client, readings = browse(house.alice), Readings()
    page = text(client.get(address(house.session)))
    assert "Nina Newcomer" in page and "Peerson" not in page and "3 seats are left." in page
    assert readings.of(house.alice) == {"Nina"}
    page = client.post(address(house.session), {"episode": nina.pk}, follow=True)
    assert told(page) == ["Nina Newcomer is a visitor and is being told."]
    assert text(page).count(">visitor<") == 1 and "Release the seat" in text(page)
    release = address(house.session) + "release/"
    for wrong in ({}, {"patient": "x"}, {"patient": str(house.robin.uid)}):
        assert client.post(release, wrong).status_code == 404
    assert told(client.post(release, {"patient": house.pat.uid}, follow=True)) == [
        "Pat Peerson is no longer a visitor here."
    ]
    assert house.session.bookings.live().filter(patient=house.pat).exists()
    page = client.post(release, {"patient": nina.patient.uid}, follow=True)
    assert told(page) == ["Nina Newcomer is no longer expected and is being told."]
    assert not house.session.bookings.live().filter(patient=nina.patient).exists()
    assert ">visitor<" not in text(page)


def test_full_is_said_beside_the_field(house, browse):
    for _n in range(3):
        add_visitor(session=house.session, episode=make_patient(house.program, house.alice))
    nina = make_patient(house.program, house.alice)
    page = browse(house.alice).post(address(house.session), {"episode": nina.pk})
    assert page.status_code == 422 and "All 5 seats of this session are taken." in text(page)
    assert "No seat is left." in text(page)


def test_too_late(house, browse, clock):
    second = Session.objects.filter(slot=house.slot).order_by("starts_at")[1]
    cancel_session(session=second, reason="Snow")
    client = browse(house.coordinator)
    assert client.get(address(second)).status_code == 302
    clock.shift(dt.timedelta(hours=1))
    client = browse(house.alice)
    assert told(client.get(address(house.session), follow=True)) == [
        "This session is cancelled or has begun; nobody can be added any more."
    ]


def test_whoever_leads_sees_the_visitor_from_an_hour_before(house, browse, clock):
    clock.shift(-dt.timedelta(hours=3))  # 5:00
    add_visitor(session=house.session, episode=house.robin_episode)
    page = f"/desk/sessions/{house.session.uid}/"
    assert "Rosenquist" not in text(browse(house.alice).get(page))
    assert browse(house.alice).get(f"/desk/people/{house.robin.uid}/").status_code == 404
    clock.shift(dt.timedelta(hours=3, minutes=1))
    assert "Rosenquist" in text(browse(house.alice).get(page))
    assert browse(house.alice).get(f"/desk/people/{house.robin.uid}/").status_code == 200
    clock.move_to(dt.datetime(2026, 3, 6, 8, 1, tzinfo=dt.UTC))  # Friday 0:01
    assert browse(house.alice).get(f"/desk/people/{house.robin.uid}/").status_code == 404
