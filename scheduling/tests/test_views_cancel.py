"""Cancelling one session."""

import datetime as dt

from messaging.models import Delivery
from scheduling.models import Booking, Session
from scheduling.services import cancel_session
from tests.desk import count, fields, text, told

QUERIES = 4


def address(house) -> str:
    return f"/desk/sessions/{house.session.uid}/cancel/"


def test_doors(house, browse):
    page = address(house)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (house.billing, house.pat.user):
        assert browse(stranger).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.charlie).post(page, {"reason": "x"}).status_code == 404
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(page).status_code == 200
    assert not house.session.is_cancelled


def test_a_fixed_number_of_queries_and_nobody_read(house, browse):
    client = browse(house.alice)
    assert count(client, address(house)) == QUERIES
    assert "Peerson" not in text(client.get(address(house)))


def test_one_is_cancelled_and_the_series_goes_on(house, browse):
    """Whoever cancels comes back to the session's page, which is still theirs to see."""
    page = browse(house.alice).post(address(house), {"reason": "Alice is ill"}, follow=True)
    assert page.status_code == 200 and page.redirect_chain[-1][0] == f"/desk/sessions/{house.session.uid}/"
    assert told(page) == ["The session is cancelled. Everybody expected is being told."]
    assert house.session.is_cancelled and house.session.reason == "Alice is ill"
    assert Session.objects.filter(slot=house.slot).scheduled().count() == 8
    assert not Booking.objects.live().filter(session=house.session).exists()
    assert Delivery.objects.filter(kind="session_cancelled", subject_id=house.session.pk).count() == 2


def test_a_reason_is_asked_beside_its_field(house, browse):
    client = browse(house.alice)
    for reason in ("", "   ", "x" * 201, "a\x00b"):
        page = client.post(address(house), {"reason": reason})
        assert page.status_code == 422 and page.context["form"].errors["reason"]
        assert 'id="id_reason_error"' in text(page) and 'aria-invalid="true"' in text(page)
    page = client.post(address(house), {"reason": "x" * 201})
    assert fields(page, "reason")["reason"] == "x" * 201
    assert client.post(address(house), {}).status_code == 422
    assert not house.session.is_cancelled


def test_cancelled_meanwhile(house, browse):
    """Two have the form open: the second is told, and what they wrote is still there."""
    client = browse(house.alice)
    client.get(address(house))
    cancel_session(session=house.session, reason="Snow")
    page = client.post(address(house), {"reason": "Alice is ill"})
    assert page.status_code == 422 and "This session is already cancelled." in text(page)
    assert fields(page, "reason")["reason"] == "Alice is ill" and house.session.reason == "Snow"
    page = client.get(address(house), follow=True)
    assert told(page) == ["This session is already cancelled."] and "This session is cancelled" in text(page)


def test_begun_meanwhile(house, browse, clock):
    clock.shift(dt.timedelta(hours=1))
    client = browse(house.alice)
    page = client.post(address(house), {"reason": "Too late"})
    assert page.status_code == 422 and "Take attendance instead." in text(page)
    assert told(client.get(address(house), follow=True)) == ["This session has begun; it stays as it is."]
    assert not house.session.is_cancelled
