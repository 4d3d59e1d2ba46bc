"""Reminders and news of sessions: once each, true at the moment they leave, and neutral whoever reads over the shoulder."""

import datetime as dt
import re
from collections import Counter
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core.tests.racing import failures, together
from groups.models import Kind
from messaging.models import Delivery, Policy, Preference
from messaging.services import claim_due, deliver, send_due
from scheduling.models import Booking, Session
from scheduling.services import (
    cancel_session,
    create_slot,
    leave_group,
    move_session,
    plan_reminders,
    seat_member,
)
from scheduling.services.reminders import local_words
from tests.factories import make_group, make_patient, make_staff

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
REMINDERS = Delivery.objects.filter(kind="session_reminder")


def mute_reminders(patient):
    """They say no to reminders, and to nothing else."""
    Preference.objects.create(user=patient.user, muted=["reminder"])


def only_our_group(house):
    """Robin, of the group that meets on Tuesday, wants no reminders; the program reminds a day and an hour before."""
    mute_reminders(house.robin)
    two_lead_times(house.program)
    return house


def two_lead_times(program):
    """The program reminds a day and an hour before."""
    Policy.objects.create(program=program, lead_minutes=[24 * 60, 60])


@pytest.fixture
def coming(house, clock):
    """It is Sunday 7:00, 26 hours before the group meets: nothing is due yet, everything is planned."""
    only_our_group(house)
    clock.shift(-DAY - HOUR)
    plan_reminders()
    house.next = house.session
    return house


def outbox() -> list[tuple]:
    """Every row: to whom, which lead, in what state."""
    rows = Delivery.objects.order_by("recipient__first_name", "kind", "variant")
    return [(d.recipient.first_name, d.kind, d.variant, d.state) for d in rows]


def run_until(clock, moment) -> Counter:
    """What beat would do, at each half hour up to `moment`."""
    done = Counter()
    while timezone.now() <= moment:
        plan_reminders()
        done += send_due()
        clock.shift(30 * MINUTE)
    return done


# --- planning


def test_each_person_is_reminded_a_day_and_an_hour_before(coming):
    start = coming.next.starts_at
    rows = REMINDERS.filter(subject_id=coming.next.pk).order_by("recipient__first_name", "variant")
    assert [(d.recipient.first_name, d.variant, d.due_at, d.expires_at) for d in rows] == [
        (name, lead, start - lead * MINUTE, start - until * MINUTE)
        for name in ("Pat", "Quinn")
        for lead, until in ((60, 0), (1440, 60))
    ]
    assert not REMINDERS.filter(recipient__in=[coming.alice, coming.robin.user]).exists()


def test_planned_twice_is_planned_once(coming):
    before = outbox()
    assert plan_reminders() == 0
    assert outbox() == before


def test_only_what_begins_soon_is_planned(coming):
    assert set(REMINDERS.values_list("subject_id", flat=True)) == {coming.next.pk}


def test_of_what_begins_too_soon_only_the_reminder_that_still_helps(house):
    """An hour before, the day-before reminder is useless."""
    only_our_group(house)
    assert plan_reminders() == 2
    assert set(REMINDERS.values_list("variant", flat=True)) == {60}


def test_planners_at_once_plan_once(committed_house, clock):
    only_our_group(committed_house)
    clock.shift(-DAY - HOUR)
    outcomes = together([plan_reminders] * 8)
    assert failures(outcomes) == []
    assert sum(outcomes) == REMINDERS.count() == 4


@pytest.mark.parametrize("people", [1, 10])
def test_planning_takes_one_query(house, clock, people):
    two_lead_times(house.program)
    group = make_group(house.program)
    create_slot(group=group, weekday=4, starts_at=dt.time(9), minutes=60)
    for _n in range(people):
        seat_member(group=group, episode=make_patient(house.program, house.alice), joined_on=timezone.localdate())
    clock.move_to(dt.datetime(2026, 3, 5, 16, tzinfo=dt.UTC))
    with CaptureQueriesContext(connection) as queries:
        assert plan_reminders() == 2 * people
    assert len(queries) == 1


def test_those_who_want_none_are_not_planned_for(house, clock):
    only_our_group(house)
    mute_reminders(house.pat)
    clock.shift(-DAY - HOUR)
    assert plan_reminders() == 2
    assert set(REMINDERS.values_list("recipient", flat=True)) == {house.quinn.user.pk}


# --- a quiet day


def test_two_reminders_each_and_no_more(coming, mail, clock):
    assert run_until(clock, coming.next.starts_at + HOUR) == {"sent": 4}
    for person in (coming.pat, coming.quinn):
        subjects = [m["Subject"] for m in mail.of(person.user)]
        assert sorted(subjects) == ["Reminder: Monday, March 2, 9:00 AM PST"] * 2
    sent = sorted(REMINDERS.values_list("variant", "sent_at"))
    assert [(lead, coming.next.starts_at - at) for lead, at in sent] == [(60, HOUR)] * 2 + [(1440, DAY)] * 2


