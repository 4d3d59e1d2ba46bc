"""Boards of groups: posts, reports, who agreed to what holds there, how far each has read; and their walls."""

import core.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from core.migrations import Together
from django.db import migrations, models


TABLES = (
    "threads_board",
    "threads_boardagreement",
    "threads_boardseen",
    "threads_post",
    "threads_report",
    "threads_boardevent",
    "threads_postevent",
    "threads_reportevent",
)


class Migration(migrations.Migration):

    dependencies = [
        ('groups', '0003_qualifications'),
        ('patients', '0005_first_days'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('rooms', '0002_device_tests'),
        ('threads', '0002_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='Board',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('looks_first', models.BooleanField(default=True, help_text='Otherwise posts are shown at once, and can be hidden afterwards.', verbose_name='shown only after somebody who leads has looked')),
                    ('opened_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='turned on')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='turned off')),
                    ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='turned off by')),
                    ('group', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='board', to='groups.group', verbose_name='group')),
                    ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='turned on by')),
                ],
                options={
                    'verbose_name': 'board',
                    'verbose_name_plural': 'boards',
                },
            ),
            migrations.CreateModel(
                name='BoardAgreement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                    ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rooms.agreement', verbose_name='agreement')),
                    ('board', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreed', to='threads.board', verbose_name='board')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'agreement to a board’s guidelines',
                    'verbose_name_plural': 'agreements to boards’ guidelines',
                },
            ),
            migrations.CreateModel(
                name='BoardEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('looks_first', models.BooleanField(default=True, help_text='Otherwise posts are shown at once, and can be hidden afterwards.', verbose_name='shown only after somebody who leads has looked')),
                    ('opened_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='turned on')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='turned off')),
                    ('closed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='turned off by')),
                    ('group', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='groups.group', verbose_name='group')),
                    ('opened_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='turned on by')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='threads.board')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='BoardSeen',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('up_to', models.DateTimeField(verbose_name='read up to')),
                    ('board', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seen', to='threads.board', verbose_name='board')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reader')),
                ],
                options={
                    'verbose_name': 'reading of a board',
                    'verbose_name_plural': 'readings of boards',
                },
            ),
            migrations.CreateModel(
                name='Post',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('text', core.fields.EncryptedTextField(verbose_name='text')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                    ('key', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='sent once')),
                    ('state', models.CharField(choices=[('waiting', 'Waits for a look'), ('shown', 'Shown'), ('hidden', 'Hidden'), ('taken_back', 'Taken back')], default='waiting', max_length=10, verbose_name='state')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                    ('reason', models.CharField(blank=True, choices=[('contact', 'A way to reach somebody'), ('name', 'Tells about somebody else'), ('hard', 'Hard for others to read now'), ('unkind', 'Could hurt somebody'), ('private', 'Better for the care team'), ('elsewhere', 'Does not belong here')], max_length=10, verbose_name='why it is hidden')),
                    ('note', core.fields.EncryptedTextField(blank=True, verbose_name='what its author is told')),
                    ('taken_back_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('pinned_at', models.DateTimeField(blank=True, null=True, verbose_name='pinned')),
                    ('answers', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='threads.post', verbose_name='answers')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('board', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='threads.board', verbose_name='board')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('patient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'post',
                    'verbose_name_plural': 'posts',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='PostEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                    ('key', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='sent once')),
                    ('state', models.CharField(choices=[('waiting', 'Waits for a look'), ('shown', 'Shown'), ('hidden', 'Hidden'), ('taken_back', 'Taken back')], default='waiting', max_length=10, verbose_name='state')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                    ('reason', models.CharField(blank=True, choices=[('contact', 'A way to reach somebody'), ('name', 'Tells about somebody else'), ('hard', 'Hard for others to read now'), ('unkind', 'Could hurt somebody'), ('private', 'Better for the care team'), ('elsewhere', 'Does not belong here')], max_length=10, verbose_name='why it is hidden')),
                    ('note', core.fields.EncryptedTextField(blank=True, verbose_name='what its author is told')),
                    ('taken_back_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('pinned_at', models.DateTimeField(blank=True, null=True, verbose_name='pinned')),
                    ('answers', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='threads.post', verbose_name='answers')),
                    ('author', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('board', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='threads.board', verbose_name='board')),
                    ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='threads.post')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Report',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('reason', models.CharField(choices=[('worry', 'I am worried about whoever wrote it'), ('contact', 'It holds a way to reach somebody'), ('name', 'It tells something about somebody else'), ('unkind', 'It hurts me or somebody else'), ('hard', 'It is hard for me to read'), ('other', 'Something else')], max_length=10, verbose_name='reason')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='in their words')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                    ('outcome', models.CharField(blank=True, choices=[('kept', 'The post stays'), ('hidden', 'The post was hidden'), ('gone', 'Its author had taken it back')], max_length=10, verbose_name='outcome')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient', verbose_name='patient')),
                    ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='threads.post', verbose_name='post')),
                    ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports_made', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
                    ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by')),
                ],
                options={
                    'verbose_name': 'report of a post',
                    'verbose_name_plural': 'reports of posts',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='ReportEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('reason', models.CharField(choices=[('worry', 'I am worried about whoever wrote it'), ('contact', 'It holds a way to reach somebody'), ('name', 'It tells something about somebody else'), ('unkind', 'It hurts me or somebody else'), ('hard', 'It is hard for me to read'), ('other', 'Something else')], max_length=10, verbose_name='reason')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                    ('outcome', models.CharField(blank=True, choices=[('kept', 'The post stays'), ('hidden', 'The post was hidden'), ('gone', 'Its author had taken it back')], max_length=10, verbose_name='outcome')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='threads.report')),
                    ('post', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='threads.post', verbose_name='post')),
                    ('reporter', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reported by')),
                    ('settled_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ]),
        Together([
            migrations.AddConstraint(
                model_name='board',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None)), models.Q(('closed_at__gte', models.F('opened_at')), ('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='a_board_is_closed_by_somebody'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='board',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c8eb0db91873cba0257a57b0932ba9b6f579f816', operation='DELETE', pgid='pgtrigger_never_deleted_78da2', table='threads_board', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='board',
                trigger=pgtrigger.compiler.Trigger(name='stays_its_groups', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."group_id" IS DISTINCT FROM (NEW."group_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d0270dbe8726f020e86167b68f6fa794bcb9916c', operation='UPDATE', pgid='pgtrigger_stays_its_groups_1df99', table='threads_board', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='board',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "threads_boardevent" ("closed_at", "closed_by_id", "created_at", "group_id", "id", "looks_first", "opened_at", "opened_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "uid") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."created_at", NEW."group_id", NEW."id", NEW."looks_first", NEW."opened_at", NEW."opened_by_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."uid"); RETURN NULL;', hash='b335d244878076e93f0a9f7a0b0bbf8b466cfabf', operation='INSERT', pgid='pgtrigger_insert_insert_a9ce5', table='threads_board', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='board',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "threads_boardevent" ("closed_at", "closed_by_id", "created_at", "group_id", "id", "looks_first", "opened_at", "opened_by_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "uid") VALUES (NEW."closed_at", NEW."closed_by_id", NEW."created_at", NEW."group_id", NEW."id", NEW."looks_first", NEW."opened_at", NEW."opened_by_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."uid"); RETURN NULL;', hash='86b13ca229da0e6e83888cbd455cf545acca1891', operation='UPDATE', pgid='pgtrigger_update_update_f32d0', table='threads_board', when='AFTER')),
            ),
            migrations.AddConstraint(
                model_name='boardagreement',
                constraint=models.UniqueConstraint(fields=('board', 'patient', 'agreement'), name='agreed_once_to_a_board', nulls_distinct=False),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='boardagreement',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='28f46f57643dccc4f184a5346d15a2fe52e152fb', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ff438', table='threads_boardagreement', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='boardevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6f89a0014373d5e146f466a2781d071d7d963784', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_82139', table='threads_boardevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='boardseen',
                constraint=models.UniqueConstraint(fields=('board', 'user'), name='one_reading_of_a_board'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='boardseen',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4514063a91090f3cfada11cfe0db9a6463c93afe', operation='DELETE', pgid='pgtrigger_never_deleted_c47b0', table='threads_boardseen', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='post',
                index=models.Index(fields=['board', '-at'], name='posts_of_a_board'),
            ),
            migrations.AddIndex(
                model_name='post',
                index=models.Index(fields=['author', '-at'], name='posts_of_somebody'),
            ),
            migrations.AddIndex(
                model_name='post',
                index=models.Index(condition=models.Q(('state', 'waiting')), fields=['board'], name='posts_waiting'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.UniqueConstraint(fields=('author', 'key'), name='a_post_is_sent_once'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='a_post_says_something'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'shown', 'hidden', 'taken_back'])), name='post_state_is_known'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='a_post_is_decided_by_somebody'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'hidden'), _negated=True), ('note', ''), ('reason', '')), models.Q(('decided_at__isnull', False), ('reason__in', ['contact', 'name', 'hard', 'unkind', 'private', 'elsewhere']), ('state', 'hidden')), _connector='OR'), name='a_hidden_post_has_a_reason'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'taken_back'), ('taken_back_at__isnull', False)), models.Q(models.Q(('state', 'taken_back'), _negated=True), ('taken_back_at', None)), _connector='OR'), name='a_post_is_taken_back_once'),
            ),
            migrations.AddConstraint(
                model_name='post',
                constraint=models.CheckConstraint(condition=models.Q(('pinned_at', None), models.Q(('answers', None), ('state', 'shown')), _connector='OR'), name='what_is_pinned_is_shown'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='post',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='27641fd3cdfba15595a4a60242e62089a52feb8f', operation='DELETE', pgid='pgtrigger_never_deleted_c2fa2', table='threads_post', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='post',
                trigger=pgtrigger.compiler.Trigger(name='stays_as_written', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."board_id" IS DISTINCT FROM (NEW."board_id") OR OLD."answers_id" IS DISTINCT FROM (NEW."answers_id") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."key" IS DISTINCT FROM (NEW."key"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c51689707b9f8c79ff60a908b4f786a3b0ccbac7', operation='UPDATE', pgid='pgtrigger_stays_as_written_c0c33', table='threads_post', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='post',
                trigger=pgtrigger.compiler.Trigger(name='belongs', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nDECLARE\n    of_group bigint; closed timestamptz; there text; on_day date; parent record;\nBEGIN\n    SELECT b.group_id, b.closed_at INTO of_group, closed FROM threads_board b WHERE b.id = NEW.board_id FOR SHARE;\n    IF closed IS NOT NULL THEN\n        RAISE EXCEPTION 'This board is closed: nothing is posted';\n    END IF;\n    SELECT p.zone INTO there FROM groups_group g JOIN accounts_program p ON p.id = g.program_id WHERE g.id = of_group;\n    on_day := timezone(there, NEW.at)::date;\n    IF NEW.patient_id IS NULL THEN\n        PERFORM FROM groups_facilitator f WHERE f.group_id = of_group AND f.user_id = NEW.author_id\n            AND f.joined_on <= on_day AND (f.left_on IS NULL OR f.left_on > on_day) FOR SHARE;\n    ELSE\n        PERFORM FROM groups_membership m JOIN patients_patient p ON p.id = m.patient_id\n            WHERE m.group_id = of_group AND m.patient_id = NEW.patient_id AND p.user_id = NEW.author_id\n            AND m.joined_on <= on_day AND (m.left_on IS NULL OR m.left_on > on_day) FOR SHARE OF m;\n    END IF;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'Only who is in this group posts on its board';\n    END IF;\n    IF NEW.answers_id IS NOT NULL THEN\n        SELECT t.board_id, t.answers_id INTO parent FROM threads_post t WHERE t.id = NEW.answers_id;\n        IF parent.board_id <> NEW.board_id OR parent.answers_id IS NOT NULL THEN\n            RAISE EXCEPTION 'An answer is to a post of the same board';\n        END IF;\n    END IF;\n    IF NEW.state NOT IN ('waiting', 'shown') THEN\n        RAISE EXCEPTION 'A post begins as waiting or shown';\n    END IF;\n    RETURN NEW;\nEND;\n", hash='902bb0077d61a62380b15157aa4268e24898c416', operation='INSERT', pgid='pgtrigger_belongs_8e15b', table='threads_post', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='post',
                trigger=pgtrigger.compiler.Trigger(name='goes_on', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{waiting:shown,waiting:hidden,waiting:taken_back,shown:waiting,shown:hidden,shown:taken_back,hidden:shown,hidden:taken_back}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='27faeede823ada668acf721360ddb7ee8406f0f6', operation='UPDATE', pgid='pgtrigger_goes_on_99fed', table='threads_post', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='post',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "threads_postevent" ("answers_id", "at", "author_id", "board_id", "created_at", "decided_at", "decided_by_id", "id", "key", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned_at", "reason", "state", "taken_back_at", "uid") VALUES (NEW."answers_id", NEW."at", NEW."author_id", NEW."board_id", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."id", NEW."key", NEW."note", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pinned_at", NEW."reason", NEW."state", NEW."taken_back_at", NEW."uid"); RETURN NULL;', hash='5baf87ed8c3f1443619cd74f679bb2ebbd8221b2', operation='INSERT', pgid='pgtrigger_insert_insert_9f56f', table='threads_post', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='post',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."answers_id" IS DISTINCT FROM (NEW."answers_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."author_id" IS DISTINCT FROM (NEW."author_id") OR OLD."board_id" IS DISTINCT FROM (NEW."board_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."pinned_at" IS DISTINCT FROM (NEW."pinned_at") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."taken_back_at" IS DISTINCT FROM (NEW."taken_back_at") OR OLD."uid" IS DISTINCT FROM (NEW."uid"))', func='INSERT INTO "threads_postevent" ("answers_id", "at", "author_id", "board_id", "created_at", "decided_at", "decided_by_id", "id", "key", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pinned_at", "reason", "state", "taken_back_at", "uid") VALUES (NEW."answers_id", NEW."at", NEW."author_id", NEW."board_id", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."id", NEW."key", NEW."note", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pinned_at", NEW."reason", NEW."state", NEW."taken_back_at", NEW."uid"); RETURN NULL;', hash='ccff658f8c13641572552bfb35eaef313003791c', operation='UPDATE', pgid='pgtrigger_update_update_0ae6f', table='threads_post', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='postevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='47d00648ad3a38b64694decdf6c5beea9993370b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_00c67', table='threads_postevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='report',
                index=models.Index(condition=models.Q(('settled_at', None)), fields=['post'], name='reports_open'),
            ),
            migrations.AddConstraint(
                model_name='report',
                constraint=models.UniqueConstraint(condition=models.Q(('settled_at', None)), fields=('post', 'reporter'), name='one_open_report_of_a_post'),
            ),
            migrations.AddConstraint(
                model_name='report',
                constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['worry', 'contact', 'name', 'unkind', 'hard', 'other'])), name='report_reason_is_known'),
            ),
            migrations.AddConstraint(
                model_name='report',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', 'other'), _negated=True), models.Q(('words', ''), _negated=True), _connector='OR'), name='a_report_of_something_else_says_what'),
            ),
            migrations.AddConstraint(
                model_name='report',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('settled_at', None), ('settled_by', None)), models.Q(('outcome__in', ['kept', 'hidden', 'gone']), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='a_report_is_settled_by_somebody'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='report',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='7e226a11f52159abe51187e0ec8265cfaa4d76b9', operation='DELETE', pgid='pgtrigger_never_deleted_622f1', table='threads_report', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='report',
                trigger=pgtrigger.compiler.Trigger(name='stays_as_made', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."post_id" IS DISTINCT FROM (NEW."post_id") OR OLD."reporter_id" IS DISTINCT FROM (NEW."reporter_id") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."words" IS DISTINCT FROM (NEW."words") OR OLD."at" IS DISTINCT FROM (NEW."at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='ea5686a61dbd416be5e557510031a2307860c1c2', operation='UPDATE', pgid='pgtrigger_stays_as_made_45fb5', table='threads_report', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='report',
                trigger=pgtrigger.compiler.Trigger(name='settled_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."settled_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='231e706e7f1bb9092fccca1d952a8a35ffdc9637', operation='UPDATE', pgid='pgtrigger_settled_once_7773d', table='threads_report', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='report',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "threads_reportevent" ("at", "created_at", "id", "outcome", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "reason", "reporter_id", "settled_at", "settled_by_id", "uid") VALUES (NEW."at", NEW."created_at", NEW."id", NEW."outcome", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."post_id", NEW."reason", NEW."reporter_id", NEW."settled_at", NEW."settled_by_id", NEW."uid"); RETURN NULL;', hash='fa6b1c5b879e5b4fde5fcbf59636f2e017b3eea5', operation='INSERT', pgid='pgtrigger_insert_insert_6b6f4', table='threads_report', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='report',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."post_id" IS DISTINCT FROM (NEW."post_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."reporter_id" IS DISTINCT FROM (NEW."reporter_id") OR OLD."settled_at" IS DISTINCT FROM (NEW."settled_at") OR OLD."settled_by_id" IS DISTINCT FROM (NEW."settled_by_id") OR OLD."uid" IS DISTINCT FROM (NEW."uid"))', func='INSERT INTO "threads_reportevent" ("at", "created_at", "id", "outcome", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "post_id", "reason", "reporter_id", "settled_at", "settled_by_id", "uid") VALUES (NEW."at", NEW."created_at", NEW."id", NEW."outcome", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."post_id", NEW."reason", NEW."reporter_id", NEW."settled_at", NEW."settled_by_id", NEW."uid"); RETURN NULL;', hash='052997aada43b7b57c09349640c113edc84ebbba', operation='UPDATE', pgid='pgtrigger_update_update_ca958', table='threads_report', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reportevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5ad4e78390f3f4121288affe4e1f25645ae33f6c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c217a', table='threads_reportevent', when='BEFORE')),
            ),
        ]),
        # What refuses DELETE refuses TRUNCATE too.
        migrations.RunSQL(
            "\n".join(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();"
                for table in TABLES
            ),
            "\n".join(f"DROP TRIGGER refuse_truncate ON {table};" for table in TABLES),
        ),
    ]
