"""One session gets another leader, topic or length, or is one more; nobody else's does."""

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from messaging.models import Delivery
from messaging.services import send_due
from patients.models import CareTeamMember, Patient
from scheduling.models import Booking, Session
from scheduling.services import (
    add_session,
    cancel_session,
    change_session,
    change_slot,
    create_slot,
    move_session,
    seat_member,
)
from scheduling.services.windows import note_due
from scheduling.tests.checks import contradictions
from tests.factories import make_group, make_patient, make_staff

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")


def told(kind: str) -> list[str]:
    return sorted(Delivery.objects.filter(kind=kind).values_list("recipient__first_name", flat=True))


def refused(deed, **wish) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refusal:
        deed(**wish)
    return refusal.value.code, refusal.value.field


@pytest.fixture
def dana(house):
    return make_staff(house.program, first="Dana")


def test_somebody_else_leads_once_and_sees_its_people_in_its_window_only(house, dana, clock, mail):
    session = change_session(session=house.session, by=house.bob, lead=dana)
    assert (session.lead, session.by_hand, session.changes) == (dana, True, 1)
    leads = Booking.objects.live().filter(user__isnull=False, session__group=house.group)
    assert list(leads.filter(user=dana).values_list("session", flat=True)) == [session.pk]
    assert not leads.filter(user=house.alice, session=session).exists()
    rows = CareTeamMember.objects.filter(user=dana)
    assert {(r.patient, r.part, r.source) for r in rows} == {
        (p, "cover", f"session:{session.pk}") for p in (house.pat, house.quinn)
    }
    # Monday 9:00; notes are due on Thursday, in the session's zone.
    assert {(r.starts_at, r.ends_at) for r in rows} == {
        (dt.datetime(2026, 3, 2, 8, tzinfo=PACIFIC), dt.datetime(2026, 3, 6, tzinfo=PACIFIC))
    }
    for moment, sees in (("2026-03-02 08:00", 2), ("2026-03-05 23:59", 2), ("2026-03-06 00:00", 0)):
        clock.move_to(dt.datetime.fromisoformat(moment).replace(tzinfo=PACIFIC))
        assert Patient.objects.visible_to(dana).count() == sees, moment
    clock.move_to(dt.datetime(2026, 3, 2, 8, tzinfo=PACIFIC))
    assert told("session_changed") == ["Alice", "Dana", "Pat", "Quinn"]
    send_due()
    [letter] = mail.of(house.alice)
    assert "somebody else takes your appointment on Monday, March 2, 9:00 AM PST." in letter.get_content()
    [letter] = mail.of(house.pat.user)
    assert "something about your appointment on Monday, March 2, 9:00 AM PST has changed" in letter.get_content()
    assert "Dana" not in letter.get_content()


def test_back_to_the_groups_own_leader_closes_the_window(house, dana):
    change_session(session=house.session, by=house.bob, lead=dana)
    change_session(session=house.session, by=house.bob, lead=None)
    assert not CareTeamMember.objects.current().filter(user=dana).exists()
    assert Booking.objects.live().get(session=house.session, part="lead").user == house.alice
    assert Delivery.objects.filter(kind="session_changed", variant=2).count() == 4


def test_the_window_follows_a_move_a_cancellation_and_who_joins(house, dana):
    session = Session.objects.filter(slot=house.slot)[2]
    session = change_session(session=session, by=house.bob, co=dana)
    late = make_patient(house.program, house.alice, "Lee")
    seat_member(group=house.group, episode=late, joined_on=timezone.localdate())
    rows = CareTeamMember.objects.filter(user=dana)
    assert rows.count() == 3
    session = move_session(session=session, starts_at=session.starts_at + dt.timedelta(days=2), by=house.bob)
    last = dt.datetime.combine(note_due(session) + dt.timedelta(days=1), dt.time.min, PACIFIC)
    assert {(r.starts_at, r.ends_at) for r in rows} == {(session.starts_at - dt.timedelta(hours=1), last)}
    assert rows.count() == 3
    cancel_session(session=session, reason="Power cut")
    assert not rows.filter(ends_at__gt=timezone.now()).exclude(ends_at__lte=session.starts_at).exists()


def test_who_may_lead_one_session(house):
    session = house.session
    assert refused(change_session, session=session, by=house.bob, co=house.alice) == ("two_parts", "co")
    bea = make_staff(house.program, Role.BILLING, first="Bea")
    assert refused(change_session, session=session, by=house.bob, lead=bea) == ("not_a_clinician", "lead")
    create_slot(group=house.other_group, weekday=0, starts_at=dt.time(9), minutes=60)
    assert refused(change_session, session=session, by=house.bob, lead=house.charlie) == ("elsewhere", "lead")
    assert house.session.changes == 0 and not CareTeamMember.objects.filter(user=house.charlie, part="cover").exists()


