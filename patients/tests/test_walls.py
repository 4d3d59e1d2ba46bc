"""What the tables of first days have: what refuses DELETE refuses TRUNCATE, every change is in a history nobody changes, and what
people say of themselves is encrypted."""

import pytest
from django.db import models

from core.fields import EncryptedTextField
from core.tests.walls import (
    assert_history_keeps,
    assert_nobody_changes,
    assert_truncate_is_refused,
    history_of,
    label,
    refusing,
    tables_of,
)
from patients.models import Consent, ConsentDocument, ConsentWording, FirstStep, Invitation

TABLES, HISTORIES = tables_of("patients")
NEW = (Consent, ConsentDocument, ConsentWording, FirstStep, Invitation)
# Words a program shows to everybody it asks to sign.
SHOWN = {ConsentDocument, ConsentWording}


@pytest.mark.django_db
@pytest.mark.parametrize("model", NEW, ids=label)
def test_what_refuses_delete_refuses_truncate(model):
    assert refusing(model)
    assert_truncate_is_refused(model)


@pytest.mark.django_db
@pytest.mark.parametrize("model", NEW, ids=label)
def test_every_change_is_kept_and_nobody_changes_that(model):
    history = history_of(model, HISTORIES)
    assert_nobody_changes(history)
    if model is not Invitation:  # whose hash is not kept
        assert_history_keeps(model, history)


@pytest.mark.parametrize("model", TABLES, ids=label)
def test_what_is_written_freely_is_encrypted(model):
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.TextField) and model not in SHOWN:
            assert isinstance(field, EncryptedTextField), field


def test_every_table_about_somebody_says_to_whom_it_is_visible():
    for model in TABLES:
        if any(field.name == "patient" for field in model._meta.fields):
            assert hasattr(model.objects, "visible_to"), model
