"""The week's sessions by day."""

import datetime as dt
import zoneinfo

from scheduling.models import Session
from scheduling.services import cancel_session, create_slot, move_session
from tests.desk import Readings, count, text
from tests.factories import make_group

WEEK = "/desk/week/"
QUERIES = 7
PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def days(page) -> dict[dt.date, list[Session]]:
    return {day: [line.session for line in found] for day, found in page.context["days"] if found}


def test_doors(house, browse):
    assert browse(None).get(WEEK)["Location"].startswith("/account/login/")
    assert browse(house.billing).get(WEEK).status_code == 403
    assert browse(house.pat.user).get(WEEK).status_code == 403
    assert days(browse(house.charlie).get(WEEK)) == {
        dt.date(2026, 3, 3): [Session.objects.filter(group=house.other_group).earliest("starts_at")]
    }


def test_a_fixed_number_of_queries(house, browse):
    client = browse(house.alice)
    assert count(client, WEEK) == QUERIES
    for weekday in range(5):
        group = make_group(house.program, house.alice)
        create_slot(group=group, weekday=weekday, starts_at=dt.time(13), minutes=60)
    assert count(client, WEEK) == QUERIES


def test_nobody_is_read_by_looking_at_the_week(house, browse):
    readings = Readings()
    assert "Peerson" not in text(browse(house.alice).get(WEEK))
    assert readings.of(house.alice) == set()


def test_this_week_another_week_and_back(house, browse):
    client = browse(house.alice)
    page = client.get(WEEK)
    assert days(page) == {dt.date(2026, 3, 2): [house.session]}
    assert "?week=2026-02-23" in text(page) and "?week=2026-03-09" in text(page) and "This week" not in text(page)
    next_week = client.get(WEEK, {"week": "2026-03-12"})  # any day of it
    assert list(days(next_week)) == [dt.date(2026, 3, 9)] and "This week" in text(next_week)
    past = client.get(WEEK, {"week": "2026-01-01"})
    assert past.context["is_empty"] and "Nothing is planned in this week" in text(past)


def test_a_week_that_is_none_shows_this_one(house, browse):
    client = browse(house.alice)
    garbage = ["", "x", "2026-13-01", "2026-02-30", "0001-01-01", "9999-12-31", "1999-12-31", "2101-01-01", "\x00", "٢"]
    for week in garbage:
        page = client.get(WEEK, {"week": week})
        assert page.status_code == 200 and page.context["week"].monday == dt.date(2026, 3, 2)
    for edge in ("2000-01-01", "2100-12-31"):
        assert client.get(WEEK, {"week": edge}).status_code == 200


def test_nine_stays_nine_in_the_week_of_the_clock_change(house, browse):
    """The clocks change on Sunday the 8th: Saturday is PST, Monday is PDT, and both meet at 9:00."""
    create_slot(group=house.group, weekday=6, starts_at=dt.time(23, 30), minutes=30)
    client = browse(house.alice)
    page = client.get(WEEK)
    assert list(days(page)) == [dt.date(2026, 3, 2), dt.date(2026, 3, 8)]
    sunday = days(page)[dt.date(2026, 3, 8)][0]
    assert sunday.starts_at == dt.datetime(2026, 3, 8, 23, 30, tzinfo=PACIFIC)
    assert "11:30–11:59 PM" in text(page) or "11:30–12:00 AM" in text(page)
    page = client.get(WEEK, {"week": "2026-03-09"})
    assert "9:00–10:30 AM" in text(page) and "PDT" in text(page)


def test_a_session_late_on_sunday_is_next_week_in_new_york(house, browse):
    create_slot(group=house.group, weekday=6, starts_at=dt.time(23, 30), minutes=30)
    house.alice.zone = "America/New_York"
    house.alice.save()
    client = browse(house.alice)
    assert list(days(client.get(WEEK))) == [dt.date(2026, 3, 2)]
    # 23:30 on the day the clocks change, by then PDT, is 2:30 of Monday, EDT
    page = client.get(WEEK, {"week": "2026-03-09"})
    late, nine = days(page)[dt.date(2026, 3, 9)]
    assert "2:30–3:00 AM" in text(page) and "12:00–1:30 PM" in text(page)
    assert "Times in New York" in text(page) and late.starts_at < nine.starts_at


def test_cancelled_and_moved_stand_there(house, browse):
    """Somebody who leads the group still sees what they cancelled, and where a moved one went."""
    second = Session.objects.filter(group=house.group).order_by("starts_at")[1]
    cancel_session(session=house.session, reason="Snow")
    move_session(session=second, starts_at=dt.datetime(2026, 3, 10, 9, tzinfo=PACIFIC))
    client = browse(house.alice)
    page = client.get(WEEK)
    assert days(page) == {dt.date(2026, 3, 2): [house.session]} and "Cancelled" in text(page)
    page = client.get(WEEK, {"week": "2026-03-09"})
    assert list(days(page)) == [dt.date(2026, 3, 10)] and "Moved" in text(page)
    assert days(browse(house.bob).get(WEEK)) and days(browse(house.coordinator).get(WEEK))
    assert house.session not in days(browse(house.charlie).get(WEEK)).get(dt.date(2026, 3, 2), [])


def test_what_is_to_document_is_marked(house, browse, clock):
    clock.shift(dt.timedelta(hours=1, minutes=5))
    assert "Now" in text(browse(house.alice).get(WEEK))
    clock.shift(dt.timedelta(hours=4))
    assert "To document" in text(browse(house.alice).get(WEEK))
