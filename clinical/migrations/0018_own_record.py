"""One’s own record: what is released and withheld, downloads, requests to correct it, statements on refusals."""

import core.fields
import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cosignature'),
        ('clinical', '0017_goals'),
        ('patients', '0005_first_days'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='AmendmentRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('about', models.CharField(choices=[('note', 'A note of a group session'), ('document', 'A note of an appointment, or another document'), ('plan', 'The plan'), ('response', 'Answers to questions'), ('other', 'Something else in my record')], max_length=8, verbose_name='about')),
                    ('wish', core.fields.EncryptedTextField(verbose_name='what should be changed, and how')),
                    ('why', core.fields.EncryptedTextField(verbose_name='why')),
                    ('others', core.fields.EncryptedTextField(blank=True, verbose_name='who else should hear of a change')),
                    ('asked_at', models.DateTimeField(verbose_name='asked')),
                    ('asked_on', models.DateField(verbose_name='asked on')),
                    ('due_on', models.DateField(verbose_name='due')),
                    ('extended_at', models.DateTimeField(blank=True, null=True, verbose_name='more time taken')),
                    ('extension_reason', core.fields.EncryptedTextField(blank=True, verbose_name='why more time is needed')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('decision', models.CharField(blank=True, choices=[('accepted', 'Accepted'), ('partly', 'Accepted in part'), ('denied', 'Not accepted')], max_length=8, verbose_name='decision')),
                    ('basis', models.CharField(blank=True, choices=[('not_ours', 'It was not created by this program'), ('not_record', 'It is not part of the record that is kept about you'), ('not_open', 'It is not open to inspection by law'), ('correct', 'It is accurate and complete')], max_length=10, verbose_name='basis')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer in writing')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                    ('decided_name', models.CharField(blank=True, max_length=200, verbose_name='signature')),
                    ('addendum', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinical.addendum', verbose_name='entry added')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendment_requests', to='clinical.document', verbose_name='document')),
                    ('extended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='more time taken by')),
                    ('note', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendment_requests', to='clinical.progressnote', verbose_name='note')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendment_requests', to='patients.patient', verbose_name='patient')),
                    ('plan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendment_requests', to='clinical.treatmentplan', verbose_name='plan')),
                    ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendment_requests', to='accounts.program', verbose_name='program')),
                    ('response', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendment_requests', to='clinical.measureresponse', verbose_name='answers')),
                ],
                options={
                    'verbose_name': 'request to correct a record',
                    'verbose_name_plural': 'requests to correct a record',
                    'ordering': ['-asked_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='AmendmentRequestEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('about', models.CharField(choices=[('note', 'A note of a group session'), ('document', 'A note of an appointment, or another document'), ('plan', 'The plan'), ('response', 'Answers to questions'), ('other', 'Something else in my record')], max_length=8, verbose_name='about')),
                    ('wish', core.fields.EncryptedTextField(verbose_name='what should be changed, and how')),
                    ('why', core.fields.EncryptedTextField(verbose_name='why')),
                    ('others', core.fields.EncryptedTextField(blank=True, verbose_name='who else should hear of a change')),
                    ('asked_at', models.DateTimeField(verbose_name='asked')),
                    ('asked_on', models.DateField(verbose_name='asked on')),
                    ('due_on', models.DateField(verbose_name='due')),
                    ('extended_at', models.DateTimeField(blank=True, null=True, verbose_name='more time taken')),
                    ('extension_reason', core.fields.EncryptedTextField(blank=True, verbose_name='why more time is needed')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('decision', models.CharField(blank=True, choices=[('accepted', 'Accepted'), ('partly', 'Accepted in part'), ('denied', 'Not accepted')], max_length=8, verbose_name='decision')),
                    ('basis', models.CharField(blank=True, choices=[('not_ours', 'It was not created by this program'), ('not_record', 'It is not part of the record that is kept about you'), ('not_open', 'It is not open to inspection by law'), ('correct', 'It is accurate and complete')], max_length=10, verbose_name='basis')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer in writing')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                    ('decided_name', models.CharField(blank=True, max_length=200, verbose_name='signature')),
                    ('addendum', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.addendum', verbose_name='entry added')),
                    ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('document', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.document', verbose_name='document')),
                    ('extended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='more time taken by')),
                    ('note', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.progressnote', verbose_name='note')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.amendmentrequest')),
                    ('plan', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.treatmentplan', verbose_name='plan')),
                    ('program', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.program', verbose_name='program')),
                    ('response', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.measureresponse', verbose_name='answers')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='AmendmentStatement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(choices=[('disagreement', 'Statement of disagreement'), ('rebuttal', 'The program’s reply to it')], max_length=12, verbose_name='kind')),
                    ('text', core.fields.EncryptedTextField(verbose_name='text')),
                    ('name', models.CharField(max_length=200, verbose_name='signature')),
                    ('at', models.DateTimeField(verbose_name='signed')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendment_statements', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='clinical.amendmentrequest', verbose_name='request')),
                ],
                options={
                    'verbose_name': 'statement on a refused correction',
                    'verbose_name_plural': 'statements on refused corrections',
                    'ordering': ['at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='AmendmentStatementEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('kind', models.CharField(choices=[('disagreement', 'Statement of disagreement'), ('rebuttal', 'The program’s reply to it')], max_length=12, verbose_name='kind')),
                    ('text', core.fields.EncryptedTextField(verbose_name='text')),
                    ('name', models.CharField(max_length=200, verbose_name='signature')),
                    ('at', models.DateTimeField(verbose_name='signed')),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.amendmentstatement')),
                    ('request', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.amendmentrequest', verbose_name='request')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='RecordExport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('form', models.CharField(choices=[('pdf', 'PDF'), ('json', 'JSON')], max_length=4, verbose_name='form')),
                    ('facts', models.JSONField(help_text='Numbers by part, no content.', verbose_name='how much of what')),
                    ('size', models.PositiveIntegerField(verbose_name='bytes')),
                    ('digest', models.CharField(max_length=64, verbose_name='SHA-256 of the file')),
                    ('at', models.DateTimeField(verbose_name='downloaded')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='record_exports', to=settings.AUTH_USER_MODEL, verbose_name='downloaded by')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='record_exports', to='patients.patient', verbose_name='patient')),
                ],
                options={
                    'verbose_name': 'download of a record',
                    'verbose_name_plural': 'downloads of records',
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='RecordExportEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('form', models.CharField(choices=[('pdf', 'PDF'), ('json', 'JSON')], max_length=4, verbose_name='form')),
                    ('facts', models.JSONField(help_text='Numbers by part, no content.', verbose_name='how much of what')),
                    ('size', models.PositiveIntegerField(verbose_name='bytes')),
                    ('digest', models.CharField(max_length=64, verbose_name='SHA-256 of the file')),
                    ('at', models.DateTimeField(verbose_name='downloaded')),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='downloaded by')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.recordexport')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ReleasePolicy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('notes', models.BooleanField(default=True, verbose_name='notes of group sessions')),
                    ('visits', models.BooleanField(default=True, verbose_name='notes of appointments and contacts')),
                    ('plans', models.BooleanField(default=True, verbose_name='treatment plans, earlier versions too')),
                    ('discharge', models.BooleanField(default=True, verbose_name='discharge summaries')),
                    ('measures', models.BooleanField(default=True, verbose_name='answers and scores of measures')),
                    ('days', models.PositiveSmallIntegerField(default=0, help_text='0: at once. A delay of everything can be information blocking: ask counsel first.', validators=[django.core.validators.MaxValueValidator(30)], verbose_name='days after they are sealed')),
                    ('program', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='release_policy', to='accounts.program', verbose_name='program')),
                ],
                options={
                    'verbose_name': 'what people read of their record',
                    'verbose_name_plural': 'what people read of their record',
                },
            ),
            migrations.CreateModel(
                name='ReleasePolicyEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('notes', models.BooleanField(default=True, verbose_name='notes of group sessions')),
                    ('visits', models.BooleanField(default=True, verbose_name='notes of appointments and contacts')),
                    ('plans', models.BooleanField(default=True, verbose_name='treatment plans, earlier versions too')),
                    ('discharge', models.BooleanField(default=True, verbose_name='discharge summaries')),
                    ('measures', models.BooleanField(default=True, verbose_name='answers and scores of measures')),
                    ('days', models.PositiveSmallIntegerField(default=0, help_text='0: at once. A delay of everything can be information blocking: ask counsel first.', validators=[django.core.validators.MaxValueValidator(30)], verbose_name='days after they are sealed')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.releasepolicy')),
                    ('program', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.program', verbose_name='program')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Withholding',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('ground', models.CharField(choices=[('safety', 'It could endanger somebody’s life or physical safety'), ('other_person', 'It speaks of another person, who could come to substantial harm')], max_length=12, verbose_name='ground')),
                    ('reason', core.fields.EncryptedTextField(verbose_name='reasoning, for the chart')),
                    ('name', models.CharField(max_length=200, verbose_name='signature')),
                    ('at', models.DateTimeField(verbose_name='withheld')),
                    ('review_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='review asked for')),
                    ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed')),
                    ('reviewed_name', models.CharField(blank=True, max_length=200, verbose_name="reviewer's signature")),
                    ('upheld', models.BooleanField(blank=True, null=True, verbose_name='upheld')),
                    ('review_words', core.fields.EncryptedTextField(blank=True, verbose_name='what the person is told')),
                    ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withheld', to=settings.AUTH_USER_MODEL, verbose_name='withheld by')),
                    ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withholdings', to='clinical.document', verbose_name='document')),
                    ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                    ('note', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withholdings', to='clinical.progressnote', verbose_name='note')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withheld', to='patients.patient', verbose_name='patient')),
                    ('reviewed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                ],
                options={
                    'verbose_name': 'withheld document',
                    'verbose_name_plural': 'withheld documents',
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='WithholdingEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('ground', models.CharField(choices=[('safety', 'It could endanger somebody’s life or physical safety'), ('other_person', 'It speaks of another person, who could come to substantial harm')], max_length=12, verbose_name='ground')),
                    ('reason', core.fields.EncryptedTextField(verbose_name='reasoning, for the chart')),
                    ('name', models.CharField(max_length=200, verbose_name='signature')),
                    ('at', models.DateTimeField(verbose_name='withheld')),
                    ('review_asked_at', models.DateTimeField(blank=True, null=True, verbose_name='review asked for')),
                    ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed')),
                    ('reviewed_name', models.CharField(blank=True, max_length=200, verbose_name="reviewer's signature")),
                    ('upheld', models.BooleanField(blank=True, null=True, verbose_name='upheld')),
                    ('review_words', core.fields.EncryptedTextField(blank=True, verbose_name='what the person is told')),
                    ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted')),
                    ('by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='withheld by')),
                    ('document', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.document', verbose_name='document')),
                    ('lifted_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
                    ('note', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinical.progressnote', verbose_name='note')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='clinical.withholding')),
                    ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ]),
        Together([
            migrations.AddIndex(
                model_name='amendmentrequest',
                index=models.Index(fields=['patient', '-asked_at'], name='requests_of_a_patient'),
            ),
            migrations.AddIndex(
                model_name='amendmentrequest',
                index=models.Index(condition=models.Q(('decided_at', None), ('withdrawn_at', None)), fields=['due_on'], name='requests_open'),
            ),
            migrations.AddConstraint(
                model_name='amendmentrequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('about', 'note'), ('document', None), ('note__isnull', False), ('plan', None), ('response', None)), models.Q(('about', 'document'), ('document__isnull', False), ('note', None), ('plan', None), ('response', None)), models.Q(('about', 'plan'), ('document', None), ('note', None), ('plan__isnull', False), ('response', None)), models.Q(('about', 'response'), ('document', None), ('note', None), ('plan', None), ('response__isnull', False)), models.Q(('about', 'other'), ('document', None), ('note', None), ('plan', None), ('response', None)), _connector='OR'), name='a_request_is_about_one_thing'),
            ),
            migrations.AddConstraint(
                model_name='amendmentrequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('wish', ''), _negated=True), models.Q(('why', ''), _negated=True)), name='a_request_says_what_and_why'),
            ),
            migrations.AddConstraint(
                model_name='amendmentrequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_on__lte', django.db.models.expressions.CombinedExpression(models.F('asked_on'), '+', models.Value(datetime.timedelta(days=60)))), ('extended_at', None)), models.Q(('due_on__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('asked_on'), '+', models.Value(datetime.timedelta(days=60))), '+', models.Value(datetime.timedelta(days=30)))), ('extended_at__isnull', False)), _connector='OR'), name='a_request_is_due_in_time'),
            ),
            migrations.AddConstraint(
                model_name='amendmentrequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('extended_at', None), ('extended_by', None), ('extension_reason', '')), models.Q(('extended_at__isnull', False), ('extended_by__isnull', False), models.Q(('extension_reason', ''), _negated=True)), _connector='OR'), name='more_time_has_a_reason'),
            ),
            migrations.AddConstraint(
                model_name='amendmentrequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('addendum', None), ('answer', ''), ('basis', ''), ('decided_at', None), ('decided_by', None), ('decided_name', ''), ('decision', '')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('withdrawn_at', None), models.Q(('answer', ''), _negated=True), models.Q(('decided_name', ''), _negated=True), models.Q(models.Q(('basis', ''), ('decision', 'accepted')), models.Q(('decision', 'partly'), models.Q(('basis', ''), _negated=True)), models.Q(('addendum', None), ('decision', 'denied'), models.Q(('basis', ''), _negated=True)), _connector='OR')), _connector='OR'), name='a_decision_is_whole'),
            ),
            migrations.AddConstraint(
                model_name='amendmentrequest',
                constraint=models.CheckConstraint(condition=models.Q(('decision__in', ['', 'denied']), models.Q(('about__in', ['note', 'document']), _negated=True), ('addendum__isnull', False), _connector='OR'), name='what_is_accepted_is_added'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentrequest',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='af0d37924a6a1c2671e0b4927f36f4bf1b8af599', operation='DELETE', pgid='pgtrigger_never_deleted_914fb', table='clinical_amendmentrequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentrequest',
                trigger=pgtrigger.compiler.Trigger(name='of_their_own', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NEW.note_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_progressnote n\n        WHERE n.id = NEW.note_id AND n.patient_id = NEW.patient_id AND n.sealed_at IS NOT NULL)\n    OR NEW.document_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_document d\n        WHERE d.id = NEW.document_id AND d.patient_id = NEW.patient_id AND d.sealed_at IS NOT NULL)\n    OR NEW.plan_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_treatmentplan p\n        WHERE p.id = NEW.plan_id AND p.patient_id = NEW.patient_id AND p.sealed_at IS NOT NULL)\n    OR NEW.response_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_measureresponse r\n        WHERE r.id = NEW.response_id AND r.patient_id = NEW.patient_id)\n    OR NEW.addendum_id IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_addendum a\n        WHERE a.id = NEW.addendum_id AND (a.note_id = NEW.note_id OR a.document_id = NEW.document_id)) THEN\n    RAISE EXCEPTION 'a request is about the record of whoever asks'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'asked_about_their_own';\nEND IF;\nRETURN NEW;\n", hash='2f65d7170cc3b54f3426dd9e103a8d19db57e028', operation='INSERT OR UPDATE', pgid='pgtrigger_of_their_own_88c7f', table='clinical_amendmentrequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentrequest',
                trigger=pgtrigger.compiler.Trigger(name='said_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."program_id" IS DISTINCT FROM (NEW."program_id") OR OLD."about" IS DISTINCT FROM (NEW."about") OR OLD."note_id" IS DISTINCT FROM (NEW."note_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."plan_id" IS DISTINCT FROM (NEW."plan_id") OR OLD."response_id" IS DISTINCT FROM (NEW."response_id") OR OLD."wish" IS DISTINCT FROM (NEW."wish") OR OLD."why" IS DISTINCT FROM (NEW."why") OR OLD."others" IS DISTINCT FROM (NEW."others") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_on" IS DISTINCT FROM (NEW."asked_on") OR OLD."decided_at" IS NOT NULL OR OLD."withdrawn_at" IS NOT NULL OR (OLD."extended_at" IS NOT NULL AND (OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."extended_at" IS DISTINCT FROM (NEW."extended_at") OR OLD."extended_by_id" IS DISTINCT FROM (NEW."extended_by_id") OR OLD."extension_reason" IS DISTINCT FROM (NEW."extension_reason"))))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='daca0859c7d453b4c6e473e2c3e0617db9cf4b09', operation='UPDATE', pgid='pgtrigger_said_stays_7a4a2', table='clinical_amendmentrequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentrequest',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_amendmentrequestevent" ("about", "addendum_id", "answer", "asked_at", "asked_on", "basis", "created_at", "decided_at", "decided_by_id", "decided_name", "decision", "document_id", "due_on", "extended_at", "extended_by_id", "extension_reason", "id", "note_id", "others", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "program_id", "response_id", "uid", "why", "wish", "withdrawn_at") VALUES (NEW."about", NEW."addendum_id", NEW."answer", NEW."asked_at", NEW."asked_on", NEW."basis", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."decided_name", NEW."decision", NEW."document_id", NEW."due_on", NEW."extended_at", NEW."extended_by_id", NEW."extension_reason", NEW."id", NEW."note_id", NEW."others", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."program_id", NEW."response_id", NEW."uid", NEW."why", NEW."wish", NEW."withdrawn_at"); RETURN NULL;', hash='ea813a586dcd01aed0d6f17740e79a681c898e69', operation='INSERT', pgid='pgtrigger_insert_insert_0ff6b', table='clinical_amendmentrequest', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentrequest',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_amendmentrequestevent" ("about", "addendum_id", "answer", "asked_at", "asked_on", "basis", "created_at", "decided_at", "decided_by_id", "decided_name", "decision", "document_id", "due_on", "extended_at", "extended_by_id", "extension_reason", "id", "note_id", "others", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "program_id", "response_id", "uid", "why", "wish", "withdrawn_at") VALUES (NEW."about", NEW."addendum_id", NEW."answer", NEW."asked_at", NEW."asked_on", NEW."basis", NEW."created_at", NEW."decided_at", NEW."decided_by_id", NEW."decided_name", NEW."decision", NEW."document_id", NEW."due_on", NEW."extended_at", NEW."extended_by_id", NEW."extension_reason", NEW."id", NEW."note_id", NEW."others", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."program_id", NEW."response_id", NEW."uid", NEW."why", NEW."wish", NEW."withdrawn_at"); RETURN NULL;', hash='dd8cd54e07837c4125185fbf60088d6042f37fb3', operation='UPDATE', pgid='pgtrigger_update_update_9aac0', table='clinical_amendmentrequest', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentrequestevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2e567e705b479f6578f12e0b2657e3498ebe0a8b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2f54f', table='clinical_amendmentrequestevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='amendmentstatement',
                constraint=models.UniqueConstraint(fields=('request', 'kind'), name='one_statement_of_a_kind'),
            ),
            migrations.AddConstraint(
                model_name='amendmentstatement',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['disagreement', 'rebuttal']), models.Q(('text', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='a_statement_says_something'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentstatement',
                trigger=pgtrigger.compiler.Trigger(name='sealed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2544566fd5159a3475e01d378191fd6438137109', operation='UPDATE OR DELETE', pgid='pgtrigger_sealed_75aec', table='clinical_amendmentstatement', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentstatement',
                trigger=pgtrigger.compiler.Trigger(name='in_order', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NOT EXISTS (SELECT FROM clinical_amendmentrequest r\n        WHERE r.id = NEW.request_id AND r.decision IN ('denied', 'partly'))\n    OR NEW.kind = 'rebuttal' AND NOT EXISTS (SELECT FROM clinical_amendmentstatement s\n        WHERE s.request_id = NEW.request_id AND s.kind = 'disagreement') THEN\n    RAISE EXCEPTION 'a statement follows a refusal, a reply follows a statement'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_in_order';\nEND IF;\nRETURN NEW;\n", hash='b73072c86bdd85882c9eb55c09db9d4d46e4a8f1', operation='INSERT', pgid='pgtrigger_in_order_98e0f', table='clinical_amendmentstatement', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentstatement',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_amendmentstatementevent" ("at", "by_id", "created_at", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "text", "uid") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."request_id", NEW."text", NEW."uid"); RETURN NULL;', hash='835bbd788e9b7ffdcd3dfd684ab3a9eb3909f014', operation='INSERT', pgid='pgtrigger_insert_insert_7f9b2', table='clinical_amendmentstatement', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentstatement',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_amendmentstatementevent" ("at", "by_id", "created_at", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "request_id", "text", "uid") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."request_id", NEW."text", NEW."uid"); RETURN NULL;', hash='193fa52109b79ca8f31720a5a9f231f166918e54', operation='UPDATE', pgid='pgtrigger_update_update_251a7', table='clinical_amendmentstatement', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='amendmentstatementevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6481e39feac3218ebec31f3a745f617d948e1796', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8e3d5', table='clinical_amendmentstatementevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='recordexport',
                index=models.Index(fields=['patient', '-at'], name='exports_of_a_patient'),
            ),
            migrations.AddConstraint(
                model_name='recordexport',
                constraint=models.CheckConstraint(condition=models.Q(('form__in', ['pdf', 'json']), ('digest__regex', '^[0-9a-f]{64}$')), name='an_export_is_whole'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='recordexport',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f23734d493c4b6e21db3c001c114c582cf9e93c9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_204f8', table='clinical_recordexport', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='recordexport',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_recordexportevent" ("at", "by_id", "created_at", "digest", "facts", "form", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "size", "uid") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."digest", NEW."facts", NEW."form", NEW."id", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."size", NEW."uid"); RETURN NULL;', hash='b43877862280c02ec41ace8e23c21292a432bb59', operation='INSERT', pgid='pgtrigger_insert_insert_24be3', table='clinical_recordexport', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='recordexport',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_recordexportevent" ("at", "by_id", "created_at", "digest", "facts", "form", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "size", "uid") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."digest", NEW."facts", NEW."form", NEW."id", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."size", NEW."uid"); RETURN NULL;', hash='bf760c9c3efdcc3e1be42d70b9ed5a8984e7bdad', operation='UPDATE', pgid='pgtrigger_update_update_25d28', table='clinical_recordexport', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='recordexportevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a84fb618ba6ab4509894dd2ba6c09455b5b53a58', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4420f', table='clinical_recordexportevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='releasepolicy',
                constraint=models.CheckConstraint(condition=models.Q(('days__lte', 30)), name='released_within_30_days'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='releasepolicy',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c505a35d8f24121a95c624fcaa882e305ae27677', operation='DELETE', pgid='pgtrigger_never_deleted_137e8', table='clinical_releasepolicy', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='releasepolicy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_releasepolicyevent" ("days", "discharge", "id", "measures", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plans", "program_id", "visits") VALUES (NEW."days", NEW."discharge", NEW."id", NEW."measures", NEW."notes", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plans", NEW."program_id", NEW."visits"); RETURN NULL;', hash='63ef482d8c66c2762ce9664dc4d29b56d6207c46', operation='INSERT', pgid='pgtrigger_insert_insert_8ac6c', table='clinical_releasepolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='releasepolicy',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_releasepolicyevent" ("days", "discharge", "id", "measures", "notes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plans", "program_id", "visits") VALUES (NEW."days", NEW."discharge", NEW."id", NEW."measures", NEW."notes", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plans", NEW."program_id", NEW."visits"); RETURN NULL;', hash='f1791ddb47b5c6797a116978fe1c959a71632f6c', operation='UPDATE', pgid='pgtrigger_update_update_f779e', table='clinical_releasepolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='releasepolicyevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7e7ef0cd303e51d05b36c273291d685bfe92f7d9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_405e2', table='clinical_releasepolicyevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='withholding',
                index=models.Index(condition=models.Q(('lifted_at', None)), fields=['patient'], name='withheld_of_a_patient'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('document', None), ('note__isnull', False)), models.Q(('document__isnull', False), ('note', None)), _connector='OR'), name='one_thing_is_withheld'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('note',), name='a_note_is_withheld_once'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('document',), name='a_document_is_withheld_once'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.CheckConstraint(condition=models.Q(('ground__in', ['safety', 'other_person']), models.Q(('reason', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='withheld_with_a_reason'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('review_words', ''), ('reviewed_at', None), ('reviewed_by', None), ('reviewed_name', ''), ('upheld', None)), models.Q(('review_asked_at__isnull', False), ('reviewed_at__isnull', False), ('reviewed_by__isnull', False), ('upheld__isnull', False), models.Q(('reviewed_name', ''), _negated=True), models.Q(('review_words', ''), _negated=True)), _connector='OR'), name='a_review_is_whole'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.CheckConstraint(condition=models.Q(('reviewed_by', None), models.Q(('reviewed_by', models.F('by')), _negated=True), _connector='OR'), name='reviewed_by_somebody_else'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='lifted_by_somebody'),
            ),
            migrations.AddConstraint(
                model_name='withholding',
                constraint=models.CheckConstraint(condition=models.Q(('upheld', None), ('upheld', True), ('lifted_at__isnull', False), _connector='OR'), name='not_upheld_is_lifted'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='withholding',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='69e179c28a0a88bbdf60ae0f0a5efc342a7f5d85', operation='DELETE', pgid='pgtrigger_never_deleted_9a16b', table='clinical_withholding', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='withholding',
                trigger=pgtrigger.compiler.Trigger(name='of_their_own', sql=pgtrigger.compiler.UpsertTriggerSql(func="\nIF NOT EXISTS (SELECT FROM clinical_progressnote n\n        WHERE n.id = NEW.note_id AND n.patient_id = NEW.patient_id AND n.sealed_at IS NOT NULL)\n    AND NOT EXISTS (SELECT FROM clinical_document d\n        WHERE d.id = NEW.document_id AND d.patient_id = NEW.patient_id AND d.sealed_at IS NOT NULL) THEN\n    RAISE EXCEPTION 'only something sealed of their own is withheld from somebody'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'withheld_of_their_own';\nEND IF;\nRETURN NEW;\n", hash='576fe73864ee9d573da7a61e1cb3d1502cb377d3', operation='INSERT', pgid='pgtrigger_of_their_own_ec643', table='clinical_withholding', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='withholding',
                trigger=pgtrigger.compiler.Trigger(name='said_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."patient_id" IS DISTINCT FROM (NEW."patient_id") OR OLD."note_id" IS DISTINCT FROM (NEW."note_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."ground" IS DISTINCT FROM (NEW."ground") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."lifted_at" IS NOT NULL OR (OLD."reviewed_at" IS NOT NULL AND (OLD."reviewed_at" IS DISTINCT FROM (NEW."reviewed_at") OR OLD."reviewed_by_id" IS DISTINCT FROM (NEW."reviewed_by_id") OR OLD."reviewed_name" IS DISTINCT FROM (NEW."reviewed_name") OR OLD."upheld" IS DISTINCT FROM (NEW."upheld") OR OLD."review_words" IS DISTINCT FROM (NEW."review_words"))))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d4fa838a311ef5f56bf3acd0d3dceb9dbec7903f', operation='UPDATE', pgid='pgtrigger_said_stays_9e9ad', table='clinical_withholding', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='withholding',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "clinical_withholdingevent" ("at", "by_id", "created_at", "document_id", "ground", "id", "lifted_at", "lifted_by_id", "name", "note_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "review_asked_at", "review_words", "reviewed_at", "reviewed_by_id", "reviewed_name", "uid", "upheld") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."document_id", NEW."ground", NEW."id", NEW."lifted_at", NEW."lifted_by_id", NEW."name", NEW."note_id", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."review_asked_at", NEW."review_words", NEW."reviewed_at", NEW."reviewed_by_id", NEW."reviewed_name", NEW."uid", NEW."upheld"); RETURN NULL;', hash='d6c5bfed9d9ab0371e3a4c19c6a2ab9a912cb01d', operation='INSERT', pgid='pgtrigger_insert_insert_464f3', table='clinical_withholding', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='withholding',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "clinical_withholdingevent" ("at", "by_id", "created_at", "document_id", "ground", "id", "lifted_at", "lifted_by_id", "name", "note_id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "review_asked_at", "review_words", "reviewed_at", "reviewed_by_id", "reviewed_name", "uid", "upheld") VALUES (NEW."at", NEW."by_id", NEW."created_at", NEW."document_id", NEW."ground", NEW."id", NEW."lifted_at", NEW."lifted_by_id", NEW."name", NEW."note_id", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."review_asked_at", NEW."review_words", NEW."reviewed_at", NEW."reviewed_by_id", NEW."reviewed_name", NEW."uid", NEW."upheld"); RETURN NULL;', hash='3d4844e640bfb1dfe86ca1281d7740793c83b39f', operation='UPDATE', pgid='pgtrigger_update_update_f2311', table='clinical_withholding', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='withholdingevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='497899a8511d0970bac6bbfdbc64032649b9a94d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8ff59', table='clinical_withholdingevent', when='BEFORE')),
            ),
        ]),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON clinical_{table}{event} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
                f"DROP TRIGGER refuse_truncate ON clinical_{table}{event}",
            )
            for table in ("releasepolicy", "withholding", "recordexport", "amendmentrequest", "amendmentstatement")
            for event in ("", "event")
        ),
    ]
