"""An appointment's bookings follow its times, as a session's do; whose episode it is and whose booking are one person's."""

from django.db import migrations


def same_person(table: str) -> migrations.RunSQL:
    """A row's episode and patient belong together."""
    return migrations.RunSQL(
        f"""ALTER TABLE scheduling_{table} ADD CONSTRAINT {table}_of_its_episode
            FOREIGN KEY (episode_id, patient_id) REFERENCES patients_episode (id, patient_id)""",
        f"ALTER TABLE scheduling_{table} DROP CONSTRAINT {table}_of_its_episode",
    )


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_real_life")]
    operations = [
        migrations.RunSQL(
            """ALTER TABLE scheduling_booking ADD CONSTRAINT booking_times_follow_appointment
               FOREIGN KEY (appointment_id, starts_at, ends_at)
               REFERENCES scheduling_appointment (id, starts_at, ends_at) ON UPDATE CASCADE""",
            "ALTER TABLE scheduling_booking DROP CONSTRAINT booking_times_follow_appointment",
        ),
        *(same_person(table) for table in ("booking", "appointment", "appointmentseries", "seatoffer")),
        # What was cancelled or moved before this column was there had been decided by a person.
        migrations.RunSQL(
            "UPDATE scheduling_session SET by_hand = true WHERE changes > 0 OR status = 'cancelled'",
            migrations.RunSQL.noop,
        ),
    ]
