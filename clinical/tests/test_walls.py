"""What every table of the record has: whoever refuses DELETE refuses TRUNCATE, every change is in a history that nobody changes,
and narrative is in encrypted columns."""

import pytest
from django.db import models

from clinical.models import Document, PsychotherapyNote
from core.fields import EncryptedJSONField, EncryptedTextField, PrivateTextField
from core.tests.walls import (
    assert_history_keeps,
    assert_nobody_changes,
    assert_truncate_is_refused,
    history_of,
    label,
    refusing,
    tables_of,
    triggers,
)

TABLES, HISTORIES = tables_of("clinical")
# About nobody: a phrase of one's own may go without a trace.
PHRASES = {"Snippet"}
# What somebody said to their group is theirs: taken back, it is in no history either.
TAKEN_BACK = {"SharedGoal": frozenset({"words"})}
# Refuse every DELETE, whatever the row says.
ABSOLUTE = ("never_deleted", "append_only", "kept")


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES + HISTORIES, ids=label)
def test_what_refuses_delete_refuses_truncate(model):
    if refusing(model):
        assert_truncate_is_refused(model)


@pytest.mark.django_db
@pytest.mark.parametrize("model", TABLES, ids=label)
def test_every_table_keeps_its_history(model):
    history = history_of(model, HISTORIES)
    assert history is not None
    assert_history_keeps(model, history, TAKEN_BACK.get(model.__name__, frozenset()))
    kept = [words for words in triggers(model).values() if " AFTER " in words]
    never = any(
        name in ABSOLUTE or (name == "sealed" and " WHEN " not in words)
        for full, words in triggers(model).items()
        if " BEFORE " in words and "DELETE" in words
        for name in [full.removeprefix("pgtrigger_").rpartition("_")[0]]
    )
    assert never or model.__name__ in PHRASES or any(" DELETE " in words for words in kept)


@pytest.mark.django_db
@pytest.mark.parametrize("model", HISTORIES, ids=label)
def test_nobody_changes_a_history(model):
    assert_nobody_changes(model)


FACTS = ("seal", "facts")  # codes, days and numbers: no narrative


@pytest.mark.parametrize("model", TABLES, ids=label)
def test_what_is_written_freely_is_encrypted(model):
    """A text without an end is narrative; so is JSON, but for the facts a seal stands on."""
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.TextField | models.JSONField):
            is_encrypted = isinstance(field, EncryptedTextField | EncryptedJSONField | PrivateTextField)
            assert is_encrypted or field.name in FACTS, field


def test_the_history_of_what_is_encrypted_is_encrypted():
    for model in TABLES:
        history = next(h for h in HISTORIES if h.pgh_tracked_model is model)
        for field in model._meta.local_concrete_fields:
            if field.name in TAKEN_BACK.get(model.__name__, ()):
                continue
            if isinstance(field, EncryptedTextField | EncryptedJSONField | PrivateTextField):
                assert type(history._meta.get_field(field.name)) is type(field)


def test_private_notes_are_under_keys_of_their_own():
    assert isinstance(PsychotherapyNote._meta.get_field("text"), PrivateTextField)
    assert not isinstance(Document._meta.get_field("sections"), PrivateTextField)
