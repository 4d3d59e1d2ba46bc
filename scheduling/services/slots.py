"""Weekly slots change forward: from a day on. What was held, or changed by hand, stays as it is."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.models import Facilitator
from groups.services import lock_group
from scheduling.models import Slot
from scheduling.services.horizon import extend_horizon, local_start, slot_dates
from scheduling.services.leaders import PARTS, begin_access, check_leaders, end_access
from scheduling.services.news import tell
from scheduling.services.rehearsal import rehearse
from scheduling.services.reminders import put_off
from scheduling.services.seats import reconcile_bookings
from scheduling.services.series import (
    KEEP,
    Line,
    Shift,
    SlotPreview,
    What,
    added_lines,
    coming_sessions,
    first_possible,
    why_it_stays,
    withdraw,
    write,
)
from scheduling.services.sessions import check_length, check_week, create_slot, require_room

TIMES = ("weekday", "starts_at", "zone", "minutes")
FIELDS = (*TIMES, "break_minutes", "topic", *PARTS)


@in_one_piece
def change_slot(
    *,
    slot: Slot,
    from_day: dt.date,
    by: User,
    weekday: int = KEEP,
    starts_at: dt.time = KEEP,
    minutes: int = KEEP,
    break_minutes: int = KEEP,
    topic: str = KEEP,
    zone: str = KEEP,
    lead: User | None = KEEP,
    co: User | None = KEEP,
    expect: str = "",
) -> Slot:
    """From `from_day` on the group meets otherwise. Returns the slot that follows; the old one ends on that day.

    Coming sessions nobody touched become the new slot's, the same rows, each in its week. Those changed by hand keep their
    time; those that have begun are left alone. lead, co: who leads this slot instead of the group's own facilitator (None: the
    group's own again). expect: a preview's digest; when the change would now do something else, it is refused. A fixed number
    of queries. Everybody affected but `by` is told once, for the whole series.
    Raises Refusal (slot_followed, slot_ended, too_early, no_change, slot_length, slot_break, not_a_clinician, two_parts,
    slot_overlaps, elsewhere, stale).
    """
    preview = SlotPreview()
    given = _given(weekday, starts_at, minutes, break_minutes, topic, zone, lead, co)
    after = _change(preview, slot=slot, from_day=from_day, by=by, given=given)
    _refuse_stale(preview, expect)
    return after


@in_one_piece
def preview_slot_change(
    *,
    slot: Slot,
    from_day: dt.date,
    by: User,
    weekday: int = KEEP,
    starts_at: dt.time = KEEP,
    minutes: int = KEEP,
    break_minutes: int = KEEP,
    topic: str = KEEP,
    zone: str = KEEP,
    lead: User | None = KEEP,
    co: User | None = KEEP,
) -> SlotPreview:
    """What `change_slot` would do, by doing it and taking it back. Raises its Refusals but those that lie in what the new
    time meets (slot_overlaps, elsewhere): these are the preview's `clash`."""
    given = _given(weekday, starts_at, minutes, break_minutes, topic, zone, lead, co)
    return _taken_back(_change, slot=slot, from_day=from_day, by=by, given=given)


@in_one_piece
def end_slot(*, slot: Slot, ends_on: dt.date, by: User, reason: str = "", expect: str = "") -> Slot:
    """The group no longer meets at this time from `ends_on` on. Its untouched sessions from then on are withdrawn, with the
    reason (staff see it); those changed by hand stay. Everybody affected but `by` is told once. A fixed number of queries.

    Raises Refusal (slot_followed, slot_ended, too_early, ends_sooner, stale).
    """
    preview = SlotPreview()
    slot = _end(preview, slot=slot, from_day=ends_on, by=by, reason=reason)
    _refuse_stale(preview, expect)
    return slot


@in_one_piece
def preview_slot_end(*, slot: Slot, ends_on: dt.date, by: User, reason: str = "") -> SlotPreview:
    """What `end_slot` would do, by doing it and taking it back."""
    return _taken_back(_end, slot=slot, from_day=ends_on, by=by, reason=reason)


@in_one_piece
def add_slot(*, by: User, **fields: Any) -> Slot:
    """A further weekly time of a group (`create_slot`), of which everybody in it but `by` is told once."""
    slot = create_slot(by=by, **fields)
    _tell("slot_changed", slot, _people(slot.starts_on, slot), _first_start(slot, timezone.now()), by)
    return slot


def _given(*values: Any) -> dict[str, Any]:
    names = ("weekday", "starts_at", "minutes", "break_minutes", "topic", "zone", "lead", "co")
    return {name: value for name, value in zip(names, values, strict=True) if value is not KEEP}


def _refuse_stale(preview: SlotPreview, expect: str) -> None:
    if expect and preview.digest != expect:
        raise Refusal(_("Something changed meanwhile. Look again at what will happen."), "stale")


def _taken_back(deed: Callable, **wish: Any) -> SlotPreview:
    preview = SlotPreview()
    try:
        rehearse(lambda: deed(preview, **wish), lambda _done: None)
    except Refusal as refusal:
        if refusal.code not in ("slot_overlaps", "elsewhere"):
            raise
        preview.clash, preview.clash_code = str(refusal.message), refusal.code
    return preview


