"""Each person's own rules of reminders: lead times, quiet hours, what they said no to; and that SQL and Python say the same."""

import datetime as dt
import zoneinfo

from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from messaging.models import Delivery, Policy, Preference
from messaging.services import send_due
from messaging.wishes import out_of_quiet, wishes_of
from scheduling.models import Appointment, Booking, Session
from scheduling.services import cancel_session, move_session, plan_reminders
from scheduling.services.reminders import _WANTED, _run, due_times
from tests.factories import ZONE

HOUR, DAY, MINUTE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)
PACIFIC = zoneinfo.ZoneInfo(ZONE)
ZONES = ["America/Los_Angeles", "America/New_York", "America/Phoenix", "Europe/London", "Australia/Lord_Howe"]


def reminders(user, session) -> list[tuple[int, dt.datetime]]:
    """Lead time and due moment of what is planned, the first due first."""
    rows = Delivery.objects.filter(kind="session_reminder", recipient=user, subject_id=session.pk)
    return list(rows.order_by("due_at").values_list("variant", "due_at"))


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of March 2026 in Los Angeles."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=PACIFIC)


def test_a_day_an_hour_and_ten_minutes_where_nobody_says_otherwise(house, clock):
    clock.shift(-DAY - HOUR)
    plan_reminders()
    start = house.session.starts_at
    assert reminders(house.pat.user, house.session) == [
        (1440, start - DAY),
        (60, start - HOUR),
        (10, start - 10 * MINUTE),
    ]


def test_a_persons_own_lead_times_go_before_the_programs(house, clock):
    Policy.objects.create(program=house.program, lead_minutes=[55])
    Preference.objects.create(user=house.pat.user, lead_minutes=[30, 45])
    clock.shift(-2 * HOUR)
    plan_reminders()
    start = house.session.starts_at
    assert reminders(house.pat.user, house.session) == [(45, start - 45 * MINUTE), (30, start - 30 * MINUTE)]
    assert reminders(house.quinn.user, house.session) == [(55, start - 55 * MINUTE)]


def test_somebody_who_wants_no_lead_time_is_not_reminded_and_still_hears_news(house, mail, clock):
    Preference.objects.create(user=house.pat.user, lead_minutes=[])
    clock.shift(-DAY)
    plan_reminders()
    assert reminders(house.pat.user, house.session) == []
    cancel_session(session=house.session, reason="power cut")
    send_due()
    assert [m["Subject"] for m in mail.of(house.pat.user)] == ["Cancelled: Monday, March 2, 9:00 AM PST"]


def test_facilitators_hear_news_unless_it_is_their_own(house, mail):
    cancel_session(session=house.session, reason="power cut", by=house.coordinator)
    send_due()
    assert {m["To"] for m in mail.all()} == {house.alice.email, house.pat.user.email, house.quinn.user.email}
    (to_alice,) = mail.of(house.alice)
    assert to_alice.get_content().startswith("Hi Alice,")


def test_a_reminder_that_falls_into_quiet_hours_moves_to_their_beginning(house, clock):
    """Early on Monday: the hour-before and the ten-minute reminder both fall into the night, and one is enough."""
    clock.move_to(at(1, 6))
    session = move_session(session=house.session, starts_at=at(2, 7, 30))
    plan_reminders()
    assert reminders(house.pat.user, session) == [(1440, at(1, 7, 30) - DAY + 13.5 * HOUR), (60, at(1, 21))]


