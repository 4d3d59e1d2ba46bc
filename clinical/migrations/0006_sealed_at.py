"""Notes signed so far were sealed as they were signed. Their walls are down between 0005 and 0007, for this alone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinical", "0005_record")]
    operations = [
        migrations.RunSQL(
            "UPDATE clinical_progressnote SET sealed_at = signed_at WHERE signed_at IS NOT NULL",
            migrations.RunSQL.noop,
        ),
    ]
