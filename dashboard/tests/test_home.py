"""Today: sessions, what is to document, who will miss their hours."""

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone

from accounts.access import Role
from accounts.services import give_role
from clinical.models import Status
from clinical.queries import Stage, Week
from dashboard import queries
from groups.models import Facilitator
from patients.services import end_care_team
from scheduling.models import Session
from scheduling.services import cancel_session, create_slot, lead_group, seat_member
from tests.desk import Readings, attend, count, document, more_people, text
from tests.factories import ZONE, make_group, make_patient, make_program, make_staff

HOME = "/desk/"
QUERIES = 28


def test_each_to_their_own_door(house, browse):
    assert browse(None).get(HOME)["Location"].startswith("/account/login/")
    assert browse(house.pat.user).get(HOME).status_code == 403
    assert browse(house.billing).get(HOME)["Location"] == "/desk/hours/"
    for reader in (house.alice, house.bob, house.charlie, house.coordinator, house.admin):
        assert browse(reader).get(HOME).status_code == 200


def test_a_fixed_number_of_queries(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    client = browse(house.alice)
    create_slot(group=house.group, weekday=0, starts_at=dt.time(18), minutes=30)  # something is still to come today
    assert count(client, HOME) == QUERIES
    more_people(house, 8)
    group = make_group(house.program, house.alice)
    for n in range(3):
        create_slot(group=group, weekday=0, starts_at=dt.time(14 + n), minutes=30)
    assert count(client, HOME) == QUERIES


def test_sessions_of_the_readers_own_day(house, browse):
    page = browse(house.alice).get(HOME)
    assert [line.session for line in page.context["today"]] == [house.session]
    assert "Monday process" in text(page)
    assert browse(house.charlie).get(HOME).context["today"] == []
    assert [line.session for line in browse(house.coordinator).get(HOME).context["today"]] == [house.session]


@pytest.mark.parametrize(("zone", "falls_on"), [("America/Los_Angeles", 2), ("America/New_York", 3)])
def test_late_in_the_evening_is_still_today_where_the_reader_is(house, clock, zone, falls_on):
    """23:30 in Los Angeles is 2:30 the next day in New York."""
    create_slot(group=house.group, weekday=0, starts_at=dt.time(23, 30), minutes=30)
    late = Session.objects.filter(group=house.group, starts_at__gte="2026-03-03T07:30Z").earliest("starts_at")
    clock.move_to(dt.datetime(2026, 3, falls_on, 12, tzinfo=zoneinfo.ZoneInfo(zone)))
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        assert late in [line.session for line in queries.todays_lines(house.alice)]
        clock.shift(dt.timedelta(days=1))
        assert late not in [line.session for line in queries.todays_lines(house.alice)]


def test_each_reader_reads_their_own_zone(house, browse):
    page = text(browse(house.alice).get(HOME))
    assert "Monday, March 2 · PST" in page and "9:00 AM" in page
    house.alice.zone = "America/New_York"
    house.alice.save()
    page = text(browse(house.alice).get(HOME))
    assert "Monday, March 2 · EST" in page and "12:00 PM" in page and "9:00 AM" not in page


def test_the_stage_says_what_to_do(house, browse, clock):
    roll_call, notes = f"/desk/sessions/{house.session.uid}/roll-call/", f"/desk/sessions/{house.session.uid}/notes/"
    page = text(browse(house.alice).get(HOME))
    assert "2 people" in page and roll_call not in page
    clock.shift(dt.timedelta(hours=1, minutes=5))
    page = text(browse(house.alice).get(HOME))
    assert f"/desk/rooms/{house.session.uid}/" in page and roll_call in page
    clock.shift(dt.timedelta(hours=2))
    page = text(browse(house.alice).get(HOME))
    assert "0 of 2 taken" in page and roll_call in page
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    page = text(browse(house.alice).get(HOME))
    assert "0 of 1 signed" in page and notes in page
    document(house.session, house.alice, Pat="Spoke of the weekend.")
    page = browse(house.alice).get(HOME)
    assert page.context["owed"] == [] and "Documented" in text(page) and notes not in text(page)


def test_only_who_documents_is_asked_to(house, browse, clock):
    """A coordinator sees how far it is, without a button that would lead them nowhere."""
    clock.shift(dt.timedelta(hours=4))
    for reader in (house.coordinator, house.admin):
        page = browse(reader).get(HOME)
        assert "/roll-call/" not in text(page) and "Roll-call owed" in text(page)
        assert page.context["owed"] == []


def test_owed_of_somebody_who_is_coordinator_too(house, browse, clock):
    """Their program's sessions are theirs to see, not to document."""
    give_role(user=house.charlie, program=house.program, role=Role.CARE_COORDINATOR)
    clock.shift(dt.timedelta(hours=4))
    page = browse(house.charlie).get(HOME)
    assert page.context["owed"] == [] and "/roll-call/" not in text(page)
    assert [line.session for line in page.context["today"]] == [house.session]


def test_a_supervisor_owes_what_their_people_owe(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    page = browse(house.bob).get(HOME)
    (line,) = page.context["owed"]
    assert (line.session, line.stage, line.is_own, line.leads) == (
        house.session,
        Stage.ROLL_CALL,
        False,
        ["Alice Clinician"],
    )
    assert "Alice Clinician" in text(page)
    assert browse(house.charlie).get(HOME).context["owed"] == []
    # Theirs stands apart from one's own, and says how much is late.
    assert "To be written by people you supervise" in text(page) and "To document" not in text(page)
    assert page.context["team_late"] == 0
    clock.move_to(dt.datetime(2026, 3, 6, 20, tzinfo=dt.UTC))
    page = browse(house.bob).get(HOME)
    assert page.context["team_late"] == 1 and "1 late" in text(page)
    assert "supervise" not in text(browse(house.alice).get(HOME))


def test_late_after_three_business_days(house, browse, clock):
    clock.move_to(dt.datetime(2026, 3, 5, 20, tzinfo=dt.UTC))
    page = browse(house.alice).get(HOME)
    assert "due Thu, Mar 5" in text(page) and not page.context["owed"][0].is_late
    clock.shift(dt.timedelta(days=1))
    page = browse(house.alice).get(HOME)
    assert "was due Thu, Mar 5" in text(page) and page.context["owed"][0].is_late


def test_a_cancelled_session_stands_there_and_asks_nothing(house, browse, clock):
    cancel_session(session=house.session, reason="Snow")
    page = browse(house.alice).get(HOME)
    assert "Cancelled" in text(page) and "nobody leads it" not in text(page)
    clock.shift(dt.timedelta(hours=4))
    assert browse(house.alice).get(HOME).context["owed"] == []


def test_who_is_short_of_hours_is_on_the_record(house, browse):
    readings = Readings()
    page = browse(house.alice).get(HOME)
    assert [row.episode.patient.legal_first_name for row in page.context["short"]] == ["Pat", "Quinn"]
    assert "7 h 45 min short" in text(page)
    assert readings.of(house.alice) == {"Pat", "Quinn"}


def test_the_widest_gap_stands_first_and_the_rest_is_counted(house, browse):
    people = more_people(house, 6)
    busy = make_group(house.program, make_staff(house.program), capacity=15)
    for weekday in (1, 2, 3, 4):
        create_slot(group=busy, weekday=weekday, starts_at=dt.time(15), minutes=120)
    seat_member(group=busy, episode=people[0].episodes.get(), joined_on=dt.date(2026, 3, 2))
    readings = Readings()
    page = browse(house.alice).get(HOME)
    names = [row.episode.patient.legal_first_name for row in page.context["short"]]
    assert len(names) == 6 and page.context["short_more"] == 1 and "More0" not in names
    assert names[:5] == [p.legal_first_name for p in people[1:]]  # an hour booked: the widest gaps
    assert "and 1 more person" in text(page)
    plans = {due.patient.legal_first_name for due in page.context["plans"]}
    assert len(plans) == 5 and page.context["plans_more"] > 0
    assert readings.of(house.alice) == set(names) | plans  # nobody who is only counted


def test_everybody_can_reach_their_hours(house, browse):
    week = Week.of(None, ZONE)
    assert queries.short_of_hours(house.coordinator, week, 6) == ([], 0)
    assert "Everybody can reach their hours" in text(browse(house.coordinator).get(HOME))


def test_no_patient_is_seen_after_the_care_team_ended(house, browse):
    end_care_team(source=f"primary:{house.pat_episode.pk}", patient=house.pat)
    end_care_team(source=f"group:{house.group.pk}", patient=house.pat)
    assert "Pat" not in text(browse(house.alice).get(HOME))


def test_people_of_two_programs_on_one_page(house, browse):
    """Alice works in two tracks: both are hers, and the second has its own people."""
    evening = make_program("Evening track")
    give_role(user=house.alice, program=evening, role=Role.CLINICIAN)
    late = make_patient(evening, house.alice, "Eve", "Evening")
    group = make_group(evening, name="Evening support")
    lead_group(group=group, user=house.alice, part=Facilitator.Part.LEAD, from_day=dt.date(2026, 3, 2))
    create_slot(group=group, weekday=0, starts_at=dt.time(18), minutes=60)
    seat_member(group=group, episode=late, joined_on=dt.date(2026, 3, 2))
    page = browse(house.alice).get(HOME)
    assert [line.session.group.name for line in page.context["today"]] == ["Monday process", "Evening support"]
    assert {row.episode.patient.legal_first_name for row in page.context["short"]} == {"Pat", "Quinn", "Eve"}
