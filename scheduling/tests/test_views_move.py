"""Moving one session."""

import datetime as dt
import zoneinfo

from groups.models import Membership
from messaging.models import Delivery
from scheduling.models import Closure, Session, TimeOff
from scheduling.services import cancel_session, create_slot, move_session, seat_member
from tests.desk import count, fields, text, told
from tests.factories import make_group, make_staff

QUERIES = 4
PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def address(house) -> str:
    return f"/desk/sessions/{house.session.uid}/move/"


def when(day="2026-03-04", time="14:00", minutes="90") -> dict:
    return {"day": day, "time": time, "minutes": minutes, "sure": "1"}


def test_doors(house, browse):
    page = address(house)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (house.billing, house.pat.user):
        assert browse(stranger).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.charlie).post(page, when()).status_code == 404
    for reader in (house.alice, house.bob, house.coordinator, house.admin):
        assert browse(reader).get(page).status_code == 200
    assert house.session.moved_from is None


def test_the_form_begins_with_the_present_time_in_the_sessions_zone(house, browse):
    house.alice.zone = "America/New_York"
    house.alice.save()
    client = browse(house.alice)
    assert count(client, address(house)) == QUERIES
    page = client.get(address(house))
    sent = fields(page, "day")
    assert (sent["day"], sent["time"], sent["minutes"]) == ("2026-03-02", "09:00", "90")
    assert "now Monday, March 2, 12:00 PM" in text(page) and "As the clock stands in Los Angeles." in text(page)


def test_it_is_moved_once_and_the_series_stays(house, browse):
    before = house.session.starts_at
    page = browse(house.alice).post(address(house), when(minutes="60"), follow=True)
    assert told(page) == ["The session has its new time. Everybody expected is being told."]
    session = Session.objects.get(pk=house.session.pk)
    assert session.starts_at == dt.datetime(2026, 3, 4, 14, tzinfo=PACIFIC) and session.minutes == 60
    assert session.moved_from == before and "2:00–3:00 PM PST" in text(page)


def test_nine_after_the_clock_change_is_nine(house, browse):
    session = house.session
    browse(house.alice).post(address(house), when(day="2026-03-10", time="09:00"))
    session.refresh_from_db()
    assert session.starts_at == dt.datetime(2026, 3, 10, 16, tzinfo=dt.UTC)


def test_the_hour_that_a_clock_change_skips_does_not_break_it(house, browse):
    assert browse(house.alice).post(address(house), when(day="2026-03-08", time="02:30")).status_code == 302
    assert Session.objects.get(pk=house.session.pk).starts_at == dt.datetime(2026, 3, 8, 10, 30, tzinfo=dt.UTC)


def test_unchanged_says_so(house, browse):
    page = browse(house.alice).post(address(house), when(day="2026-03-02", time="09:00"), follow=True)
    assert told(page) == ["That is when it takes place already. Nothing was changed."]
    assert house.session.changes == 0


def test_every_slip_stands_beside_its_field_and_nothing_is_lost(house, browse):
    client = browse(house.alice)
    for slip, field, sentence in (
        ({"day": ""}, "day", "This field is required."),
        ({"day": "9999-12-31"}, "day", "Check the year."),
        ({"day": "0001-01-01"}, "day", "Check the year."),
        ({"day": "4 March"}, "day", "Enter a valid date."),
        ({"day": "2026-03-01"}, "time", "That time is in the past."),
        ({"time": "25:00"}, "time", "Enter a valid time."),
        ({"time": ""}, "time", "This field is required."),
        ({"minutes": "5"}, "minutes", "At least 15."),
        ({"minutes": "x"}, "minutes", "Enter a whole number."),
        ({"minutes": "15"}, "minutes", "longer than its break"),
    ):
        typed = when() | slip
        page = client.post(address(house), typed)
        assert page.status_code == 422, slip
        errors = page.context["form"].errors
        assert list(errors) == [field] and sentence in errors[field][0], slip
        sent = fields(page, "day")
        assert {name: sent[name] for name in typed if name != "sure"} | {"sure": "1"} == typed
    assert client.post(address(house), {}).status_code == 422
    assert house.session.moved_from is None