def test_a_session_is_shortened_and_lengthened_within_reason(house):
    session = change_session(session=house.session, by=house.alice, minutes=45, break_minutes=0)
    assert (session.minutes, session.break_minutes, session.moved_from) == (45, 0, None)
    assert told("session_changed") == ["Pat", "Quinn"]
    assert contradictions(timezone.now()) == {}
    assert refused(change_session, session=session, by=house.bob, minutes=10) == ("slot_length", "minutes")
    assert refused(change_session, session=session, by=house.bob, break_minutes=45) == ("slot_break", "break_minutes")
    create_slot(group=house.group, weekday=0, starts_at=dt.time(11), minutes=60)
    assert refused(change_session, session=session, by=house.bob, minutes=150) == ("slot_overlaps", "minutes")
    other = make_group(house.program, house.alice, name="Noon")
    create_slot(group=other, weekday=0, starts_at=dt.time(10, 30), minutes=30)
    assert refused(change_session, session=session, by=house.bob, minutes=100) == ("elsewhere", "minutes")


def test_a_longer_session_asks_the_new_leader_not_the_old_one(house, dana):
    create_slot(
        group=make_group(house.program, house.alice, name="Noon"), weekday=0, starts_at=dt.time(10, 30), minutes=60
    )
    session = change_session(session=house.session, by=house.bob, lead=dana, minutes=120)
    assert session.minutes == 120 and Booking.objects.live().get(session=session, user=dana).ends_at == session.ends_at


def test_a_topic_is_no_news_and_nothing_changed_is_nothing_done(house):
    session = change_session(session=house.session, by=house.bob, topic="Triggers")
    assert (session.topic, session.by_hand, told("session_changed")) == ("Triggers", True, [])
    again = change_session(session=session, by=house.bob, topic="Triggers", minutes=90, lead=None)
    assert again.changes == 1


def test_what_has_begun_or_is_cancelled_does_not_change(house, clock):
    cancelled = cancel_session(session=Session.objects.filter(slot=house.slot)[1], reason="Retreat")
    assert refused(change_session, session=cancelled, by=house.bob, topic="x") == ("already_cancelled", None)
    clock.shift(dt.timedelta(hours=1))
    assert refused(change_session, session=house.session, by=house.bob, topic="x") == ("has_begun", None)


def test_a_changed_session_is_left_alone_by_its_slot(house, dana):
    session = change_session(session=Session.objects.filter(slot=house.slot)[2], by=house.bob, lead=dana)
    change_slot(slot=house.slot, from_day=session.slot_date, by=house.bob, weekday=3)
    after = Session.objects.get(pk=session.pk)
    assert (after.starts_at, after.lead) == (session.starts_at, dana)


def test_an_extra_session(house, mail):
    starts_at = dt.datetime(2026, 3, 5, 9, tzinfo=PACIFIC)
    wish = {"group": house.group, "minutes": 60, "by": house.alice}
    session = add_session(starts_at=starts_at, topic=" Film ", **wish)
    assert (session.slot, session.by_hand, session.topic, session.zone) == (None, True, "Film", "America/Los_Angeles")
    booked = Booking.objects.live().filter(session=session)
    assert sorted(b.part for b in booked) == ["lead", "member", "member"]
    assert told("session_added") == ["Pat", "Quinn"]
    send_due()
    assert mail.all()[0]["Subject"] == "One more: Thursday, March 5, 9:00 AM PST"
    assert contradictions(timezone.now()) == {}


def test_an_extra_session_clashes_with_nothing(house):
    wish = {"group": house.group, "minutes": 60, "by": house.coordinator}
    at = dt.datetime(2026, 3, 9, 10, tzinfo=PACIFIC)
    assert refused(add_session, starts_at=at, **wish) == ("slot_overlaps", "starts_at")
    assert refused(add_session, starts_at=at - dt.timedelta(days=8), **wish) == ("in_the_past", "starts_at")
    assert refused(add_session, starts_at=at, **wish | {"minutes": 5}) == ("slot_length", "minutes")
    seat_member(group=house.other_group, episode=house.pat_episode, joined_on=timezone.localdate())
    tuesday = dt.datetime(2026, 3, 3, 9, tzinfo=PACIFIC)
    with pytest.raises(Refusal) as refusal:
        add_session(starts_at=tuesday, **wish)
    assert refusal.value.message.startswith("1 of the members are then in “Charlie’s skills”")
    create_slot(group=make_group(house.program, house.alice, name="Noon"), weekday=3, starts_at=dt.time(9), minutes=60)
    with pytest.raises(Refusal) as refusal:
        add_session(starts_at=dt.datetime(2026, 3, 5, 9, tzinfo=PACIFIC), **wish)
    assert refusal.value.message == "Alice Clinician is then in “Noon”. Nobody can be in two places at once."
    assert not Session.objects.filter(slot=None).exists()
