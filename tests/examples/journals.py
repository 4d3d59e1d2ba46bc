"""Journals: on both sides one with an entry of which a copy is shared. Sealed with nothing: what is in the boxes says nothing."""

import base64
import datetime as dt
import uuid

from journal.models import LEAST_ITERATIONS, Entry, Prompt
from journal.services import BLOCK, Keys, begin_journal, save_entry, share


def box(length: int) -> str:
    """As long as what a browser sends."""
    return base64.b64encode(bytes(length)).decode()


def keys() -> Keys:
    """As a browser would wrap them."""
    return Keys(LEAST_ITERATIONS, box(16), box(60), box(16), box(60))


def begin(patient) -> Entry:
    """A journal of somebody's with one entry."""
    vault = begin_journal(patient=patient, uid=uuid.uuid4(), keys=keys())
    sealed = box(28 + BLOCK)
    return save_entry(
        patient=patient,
        key=vault.uid,
        uid=uuid.uuid4(),
        version=0,
        on=dt.date(2026, 3, 2),
        title_box=sealed,
        text_box=sealed,
    )


def make(house, sessions) -> None:
    """Pat and Robin."""
    Prompt.objects.create(program=house.program, text="What did I learn?")
    for patient in (house.pat, house.robin):
        entry = begin(patient)
        share(patient=patient, entry=entry, version=1, title="Shared", text="Out of my own journal")


def uids(patient, session, leader) -> dict:
    """Of the patient's entry, and of their page."""
    entry = Entry.objects.get(vault__patient=patient)
    names = ("journal_entry", "journal_delete", "journal_keep", "journal_share", "journal_unshare")
    return {"dashboard:shared": patient.uid} | {f"portal:{name}": entry.uid for name in names}
