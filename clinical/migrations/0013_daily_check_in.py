"""The daily check-in: a row a day, never deleted, each change in its history."""

import core.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinical', '0011_walls_of_rooms'),
        ('patients', '0004_on_call'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='DailyCheckIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('on', models.DateField(verbose_name='day')),
                    ('mood', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='mood')),
                    ('craving', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='cravings or urges')),
                    ('no_craving', models.BooleanField(default=False, verbose_name='cravings don’t apply')),
                    ('coping', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='coping')),
                    ('sleep_hours', models.PositiveSmallIntegerField(blank=True, help_text='3 stands for 3 or fewer, 10 for 10 or more.', null=True, verbose_name='hours slept')),
                    ('sleep_quality', models.PositiveSmallIntegerField(blank=True, choices=[(0, 'Very badly'), (1, 'Badly'), (2, 'So-so'), (3, 'Well'), (4, 'Very well')], null=True, verbose_name='sleep')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='in their own words')),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last changed')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='daily_check_ins', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'daily check-in',
                    'verbose_name_plural': 'daily check-ins',
                    'ordering': ['-on'],
                },
            ),
            migrations.CreateModel(
                name='DailyCheckInEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('on', models.DateField(verbose_name='day')),
                    ('mood', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='mood')),
                    ('craving', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='cravings or urges')),
                    ('no_craving', models.BooleanField(default=False, verbose_name='cravings don’t apply')),
                    ('coping', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='coping')),
                    ('sleep_hours', models.PositiveSmallIntegerField(blank=True, help_text='3 stands for 3 or fewer, 10 for 10 or more.', null=True, verbose_name='hours slept')),
                    ('sleep_quality', models.PositiveSmallIntegerField(blank=True, choices=[(0, 'Very badly'), (1, 'Badly'), (2, 'So-so'), (3, 'Well'), (4, 'Very well')], null=True, verbose_name='sleep')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='in their own words')),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last changed')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.dailycheckin')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ]),
        Together([
            migrations.AddConstraint(
                model_name='dailycheckin',
                constraint=models.UniqueConstraint(fields=('patient', 'on'), name='one_check_in_a_day'),
            ),
            migrations.AddConstraint(
                model_name='dailycheckin',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('mood', None), ('mood__range', (0, 10)), _connector='OR'), models.Q(('craving', None), ('craving__range', (0, 10)), _connector='OR'), models.Q(('coping', None), ('coping__range', (0, 10)), _connector='OR'), models.Q(('sleep_hours', None), ('sleep_hours__range', (3, 10)), _connector='OR'), models.Q(('sleep_quality', None), ('sleep_quality__range', (0, 4)), _connector='OR')), name='check_in_answers_are_in_range'),
            ),
            migrations.AddConstraint(
                model_name='dailycheckin',
                constraint=models.CheckConstraint(condition=models.Q(('no_craving', False), ('craving', None), _connector='OR'), name='no_strength_of_no_craving'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dailycheckin',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='069392416fb01a2958034a2f6d2f3dde03b14c9b', operation='DELETE', pgid='pgtrigger_never_deleted_6f4db', table='clinical_dailycheckin', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dailycheckin',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_dailycheckinevent" ("changed_at", "coping", "craving", "created_at", "id", "mood", "no_craving", "on", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sleep_hours", "sleep_quality", "uid", "words") VALUES (NEW."changed_at", NEW."coping", NEW."craving", NEW."created_at", NEW."id", NEW."mood", NEW."no_craving", NEW."on", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sleep_hours", NEW."sleep_quality", NEW."uid", NEW."words"); RETURN NULL;', hash='69549a83bbb878f72d3e184e132d1adec6d73773', operation='INSERT', pgid='pgtrigger_insert_insert_93177', table='clinical_dailycheckin', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dailycheckin',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_dailycheckinevent" ("changed_at", "coping", "craving", "created_at", "id", "mood", "no_craving", "on", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sleep_hours", "sleep_quality", "uid", "words") VALUES (NEW."changed_at", NEW."coping", NEW."craving", NEW."created_at", NEW."id", NEW."mood", NEW."no_craving", NEW."on", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sleep_hours", NEW."sleep_quality", NEW."uid", NEW."words"); RETURN NULL;', hash='988860c1b1ce4c2e9cb70bca7080f1018bff8fbd', operation='UPDATE', pgid='pgtrigger_update_update_43532', table='clinical_dailycheckin', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='dailycheckinevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d6abe3b561cf654dce7ce73556b19d9db5fe7d70', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_999e6', table='clinical_dailycheckinevent', when='BEFORE')),
            ),
        ]),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
                f"DROP TRIGGER refuse_truncate ON {table}",
            )
            for table in ("clinical_dailycheckin", "clinical_dailycheckinevent")
        ),
    ]