def test_quiet_hours_are_the_readers_own(house, clock):
    """9:00 in Los Angeles is noon in New York, and the middle of a Londoner's afternoon."""
    Preference.objects.create(user=house.pat.user, quiet_from=dt.time(11), quiet_until=dt.time(13))
    User.objects.filter(pk=house.pat.user.pk).update(zone="America/New_York")
    clock.shift(-3 * HOUR)
    plan_reminders()
    eleven = dt.datetime(2026, 3, 2, 11, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    assert reminders(house.pat.user, house.session)[-1] == (60, eleven)
    assert [lead for lead, _due in reminders(house.quinn.user, house.session)] == [1440, 60, 10]


def test_one_that_could_not_leave_before_the_night_waits_for_the_morning(house, mail, clock):
    """Nothing worked until two in the morning. The reminder comes when the night is over, while it still helps."""
    Preference.objects.create(user=house.pat.user, lead_minutes=[180])
    session = house.session
    clock.move_to(at(1, 12))
    plan_reminders()
    assert reminders(house.pat.user, session) == [(180, at(1, 21))]
    Delivery.objects.exclude(recipient=house.pat.user).update(state="skipped", reason="not of this test")
    clock.move_to(at(2, 2))
    assert send_due() == {"planned": 1}
    assert reminders(house.pat.user, session) == [(180, at(2, 8))]
    clock.move_to(at(2, 8))
    assert send_due() == {"sent": 1}


def test_one_that_the_night_outlasts_is_not_sent(house, mail, clock):
    Preference.objects.create(user=house.pat.user, lead_minutes=[180], quiet_from=dt.time(21), quiet_until=dt.time(10))
    clock.move_to(at(1, 12))
    plan_reminders()
    Delivery.objects.exclude(recipient=house.pat.user).update(state="skipped", reason="not of this test")
    clock.move_to(at(2, 2))
    assert send_due() == {"skipped": 1}
    assert Delivery.objects.get(recipient=house.pat.user).reason == "quiet hours"
    assert mail.all() == []


def test_a_lead_time_given_up_meanwhile_is_not_sent(house, mail, clock):
    clock.shift(HOUR - DAY)
    plan_reminders()
    Preference.objects.create(user=house.pat.user, lead_minutes=[60])
    assert send_due()["skipped"] == 1
    assert Delivery.objects.get(recipient=house.pat.user, variant=1440).reason == "another lead time is wanted"


def test_an_appointment_is_reminded_of_like_a_session(house, mail, clock):
    starts_at = at(3, 14)
    appointment = Appointment.objects.create(
        kind="individual", provider=house.alice, patient=house.pat, episode=house.pat_episode, starts_at=starts_at,
        ends_at=starts_at + HOUR, zone=ZONE, booked_by=house.alice,
    )  # fmt: skip
    times = {"appointment": appointment, "starts_at": starts_at, "ends_at": starts_at + HOUR}
    Booking.objects.create(part="lead", user=house.alice, **times)
    Booking.objects.create(part="client", patient=house.pat, episode=house.pat_episode, **times)
    clock.move_to(starts_at - DAY)
    plan_reminders()
    rows = Delivery.objects.filter(kind="appointment_reminder")
    assert set(rows.values_list("recipient", "variant")) == {(house.pat.user.pk, lead) for lead in (1440, 60, 10)}
    send_due()
    assert rows.get(variant=1440).state == "sent"
    assert "Reminder: Tuesday, March 3, 2:00 PM PST" in [m["Subject"] for m in mail.of(house.pat.user)]


def wanted(session) -> dict[int, tuple[dt.datetime, dt.datetime]]:
    """What the planner's SQL wants of a session, by lead time."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS wanted (lead int, due timestamptz, expires timestamptz)")
        cursor.execute("TRUNCATE wanted")
    insert = f"INSERT INTO wanted SELECT lead, due_at, expires_at FROM ({_WANTED}) w"
    _run(insert, timezone.now(), sessions=[session.pk], last=session.starts_at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT lead, due, expires FROM wanted")
        return {lead: (due, expires) for lead, due, expires in cursor.fetchall()}


# Not in the hour that a clock change repeats: there Postgres and Python may mean either of its two, an hour apart.
WALLS = st.times().filter(lambda t: t.hour not in (1, 2)).map(lambda t: t.replace(second=0, microsecond=0))


def naive(year: int, month: int, day: int) -> dt.datetime:
    """A bound of a strategy: it wants no zone and gives every moment one."""
    return dt.datetime(year, month, day)  # noqa: DTZ001


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.datetimes(naive(2026, 3, 3), naive(2026, 12, 1), timezones=st.just(dt.UTC)),
    zone=st.sampled_from(ZONES),
    leads=st.lists(st.integers(5, 7 * 24 * 60), max_size=5),
    quiet=st.tuples(WALLS, WALLS),
)
@example(dt.datetime(2026, 3, 8, 16, tzinfo=dt.UTC), ZONES[0], [1440, 60, 10], (dt.time(21), dt.time(8)))
@example(dt.datetime(2026, 11, 1, 17, tzinfo=dt.UTC), ZONES[0], [1440, 600, 60], (dt.time(0), dt.time(8)))
@example(dt.datetime(2026, 4, 5, 1, tzinfo=dt.UTC), ZONES[4], [60], (dt.time(8), dt.time(8)))
def test_the_planner_and_the_composer_agree(house, start, zone, leads, quiet):
    start = start.replace(second=0, microsecond=0)
    session = Session.objects.get(slot=house.slot, slot_date=dt.date(2026, 3, 2))
    with transaction.atomic():
        Booking.objects.live().exclude(session=session, patient=house.pat).update(released_at=timezone.now())
        Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + HOUR)
        User.objects.filter(pk=house.pat.user.pk).update(zone=zone)
        choice = {"lead_minutes": leads, "quiet_from": quiet[0], "quiet_until": quiet[1]}
        Preference.objects.create(user=house.pat.user, **choice)
        session.refresh_from_db()
        ours = due_times(start, wishes_of(house.pat.user.pk, house.program.pk), zone)
        assert wanted(session) == ours
        transaction.set_rollback(True)
    for lead, (due_at, expires_at) in ours.items():
        assert due_at <= start - lead * MINUTE  # earlier, never later
        assert due_at < start
        assert expires_at <= start


@given(
    due=st.datetimes(naive(2026, 1, 1), naive(2027, 1, 1), timezones=st.just(dt.UTC)),
    zone=st.sampled_from(ZONES),
    begin=st.times(),
    end=st.times(),
)
def test_out_of_quiet_is_out_of_quiet(due, zone, begin, end):
    moved = out_of_quiet(due, zone, begin, end)
    assert due - DAY - HOUR <= moved <= due
    local = moved.astimezone(zoneinfo.ZoneInfo(zone)).time()
    inside = begin <= local < end if begin < end else begin != end and (local >= begin or local < end)
    skipped = local.hour == (begin.hour + 1) % 24  # a wall time that a clock change leaves out
    assert moved == due or local == begin or not inside or skipped
