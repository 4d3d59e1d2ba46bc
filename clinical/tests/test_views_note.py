"""One person's note, and its addenda."""

import datetime as dt

import pytest
from django.db import connection

from clinical.models import Addendum, ProgressNote, Status
from clinical.services import add_addendum
from patients.services import assign_primary_clinician, end_care_team
from tests.desk import Readings, attend, count, document, fields, text, told, write
from tests.factories import PASSWORD

QUERIES = 14


@pytest.fixture
def signed(house, clock):
    """Pat's and Quinn's notes are signed by Alice."""
    clock.shift(dt.timedelta(hours=3))
    document(house.session, house.alice, Pat="Spoke of a hard weekend.", Quinn="Listened to a peer.")
    return house


@pytest.fixture
def drafted(house, clock):
    """Pat's note is a draft of Alice's."""
    clock.shift(dt.timedelta(hours=3))
    attend(house.session, house.alice, Pat=Status.LATE)
    write(house.session, house.alice, Pat="A first try.")
    return house


def note(house) -> ProgressNote:
    return ProgressNote.objects.get(patient=house.pat)


def address(house) -> str:
    return f"/desk/notes/{note(house).uid}/"


def added(words: str, **more) -> dict:
    """What the form of a new entry sends."""
    return {"text": words, "password": PASSWORD, **more}


def test_doors(signed, browse):
    page = address(signed)
    assert browse(None).get(page)["Location"].startswith("/account/login/")
    for stranger in (signed.coordinator, signed.admin, signed.billing, signed.pat.user):
        assert browse(stranger).get(page).status_code == 403
        assert browse(stranger).post(page, {"text": "x"}).status_code == 403
    assert browse(signed.charlie).get(page).status_code == 404
    assert browse(signed.charlie).post(page, {"text": "x"}).status_code == 404
    for reader in (signed.alice, signed.bob):
        assert browse(reader).get(page).status_code == 200
    assert not Addendum.objects.exists()


def test_a_fixed_number_of_queries(signed, browse):
    client = browse(signed.alice)
    assert count(client, address(signed)) == QUERIES
    for n in range(4):
        add_addendum(note=note(signed), text=f"Addendum {n}", by=signed.alice)
    assert count(client, address(signed)) == QUERIES


def test_it_holds_one_person_and_reading_it_is_on_the_record(signed, browse):
    readings = Readings()
    page = text(browse(signed.alice).get(address(signed)))
    assert "Spoke of a hard weekend." in page and "Name two triggers" in page and "Guided discussion" in page
    assert "Signed by <strong>Alice Clinician, LMFT</strong>" in page and "2 people" in page
    assert "Quinn" not in page and "Quill" not in page and "Listened" not in page
    assert readings.of(signed.alice) == {"Pat"}


def test_times_in_the_readers_zone(signed, browse):
    signed.alice.zone = "America/New_York"
    signed.alice.save()
    page = text(browse(signed.alice).get(address(signed)))
    assert "12:00–1:30 PM EST" in page and "March 2, 2026, 2:00 PM" in page


def test_an_addendum_is_signed_and_the_note_stays(signed, browse):
    client = browse(signed.bob)
    page = client.post(address(signed), added("  The weekend was Saturday only.  "), follow=True)
    assert told(page) == ["The entry is signed."]
    addendum = Addendum.objects.get()
    assert addendum.text == "The weekend was Saturday only." and addendum.signed_name == "Bob Supervisor, LCSW"
    assert "Spoke of a hard weekend." in text(page) and "Bob Supervisor, LCSW" in text(page) and note(signed).is_intact


def test_an_empty_addendum_and_one_pressed_twice(signed, browse):
    client = browse(signed.alice)
    for empty in ("", "   ", "\x00"):
        page = client.post(address(signed), added(empty))
        assert page.status_code == 422 and page.context["form"].errors["text"] and 'id="id_text_error"' in text(page)
    assert client.post(address(signed), {}).status_code == 422
    for _twice in range(2):
        assert client.post(address(signed), added("Saturday only.")).status_code == 302
    assert Addendum.objects.count() == 1


def test_a_draft_is_shown_as_one(drafted, browse):
    page = browse(drafted.alice).get(address(drafted))
    assert "This is a draft" in text(page) and "A first try." in text(page) and "Go on writing" in text(page)
    assert 'name="text"' not in text(page)
    page = browse(drafted.alice).post(address(drafted), added("More."))
    assert page.status_code == 422 and "still a draft" in text(page) and not Addendum.objects.exists()


def test_a_reader_who_leads_nothing_is_not_sent_to_write(drafted, browse):
    """Charlie is Pat's new primary clinician: he reads the draft; the session is Alice's."""
    assign_primary_clinician(episode=drafted.pat_episode, clinician=drafted.charlie)
    page = text(browse(drafted.charlie).get(address(drafted)))
    assert "A first try." in page and "Go on writing" not in page and "/desk/sessions/" not in page


