"""Two devices of one person at the same moment: neither overwrites the other. With the lock taken away one does."""

import datetime as dt
from functools import partial

import pytest
from django.db import transaction

from core.errors import Refusal
from core.tests.racing import backend_pid, eventually, somebody_else, waits_for_a_lock
from journal import services
from journal.models import Entry, Vault
from journal.services import BLOCK, OVERHEAD, save_entry
from tests.examples.journals import begin, box

PHONE, LAPTOP = box(OVERHEAD + 2 * BLOCK), box(OVERHEAD + 3 * BLOCK)


def save(patient, entry, text) -> Entry:
    return save_entry(
        patient=patient,
        key=entry.vault.uid,
        uid=entry.uid,
        version=1,
        on=dt.date(2026, 3, 2),
        title_box=text,
        text_box=text,
    )


def meet(patient, entry):
    """The phone saves and has not committed yet when the laptop saves on the same version. What the laptop was told."""
    with somebody_else() as other:
        pid = other(backend_pid).result()
        with transaction.atomic():
            save(patient, entry, PHONE)
            laptop = other(partial(save, patient, entry, LAPTOP))
            eventually(lambda: waits_for_a_lock(pid))
        return laptop.exception() or laptop.result()


@pytest.fixture
def entry(committed_house) -> Entry:
    return begin(committed_house.pat)


def test_the_second_device_is_told(committed_house, entry):
    told = meet(committed_house.pat, entry)
    assert isinstance(told, Refusal) and told.code == "changed"
    entry.refresh_from_db()
    assert (entry.version, entry.text_box) == (2, PHONE)


def test_without_the_lock_it_would_overwrite_the_first(committed_house, entry, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(services, "_of", lambda patient, key=None: Vault.objects.get(patient=patient))
    told = meet(committed_house.pat, entry)
    assert isinstance(told, Entry)
    entry.refresh_from_db()
    assert (entry.version, entry.text_box) == (2, LAPTOP)
