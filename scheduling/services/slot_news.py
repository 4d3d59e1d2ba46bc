"""News of a whole series: one message a person, however many sessions it touches."""

import datetime as dt
import zoneinfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from groups.models import Membership
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from scheduling.models import Session, Slot
from scheduling.services.horizon import local_start, slot_dates
from scheduling.services.leaders import PARTS
from scheduling.services.reminders import WHEN, called, local_words


def _slot(delivery: Delivery) -> Slot:
    slots = Slot.objects.select_related("group", "follows", "followed_by")
    return slots.get(pk=delivery.subject_id)


def _belongs(user: User, slot: Slot, day: dt.date) -> bool:
    """Whether the news is still theirs: a member on that day or later, or staff. One query."""
    here = Membership.objects.not_over(day).filter(group=slot.group_id, patient__user=user)
    return user.is_staff_member or here.exists()


def _first(slot: Slot) -> dt.datetime | None:
    """When the slot meets next at its own time: its first coming session nobody moved, else (beyond what is made) its rule."""
    now = timezone.now()
    row = (
        slot.sessions.filter(starts_at__gt=now, status=Session.Status.SCHEDULED, by_hand=False)
        .order_by("starts_at")
        .first()
    )
    if row:
        return row.starts_at
    today = now.astimezone(zoneinfo.ZoneInfo(slot.zone)).date()
    first = max(slot.starts_on, today)
    for day in slot_dates(slot, first, first + dt.timedelta(days=7)):
        if (start := local_start(day, slot.starts_at, slot.zone)) > now:
            return start
    return None


@composes(
    "slot_changed",
    category=Category.CHANGE,
    label=_("A weekly time changes"),
    subject=_("New weekly time: {when}"),
    sentence=_("your weekly appointment has a new time, first on {when}."),
    samples=WHEN,
)
def slot_changed(delivery: Delivery) -> Call | Skip:
    """The news that a weekly appointment has another time, length or leader from a day on, or is a new one."""
    slot, user = _slot(delivery), delivery.recipient
    if slot.ends_on and slot.ends_on <= slot.starts_on:
        return Skip("changed again")
    if not _belongs(user, slot, slot.starts_on):
        return Skip("no longer expected")
    if (first := _first(slot)) is None:
        return Skip("changed again")
    values = {"name": called(user), "when": local_words(first, user.zone), "minutes": str(slot.minutes)}
    before = slot.follows
    mine = {getattr(slot, f"{part}_id") for part in PARTS}
    if before is None or (user.pk in mine and user.pk not in {getattr(before, f"{part}_id") for part in PARTS}):
        return _other(
            values,
            slot,
            _("A weekly appointment: {when}"),
            _("you have a further weekly appointment, first on {when}."),
        )
    if any(getattr(slot, name) != getattr(before, name) for name in ("weekday", "starts_at", "zone")):
        return Call(values, slot.group.program_id)
    if slot.minutes != before.minutes:
        return _other(
            values,
            slot,
            _("New length: {when}"),
            _("your weekly appointment lasts {minutes} minutes, first on {when}."),
        )
    return _other(
        values,
        slot,
        _("A change of your weekly appointment: {when}"),
        _("your weekly appointment is with somebody else, first on {when}."),
    )


def _other(values: dict[str, str], slot: Slot, subject, sentence) -> Call:
    return Call(values, slot.group.program_id, subject=subject, sentence=sentence)


@composes(
    "slot_ended",
    category=Category.CHANGE,
    label=_("A weekly time ends"),
    subject=_("Last time: {when}"),
    sentence=_("your weekly appointment ends. The last one is on {when}."),
    samples=WHEN,
)
def slot_ended(delivery: Delivery) -> Call | Skip:
    """The news that a weekly appointment no longer takes place from a day on."""
    slot, user = _slot(delivery), delivery.recipient
    if slot.ends_on is None or slot.ends_on.toordinal() != delivery.variant or getattr(slot, "followed_by", None):
        return Skip("changed again")
    if not _belongs(user, slot, slot.ends_on):
        return Skip("no longer expected")
    values = {"name": called(user)}
    if last := _last(slot):
        return Call(values | {"when": local_words(last, user.zone)}, slot.group.program_id)
    gone = slot.sessions.filter(slot_date__gte=slot.ends_on, status=Session.Status.CANCELLED, by_hand=False)
    if (first := gone.filter(starts_at__gt=timezone.now()).order_by("starts_at").first()) is None:
        return Skip("past")
    return _other(
        values | {"when": local_words(first.starts_at, user.zone)},
        slot,
        _("No longer: {when}"),
        _("your weekly appointment ends. The one on {when} no longer takes place, nor do those after it."),
    )


def _last(slot: Slot) -> dt.datetime | None:
    """When the slot meets for the last time, if that is still to come. Two queries at most."""
    now = timezone.now()
    last_day = slot.ends_on - dt.timedelta(days=1)
    rule = list(slot_dates(slot, max(slot.starts_on, last_day - dt.timedelta(days=6)), last_day))
    made = slot.sessions.filter(slot_date__lt=slot.ends_on)
    if rule and not made.filter(slot_date=rule[0]).exists():
        start = local_start(rule[0], slot.starts_at, slot.zone)
        return start if start > now else None
    row = made.filter(starts_at__gt=now, status=Session.Status.SCHEDULED).order_by("-starts_at").first()
    return row.starts_at if row else None
