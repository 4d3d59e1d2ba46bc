"""A unit of a curriculum has questions to write about in one's journal."""

import pgtrigger.compiler
import pgtrigger.migrations
from core.migrations import Together
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groups', '0004_curricula'),
    ]

    operations = [
        Together([
            pgtrigger.migrations.RemoveTrigger(
                model_name='curriculumunit',
                name='insert_insert',
            ),
            pgtrigger.migrations.RemoveTrigger(
                model_name='curriculumunit',
                name='update_update',
            ),
            migrations.AddField(
                model_name='curriculumunit',
                name='prompts',
                field=models.TextField(blank=True, help_text='Questions to write about, one a line: offered first to members of groups that work through this.', verbose_name='journal prompts'),
            ),
            migrations.AddField(
                model_name='curriculumunit',
                name='prompts_es',
                field=models.TextField(blank=True, verbose_name='journal prompts in Spanish'),
            ),
            migrations.AddField(
                model_name='curriculumunitevent',
                name='prompts',
                field=models.TextField(blank=True, help_text='Questions to write about, one a line: offered first to members of groups that work through this.', verbose_name='journal prompts'),
            ),
            migrations.AddField(
                model_name='curriculumunitevent',
                name='prompts_es',
                field=models.TextField(blank=True, verbose_name='journal prompts in Spanish'),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumunit',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "groups_curriculumunitevent" ("aim", "created_at", "curriculum_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "prompts", "prompts_es", "title", "title_es", "uid") VALUES (NEW."aim", NEW."created_at", NEW."curriculum_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."place", NEW."prompts", NEW."prompts_es", NEW."title", NEW."title_es", NEW."uid"); RETURN NULL;', hash='79b84afa10865de179ab02198394ad942a77c73d', operation='INSERT', pgid='pgtrigger_insert_insert_16e08', table='groups_curriculumunit', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='curriculumunit',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "groups_curriculumunitevent" ("aim", "created_at", "curriculum_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "place", "prompts", "prompts_es", "title", "title_es", "uid") VALUES (NEW."aim", NEW."created_at", NEW."curriculum_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."place", NEW."prompts", NEW."prompts_es", NEW."title", NEW."title_es", NEW."uid"); RETURN NULL;', hash='e85a3b444a12190fb20b6726bb48dee6a278b22f', operation='UPDATE', pgid='pgtrigger_update_update_f7c2e', table='groups_curriculumunit', when='AFTER')),
            ),
        ]),
    ]
