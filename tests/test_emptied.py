"""What a test that commits leaves behind: nothing, sealed rows among it; and what every migration makes stays."""

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from audit.models import Read
from scheduling.models import Session
from tests.emptied import KEPT, empty


def test_nothing_is_left_and_the_walls_stand(committed_house):
    made = Permission.objects.count(), ContentType.objects.count()
    assert Session.objects.exists() and all(made)
    Read.objects.create(reader_id=1, patient_id=1, what=Read.What.RECORD, path="/")
    empty(connection)
    models = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    assert len(models) > 200
    assert [m._meta.db_table for m in models if m._meta.db_table not in KEPT and m._base_manager.exists()] == []
    assert (Permission.objects.count(), ContentType.objects.count()) == made
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