def test_nobody_can_be_in_two_places(house, browse):
    """The other group is named to those who may see it; patients are only counted."""
    other = make_group(house.program, make_staff(house.program), name="Elsewhere")
    create_slot(group=other, weekday=2, starts_at=dt.time(14), minutes=60)
    seat_member(group=other, episode=house.pat_episode, joined_on=dt.date(2026, 3, 2))
    page = browse(house.alice).post(address(house), when())
    assert page.status_code == 422
    (sentence,) = page.context["form"].errors["time"]
    assert sentence == "1 of the members are then in something else. Nobody can be in two places at once."
    page = browse(house.coordinator).post(address(house), when())
    (sentence,) = page.context["form"].errors["time"]
    assert "“Elsewhere”" in sentence and "Peerson" not in text(page)
    assert house.session.moved_from is None


def test_cancelled_or_begun_meanwhile(house, browse, clock):
    client = browse(house.alice)
    cancel_session(session=house.session, reason="Snow")
    page = client.post(address(house), when())
    assert page.status_code == 422 and "This session is already cancelled." in text(page)
    assert fields(page, "day")["time"] == "14:00"
    assert told(client.get(address(house), follow=True)) == ["This session is already cancelled."]


def preview(**other) -> dict:
    sent = when(**other)
    del sent["sure"]
    return sent


def test_what_changes_is_shown_before_it_does(house, browse):
    """Alice moves it: the two members and nobody else hear of it. Until she is sure nothing is written."""
    client = browse(house.alice)
    deliveries = Delivery.objects.count()
    opened = fields(client.get(address(house)), "day")
    page = client.post(address(house), opened | preview(minutes="60"))
    assert page.status_code == 200
    words = text(page)
    assert "Monday, March 2, 9:00–10:30 AM PST" in words and "Wednesday, March 4, 2:00–3:00 PM PST" in words
    assert "2 people are told at once" in words
    assert house.session.moved_from is None and Delivery.objects.count() == deliveries
    sent = fields(page, "day")
    assert sent == {"day": "2026-03-04", "time": "14:00", "minutes": "60", "seen": "0"}
    again = client.post(address(house), sent | {"again": "1"})
    assert again.status_code == 200 and fields(again, "day") == sent
    done = client.post(address(house), sent | {"sure": "1"}, follow=True)
    assert told(done) == ["The session has its new time. Everybody expected is being told."]
    assert house.session.minutes == 60
    assert Delivery.objects.filter(kind="session_moved", subject_id=house.session.pk).count() == 2


def test_the_preview_refuses_what_the_move_would(house, browse):
    client = browse(house.alice)
    page = client.post(address(house), preview(day="2026-03-01"))
    assert page.status_code == 422 and page.context["form"].errors["time"] == ["That time is in the past."]
    page = client.post(address(house), preview(day="2026-03-02", time="09:00"), follow=True)
    assert told(page) == ["That is when it takes place already. Nothing was changed."]


def test_the_preview_says_what_is_odd_about_the_new_time(house, browse):
    """Closed that day, its leader away, somebody not yet in the group; and the group's own clock to who lives by another."""
    Closure.objects.create(
        program=house.program,
        starts_on=dt.date(2026, 3, 4),
        last_on=dt.date(2026, 3, 5),
        reason="Staff training",
        created_by=house.admin,
    )
    away = dt.datetime(2026, 3, 4, 13, tzinfo=PACIFIC)
    TimeOff.objects.create(
        user=house.alice, starts_at=away, ends_at=away + dt.timedelta(hours=4), created_by=house.alice
    )
    Membership.objects.filter(patient=house.quinn).update(left_on=dt.date(2026, 3, 4))
    house.alice.zone = "America/New_York"
    house.alice.save()
    words = text(browse(house.alice).post(address(house), preview()))
    assert "Wednesday, March 4, 5:00–6:30 PM EST" in words
    assert "On the clock in Los Angeles: Wednesday, March 4, 2:00–3:30 PM PST." in words
    assert "The program is closed that day (Staff training)." in words
    assert "Alice Clinician is away then." in words
    assert "1 person is no longer expected" in words


def test_moved_by_somebody_else_meanwhile(house, browse):
    """What the form was opened with is no longer so: it says so once, and then knows."""
    client = browse(house.alice)
    opened = fields(client.get(address(house)), "day")
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 3, 15, tzinfo=PACIFIC), by=house.coordinator)
    page = client.post(address(house), opened | {"time": "14:00", "sure": "1"})
    assert page.status_code == 422 and "Somebody else changed this session meanwhile." in text(page)
    assert house.session.starts_at == dt.datetime(2026, 3, 3, 15, tzinfo=PACIFIC)
    assert client.post(address(house), fields(page, "day") | {"sure": "1"}).status_code == 302
    assert house.session.starts_at == dt.datetime(2026, 3, 2, 14, tzinfo=PACIFIC)
