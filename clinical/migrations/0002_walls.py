"""What Django can't declare: composite foreign keys, a held session stays as it was held, and sealed tables are not truncated.

TRUNCATE fires no row trigger, so sealed tables refuse it by a statement trigger. The one way past it is the database setting
iop.may_truncate, which only a test database has.
"""

from django.db import migrations

# Whatever refuses DELETE refuses TRUNCATE too: the record, what it stands on, and every history.
SEALED = (
    "audit_read",
    "messaging_delivery",
    "patients_patient",
    "patients_episode",
    "patients_careteammember",
    "groups_group",
    "groups_facilitator",
    "groups_membership",
    "groups_waitlistentry",
    "scheduling_slot",
    "scheduling_session",
    "scheduling_booking",
    "clinical_attendance",
    "clinical_groupnote",
    "clinical_progressnote",
    "clinical_addendum",
)
HISTORIES = (
    "pghistory_context",
    "accounts_userevent",
    "accounts_programevent",
    "accounts_roleassignmentevent",
    "accounts_staffprofileevent",
    "accounts_licenceevent",
    "patients_patientevent",
    "patients_episodeevent",
    "patients_careteammemberevent",
    "groups_groupevent",
    "groups_facilitatorevent",
    "groups_membershipevent",
    "groups_waitlistentryevent",
    "scheduling_slotevent",
    "scheduling_sessionevent",
    "scheduling_bookingevent",
    "clinical_attendanceevent",
    "clinical_groupnoteevent",
    "clinical_progressnoteevent",
    "clinical_addendumevent",
)

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
    for table in SEALED + HISTORIES
)

UNDO_TRUNCATE = "\n".join(f"DROP TRIGGER refuse_truncate ON {table};" for table in SEALED + HISTORIES) + (
    "DROP FUNCTION refuse_truncate();"
)

# Who did it stands beside the histories, in a row that pghistory writes again as a request goes on. It may only grow.
CONTEXT_ONLY_GROWS = """
CREATE FUNCTION context_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NOT (NEW.id = OLD.id AND NEW.created_at = OLD.created_at AND NEW.metadata @> OLD.metadata) THEN
        RAISE EXCEPTION 'who changed what stays as it was written' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER context_only_grows BEFORE UPDATE OR DELETE ON pghistory_context
FOR EACH ROW EXECUTE FUNCTION context_only_grows();
"""

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
        ("messaging", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
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
        migrations.RunSQL(
            CONTEXT_ONLY_GROWS,
            "DROP TRIGGER context_only_grows ON pghistory_context; DROP FUNCTION context_only_grows();",
        ),
    ]
