"""Reminders and news of sessions: planned as outbox rows, composed (and re-checked) just before they leave."""

import datetime as dt
import zoneinfo

from django.conf import settings
from django.db import connection
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from messaging.kinds import Later, Letter, Skip, composes
from messaging.models import Channel, Delivery
from messaging.services import plan
from patients.models import Patient
from scheduling.models import Booking, Session

# Lead times in minutes, the longest first. A reminder is useless once the next one is due.
LEAD_MINUTES = (24 * 60, 60)
LOOK_AHEAD = dt.timedelta(minutes=max(LEAD_MINUTES) + 120)

# One row for each (session, person, lead time, channel), whatever happens: the unique key decides.
_PLAN = """
INSERT INTO messaging_delivery
    (kind, subject_id, recipient_id, channel, variant, due_at, expires_at, state, reason, attempts, provider_ref, created_at)
SELECT 'session_reminder', b.session_id, p.user_id, 'email', l.lead,
       b.starts_at - make_interval(mins => l.lead), b.starts_at - make_interval(mins => l.until),
       'planned', '', 0, '', %(now)s
FROM scheduling_booking b
JOIN patients_patient p ON p.id = b.patient_id AND p.reminders_by_email
JOIN unnest(%(leads)s::int[], %(until)s::int[]) AS l(lead, until)
    ON b.starts_at - make_interval(mins => l.until) > %(now)s
WHERE b.released_at IS NULL AND b.starts_at > %(now)s AND b.starts_at <= %(horizon)s
ORDER BY b.session_id, p.user_id, l.lead  -- two planners at once must not wait for each other crosswise
ON CONFLICT ON CONSTRAINT never_two_for_one DO NOTHING
"""


def plan_reminders(*, now: dt.datetime | None = None) -> int:
    """Plan the reminders of every booking that begins within the look-ahead. Returns how many were new. One query."""
    moment = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _PLAN,
            {
                "now": moment,
                "horizon": moment + LOOK_AHEAD,
                "leads": list(LEAD_MINUTES),
                "until": [*LEAD_MINUTES[1:], 0],
            },
        )
        return cursor.rowcount


def announce(session: Session, kind: str) -> None:
    """Plan the news of a change ("session_cancelled", "session_moved") to everybody booked, due now. Two queries."""
    now = timezone.now()
    users = Patient.objects.filter(
        pk__in=Booking.objects.live().filter(session=session, patient__isnull=False).values("patient_id")
    ).values_list("user_id", flat=True)
    was = session.moved_from if kind == "session_moved" else session.starts_at
    plan(
        Delivery(
            kind=kind,
            subject_id=session.pk,
            recipient_id=user_id,
            channel=Channel.EMAIL,
            variant=session.changes,
            due_at=now,
            expires_at=max(session.starts_at, was),
        )
        for user_id in users
    )


def put_off(session: Session) -> None:
    """Reminders planned for a session that was moved become due for its new time: sooner, if it is sooner. A query a lead."""
    waiting = Delivery.objects.filter(kind="session_reminder", subject_id=session.pk, state=Delivery.State.PLANNED)
    for lead in LEAD_MINUTES:
        waiting.filter(variant=lead).update(
            due_at=session.starts_at - dt.timedelta(minutes=lead),
            expires_at=session.starts_at - dt.timedelta(minutes=_until(lead)),
        )


def _until(lead: int) -> int:
    """How many minutes before the session the reminder of this lead time is useless."""
    return next((shorter for shorter in LEAD_MINUTES if shorter < lead), 0)


@composes("session_reminder")
def reminder(delivery: Delivery) -> Letter | Skip | Later:
    """The reminder, if at this moment the session takes place then and the person is still expected and wants mail."""
    session = Session.objects.get(pk=delivery.subject_id)
    if session.is_cancelled:
        return Skip("session cancelled")
    patient = Patient.objects.get(user=delivery.recipient_id)
    if not Booking.objects.live().filter(session=session, patient=patient).exists():
        return Skip("no longer expected")
    if not patient.reminders_by_email:
        return Skip("opted out")
    due_at = session.starts_at - dt.timedelta(minutes=delivery.variant)
    expires_at = session.starts_at - dt.timedelta(minutes=_until(delivery.variant))
    if expires_at <= timezone.now():
        return Skip("too late")
    if due_at > timezone.now():
        return Later(due_at, expires_at)
    when = local_words(session.starts_at, delivery.recipient.zone)
    return _letter(
        patient,
        _("Reminder: %(when)s") % {"when": when},
        _("this is a reminder of your appointment on %(when)s.") % {"when": when},
    )


@composes("session_cancelled")
def cancelled(delivery: Delivery) -> Letter | Skip:
    """The news that a session does not take place."""
    session = Session.objects.get(pk=delivery.subject_id)
    if not session.is_cancelled:
        return Skip("no longer cancelled")
    when = local_words(session.starts_at, delivery.recipient.zone)
    return _letter(
        Patient.objects.get(user=delivery.recipient_id),
        _("Cancelled: %(when)s") % {"when": when},
        _("your appointment on %(when)s is cancelled.") % {"when": when},
    )


@composes("session_moved")
def moved(delivery: Delivery) -> Letter | Skip:
    """The news of a session's new time; only of its latest."""
    session = Session.objects.get(pk=delivery.subject_id)
    if session.is_cancelled or session.changes != delivery.variant:
        return Skip("changed again")
    patient = Patient.objects.get(user=delivery.recipient_id)
    if not Booking.objects.live().filter(session=session, patient=patient).exists():
        return Skip("no longer expected")
    zone = delivery.recipient.zone
    when = local_words(session.starts_at, zone)
    if session.starts_at == session.moved_from:
        return _letter(
            patient,
            _("Back at its first time: %(when)s") % {"when": when},
            _("your appointment is back at the time it first had: %(when)s.") % {"when": when},
        )
    return _letter(
        patient,
        _("New time: %(when)s") % {"when": when},
        _("your appointment of %(before)s has a new time: %(when)s.")
        % {"before": local_words(session.moved_from, zone), "when": when},
    )


def local_words(moment: dt.datetime, zone: str) -> str:
    """A moment in a person's own zone, the zone named: "Monday, November 23, 9:00 AM PST"."""
    local = moment.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{formats.date_format(local, 'l, F j, g:i A')} {local.tzname()}"


def _letter(patient: Patient, subject: str, sentence: str) -> Letter:
    lines = [
        _("Hi %(name)s,") % {"name": patient.called},
        "",
        sentence,
        "",
        _("Sign in for the details: %(link)s") % {"link": f"{settings.SITE_URL}/"},
        "",
        _("You can change how you are reminded under “My details” after signing in."),
    ]
    return Letter(subject=subject, text="\n".join(lines) + "\n")
