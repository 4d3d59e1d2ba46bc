"""A weekly slot changes from a day on: what was held or touched stays, the rest follows in place, everybody hears it once."""

import datetime as dt
import zoneinfo

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from core.tests.racing import failures, meeting_after, together
from messaging.models import Delivery
from messaging.services import send_due
from patients.models import CareTeamMember, Patient
from scheduling.models import Booking, Closure, Session, Slot
from scheduling.services import (
    cancel_session,
    change_slot,
    create_slot,
    end_slot,
    extend_horizon,
    leave_group,
    move_session,
    plan_reminders,
    preview_slot_change,
    preview_slot_end,
    seat_member,
    slots,
)
from scheduling.tests.checks import contradictions
from tests.factories import make_group, make_patient, make_staff

PACIFIC = zoneinfo.ZoneInfo("America/Los_Angeles")
MONDAY = dt.date(2026, 3, 2)


def monday(n: int) -> dt.date:
    return MONDAY + dt.timedelta(weeks=n)


def times(slot: Slot) -> list[tuple[dt.date, str, str]]:
    """Date in the series, wall time and status of a slot's sessions."""
    rows = Session.objects.filter(slot=slot).order_by("slot_date")
    return [(s.slot_date, s.starts_at.astimezone(PACIFIC).strftime("%a %H:%M"), s.status) for s in rows]


def sentence(**wish) -> str:
    with pytest.raises(Refusal) as refusal:
        change_slot(**wish)
    return refusal.value.message


def refused(**wish) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refusal:
        change_slot(**wish)
    return refusal.value.code, refusal.value.field


def of_week(slot: Slot, n: int) -> Session:
    return Session.objects.get(slot=slot, slot_date=monday(n))


def test_sessions_move_in_place_and_nothing_before_the_day_is_touched(house):
    before = {s.slot_date: (s.pk, s.uid, s.starts_at) for s in house.slot.sessions.all()}
    new = change_slot(slot=house.slot, from_day=monday(2), by=house.bob, weekday=2, starts_at=dt.time(14), minutes=60)
    house.slot.refresh_from_db()
    assert (house.slot.ends_on, new.starts_on, new.follows) == (monday(2), monday(2), house.slot)
    assert times(house.slot) == [(monday(n), "Mon 09:00", "scheduled") for n in (0, 1)]
    assert times(new) == [(monday(n) + dt.timedelta(days=2), "Wed 14:00", "scheduled") for n in range(2, 9)]
    for session in new.sessions.all():
        old = before[session.slot_date - dt.timedelta(days=2)]
        assert (session.pk, session.uid) == old[:2]
        assert (session.changes, session.by_hand, session.moved_from) == (1, False, None)
        assert session.minutes == 60 and session.break_minutes == 15
    assert contradictions(timezone.now()) == {}
    assert Booking.objects.live().filter(session__slot=new).count() == 7 * 3


def test_nine_stays_nine_over_the_clock_change(house):
    new = change_slot(slot=house.slot, from_day=MONDAY, by=house.bob, weekday=6, starts_at=dt.time(2, 30))
    first, second = new.sessions.order_by("starts_at")[:2]
    # Sunday 8 March has no 2:30; the same span later it is 3:30.
    assert first.starts_at == dt.datetime(2026, 3, 8, 10, 30, tzinfo=dt.UTC)
    assert second.starts_at == dt.datetime(2026, 3, 15, 9, 30, tzinfo=dt.UTC)


def test_the_horizon_makes_nothing_twice_afterwards(house, clock):
    change_slot(slot=house.slot, from_day=monday(1), by=house.bob, weekday=4)
    count = Session.objects.count()
    assert extend_horizon() == 0
    clock.shift(dt.timedelta(days=7))
    assert extend_horizon() == 1  # the other group's; Friday of the last week was there already
    assert Session.objects.count() == count + 1


def test_begun_sessions_forbid_an_earlier_day_and_the_first_possible_one_is_named(house, clock):
    clock.shift(dt.timedelta(days=7, hours=2))
    wish = {"slot": house.slot, "from_day": monday(1), "by": house.bob, "starts_at": dt.time(15)}
    assert refused(**wish) == ("too_early", "from_day")
    assert sentence(**wish).endswith("The first possible day is Tuesday, March 10, 2026.")
    held = list(house.slot.sessions.filter(starts_at__lte=timezone.now()).values())
    change_slot(slot=house.slot, from_day=dt.date(2026, 3, 10), by=house.bob, starts_at=dt.time(15))
    assert list(house.slot.sessions.filter(starts_at__lte=timezone.now()).values()) == held and len(held) == 2


