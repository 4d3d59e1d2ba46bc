"""A voided note no longer holds its attendance: somebody marked present by mistake can be marked absent again."""

import pgtrigger.compiler
import pgtrigger.migrations
from core.migrations import Together
from django.db import migrations, models

TO_GENERATED = """
ALTER TABLE clinical_progressnote DROP CONSTRAINT note_of_somebody_who_attended;
ALTER TABLE clinical_progressnote DROP COLUMN attended;
ALTER TABLE clinical_progressnote ADD COLUMN attended boolean
    GENERATED ALWAYS AS (CASE WHEN voided_at IS NULL THEN true ELSE NULL END) STORED;
ALTER TABLE clinical_progressnote ADD CONSTRAINT note_of_somebody_who_attended
    FOREIGN KEY (attendance_id, attended) REFERENCES clinical_attendance (id, attended);
"""
TO_PLAIN = """
ALTER TABLE clinical_progressnote DROP CONSTRAINT note_of_somebody_who_attended;
ALTER TABLE clinical_progressnote DROP COLUMN attended;
ALTER TABLE clinical_progressnote ADD COLUMN attended boolean NOT NULL DEFAULT true;
ALTER TABLE clinical_progressnote ALTER COLUMN attended DROP DEFAULT;
ALTER TABLE clinical_progressnote ADD CONSTRAINT note_of_somebody_who_attended
    FOREIGN KEY (attendance_id, attended) REFERENCES clinical_attendance (id, attended);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinical', '0008_walls_of_the_record'),
    ]

    operations = [
        Together([
            pgtrigger.migrations.RemoveTrigger(
                model_name='document',
                name='sealed',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='document',
                name='awaiting',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='measureresponse',
                name='sealed',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='progressnote',
                name='sealed',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='progressnote',
                name='awaiting',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='treatmentplan',
                name='sealed',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='treatmentplan',
                name='awaiting',
            ),
            migrations.RemoveConstraint(
                model_name='progressnote',
                name='a_note_is_of_somebody_who_attended',
            ),
        ]),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_GENERATED, TO_PLAIN)],
            state_operations=[
                migrations.AlterField(
                    model_name='progressnote',
                    name='attended',
                    field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(then=models.Value(True), voided_at=None), default=None), output_field=models.BooleanField(null=True)),
                ),
            ],
        ),
        Together([
            pgtrigger.migrations.AddTrigger(
                model_name='document',
                trigger=pgtrigger.compiler.Trigger(name='sealed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_at" IS NOT NULL)', func="\n    IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL\n        AND to_jsonb(NEW) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] = to_jsonb(OLD) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is sealed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='3a71b5233baf8352b53e24a1887d2d9cb89dac9b', operation='UPDATE OR DELETE', pgid='pgtrigger_sealed_c0163', table='clinical_document', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='document',
                trigger=pgtrigger.compiler.Trigger(name='awaiting', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_at" IS NULL AND OLD."signed_at" IS NOT NULL)', func="\n    IF TG_OP = 'UPDATE' AND (NEW.signed_at IS NULL\n        OR to_jsonb(NEW) - ARRAY['cosigner_id', 'cosigned_at', 'cosigned_name', 'sealed_at', 'seal', 'content_hash', 'attended']::text[] = to_jsonb(OLD) - ARRAY['cosigner_id', 'cosigned_at', 'cosigned_name', 'sealed_at', 'seal', 'content_hash', 'attended']::text[]) THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is signed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='e4aaf5cf97153ac90ea2225c7f6c4ab6040eec93', operation='UPDATE OR DELETE', pgid='pgtrigger_awaiting_4f0c8', table='clinical_document', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='measureresponse',
                trigger=pgtrigger.compiler.Trigger(name='sealed', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL\n        AND to_jsonb(NEW) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] = to_jsonb(OLD) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is sealed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='d5ecd794e50a9ce35a892c7a4ed45877b5290c98', operation='UPDATE OR DELETE', pgid='pgtrigger_sealed_08d1b', table='clinical_measureresponse', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='progressnote',
                trigger=pgtrigger.compiler.Trigger(name='sealed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_at" IS NOT NULL)', func="\n    IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL\n        AND to_jsonb(NEW) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] = to_jsonb(OLD) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is sealed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='c306c232f0d368bbdbb0097837adf4661072f92c', operation='UPDATE OR DELETE', pgid='pgtrigger_sealed_194b3', table='clinical_progressnote', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='progressnote',
                trigger=pgtrigger.compiler.Trigger(name='awaiting', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_at" IS NULL AND OLD."signed_at" IS NOT NULL)', func="\n    IF TG_OP = 'UPDATE' AND (NEW.signed_at IS NULL\n        OR to_jsonb(NEW) - ARRAY['cosigner_id', 'cosigned_at', 'cosigned_name', 'sealed_at', 'seal', 'content_hash', 'attended']::text[] = to_jsonb(OLD) - ARRAY['cosigner_id', 'cosigned_at', 'cosigned_name', 'sealed_at', 'seal', 'content_hash', 'attended']::text[]) THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is signed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='7ae31787094d3b758229ae09757fd3b748ccd925', operation='UPDATE OR DELETE', pgid='pgtrigger_awaiting_cfac5', table='clinical_progressnote', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='treatmentplan',
                trigger=pgtrigger.compiler.Trigger(name='sealed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_at" IS NOT NULL)', func="\n    IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL\n        AND to_jsonb(NEW) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] = to_jsonb(OLD) - ARRAY['voided_at', 'voided_by_id', 'voided_name', 'void_reason', 'attended']::text[] THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is sealed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='9aacec822e0ba5f74a6f19f259fe9c087db21ac2', operation='UPDATE OR DELETE', pgid='pgtrigger_sealed_30e69', table='clinical_treatmentplan', when='BEFORE')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='treatmentplan',
                trigger=pgtrigger.compiler.Trigger(name='awaiting', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."sealed_at" IS NULL AND OLD."signed_at" IS NOT NULL)', func="\n    IF TG_OP = 'UPDATE' AND (NEW.signed_at IS NULL\n        OR to_jsonb(NEW) - ARRAY['cosigner_id', 'cosigned_at', 'cosigned_name', 'sealed_at', 'seal', 'content_hash', 'attended']::text[] = to_jsonb(OLD) - ARRAY['cosigner_id', 'cosigned_at', 'cosigned_name', 'sealed_at', 'seal', 'content_hash', 'attended']::text[]) THEN\n        RETURN NEW;\n    END IF;\n    RAISE EXCEPTION 'what is signed stays as it was signed' USING ERRCODE = 'integrity_constraint_violation';\n", hash='080b7ef6a7a7b0a7a3a5af0f674e60891c130b2d', operation='UPDATE OR DELETE', pgid='pgtrigger_awaiting_08555', table='clinical_treatmentplan', when='BEFORE')),
            ),
        ]),
    ]
