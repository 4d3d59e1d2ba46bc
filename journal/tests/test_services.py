"""A journal's deeds: what is stored is sealed, two devices lose nothing, what is taken back is gone, what is forgotten too."""

import dataclasses
import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from core.errors import Refusal
from journal.models import LEAST_ITERATIONS, Entry, Prompt, SharedEntry, Vault
from journal.prompts import house_prompts, prompts_for
from journal.queries import list_of, to_bring
from journal.services import (
    BLOCK,
    MOST_TEXT,
    OVERHEAD,
    begin_journal,
    change_keys,
    delete_entry,
    forget_everything,
    keep_for_session,
    save_entry,
    share,
    unshare,
)
from tests.examples.journals import begin, box, keys
from tests.factories import make_program, make_staff

DAY = dt.date(2026, 3, 2)
SECRET = "Nobody but my team"
SEALED = box(OVERHEAD + BLOCK)


def save(patient, vault, uid=None, version=0, text=SEALED, title=SEALED):
    return save_entry(
        patient=patient, key=vault.uid, uid=uid or uuid.uuid4(), version=version, on=DAY, title_box=title, text_box=text
    )


def code_of(deed) -> str:
    with pytest.raises(Refusal) as caught:
        deed()
    return caught.value.code


@pytest.fixture
def vault(house) -> Vault:
    return begin_journal(patient=house.pat, uid=uuid.uuid4(), keys=keys())


# --- keys


def test_a_journal_is_begun_once(house, vault):
    assert code_of(lambda: begin_journal(patient=house.pat, uid=uuid.uuid4(), keys=keys())) == "begun"
    assert code_of(lambda: begin_journal(patient=house.quinn, uid=vault.uid, keys=keys())) == "begun"


@pytest.mark.parametrize(
    "strange",
    [
        {"wrapped": "correct horse battery staple"},
        {"salt": ""},
        {"recovery_wrapped": None},
        {"iterations": LEAST_ITERATIONS - 1},
        {"iterations": "600000"},
        {"iterations": True},
    ],
)
def test_a_key_that_is_not_wrapped_is_not_kept(house, strange):
    given = dataclasses.replace(keys(), **strange)
    assert code_of(lambda: begin_journal(patient=house.pat, uid=uuid.uuid4(), keys=given)) == "not_wrapped"


@pytest.mark.parametrize(
    "strange", [{"wrapped": "correct horse battery staple"}, {"salt": ""}, {"iterations": LEAST_ITERATIONS - 1}]
)
def test_nor_does_the_database_keep_it(house, strange):
    with pytest.raises(IntegrityError), transaction.atomic():
        Vault.objects.create(patient=house.pat, **dataclasses.asdict(keys()) | strange)


def test_of_two_changes_of_the_passphrase_the_second_is_told(house, vault):
    changed = change_keys(patient=house.pat, uid=vault.uid, version=1, keys=keys())
    assert changed.version == 2
    assert code_of(lambda: change_keys(patient=house.pat, uid=vault.uid, version=1, keys=keys())) == "changed"


# --- entries


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        ("I was afraid today", "not_sealed"),
        ("SXdhc2FmcmFpZA==", "not_sealed"),  # base64 of something short
        ("", "not_sealed"),
        (None, "not_sealed"),
        (["x"], "not_sealed"),
        (box(OVERHEAD + BLOCK - 1), "not_sealed"),
        (box(OVERHEAD + MOST_TEXT + BLOCK), "too_long"),
    ],
)
def test_what_is_not_sealed_is_not_stored(house, vault, plain, code):
    assert code_of(lambda: save(house.pat, vault, text=plain)) == code
    assert not Entry.objects.exists()


def test_the_database_refuses_what_could_be_read(house, vault):
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(vault=vault, on=DAY, title_box=SEALED, text_box="I was afraid today")


def test_of_two_devices_the_second_is_told_and_overwrites_nothing(house, vault):
    entry = save(house.pat, vault)
    other = box(OVERHEAD + 2 * BLOCK)
    assert save(house.pat, vault, entry.uid, 1, text=other).version == 2
    assert code_of(lambda: save(house.pat, vault, entry.uid, 1)) == "changed"
    entry.refresh_from_db()
    assert (entry.version, entry.text_box) == (2, other)


def test_an_entry_that_was_deleted_elsewhere_does_not_come_back_by_itself(house, vault):
    entry = save(house.pat, vault)
    delete_entry(patient=house.pat, entry=entry)
    assert code_of(lambda: save(house.pat, vault, entry.uid, 1)) == "gone"


def test_a_device_with_an_old_key_can_save_nothing_more(house, vault):
    forget_everything(patient=house.pat)
    assert code_of(lambda: save(house.pat, vault)) == "no_journal"
    begin_journal(patient=house.pat, uid=uuid.uuid4(), keys=keys())
    assert code_of(lambda: save(house.pat, vault)) == "other_key"


def test_nobody_writes_into_anothers_entry(house, vault):
    entry = save(house.pat, vault)
    other = begin_journal(patient=house.quinn, uid=uuid.uuid4(), keys=keys())
    assert code_of(lambda: save(house.quinn, other, entry.uid, 1)) == "taken"


