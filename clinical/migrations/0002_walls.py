"""What Django can't declare: composite foreign keys, a held session stays as it was held, and sealed tables are not truncated.

TRUNCATE fires no row trigger, so sealed tables refuse it by a statement trigger. The one way past it is the database setting
iop.may_truncate, which only a test database has.
"""

from django.db import migrations

SEALED = ("clinical_progressnote", "clinical_addendum", "clinical_attendance", "audit_read")

NO_TRUNCATE = """
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('iop.may_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is sealed and cannot be truncated', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "\n".join(
    f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();"
    for table in SEALED
)

UNDO_TRUNCATE = "\n".join(f"DROP TRIGGER refuse_truncate ON {table};" for table in SEALED) + (
    "DROP FUNCTION refuse_truncate();"
)

HELD_STAYS = """
CREATE FUNCTION held_session_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM clinical_attendance a WHERE a.session_id = OLD.id) THEN
        RAISE EXCEPTION 'a session with attendance stays as it was held' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER held_session_stays BEFORE UPDATE OF starts_at, ends_at, status, break_minutes, group_id ON scheduling_session
FOR EACH ROW WHEN (
    (OLD.starts_at, OLD.ends_at, OLD.status, OLD.break_minutes, OLD.group_id)
    IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.status, NEW.break_minutes, NEW.group_id)
) EXECUTE FUNCTION held_session_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinical", "0001_initial"),
        ("scheduling", "0002_times_follow_session"),
        ("patients", "0001_initial"),
        ("audit", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            """ALTER TABLE clinical_attendance ADD CONSTRAINT attendance_episode_of_patient
               FOREIGN KEY (episode_id, patient_id) REFERENCES patients_episode (id, patient_id)""",
            "ALTER TABLE clinical_attendance DROP CONSTRAINT attendance_episode_of_patient",
        ),
        migrations.RunSQL(
            """ALTER TABLE clinical_progressnote ADD CONSTRAINT note_of_somebody_who_attended
               FOREIGN KEY (attendance_id, attended) REFERENCES clinical_attendance (id, attended)""",
            "ALTER TABLE clinical_progressnote DROP CONSTRAINT note_of_somebody_who_attended",
        ),
        migrations.RunSQL(
            HELD_STAYS,
            "DROP TRIGGER held_session_stays ON scheduling_session; DROP FUNCTION held_session_stays();",
        ),
        migrations.RunSQL(NO_TRUNCATE, UNDO_TRUNCATE),
    ]