def test_the_zone_is_the_readers_own(coming, mail, clock):
    User.objects.filter(pk=coming.pat.user.pk).update(zone="America/New_York")
    User.objects.filter(pk=coming.quinn.user.pk).update(zone="America/Phoenix")
    run_until(clock, coming.next.starts_at)
    texts = {p: mail.of(p.user)[0].get_content() for p in (coming.pat, coming.quinn)}
    assert "Monday, March 2, 12:00 PM EST" in texts[coming.pat]
    assert "Monday, March 2, 10:00 AM MST" in texts[coming.quinn]


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        ("2026-03-08T09:59", "America/Los_Angeles", "Sunday, March 8, 1:59 AM PST"),
        ("2026-03-08T10:00", "America/Los_Angeles", "Sunday, March 8, 3:00 AM PDT"),
        ("2026-11-01T08:30", "America/Los_Angeles", "Sunday, November 1, 1:30 AM PDT"),
        ("2026-11-01T09:30", "America/Los_Angeles", "Sunday, November 1, 1:30 AM PST"),
        ("2026-07-01T06:30", "America/Phoenix", "Tuesday, June 30, 11:30 PM MST"),
        ("2026-07-01T08:00", "Europe/London", "Wednesday, July 1, 9:00 AM BST"),
    ],
)
def test_a_moment_in_words(moment, zone, words):
    assert local_words(dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC), zone) == words


# --- what is true at the moment it leaves


def test_a_cancelled_session_reminds_nobody(coming, mail, clock):
    cancel_session(session=coming.next, reason="power cut", by=coming.alice)
    assert run_until(clock, coming.next.starts_at) == {"sent": 2, "skipped": 4}
    assert {d.reason for d in REMINDERS.all()} == {"session cancelled"}
    assert {m["Subject"] for m in mail.all()} == {"Cancelled: Monday, March 2, 9:00 AM PST"}


def test_a_session_moved_to_later_reminds_at_the_new_time_only(coming, mail, clock):
    new = coming.next.starts_at + 2 * DAY
    move_session(session=coming.next, starts_at=new, by=coming.alice)
    assert run_until(clock, new + HOUR) == {"sent": 2 + 4}
    assert dict(REMINDERS.values_list("variant", "sent_at")) == {60: new - HOUR, 1440: new - DAY}
    for person in (coming.pat, coming.quinn):
        subjects = Counter(m["Subject"] for m in mail.of(person.user))
        assert subjects == {
            "New time: Wednesday, March 4, 9:00 AM PST": 1,
            "Reminder: Wednesday, March 4, 9:00 AM PST": 2,
        }


def test_a_session_moved_to_sooner_reminds_in_time(house, mail, clock):
    """Planned for Monday 8:00, the reminder would come after the session had begun."""
    only_our_group(house)
    session = Session.objects.get(slot=house.slot, slot_date=dt.date(2026, 3, 16))
    clock.move_to(session.starts_at - DAY - HOUR)
    plan_reminders()
    new = session.starts_at - 16 * HOUR  # Sunday 17:00
    move_session(session=session, starts_at=new, by=house.alice)
    assert run_until(clock, session.starts_at + HOUR) == {"sent": 2 + 4}
    assert dict(REMINDERS.values_list("variant", "sent_at")) == {60: new - HOUR, 1440: session.starts_at - DAY - HOUR}


def test_a_session_moved_after_a_reminder_left_is_not_reminded_of_twice(coming, mail, clock):
    run_until(clock, coming.next.starts_at - DAY)
    assert REMINDERS.filter(state="sent").count() == 2
    new = coming.next.starts_at + 2 * DAY
    move_session(session=coming.next, starts_at=new, by=coming.alice)
    run_until(clock, new + HOUR)
    assert Counter(REMINDERS.values_list("variant", "state")) == {(60, "sent"): 2, (1440, "sent"): 2}


def test_a_session_moved_between_claim_and_letter_reminds_later(coming, mail, clock):
    """The worker holds the row already; it learns of the move as it composes."""
    clock.move_to(coming.next.starts_at - DAY)
    rows = claim_due()
    new = coming.next.starts_at + DAY
    move_session(session=coming.next, starts_at=new, by=coming.alice)
    assert [deliver(r) for r in rows] == ["planned", "planned"]
    assert set(REMINDERS.filter(variant=1440).values_list("due_at", "expires_at")) == {(new - DAY, new - HOUR)}
    run_until(clock, new)
    assert Counter(REMINDERS.values_list("variant", "state")) == {(60, "sent"): 2, (1440, "sent"): 2}


