"""Weekly slots become dated sessions, eight weeks ahead."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator

from django.utils import timezone

from core.transactions import in_one_piece
from groups.models import Group
from scheduling.models import Closure, Session, Slot
from scheduling.services.closed import closed_days
from scheduling.services.seats import reconcile_bookings

HORIZON_WEEKS = 8
BATCH = 100  # groups a transaction


def local_start(day: dt.date, wall: dt.time, zone: str) -> dt.datetime:
    """The UTC moment of a wall time on a day. A time that a clock change skips (2:30 in March) is the same span later;
    of one that occurs twice (1:30 in November), the first."""
    local = dt.datetime.combine(day, wall.replace(fold=0), zoneinfo.ZoneInfo(zone))
    return local.astimezone(dt.UTC)


def slot_dates(slot: Slot, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The slot's dates from `first` to `last`, both included."""
    start = max(first, slot.starts_on)
    day = start + dt.timedelta(days=(slot.weekday - start.weekday()) % 7)
    end = min(last, slot.ends_on - dt.timedelta(days=1)) if slot.ends_on else last
    while day <= end:
        yield day
        day += dt.timedelta(days=7)


def _batches(pks: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(pks), BATCH):
        yield pks[first : first + BATCH]


def extend_horizon(*, now: dt.datetime | None = None, groups: Iterable[int] | None = None) -> int:
    """Make every session that is missing from today up to eight weeks ahead, and book who is expected. Returns how many.
    Of all groups: also every appointment of a series that is missing.

    Idempotent, also under parallel runs: a session is unique by slot and date, so one that was cancelled or moved is not made
    again; on a day the program is closed it is made cancelled, without news; groups are locked in order of their ids. A fixed
    number of queries for each hundred groups.
    """
    moment = now or timezone.now()
    pks = Group.objects.filter(ended_on=None, slots__isnull=False).distinct().order_by("pk")
    if groups is not None:
        pks = pks.filter(pk__in=list(groups))
    made = 0
    for batch in _batches(list(pks.values_list("pk", flat=True))):
        made += _extend(group_ids=batch, now=moment)
    if groups is None:
        from scheduling.services.appointments import extend_series  # which builds on this module's times

        made += extend_series(now=moment)
    return made


@in_one_piece
def _extend(*, group_ids: Iterable[int], now: dt.datetime) -> int:
    # The lock keeps members from joining or leaving between the making of sessions and their bookings.
    locked = list(Group.objects.select_for_update(no_key=True).filter(pk__in=group_ids).order_by("pk"))
    slots = list(Slot.objects.filter(group__in=locked))
    wanted = {}
    for slot in slots:
        today = now.astimezone(zoneinfo.ZoneInfo(slot.zone)).date()
        for day in slot_dates(slot, today, today + dt.timedelta(weeks=HORIZON_WEEKS)):
            starts_at = local_start(day, slot.starts_at, slot.zone)
            if starts_at > now:
                wanted[slot.pk, day] = (slot, starts_at)
    have = set(
        Session.objects.filter(slot__in=slots, slot_date__gte=now.date() - dt.timedelta(days=1)).values_list(
            "slot_id", "slot_date"
        )
    )
    programs = {group.pk: group.program_id for group in locked}
    closed = closed_days(program_ids=programs.values(), since=now.date() - dt.timedelta(days=1))
    missing = [
        Session(
            group_id=slot.group_id,
            slot=slot,
            slot_date=day,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=slot.minutes),
            zone=slot.zone,
            break_minutes=slot.break_minutes,
            topic=slot.topic,
            **_closed_by(closed.closure_on(programs[slot.group_id], day)),
        )
        for (pk, day), (slot, starts_at) in wanted.items()
        if (pk, day) not in have
    ]
    Session.objects.bulk_create(missing)
    reconcile_bookings(group_ids=[group.pk for group in locked], now=now)
    return len(missing)


def _closed_by(closure: Closure | None) -> dict:
    """The fields of a session that is made on a closed day."""
    return {"closure": closure, "status": Session.Status.CANCELLED, "reason": closure.reason} if closure else {}
