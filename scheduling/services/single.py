"""One session changes, or one is added, and the series is left alone."""

import datetime as dt
import zoneinfo

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.errors import Refusal
from core.transactions import in_one_piece
from groups.models import Group
from groups.services import lock_group
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.models import Session
from scheduling.services.clashes import name_of
from scheduling.services.leaders import PARTS, check_leaders
from scheduling.services.news import announce, expected_users, is_expected
from scheduling.services.reminders import WHEN, called, local_words
from scheduling.services.seats import reconcile_bookings, unled, unseated
from scheduling.services.series import KEEP
from scheduling.services.sessions import check_length, elsewhere, lock_coming, members_elsewhere, when_words


@in_one_piece
def change_session(
    *,
    session: Session,
    by: User,
    topic: str = KEEP,
    lead: User | None = KEEP,
    co: User | None = KEEP,
    minutes: int = KEEP,
    break_minutes: int = KEEP,
) -> Session:
    """Give one session another topic, leader (None: the group's own) or length; it begins when it did. From then on a change of
    its slot leaves it alone. Whoever leads it by name sees its people in its window only. Everybody expected, before or now,
    but `by` is told when they see it: who leads, or the length. Nothing changed: nothing happens.

    Raises Refusal (already_cancelled, has_begun, slot_length, slot_break, not_a_clinician, two_parts, slot_overlaps,
    elsewhere).
    """
    session = lock_coming(session)
    given = {"topic": topic, "lead": lead, "co": co, "break_minutes": break_minutes}
    differs = {name for name, value in given.items() if value is not KEEP and value != getattr(session, name)}
    length = session.minutes if minutes is KEEP else minutes
    pause = session.break_minutes if break_minutes is KEEP else break_minutes
    check_length(length, pause)
    resized = length != session.minutes
    if not differs and not resized:
        return session
    before = expected_users(session)
    for name in differs:
        setattr(session, name, given[name])
    led_anew = differs & set(PARTS)
    if led_anew:
        _check_leaders(session, led_anew)
    session.changes, session.by_hand = session.changes + 1, True
    session.save(update_fields=[*differs, "changes", "by_hand", "changed_at"])
    if led_anew:
        reconcile_bookings(group_ids=[session.group_id])  # who no longer leads it need not be free for longer
    if resized:
        _resize(session, length, by)
    if led_anew:
        _require_leaders(session, by)
    if led_anew or resized:
        announce(session, "session_changed", by=by, to=[*before, *expected_users(session)])
    return session


def _check_leaders(session: Session, anew: set[str]) -> None:
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    slot = session.slot
    named = {part: getattr(session, part) or (getattr(slot, part) if slot else None) for part in PARTS}
    new = {part: getattr(session, part) for part in PARTS if part in anew}
    check_leaders(group=session.group, day=day, named=named, new=new)


def _resize(session: Session, minutes: int, by: User) -> None:
    """Give it another length; its bookings follow, in the database."""
    session.ends_at = session.starts_at + dt.timedelta(minutes=minutes)
    _require_own_room(session)
    try:
        with transaction.atomic():
            session.save(update_fields=["ends_at"])
    except IntegrityError as error:
        if "_in_one_place" not in str(error):
            raise
        refusal = elsewhere(session, session.starts_at, session.ends_at, by)
        refusal.field = "minutes"
        raise refusal from None


def _require_leaders(session: Session, by: User) -> None:
    """Refuse when whoever leads it now is elsewhere, naming it."""
    for other_session, leader, other in unled(group=session.group):
        if other_session.pk == session.pk and other:
            raise Refusal(
                _("%(name)s is then in %(other)s. Nobody can be in two places at once.")
                % {"name": leader, "other": name_of(other, by)},
                "elsewhere",
                "co" if leader == session.co else "lead",
            )


def _require_own_room(session: Session, field: str = "minutes") -> None:
    """Refuse (slot_overlaps) a session that lies over another one of its group. One query."""
    own = Session.objects.scheduled().filter(group=session.group_id).exclude(pk=session.pk)
    if other := own.filter(starts_at__lt=session.ends_at, ends_at__gt=session.starts_at).first():
        raise Refusal(
            _("This group already meets then (%(when)s).") % {"when": when_words(other.starts_at)},
            "slot_overlaps",
            field,
        )


@in_one_piece
def add_session(
    *,
    group: Group,
    starts_at: dt.datetime,
    minutes: int,
    by: User,
    break_minutes: int = 0,
    topic: str = "",
    zone: str = "",
) -> Session:
    """One more session of the group, of no slot. starts_at: aware. zone: IANA, the program's by default. Its members and
    facilitators are booked; everybody but `by` is told.

    Raises Refusal (group_ended, in_the_past, slot_length, slot_break, slot_overlaps, elsewhere).
    """
    check_length(minutes, break_minutes)
    group = lock_group(group)
    zone = zone or group.program.zone
    if starts_at <= timezone.now():
        raise Refusal(_("That time is in the past."), "in_the_past", "starts_at")
    if group.ended_on and group.ended_on <= starts_at.astimezone(zoneinfo.ZoneInfo(zone)).date():
        raise Refusal(_("This group has ended."), "group_ended", "starts_at")
    session = Session(
        group=group,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=minutes),
        zone=zone,
        break_minutes=break_minutes,
        topic=topic.strip(),
        by_hand=True,
    )
    _require_own_room(session, "starts_at")
    session.save()
    reconcile_bookings(group_ids=[group.pk])
    for other_session, leader, other in unled(group=group):
        if other_session.pk == session.pk and other:
            raise Refusal(
                _("%(name)s is then in %(other)s. Nobody can be in two places at once.")
                % {"name": leader, "other": name_of(other, by)},
                "elsewhere",
                "starts_at",
            )
    members = unseated(memberships=group.memberships.not_over())
    if clashes := [other for other_session, _member, other in members if other_session.pk == session.pk and other]:
        raise members_elsewhere(clashes, by)
    announce(session, "session_added", by=by)
    return session


def _session(delivery: Delivery) -> Session:
    return Session.objects.select_related("group").get(pk=delivery.subject_id)


@composes(
    "session_changed",
    category=Category.CHANGE,
    label=gettext_lazy("One session has another leader or length"),
    subject=gettext_lazy("A change: {when}"),
    sentence=gettext_lazy("something about your appointment on {when} has changed. It begins when it did."),
    samples=WHEN,
)
def session_changed(delivery: Delivery) -> Call | Skip:
    """The news that one session has another length, or is led by somebody else; only the latest."""
    session, user = _session(delivery), delivery.recipient
    if session.is_cancelled or session.changes != delivery.variant:
        return Skip("changed again")
    values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
    if is_expected(delivery, session):
        return Call(values, session.group.program_id)
    if not user.is_staff_member:
        return Skip("no longer expected")
    return Call(
        values,
        session.group.program_id,
        sentence=gettext_lazy("somebody else takes your appointment on {when}."),
    )


@composes(
    "session_added",
    category=Category.CHANGE,
    label=gettext_lazy("An extra session"),
    subject=gettext_lazy("One more: {when}"),
    sentence=gettext_lazy("you have one more appointment, on {when}."),
    samples=WHEN,
)
def session_added(delivery: Delivery) -> Call | Skip:
    """The news of an extra session."""
    session, user = _session(delivery), delivery.recipient
    if session.is_cancelled:
        return Skip("cancelled")
    if not is_expected(delivery, session):
        return Skip("no longer expected")
    values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
    return Call(values, session.group.program_id)
