"""The horizon: 500 slots × 8 weeks made, and made again (no change), beside bare SQL that inserts the same rows."""

import datetime as dt
import time
import zoneinfo
from collections.abc import Callable

import pghistory
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.utils import timezone

GROUPS, FEW, WEEKS = 500, 100, 8
MEMBERS = 10

# The same sessions and bookings, without looking what is there, who leads, or who leaves when.
_SESSIONS = """
INSERT INTO scheduling_session (uid, created_at, group_id, slot_id, slot_date, starts_at, ends_at, zone, break_minutes, topic,
    status, reason, changes, changed_at, by_hand)
SELECT gen_random_uuid(), now(), l.group_id, l.id, day::date, (day::date + l.starts_at) AT TIME ZONE l.zone,
    (day::date + l.starts_at) AT TIME ZONE l.zone + make_interval(mins => l.minutes), l.zone, l.break_minutes, '',
    'scheduled', '', 0, now(), FALSE
FROM scheduling_slot l, generate_series(%(first)s::date, %(last)s::date, interval '1 day') day
WHERE l.group_id = ANY(%(groups)s) AND extract(isodow FROM day) - 1 = l.weekday
  AND (day::date + l.starts_at) AT TIME ZONE l.zone > %(now)s
"""
_BOOKINGS = """
INSERT INTO scheduling_booking (session_id, starts_at, ends_at, part, patient_id, membership_id, user_id)
SELECT s.id, s.starts_at, s.ends_at, 'member', m.patient_id, m.id, NULL::bigint AS user_id
FROM scheduling_session s JOIN groups_membership m ON m.group_id = s.group_id
WHERE s.group_id = ANY(%(groups)s)
UNION ALL
SELECT s.id, s.starts_at, s.ends_at, 'lead', NULL, NULL, f.user_id
FROM scheduling_session s JOIN groups_facilitator f ON f.group_id = s.group_id
WHERE s.group_id = ANY(%(groups)s)
ORDER BY patient_id, user_id, starts_at -- one person after another: the exclusion constraints' indexes like it best
"""


def run() -> None:
    """Measure and print."""
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with pghistory.context(
            actor="bench"
        ):  # as every task does; without one, each row of history costs many times more
            _run()
    finally:
        teardown_databases(databases, verbosity=0)


def _run() -> None:
    from bench.world import fill
    from scheduling.models import Booking, Session
    from scheduling.services import extend_horizon

    fill(groups=GROUPS, weekdays=1)
    now = timezone.now()
    # Not those that are still empty: foreign keys would be checked by reading whole tables from then on. Autovacuum passes
    # them over, too.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE groups_group, groups_membership, groups_facilitator, scheduling_slot, patients_patient")
    bare, counted = _bare(now)
    few = _groups(FEW)
    figures = {}
    with transaction.atomic():  # taken back, so that each run begins with nothing
        figures[FEW] = [_timed(lambda: extend_horizon(now=now, groups=few)) for _turn in range(2)]
        transaction.set_rollback(True)
    figures[GROUPS] = [_timed(lambda: extend_horizon(now=now)) for _turn in range(2)]
    sessions, bookings = Session.objects.count(), Booking.objects.count()
    if (sessions, bookings) != counted:
        raise RuntimeError(f"bare SQL made {counted}, the horizon {(sessions, bookings)}")
    print(f"{GROUPS} slots of {GROUPS} groups × {WEEKS} weeks: {sessions:,} sessions, {bookings:,} bookings\n")
    print(f"{'':34} {'seconds':>8} {'queries':>8} {'made':>7}")
    print(f"{'bare SQL, the same rows':34} {bare:8.2f} {2 * GROUPS // FEW:8} {sessions:7,}")
    for slots, (made, again) in figures.items():
        print(f"{f'{slots} slots made':34} {made[0]:8.2f} {made[1]:8} {made[2]:7,}")
        print(f"{f'{slots} slots made again, no change':34} {again[0]:8.2f} {again[1]:8} {again[2]:7,}")
    (made, again), (few_made, few_again) = figures[GROUPS], figures[FEW]
    print(f"\nmaking / bare SQL        {made[0] / bare:6.2f}")
    print(f"making again / making    {again[0] / made[0]:6.2f}")
    batches = GROUPS // FEW
    grown = (made[1] - 1, again[1] - 1) == (batches * (few_made[1] - 1), batches * (few_again[1] - 1))
    print(
        f"queries for each hundred groups: {few_made[1] - 1} made, {few_again[1] - 1} made again, and 1 in all", end=""
    )
    print(": they grow by batch only" if grown else ": THEY GROW OTHERWISE")
    if not grown or again[2]:
        raise RuntimeError("the horizon's queries grow by more than batches, or made something twice")


def _groups(number: int) -> list[int]:
    from groups.models import Group

    return list(Group.objects.order_by("pk").values_list("pk", flat=True)[:number])


def _timed(deed: Callable[[], int]) -> tuple[float, int, int]:
    """Seconds, statements (those of transactions left out) and what it made."""
    with CaptureQueriesContext(connection) as seen:
        began = time.perf_counter()
        made = deed()
        took = time.perf_counter() - began
    # The context of history goes before a statement, in the same round trip.
    said = [q["sql"].rpartition("; ")[2] for q in seen.captured_queries]
    asked = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    return took, len(asked), made


def _bare(now: dt.datetime) -> tuple[float, tuple[int, int]]:
    """How long bare SQL takes for the same rows, as many groups a transaction, and how many of each; emptied afterwards."""
    from bench.world import ZONE

    today = now.astimezone(zoneinfo.ZoneInfo(ZONE)).date()
    values = {"now": now, "first": today, "last": today + dt.timedelta(weeks=WEEKS)}
    sessions = bookings = 0
    groups = _groups(GROUPS)
    with connection.cursor() as cursor:
        began = time.perf_counter()
        for first in range(0, GROUPS, FEW):
            with transaction.atomic():
                cursor.execute(_SESSIONS, values | {"groups": groups[first : first + FEW]})
                sessions += cursor.rowcount
                cursor.execute(_BOOKINGS, {"groups": groups[first : first + FEW]})
                bookings += cursor.rowcount
        took = time.perf_counter() - began
        cursor.execute("SET iop.may_truncate = 'on'")
        cursor.execute("TRUNCATE scheduling_session CASCADE")
    return took, (sessions, bookings)
