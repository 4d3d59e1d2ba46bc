"""What refuses DELETE refuses TRUNCATE too."""

from django.db import migrations

TABLES = (
    "threads_answerpolicy",
    "threads_thread",
    "threads_message",
    "threads_attachment",
    "threads_seen",
    "threads_answerpolicyevent",
    "threads_threadevent",
)


class Migration(migrations.Migration):
    dependencies = [("threads", "0001_initial"), ("clinical", "0002_walls")]

    operations = [
        migrations.RunSQL(
            "\n".join(
                f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();"
                for table in TABLES
            ),
            "\n".join(f"DROP TRIGGER refuse_truncate ON {table};" for table in TABLES),
        )
    ]
