"""Slots are created; one session is cancelled or moved, and the series is left alone."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import formats
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.models import Group
from groups.services import lock_group
from scheduling.models import Booking, Session, Slot
from scheduling.services.clashes import name_of
from scheduling.services.horizon import extend_horizon
from scheduling.services.news import announce
from scheduling.services.reminders import put_off
from scheduling.services.seats import reconcile_bookings, release_unexpected, unled, unseated


@in_one_piece
def create_slot(
    *,
    group: Group,
    weekday: int,
    starts_at: dt.time,
    minutes: int,
    break_minutes: int = 0,
    zone: str = "",
    topic: str = "",
    starts_on: dt.date | None = None,
    by: User | None = None,
) -> Slot:
    """A weekly slot and its sessions for the coming eight weeks. by: to whom a refusal names the other thing.

    weekday: 0 is Monday. starts_at: wall time. minutes: break included. zone: IANA, the program's by default.
    Raises Refusal (slot_length, slot_break, slot_overlaps, elsewhere).
    """
    check_length(minutes, break_minutes)
    group = lock_group(group)
    zone = zone or group.program.zone
    slot = Slot(
        group=group,
        weekday=weekday,
        starts_at=starts_at,
        minutes=minutes,
        break_minutes=break_minutes,
        zone=zone,
        topic=topic,
        starts_on=starts_on or timezone.localdate(timezone=zoneinfo.ZoneInfo(zone)),
    )
    check_week(slot)
    slot.save()
    extend_horizon(groups=[group.pk])
    require_room(slot, by=by)
    return slot


def check_length(minutes: int, break_minutes: int) -> None:
    """Refuse (slot_length, slot_break) a length or break that no session has."""
    if not 15 <= minutes <= 240:
        raise Refusal(_("A session lasts 15 to 240 minutes."), "slot_length", "minutes")
    if not 0 <= break_minutes < minutes:
        raise Refusal(_("The break must be shorter than the session."), "slot_break", "break_minutes")


def check_week(slot: Slot) -> None:
    """Refuse (slot_overlaps) a slot, saved or not, that lies over another one of its group on some day. One query."""
    begin = slot.starts_at.hour * 60 + slot.starts_at.minute
    same_days = Q(ends_on=None) | Q(ends_on__gt=slot.starts_on)
    if slot.ends_on:
        same_days &= Q(starts_on__lt=slot.ends_on)
    others = slot.group.slots.filter(same_days, weekday=slot.weekday, zone=slot.zone).exclude(pk=slot.pk)
    for other in others.select_related("group"):
        other_begin = other.starts_at.hour * 60 + other.starts_at.minute
        if begin < other_begin + other.minutes and other_begin < begin + slot.minutes:
            raise Refusal(
                _("This group already meets then (%(slot)s).") % {"slot": other}, "slot_overlaps", "starts_at"
            )


def require_room(slot: Slot, *, by: User | None = None, but: Iterable[Session] = (), led_anew: bool = False) -> None:
    """Refuse (slot_overlaps, elsewhere) a slot whose sessions lie over the group's own, or that its people can't come to.

    but: sessions of the slot that keep their time and are not asked about; led_anew: but whether they can be led is.
    """
    group, but = slot.group, {session.pk for session in but}
    own = Session.objects.scheduled().filter(group=group)
    same_time = own.filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    same_time = same_time.exclude(pk=OuterRef("pk"))
    if first := own.filter(Exists(same_time), slot=slot).exclude(pk__in=but).first():
        raise Refusal(
            _("This group already meets then (%(when)s).") % {"when": when_words(first.starts_at)},
            "slot_overlaps",
            "starts_at",
        )
    for session, leader, other in unled(group=group):
        if session.slot_id == slot.pk and other and (led_anew or session.pk not in but):
            raise Refusal(
                _("%(name)s is then in %(other)s (%(when)s). Nobody can be in two places at once.")
                % {"name": leader, "other": name_of(other, by), "when": when_words(session.starts_at)},
                "elsewhere",
                "starts_at",
            )
    members = unseated(memberships=group.memberships.not_over())
    if clashes := [
        other for session, _member, other in members if session.slot_id == slot.pk and session.pk not in but and other
    ]:
        raise members_elsewhere(clashes, by)


def when_words(moment: dt.datetime) -> str:
    """A moment in the reader's zone, as a refusal names it."""
    return formats.date_format(timezone.localtime(moment), "D, M j, g:i A")


