"""Reading somebody's homework is on the record as that."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0004_shared_journal_entries'),
    ]

    operations = [
        migrations.AlterField(
            model_name='read',
            name='what',
            field=models.CharField(choices=[('record', "Patient's page"), ('session', "Session's roster"), ('roll_call', 'Roll-call'), ('note', 'Note'), ('hours', 'Hours'), ('group', "Group's members"), ('list', 'List of people'), ('appointment', 'Appointment'), ('plan', 'Treatment plan'), ('document', 'Document'), ('medication', 'Diagnoses and medications'), ('measure', 'Measures'), ('risk', 'Risk alert'), ('journal', 'Shared journal entries'), ('homework', 'Homework'), ('follow_up', 'Follow-up'), ('progress', 'Progress'), ('deliveries', 'Messages to a person'), ('schedule', 'Schedule'), ('admin', 'Administration page'), ('own', 'Own record')], max_length=12, verbose_name='what'),
        ),
    ]
