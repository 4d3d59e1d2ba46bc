"""A person's appointments as a calendar (RFC 5545), for calendars that subscribe to it.

Whoever reads it, on whatever device, learns when the person is busy and nothing else: no names, no subject, no place. An
event's UID is another for each person, so that two calendars can't be laid side by side to see who meets whom.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from accounts.models import User
from scheduling.models import Booking, CalendarFeed
from scheduling.services.feeds import hash_of

DAYS_BACK = dt.timedelta(days=30)
# Series end at the horizon by themselves; a single appointment may be booked for later, and belongs into a calendar too.
DAYS_AHEAD = dt.timedelta(days=366)
REFRESH = dt.timedelta(hours=1)
READ_EVERY = dt.timedelta(hours=1)  # how exactly it is kept when a feed was last read


@dataclass(slots=True)
class Entry:
    """One session or appointment as one person's calendar has it."""

    key: str  # "session:<uid>" or "appointment:<uid>"
    starts_at: dt.datetime
    ends_at: dt.datetime
    changes: int
    changed_at: dt.datetime
    is_on: bool = False
    steps: int = 0

    @property
    def sequence(self) -> int:
        """Grows with every change of the thing and of the person's bookings of it, and never falls."""
        return self.changes + self.steps - 1


def feed_of(token: str) -> CalendarFeed | None:
    """The feed at an address: in force, and of somebody who may sign in. One query."""
    feeds = CalendarFeed.objects.in_force().select_related("user__patient")
    return feeds.filter(token_hash=hash_of(token), user__is_active=True).first()


def note_read(feed: CalendarFeed) -> None:
    """Keep when the feed was last read, to the hour: a calendar that asks every minute writes nothing. At most one query."""
    now = timezone.now()
    if feed.read_at is None or now - feed.read_at >= READ_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)


def entries_of(user: User, *, now: dt.datetime | None = None) -> list[Entry]:
    """What the person is or was booked for, from 30 days ago on, in order. One query.

    A booking's history (which the database writes) counts its steps: booked, moved, released.
    """
    moment = now or timezone.now()
    patient = getattr(user, "patient", None)
    rows = (
        Booking.objects.filter(
            Q(user=user) | Q(patient=patient) if patient else Q(user=user),
            starts_at__gte=moment - DAYS_BACK,
            starts_at__lt=moment + DAYS_AHEAD,
        )
        .annotate(steps=Count("events"), stepped_at=Max("events__pgh_created_at"))
        .select_related("session", "appointment")
        .order_by("starts_at", "pk")
    )
    found: dict[str, Entry] = {}
    for row in rows:
        thing = row.thing
        key = f"{'session' if row.session_id else 'appointment'}:{thing.uid}"
        entry = found.setdefault(key, Entry(key, row.starts_at, row.ends_at, thing.changes, thing.changed_at))
        entry.steps += row.steps
        entry.changed_at = max(filter(None, [entry.changed_at, row.stepped_at]))
        entry.is_on |= row.released_at is None and not thing.is_cancelled
    return list(found.values())


def calendar_of(user: User, *, now: dt.datetime | None = None) -> bytes:
    """The calendar as it is sent: the same bytes as long as nothing changed. One query."""
    entries = entries_of(user, now=now)
    zone = zoneinfo.ZoneInfo(user.zone)
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Schedule//Calendar feed 1//EN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", settings.SITE_NAME)
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    with translation.override(user.language):
        events = [_event(entry, user, zone) for entry in entries]
    if entries and user.zone != "UTC":
        first, last = entries[0].starts_at, max(entry.ends_at for entry in entries)
        calendar.add_component(timezone_of(zone, first.year, last.year))
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def uid_of(user: User, key: str) -> str:
    """The same for one person and thing as long as the installation's SECRET_KEY and address stay."""
    mark = salted_hmac("scheduling.feeds", f"{user.uid}:{key}", algorithm="sha256").hexdigest()
    return f"{mark[:40]}@{urlsplit(settings.SITE_URL).hostname}"


def _event(entry: Entry, user: User, zone: zoneinfo.ZoneInfo) -> Event:
    event = Event()
    event.add("UID", uid_of(user, entry.key))
    # Of a published event that did not change, its stamp does not either: so a reader is told "not modified".
    stamp = entry.changed_at.astimezone(dt.UTC).replace(microsecond=0)
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    starts_at, ends_at = _in_zone(entry, zone)
    event.add("DTSTART", starts_at)
    event.add("DTEND", ends_at)
    event.add("SEQUENCE", entry.sequence)
    event.add("STATUS", "CONFIRMED" if entry.is_on else "CANCELLED")
    event.add("SUMMARY", _("Appointment"))
    event.add("CLASS", "PRIVATE")
    event.add("TRANSP", "OPAQUE" if entry.is_on else "TRANSPARENT")
    event.add("URL", f"{settings.SITE_URL}/")
    return event


def _in_zone(entry: Entry, zone: zoneinfo.ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Both times in the person's zone; in UTC when one of them occurs twice that night, which a wall time can't tell apart."""
    local = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
    if any(moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset() for moment in local):
        return entry.starts_at.astimezone(dt.UTC), entry.ends_at.astimezone(dt.UTC)
    return local


def timezone_of(zone: zoneinfo.ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The zone's rules as a VTIMEZONE that holds for these years. (icalendar's own puts the spring change an hour late.)"""
    component = Timezone()
    component.add("TZID", zone.key)
    start = dt.datetime(first_year, 1, 1, tzinfo=dt.UTC) - dt.timedelta(days=2)
    end = dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=2)
    before = start.astimezone(zone).utcoffset()
    for onset in [start, *_changes(zone, start, end)]:
        local = onset.astimezone(zone)
        rule = TimezoneDaylight() if local.dst() else TimezoneStandard()
        rule.add("DTSTART", (onset + before).replace(tzinfo=None))  # as the clocks said until then
        rule.add("TZOFFSETFROM", before)
        rule.add("TZOFFSETTO", local.utcoffset())
        rule.add("TZNAME", local.tzname())
        component.add_component(rule)
        before = local.utcoffset()
    return component


def _changes(zone: zoneinfo.ZoneInfo, start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """The moments (UTC) from `start` to `end` at which the zone's clocks are changed."""

    def offset(moment: dt.datetime) -> dt.timedelta:
        return moment.astimezone(zone).utcoffset()

    day = start
    while day < end:
        tomorrow = day + dt.timedelta(days=1)
        if offset(day) != offset(tomorrow):
            low, high = day, tomorrow
            while high - low > dt.timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            yield high
        day = tomorrow