def test_a_session_held_ahead_of_its_date_is_held(house, clock):
    """Next Monday's was moved to today by hand and took place: next Monday can't change any more."""
    move_session(session=of_week(house.slot, 1), starts_at=dt.datetime(2026, 3, 2, 13, tzinfo=PACIFIC))
    clock.shift(dt.timedelta(hours=6))
    assert refused(slot=house.slot, from_day=monday(1), by=house.bob, weekday=3) == ("too_early", "from_day")


def test_what_a_person_changed_keeps_its_time_and_its_week_is_not_made_again(house):
    cancelled = cancel_session(session=of_week(house.slot, 1), reason="Retreat")
    moved = move_session(session=of_week(house.slot, 2), starts_at=dt.datetime(2026, 3, 17, 9, tzinfo=PACIFIC))
    visited = of_week(house.slot, 3)
    Booking.objects.create(
        session=visited,
        starts_at=visited.starts_at,
        ends_at=visited.ends_at,
        part="visitor",
        patient=house.robin,
        episode=house.robin_episode,
    )
    covered = of_week(house.slot, 4)
    Session.objects.filter(pk=covered.pk).update(lead=house.charlie)
    kept = [cancelled, moved, visited, covered]
    before = {
        s.pk: (s.starts_at, s.ends_at, s.status, s.changes) for s in Session.objects.filter(pk__in=[s.pk for s in kept])
    }
    preview = preview_slot_change(slot=house.slot, from_day=monday(1), by=house.bob, weekday=4, topic="Spring")
    whys = [line.why for line in preview.lines if line.what == "stays"]
    assert whys == ["cancelled: Retreat", "moved by hand", "somebody visits it", "somebody else leads it"]
    new = change_slot(slot=house.slot, from_day=monday(1), by=house.bob, weekday=4, topic="Spring")
    after = Session.objects.filter(pk__in=before)
    assert {s.pk: (s.starts_at, s.ends_at, s.status, s.changes) for s in after} == before
    assert {s.slot_id for s in after} == {new.pk} and not after.exclude(topic="").exists()
    assert [d for d, *_rest in times(new)] == [monday(n) + dt.timedelta(days=4) for n in range(1, 9)]
    assert extend_horizon() == 0


def test_closed_days_follow_the_series(house):
    """Closed on a Monday, the group that now meets on Thursdays meets that week; and the other way round."""

    def closure(first, last):
        return Closure.objects.create(
            program=house.program, starts_on=first, last_on=last, reason="Holiday", created_by=house.admin
        )

    a, b = closure(monday(1), monday(1)), closure(monday(2), monday(2) + dt.timedelta(days=6))
    c = closure(monday(3) + dt.timedelta(days=3), monday(3) + dt.timedelta(days=3))
    for n, closed in ((1, a), (2, b)):
        of_week(house.slot, n).bookings.update(released_at=timezone.now())
        Session.objects.filter(slot=house.slot, slot_date=monday(n)).update(
            status="cancelled", reason="Holiday", closure=closed
        )
    new = change_slot(slot=house.slot, from_day=monday(1), by=house.bob, weekday=3)
    rows = list(new.sessions.order_by("slot_date")[:4])
    assert [(s.status, s.closure, s.reason) for s in rows] == [
        ("scheduled", None, ""),
        ("cancelled", b, "Holiday"),
        ("cancelled", c, "Holiday"),
        ("scheduled", None, ""),
    ]
    assert contradictions(timezone.now()) == {}


def test_unpaired_weeks_are_withdrawn_or_added(house, clock):
    slot = create_slot(group=house.group, weekday=4, starts_at=dt.time(13), minutes=60)
    # From Wednesday, Fridays become Mondays: this week's Friday has no Monday left.
    wednesday = MONDAY + dt.timedelta(days=2)
    preview = preview_slot_change(slot=slot, from_day=wednesday, by=house.bob, weekday=0)
    assert preview.lines[0].what == "withdrawn" and {line.what.value for line in preview.lines} == {
        "withdrawn",
        "moves",
        "added",
    }
    new = change_slot(slot=slot, from_day=wednesday, by=house.bob, weekday=0)
    gone = Session.objects.get(slot=slot)
    assert (gone.status, gone.reason, gone.by_hand) == ("cancelled", "The weekly time changed.", False)
    assert new.sessions.earliest("starts_at").slot_date == monday(1)
    # From Tuesday 10 March, Mondays become Fridays: that week's Monday is over, its Friday is added.
    later = change_slot(slot=house.slot, from_day=dt.date(2026, 3, 10), by=house.bob, weekday=4)
    assert later.sessions.earliest("starts_at").slot_date == dt.date(2026, 3, 13)
    assert house.slot.sessions.count() == 2
    assert contradictions(timezone.now()) == {}