def test_after_the_care_team_ended_it_is_not_found(signed, browse):
    for source in (f"primary:{signed.pat_episode.pk}", f"group:{signed.group.pk}"):
        end_care_team(source=source, patient=signed.pat)
    assert browse(signed.alice).get(address(signed)).status_code == 404


def test_what_is_not_what_was_signed_is_told(signed, browse):
    """Somebody with the database's keys changed a signed note: the page says so to every reader."""
    alert = "What is stored does not match what was signed."
    assert alert not in text(browse(signed.alice).get(address(signed)))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE clinical_progressnote DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE clinical_progressnote SET signed_name = 'Somebody Else' WHERE id = %s", [note(signed).pk]
        )
    page = browse(signed.alice).get(address(signed))
    assert page.status_code == 200 and alert in text(page) and 'role="alert"' in text(page)


def test_what_was_typed_comes_back(signed, browse):
    page = browse(signed.alice).post(address(signed), {"text": "\x00 typed"})
    assert fields(page, "text")["text"].endswith("typed")


def test_nothing_is_added_without_proof_and_what_was_typed_comes_back(signed, browse):
    client = browse(signed.alice)
    for password, said in (("", "Enter your password to sign."), ("wrong", "This is not your password.")):
        page = client.post(address(signed), {"text": "Saturday only.", "password": password})
        assert (
            page.status_code == 422 and said in text(page) and fields(page, "text")["text"].endswith("Saturday only.")
        )
    assert not Addendum.objects.exists()


def test_a_late_entry_carries_both_dates_and_a_correction_is_marked_at_the_top(signed, browse):
    client = browse(signed.alice)
    page = client.post(address(signed), added("Called on Tuesday.", kind="late_entry"))
    assert page.status_code == 422 and "Say when it happened" in text(page) and not Addendum.objects.exists()
    client.post(address(signed), added("Called on Tuesday.", kind="late_entry", about_at="2026-03-02T10:40"))
    late = Addendum.objects.get()
    assert late.kind == "late_entry" and late.about_at.isoformat() == "2026-03-02T18:40:00+00:00"
    ahead = client.post(address(signed), added("x", kind="late_entry", about_at="2026-03-05T10:40"))
    assert ahead.status_code == 422 and "about what has happened" in text(ahead)
    client.post(address(signed), added("It was Saturday.", kind="correction"))
    page = text(client.get(address(signed)))
    correction = Addendum.objects.get(kind="correction")
    assert "Corrected on March 2, 2026:" in page and f'href="#entry-{correction.uid.hex}"' in page
    assert page.index("Corrected on") < page.index("Spoke of a hard weekend.") < page.index("It was Saturday.")
    assert "about March 2, 2026, 10:40 AM" in page


def test_a_voided_note_is_struck_with_its_reason_and_nothing_is_added(signed, browse):
    void = f"{address(signed)}void/"
    assert browse(signed.alice).get(void).status_code == 403  # a supervisor's deed
    client = browse(signed.bob)
    assert client.post(void, {"reason": "Wrong person.", "password": "wrong"}).status_code == 422
    assert client.post(void, {"reason": " ", "password": PASSWORD}).status_code == 422
    assert not note(signed).is_void
    page = client.post(void, {"reason": "Wrong person.", "password": PASSWORD}, follow=True)
    assert "is-void" in text(page) and "Wrong person." in text(page) and "Spoke of a hard weekend." in text(page)
    assert "Voided by <strong>Bob Supervisor, LCSW</strong>" in text(page) and "Add to it" not in text(page)
    assert client.post(address(signed), added("x")).status_code == 422 and not Addendum.objects.exists()


def test_what_it_was_signed_with_is_shown(signed, browse):
    page = text(browse(signed.alice).get(address(signed)))
    assert "No licence on file" in page and "None reported" in page and "Patient’s state" in page
    assert "1 warning was overruled before signing" in page and "No plan yet." in page
    assert "No objective of the treatment plan" in page


def test_a_note_sealed_before_there_was_more_to_say_still_reads(signed, browse):
    """The first notes have no "form" in their seal."""
    old = note(signed)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE clinical_progressnote DISABLE TRIGGER USER")
    kept = ("program", "group", "kind", "session", "starts_at", "ends_at", "zone", "status", "minutes", "participation")
    old.seal = {name: old.seal[name] for name in (*kept, "attending", "modality")}
    old.risk = ""
    old.content_hash = old.fingerprint()
    old.save()
    page = browse(signed.alice).get(address(signed))
    assert page.status_code == 200 and "What is stored does not match" not in text(page)
    assert "Spoke of a hard weekend." in text(page) and "2 people" in text(page)
