"""Attended hours of the week, by person and day."""

import datetime as dt
import zoneinfo

from accounts.access import Role
from accounts.services import give_role
from clinical.models import Status
from dashboard import views
from scheduling.models import Session
from scheduling.services import create_slot, move_session
from scheduling.services.episodes import end_episode
from tests.desk import Readings, attend, count, more_people, text
from tests.factories import make_patient, make_program

HOURS = "/desk/hours/"
QUERIES = 9
PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def table(page) -> dict[str, list[int | None]]:
    return {row.episode.patient.legal_first_name: row.days for row in page.context["rows"]}


def test_doors(house, browse):
    assert browse(None).get(HOURS)["Location"].startswith("/account/login/")
    assert browse(house.pat.user).get(HOURS).status_code == 403
    assert table(browse(house.charlie).get(HOURS)).keys() == {"Robin"}
    for reader in (house.admin, house.billing):
        assert table(browse(reader).get(HOURS)).keys() == {"Pat", "Quinn", "Robin"}
    assert "Nobody to show" in text(browse(house.coordinator).get(HOURS))


def test_billing_sees_hours_and_nothing_that_leads_further(house, browse):
    page = text(browse(house.billing).get(HOURS))
    assert "Pat Peerson" in page and house.pat.record_number in page
    assert "/desk/people/" not in page and "/desk/week/" not in page and "/desk/series/" not in page


def test_a_fixed_number_of_queries(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    client = browse(house.alice)
    assert count(client, HOURS) == QUERIES
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.LATE)
    more_people(house, 8)
    assert count(client, HOURS) == QUERIES


def test_who_is_on_the_page_is_on_the_record(house, browse, monkeypatch):
    readings = Readings()
    browse(house.billing).get(HOURS)
    assert readings.of(house.billing) == {"Pat", "Quinn", "Robin"}
    monkeypatch.setattr(views, "PEOPLE_ON_PAGE", 2)
    readings = Readings()
    page = browse(house.billing).get(HOURS, {"page": "2", "week": "2026-03-04"})
    assert readings.of(house.billing) == {"Robin"} and "?page=1&amp;week=2026-03-02" in text(page)


def test_attended_minutes_by_day_without_the_break(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.EXCUSED)
    page = browse(house.alice).get(HOURS)
    assert table(page) == {"Pat": [75, *[None] * 6], "Quinn": [None] * 7}
    assert "1 h 15 min" in text(page) and "7 h 45 min short" in text(page) and "9 h short" in text(page)


def test_a_goal_that_is_met(house, browse, clock):
    house.pat_episode.weekly_goal_minutes = 60
    house.pat_episode.save()
    assert "1 h 15 min ahead" in text(browse(house.alice).get(HOURS))
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    assert "Goal met" in text(browse(house.alice).get(HOURS))


def test_late_on_sunday_belongs_to_the_readers_own_day(house, browse, clock):
    """Sunday 23:30 in Los Angeles, on the day the clocks change, is Monday in New York."""
    create_slot(group=house.group, weekday=6, starts_at=dt.time(23, 30), minutes=30)
    late = Session.objects.filter(group=house.group, starts_at=dt.datetime(2026, 3, 8, 23, 30, tzinfo=PACIFIC)).get()
    clock.move_to(dt.datetime(2026, 3, 9, 8, tzinfo=PACIFIC))
    attend(late, house.alice, Pat=Status.PRESENT)
    assert table(browse(house.alice).get(HOURS, {"week": "2026-03-02"}))["Pat"] == [*[None] * 6, 30]
    assert table(browse(house.alice).get(HOURS))["Pat"] == [None] * 7
    house.alice.zone = "America/New_York"
    house.alice.save()
    assert table(browse(house.alice).get(HOURS, {"week": "2026-03-02"}))["Pat"] == [None] * 7
    assert table(browse(house.alice).get(HOURS))["Pat"] == [30, *[None] * 6]


def test_a_week_counts_whoever_was_in_care_then(house, browse, clock):
    """Somebody discharged stands in the weeks of their stay, and in none after it."""
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    end_episode(episode=house.pat_episode, ended_on=dt.date(2026, 3, 4), reason="Completed")
    clock.move_to(dt.datetime(2026, 3, 10, 8, tzinfo=PACIFIC))
    client = browse(house.billing)
    assert table(client.get(HOURS)).keys() == {"Quinn", "Robin"}
    page = client.get(HOURS, {"week": "2026-03-02"})
    assert table(page)["Pat"][0] == 75
    assert table(client.get(HOURS, {"week": "2026-02-16"})) == {}  # before anybody was admitted


def test_a_moved_session_counts_on_its_new_day(house, browse, clock):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 5, 9, tzinfo=PACIFIC))
    clock.move_to(dt.datetime(2026, 3, 5, 12, tzinfo=PACIFIC))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    assert table(browse(house.alice).get(HOURS))["Pat"] == [None, None, None, 75, None, None, None]


def test_programs_are_named_when_there_are_several(house, browse):
    page = browse(house.billing).get(HOURS)
    assert "Day track" not in text(page)
    evening = make_program("Evening track")
    give_role(user=house.billing, program=evening, role=Role.BILLING)
    give_role(user=house.alice, program=evening, role=Role.CLINICIAN)
    make_patient(evening, house.alice, "Eve", "Evening")
    page = text(browse(house.billing).get(HOURS))
    assert "Day track" in page and "Evening track" in page


def test_garbage_shows_this_week_and_the_first_page(house, browse):
    page = browse(house.alice).get(HOURS, {"week": "garbage", "page": "garbage"})
    assert page.status_code == 200 and page.context["week"].monday == dt.date(2026, 3, 2)