def test_nobody_sees_a_journal_but_its_writer(house):
    begin(house.pat)
    admin = make_staff(make_program("Elsewhere"), Role.PROGRAM_ADMIN)
    for model in (Vault, Entry):
        assert model.objects.visible_to(house.pat.user).exists()
        for stranger in (house.alice, house.bob, house.admin, house.quinn.user, house.robin.user, admin):
            assert not model.objects.visible_to(stranger).exists(), stranger


# --- sharing


def test_sharing_and_taking_back(house):
    entry = begin(house.pat)
    assert code_of(lambda: share(patient=house.pat, entry=entry, version=1, title="", text=" ")) == "empty"
    assert code_of(lambda: share(patient=house.pat, entry=entry, version=2, title="", text="x")) == "changed"
    share(patient=house.pat, entry=entry, version=1, title="Monday", text=SECRET)
    seen = SharedEntry.objects.standing().visible_to
    for reader in (house.alice, house.bob, house.pat.user):
        assert seen(reader).get().text == SECRET
    for stranger in (house.charlie, house.quinn.user, house.robin.user):
        assert not seen(stranger).exists()
    assert unshare(patient=house.pat, entry_uid=entry.uid) == 1
    assert not seen(house.alice).exists()
    copy = SharedEntry.objects.get()
    assert (copy.title, copy.text) == ("", "") and copy.withdrawn_at


def test_what_was_shared_is_ciphertext_and_its_history_never_has_it(house):
    entry = begin(house.pat)
    share(patient=house.pat, entry=entry, version=1, title="Monday", text=SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM journal_sharedentry t")
        (row,) = cursor.fetchone()
        assert SECRET not in row and '"text":"gAAAA' in row
        unshare(patient=house.pat, entry_uid=entry.uid)
        cursor.execute("SELECT row_to_json(t)::text FROM journal_sharedentryevent t")
        kept = [row for (row,) in cursor.fetchall()]
        cursor.execute("SELECT row_to_json(t)::text FROM journal_sharedentry t")
        (row,) = cursor.fetchone()
    assert len(kept) == 2 and not any("gAAAA" in row for row in [*kept, row])


def test_what_is_taken_back_must_be_empty(house):
    """The negative control of the service: the database says so too."""
    entry = begin(house.pat)
    copy = share(patient=house.pat, entry=entry, version=1, title="", text=SECRET)
    with pytest.raises(IntegrityError), transaction.atomic():
        SharedEntry.objects.filter(pk=copy.pk).update(withdrawn_at=copy.shared_at)


def test_shared_again_the_earlier_copy_is_taken_back(house):
    entry = begin(house.pat)
    for text in ("First", "Second"):
        share(patient=house.pat, entry=entry, version=1, title="", text=text)
    assert [(s.text, s.withdrawn_at is None) for s in SharedEntry.objects.order_by("pk")] == [
        ("", False),
        ("Second", True),
    ]


def test_deleting_and_forgetting_take_back_what_is_shared(house):
    for deed in (lambda e: delete_entry(patient=house.pat, entry=e), lambda e: forget_everything(patient=house.pat)):
        entry = Entry.objects.filter(vault__patient=house.pat).first() or _another(house.pat)
        share(patient=house.pat, entry=entry, version=1, title="", text=SECRET)
        deed(entry)
        assert not SharedEntry.objects.standing().exists()
        assert not Entry.objects.filter(pk=entry.pk).exists()
    assert not Vault.objects.exists()


def _another(patient):
    vault = Vault.objects.filter(patient=patient).first()
    return save(patient, vault) if vault else begin(patient)


# --- for the session, prompts, costs


def test_kept_for_a_session_and_no_longer(house):
    entry = begin(house.pat)
    keep_for_session(patient=house.pat, entry=entry, kept=True)
    assert (to_bring(house.pat), to_bring(house.quinn)) == (1, 0)
    keep_for_session(patient=house.pat, entry=entry, kept=False)
    assert to_bring(house.pat) == 0


def test_prompts_of_ones_own_program_come_before_the_houses(house):
    ours = [words for kind, words in house_prompts() if kind in ("", "process")]
    assert set(prompts_for(house.pat)) == set(ours)
    assert prompts_for(house.pat)[0] in [words for kind, words in house_prompts() if kind == "process"]
    Prompt.objects.create(program=house.program, text="For everybody")
    Prompt.objects.create(program=house.program, text="For skills", kind="skills")
    Prompt.objects.create(program=house.program, text="For process", kind="process", place=5)
    Prompt.objects.create(program=house.program, text="Not any more", is_active=False)
    Prompt.objects.create(program=make_program("Elsewhere"), text="Next door")
    assert prompts_for(house.pat) == ["For process", "For everybody"]
    assert prompts_for(house.robin) == ["For skills", "For everybody"]


def test_the_list_costs_two_queries_for_any_number(house, vault):
    for count in (1, 20):
        for _n in range(count):
            save(house.pat, vault)
        with CaptureQueriesContext(connection) as seen:
            list_of(house.pat)
        assert len(seen) == 2