def test_a_later_hour_of_today_that_is_over_is_not_made(house, clock):
    new = change_slot(slot=house.slot, from_day=MONDAY, by=house.bob, starts_at=dt.time(7))
    assert new.sessions.earliest("starts_at").slot_date == monday(1)
    assert house.slot.sessions.get().is_cancelled


def test_only_the_last_of_a_chain_changes_and_none_that_ended(house, clock):
    by = house.bob
    new = change_slot(slot=house.slot, from_day=monday(1), by=by, starts_at=dt.time(10))
    assert refused(slot=house.slot, from_day=monday(1), by=by, starts_at=dt.time(11)) == ("slot_followed", None)
    end_slot(slot=new, ends_on=monday(4), by=by)
    assert refused(slot=new, from_day=monday(4), by=by, starts_at=dt.time(11)) == ("ends_sooner", "from_day")
    third = change_slot(slot=new, from_day=monday(2), by=by, starts_at=dt.time(11))
    assert third.ends_on == monday(4) and len(times(third)) == 2
    clock.move_to(dt.datetime(2026, 3, 31, 8, tzinfo=PACIFIC))
    assert refused(slot=third, from_day=dt.date(2026, 4, 1), by=by, starts_at=dt.time(12)) == ("slot_ended", None)


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({}, "no_change", None),
        ({"weekday": 0, "minutes": 90}, "no_change", None),
        ({"minutes": 10}, "slot_length", "minutes"),
        ({"break_minutes": 90}, "slot_break", "break_minutes"),
        ({"from_day": dt.date(2026, 3, 1), "minutes": 60}, "too_early", "from_day"),
    ],
)
def test_slips_are_refused(house, wish, code, field):
    before = Session.objects.count(), Slot.objects.count()
    assert refused(**{"slot": house.slot, "from_day": monday(1), "by": house.bob} | wish) == (code, field)
    assert (Session.objects.count(), Slot.objects.count()) == before


def test_no_clash_and_the_other_thing_is_named_to_those_who_may_see_it(house):
    other = make_group(house.program, house.alice, name="Evening skills")
    create_slot(group=other, weekday=2, starts_at=dt.time(14), minutes=60)
    wish = {"slot": house.slot, "from_day": monday(1), "weekday": 2, "starts_at": dt.time(14, 30)}
    said = sentence(by=house.coordinator, **wish)
    assert said.startswith("Alice Clinician is then in “Evening skills” (Wed, Mar 11, ")
    preview = preview_slot_change(by=house.coordinator, **wish)
    assert "Evening skills" in preview.clash and len(preview.lines) > 7
    create_slot(group=house.group, weekday=3, starts_at=dt.time(9), minutes=60)
    assert refused(slot=house.slot, from_day=monday(1), by=house.bob, weekday=3) == ("slot_overlaps", "starts_at")
    house.slot.refresh_from_db()
    assert house.slot.ends_on is None and Slot.objects.filter(follows=house.slot).count() == 0


def test_a_members_clash_refuses_by_number(house):
    seat_member(group=house.other_group, episode=house.pat_episode, joined_on=MONDAY)
    wish = {"slot": house.slot, "from_day": monday(1), "weekday": 1}
    assert sentence(by=house.coordinator, **wish).startswith("1 of the members are then in “Charlie’s skills”")
    assert sentence(by=house.bob, **wish).startswith("1 of the members are then in something else")


def news(kind="slot_changed") -> list[str]:
    rows = Delivery.objects.filter(kind=kind).order_by("recipient__first_name")
    return [d.recipient.first_name for d in rows]


def test_one_message_each_for_the_whole_series(house, mail, clock):
    change_slot(slot=house.slot, from_day=monday(1), by=house.bob, weekday=2, starts_at=dt.time(14))
    assert news() == ["Alice", "Pat", "Quinn"]
    assert not Delivery.objects.exclude(kind="slot_changed").exists()
    send_due()
    letters = mail.all()
    assert len(letters) == 3
    for letter in letters:
        assert letter["Subject"] == "New weekly time: Wednesday, March 11, 2:00 PM PDT"
        said = letter.get_content()
        assert "your weekly appointment has a new time, first on Wednesday, March 11, 2:00 PM PDT." in said
        for word in ("Monday process", "group", "recovery", "IOP", "Day track", "Peerson"):
            assert word.lower() not in said.lower()


