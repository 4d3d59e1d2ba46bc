"""Walls of curricula, the library and homework: what is never deleted refuses TRUNCATE, too, and so do the histories."""

from django.db import migrations

TABLES = (
    "groups_curriculum",
    "groups_curriculumevent",
    "groups_curriculumunit",
    "groups_curriculumunitevent",
    "library_libraryitem",
    "library_libraryitemevent",
    "library_worksheetfield",
    "library_worksheetfieldevent",
    "library_homework",
    "library_homeworkevent",
    "library_sheet",
    "library_sending",
    "library_reply",
)


class Migration(migrations.Migration):
    dependencies = [
        ("clinical", "0015_walls_of_first_days"),
        ("groups", "0004_curricula"),
        ("library", "0001_library"),
    ]

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
