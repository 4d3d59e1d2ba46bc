"""Walls of journals: what was shared, the prompts and their histories refuse TRUNCATE as they refuse DELETE."""

from django.db import migrations

TABLES = (
    "journal_sharedentry",
    "journal_sharedentryevent",
    "journal_prompt",
    "journal_promptevent",
)


class Migration(migrations.Migration):
    dependencies = [("clinical", "0013_daily_check_in"), ("journal", "0001_journal")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()",
            f"DROP TRIGGER refuse_truncate ON {table}",
        )
        for table in TABLES
    ]