def test_who_left_the_group_is_not_reminded(coming, mail, clock):
    membership = coming.group.memberships.get(patient=coming.pat)
    leave_group(membership=membership, left_on=dt.date(2026, 3, 2), reason="done")
    assert run_until(clock, coming.next.starts_at) == {"sent": 2, "skipped": 2}
    assert mail.of(coming.pat.user) == []
    assert set(REMINDERS.filter(recipient=coming.pat.user).values_list("reason", flat=True)) == {"no longer expected"}


def test_who_opts_out_is_not_reminded_but_learns_what_changes(coming, mail, clock):
    mute_reminders(coming.pat)
    run_until(clock, coming.next.starts_at - 2 * HOUR)
    cancel_session(session=coming.next, reason="power cut", by=coming.alice)
    run_until(clock, coming.next.starts_at)
    assert [m["Subject"] for m in mail.of(coming.pat.user)] == ["Cancelled: Monday, March 2, 9:00 AM PST"]
    assert REMINDERS.get(recipient=coming.pat.user, variant=1440).reason == "opted out"


def test_an_account_that_is_closed_is_not_written_to(coming, mail, clock):
    User.objects.filter(pk=coming.pat.user.pk).update(is_active=False)
    cancel_session(session=coming.next, reason="power cut", by=coming.alice)
    run_until(clock, coming.next.starts_at)
    assert mail.of(coming.pat.user) == []
    assert len(mail.of(coming.quinn.user)) == 1


def test_a_reminder_that_comes_too_late_is_not_sent(coming, mail, clock):
    """Nothing worked from Sunday until half past eight on Monday: the hour-before reminder still helps."""
    clock.move_to(coming.next.starts_at - 30 * MINUTE)
    assert send_due() == {"skipped": 2, "sent": 2}
    assert Counter(REMINDERS.values_list("variant", "reason")) == {(1440, "too late"): 2, (60, ""): 2}
    clock.move_to(coming.next.starts_at)
    assert plan_reminders() == 0


def test_once_it_has_begun_nobody_is_reminded(coming, mail, clock):
    clock.move_to(coming.next.starts_at)
    assert send_due() == {"skipped": 4}
    assert mail.all() == []


# --- news


def test_news_of_a_cancellation_reaches_each_member_once(coming, mail, clock):
    cancel_session(session=coming.next, reason="Alice is ill", by=coming.alice)
    assert [d for d in outbox() if d[1] == "session_cancelled"] == [
        (name, "session_cancelled", 1, "planned") for name in ("Pat", "Quinn")
    ]
    send_due()
    assert send_due() == {}
    for person in (coming.pat, coming.quinn):
        (message,) = mail.of(person.user)
        assert "Monday, March 2, 9:00 AM PST is cancelled" in message.get_content()
        assert "Alice" not in message.as_string()


def test_news_of_two_moves_tells_only_the_latest(coming, mail):
    session = move_session(session=coming.next, starts_at=coming.next.starts_at + DAY, by=coming.alice)
    move_session(session=session, starts_at=session.starts_at + HOUR, by=coming.alice)
    assert send_due() == {"sent": 2, "skipped": 2}
    (message,) = mail.of(coming.pat.user)
    assert message["Subject"] == "New time: Tuesday, March 3, 10:00 AM PST"
    assert "of Monday, March 2, 9:00 AM PST has a new time" in message.get_content()


def test_news_of_a_move_back_says_so(coming, mail):
    first = coming.next.starts_at
    session = move_session(session=coming.next, starts_at=first + DAY, by=coming.alice)
    send_due()
    move_session(session=session, starts_at=first, by=coming.alice)
    assert send_due() == {"sent": 2}
    _moved, back = mail.of(coming.pat.user)
    assert back["Subject"] == "Back at its first time: Monday, March 2, 9:00 AM PST"
    assert "new time" not in back.get_content()


def test_a_move_and_then_a_cancellation_tells_only_the_cancellation(coming, mail):
    session = move_session(session=coming.next, starts_at=coming.next.starts_at + DAY, by=coming.alice)
    cancel_session(session=session, reason="power cut", by=coming.alice)
    assert send_due() == {"sent": 2, "skipped": 2}
    assert [m["Subject"] for m in mail.of(coming.pat.user)] == ["Cancelled: Tuesday, March 3, 9:00 AM PST"]


def test_only_those_who_were_expected_learn_of_it(coming, mail):
    membership = coming.group.memberships.get(patient=coming.pat)
    leave_group(membership=membership, left_on=dt.date(2026, 3, 2), reason="done")
    cancel_session(session=coming.next, reason="power cut", by=coming.alice)
    send_due()
    assert [m["To"] for m in mail.all()] == [coming.quinn.user.email]