def lock_coming(session: Session, seen: int | None = None) -> Session:
    """The session under its group's and its own lock. Raises Refusal when it is cancelled or has begun, or was changed since
    the reader saw its number of changes."""
    lock_group(session.group)
    session = Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group").get(pk=session.pk)
    if session.is_cancelled:
        raise Refusal(_("This session is already cancelled."), "already_cancelled")
    if session.has_begun:
        raise Refusal(_("This session has begun; it can no longer be changed. Take attendance instead."), "has_begun")
    if seen is not None and seen != session.changes:
        raise Refusal(_("Somebody else changed this session meanwhile. Look at it again."), "changed_meanwhile")
    return session


@in_one_piece
def cancel_session(*, session: Session, reason: str, by: User | None = None) -> Session:
    """Cancel one session, with a reason that staff see. Everybody expected but `by` is told; planned reminders fall away.

    Raises Refusal (already_cancelled, has_begun, no_reason).
    """
    session = lock_coming(session)
    if not reason.strip():
        raise Refusal(_("Say why it is cancelled."), "no_reason", "reason")
    session.status, session.reason, session.changes = Session.Status.CANCELLED, reason.strip(), session.changes + 1
    session.by_hand = True
    session.save(update_fields=["status", "reason", "changes", "by_hand", "changed_at"])
    announce(session, "session_cancelled", by=by)
    reconcile_bookings(group_ids=[session.group_id])
    return session


@in_one_piece
def move_session(
    *,
    session: Session,
    starts_at: dt.datetime,
    minutes: int | None = None,
    by: User | None = None,
    seen: int | None = None,
) -> Session:
    """Move one session to `starts_at` (aware), with another length if given. Bookings move with it, in the database.

    seen: the session's number of changes when the reader looked at it.
    Raises Refusal (already_cancelled, has_begun, changed_meanwhile, in_the_past, slot_length, elsewhere).
    """
    session = lock_coming(session, seen)
    length = minutes or session.minutes
    if starts_at <= timezone.now():
        raise Refusal(_("That time is in the past."), "in_the_past", "starts_at")
    if not 15 <= length <= 240 or length <= session.break_minutes:
        raise Refusal(_("A session lasts 15 to 240 minutes and longer than its break."), "slot_length", "minutes")
    if (starts_at, length) == (session.starts_at, session.minutes):
        return session
    ends_at = starts_at + dt.timedelta(minutes=length)
    session.moved_from = session.moved_from or session.starts_at
    session.starts_at, session.ends_at, session.changes = starts_at, ends_at, session.changes + 1
    session.by_hand = True
    announce(session, "session_moved", by=by)
    release_unexpected(session)  # who is not in the group on the new day need not be free then
    try:
        with transaction.atomic():
            session.save(update_fields=["starts_at", "ends_at", "moved_from", "changes", "by_hand", "changed_at"])
    except IntegrityError as error:
        if "_in_one_place" not in str(error):
            raise
        raise elsewhere(session, starts_at, ends_at, by) from None
    put_off(sessions=[session.pk])
    reconcile_bookings(group_ids=[session.group_id])
    return session


def elsewhere(session: Session, starts_at: dt.datetime, ends_at: dt.datetime, by: User | None) -> Refusal:
    """The refusal that names the other thing: facilitators by name, patients by number only."""
    here = Booking.objects.live().filter(session=session)
    there = (
        Booking.objects.live().filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exclude(pk__in=here.values("pk"))
    )
    there = there.select_related("user", "session__group", "appointment")
    staff = there.filter(user__in=here.filter(user__isnull=False).values("user"))
    if booking := staff.first():
        return Refusal(
            _("%(name)s is then in %(other)s. Nobody can be in two places at once.")
            % {"name": booking.user, "other": name_of(booking, by)},
            "elsewhere",
            "starts_at",
        )
    return members_elsewhere(list(there.filter(patient__in=here.filter(patient__isnull=False).values("patient"))), by)


def members_elsewhere(bookings: list[Booking], by: User | None) -> Refusal:
    """Members by number, what they are at by name. One query for each other thing."""
    others = {(b.session_id, b.appointment_id): b for b in bookings}
    return Refusal(
        _("%(n)s of the members are then in %(others)s. Nobody can be in two places at once.")
        % {
            "n": len({b.patient_id for b in bookings}),
            "others": ", ".join(sorted({name_of(b, by) for b in others.values()})),
        },
        "elsewhere",
        "starts_at",
    )
