"""News of a session: cancelled, moved, somebody else leads. To everybody affected, at once, and never of what is past."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.kinds import Call, Skip, composes
from messaging.models import Category, Delivery
from messaging.services import plan
from scheduling.models import Booking, Session
from scheduling.services.reminders import WHEN, called, local_words


def expected_users(session: Session) -> list[int]:
    """Ids of the accounts of everybody booked: patients and facilitators. One query."""
    bookings = Booking.objects.live().filter(session=session).values_list("user_id", "patient__user_id")
    return [user or of_patient for user, of_patient in bookings]


def announce(session: Session, kind: str, *, by: User | None = None, to: Iterable[int] | None = None) -> None:
    """Plan the news of a change to everybody booked (or to these accounts) but `by`, due now. Two queries.

    Its variant is the session's number of changes: each change is its own news.
    """
    was = session.moved_from if kind == "session_moved" and session.moved_from else session.starts_at
    tell(
        kind,
        session.pk,
        variant=session.changes,
        to=expected_users(session) if to is None else to,
        until=max(session.starts_at, was),
        by=by,
    )


def tell(
    kind: str, subject_id: int, *, variant: int, to: Iterable[int], until: dt.datetime, by: User | None = None
) -> None:
    """Plan one message each to these accounts (ids) but `by`, due now, useless from `until`. One query; none for nobody."""
    now = timezone.now()
    if until <= now:
        return
    plan(
        Delivery(kind=kind, subject_id=subject_id, recipient_id=user, variant=variant, due_at=now, expires_at=until)
        for user in dict.fromkeys(to)
        if by is None or user != by.pk
    )


def is_expected(delivery: Delivery, session: Session) -> bool:
    """Whether the recipient is booked for the session now. One query."""
    here = Booking.objects.live().filter(session=session)
    user = delivery.recipient_id
    return here.filter(user=user).exists() or here.filter(patient__user=user).exists()


def is_latest(delivery: Delivery) -> bool:
    """Whether no later change of the same kind is told to the same person. One query.

    Not `session.changes == variant`: a change of another kind (somebody else leads) takes nothing from a new time.
    """
    later = Delivery.objects.filter(kind=delivery.kind, subject_id=delivery.subject_id, variant__gt=delivery.variant)
    return not later.filter(recipient=delivery.recipient_id).exists()


def _session(delivery: Delivery) -> Session:
    return Session.objects.select_related("group").get(pk=delivery.subject_id)


@composes(
    "session_cancelled",
    category=Category.CHANGE,
    label=_("A session is cancelled"),
    subject=_("Cancelled: {when}"),
    sentence=_("your appointment on {when} is cancelled."),
    samples=WHEN,
)
def cancelled(delivery: Delivery) -> Call | Skip:
    """The news that a session does not take place."""
    session = _session(delivery)
    if not session.is_cancelled:
        return Skip("no longer cancelled")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
    return Call(values, session.group.program_id)


@composes(
    "session_moved",
    category=Category.CHANGE,
    label=_("A session has a new time"),
    subject=_("New time: {when}"),
    sentence=_("your appointment of {before} has a new time: {when}."),
    samples={**WHEN, "before": _("Friday, February 27, 9:00 AM PST")},
)
def moved(delivery: Delivery) -> Call | Skip:
    """The news of a session's new time; only of its latest."""
    session = _session(delivery)
    if session.is_cancelled or session.moved_from is None or not is_latest(delivery):
        return Skip("changed again")
    if not is_expected(delivery, session):
        return Skip("no longer expected")
    user = delivery.recipient
    values = {"name": called(user), "when": local_words(session.starts_at, user.zone)}
    if session.starts_at == session.moved_from:
        return Call(
            values,
            session.group.program_id,
            subject=_("Back at its first time: {when}"),
            sentence=_("your appointment is back at the time it first had: {when}."),
        )
    values["before"] = local_words(session.moved_from, user.zone)
    return Call(values, session.group.program_id)
