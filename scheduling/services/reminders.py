"""Reminders: planned as outbox rows by each person's own rules, composed (and re-checked) just before they leave."""

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import formats
from messaging.kinds import Call, Later, Skip, composes
from messaging.models import LEAD_MINUTES, QUIET_FROM, QUIET_UNTIL, Category, Delivery
from messaging.wishes import Wishes, out_of_quiet, quiet_ends, wishes_of
from patients.models import Patient
from scheduling.models import Appointment, Booking, ExcuseRequest, Session

LOOK_AHEAD = dt.timedelta(hours=26)  # reminders due within it are planned
LONGEST_LEAD = dt.timedelta(days=7)
# A reminder moved to the beginning of the quiet hours may leave so much later; one that is later still waits for their end.
GRACE = dt.timedelta(minutes=30)
KINDS = {"session_reminder": "session_id", "appointment_reminder": "appointment_id"}

# Every reminder wanted: one for each booking of somebody in care and each of their lead times (their own, else their program's,
# else the house's), due at that time or, when it falls into their quiet hours, at the beginning of these
# (`messaging.wishes.out_of_quiet` says the same). Of several due at once the longest lead is kept. Useless once the next is due.
_WANTED = """
SELECT DISTINCT ON (b.id, due_at)
    CASE WHEN b.session_id IS NULL THEN 'appointment_reminder' ELSE 'session_reminder' END AS kind,
    COALESCE(b.session_id, b.appointment_id) AS subject_id, u.id AS user_id, l.lead, due_at,
    b.starts_at - make_interval(mins => l.until) AS expires_at
FROM scheduling_booking b
JOIN patients_patient p ON p.id = b.patient_id
JOIN accounts_user u ON u.id = p.user_id AND u.is_active
LEFT JOIN scheduling_session s ON s.id = b.session_id
LEFT JOIN groups_group g ON g.id = s.group_id
LEFT JOIN scheduling_appointment a ON a.id = b.appointment_id
LEFT JOIN patients_episode e ON e.id = a.episode_id
LEFT JOIN messaging_policy program ON program.program_id = COALESCE(g.program_id, e.program_id)
LEFT JOIN messaging_preference own ON own.user_id = u.id
CROSS JOIN LATERAL (
    SELECT COALESCE(own.quiet_from, program.quiet_from, %(quiet_from)s::time) AS begins,
           COALESCE(own.quiet_until, program.quiet_until, %(quiet_until)s::time) AS ends
) quiet
CROSS JOIN LATERAL (
    SELECT lead, COALESCE(lead(lead) OVER (ORDER BY lead DESC), 0) AS until
    FROM (SELECT DISTINCT unnest(COALESCE(own.lead_minutes, program.lead_minutes, %(leads)s::int[])) AS lead) AS leads
) l
CROSS JOIN LATERAL (
    SELECT raw, (raw AT TIME ZONE u.zone)::time AS wall, (raw AT TIME ZONE u.zone)::date AS day
    FROM (SELECT b.starts_at - make_interval(mins => l.lead) AS raw) AS straight
) t
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN quiet.begins < quiet.ends AND t.wall >= quiet.begins AND t.wall < quiet.ends
            THEN LEAST(t.raw, (t.day + quiet.begins) AT TIME ZONE u.zone)
        WHEN quiet.begins > quiet.ends AND t.wall >= quiet.begins
            THEN LEAST(t.raw, (t.day + quiet.begins) AT TIME ZONE u.zone)
        WHEN quiet.begins > quiet.ends AND t.wall < quiet.ends
            THEN LEAST(t.raw, (t.day - 1 + quiet.begins) AT TIME ZONE u.zone)
        ELSE t.raw END AS due_at
) d
WHERE b.released_at IS NULL AND b.starts_at > %(now)s AND b.starts_at <= %(last)s
  AND NOT 'reminder' = ANY(COALESCE(own.muted, '{}'))
  AND (%(sessions)s::bigint[] IS NULL OR b.session_id = ANY(%(sessions)s))
  AND (%(appointments)s::bigint[] IS NULL OR b.appointment_id = ANY(%(appointments)s))
ORDER BY b.id, due_at, l.lead DESC
"""

# One row for each (thing, person, lead time), whatever happens: the unique key decides.
_PLAN = f"""
INSERT INTO messaging_delivery
    (kind, subject_id, recipient_id, channel, tried, variant, due_at, expires_at, state, reason, attempts, provider_ref,
     created_at)
SELECT kind, subject_id, user_id, '', '{{}}', lead, due_at, expires_at, 'planned', '', 0, '', %(now)s
FROM ({_WANTED}) wanted
WHERE due_at <= %(horizon)s AND expires_at > %(now)s
ORDER BY kind, subject_id, user_id, lead  -- two planners at once must not wait for each other crosswise
ON CONFLICT ON CONSTRAINT never_two_for_one DO NOTHING
"""  # noqa: S608 - of our own words

_PUT_OFF = f"""
UPDATE messaging_delivery d SET due_at = wanted.due_at, expires_at = wanted.expires_at
FROM ({_WANTED}) wanted
WHERE d.state = 'planned' AND (d.kind, d.subject_id, d.recipient_id, d.variant)
    = (wanted.kind, wanted.subject_id, wanted.user_id, wanted.lead)
"""  # noqa: S608 - of our own words