def test_who_does_it_is_not_told_and_a_topic_is_no_news(house):
    change_slot(slot=house.slot, from_day=monday(1), by=house.alice, topic="Triggers")
    assert news() == []
    change_slot(slot=Slot.objects.get(follows=house.slot), from_day=monday(2), by=house.alice, minutes=60)
    assert news() == ["Pat", "Quinn"]


def test_news_that_a_second_change_overtook_is_not_sent(house, mail):
    new = change_slot(slot=house.slot, from_day=monday(1), by=house.bob, starts_at=dt.time(14))
    change_slot(slot=new, from_day=monday(1), by=house.bob, starts_at=dt.time(15))
    assert send_due() == {"skipped": 3, "sent": 3}
    assert all("3:00 PM" in letter["Subject"] for letter in mail.all())


def test_reminders_planned_follow(house, mail, clock):
    clock.shift(dt.timedelta(hours=4))
    clock.move_to(dt.datetime(2026, 3, 8, 12, tzinfo=PACIFIC))
    plan_reminders()
    assert (
        Delivery.objects.filter(kind="session_reminder", variant=60, subject_id=of_week(house.slot, 1).pk).count() == 2
    )
    new = change_slot(slot=house.slot, from_day=monday(1), by=house.bob, starts_at=dt.time(16))
    due = Delivery.objects.filter(kind="session_reminder", variant=60).values_list("due_at", flat=True)
    assert set(due) == {dt.datetime(2026, 3, 9, 15, tzinfo=PACIFIC)} and new.sessions.count() == 8


def test_a_slot_ends(house, mail):
    kept = move_session(session=of_week(house.slot, 5), starts_at=dt.datetime(2026, 4, 7, 9, tzinfo=PACIFIC))
    preview = preview_slot_end(slot=house.slot, ends_on=monday(4), by=house.bob)
    assert [line.what.value for line in preview.lines] == ["withdrawn", "stays", "withdrawn", "withdrawn", "withdrawn"]
    assert preview.told == 3 and Slot.objects.get(pk=house.slot.pk).ends_on is None
    wish = {"slot": house.slot, "ends_on": monday(4), "by": house.bob, "reason": "Term over"}
    end_slot(**wish, expect=preview_slot_end(**wish).digest)
    assert [s for _d, _w, s in times(house.slot)] == ["scheduled"] * 4 + ["cancelled", "scheduled"] + ["cancelled"] * 3
    kept.refresh_from_db()
    assert not kept.is_cancelled and extend_horizon() == 0
    assert news("slot_ended") == ["Alice", "Pat", "Quinn"]
    send_due()
    assert contradictions(timezone.now()) == {}
    letter = next(m for m in mail.all() if m["Subject"].startswith("Last"))
    assert "The last one is on Monday, March 23, 9:00 AM PDT." in letter.get_content()


def test_a_slot_that_ends_at_once_names_the_first_that_falls_away(house, mail):
    end_slot(slot=house.slot, ends_on=MONDAY, by=house.bob)
    send_due()
    assert len(mail.all()) == 3
    assert "The one on Monday, March 2, 9:00 AM PST no longer takes place" in mail.all()[0].get_content()


def test_somebody_leads_the_slot_and_sees_its_members_from_then_on(house, clock):
    dana = make_staff(house.program, first="Dana")
    new = change_slot(slot=house.slot, from_day=monday(2), by=house.bob, lead=dana)
    live = Booking.objects.live().filter(session__slot=new)
    assert set(live.filter(part="lead").values_list("user", flat=True)) == {dana.pk}
    rows = CareTeamMember.objects.filter(user=dana)
    begins = dt.datetime(2026, 3, 16, tzinfo=PACIFIC)
    assert {(r.patient, r.part, r.source, r.starts_at, r.ends_at) for r in rows} == {
        (p, "facilitator", f"slot:{new.pk}", begins, None) for p in (house.pat, house.quinn)
    }
    assert not Patient.objects.visible_to(dana).exists()
    assert news() == ["Alice", "Dana", "Pat", "Quinn"]
    late = make_patient(house.program, house.alice, "Lee")
    membership = seat_member(group=house.group, episode=late, joined_on=MONDAY)
    assert rows.filter(patient=late.patient, ends_at=None).count() == 1
    leave_group(membership=membership, left_on=monday(3), reason="Done")
    assert rows.get(patient=late.patient).ends_at == dt.datetime(2026, 3, 30, tzinfo=PACIFIC)
    clock.move_to(begins + dt.timedelta(hours=1))
    assert set(Patient.objects.visible_to(dana)) == {house.pat, house.quinn, late.patient}
    back = change_slot(slot=new, from_day=monday(3), by=house.bob, lead=None)
    assert set(rows.filter(patient=house.pat).values_list("ends_at", flat=True)) == {
        dt.datetime(2026, 3, 30, tzinfo=PACIFIC)
    }
    assert back.sessions.filter(bookings__user=house.alice, bookings__released_at=None).count() == back.sessions.count()
    assert contradictions(timezone.now() + dt.timedelta(weeks=1)) == {}