def test_news_in_the_same_transaction_as_the_deed(coming, django_capture_on_commit_callbacks):
    """Nothing is left to a callback that a crash after the commit would lose."""
    with django_capture_on_commit_callbacks() as callbacks:
        cancel_session(session=coming.next, reason="power cut", by=coming.alice)
    assert callbacks == []
    assert Delivery.objects.filter(kind="session_cancelled", state="planned").count() == 2


# --- neutral

# What nobody may read over a shoulder: the field's words, and below, names of people, groups and programs.
FIELD = re.compile(
    r"\b(\w*therap\w*|group\w*|recover\w*|iop|intensive|outpatient|addict\w*|substance\w*|alcohol\w*|drug\w*|sober\w*|"
    r"sobriety|relapse\w*|mental\w*|psych\w*|depress\w*|anxi\w*|trauma\w*|clinic\w*|counsel\w*|treat\w*|patient\w*|"
    r"diagnos\w*|rehab\w*|skills?|process|support\w*|program\w*|session\w*|facilitator\w*|attend\w*|health\w*|care)\b",
    re.IGNORECASE,
)


@pytest.fixture
def every_letter(coming, mail, clock):
    """One of each kind, for people whose records are full of what must not be said."""
    addiction = make_group(
        coming.program, make_staff(coming.program), name="Cocaine recovery", kind=Kind.SUPPORT, topic="Relapse"
    )
    create_slot(group=addiction, weekday=1, starts_at=dt.time(9), minutes=60, topic="Cravings and shame")
    seat_member(group=addiction, episode=coming.pat_episode, joined_on=timezone.localdate())
    run_until(clock, coming.next.starts_at - 2 * HOUR)  # reminders
    session = move_session(session=coming.next, starts_at=coming.next.starts_at + HOUR, by=coming.alice)
    send_due()
    session = move_session(session=session, starts_at=coming.next.starts_at, by=coming.alice)
    send_due()
    cancel_session(session=session, reason="Alice relapsed", by=coming.alice)
    run_until(clock, Session.objects.filter(group=addiction).earliest("starts_at").starts_at)
    return mail.all()


def test_no_letter_says_what_it_is_about(every_letter):
    kinds = {m["Subject"].split(":")[0] for m in every_letter}
    assert kinds == {"Reminder", "New time", "Back at its first time", "Cancelled"}
    for message in every_letter:
        shown = f"{message['From']}\n{message['Subject']}\n{message.get_content()}"
        found = FIELD.search(shown)
        assert found is None, f"{found[0]!r} in {shown}"


def test_no_letter_names_anybody_but_its_reader_by_first_name(every_letter, coming):
    names = {n for u in User.objects.all() for n in (u.first_name, u.last_name)} | {coming.program.name}
    names |= {"Cocaine recovery", "Relapse", "Cravings and shame", coming.group.name}
    for message in every_letter:
        reader = User.objects.get(email=message["To"])
        shown = f"{message['From']} {message['Subject']} {message.get_content()}"
        said = {name for name in names - {reader.first_name} if re.search(rf"\b{re.escape(name)}\b", shown)}
        assert said == set()
        assert message.get_content().startswith(f"Hi {reader.first_name},")


def test_the_link_asks_for_sign_in_and_names_nothing(every_letter, settings):
    for message in every_letter:
        links = re.findall(r"https?://\S+", message.get_content())
        assert links == [f"{settings.SITE_URL}/"]


def test_only_preferred_names_are_used(coming, mail, clock):
    coming.pat.preferred_name = "Sky"
    coming.pat.save()
    run_until(clock, coming.next.starts_at)
    assert all(m.get_content().startswith("Hi Sky,") for m in mail.of(coming.pat.user))


def test_bookings_and_deliveries_are_counted_by_the_database(coming):
    """What is planned is exactly: two for each live booking of a patient who wants them."""
    booked = Booking.objects.live().filter(session=coming.next, patient__isnull=False).count()
    assert REMINDERS.count() == booked * 2


def test_moves_and_reminders_at_once(committed_house, mail, clock):
    """The session is moved while its reminders are being sent: each is told a time that was true, and of the change."""
    house = only_our_group(committed_house)
    session = house.session
    clock.move_to(session.starts_at - DAY)
    plan_reminders()
    new = session.starts_at + DAY
    outcomes = together([send_due, send_due, partial(move_session, session=session, starts_at=new, by=house.alice)])
    assert failures(outcomes) == []
    run_until(clock, new + HOUR)
    assert Counter(REMINDERS.values_list("variant", "state")) == {(60, "sent"): 2, (1440, "sent"): 2}
    assert Counter(Delivery.objects.filter(kind="session_moved").values_list("state", flat=True)) == {"sent": 2}
