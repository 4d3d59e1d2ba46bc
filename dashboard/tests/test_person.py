"""One patient's page."""

import datetime as dt

from django.utils import timezone

from accounts.access import Role
from accounts.services import give_role
from audit.models import Read
from clinical.models import Status
from messaging.models import Address, Category, Stop
from messaging.preferences import set_mobile, set_preference
from patients.services import assign_primary_clinician, end_care_team, open_episode
from scheduling.models import Session
from scheduling.services import create_slot, move_session, seat_member
from scheduling.services.episodes import end_episode
from tests.desk import Readings, attend, count, document, text, write
from tests.factories import make_group, make_program
from tests.past import add_past

QUERIES = 40


def address(patient) -> str:
    return f"/desk/people/{patient.uid}/"


def test_doors(house, browse):
    page = address(house.pat)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    assert browse(house.billing).get(page).status_code == 403
    assert browse(house.pat.user).get(page).status_code == 403
    assert browse(house.charlie).get(page).status_code == 404
    assert browse(house.coordinator).get(page).status_code == 404  # sees by care team
    for reader in (house.alice, house.bob, house.admin):
        assert browse(reader).get(page).status_code == 200


def test_a_fixed_number_of_queries(house, browse, clock):
    clock.shift(dt.timedelta(hours=1, minutes=30))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    client = browse(house.alice)
    assert count(client, address(house.pat)) == QUERIES
    write(house.session, house.alice, Pat="A draft.")
    for n in range(4):
        group = make_group(house.program, house.alice)
        create_slot(group=group, weekday=0, starts_at=dt.time(11 + n), minutes=30)
        seat_member(group=group, episode=house.pat_episode, joined_on=dt.date(2026, 3, 2))
    clock.shift(dt.timedelta(hours=7))
    for session in Session.objects.filter(starts_at__date="2026-03-02").exclude(pk=house.session.pk):
        attend(session, house.alice, Pat=Status.LATE if session.treatment_minutes > 40 else Status.EXCUSED)
    assert count(browse(house.alice), address(house.pat)) == QUERIES


def test_opening_it_is_on_the_record(house, browse):
    readings = Readings()
    browse(house.alice).get(address(house.pat))
    browse(house.charlie).get(address(house.pat))
    assert readings.of(house.alice) == {"Pat"} and readings.of(house.charlie) == set()
    read = Read.objects.latest("pk")
    assert (read.patient_id, read.what, read.path) == (house.pat.pk, "record", address(house.pat))


def test_nobody_else_is_on_it(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    document(house.session, house.alice, Pat="Spoke of the weekend.", Quinn="Listened to a peer.")
    page = text(browse(house.alice).get(address(house.pat)))
    assert "Peerson" in page and "Quinn" not in page and "Quill" not in page


def test_facts_and_what_is_not_known(house, browse):
    house.pat.preferred_name, house.pat.phone, house.pat.emergency_name = "Patty", "555-0100", ""
    house.pat.save()
    set_preference(
        user=house.pat.user,
        channels=None,
        lead_minutes=None,
        quiet_from=None,
        quiet_until=None,
        muted=[Category.REMINDER],
    )
    page = text(browse(house.alice).get(address(house.pat)))
    assert "Patty Peerson" in page and "Pat Peerson" in page  # called, and legal
    assert "leave no message" in page and "no reminders" in page and "not given" in page
    assert "Alice Clinician" in page and "Primary clinician, Facilitator" in page and "Bob Supervisor" in page
    assert "Monday process" in page and "9 h" in page


def test_sessions_and_notes_for_those_who_read_notes(house, browse, clock):
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT, Quinn=Status.NO_SHOW)
    assert "Note owed" in text(browse(house.alice).get(address(house.pat)))
    assert "Note owed" not in text(browse(house.alice).get(address(house.quinn)))  # absent: none
    write(house.session, house.alice, Pat="Spoke of the weekend.")
    page = text(browse(house.alice).get(address(house.pat)))
    assert "draft" in page and "/desk/notes/" in page and "weekend" not in page
    page = text(browse(house.admin).get(address(house.pat)))
    assert "1 h 15 min" in page and "/desk/notes/" not in page and "draft" not in page and "Note owed" not in page


