"""What must hold between members, facilitators, sessions and bookings, asked of the database in its own words."""

from django.db import connection

_DAY = "(s.starts_at AT TIME ZONE s.zone)::date"
# Who is to lead in a part: named by the session, else by its slot, else the group's facilitator of the day.
_LEADS = f"""
    SELECT s.id AS session_id, p.part, COALESCE(
        CASE p.part WHEN 'lead' THEN s.lead_id ELSE s.co_id END, CASE p.part WHEN 'lead' THEN t.lead_id ELSE t.co_id END,
        (SELECT max(f.user_id) FROM groups_facilitator f WHERE f.group_id = s.group_id AND f.part = p.part
            AND f.joined_on <= {_DAY} AND (f.left_on IS NULL OR f.left_on > {_DAY}))) AS user_id
    FROM scheduling_session s LEFT JOIN scheduling_slot t ON t.id = s.slot_id CROSS JOIN (VALUES ('lead'), ('co')) p (part)
    WHERE s.status = 'scheduled' AND s.starts_at > %(now)s"""
_FACTS = {
    "a member without a booking": f"""
        SELECT s.id, m.patient_id FROM scheduling_session s JOIN groups_membership m ON m.group_id = s.group_id
        WHERE s.status = 'scheduled' AND s.starts_at > %(now)s AND m.joined_on <= {_DAY}
          AND (m.left_on IS NULL OR m.left_on > {_DAY}) AND NOT EXISTS (
            SELECT FROM scheduling_booking b
            WHERE b.session_id = s.id AND b.membership_id = m.id AND b.released_at IS NULL)""",
    "a booking without a member": f"""
        SELECT b.id, b.patient_id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE b.released_at IS NULL AND b.part = 'member' AND s.starts_at > %(now)s AND NOT EXISTS (
            SELECT FROM groups_membership m
            WHERE m.id = b.membership_id AND m.group_id = s.group_id AND m.patient_id = b.patient_id
              AND m.joined_on <= {_DAY} AND (m.left_on IS NULL OR m.left_on > {_DAY}))""",
    "a facilitator without a booking": f"""
        SELECT l.session_id, l.user_id FROM ({_LEADS}) l WHERE l.user_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM scheduling_booking b
            WHERE b.session_id = l.session_id AND b.user_id = l.user_id AND b.released_at IS NULL)""",
    "a booking without a facilitator": f"""
        SELECT b.id, b.user_id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE b.released_at IS NULL AND b.user_id IS NOT NULL AND s.starts_at > %(now)s AND NOT EXISTS (
            SELECT FROM ({_LEADS}) l WHERE l.session_id = b.session_id AND l.user_id = b.user_id AND l.part = b.part)""",
    "one person in two places": """
        SELECT a.id, b.id FROM scheduling_booking a JOIN scheduling_booking b ON a.id < b.id
            AND (a.user_id = b.user_id OR a.patient_id = b.patient_id)
            AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        WHERE a.released_at IS NULL AND b.released_at IS NULL""",
    "a visitor of another program": """
        SELECT b.id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
            JOIN groups_group g ON g.id = s.group_id JOIN patients_episode e ON e.id = b.episode_id
        WHERE b.part = 'visitor' AND (e.program_id <> g.program_id OR e.patient_id <> b.patient_id)""",
    "a live booking of a cancelled session": """
        SELECT b.id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE b.released_at IS NULL AND s.status = 'cancelled'
        UNION ALL SELECT b.id FROM scheduling_booking b JOIN scheduling_appointment a ON a.id = b.appointment_id
        WHERE b.released_at IS NULL AND a.status = 'cancelled'""",
    "two live bookings of one person at one thing": """
        SELECT session_id, appointment_id, user_id, patient_id FROM scheduling_booking WHERE released_at IS NULL
        GROUP BY 1, 2, 3, 4 HAVING count(*) > 1""",
    "a booking at another time than its session": """
        SELECT b.id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE (b.starts_at, b.ends_at) <> (s.starts_at, s.ends_at)
        UNION ALL SELECT b.id FROM scheduling_booking b JOIN scheduling_appointment a ON a.id = b.appointment_id
        WHERE (b.starts_at, b.ends_at) <> (a.starts_at, a.ends_at)""",
}


def contradictions(now) -> dict[str, list[tuple]]:
    """Every fact above that has a counterexample, with its rows. Empty when all is well."""
    found = {}
    with connection.cursor() as cursor:
        for name, sql in _FACTS.items():
            cursor.execute(sql, {"now": now})
            if rows := cursor.fetchall():
                found[name] = rows
    return found
