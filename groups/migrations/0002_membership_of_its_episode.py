"""A membership's patient is its episode's patient: held by a composite foreign key, which Django can't declare."""

from django.db import migrations


def same_patient(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""ALTER TABLE {table} ADD CONSTRAINT {table}_episode_of_patient
            FOREIGN KEY (episode_id, patient_id) REFERENCES patients_episode (id, patient_id)""",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_episode_of_patient",
    )


class Migration(migrations.Migration):
    dependencies = [("groups", "0001_initial"), ("patients", "0001_initial")]
    operations = [same_patient("groups_membership"), same_patient("groups_waitlistentry")]
