"""Walls found missing: parts of a plan refuse TRUNCATE as its seal refuses DELETE, a rule of a measure is never deleted, and who took
a shift away is on the record."""

import pgtrigger.compiler
import pgtrigger.migrations
from core.migrations import Together
from django.db import migrations


SEALED = (
    "clinical_problem",
    "clinical_goal",
    "clinical_objective",
    "clinical_intervention",
    "clinical_workedon",
    "clinical_measurerule",
)


class Migration(migrations.Migration):

    dependencies = [
        ('clinical', '0009_sign_void_frees_attendance'),
    ]

    operations = [
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
                f"DROP TRIGGER refuse_truncate ON {table}",
            )
            for table in SEALED
        ),
        Together([
            pgtrigger.migrations.AddTrigger(
                model_name='measurerule',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='00a56e32feb9d5b6032320e2541c3b3236ab2db3', operation='DELETE', pgid='pgtrigger_never_deleted_83cd6', table='clinical_measurerule', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='oncallshift',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_oncallshiftevent" ("created_at", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "starts_at", "uid", "user_id") VALUES (OLD."created_at", OLD."ends_at", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."program_id", OLD."starts_at", OLD."uid", OLD."user_id"); RETURN NULL;', hash='97469a9ae62df7503aafe7668ae5059b7cdade3a', operation='DELETE', pgid='pgtrigger_delete_delete_3c426', table='clinical_oncallshift', when='AFTER')),
            ),
        ]),
    ]
