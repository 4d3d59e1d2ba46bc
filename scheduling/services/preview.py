"""What moving a session would change, in words for whoever is about to."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import formats
from core.templatetags.house import zone_words
from messaging.models import Delivery
from scheduling.models import Booking, Closure, Session, TimeOff
from scheduling.services.licences import licence_warning
from scheduling.services.rehearsal import rehearse
from scheduling.services.sessions import move_session


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move would change, in words for the reader: times in the zone in force. `is_change`: it would change anything."""

    before: str
    after: str
    told: int
    is_change: bool
    notes: list[str] = field(default_factory=list)

    @property
    def told_words(self) -> str:
        """How many people hear of it."""
        if not self.told:
            return _("Nobody else is told: nobody else is expected.")
        return ngettext(
            "%(n)s person is told at once, and reminded of the new time.",
            "%(n)s people are told at once, and reminded of the new time.",
            self.told,
        ) % {"n": self.told}


def span_words(starts_at: dt.datetime, ends_at: dt.datetime, zone: dt.tzinfo | None = None) -> str:
    """A day and its times, in a zone (that in force by default): "Monday, March 2, 9:00–10:30 AM PST"."""
    begin, end = timezone.localtime(starts_at, zone), timezone.localtime(ends_at, zone)
    return f"{formats.date_format(begin, 'l, F j')}, {clock_span(begin, end)} {end.tzname()}"


def clock_span(begin: dt.datetime, end: dt.datetime) -> str:
    """From one local time to another: "9:00–10:30 AM", "11:30 AM–12:30 PM"."""
    same_half = (begin.hour < 12) == (end.hour < 12)
    first = formats.time_format(begin.time(), "g:i" if same_half else "g:i A")
    return f"{first}–{formats.time_format(end.time(), 'g:i A')}"


def _people(session: Session) -> set[int]:
    return set(Booking.objects.live().filter(session=session, patient__isnull=False).values_list("patient", flat=True))


def preview_move(*, session: Session, starts_at: dt.datetime, minutes: int, by: User, seen: int | None = None) -> Moved:
    """What `move_session` would change, with the same arguments. Raises its Refusals."""
    expected = _people(session)
    before, changes = span_words(session.starts_at, session.ends_at), session.changes

    def look(moved: Session) -> Moved:
        told = Delivery.objects.filter(kind="session_moved", subject_id=moved.pk, variant=moved.changes)
        is_change = moved.changes != changes
        return Moved(
            before=before,
            after=span_words(moved.starts_at, moved.ends_at),
            told=told.values("recipient").distinct().count() if is_change else 0,
            is_change=is_change,
            notes=list(_notes(moved, expected, by)) if is_change else [],
        )

    return rehearse(lambda: move_session(session=session, starts_at=starts_at, minutes=minutes, by=by, seen=seen), look)


def _notes(moved: Session, expected: set[int], by: User):
    """What else the reader should know of the session where it now stands."""
    zone = zoneinfo.ZoneInfo(moved.zone)
    local = moved.starts_at.astimezone(zone)
    if local.replace(tzinfo=None) != timezone.localtime(moved.starts_at).replace(tzinfo=None):
        yield _("On the clock in %(place)s: %(when)s.") % {
            "place": zone_words(moved.zone),
            "when": span_words(moved.starts_at, moved.ends_at, zone),
        }
    closed = Closure.objects.in_force().filter(
        program=moved.group.program_id, starts_on__lte=local.date(), last_on__gte=local.date()
    )
    for closure in closed:
        yield _("The program is closed that day (%(why)s).") % {"why": closure.reason}
    leaders = Booking.objects.live().filter(session=moved, user__isnull=False)
    if not leaders.exists():
        yield _("Nobody leads it then.")
    away = TimeOff.objects.visible_to(by).in_force()
    away = away.filter(starts_at__lt=moved.ends_at, ends_at__gt=moved.starts_at, user__in=leaders.values("user"))
    for off in away.select_related("user"):
        yield _("%(name)s is away then.") % {"name": off.user}
    if warning := licence_warning([moved]):
        yield warning
    now = _people(moved)
    if lost := len(expected - now):
        yield ngettext(
            "%(n)s person is no longer expected: they are not in the group on that day, or are elsewhere.",
            "%(n)s people are no longer expected: they are not in the group on that day, or are elsewhere.",
            lost,
        ) % {"n": lost}
    if more := len(now - expected):
        yield ngettext(
            "%(n)s more person is expected: they are in the group on that day.",
            "%(n)s more people are expected: they are in the group on that day.",
            more,
        ) % {"n": more}