def test_links_only_where_the_reader_may_go(house, browse, clock):
    """Charlie becomes Pat's primary clinician: he reads where Pat has been, and is not sent to sessions he can't open."""
    assign_primary_clinician(episode=house.pat_episode, clinician=house.charlie)
    clock.shift(dt.timedelta(hours=4))
    document(house.session, house.alice, Pat="Spoke of the weekend.")
    page = text(browse(house.charlie).get(address(house.pat)))
    assert "Monday process" in page and "/desk/sessions/" not in page and "/desk/series/" in page  # the tab
    assert f"/desk/series/{house.group.uid}/" not in page and "/desk/notes/" in page
    page = text(browse(house.alice).get(address(house.pat)))
    assert f"/desk/sessions/{house.session.uid}/" in page and f"/desk/series/{house.group.uid}/" in page


def test_after_the_care_team_ended_it_is_not_found(house, browse):
    for source in (f"primary:{house.pat_episode.pk}", f"group:{house.group.pk}"):
        end_care_team(source=source, patient=house.pat)
    assert browse(house.alice).get(address(house.pat)).status_code == 404


def test_a_stay_that_ended_and_another_program(house, browse, clock):
    evening = make_program("Evening track")
    clock.shift(dt.timedelta(hours=4))
    attend(house.session, house.alice, Pat=Status.PRESENT)
    end_episode(episode=house.pat_episode, ended_on=dt.date(2026, 3, 2), reason="Completed")
    page = text(browse(house.alice).get(address(house.pat)))
    assert "Not in care at the moment." in page and "Nothing is planned." in page and "Day track" in page
    assert "Feb 23, 2026 – Mar 2, 2026" in page and "Add them to a group" not in page
    give_role(user=house.alice, program=evening, role=Role.CLINICIAN)
    open_episode(
        patient=house.pat,
        program=evening,
        primary_clinician=house.alice,
        started_on=dt.date(2026, 3, 2),
        weekly_goal_minutes=600,
        level_of_care="2.1",
    )
    page = text(browse(house.alice).get(address(house.pat)))
    assert "Evening track" in page and "Other stays" in page and "10 h" in page and "Add them to a group" in page


def test_next_sessions_in_the_readers_zone(house, browse):
    move_session(session=house.session, starts_at=dt.datetime(2026, 3, 3, 7, 30, tzinfo=dt.UTC))  # 23:30 on Monday
    assert "Mon, Mar 2, 11:30 PM" in text(browse(house.alice).get(address(house.pat)))
    house.alice.zone = "America/New_York"
    house.alice.save()
    assert "Tue, Mar 3, 2:30 AM" in text(browse(house.alice).get(address(house.pat)))


def test_how_they_are_reached(house, browse):
    user = house.pat.user
    client = browse(house.alice)
    page = text(client.get(address(house.pat)))
    assert "Text message (not now)" in page and "E-mail (not now)" not in page
    assert "no number with consent" in page and "said STOP" not in page
    set_mobile(user=user, number="213 555 0123", consent=True)
    Stop.objects.create(number="+12135550123", stopped_at=timezone.now())
    Address.objects.create(user=user, channel="email", value=user.email, failed_at=timezone.now(), failure="refused")
    page = text(client.get(address(house.pat)))
    assert "(213) 555-0123" in page and "said STOP on Mar 2" in page and "came back on Mar 2" in page
    user.email = "another@example.org"
    user.save()
    assert "came back" not in text(client.get(address(house.pat)))


def test_two_years_cost_as_many_queries_as_two_weeks(house, browse):
    add_past(house, house.pat_episode, weeks=2)
    add_past(house, house.quinn_episode, weeks=104)
    client = browse(house.alice)
    assert count(client, address(house.pat)) == count(client, address(house.quinn))
