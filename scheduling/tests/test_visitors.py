"""One-off visitors: a seat in one session without joining the group, and who sees them for how long."""

import datetime as dt
import zoneinfo
from functools import partial

import pytest
from django.utils import timezone

from clinical.models import Attendance, Status
from clinical.queries import Week, hours_of_week
from core.errors import Refusal
from core.tests.racing import together
from groups.models import Facilitator, Group
from messaging.models import Delivery
from messaging.services import send_due
from patients.models import CareTeamMember, Patient
from scheduling.models import Booking, Session
from scheduling.services import (
    add_visitor,
    cancel_session,
    create_slot,
    end_episode,
    lead_group,
    move_session,
    plan_reminders,
    remove_visitor,
    seat_member,
    visitors,
)
from scheduling.services.windows import follow_windows
from scheduling.tests.checks import contradictions
from tests.desk import document
from tests.factories import ZONE, make_group, make_patient, make_program, make_staff

PACIFIC = zoneinfo.ZoneInfo(ZONE)
MONDAY = dt.date(2026, 3, 2)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=PACIFIC)


def refusal_of(deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        deed(**kwargs)
    return refusal.value


def sees(user, patient, when) -> bool:
    """Whether the care team lets the user see the patient at a moment."""
    return CareTeamMember.objects.current(when).filter(user=user, patient=patient).exists()


def test_a_visitor_is_expected_in_this_session_only(house, mail):
    visit = add_visitor(session=house.session, episode=house.robin_episode, by=house.coordinator)
    assert (visit.part, visit.patient, visit.stay) == (Booking.Part.VISITOR, house.robin, house.robin_episode)
    assert house.session.by_hand
    assert not house.group.memberships.filter(patient=house.robin).exists()
    assert house.robin.bookings.live().filter(session__group=house.group).count() == 1
    send_due()
    assert [m["Subject"] for m in mail.of(house.robin.user)] == ["Booked: Monday, March 2, 9:00 AM PST"]
    assert plan_reminders() and Delivery.objects.filter(
        kind="session_reminder", subject_id=house.session.pk, recipient=house.robin.user
    )
    assert contradictions(timezone.now()) == {}


def test_a_visitor_from_the_door_to_the_signed_note(house, clock):
    """Roll-call, note and hours: a visitor counts like everybody, by their own stay."""
    session = house.session
    add_visitor(session=session, episode=house.robin_episode)
    week = Week.of(None, ZONE)
    before = hours_of_week(episodes=[house.robin_episode], week=week)[house.robin_episode.pk]
    assert before.ahead == 60 + 75  # their own Tuesday and this one
    clock.shift(dt.timedelta(hours=3))
    document(session, house.alice, Pat="Spoke.", Quinn="Listened.", Robin="Visited.")
    attendance = Attendance.objects.get(session=session, patient=house.robin)
    assert (attendance.episode, attendance.minutes, attendance.status) == (house.robin_episode, 75, Status.PRESENT)
    assert attendance.notes.get().is_signed
    after = hours_of_week(episodes=[house.robin_episode], week=week)[house.robin_episode.pk]
    assert (after.attended, after.ahead) == (75, 60)


def test_refusals(house, clock):
    session, robin = house.session, house.robin_episode
    other_program = make_program("Evening")
    stranger = make_patient(other_program, make_staff(other_program))
    later = make_patient(house.program, house.alice, started_on=dt.date(2026, 3, 3))
    assert refusal_of(add_visitor, session=session, episode=stranger).code == "other_program"
    assert refusal_of(add_visitor, session=session, episode=later).code == "episode_closed"
    assert refusal_of(add_visitor, session=session, episode=house.pat_episode).code == "already_expected"
    add_visitor(session=session, episode=robin)
    assert refusal_of(add_visitor, session=session, episode=robin).code == "already_expected"
    for _n in range(2):
        add_visitor(session=session, episode=make_patient(house.program, house.alice))
    full = refusal_of(add_visitor, session=session, episode=make_patient(house.program, house.alice))
    assert full.code == "session_full" and full.message == "All 5 seats of this session are taken."
    second = Session.objects.filter(slot=house.slot).order_by("starts_at")[1]
    cancel_session(session=second, reason="Snow")
    assert refusal_of(add_visitor, session=second, episode=robin).code == "cancelled"
    clock.shift(dt.timedelta(hours=1))
    assert refusal_of(add_visitor, session=session, episode=robin).code == "has_begun"


def test_elsewhere_names_the_other_thing_to_those_who_may_see_it(house):
    tuesday = Session.objects.filter(group=house.other_group).earliest("starts_at")
    group = make_group(house.program, house.alice, name="Tuesday skills")
    create_slot(group=group, weekday=1, starts_at=dt.time(10, 30), minutes=60)
    session = Session.objects.filter(group=group).earliest("starts_at")
    move_session(session=session, starts_at=tuesday.starts_at + dt.timedelta(minutes=30))
    to_admin = refusal_of(add_visitor, session=session, episode=house.robin_episode, by=house.admin)
    assert to_admin.code == "elsewhere"
    assert to_admin.message == "Robin Rosenquist is then in “Charlie’s skills”. Nobody can be in two places at once."
    to_alice = refusal_of(add_visitor, session=session, episode=house.robin_episode, by=house.alice)
    assert to_alice.message == "Robin Rosenquist is then in something else. Nobody can be in two places at once."
    assert not Booking.objects.filter(session=session, patient=house.robin).exists()


def test_released_they_are_told_and_may_come_again(house, mail):
    session = house.session
    add_visitor(session=session, episode=house.robin_episode)
    send_due()
    remove_visitor(session=session, patient=house.robin, by=house.coordinator)
    assert not session.bookings.live().filter(patient=house.robin).exists()
    assert not sees(house.alice, house.robin, at(2, 9))
    send_due()
    subjects = [m["Subject"] for m in mail.of(house.robin.user)]
    assert subjects == ["Booked: Monday, March 2, 9:00 AM PST", "Cancelled: Monday, March 2, 9:00 AM PST"]
    assert refusal_of(remove_visitor, session=session, patient=house.robin).code == "not_a_visitor"
    assert refusal_of(remove_visitor, session=session, patient=house.pat).code == "not_a_visitor"
    add_visitor(session=session, episode=house.robin_episode)
    send_due()
    assert len(mail.of(house.robin.user)) == 3 and sees(house.alice, house.robin, at(2, 9))


def test_released_before_the_news_left_says_nothing_of_the_booking(house, mail):
    add_visitor(session=house.session, episode=house.robin_episode)
    remove_visitor(session=house.session, patient=house.robin)
    add_visitor(session=house.session, episode=house.robin_episode)
    send_due()
    assert [m["Subject"] for m in mail.of(house.robin.user)] == ["Booked: Monday, March 2, 9:00 AM PST"]


def test_a_visitor_who_joins_meanwhile_comes_as_a_member_once_released(house):
    add_visitor(session=house.session, episode=house.robin_episode)
    seat_member(group=house.group, episode=house.robin_episode, joined_on=MONDAY)
    assert house.session.bookings.live().get(patient=house.robin).part == Booking.Part.VISITOR
    remove_visitor(session=house.session, patient=house.robin)
    assert house.session.bookings.live().get(patient=house.robin).part == Booking.Part.MEMBER


def test_the_end_of_a_stay_takes_visits_along(house, mail):
    first, second = Session.objects.filter(slot=house.slot).order_by("starts_at")[:2]
    for session in (first, second):
        add_visitor(session=session, episode=house.robin_episode)
    end_episode(episode=house.robin_episode, ended_on=dt.date(2026, 3, 3), reason="completed")
    assert first.bookings.live().filter(patient=house.robin).exists()
    assert not second.bookings.live().filter(patient=house.robin).exists()
    assert sees(house.alice, house.robin, at(2, 9)) and not sees(house.alice, house.robin, at(9, 9))


def test_the_last_seat_of_a_session_is_taken_once(committed_house):
    house = committed_house
    for _n in range(2):
        add_visitor(session=house.session, episode=make_patient(house.program, house.alice))
    people = [make_patient(house.program, house.alice) for _n in range(8)]
    ended = together(partial(add_visitor, session=house.session, episode=e) for e in people)
    assert sorted(getattr(o, "code", "seated") for o in ended) == ["seated"] + 7 * ["session_full"]
    assert house.session.bookings.live().filter(patient__isnull=False).count() == 5


def test_without_the_lock_the_last_seat_is_taken_several_times(committed_house, monkeypatch):
    """The negative control: neither the group's row lock nor the session's."""
    house = committed_house
    monkeypatch.setattr(visitors, "lock_group", lambda group: Group.objects.get(pk=group.pk))
    monkeypatch.setattr(visitors, "_locked", lambda session: Session.objects.select_related("group").get(pk=session.pk))
    for session in Session.objects.filter(slot=house.slot).order_by("starts_at")[:5]:
        for _n in range(2):
            add_visitor(session=session, episode=make_patient(house.program, house.alice))
        people = [make_patient(house.program, house.alice) for _n in range(8)]
        together(partial(add_visitor, session=session, episode=e) for e in people)
        if session.bookings.live().filter(patient__isnull=False).count() > 5:
            return
    pytest.fail("Five races of 8 without a lock did not oversell: the race is no race.")


# --- windows


def test_the_leader_sees_a_visitor_from_an_hour_before_until_the_notes_are_due(house, clock):
    """Monday 9:00 to 10:30: from 8:00 until the end of Thursday."""
    clock.shift(-dt.timedelta(days=1))
    add_visitor(session=house.session, episode=house.robin_episode)
    assert not sees(house.alice, house.robin, at(2, 7, 59)) and sees(house.alice, house.robin, at(2, 8))
    assert sees(house.alice, house.robin, at(5, 23, 59)) and not sees(house.alice, house.robin, at(6, 0))
    assert not sees(house.bob, house.robin, at(2, 9))
    row = CareTeamMember.objects.get(patient=house.robin, user=house.alice)
    assert (row.part, row.source) == (CareTeamMember.Part.COVER, f"session:{house.session.pk}")
    clock.move_to(at(2, 8, 30))
    assert house.robin in Patient.objects.visible_to(house.alice)
    clock.move_to(at(6, 0, 1))
    assert house.robin not in Patient.objects.visible_to(house.alice)


def test_over_a_weekend_and_the_clock_change(house):
    """Friday the 6th: the third business day is Wednesday the 11th, after the clocks change."""
    create_slot(group=house.group, weekday=4, starts_at=dt.time(9), minutes=60)
    friday = Session.objects.filter(group=house.group, starts_at__gt=at(5, 0)).earliest("starts_at")
    add_visitor(session=friday, episode=house.robin_episode)
    row = CareTeamMember.objects.get(patient=house.robin, user=house.alice)
    assert (row.starts_at, row.ends_at) == (at(6, 8), at(12, 0))


def test_windows_follow_a_move_and_a_cancellation(house, clock):
    add_visitor(session=house.session, episode=house.robin_episode)
    clock.shift(dt.timedelta(minutes=5))  # 8:05: the window has begun
    assert sees(house.alice, house.robin, timezone.now())
    move_session(session=house.session, starts_at=at(4, 15))
    assert not sees(house.alice, house.robin, at(2, 9)) and not sees(house.alice, house.robin, at(4, 13, 59))
    assert sees(house.alice, house.robin, at(4, 14)) and sees(house.alice, house.robin, at(9, 23))
    assert not sees(house.alice, house.robin, at(10, 0))
    assert sees(house.alice, house.robin, at(2, 8)), "what was is not rewritten"
    cancel_session(session=house.session, reason="Snow")
    assert not sees(house.alice, house.robin, at(4, 14))


def test_nothing_changes_when_nothing_moved(house):
    add_visitor(session=house.session, episode=house.robin_episode)
    rows = list(CareTeamMember.objects.order_by("pk").values())
    follow_windows(group_ids=[house.group.pk], now=timezone.now())
    assert list(CareTeamMember.objects.order_by("pk").values()) == rows


def test_another_leader_sees_the_visitors_and_the_one_before_no_longer(house):
    add_visitor(session=house.session, episode=house.robin_episode)
    dana = make_staff(house.program, first="Dana")
    lead_group(group=house.group, user=dana, part=Facilitator.Part.LEAD, from_day=MONDAY)
    assert sees(dana, house.robin, at(2, 9)) and not sees(house.alice, house.robin, at(2, 9, 30))
    assert not sees(dana, house.robin, at(6, 0)), "a visitor has joined nothing"
    lead_group(group=house.group, user=house.alice, part=Facilitator.Part.CO, from_day=MONDAY)
    assert sees(house.alice, house.robin, at(2, 9)) and sees(dana, house.robin, at(2, 9))
