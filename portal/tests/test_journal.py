"""The journal's addresses: one's own and nobody else's, sealed or refused, and what the care team can read of it."""

import datetime as dt
import json
import logging
import uuid

import pytest
from django.urls import reverse

from audit.models import Read
from journal.models import Entry, SharedEntry, Vault
from journal.services import BLOCK, OVERHEAD, share
from portal.tests.helpers import queries, text
from rooms.services.passes import enter
from rooms.tests.live import license_in, say_where
from tests.desk import browser_of, fields
from tests.examples.journals import begin, box, keys

PAGE = "/my/journal/"
SEALED = box(OVERHEAD + BLOCK)
SECRET = "What I share of it"
pytestmark = pytest.mark.django_db


def address(entry, deed: str = "entry") -> str:
    return reverse(f"portal:journal_{deed}", args=[entry.uid])


def send(client, where: str, **body):
    return client.post(where, json.dumps(body), content_type="application/json", headers={"Accept": "application/json"})


@pytest.fixture
def entry(house) -> Entry:
    return begin(house.pat)


def test_staff_are_kept_out_of_every_address(house, entry):
    pages = [PAGE, "/my/journal/keys/", "/my/journal/entries/", "/my/journal/forget/", address(entry)]
    for somebody in (house.alice, house.bob, house.admin):
        for page in pages:
            assert browser_of(somebody).get(page).status_code == 403
    for page in pages:
        assert browser_of(None).get(page).status_code == 302


def test_to_another_patient_there_is_no_such_entry(house, entry):
    share(patient=house.pat, entry=entry, version=1, title="", text=SECRET)
    quinn = browser_of(house.quinn.user)
    assert quinn.get(address(entry)).status_code == 404
    for deed in ("delete", "keep", "share", "unshare"):
        assert send(quinn, address(entry, deed), kept=True, version=1, title="", text="x").status_code == 404
    assert quinn.get("/my/journal/entries/").json() == {"entries": []}
    assert quinn.get("/my/journal/keys/").json() == {"vault": None}
    assert SECRET not in text(quinn.get(PAGE))
    assert SharedEntry.objects.standing().exists()


def test_without_scripts_the_page_says_why_and_offers_nothing_half(pat_client, house, entry):
    share(patient=house.pat, entry=entry, version=1, title="Monday", text=SECRET)
    page = text(pat_client.get(PAGE))
    assert "opens only with scripts switched on" in page
    assert '<div id="journal" hidden' in page
    assert SECRET in page  # what is shared, and taking it back, need no secret
    assert pat_client.post(address(entry, "unshare"), follow=True).status_code == 200
    assert not SharedEntry.objects.standing().exists()
    # Nothing of a secret has a name: no form could send it.
    source = pat_client.get(PAGE).content.decode()
    secrets = [part.split(">")[0] for part in source.split("<input")[1:] if "data-field" in part.split(">")[0]]
    assert len(secrets) >= 10 and not [one for one in secrets if " name=" in one]


def test_opening_the_page_is_on_the_record_and_saving_is_not_a_reading(pat_client, house, entry):
    pat_client.get(PAGE)
    seen = Read.objects.filter(reader_id=house.pat.user_id)
    assert list(seen.values_list("path", flat=True)) == [PAGE]
    pat_client.get("/my/journal/entries/")
    assert seen.count() == 1


def test_beginning_saving_and_reading(pat_client, house):
    key, uid = str(uuid.uuid4()), uuid.uuid4()
    sent = {name: getattr(keys(), name) for name in keys().__slots__}
    made = send(pat_client, "/my/journal/keys/", uid=key, version=0, **sent)
    assert made.status_code == 200 and made.json()["vault"]["uid"] == key
    where = reverse("portal:journal_entry", args=[uid])
    body = {"key": key, "version": 0, "on": "2026-03-02", "title": SEALED, "text": SEALED}
    assert send(pat_client, where, **body).json() == {"version": 1}
    found = pat_client.get(where).json()
    assert found == {"uid": str(uid), "version": 1, "on": "2026-03-02", "title": SEALED, "text": SEALED}
    (row,) = pat_client.get("/my/journal/entries/").json()["entries"]
    assert (row["uid"], row["kept"], row["shared"], "text" in row) == (str(uid), False, None, False)
    again = send(pat_client, where, **body)
    assert (again.status_code, again.json()["code"]) == (409, "changed")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b"[" * 100_000,
        b'{"version": 0}',
        b'{"version": -1, "key": "x"}',
        b'{"version": true, "key": "00000000-0000-4000-8000-000000000000"}',
        b'{"version": 0, "key": "00000000-0000-4000-8000-000000000000", "on": "never"}',
        b'{"version": 1, "title": 3, "text": null}',
        b'{"version": 1, "title": "", "text": "a\\u0000b"}',
    ],
)
def test_garbage_is_answered_and_changes_nothing(pat_client, house, entry, body):
    for where in (address(entry), "/my/journal/keys/", address(entry, "share")):
        answer = pat_client.post(where, body, content_type="application/json")
        assert answer.status_code in (400, 409), (where, answer.content)
        assert answer.json()["message"]
    assert Entry.objects.get().version == 1 and not SharedEntry.objects.exists()


