"""What the database says of a table’s triggers, for the tests of walls."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction


def tables_of(app: str) -> tuple[list, list]:
    """An app's tables, and their histories."""
    found = [m for m in apps.get_app_config(app).get_models(include_auto_created=True) if not m._meta.proxy]
    histories = [m for m in found if hasattr(m, "pgh_tracked_model")]
    return [m for m in found if m not in histories], histories


def label(model) -> str:
    """Its name in a test's."""
    return model.__name__


def triggers(model) -> dict[str, str]:
    """The table's triggers and what each of them stands before, as the database says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [model._meta.db_table],
        )
        return dict(cursor.fetchall())


def refusing(model) -> list[str]:
    """Names of the triggers that stand before a row is deleted."""
    return [name for name, words in triggers(model).items() if " BEFORE " in words and "DELETE" in words]


def assert_truncate_is_refused(model) -> None:
    """Not by the keys that lead to it: alone, as it stands."""
    assert any("TRUNCATE" in words for words in triggers(model).values())
    with (
        pytest.raises(DatabaseError, match=r"cannot be truncated|cannot truncate"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL iop.may_truncate = 'off'")
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def assert_nobody_changes(history) -> None:
    """Neither a row nor all of them."""
    before = [w for w in triggers(history).values() if " BEFORE " in w]
    assert any("UPDATE" in w and "DELETE" in w for w in before)
    assert any("TRUNCATE" in w for w in before)


def history_of(model, histories):
    """The table that keeps its changes; None where none does."""
    return next((h for h in histories if h.pgh_tracked_model is model), None)


def assert_history_keeps(model, history, without: frozenset[str] = frozenset()) -> None:
    """Every column, of every insert and update. without: columns whose words go for good when they are taken back."""
    kept = [words for words in triggers(model).values() if " AFTER " in words]
    assert any(" INSERT " in words for words in kept) and any(" UPDATE " in words for words in kept)
    columns = {f.column for f in model._meta.local_concrete_fields if not f.generated}
    assert columns - {f.column for f in history._meta.local_concrete_fields} == without
