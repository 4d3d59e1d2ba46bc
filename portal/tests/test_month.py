"""A month: what stands on which day, in one's own zone, and a fixed number of queries."""

import datetime as dt

import pytest
from django.utils import timezone

from portal.queries import Month
from portal.tests.helpers import more_sessions, queries, sign_in, text
from scheduling.models import Closure
from scheduling.services import ask_to_be_excused, cancel_session

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "days", "begins"),
    [
        (dt.date(2026, 3, 1), 42, dt.date(2026, 2, 23)),
        (dt.date(2027, 2, 1), 28, dt.date(2027, 2, 1)),
        (dt.date(2026, 11, 1), 42, dt.date(2026, 10, 26)),
        (dt.date(2026, 12, 1), 35, dt.date(2026, 11, 30)),
    ],
)
def test_a_month_is_whole_weeks(first, days, begins):
    month = Month(first, "America/Los_Angeles")
    assert (len(month.days), month.days[0], len(month.weeks)) == (days, begins, days // 7)
    assert month.days[-1].weekday() == 6 and month.holds(first) and not month.holds(first - dt.timedelta(days=1))
    assert month.shifted(-1).shifted(1) == month and month.shifted(12).first == first.replace(year=first.year + 1)
    assert month.ends_at - month.starts_at in [dt.timedelta(days=days, hours=n) for n in (-1, 0, 1)]


def test_what_stands_on_which_day(pat_client, house):
    more_sessions(house, 1)
    page = text(pat_client.get("/my/month/"))
    assert "<h1>March 2026</h1>" in page and "All times are yours (PST)" in page
    assert page.count("Monday process") == 5
    assert page.count('aria-current="date"') == 1 and 'href="/my/week/?week=2026-03-09"' in page
    assert "Topic 0" in page and 'scope="col">Monday' in page and "?month=2026-04" in page and "?month=2026-02" in page


def test_cancelled_excused_and_closed_are_said_and_why_is_not(pat_client, house):
    coming = list(house.group.sessions.order_by("starts_at")[:3])
    cancel_session(session=coming[1], reason="Told by the leader")
    ask_to_be_excused(booking=coming[2].bookings.live().get(patient=house.pat), reason="work")
    day = dt.date(2026, 3, 20)
    Closure.objects.create(
        program=house.program, starts_on=day, last_on=day, reason="Founder’s day", created_by=house.coordinator
    )
    page = text(pat_client.get("/my/month/"))
    assert "Cancelled" in page and "You asked to be excused" in page and page.count("Closed") == 1
    assert "Told by" not in page and "Founder" not in page


def test_in_another_zone_it_may_be_another_day(client, house):
    house.pat.user.zone = "Pacific/Auckland"
    house.pat.user.save()
    sign_in(client, house.pat.user)
    page = text(client.get("/my/month/?month=2026-03"))
    assert "Tuesday, March 3</span>" in page and "6:00 AM" in page and "NZDT" in page


@pytest.mark.parametrize(
    "asked", ["", "?month=2026-13", "?month=x", "?month=0001-01", "?month=9999-12", "?month=2026-3-1"]
)
def test_a_strange_month_is_this_one(pat_client, asked):
    page = pat_client.get(f"/my/month/{asked}")
    assert page.status_code == 200 and page.context["month"].first == timezone.localdate().replace(day=1)


def test_an_empty_month_says_so(pat_client, house):
    assert "Nothing in this month" in text(pat_client.get("/my/month/?month=2025-01"))


def test_the_week_leads_to_it(pat_client):
    assert 'href="/my/month/?month=2026-03"' in text(pat_client.get("/my/week/"))


@pytest.mark.parametrize("sessions", [1, 8])
def test_query_count(pat_client, house, sessions):
    more_sessions(house, sessions - 1)
    assert queries(pat_client, "/my/month/") == 8
