"""How far the eyes of whoever leads one session reach: care-team access for its window, kept in line with its bookings."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable

from django.db import connection

from scheduling.models import Session

NOTE_BUSINESS_DAYS = 3  # CLINICAL_FACTS section 1, note clock (V2:S6)


def note_due(session: Session) -> dt.date:
    """The day a session's notes are due: three business days later, in the session's zone."""
    day = session.starts_at.astimezone(zoneinfo.ZoneInfo(session.zone)).date()
    left = NOTE_BUSINESS_DAYS
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < 5
    return day


# Who leads a session without being the group's facilitator (cover, somebody named for the slot) sees everybody expected, and
# whoever leads sees a visitor: from an hour before it begins until the end of the day its notes are due, three business days
# later in its zone (`note_due`; here by the weekday it is held on, Sunday first). Whom the slot names has a place of their own
# on the members' care teams.
_FOLLOW = """
WITH led AS (
    SELECT s.id, l.user_id, b.patient_id, 'session:' || s.id AS source, s.starts_at - interval '1 hour' AS opens,
        (t.day + (ARRAY[3, 3, 3, 5, 5, 5, 4])[extract(dow FROM t.day)::int + 1] + 1)::timestamp AT TIME ZONE s.zone AS closes,
        b.part = 'visitor' OR NOT EXISTS (
            SELECT FROM groups_facilitator f WHERE f.group_id = s.group_id AND f.user_id = l.user_id
            AND f.joined_on <= t.day AND (f.left_on IS NULL OR f.left_on > t.day))
            AND l.user_id IS DISTINCT FROM slot.lead_id AND l.user_id IS DISTINCT FROM slot.co_id AS is_stranger
    FROM scheduling_session s LEFT JOIN scheduling_slot slot ON slot.id = s.slot_id
    CROSS JOIN LATERAL (SELECT (s.starts_at AT TIME ZONE s.zone)::date AS day) t
    JOIN scheduling_booking l ON l.session_id = s.id AND l.released_at IS NULL AND l.user_id IS NOT NULL
    JOIN scheduling_booking b ON b.session_id = s.id AND b.released_at IS NULL AND b.patient_id IS NOT NULL
    WHERE s.group_id = ANY(%(groups)s) AND s.ends_at > %(now)s AND s.status = 'scheduled'
), places AS (
    SELECT c.* FROM scheduling_session s
    JOIN patients_careteammember c ON c.source = 'session:' || s.id
    WHERE s.group_id = ANY(%(groups)s) AND s.ends_at > %(now)s AND c.ends_at > %(now)s AND c.ends_at > c.starts_at
), strayed AS (
    -- Open at this moment, and moved to later: what was is not rewritten, so it ends here and another begins then.
    SELECT p.id, p.source, p.user_id, p.patient_id FROM places p JOIN led w
        ON (w.source, w.user_id, w.patient_id) = (p.source, p.user_id, p.patient_id)
    WHERE p.starts_at <= %(now)s AND w.opens > %(now)s
), ended AS (
    UPDATE patients_careteammember c SET ends_at = GREATEST(c.starts_at, %(now)s)
    FROM places p
    WHERE c.id = p.id AND (p.id IN (SELECT id FROM strayed) OR NOT EXISTS (
        SELECT FROM led w WHERE (w.source, w.user_id, w.patient_id) = (p.source, p.user_id, p.patient_id)))
), moved AS (
    UPDATE patients_careteammember c
    SET starts_at = CASE WHEN p.starts_at <= %(now)s THEN p.starts_at ELSE w.opens END, ends_at = w.closes
    FROM places p JOIN led w ON (w.source, w.user_id, w.patient_id) = (p.source, p.user_id, p.patient_id)
    WHERE c.id = p.id AND p.id NOT IN (SELECT id FROM strayed)
      AND (p.ends_at <> w.closes OR (p.starts_at > %(now)s AND p.starts_at <> w.opens))
)
INSERT INTO patients_careteammember (patient_id, user_id, part, source, starts_at, ends_at)
SELECT w.patient_id, w.user_id, 'cover', w.source, GREATEST(w.opens, %(now)s), w.closes FROM led w
WHERE w.is_stranger AND NOT EXISTS (
    SELECT FROM places p WHERE (w.source, w.user_id, w.patient_id) = (p.source, p.user_id, p.patient_id)
        AND p.id NOT IN (SELECT id FROM strayed))
ORDER BY w.id, w.user_id, w.patient_id
"""


def follow_windows(*, group_ids: Iterable[int], now: dt.datetime) -> None:
    """Open, move and end the windows of these groups' sessions that are not over, as their bookings now say. One query.

    A place on the care team for one session has the source "session:<id>" and always an end. The caller holds the groups' row
    locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"groups": list(group_ids), "now": now})
