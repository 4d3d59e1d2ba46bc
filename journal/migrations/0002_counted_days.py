"""Days somebody counts for themselves: no history, so that what is forgotten is gone."""

import core.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0001_journal'),
        ('patients', '0004_on_call'),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedDays',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('kept', core.fields.EncryptedJSONField()),
                ('shared_at', models.DateTimeField(blank=True, null=True, verbose_name='shared')),
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='counted_days', to='patients.patient', verbose_name='patient')),
            ],
            options={
                'verbose_name': 'counted days',
                'verbose_name_plural': 'counted days',
            },
        ),
    ]
