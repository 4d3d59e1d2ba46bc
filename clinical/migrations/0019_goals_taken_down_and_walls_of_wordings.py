"""A goal shared with a group may be taken down by a leader. Walls of words in other languages: what refuses DELETE refuses TRUNCATE
too (the function stands on this floor)."""

import core.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# By what the database itself says: those of these tables with a trigger before DELETE, histories too, that have none yet.
SEAL = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT DISTINCT t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relname ~ '^(patients_consentwording|rooms_agreementwording)(event)?$'
          AND NOT t.tgisinternal AND t.tgtype & 2 > 0 AND t.tgtype & 8 > 0
          AND NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = c.oid AND o.tgname = 'refuse_truncate')
    LOOP
        EXECUTE format(
            'CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s '
            'FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', found);
    END LOOP;
END $$
"""
UNSEAL = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relname ~ '^(patients_consentwording|rooms_agreementwording)(event)?$' AND t.tgname = 'refuse_truncate'
    LOOP
        EXECUTE format('DROP TRIGGER refuse_truncate ON %s', found);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinical', '0018_own_record'),
        ('groups', '0005_unit_prompts'),
        ('patients', '0006_consents_in_languages'),
        ('rooms', '0003_agreements_in_languages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='sharedgoal',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='sharedgoal',
            name='update_update',
        ),
        migrations.AddField(
            model_name='sharedgoal',
            name='taken_down_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken down by'),
        ),
        migrations.AddField(
            model_name='sharedgoal',
            name='taken_down_words',
            field=core.fields.EncryptedTextField(blank=True, verbose_name='said to them'),
        ),
        migrations.AddField(
            model_name='sharedgoalevent',
            name='taken_down_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken down by'),
        ),
        migrations.AddField(
            model_name='sharedgoalevent',
            name='taken_down_words',
            field=core.fields.EncryptedTextField(blank=True, verbose_name='said to them'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharedgoal',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_sharedgoalevent" ("created_at", "ended_at", "id", "line", "membership_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shared_at", "taken_down_by_id", "taken_down_words", "uid") VALUES (NEW."created_at", NEW."ended_at", NEW."id", NEW."line", NEW."membership_id", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."shared_at", NEW."taken_down_by_id", NEW."taken_down_words", NEW."uid"); RETURN NULL;', hash='bced85ef4f9445dafb143237fa0539768c0cc868', operation='INSERT', pgid='pgtrigger_insert_insert_c00c3', table='clinical_sharedgoal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharedgoal',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."line" IS DISTINCT FROM (NEW."line") OR OLD."membership_id" IS DISTINCT FROM (NEW."membership_id") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."shared_at" IS DISTINCT FROM (NEW."shared_at") OR OLD."taken_down_by_id" IS DISTINCT FROM (NEW."taken_down_by_id") OR OLD."taken_down_words" IS DISTINCT FROM (NEW."taken_down_words") OR OLD."uid" IS DISTINCT FROM (NEW."uid"))', func='INSERT INTO "clinical_sharedgoalevent" ("created_at", "ended_at", "id", "line", "membership_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shared_at", "taken_down_by_id", "taken_down_words", "uid") VALUES (NEW."created_at", NEW."ended_at", NEW."id", NEW."line", NEW."membership_id", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."shared_at", NEW."taken_down_by_id", NEW."taken_down_words", NEW."uid"); RETURN NULL;', hash='478f08f86697e50d111f528d04dd2b71ea7e3371', operation='UPDATE', pgid='pgtrigger_update_update_723b0', table='clinical_sharedgoal', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='sharedgoal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_down_by', None), ('taken_down_words', '')), models.Q(('ended_at__isnull', False), ('taken_down_by__isnull', False), models.Q(('taken_down_words', ''), _negated=True)), _connector='OR'), name='a_goal_taken_down_has_a_word'),
        ),
        migrations.RunSQL(SEAL, UNSEAL),
    ]
