"""The library and homework: items, questions, homework, drafts, what was sent and what was answered."""

import core.fields
import django.db.models.deletion
import django.utils.timezone
import library.models.items
import library.recordings
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0003_cosignature'),
        ('groups', '0004_curricula'),
        ('patients', '0005_first_days'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('scheduling', '0004_walls_of_appointments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='Homework',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('assigned_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='given')),
                    ('due_on', models.DateField(blank=True, null=True, verbose_name='due')),
                    ('note', core.fields.EncryptedTextField(blank=True, verbose_name='note')),
                    ('state', models.CharField(choices=[('assigned', 'To do'), ('done', 'Done'), ('withdrawn', 'Withdrawn')], default='assigned', max_length=9, verbose_name='state')),
                    ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                    ('waiting_since', models.DateTimeField(blank=True, null=True, verbose_name='waits for an answer since')),
                    ('news_at', models.DateTimeField(blank=True, null=True, verbose_name='answer not read yet, of')),
                    ('assigned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='homework_given', to=settings.AUTH_USER_MODEL, verbose_name='given by')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='homework', to='patients.patient', verbose_name='patient')),
                    ('session', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='homework', to='scheduling.session', verbose_name='from the session')),
                    ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='withdrawn by')),
                ],
                options={
                    'verbose_name': 'homework',
                    'verbose_name_plural': 'homework',
                    'ordering': ['-assigned_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='LibraryItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(choices=[('article', 'Article'), ('worksheet', 'Worksheet'), ('recording', 'Recording')], max_length=10, verbose_name='kind')),
                    ('code', models.CharField(blank=True, editable=False, max_length=40, verbose_name='text of the house')),
                    ('version', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='version')),
                    ('title', models.CharField(blank=True, max_length=120, verbose_name='title')),
                    ('title_es', models.CharField(blank=True, max_length=120, verbose_name='title in Spanish')),
                    ('summary', models.CharField(blank=True, max_length=240, verbose_name='summary')),
                    ('summary_es', models.CharField(blank=True, max_length=240, verbose_name='summary in Spanish')),
                    ('text', models.TextField(blank=True, help_text='A blank line parts paragraphs; “# ” begins a heading, “- ” a point of a list, “1. ” a numbered one. Of a worksheet: what stands above its questions. Of a recording: every word that is said in it.', verbose_name='text')),
                    ('text_es', models.TextField(blank=True, verbose_name='text in Spanish')),
                    ('minutes', models.PositiveSmallIntegerField(default=5, verbose_name='minutes it takes')),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place in the list')),
                    ('file', models.FileField(blank=True, help_text='MP3, M4A, OGG, WAV, MP4 or WebM, 200 MB at most.', storage=library.models.items.recordings, upload_to=library.models.items.file_name, validators=[library.recordings.refuse_strange_file], verbose_name='audio or video file')),
                    ('link', models.URLField(blank=True, help_text='Begins with https://. Only to a place your program controls.', verbose_name='or a link to it')),
                    ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                    ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='library', to='accounts.program', verbose_name='program')),
                    ('replaces', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='library.libraryitem', verbose_name='replaces')),
                    ('unit', models.ForeignKey(blank=True, help_text='Members of groups that work through it find it first.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='library', to='groups.curriculumunit', verbose_name='unit of a curriculum')),
                ],
                options={
                    'verbose_name': 'library item',
                    'verbose_name_plural': 'library',
                    'ordering': ['place', 'title', 'title_es', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='HomeworkEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('assigned_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='given')),
                    ('due_on', models.DateField(blank=True, null=True, verbose_name='due')),
                    ('note', core.fields.EncryptedTextField(blank=True, verbose_name='note')),
                    ('state', models.CharField(choices=[('assigned', 'To do'), ('done', 'Done'), ('withdrawn', 'Withdrawn')], default='assigned', max_length=9, verbose_name='state')),
                    ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                    ('waiting_since', models.DateTimeField(blank=True, null=True, verbose_name='waits for an answer since')),
                    ('news_at', models.DateTimeField(blank=True, null=True, verbose_name='answer not read yet, of')),
                    ('assigned_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='given by')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='library.homework')),
                    ('session', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='scheduling.session', verbose_name='from the session')),
                    ('withdrawn_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='withdrawn by')),
                    ('item', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='library.libraryitem', verbose_name='item')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ]),
        Together([
            migrations.AddField(
                model_name='homework',
                name='item',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='homework', to='library.libraryitem', verbose_name='item'),
            ),
            migrations.CreateModel(
                name='LibraryItemEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(choices=[('article', 'Article'), ('worksheet', 'Worksheet'), ('recording', 'Recording')], max_length=10, verbose_name='kind')),
                    ('code', models.CharField(blank=True, editable=False, max_length=40, verbose_name='text of the house')),
                    ('version', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='version')),
                    ('title', models.CharField(blank=True, max_length=120, verbose_name='title')),
                    ('title_es', models.CharField(blank=True, max_length=120, verbose_name='title in Spanish')),
                    ('summary', models.CharField(blank=True, max_length=240, verbose_name='summary')),
                    ('summary_es', models.CharField(blank=True, max_length=240, verbose_name='summary in Spanish')),
                    ('text', models.TextField(blank=True, help_text='A blank line parts paragraphs; “# ” begins a heading, “- ” a point of a list, “1. ” a numbered one. Of a worksheet: what stands above its questions. Of a recording: every word that is said in it.', verbose_name='text')),
                    ('text_es', models.TextField(blank=True, verbose_name='text in Spanish')),
                    ('minutes', models.PositiveSmallIntegerField(default=5, verbose_name='minutes it takes')),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place in the list')),
                    ('file', models.FileField(blank=True, help_text='MP3, M4A, OGG, WAV, MP4 or WebM, 200 MB at most.', storage=library.models.items.recordings, upload_to=library.models.items.file_name, validators=[library.recordings.refuse_strange_file], verbose_name='audio or video file')),
                    ('link', models.URLField(blank=True, help_text='Begins with https://. Only to a place your program controls.', verbose_name='or a link to it')),
                    ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='library.libraryitem')),
                    ('program', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.program', verbose_name='program')),
                    ('replaces', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='library.libraryitem', verbose_name='replaces')),
                    ('unit', models.ForeignKey(blank=True, db_constraint=False, help_text='Members of groups that work through it find it first.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='groups.curriculumunit', verbose_name='unit of a curriculum')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Sending',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('number', models.PositiveSmallIntegerField(verbose_name='which')),
                    ('answers', core.fields.EncryptedJSONField()),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='sent')),
                    ('homework', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='library.homework', verbose_name='homework')),
                ],
                options={
                    'verbose_name': 'sent worksheet',
                    'verbose_name_plural': 'sent worksheets',
                    'ordering': ['number'],
                },
            ),
            migrations.CreateModel(
                name='Reply',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('text', core.fields.EncryptedTextField(verbose_name='text')),
                    ('again', models.BooleanField(default=False, verbose_name='asks for another round')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                    ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='homework_answered', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('sending', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='library.sending', verbose_name='sent worksheet')),
                ],
                options={
                    'verbose_name': 'answer to a worksheet',
                    'verbose_name_plural': 'answers to worksheets',
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Sheet',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('answers', core.fields.EncryptedJSONField(blank=True)),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('homework', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sheet', to='library.homework', verbose_name='homework')),
                ],
                options={
                    'verbose_name': 'worksheet being filled in',
                    'verbose_name_plural': 'worksheets being filled in',
                },
            ),
            migrations.CreateModel(
                name='WorksheetField',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                    ('kind', models.CharField(choices=[('short', 'A few words'), ('long', 'Some lines'), ('scale', '0 to 10'), ('choice', 'One of several'), ('choices', 'Any of several'), ('yes_no', 'Yes or no')], default='long', max_length=8, verbose_name='how it is answered')),
                    ('label', models.CharField(blank=True, max_length=240, verbose_name='question')),
                    ('label_es', models.CharField(blank=True, max_length=240, verbose_name='question in Spanish')),
                    ('help', models.CharField(blank=True, max_length=300, verbose_name='help')),
                    ('help_es', models.CharField(blank=True, max_length=300, verbose_name='help in Spanish')),
                    ('choices', models.TextField(blank=True, help_text='One on each line. Of a scale: what 0 means, and what 10 means.', verbose_name='answers')),
                    ('choices_es', models.TextField(blank=True, help_text='In the same order.', verbose_name='answers in Spanish')),
                    ('required', models.BooleanField(default=False, verbose_name='needed before it can be sent')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('item', models.ForeignKey(limit_choices_to={'kind': 'worksheet'}, on_delete=django.db.models.deletion.PROTECT, related_name='fields', to='library.libraryitem', verbose_name='worksheet')),
                ],
                options={
                    'verbose_name': 'question of a worksheet',
                    'verbose_name_plural': 'questions of worksheets',
                    'ordering': ['place', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='WorksheetFieldEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('place', models.PositiveSmallIntegerField(default=0, verbose_name='place')),
                    ('kind', models.CharField(choices=[('short', 'A few words'), ('long', 'Some lines'), ('scale', '0 to 10'), ('choice', 'One of several'), ('choices', 'Any of several'), ('yes_no', 'Yes or no')], default='long', max_length=8, verbose_name='how it is answered')),
                    ('label', models.CharField(blank=True, max_length=240, verbose_name='question')),
                    ('label_es', models.CharField(blank=True, max_length=240, verbose_name='question in Spanish')),
                    ('help', models.CharField(blank=True, max_length=300, verbose_name='help')),
                    ('help_es', models.CharField(blank=True, max_length=300, verbose_name='help in Spanish')),
                    ('choices', models.TextField(blank=True, help_text='One on each line. Of a scale: what 0 means, and what 10 means.', verbose_name='answers')),
                    ('choices_es', models.TextField(blank=True, help_text='In the same order.', verbose_name='answers in Spanish')),
                    ('required', models.BooleanField(default=False, verbose_name='needed before it can be sent')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('item', models.ForeignKey(db_constraint=False, limit_choices_to={'kind': 'worksheet'}, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='library.libraryitem', verbose_name='worksheet')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='library.worksheetfield')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.AddIndex(
                model_name='libraryitem',
                index=models.Index(fields=['program', 'place'], name='library_of_a_program'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['article', 'worksheet', 'recording'])), name='library_kind_is_known'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), models.Q(('title_es', ''), _negated=True), _connector='OR'), name='library_item_has_a_title'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('minutes__range', (1, 240))), name='library_item_takes_some_minutes'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('kind', 'recording'), models.Q(('file', ''), ('link', '')), _connector='OR'), name='only_recordings_have_files'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('published_at', None), ('kind', 'worksheet'), models.Q(models.Q(('text', ''), _negated=True), models.Q(('title', ''), _negated=True)), models.Q(models.Q(('text_es', ''), _negated=True), models.Q(('title_es', ''), _negated=True)), _connector='OR'), name='published_items_can_be_read'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('published_at', None), models.Q(('kind', 'recording'), _negated=True), models.Q(('file', ''), _negated=True), models.Q(('link', ''), _negated=True), _connector='OR'), name='published_recordings_can_be_heard'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('link', ''), ('link__startswith', 'https://'), _connector='OR'), name='library_link_is_safe'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at', None), ('published_at__isnull', False), _connector='OR'), name='withdrawn_items_were_published'),
            ),
            migrations.AddConstraint(
                model_name='libraryitem',
                constraint=models.UniqueConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), ('replaces', None)), fields=('program', 'code'), name='a_text_of_the_house_is_loaded_once'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='libraryitem',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d9b60038554a617b6c03f33137da938ac84a9dd3', operation='DELETE', pgid='pgtrigger_never_deleted_03fd5', table='library_libraryitem', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='libraryitem',
                trigger=pgtrigger.compiler.Trigger(name='stays_what_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."program_id" IS DISTINCT FROM (NEW."program_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='22cebc029089637c53d7ba2695ece981b18f9e84', operation='UPDATE', pgid='pgtrigger_stays_what_it_is_5be2b', table='library_libraryitem', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='libraryitem',
                trigger=pgtrigger.compiler.Trigger(name='unit_of_own_program', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NEW.unit_id IS NOT NULL AND NOT EXISTS (\n    SELECT 1 FROM groups_curriculumunit u JOIN groups_curriculum c ON c.id = u.curriculum_id\n    WHERE u.id = NEW.unit_id AND c.program_id = NEW.program_id\n) THEN\n    RAISE EXCEPTION 'a unit of another program' USING ERRCODE = 'check_violation', CONSTRAINT = 'item_of_its_programs_unit';\nEND IF;\nRETURN NEW;\n", hash='883542a907a66ce0b27550496e60da1e493f4fa0', operation='INSERT OR UPDATE', pgid='pgtrigger_unit_of_own_program_35359', table='library_libraryitem', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='libraryitem',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "library_libraryitemevent" ("code", "created_at", "file", "id", "kind", "link", "minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "program_id", "published_at", "replaces_id", "summary", "summary_es", "text", "text_es", "title", "title_es", "uid", "unit_id", "version", "withdrawn_at") VALUES (NEW."code", NEW."created_at", NEW."file", NEW."id", NEW."kind", NEW."link", NEW."minutes", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."program_id", NEW."published_at", NEW."replaces_id", NEW."summary", NEW."summary_es", NEW."text", NEW."text_es", NEW."title", NEW."title_es", NEW."uid", NEW."unit_id", NEW."version", NEW."withdrawn_at"); RETURN NULL;', hash='020d113b6b546df617a6c35a51f9c22a43a47de1', operation='INSERT', pgid='pgtrigger_insert_insert_4fd68', table='library_libraryitem', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='libraryitem',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "library_libraryitemevent" ("code", "created_at", "file", "id", "kind", "link", "minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "program_id", "published_at", "replaces_id", "summary", "summary_es", "text", "text_es", "title", "title_es", "uid", "unit_id", "version", "withdrawn_at") VALUES (NEW."code", NEW."created_at", NEW."file", NEW."id", NEW."kind", NEW."link", NEW."minutes", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."program_id", NEW."published_at", NEW."replaces_id", NEW."summary", NEW."summary_es", NEW."text", NEW."text_es", NEW."title", NEW."title_es", NEW."uid", NEW."unit_id", NEW."version", NEW."withdrawn_at"); RETURN NULL;', hash='157258b9bf73a322908908ddea79b277472eba35', operation='UPDATE', pgid='pgtrigger_update_update_c433c', table='library_libraryitem', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='homeworkevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='22078545335147830db540ad7c1b523febb7411b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5372e', table='library_homeworkevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='homework',
                index=models.Index(fields=['patient', '-assigned_at'], name='homework_of_a_patient'),
            ),
            migrations.AddIndex(
                model_name='homework',
                index=models.Index(condition=models.Q(('waiting_since__isnull', False)), fields=['waiting_since'], name='homework_to_answer'),
            ),
            migrations.AddConstraint(
                model_name='homework',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'assigned')), fields=('patient', 'item'), name='one_open_homework_of_an_item'),
            ),
            migrations.AddConstraint(
                model_name='homework',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('state', 'assigned'), ('withdrawn_at', None), ('withdrawn_by', None)), models.Q(('done_at__isnull', False), ('state', 'done'), ('withdrawn_at', None), ('withdrawn_by', None)), models.Q(('state', 'withdrawn'), ('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False)), _connector='OR'), name='homework_state_is_whole'),
            ),
            migrations.AddConstraint(
                model_name='homework',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), _negated=True), ('waiting_since', None), _connector='OR'), name='what_is_withdrawn_waits_for_nobody'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='homework',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='1033983534bef8a144428b1c8702f2f5428b95c2', operation='DELETE', pgid='pgtrigger_never_deleted_b5e0d', table='library_homework', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='homework',
                trigger=pgtrigger.compiler.Trigger(name='stays_whose_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."item_id" IS DISTINCT FROM (NEW."item_id") OR OLD."assigned_by_id" IS DISTINCT FROM (NEW."assigned_by_id") OR OLD."assigned_at" IS DISTINCT FROM (NEW."assigned_at") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a1e50f624ee86f64183bd223054c53b27088a59f', operation='UPDATE', pgid='pgtrigger_stays_whose_it_is_c1e24', table='library_homework', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='homework',
                trigger=pgtrigger.compiler.Trigger(name='of_own_program', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NOT EXISTS (\n    SELECT 1 FROM library_libraryitem i JOIN patients_episode e ON e.program_id = i.program_id\n    WHERE i.id = NEW.item_id AND e.patient_id = NEW.patient_id\n) THEN\n    RAISE EXCEPTION 'of another program' USING ERRCODE = 'check_violation', CONSTRAINT = 'homework_of_own_program';\nEND IF;\nRETURN NEW;\n", hash='5be07c7c65c4d4aa301f93e58d7fe4874b321768', operation='INSERT', pgid='pgtrigger_of_own_program_40748', table='library_homework', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='homework',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "library_homeworkevent" ("assigned_at", "assigned_by_id", "created_at", "done_at", "due_on", "id", "item_id", "news_at", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "state", "uid", "waiting_since", "withdrawn_at", "withdrawn_by_id") VALUES (NEW."assigned_at", NEW."assigned_by_id", NEW."created_at", NEW."done_at", NEW."due_on", NEW."id", NEW."item_id", NEW."news_at", NEW."note", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."session_id", NEW."state", NEW."uid", NEW."waiting_since", NEW."withdrawn_at", NEW."withdrawn_by_id"); RETURN NULL;', hash='1ced25c5fd2a4a36bd84bfeb17ed27609f8624e0', operation='INSERT', pgid='pgtrigger_insert_insert_ddad7', table='library_homework', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='homework',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "library_homeworkevent" ("assigned_at", "assigned_by_id", "created_at", "done_at", "due_on", "id", "item_id", "news_at", "note", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "state", "uid", "waiting_since", "withdrawn_at", "withdrawn_by_id") VALUES (NEW."assigned_at", NEW."assigned_by_id", NEW."created_at", NEW."done_at", NEW."due_on", NEW."id", NEW."item_id", NEW."news_at", NEW."note", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."session_id", NEW."state", NEW."uid", NEW."waiting_since", NEW."withdrawn_at", NEW."withdrawn_by_id"); RETURN NULL;', hash='d4226c9e3817a848fae5b5974866876809aee370', operation='UPDATE', pgid='pgtrigger_update_update_bffb1', table='library_homework', when='AFTER')),
            ),
        ]),
        Together([
            pgtrigger.migrations.AddTrigger(
                model_name='libraryitemevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8601e67419af03093064de88dd209cdf1ec0227b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f6267', table='library_libraryitemevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='sending',
                constraint=models.UniqueConstraint(fields=('homework', 'number'), name='sendings_are_counted'),
            ),
            migrations.AddConstraint(
                model_name='sending',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('answers', ''), _negated=True), ('number__gte', 1)), name='a_sending_says_something'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sending',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='873986310416e09492ce7332df5a1e6a30ec7a1b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_151f3', table='library_sending', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sending',
                trigger=pgtrigger.compiler.Trigger(name='sent_while_it_stands', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF TG_OP = 'INSERT' THEN\n    PERFORM 1 FROM library_libraryitem i JOIN library_homework h ON h.item_id = i.id WHERE h.id = NEW.homework_id\n    FOR NO KEY UPDATE OF i;\nEND IF;\nPERFORM 1 FROM library_homework WHERE id = NEW.homework_id FOR NO KEY UPDATE;\nIF NOT EXISTS (\n    SELECT 1 FROM library_homework h JOIN library_libraryitem i ON i.id = h.item_id\n    WHERE h.id = NEW.homework_id AND h.state <> 'withdrawn' AND i.kind = 'worksheet'\n) THEN\n    RAISE EXCEPTION 'nothing to be filled in' USING ERRCODE = 'check_violation', CONSTRAINT = 'filled_in_while_it_stands';\nEND IF;\nRETURN NEW;\n", hash='72fbad6176fa8bed04641f4bc779a693d34cf87f', operation='INSERT', pgid='pgtrigger_sent_while_it_stands_61e49', table='library_sending', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='reply',
                constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='an_answer_says_something'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='reply',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9060c182cd61f8513eb55100482a3dd91237628d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4452c', table='library_reply', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='sheet',
                constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='sheet_versions_count_from_one'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sheet',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3b097b110d190542f1300e1a1b414d3c17c45bd1', operation='DELETE', pgid='pgtrigger_never_deleted_d3286', table='library_sheet', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='sheet',
                trigger=pgtrigger.compiler.Trigger(name='filled_in_while_it_stands', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF TG_OP = 'INSERT' THEN\n    PERFORM 1 FROM library_libraryitem i JOIN library_homework h ON h.item_id = i.id WHERE h.id = NEW.homework_id\n    FOR NO KEY UPDATE OF i;\nEND IF;\nPERFORM 1 FROM library_homework WHERE id = NEW.homework_id FOR NO KEY UPDATE;\nIF NOT EXISTS (\n    SELECT 1 FROM library_homework h JOIN library_libraryitem i ON i.id = h.item_id\n    WHERE h.id = NEW.homework_id AND h.state <> 'withdrawn' AND i.kind = 'worksheet'\n) THEN\n    RAISE EXCEPTION 'nothing to be filled in' USING ERRCODE = 'check_violation', CONSTRAINT = 'filled_in_while_it_stands';\nEND IF;\nRETURN NEW;\n", hash='26148bd9eacddbb8a56494aec713c37b65cea41e', operation='INSERT OR UPDATE', pgid='pgtrigger_filled_in_while_it_stands_d222b', table='library_sheet', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='worksheetfield',
                index=models.Index(fields=['item', 'place'], name='questions_of_a_worksheet'),
            ),
            migrations.AddConstraint(
                model_name='worksheetfield',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['short', 'long', 'scale', 'choice', 'choices', 'yes_no'])), name='question_kind_is_known'),
            ),
            migrations.AddConstraint(
                model_name='worksheetfield',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('label', ''), _negated=True), models.Q(('label_es', ''), _negated=True), _connector='OR'), name='a_question_asks_something'),
            ),
            migrations.AddConstraint(
                model_name='worksheetfield',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['choice', 'choices']), _negated=True), models.Q(('choices', ''), _negated=True), models.Q(('choices_es', ''), _negated=True), _connector='OR'), name='a_choice_has_answers'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='worksheetfield',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d22c38ba4d01a5eed9e14884ea622fd7e6efe4c7', operation='DELETE', pgid='pgtrigger_never_deleted_e6471', table='library_worksheetfield', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='worksheetfield',
                trigger=pgtrigger.compiler.Trigger(name='stays_in_its_worksheet', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."item_id" IS DISTINCT FROM (NEW."item_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c64c4cfc51d94f7130ed97c406a55fb96cf1285c', operation='UPDATE', pgid='pgtrigger_stays_in_its_worksheet_448a8', table='library_worksheetfield', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='worksheetfield',
                trigger=pgtrigger.compiler.Trigger(name='asked_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nPERFORM 1 FROM library_libraryitem WHERE id = NEW.item_id FOR NO KEY UPDATE;\nIF EXISTS (SELECT 1 FROM library_sheet s JOIN library_homework h ON h.id = s.homework_id WHERE h.item_id = NEW.item_id) THEN\n    RAISE EXCEPTION 'somebody has answered this worksheet' USING ERRCODE = 'check_violation', CONSTRAINT = 'questions_asked_stay';\nEND IF;\nRETURN NEW;\n", hash='87a54938e03e251235708785f85aaeb7e69d66c8', operation='INSERT OR UPDATE', pgid='pgtrigger_asked_stays_48dd2', table='library_worksheetfield', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='worksheetfield',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "library_worksheetfieldevent" ("choices", "choices_es", "created_at", "help", "help_es", "id", "is_active", "item_id", "kind", "label", "label_es", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "required", "uid") VALUES (NEW."choices", NEW."choices_es", NEW."created_at", NEW."help", NEW."help_es", NEW."id", NEW."is_active", NEW."item_id", NEW."kind", NEW."label", NEW."label_es", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."required", NEW."uid"); RETURN NULL;', hash='1f154fb2d91f9a778cfaec08711a43f70eae5b89', operation='INSERT', pgid='pgtrigger_insert_insert_31095', table='library_worksheetfield', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='worksheetfield',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "library_worksheetfieldevent" ("choices", "choices_es", "created_at", "help", "help_es", "id", "is_active", "item_id", "kind", "label", "label_es", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "required", "uid") VALUES (NEW."choices", NEW."choices_es", NEW."created_at", NEW."help", NEW."help_es", NEW."id", NEW."is_active", NEW."item_id", NEW."kind", NEW."label", NEW."label_es", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."required", NEW."uid"); RETURN NULL;', hash='67309e7499e004381254f993fbc627f07a9daf0e', operation='UPDATE', pgid='pgtrigger_update_update_4189d', table='library_worksheetfield', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='worksheetfieldevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='41e5e7fb9f4fb11df6bfff4b68e855e4ba74b932', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_798d1', table='library_worksheetfieldevent', when='BEFORE')),
            ),
        ]),
    ]
