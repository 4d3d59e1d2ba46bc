"""What groups work through, unit by unit; a group follows a curriculum of its own program, held by a composite foreign key."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cosignature'),
        ('groups', '0003_qualifications'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='Curriculum',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('name', models.CharField(max_length=120, verbose_name='name')),
                    ('kind', models.CharField(blank=True, choices=[('psychoeducation', 'Psychoeducation'), ('skills', 'Skills'), ('process', 'Process'), ('support', 'Support')], max_length=16, verbose_name='kind')),
                    ('approach', models.CharField(blank=True, choices=[('cbt', 'Cognitive behavioral therapy (CBT)'), ('dbt', 'Dialectical behavior therapy (DBT)'), ('mi', 'Motivational interviewing (MI)'), ('mindfulness', 'Mindfulness'), ('relapse_prevention', 'Relapse prevention'), ('act', 'Acceptance and commitment therapy (ACT)'), ('seeking_safety', 'Seeking safety'), ('twelve_step', 'Twelve-step facilitation'), ('interpersonal', 'Interpersonal'), ('mutual_support', 'Mutual support')], max_length=20, verbose_name='approach')),
                    ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended on')),
                ],
                options={
                    'verbose_name': 'curriculum',
                    'verbose_name_plural': 'curricula',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='CurriculumEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('name', models.CharField(max_length=120, verbose_name='name')),
                    ('kind', models.CharField(blank=True, choices=[('psychoeducation', 'Psychoeducation'), ('skills', 'Skills'), ('process', 'Process'), ('support', 'Support')], max_length=16, verbose_name='kind')),
                    ('approach', models.CharField(blank=True, choices=[('cbt', 'Cognitive behavioral therapy (CBT)'), ('dbt', 'Dialectical behavior therapy (DBT)'), ('mi', 'Motivational interviewing (MI)'), ('mindfulness', 'Mindfulness'), ('relapse_prevention', 'Relapse prevention'), ('act', 'Acceptance and commitment therapy (ACT)'), ('seeking_safety', 'Seeking safety'), ('twelve_step', 'Twelve-step facilitation'), ('interpersonal', 'Interpersonal'), ('mutual_support', 'Mutual support')], max_length=20, verbose_name='approach')),
                    ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended on')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='CurriculumUnit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                    ('title', models.CharField(max_length=120, verbose_name='title')),
                    ('title_es', models.CharField(blank=True, max_length=120, verbose_name='title in Spanish')),
                    ('aim', models.TextField(blank=True, verbose_name='aim')),
                ],
                options={
                    'verbose_name': 'unit',
                    'verbose_name_plural': 'units',
                    'ordering': ['place', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CurriculumUnitEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                    ('title', models.CharField(max_length=120, verbose_name='title')),
                    ('title_es', models.CharField(blank=True, max_length=120, verbose_name='title in Spanish')),
                    ('aim', models.TextField(blank=True, verbose_name='aim')),
                ],
                options={
                    'abstract': False,
                },
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='group',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='group',
                name='update_update',
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='group',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "groups_groupevent" ("approach", "capacity", "created_at", "curriculum_id", "ended_on", "focus", "id", "kind", "meeting_url", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "topic", "uid") VALUES (NEW."approach", NEW."capacity", NEW."created_at", NEW."curriculum_id", NEW."ended_on", NEW."focus", NEW."id", NEW."kind", NEW."meeting_url", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."program_id", NEW."topic", NEW."uid"); RETURN NULL;', hash='106255663fdd088be69ca666539097e0d5d9b553', operation='INSERT', pgid='pgtrigger_insert_insert_6026d', table='groups_group', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='group',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "groups_groupevent" ("approach", "capacity", "created_at", "curriculum_id", "ended_on", "focus", "id", "kind", "meeting_url", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "topic", "uid") VALUES (NEW."approach", NEW."capacity", NEW."created_at", NEW."curriculum_id", NEW."ended_on", NEW."focus", NEW."id", NEW."kind", NEW."meeting_url", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."program_id", NEW."topic", NEW."uid"); RETURN NULL;', hash='f1f4196ab9e91808770a75ba4e0e1d5d5cf6d2ad', operation='UPDATE', pgid='pgtrigger_update_update_02517', table='groups_group', when='AFTER')),
            ),
        ]),
        Together([
            migrations.AddField(
                model_name='curriculum',
                name='program',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='curricula', to='accounts.program', verbose_name='program'),
            ),
            migrations.AddField(
                model_name='group',
                name='curriculum',
                field=models.ForeignKey(blank=True, help_text='What it works through. Members find what belongs to it first in their library.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='groups.curriculum', verbose_name='curriculum'),
            ),
            migrations.AddField(
                model_name='groupevent',
                name='curriculum',
                field=models.ForeignKey(blank=True, db_constraint=False, help_text='What it works through. Members find what belongs to it first in their library.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='groups.curriculum', verbose_name='curriculum'),
            ),
            migrations.AddField(
                model_name='curriculumevent',
                name='pgh_context',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
            ),
            migrations.AddField(
                model_name='curriculumevent',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='groups.curriculum'),
            ),
            migrations.AddField(
                model_name='curriculumevent',
                name='program',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.program', verbose_name='program'),
            ),
            migrations.AddField(
                model_name='curriculumunit',
                name='curriculum',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='groups.curriculum', verbose_name='curriculum'),
            ),
            migrations.AddField(
                model_name='curriculumunitevent',
                name='curriculum',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='groups.curriculum', verbose_name='curriculum'),
            ),
            migrations.AddField(
                model_name='curriculumunitevent',
                name='pgh_context',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
            ),
            migrations.AddField(
                model_name='curriculumunitevent',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='groups.curriculumunit'),
            ),
            migrations.AddConstraint(
                model_name='curriculum',
                constraint=models.UniqueConstraint(fields=('program', 'name'), name='one_curriculum_of_a_name'),
            ),
            migrations.AddConstraint(
                model_name='curriculum',
                constraint=models.UniqueConstraint(fields=('id', 'program'), name='curriculum_with_its_program'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculum',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c50b5afc901784fa39456e6f25f0c26512d5ff5f', operation='DELETE', pgid='pgtrigger_never_deleted_d4f6d', table='groups_curriculum', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculum',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "groups_curriculumevent" ("approach", "created_at", "ended_on", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "uid") VALUES (NEW."approach", NEW."created_at", NEW."ended_on", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."program_id", NEW."uid"); RETURN NULL;', hash='6ffb57592a0c8069acdd2727d8694cea4c1f59e0', operation='INSERT', pgid='pgtrigger_insert_insert_44529', table='groups_curriculum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculum',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "groups_curriculumevent" ("approach", "created_at", "ended_on", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "uid") VALUES (NEW."approach", NEW."created_at", NEW."ended_on", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."program_id", NEW."uid"); RETURN NULL;', hash='afe07dfe6e89c995cfc3dff6b703bdeabe97d3ea', operation='UPDATE', pgid='pgtrigger_update_update_6bfc1', table='groups_curriculum', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='12fa0ac7044336d86bc4c1b563bc891201ba3a3e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f6a9f', table='groups_curriculumevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='curriculumunit',
                constraint=models.UniqueConstraint(fields=('curriculum', 'title'), name='one_unit_of_a_title'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumunit',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='7876c892e3879509559198aa8f10f16e8db33e99', operation='DELETE', pgid='pgtrigger_never_deleted_c3838', table='groups_curriculumunit', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumunit',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "groups_curriculumunitevent" ("aim", "created_at", "curriculum_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "title", "title_es", "uid") VALUES (NEW."aim", NEW."created_at", NEW."curriculum_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."title", NEW."title_es", NEW."uid"); RETURN NULL;', hash='eeb0268d9ff5d0a515562783a21a9203899cdbdd', operation='INSERT', pgid='pgtrigger_insert_insert_16e08', table='groups_curriculumunit', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumunit',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "groups_curriculumunitevent" ("aim", "created_at", "curriculum_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "title", "title_es", "uid") VALUES (NEW."aim", NEW."created_at", NEW."curriculum_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."title", NEW."title_es", NEW."uid"); RETURN NULL;', hash='dde7cfe7deca4fe8337417ae5281b0a7be9edd0d', operation='UPDATE', pgid='pgtrigger_update_update_f7c2e', table='groups_curriculumunit', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumunitevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='68ed547af8466d9eda07476caeaecaf28d167453', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4b82a', table='groups_curriculumunitevent', when='BEFORE')),
            ),
        ]),
        migrations.RunSQL(
            """ALTER TABLE groups_group ADD CONSTRAINT groups_group_curriculum_of_program
               FOREIGN KEY (curriculum_id, program_id) REFERENCES groups_curriculum (id, program_id)""",
            "ALTER TABLE groups_group DROP CONSTRAINT groups_group_curriculum_of_program",
        ),
    ]
