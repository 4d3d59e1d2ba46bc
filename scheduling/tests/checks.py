"""What must hold between members, facilitators, sessions and bookings, asked of the database in its own words."""

from django.db import connection

_DAY = "(s.starts_at AT TIME ZONE s.zone)::date"
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
        SELECT s.id, f.user_id FROM scheduling_session s JOIN groups_facilitator f ON f.group_id = s.group_id
        WHERE s.status = 'scheduled' AND s.starts_at > %(now)s AND f.joined_on <= {_DAY}
          AND (f.left_on IS NULL OR f.left_on > {_DAY}) AND NOT EXISTS (
            SELECT FROM scheduling_booking b
            WHERE b.session_id = s.id AND b.user_id = f.user_id AND b.part = f.part AND b.released_at IS NULL)""",
    "a booking without a facilitator": f"""
        SELECT b.id, b.user_id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE b.released_at IS NULL AND b.user_id IS NOT NULL AND s.starts_at > %(now)s AND NOT EXISTS (
            SELECT FROM groups_facilitator f
            WHERE f.group_id = s.group_id AND f.user_id = b.user_id AND f.part = b.part
              AND f.joined_on <= {_DAY} AND (f.left_on IS NULL OR f.left_on > {_DAY}))""",
    "a live booking of a cancelled session": """
        SELECT b.id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE b.released_at IS NULL AND s.status = 'cancelled'""",
    "two live bookings of one person at one session": """
        SELECT session_id, user_id, patient_id FROM scheduling_booking WHERE released_at IS NULL
        GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "a booking at another time than its session": """
        SELECT b.id FROM scheduling_booking b JOIN scheduling_session s ON s.id = b.session_id
        WHERE (b.starts_at, b.ends_at) <> (s.starts_at, s.ends_at)""",
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