def _run(statement: str, now: dt.datetime, **only: list[int] | None) -> int:
    values = {
        "now": now,
        "horizon": now + LOOK_AHEAD,
        "last": now + LOOK_AHEAD + LONGEST_LEAD,
        "leads": LEAD_MINUTES,
        "quiet_from": QUIET_FROM,
        "quiet_until": QUIET_UNTIL,
        "sessions": None,
        "appointments": None,
        **only,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def plan_reminders(*, now: dt.datetime | None = None) -> int:
    """Plan the reminders that fall due within the look-ahead. Returns how many were new. One query."""
    return _run(_PLAN, now or timezone.now())


def put_off(*, sessions: Iterable[int] = (), appointments: Iterable[int] = ()) -> None:
    """Reminders planned for what was moved (ids) become due for its new time: sooner, if it is sooner. A query for each."""
    now = timezone.now()
    if sessions := list(sessions):
        _run(_PUT_OFF, now, sessions=sessions, last=now + dt.timedelta(days=3650))
    if appointments := list(appointments):
        _run(_PUT_OFF, now, appointments=appointments, last=now + dt.timedelta(days=3650))


def plan_again(*, sessions: Iterable[int] = (), appointments: Iterable[int] = ()) -> None:
    """Reminders that were skipped while their thing did not take place, or the person was not expected, are planned once more:
    it takes place after all (ids). What left stays; each is composed anew, so the useless ones fall away. A query for each."""
    for kind, about in (("session_reminder", list(sessions)), ("appointment_reminder", list(appointments))):
        if about:
            Delivery.objects.filter(
                kind=kind, subject_id__in=about, state=Delivery.State.SKIPPED, expires_at__gt=timezone.now()
            ).update(state=Delivery.State.PLANNED, reason="", attempts=0, lease=None, leased_until=None)


def due_times(starts_at: dt.datetime, wishes: Wishes, zone: str) -> dict[int, tuple[dt.datetime, dt.datetime]]:
    """For each lead time of a person's wishes that is reminded of: when it is due, and from when it is useless.

    The same rule as the planner's SQL, for one thing beginning at `starts_at` and a person in `zone`.
    """
    found: dict[int, tuple[dt.datetime, dt.datetime]] = {}
    taken = set()
    leads = [*wishes.lead_minutes, 0]
    for lead, until in itertools.pairwise(leads):
        due_at = out_of_quiet(starts_at - dt.timedelta(minutes=lead), zone, wishes.quiet_from, wishes.quiet_until)
        if due_at not in taken:
            taken.add(due_at)
            found[lead] = (due_at, starts_at - dt.timedelta(minutes=until))
    return found


def reminder_of(delivery: Delivery, thing: Session | Appointment, program_id: int) -> Call | Skip | Later:
    """The reminder, if at this moment the thing takes place then and the person is still expected and wants it."""
    if thing.is_cancelled:
        return Skip("session cancelled" if isinstance(thing, Session) else "appointment cancelled")
    user = delivery.recipient
    expected = Booking.objects.live().filter(**{KINDS[delivery.kind]: thing.pk}, patient__user=user)
    if not expected.exists():
        return Skip("no longer expected")
    if isinstance(thing, Session) and ExcuseRequest.objects.excused().filter(booking__in=expected).exists():
        return Skip("excused")
    wishes = wishes_of(user.pk, program_id)
    if not wishes.wants(Category.REMINDER):
        return Skip("opted out")
    times = due_times(thing.starts_at, wishes, user.zone).get(delivery.variant)
    if times is None:
        return Skip("another lead time is wanted")
    due_at, expires_at = times
    now = timezone.now()
    if expires_at <= now:
        return Skip("too late")
    if due_at > now:
        return Later(due_at, expires_at)
    if now - due_at > GRACE and (ends := quiet_ends(now, user.zone, wishes)):
        return Later(ends, expires_at) if ends < expires_at else Skip("quiet hours")
    return Call({"name": called(user), "when": local_words(thing.starts_at, user.zone)}, program_id)


def called(user: User) -> str:
    """What to call somebody in a message: as they are called in care, else their first name."""
    patient = Patient.objects.filter(user=user).first()
    return patient.called if patient else user.first_name


def local_words(moment: dt.datetime, zone: str) -> str:
    """A moment in a person's own zone, the zone named: "Monday, November 23, 9:00 AM PST"."""
    local = moment.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{formats.date_format(local, 'l, F j, g:i A')} {local.tzname()}"


WHEN = {"when": _("Monday, March 2, 9:00 AM PST")}


@composes(
    "session_reminder",
    category=Category.REMINDER,
    label=_("Reminder of a session"),
    subject=_("Reminder: {when}"),
    sentence=_("this is a reminder of your appointment on {when}."),
    samples=WHEN,
)
def session_reminder(delivery: Delivery) -> Call | Skip | Later:
    """A reminder of a session."""
    session = Session.objects.select_related("group").get(pk=delivery.subject_id)
    return reminder_of(delivery, session, session.group.program_id)


@composes(
    "appointment_reminder",
    category=Category.REMINDER,
    label=_("Reminder of an appointment"),
    subject=_("Reminder: {when}"),
    sentence=_("this is a reminder of your appointment on {when}."),
    samples=WHEN,
)
def appointment_reminder(delivery: Delivery) -> Call | Skip | Later:
    """A reminder of an individual appointment."""
    appointment = Appointment.objects.select_related("episode").get(pk=delivery.subject_id)
    return reminder_of(delivery, appointment, appointment.episode.program_id)
