"""A booking's times are its session's: moving a session moves its bookings in the same statement, and the exclusion
constraints on bookings then decide whether everybody is free."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """ALTER TABLE scheduling_booking ADD CONSTRAINT booking_times_follow_session
               FOREIGN KEY (session_id, starts_at, ends_at) REFERENCES scheduling_session (id, starts_at, ends_at)
               ON UPDATE CASCADE""",
            "ALTER TABLE scheduling_booking DROP CONSTRAINT booking_times_follow_session",
        )
    ]
