"""Staff's pages: the library, somebody's homework, answering, giving it to a whole group."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import Read
from library.models import Homework, LibraryItem, Reply, WorksheetField
from library.services import save_sheet, send_sheet
from tests.desk import text, told
from tests.examples.library import WAV, filled, make_recording, questions


@pytest.fixture
def alice(house, browse):
    return browse(house.alice)


def person(patient) -> str:
    return f"/desk/people/{patient.uid}/homework/"


def test_the_library_as_staff_read_it(house, alice, browse, article, worksheet):
    page = text(alice.get("/desk/library/"))
    assert "An article" in page and "My worksheet" in page
    assert "An article" not in text(alice.get("/desk/library/?kind=worksheet"))
    page = text(alice.get(f"/desk/library/{worksheet.uid}/"))
    assert "Question 4" in page and "One · Two · Three" in page
    recording = make_recording(house.program)
    assert alice.get(f"/desk/library/{recording.uid}/recording/").status_code == 200
    assert f"/desk/library/{recording.uid}/recording/" in text(alice.get(f"/desk/library/{recording.uid}/"))
    assert browse(house.pat.user).get("/desk/library/").status_code == 403


def test_given_from_a_persons_page(house, alice, article):
    assert person(house.pat) in text(alice.get(f"/desk/people/{house.pat.uid}/"))
    day = timezone.localdate() + dt.timedelta(days=4)
    sent = {"item": article.pk, "due_on": day.isoformat(), "note": "Before Friday."}
    answer = alice.post(person(house.pat), sent, follow=True)
    assert told(answer) == ["Given. They are told that something is there, and not what."]
    given = Homework.objects.get()
    assert (given.patient, given.due_on, given.note) == (house.pat, day, "Before Friday.")
    again = alice.post(person(house.pat), sent | {"note": "Once more."})
    assert again.status_code == 422 and "They have this already" in text(again) and "Once more." in text(again)
    past = alice.post(person(house.pat), sent | {"due_on": "2026-03-01"})
    assert past.status_code == 422 and "Choose today or a later day." in text(past)


def test_answered(house, alice, given, worksheet):
    page = f"/desk/homework/{given.uid}/"
    save_sheet(homework=given, answers=filled(worksheet, "Only for myself"), version=0)
    assert "Only for myself" not in text(alice.get(page)), "a draft is its writer's own"
    send_sheet(homework=given, answers=filled(worksheet), version=1)
    assert "Worksheets to answer" in text(alice.get("/desk/"))
    assert "At the bus stop" in text(alice.get(page)) and "not answered" in text(alice.get(person(house.pat)))
    empty = alice.post(page, {"deed": "answer", "number": 1, "text": " "})
    assert empty.status_code == 422 and "Write something first." in text(empty)
    sent = {"deed": "answer", "number": 1, "text": "Well seen.", "again": "on"}
    assert told(alice.post(page, sent, follow=True)) == ["Answered. They are told that there is an answer."]
    given.refresh_from_db()
    assert given.is_to_do and Reply.objects.get().text == "Well seen."
    assert "Worksheets to answer" not in text(alice.get("/desk/"))
    send_sheet(homework=given, answers=filled(worksheet), version=2)
    newer = alice.post(page, sent | {"text": "Late", "again": ""})
    assert newer.status_code == 422 and "They sent a newer one meanwhile." in text(newer) and "Late" in text(newer)
    assert alice.post(page, sent | {"number": 9}).status_code == 404
    assert alice.post(page, {"deed": "nonsense"}).status_code == 422


def test_withdrawn(house, alice, given):
    answer = alice.post(f"/desk/homework/{given.uid}/", {"deed": "withdraw"}, follow=True)
    assert told(answer) == ["Withdrawn. What was sent and answered is kept."]
    assert Homework.objects.get().withdrawn_by == house.alice


def test_to_all_members(house, alice, article, given):
    page = f"/desk/series/{house.group.uid}/homework/"
    assert page in text(alice.get(f"/desk/series/{house.group.uid}/"))
    shown = text(alice.get(page))
    assert "Pat Peerson, Quinn Quill" in shown
    answer = alice.post(page, {"item": given.item.pk, "note": "For Thursday."}, follow=True)
    assert told(answer) == ["1 person has it now. 1 had it already and keeps it as it is."]
    assert alice.post(page, {"item": ""}).status_code == 422
    read = Read.objects.filter(path=page, patient_id=house.quinn.pk).latest("pk")
    assert read.what == Read.What.GROUP


def test_doors(house, browse, given, article):
    pages = [person(house.pat), f"/desk/homework/{given.uid}/", f"/desk/series/{house.group.uid}/homework/"]
    for page in pages:
        assert browse(None).get(page).status_code == 302
        assert browse(house.charlie).get(page).status_code == 404
        for user in (house.coordinator, house.admin, house.billing, house.pat.user):
            assert browse(user).get(page).status_code == 403
    assert browse(house.bob).get(pages[1]).status_code == 200, "who supervises"
    assert browse(house.alice).get(pages[1]).status_code == 200
    read = Read.objects.filter(path=pages[1], reader_id=house.alice.pk).latest("pk")
    assert (read.patient_id, read.what) == (house.pat.pk, Read.What.HOMEWORK)


def test_the_administration_site(house, browse, article, worksheet, given):
    ada = browse(house.admin)
    listed = "/admin/library/libraryitem/"
    ada.post(listed, {"action": "take_out", "_selected_action": [article.pk]})
    assert not LibraryItem.objects.get(pk=article.pk).is_published
    ada.post(listed, {"action": "put_in", "_selected_action": [article.pk]})
    assert LibraryItem.objects.get(pk=article.pk).is_published
    save_sheet(homework=given, answers=filled(worksheet), version=0)
    field = questions(worksheet)["short"]
    page = f"/admin/library/worksheetfield/{field.pk}/change/"
    sent = {"place": 1, "kind": "short", "label": "Otherwise", "is_active": "on"}
    refused = ada.post(page, sent)
    assert refused.status_code == 200 and "Somebody has begun to answer this worksheet." in text(refused)
    ada.post(listed, {"action": "make_new_version", "_selected_action": [worksheet.pk]})
    fresh = LibraryItem.objects.get(replaces=worksheet)
    other = WorksheetField.objects.get(item=fresh, kind="short")
    assert ada.post(f"/admin/library/worksheetfield/{other.pk}/change/", sent).status_code == 302
    other.refresh_from_db()
    assert other.label == "Otherwise"
    empty = LibraryItem.objects.create(program=house.program, kind="worksheet", title="Empty")
    said = told(ada.post(listed, {"action": "put_in", "_selected_action": [empty.pk]}, follow=True))
    assert said[-1] == "“Empty” has no questions yet."


def test_a_recording_is_uploaded_in_the_administration_site(house, browse):
    ada = browse(house.admin)
    sent = {"program": house.program.pk, "kind": "recording", "title": "A sound", "text": "Breathe.", "minutes": 3}
    sent |= {"place": 0, "file": SimpleUploadedFile("Pat Peerson.WAV", b"<html>")}
    add = "/admin/library/libraryitem/add/"
    assert "Upload MP3, M4A, OGG, WAV, MP4 or WebM." in text(ada.post(add, sent))
    sent["file"] = SimpleUploadedFile("Pat Peerson.WAV", WAV)
    assert ada.post(add, sent).status_code == 302
    item = LibraryItem.objects.get()
    assert "Pat" not in item.file.name and item.file.name.endswith(".wav")
    page = text(ada.get(f"/admin/library/libraryitem/{item.pk}/change/"))
    assert f"/desk/library/{item.uid}/" in page
    assert ada.get(f"/desk/library/{item.uid}/recording/").status_code == 200