def _locked(slot: Slot, from_day: dt.date, now: dt.datetime) -> Slot:
    """The slot as it is, under its group's lock. Raises Refusal when it can't change from that day."""
    group = lock_group(slot.group)
    slot = Slot.objects.select_related("lead", "co", "followed_by", "group__program").get(pk=slot.pk)
    if later := getattr(slot, "followed_by", None):
        raise Refusal(
            _("This weekly time was changed from %(day)s on. Change the one that follows it.")
            % {"day": formats.date_format(later.starts_on, "F j, Y")},
            "slot_followed",
        )
    today = now.astimezone(zoneinfo.ZoneInfo(slot.zone)).date()
    if (slot.ends_on and slot.ends_on <= today) or (group.ended_on and group.ended_on <= today):
        raise Refusal(_("The group no longer meets at this time."), "slot_ended")
    if slot.ends_on and from_day >= slot.ends_on:
        raise Refusal(
            _("This weekly time ends on %(day)s; there is nothing to change after that.")
            % {"day": formats.date_format(slot.ends_on, "F j, Y")},
            "ends_sooner",
            "from_day",
        )
    if from_day < (first := first_possible(slot, now)):
        raise Refusal(
            _("What has begun stays as it is. The first possible day is %(day)s.")
            % {"day": formats.date_format(first, "l, F j, Y")},
            "too_early",
            "from_day",
        )
    return slot


def _change(preview: SlotPreview, *, slot: Slot, from_day: dt.date, by: User, given: dict[str, Any]) -> Slot:
    """The deed, which writes into `preview` what it does. The last thing it asks is whether there is room."""
    now = timezone.now()
    old = _locked(slot, from_day, now)
    preview.wanted = repr((old.pk, from_day, sorted((name, str(value)) for name, value in given.items())))
    new = Slot(group=old.group, follows=old, starts_on=from_day, ends_on=old.ends_on)
    for name in FIELDS:
        setattr(new, name, given.get(name, getattr(old, name)))
    differs = {name for name in FIELDS if getattr(new, name) != getattr(old, name)}
    if not differs:
        raise Refusal(_("That is how it is already. Change something."), "no_change")
    check_length(new.minutes, new.break_minutes)
    led_anew = bool(differs & set(PARTS))
    if led_anew:
        named = {part: getattr(new, part) for part in PARTS}
        check_leaders(
            group=new.group, day=from_day, named=named, new={part: named[part] for part in PARTS if part in differs}
        )
    sessions = coming_sessions(old, from_day, now)
    firsts = [session.starts_at for session in sessions if not why_it_stays(session)][:1]
    old.ends_on = from_day
    old.save(update_fields=["ends_on"])
    check_week(new)
    new.save()
    shift = Shift(old, new, sessions, now)
    write(shift.changed, moved=shift.moved)
    end_access(old)
    begin_access(new)
    extend_horizon(now=now, groups=[new.group_id])
    if new.group.ended_on:  # a group that ends gets no further sessions
        reconcile_bookings(group_ids=[new.group_id], now=now)
    preview.lines = sorted(shift.lines + added_lines(new, sessions), key=lambda line: line.when)
    if differs & {*TIMES, *PARTS}:
        first = _first_start(new, now)
        people = _people(from_day, old, new)
        preview.told = _tell("slot_changed", new, people, [*firsts, *first], by)
    put_off(sessions=[session.pk for session in shift.moved])
    if differs & set(TIMES):
        require_room(new, by=by, but=shift.kept, led_anew=led_anew)
    elif led_anew:
        require_room(new, by=by, but=sessions, led_anew=True)
    return new


def _end(preview: SlotPreview, *, slot: Slot, from_day: dt.date, by: User, reason: str) -> Slot:
    now = timezone.now()
    slot = _locked(slot, from_day, now)
    preview.wanted = repr((slot.pk, from_day, reason))
    sessions = coming_sessions(slot, from_day, now)
    gone = []
    for session in sessions:
        if why := why_it_stays(session):
            after = None if session.is_cancelled else session.starts_at
            line = Line(What.STAYS, session.starts_at, after, session.minutes, session.minutes, why)
        else:
            line = withdraw(session, reason.strip() or _("The weekly time ended."))
            gone.append(session)
        if line:
            preview.lines.append(line)
    slot.ends_on = from_day
    slot.save(update_fields=["ends_on"])
    write(gone)
    reconcile_bookings(group_ids=[slot.group_id], now=now)
    end_access(slot)
    midnight = dt.datetime.combine(from_day, dt.time.min, zoneinfo.ZoneInfo(slot.zone))
    until = [midnight, *(session.starts_at for session in gone[:1])]
    preview.told = _tell("slot_ended", slot, _people(from_day, slot), until, by)
    return slot


def _first_start(slot: Slot, now: dt.datetime) -> list[dt.datetime]:
    """When the slot first meets by its rule, at most one moment."""
    today = now.astimezone(zoneinfo.ZoneInfo(slot.zone)).date()
    first = max(slot.starts_on, today)
    starts = (local_start(day, slot.starts_at, slot.zone) for day in slot_dates(slot, first, first + dt.timedelta(7)))
    return [start for start in starts if start > now][:1]


def _people(day: dt.date, *slots: Slot) -> list[int]:
    """Ids of the accounts of those whom a change of these slots of one group from `day` on concerns: who is a member then or
    later, and who leads them. Two queries."""
    group = slots[0].group
    found = list(group.memberships.not_over(day).values_list("patient__user", flat=True))
    own = list(Facilitator.objects.not_over(day).filter(group=group).values_list("part", "user"))
    for slot in slots:
        for part in PARTS:
            named = getattr(slot, f"{part}_id")
            found += [named] if named else [user for its, user in own if its == part]
    return found


def _tell(kind: str, slot: Slot, people: list[int], until: list[dt.datetime], by: User) -> int:
    """Plan the news, and say how many people it goes to."""
    told = set(people) - {by.pk}
    if not until or max(until) <= timezone.now():
        return 0
    variant = slot.ends_on if kind == "slot_ended" else slot.starts_on
    tell(kind, slot.pk, variant=variant.toordinal(), to=sorted(told), until=max(until), by=by)
    return len(told)
