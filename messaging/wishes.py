"""How somebody wants to be reached: their own choice, else their program's, else the house's."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from messaging.models import CHANNELS, LEAD_MINUTES, QUIET_FROM, QUIET_UNTIL, Category, Policy, Preference


@dataclass(frozen=True, slots=True)
class Wishes:
    """What holds for one person. lead_minutes: the longest first. channels: in order of preference. Quiet hours are wall
    times in the person's zone; the same twice: none."""

    lead_minutes: tuple[int, ...]
    channels: tuple[str, ...]
    quiet_from: dt.time
    quiet_until: dt.time
    muted: frozenset[str]

    def wants(self, category: Category) -> bool:
        """Whether the person did not say no to it. Nobody can to what is not theirs to mute."""
        return str(category) not in self.muted


def wishes_of(user_id: int, program_id: int | None) -> Wishes:
    """What holds for the person in this program. Two queries."""
    own = Preference.objects.filter(user=user_id).first() or Preference()
    usual = usual_of(program_id)
    leads = usual.lead_minutes if own.lead_minutes is None else own.lead_minutes
    quiet = (own.quiet_from, own.quiet_until) if own.quiet_from is not None else (usual.quiet_from, usual.quiet_until)
    return Wishes(
        lead_minutes=tuple(sorted(set(leads), reverse=True)),
        channels=usual.channels if own.channels is None else tuple(own.channels),
        quiet_from=quiet[0],
        quiet_until=quiet[1],
        muted=frozenset(own.muted),
    )


def usual_of(program_id: int | None) -> Wishes:
    """What holds in the program for whoever chose nothing. One query at most."""
    policy = (program_id and Policy.objects.filter(program=program_id).first()) or Policy()
    return Wishes(
        lead_minutes=tuple(sorted(set(policy.lead_minutes), reverse=True)),
        channels=tuple(policy.channels),
        quiet_from=policy.quiet_from,
        quiet_until=policy.quiet_until,
        muted=frozenset(),
    )


def out_of_quiet(due_at: dt.datetime, zone: str, quiet_from: dt.time, quiet_until: dt.time) -> dt.datetime:
    """`due_at`, or the beginning of the quiet hours it falls into: a reminder moves earlier, never later. Aware, UTC.

    Quiet from 21:00 until 8:00 holds 21:00 and not 8:00. `scheduling.services.reminders` says the same in SQL.
    """
    local = due_at.astimezone(zoneinfo.ZoneInfo(zone))
    wall, day = local.time(), local.date()
    if quiet_from < quiet_until:
        inside = quiet_from <= wall < quiet_until
    else:
        inside = quiet_from != quiet_until and (wall >= quiet_from or wall < quiet_until)
        if wall < quiet_until:
            day -= dt.timedelta(days=1)
    if not inside:
        return due_at
    begin = dt.datetime.combine(day, quiet_from, zoneinfo.ZoneInfo(zone)).astimezone(dt.UTC)
    return min(begin, due_at)


def quiet_ends(now: dt.datetime, zone: str, wishes: Wishes) -> dt.datetime | None:
    """When the quiet hours that hold at `now` end; None when none do."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    begin, end, wall = wishes.quiet_from, wishes.quiet_until, local.time()
    inside = begin <= wall < end if begin < end else begin != end and (wall >= begin or wall < end)
    if not inside:
        return None
    day = local.date() + dt.timedelta(days=int(wall >= end))
    return dt.datetime.combine(day, end, zoneinfo.ZoneInfo(zone)).astimezone(dt.UTC)


__all__ = ["CHANNELS", "LEAD_MINUTES", "QUIET_FROM", "QUIET_UNTIL", "Wishes", "out_of_quiet", "usual_of", "wishes_of"]
