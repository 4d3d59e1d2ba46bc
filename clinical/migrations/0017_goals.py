"""Goals in plain words, own steps, what is shared, suggested changes; and what refuses DELETE refuses TRUNCATE too, also of requests."""

import core.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0005_requests'),
        ('clinical', '0016_walls_of_the_library'),
        ('groups', '0003_qualifications'),
        ('patients', '0005_first_days'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='OwnStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('line', models.UUIDField(verbose_name='line')),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                    ('text', core.fields.EncryptedTextField(verbose_name='step')),
                    ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='ticked')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='put away')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='own_steps', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'own step',
                    'verbose_name_plural': 'own steps',
                    'ordering': ['place', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='OwnStepEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('line', models.UUIDField(verbose_name='line')),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                    ('text', core.fields.EncryptedTextField(verbose_name='step')),
                    ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='ticked')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='put away')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.ownstep')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PlainWords',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('line', models.UUIDField(verbose_name='line')),
                    ('text', core.fields.EncryptedTextField(blank=True, verbose_name='in plain words')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plain_words', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'goal in plain words',
                    'verbose_name_plural': 'goals in plain words',
                },
            ),
            migrations.CreateModel(
                name='PlainWordsEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('line', models.UUIDField(verbose_name='line')),
                    ('text', core.fields.EncryptedTextField(blank=True, verbose_name='in plain words')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.plainwords')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='PlanSuggestion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(max_length=16, verbose_name='kind')),
                    ('sections', core.fields.EncryptedJSONField(help_text='By section, only those that would change.', verbose_name='texts')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='why')),
                    ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('taken', 'Taken over into the plan'), ('answered', 'Answered'), ('withdrawn', 'Taken back')], default='open', max_length=9, verbose_name='state')),
                    ('version', models.PositiveSmallIntegerField(default=1, verbose_name='times written')),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last written')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                    ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suggestions', to='clinical.document', verbose_name='the version it is about')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_suggestions', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'suggested change',
                    'verbose_name_plural': 'suggested changes',
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='PlanSuggestionEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(max_length=16, verbose_name='kind')),
                    ('sections', core.fields.EncryptedJSONField(help_text='By section, only those that would change.', verbose_name='texts')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='why')),
                    ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('taken', 'Taken over into the plan'), ('answered', 'Answered'), ('withdrawn', 'Taken back')], default='open', max_length=9, verbose_name='state')),
                    ('version', models.PositiveSmallIntegerField(default=1, verbose_name='times written')),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last written')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                    ('closed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('document', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.document', verbose_name='the version it is about')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.plansuggestion')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SharedGoal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('line', models.UUIDField(verbose_name='line')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='as shared')),
                    ('shared_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='shared')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shared_goals', to='groups.membership', verbose_name='membership')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shared_goals', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'goal shared with a group',
                    'verbose_name_plural': 'goals shared with a group',
                    'ordering': ['-shared_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='SharedGoalEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('line', models.UUIDField(verbose_name='line')),
                    ('shared_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='shared')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('membership', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='groups.membership', verbose_name='membership')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.sharedgoal')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ]),
        Together([
            migrations.AddIndex(
                model_name='ownstep',
                index=models.Index(fields=['patient', 'line'], name='steps_of_a_patient'),
            ),
            migrations.AddConstraint(
                model_name='ownstep',
                constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='step_says_something'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='ownstep',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ef2b9a592869581084ba9f2de7fd10402b62235f', operation='DELETE', pgid='pgtrigger_never_deleted_af6b1', table='clinical_ownstep', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='ownstep',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_ownstepevent" ("created_at", "done_at", "id", "line", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "removed_at", "text", "uid") VALUES (NEW."created_at", NEW."done_at", NEW."id", NEW."line", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."removed_at", NEW."text", NEW."uid"); RETURN NULL;', hash='9129c8bf4edcb8c3f5f20e000f9062d24a8cb1b7', operation='INSERT', pgid='pgtrigger_insert_insert_be72e', table='clinical_ownstep', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='ownstep',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_ownstepevent" ("created_at", "done_at", "id", "line", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "removed_at", "text", "uid") VALUES (NEW."created_at", NEW."done_at", NEW."id", NEW."line", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."removed_at", NEW."text", NEW."uid"); RETURN NULL;', hash='280aa6670800a2ba567abf34d2a532417b01e6ff', operation='UPDATE', pgid='pgtrigger_update_update_b20f6', table='clinical_ownstep', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='ownstepevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='472b99aa935cbbac97b3fceb9fd89d8527a39036', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_59278', table='clinical_ownstepevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='plainwords',
                constraint=models.UniqueConstraint(fields=('patient', 'line'), name='plain_words_once_a_line'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plainwords',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='09e9c4fe6338a2f4946710b78d1fa3e2c02c013d', operation='DELETE', pgid='pgtrigger_never_deleted_6f0f3', table='clinical_plainwords', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plainwords',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_plainwordsevent" ("at", "by_id", "created_at", "id", "line", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "uid") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."id", NEW."line", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."text", NEW."uid"); RETURN NULL;', hash='c9d6729a16a666788de5d8e043577a00196366fc', operation='INSERT', pgid='pgtrigger_insert_insert_efa2b', table='clinical_plainwords', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plainwords',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_plainwordsevent" ("at", "by_id", "created_at", "id", "line", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "text", "uid") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."id", NEW."line", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."text", NEW."uid"); RETURN NULL;', hash='dccd4859fdd8b0f909205a1e70d3fc522cb53c46', operation='UPDATE', pgid='pgtrigger_update_update_f3e1e', table='clinical_plainwords', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plainwordsevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c351ab21cb303d9f12ebefd196d66682e82cf74e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_780b3', table='clinical_plainwordsevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='plansuggestion',
                index=models.Index(fields=['patient', 'state'], name='suggestions_of_a_patient'),
            ),
            migrations.AddConstraint(
                model_name='plansuggestion',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('patient', 'kind'), name='one_open_suggestion_per_plan'),
            ),
            migrations.AddConstraint(
                model_name='plansuggestion',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['safety_plan', 'relapse_plan'])), name='suggestion_is_about_a_plan'),
            ),
            migrations.AddConstraint(
                model_name='plansuggestion',
                constraint=models.CheckConstraint(condition=models.Q(('sections', ''), _negated=True), name='suggestion_says_something'),
            ),
            migrations.AddConstraint(
                model_name='plansuggestion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('closed_at', None), ('closed_by', None), ('state', 'open')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'taken')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'answered'), models.Q(('answer', ''), _negated=True)), models.Q(('answer', ''), ('closed_at__isnull', False), ('closed_by', None), ('state', 'withdrawn')), _connector='OR'), name='suggestion_ends_whole'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plansuggestion',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='101198f58b055a6e841cfc40d8ad633d8af27763', operation='DELETE', pgid='pgtrigger_never_deleted_7df75', table='clinical_plansuggestion', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plansuggestion',
                trigger=pgtrigger.compiler.Trigger(name='closed_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD."state" = \'open\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='375ec58bd2ecf1d857243b1c9af2d4a7373c7e66', operation='UPDATE', pgid='pgtrigger_closed_stays_ba421', table='clinical_plansuggestion', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plansuggestion',
                trigger=pgtrigger.compiler.Trigger(name='of_an_own_plan', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF NOT EXISTS (SELECT FROM clinical_document d WHERE d.id = NEW.document_id AND d.patient_id = NEW.patient_id\n        AND d.kind IN ('safety_plan', 'relapse_plan') AND d.sealed_at IS NOT NULL) THEN\n        RAISE EXCEPTION 'one suggests changes to a plan of one''s own' USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    RETURN NEW;\n", hash='278bffc452a7313488837ab607b68e270d11b46b', operation='INSERT OR UPDATE', pgid='pgtrigger_of_an_own_plan_7f83e', table='clinical_plansuggestion', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plansuggestion',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_plansuggestionevent" ("answer", "changed_at", "closed_at", "closed_by_id", "created_at", "document_id", "id", "kind", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sections", "state", "uid", "version", "words") VALUES (NEW."answer", NEW."changed_at", NEW."closed_at", NEW."closed_by_id", NEW."created_at", NEW."document_id", NEW."id", NEW."kind", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sections", NEW."state", NEW."uid", NEW."version", NEW."words"); RETURN NULL;', hash='b7e2a52a16df51602240ff042ccb06edebdd0559', operation='INSERT', pgid='pgtrigger_insert_insert_b6312', table='clinical_plansuggestion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plansuggestion',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_plansuggestionevent" ("answer", "changed_at", "closed_at", "closed_by_id", "created_at", "document_id", "id", "kind", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sections", "state", "uid", "version", "words") VALUES (NEW."answer", NEW."changed_at", NEW."closed_at", NEW."closed_by_id", NEW."created_at", NEW."document_id", NEW."id", NEW."kind", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sections", NEW."state", NEW."uid", NEW."version", NEW."words"); RETURN NULL;', hash='8eb7d2f0a3c0a5b86e06e041ba243c3ad0697cb7', operation='UPDATE', pgid='pgtrigger_update_update_03505', table='clinical_plansuggestion', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='plansuggestionevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f7c96d78a33597db966f230942e05af069a4c56b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9ab9f', table='clinical_plansuggestionevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='sharedgoal',
                index=models.Index(condition=models.Q(('ended_at', None)), fields=['membership'], name='goals_shared_now'),
            ),
            migrations.AddConstraint(
                model_name='sharedgoal',
                constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('membership', 'line'), name='a_goal_is_shared_once'),
            ),
            migrations.AddConstraint(
                model_name='sharedgoal',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), models.Q(('words', ''), _negated=True)), models.Q(('ended_at__isnull', False), ('words', '')), _connector='OR'), name='a_goal_taken_back_is_empty'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedgoal',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='119c9995879cd049ea9209c4d8504b74563d7837', operation='DELETE', pgid='pgtrigger_never_deleted_b7082', table='clinical_sharedgoal', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedgoal',
                trigger=pgtrigger.compiler.Trigger(name='taken_back_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NOT NULL THEN\n        RAISE EXCEPTION 'what was taken back is not shared again' USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    IF NOT EXISTS (SELECT FROM groups_membership m WHERE m.id = NEW.membership_id AND m.patient_id = NEW.patient_id) THEN\n        RAISE EXCEPTION 'one shares in a group of one''s own' USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    RETURN NEW;\n", hash='ad2e1cb9505dbe659c46253f8885204e9a7b0c6d', operation='INSERT OR UPDATE', pgid='pgtrigger_taken_back_stays_9fd07', table='clinical_sharedgoal', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedgoal',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_sharedgoalevent" ("created_at", "ended_at", "id", "line", "membership_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shared_at", "uid") VALUES (NEW."created_at", NEW."ended_at", NEW."id", NEW."line", NEW."membership_id", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."shared_at", NEW."uid"); RETURN NULL;', hash='a7449e1736bdc8ec68625385034444301f7ae356', operation='INSERT', pgid='pgtrigger_insert_insert_c00c3', table='clinical_sharedgoal', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedgoal',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."ended_at" IS DISTINCT FROM (NEW."ended_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."line" IS DISTINCT FROM (NEW."line") OR OLD."membership_id" IS DISTINCT FROM (NEW."membership_id") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."shared_at" IS DISTINCT FROM (NEW."shared_at") OR OLD."uid" IS DISTINCT FROM (NEW."uid"))', func='INSERT INTO "clinical_sharedgoalevent" ("created_at", "ended_at", "id", "line", "membership_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shared_at", "uid") VALUES (NEW."created_at", NEW."ended_at", NEW."id", NEW."line", NEW."membership_id", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."shared_at", NEW."uid"); RETURN NULL;', hash='bd1a7df59529f295b18b69f43f16e41f71781240', operation='UPDATE', pgid='pgtrigger_update_update_723b0', table='clinical_sharedgoal', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedgoalevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='87b761b93b3eb95bb57cb584f717b03ddf164240', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_27d16', table='clinical_sharedgoalevent', when='BEFORE')),
            ),
        ]),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}{history} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
                f"DROP TRIGGER refuse_truncate ON {table}{history}",
            )
            for table in (
                "clinical_plainwords",
                "clinical_ownstep",
                "clinical_sharedgoal",
                "clinical_plansuggestion",
                "scheduling_requestpolicy",
                "scheduling_excuserequest",
                "scheduling_seatrequest",
            )
            for history in ("", "event")
        ),
    ]