def test_deleting_everything_takes_the_word(pat_client, house, entry):
    share(patient=house.pat, entry=entry, version=1, title="", text=SECRET)
    assert fields(pat_client.get("/my/journal/forget/"), "word") == {"word": ""}
    answer = pat_client.post("/my/journal/forget/", {"word": "no"})
    assert answer.status_code == 422 and "Nothing is deleted" in text(answer)
    assert Vault.objects.exists()
    answer = pat_client.post("/my/journal/forget/", {"word": " Delete "}, follow=True)
    assert "Your journal is deleted." in text(answer)
    assert not Vault.objects.exists() and not SharedEntry.objects.standing().exists()


def test_the_care_team_reads_what_is_shared_and_it_is_on_the_record(house, entry, settings):
    settings.MFA_REQUIRED_FOR_STAFF = False
    page, person = f"/desk/people/{house.pat.uid}/shared/", f"/desk/people/{house.pat.uid}/"
    alice = browser_of(house.alice)
    assert "Nothing is shared now" in text(alice.get(page)) and page not in text(alice.get(person))
    copy = share(patient=house.pat, entry=entry, version=1, title="Monday", text=SECRET)
    assert SECRET in text(alice.get(page)) and page in text(alice.get(person))
    assert (
        Read.objects.filter(reader_id=house.alice.pk, patient_id=house.pat.pk, what="journal", path=page).count() == 2
    )
    assert browser_of(house.charlie).get(page).status_code == 404
    assert browser_of(house.robin.user).get(page).status_code == 403
    for wrong in (house.coordinator, house.admin, house.billing):
        assert browser_of(wrong).get(page).status_code == 403
    send(browser_of(house.pat.user), address(entry, "unshare"))
    left = text(alice.get(page))
    assert SECRET not in left and "Monday" not in left
    copy.refresh_from_db()
    assert copy.withdrawn_at


def test_what_is_shared_is_in_no_log(pat_client, house, entry, caplog):
    with caplog.at_level(logging.DEBUG):
        send(pat_client, address(entry, "share"), version=1, title="Monday", text=SECRET)
    assert SharedEntry.objects.get().text == SECRET
    assert SECRET not in caplog.text and "Monday" not in caplog.text


def test_kept_for_the_session_the_first_page_reminds(pat_client, house, entry):
    assert "You wanted to bring" not in text(pat_client.get("/my/"))
    assert send(pat_client, address(entry, "keep"), kept=True).json() == {"kept": True}
    assert "You wanted to bring something" in text(pat_client.get("/my/"))
    assert "You wanted to bring" not in text(browser_of(house.quinn.user).get("/my/"))


def test_the_page_costs_the_same_with_many_entries(pat_client, house, entry):
    before = queries(pat_client, PAGE)
    Entry.objects.bulk_create(
        Entry(vault=entry.vault, on=entry.on, title_box=SEALED, text_box=SEALED) for _n in range(30)
    )
    assert queries(pat_client, PAGE) == before


@pytest.mark.parametrize("kept", [True, False])
def test_kept_for_the_session_the_live_room_reminds_its_writer_alone(house, entry, clock, kept):
    license_in(house.alice, "CA")
    clock.move_to(house.session.starts_at - dt.timedelta(minutes=5))
    send(browser_of(house.pat.user), address(entry, "keep"), kept=kept)
    for patient in (house.pat, house.quinn):
        say_where(enter(user=patient.user, session_uid=house.session.uid))
        room = browser_of(patient.user).get(f"/my/rooms/{house.session.uid}/")
        assert room.status_code == 200 and "For me" in text(room)
        assert ("You wanted to bring something today." in text(room)) == (kept and patient == house.pat)