def test_who_may_lead_a_slot(house):
    elsewhere = make_staff(house.program, Role.BILLING, first="Bea")
    by, day = house.bob, monday(1)
    assert refused(slot=house.slot, from_day=day, by=by, lead=elsewhere) == ("not_a_clinician", "lead")
    assert refused(slot=house.slot, from_day=day, by=by, co=house.alice) == ("two_parts", "co")
    assert refused(slot=house.slot, from_day=day, by=by, lead=house.bob, co=house.bob) == ("two_parts", "co")
    create_slot(group=house.other_group, weekday=0, starts_at=dt.time(9), minutes=60)
    assert refused(slot=house.slot, from_day=day, by=by, lead=house.charlie) == ("elsewhere", "starts_at")


def test_a_stale_preview_is_refused(house):
    wish = {"slot": house.slot, "from_day": monday(1), "by": house.bob, "weekday": 2}
    seen = preview_slot_change(**wish).digest
    cancel_session(session=of_week(house.slot, 3), reason="Retreat")
    assert refused(**wish, expect=seen) == ("stale", None)
    assert refused(**wish | {"weekday": 3}, expect=preview_slot_change(**wish).digest) == ("stale", None)
    change_slot(**wish, expect=preview_slot_change(**wish).digest)


def queries(deed, **wish) -> int:
    with CaptureQueriesContext(connection) as seen:
        deed(**wish)
    return len(seen)


def test_as_many_queries_for_two_weeks_as_for_eight_and_for_one_member_as_for_many(house):
    small = make_group(house.program, make_staff(house.program), name="Small", capacity=15)
    big = make_group(house.program, make_staff(house.program), name="Big", capacity=15)
    slots = [create_slot(group=g, weekday=3, starts_at=dt.time(16), minutes=60) for g in (small, big)]
    seat_member(group=small, episode=make_patient(house.program, house.alice), joined_on=MONDAY)
    for _n in range(12):
        seat_member(group=big, episode=make_patient(house.program, house.alice), joined_on=MONDAY)
    wish = {"by": house.bob, "weekday": 4, "starts_at": dt.time(8)}
    of_small = queries(change_slot, slot=slots[0], from_day=monday(7), **wish)
    of_big = queries(change_slot, slot=slots[1], from_day=monday(1), **wish)
    assert of_small == of_big <= 45
    small, big = (Slot.objects.get(follows=slot) for slot in slots)
    assert queries(end_slot, slot=small, ends_on=monday(7), by=house.bob) == queries(
        end_slot, slot=big, ends_on=monday(2), by=house.bob
    )


def two_changes(house) -> list:
    """Two people move one weekly time at once, to different days."""

    def change(weekday):
        return lambda: change_slot(slot=house.slot, from_day=monday(1), by=house.bob, weekday=weekday)

    return together([change(2), change(3)])


def test_without_the_groups_lock_the_second_runs_into_the_wall(committed_house, monkeypatch):
    """The negative control: both have looked before either writes."""
    monkeypatch.setattr(slots, "lock_group", lambda group: group)
    monkeypatch.setattr(slots, "_locked", meeting_after(slots._locked))
    (error,) = failures(two_changes(committed_house))
    assert isinstance(error, IntegrityError)


def test_of_two_changes_at_once_one_is_told_of_the_other(committed_house):
    house = committed_house
    outcomes = two_changes(house)
    assert [error.code for error in failures(outcomes)] == ["slot_followed"]
    assert Slot.objects.filter(follows=house.slot).count() == 1
    assert Session.objects.scheduled().filter(group=house.group).count() == 9
    assert contradictions(timezone.now()) == {}
