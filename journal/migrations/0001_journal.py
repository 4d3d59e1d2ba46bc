"""A person's own journal: wrapped keys and sealed entries without a history; what they share, with one of facts alone; prompts."""

import core.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0003_cosignature'),
        ('patients', '0004_on_call'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='Prompt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(blank=True, choices=[('psychoeducation', 'Psychoeducation'), ('skills', 'Skills'), ('process', 'Process'), ('support', 'Support')], help_text='Offered first to whoever is in a group of this kind. Blank: to everybody.', max_length=16, verbose_name='kind of group')),
                    ('topic', models.CharField(blank=True, max_length=160, verbose_name='unit or topic')),
                    ('text', models.CharField(max_length=300, verbose_name='prompt')),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place in the list')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='journal_prompts', to='accounts.program', verbose_name='program')),
                ],
                options={
                    'verbose_name': 'journal prompt',
                    'verbose_name_plural': 'journal prompts',
                    'ordering': ['place', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='PromptEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(blank=True, choices=[('psychoeducation', 'Psychoeducation'), ('skills', 'Skills'), ('process', 'Process'), ('support', 'Support')], help_text='Offered first to whoever is in a group of this kind. Blank: to everybody.', max_length=16, verbose_name='kind of group')),
                    ('topic', models.CharField(blank=True, max_length=160, verbose_name='unit or topic')),
                    ('text', models.CharField(max_length=300, verbose_name='prompt')),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place in the list')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='journal.prompt')),
                    ('program', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.program', verbose_name='program')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SharedEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('entry_uid', models.UUIDField(verbose_name='entry')),
                    ('on', models.DateField(verbose_name='day')),
                    ('title', core.fields.EncryptedTextField(blank=True, verbose_name='title')),
                    ('text', core.fields.EncryptedTextField(blank=True, verbose_name='text')),
                    ('shared_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='shared')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shared_entries', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'shared entry',
                    'verbose_name_plural': 'shared entries',
                    'ordering': ['-shared_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='SharedEntryEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('entry_uid', models.UUIDField(verbose_name='entry')),
                    ('on', models.DateField(verbose_name='day')),
                    ('shared_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='shared')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='journal.sharedentry')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Vault',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('iterations', models.PositiveIntegerField()),
                    ('salt', models.CharField(max_length=24, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9+/]{22}==$')])),
                    ('wrapped', models.CharField(max_length=80, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9+/]{80}$')])),
                    ('recovery_salt', models.CharField(max_length=24, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9+/]{22}==$')])),
                    ('recovery_wrapped', models.CharField(max_length=80, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9+/]{80}$')])),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='journal_vault', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'journal',
                    'verbose_name_plural': 'journals',
                },
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('on', models.DateField(verbose_name='day')),
                    ('title_box', models.TextField()),
                    ('text_box', models.TextField()),
                    ('for_group_at', models.DateTimeField(blank=True, null=True, verbose_name='kept for the next session')),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('vault', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='journal.vault', verbose_name='journal')),
                ],
                options={
                    'verbose_name': 'journal entry',
                    'verbose_name_plural': 'journal entries',
                    'ordering': ['-on', '-pk'],
                },
            ),
        ]),
        Together([
            migrations.AddConstraint(
                model_name='prompt',
                constraint=models.UniqueConstraint(fields=('program', 'text'), name='one_prompt_of_a_wording'),
            ),
            migrations.AddConstraint(
                model_name='prompt',
                constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='a_journal_prompt_says_something'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='prompt',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='233949591cf62a9f24104c02993c9d5cd81c22d6', operation='DELETE', pgid='pgtrigger_never_deleted_6673b', table='journal_prompt', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='prompt',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "journal_promptevent" ("created_at", "id", "is_active", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "program_id", "text", "topic", "uid") VALUES (NEW."created_at", NEW."id", NEW."is_active", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."program_id", NEW."text", NEW."topic", NEW."uid"); RETURN NULL;', hash='7bcbb930f9145681fbbc1a8b8cab219c24dc0eda', operation='INSERT', pgid='pgtrigger_insert_insert_c863a', table='journal_prompt', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='prompt',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "journal_promptevent" ("created_at", "id", "is_active", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "program_id", "text", "topic", "uid") VALUES (NEW."created_at", NEW."id", NEW."is_active", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."program_id", NEW."text", NEW."topic", NEW."uid"); RETURN NULL;', hash='dd635c022c031b62e874a523492b4a53665d7312', operation='UPDATE', pgid='pgtrigger_update_update_a3a1a', table='journal_prompt', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='promptevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0bebfcde668d1ba766f43911e325d45c6704bf3a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c37d8', table='journal_promptevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='sharedentry',
                index=models.Index(fields=['patient', '-shared_at'], name='shared_of_a_patient'),
            ),
            migrations.AddConstraint(
                model_name='sharedentry',
                constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('entry_uid',), name='an_entry_is_shared_once'),
            ),
            migrations.AddConstraint(
                model_name='sharedentry',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), models.Q(('text', ''), _negated=True)), models.Q(('text', ''), ('title', ''), ('withdrawn_at__isnull', False)), _connector='OR'), name='what_is_taken_back_is_empty'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedentry',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='10f737c3333cd1a6ca3a14664cbb517afde1aa62', operation='DELETE', pgid='pgtrigger_never_deleted_1fa4b', table='journal_sharedentry', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedentry',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "journal_sharedentryevent" ("created_at", "entry_uid", "id", "on", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shared_at", "uid", "withdrawn_at") VALUES (NEW."created_at", NEW."entry_uid", NEW."id", NEW."on", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."shared_at", NEW."uid", NEW."withdrawn_at"); RETURN NULL;', hash='7a5933f92d8c151dcbbe9d8a7813530a1310df2a', operation='INSERT', pgid='pgtrigger_insert_insert_5f01a', table='journal_sharedentry', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedentry',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."entry_uid" IS DISTINCT FROM (NEW."entry_uid") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."on" IS DISTINCT FROM (NEW."on") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."shared_at" IS DISTINCT FROM (NEW."shared_at") OR OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."withdrawn_at" IS DISTINCT FROM (NEW."withdrawn_at"))', func='INSERT INTO "journal_sharedentryevent" ("created_at", "entry_uid", "id", "on", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shared_at", "uid", "withdrawn_at") VALUES (NEW."created_at", NEW."entry_uid", NEW."id", NEW."on", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."shared_at", NEW."uid", NEW."withdrawn_at"); RETURN NULL;', hash='59fda3c20280bcc89f096a6f7533803726217da7', operation='UPDATE', pgid='pgtrigger_update_update_233ea', table='journal_sharedentry', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sharedentryevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='095c1064ff39bc587c855184a86a486d06022678', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_95af2', table='journal_sharedentryevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='vault',
                constraint=models.CheckConstraint(condition=models.Q(('recovery_salt__regex', '^[A-Za-z0-9+/]{22}==$'), ('salt__regex', '^[A-Za-z0-9+/]{22}==$'), ('recovery_wrapped__regex', '^[A-Za-z0-9+/]{80}$'), ('wrapped__regex', '^[A-Za-z0-9+/]{80}$')), name='journal_keys_are_wrapped'),
            ),
            migrations.AddConstraint(
                model_name='vault',
                constraint=models.CheckConstraint(condition=models.Q(('iterations__range', (600000, 10000000))), name='journal_key_takes_long'),
            ),
            migrations.AddIndex(
                model_name='entry',
                index=models.Index(fields=['vault', '-on'], name='entries_of_a_journal'),
            ),
            migrations.AddIndex(
                model_name='entry',
                index=models.Index(condition=models.Q(('for_group_at__isnull', False)), fields=['vault'], name='entries_for_the_session'),
            ),
            migrations.AddConstraint(
                model_name='entry',
                constraint=models.CheckConstraint(condition=models.Q(('text_box__regex', '^[A-Za-z0-9+/]+={0,2}$'), ('title_box__regex', '^[A-Za-z0-9+/]+={0,2}$')), name='journal_entries_are_sealed'),
            ),
            migrations.AddConstraint(
                model_name='entry',
                constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='journal_versions_count_from_one'),
            ),
        ]),
    ]
