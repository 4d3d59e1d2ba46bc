"""What people ask for: to be excused, a seat; and a program's rule for it. A seat is asked for by whose stay it is."""

import core.fields
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cosignature'),
        ('patients', '0005_first_days'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('scheduling', '0004_walls_of_appointments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together([
            migrations.CreateModel(
                name='ExcuseRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('asked_for', models.DateTimeField(verbose_name='session begins')),
                    ('reason', models.CharField(choices=[('unwell', 'I’m not well'), ('work', 'Work or school'), ('family', 'Family, or somebody I care for'), ('other', 'Another appointment'), ('travel', 'On the way, or no private place'), ('technical', 'Phone, computer or network'), ('unsaid', 'I’d rather not say')], max_length=9, verbose_name='reason')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='in their words')),
                    ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('excused', 'Excused'), ('expected', 'Please come'), ('talk', 'Let us talk'), ('withdrawn', 'Taken back')], default='open', max_length=9, verbose_name='state')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer')),
                    ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                    ('answers', models.PositiveSmallIntegerField(default=0, verbose_name='times answered')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('booking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excuse_requests', to='scheduling.booking', verbose_name='booking')),
                ],
                options={
                    'verbose_name': 'request to be excused',
                    'verbose_name_plural': 'requests to be excused',
                    'ordering': ['-asked_for', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ExcuseRequestEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('asked_for', models.DateTimeField(verbose_name='session begins')),
                    ('reason', models.CharField(choices=[('unwell', 'I’m not well'), ('work', 'Work or school'), ('family', 'Family, or somebody I care for'), ('other', 'Another appointment'), ('travel', 'On the way, or no private place'), ('technical', 'Phone, computer or network'), ('unsaid', 'I’d rather not say')], max_length=9, verbose_name='reason')),
                    ('words', core.fields.EncryptedTextField(blank=True, verbose_name='in their words')),
                    ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('excused', 'Excused'), ('expected', 'Please come'), ('talk', 'Let us talk'), ('withdrawn', 'Taken back')], default='open', max_length=9, verbose_name='state')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer')),
                    ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                    ('answers', models.PositiveSmallIntegerField(default=0, verbose_name='times answered')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                    ('answered_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('booking', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='scheduling.booking', verbose_name='booking')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='scheduling.excuserequest')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='RequestPolicy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('excuse_hours', models.PositiveSmallIntegerField(default=0, help_text='0: until the session begins.', validators=[django.core.validators.MaxValueValidator(72)], verbose_name='asks to be excused until (hours before)')),
                    ('seats_at_once', models.BooleanField(default=False, help_text='Somebody who makes up hours is booked without anybody’s confirmation.', verbose_name='a free seat is theirs at once')),
                    ('program', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='request_policy', to='accounts.program', verbose_name='program')),
                ],
                options={
                    'verbose_name': 'rule for requests',
                    'verbose_name_plural': 'rules for requests',
                },
            ),
            migrations.CreateModel(
                name='RequestPolicyEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('excuse_hours', models.PositiveSmallIntegerField(default=0, help_text='0: until the session begins.', validators=[django.core.validators.MaxValueValidator(72)], verbose_name='asks to be excused until (hours before)')),
                    ('seats_at_once', models.BooleanField(default=False, help_text='Somebody who makes up hours is booked without anybody’s confirmation.', verbose_name='a free seat is theirs at once')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='scheduling.requestpolicy')),
                    ('program', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.program', verbose_name='program')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SeatRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('booked', 'Booked'), ('declined', 'Not this time'), ('withdrawn', 'Taken back')], default='open', max_length=9, verbose_name='state')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                    ('answered_by', models.ForeignKey(blank=True, help_text='Empty: booked at once, or taken back.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('episode', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seat_requests', to='patients.episode', verbose_name='episode')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seat_requests', to='patients.patient', verbose_name='patient')),
                    ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seat_requests', to='scheduling.session', verbose_name='session')),
                    ('visit', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asked_as', to='scheduling.booking', verbose_name='seat')),
                ],
                options={
                    'verbose_name': 'request for a seat',
                    'verbose_name_plural': 'requests for seats',
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='SeatRequestEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('id', models.BigIntegerField()),
                    ('uid', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('state', models.CharField(choices=[('open', 'Waits for an answer'), ('booked', 'Booked'), ('declined', 'Not this time'), ('withdrawn', 'Taken back')], default='open', max_length=9, verbose_name='state')),
                    ('answer', core.fields.EncryptedTextField(blank=True, verbose_name='answer')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                    ('answered_by', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: booked at once, or taken back.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                    ('episode', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.episode', verbose_name='episode')),
                    ('patient', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient', verbose_name='patient')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='scheduling.seatrequest')),
                    ('session', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='scheduling.session', verbose_name='session')),
                    ('visit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='scheduling.booking', verbose_name='seat')),
                ],
                options={
                    'abstract': False,
                },
            ),
        ]),
        Together([
            migrations.AddIndex(
                model_name='excuserequest',
                index=models.Index(condition=models.Q(('state', 'open')), fields=['asked_for'], name='excuses_waiting'),
            ),
            migrations.AddConstraint(
                model_name='excuserequest',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('booking',), name='one_excuse_request_per_booking'),
            ),
            migrations.AddConstraint(
                model_name='excuserequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('state', 'open'), ('withdrawn_at', None)), models.Q(('answered_at__isnull', False), ('state__in', ['excused', 'expected', 'talk']), ('withdrawn_at', None)), models.Q(('state', 'withdrawn'), ('withdrawn_at__isnull', False)), _connector='OR'), name='excuse_state_has_its_time'),
            ),
            migrations.AddConstraint(
                model_name='excuserequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', None)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='excuse_answered_by_somebody'),
            ),
            migrations.AddConstraint(
                model_name='excuserequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['expected', 'talk']), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='a_no_to_an_excuse_says_why'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='excuserequest',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='9c7122d51d1fe4b5eb6a82e5d2c364bfe89fcbb1', operation='DELETE', pgid='pgtrigger_never_deleted_bbc43', table='scheduling_excuserequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='excuserequest',
                trigger=pgtrigger.compiler.Trigger(name='asked_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF TG_OP = 'UPDATE' AND (NEW.booking_id, NEW.asked_for, NEW.reason, NEW.words, NEW.created_at)\n        IS DISTINCT FROM (OLD.booking_id, OLD.asked_for, OLD.reason, OLD.words, OLD.created_at) THEN\n        RAISE EXCEPTION 'what was asked stays as it was asked' USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    IF NOT EXISTS (SELECT FROM scheduling_booking b\n        WHERE b.id = NEW.booking_id AND b.patient_id IS NOT NULL AND b.session_id IS NOT NULL) THEN\n        RAISE EXCEPTION 'only somebody in care is excused from a session' USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    RETURN NEW;\n", hash='eec7887f52580c947d6182ff5bff92e00b280432', operation='INSERT OR UPDATE', pgid='pgtrigger_asked_stays_b3daf', table='scheduling_excuserequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='excuserequest',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "scheduling_excuserequestevent" ("answer", "answered_at", "answered_by_id", "answers", "asked_for", "booking_id", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "uid", "withdrawn_at", "words") VALUES (NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."answers", NEW."asked_for", NEW."booking_id", NEW."created_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."state", NEW."uid", NEW."withdrawn_at", NEW."words"); RETURN NULL;', hash='68d2a394630e00ccb549f63ce424051ceab516c1', operation='INSERT', pgid='pgtrigger_insert_insert_c485e', table='scheduling_excuserequest', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='excuserequest',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "scheduling_excuserequestevent" ("answer", "answered_at", "answered_by_id", "answers", "asked_for", "booking_id", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "state", "uid", "withdrawn_at", "words") VALUES (NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."answers", NEW."asked_for", NEW."booking_id", NEW."created_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."state", NEW."uid", NEW."withdrawn_at", NEW."words"); RETURN NULL;', hash='cde60f7206a9dd85d0e18275cb6ea4a36fc7fc2a', operation='UPDATE', pgid='pgtrigger_update_update_0ce89', table='scheduling_excuserequest', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='excuserequestevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1879456f553825cbfe2d1e48115b70fb8681e790', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e5048', table='scheduling_excuserequestevent', when='BEFORE')),
            ),
            migrations.AddConstraint(
                model_name='requestpolicy',
                constraint=models.CheckConstraint(condition=models.Q(('excuse_hours__range', (0, 72))), name='excused_until_0_to_72_hours'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='requestpolicy',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c36ba48c1d3b11f8b66a13d24b93662e4a2547aa', operation='DELETE', pgid='pgtrigger_never_deleted_86c7b', table='scheduling_requestpolicy', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='requestpolicy',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "scheduling_requestpolicyevent" ("excuse_hours", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "seats_at_once") VALUES (NEW."excuse_hours", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."program_id", NEW."seats_at_once"); RETURN NULL;', hash='d92dec94e9b572dc633a263abbc4af6c1a40dc21', operation='INSERT', pgid='pgtrigger_insert_insert_deb24', table='scheduling_requestpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='requestpolicy',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "scheduling_requestpolicyevent" ("excuse_hours", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "seats_at_once") VALUES (NEW."excuse_hours", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."program_id", NEW."seats_at_once"); RETURN NULL;', hash='bbaa85a6929962285e9eb820437d9e77473a6bc6', operation='UPDATE', pgid='pgtrigger_update_update_8b147', table='scheduling_requestpolicy', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='requestpolicyevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7a616872579cfcd6e17d5e1b22298dc5f2c2722d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1d6a2', table='scheduling_requestpolicyevent', when='BEFORE')),
            ),
            migrations.AddIndex(
                model_name='seatrequest',
                index=models.Index(fields=['patient', 'state'], name='seat_requests_of_a_patient'),
            ),
            migrations.AddConstraint(
                model_name='seatrequest',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('session', 'patient'), name='one_open_seat_request_per_session'),
            ),
            migrations.AddConstraint(
                model_name='seatrequest',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_by', None), ('closed_at', None), ('state', 'open'), ('visit', None)), models.Q(('closed_at__isnull', False), ('state', 'booked'), ('visit__isnull', False)), models.Q(('answered_by__isnull', False), ('closed_at__isnull', False), ('state', 'declined'), ('visit', None), models.Q(('answer', ''), _negated=True)), models.Q(('answer', ''), ('answered_by', None), ('closed_at__isnull', False), ('state', 'withdrawn'), ('visit', None)), _connector='OR'), name='seat_request_ends_whole'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='seatrequest',
                trigger=pgtrigger.compiler.Trigger(name='never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='84169f2ac67afff4fe4762b53da061bebf48df2c', operation='DELETE', pgid='pgtrigger_never_deleted_49cdf', table='scheduling_seatrequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='seatrequest',
                trigger=pgtrigger.compiler.Trigger(name='visit_is_theirs', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF NEW.visit_id IS NOT NULL AND NOT EXISTS (SELECT FROM scheduling_booking b\n        WHERE b.id = NEW.visit_id AND b.patient_id = NEW.patient_id AND b.session_id = NEW.session_id) THEN\n        RAISE EXCEPTION 'the seat is of this person in this session' USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    RETURN NEW;\n", hash='dfc586b8371faab5720fa982b20f8ef122e3301a', operation='INSERT OR UPDATE', pgid='pgtrigger_visit_is_theirs_02880', table='scheduling_seatrequest', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='seatrequest',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "scheduling_seatrequestevent" ("answer", "answered_by_id", "closed_at", "created_at", "episode_id", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "state", "uid", "visit_id") VALUES (NEW."answer", NEW."answered_by_id", NEW."closed_at", NEW."created_at", NEW."episode_id", NEW."id", NEW."patient_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."session_id", NEW."state", NEW."uid", NEW."visit_id"); RETURN NULL;', hash='a26c0cb9698847fa8c6e41cd39f9ecadf14d11ae', operation='INSERT', pgid='pgtrigger_insert_insert_105c8', table='scheduling_seatrequest', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='seatrequest',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "scheduling_seatrequestevent" ("answer", "answered_by_id", "closed_at", "created_at", "episode_id", "id", "patient_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "state", "uid", "visit_id") VALUES (NEW."answer", NEW."answered_by_id", NEW."closed_at", NEW."created_at", NEW."episode_id", NEW."id", NEW."patient_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."session_id", NEW."state", NEW."uid", NEW."visit_id"); RETURN NULL;', hash='a951b70fe3775faa06d48c7b61f7edc743fc003e', operation='UPDATE', pgid='pgtrigger_update_update_1291a', table='scheduling_seatrequest', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='seatrequestevent',
                trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6674134c62cc317743a2604d3039a877468e2846', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_03f6e', table='scheduling_seatrequestevent', when='BEFORE')),
            ),
        ]),
        migrations.RunSQL(
            """ALTER TABLE scheduling_seatrequest ADD CONSTRAINT seatrequest_of_its_episode
               FOREIGN KEY (episode_id, patient_id) REFERENCES patients_episode (id, patient_id)""",
            "ALTER TABLE scheduling_seatrequest DROP CONSTRAINT seatrequest_of_its_episode",
        ),
    ]
