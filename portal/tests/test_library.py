"""The library and one's homework, as somebody in care has them."""

import re

import pytest
from django.utils import timezone

from audit.models import Read
from library.models import Homework, LibraryItem, Sending, Sheet
from library.services import assign, mark_done, reply, send_sheet, withdraw, withdraw_item
from portal.tests.helpers import queries, sign_in, text
from tests.desk import told
from tests.examples.library import WAV, filled, make_article, make_recording, make_worksheet, questions
from tests.factories import make_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def worksheet(house) -> LibraryItem:
    return make_worksheet(house.program)


@pytest.fixture
def given(house, worksheet) -> Homework:
    return assign(patient=house.pat, item=worksheet, by=house.alice, note="Take your time.")


def sheet_of(homework) -> str:
    return f"/my/homework/{homework.uid}/"


def form_of(worksheet, version=0, deed="save", **changed) -> dict:
    """What the page's form sends, with an answer to everything but what is changed (None: left blank)."""
    names = {kind: f"q{field.pk}" for kind, field in questions(worksheet).items()}
    sent = {f"q{key}": value for key, value in filled(worksheet).items()}
    sent |= {names[kind]: value for kind, value in changed.items()}
    return {name: value for name, value in sent.items() if value is not None} | {"version": version, "deed": deed}


# --- the library


def test_the_library(pat_client, house, worksheet):
    make_article(house.program)
    elsewhere = make_article(make_program("Elsewhere"), title="Not ours")
    page = text(pat_client.get("/my/library/"))
    assert "An article" in page and "My worksheet" in page and "Not ours" not in page
    assert "An article" not in text(pat_client.get("/my/library/?kind=worksheet"))
    assert pat_client.get(f"/my/library/{elsewhere.uid}/").status_code == 404
    withdraw_item(item=worksheet)
    assert pat_client.get(f"/my/library/{worksheet.uid}/").status_code == 404


def test_an_article_reads_as_text_and_never_as_markup(pat_client, house):
    item = make_article(house.program, text="# One\n\n<script>alert(1)</script>")
    page = pat_client.get(f"/my/library/{item.uid}/").content.decode()
    assert "<h2>One</h2>" in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("rows", [1, 6])
def test_query_counts(pat_client, house, rows):
    for _n in range(rows):
        assign(patient=house.pat, item=make_article(house.program), by=house.alice)
    assert queries(pat_client, "/my/library/") == 9
    assert queries(pat_client, "/my/homework/") == 7


def test_a_recording_is_handed_out_whole_and_in_parts(pat_client, house, client):
    item = make_recording(house.program)
    url = f"/my/library/{item.uid}/recording/"
    whole = pat_client.get(url)
    assert b"".join(whole) == WAV and whole["Content-Type"] == "audio/wav" and whole["Accept-Ranges"] == "bytes"
    assert whole["X-Content-Type-Options"] == "nosniff"
    size = len(WAV)
    for asked, first, last in (("0-3", 0, 3), ("4-", 4, size - 1), ("-5", size - 5, size - 1), ("0-999", 0, size - 1)):
        part = pat_client.get(url, headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206 and part["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert b"".join(part) == WAV[first : last + 1]
    assert pat_client.get(url, headers={"Range": "bytes=999-"})["Content-Range"] == f"bytes */{size}"
    for strange in ("bytes=1-2,4-5", "bytes=-", "lines=1-2", "bytes=x"):
        assert pat_client.get(url, headers={"Range": strange}).status_code == 200
    page = text(pat_client.get(f"/my/library/{item.uid}/"))
    assert f'<audio class="player" controls preload="none" src="{url}"' in page and "Breathe." in page
    withdraw_item(item=item)
    assert pat_client.get(url).status_code == 404
    LibraryItem.objects.filter(pk=item.pk).update(withdrawn_at=None)
    assign(patient=house.pat, item=item, by=house.alice)
    withdraw_item(item=item)
    assert pat_client.get(url).status_code == 200, "who has it as homework keeps it"
    item.file.delete(save=False)
    LibraryItem.objects.filter(pk=item.pk).update(withdrawn_at=None)
    assert pat_client.get(url).status_code == 404, "the file is gone"


# --- homework


def test_from_today_to_sent(pat_client, house, given, worksheet):
    Homework.objects.update(due_on=timezone.localdate())
    assert "Something to work on, due Monday, March 2." in text(pat_client.get("/my/"))
    assert "Due today" in text(pat_client.get("/my/homework/"))
    page = text(pat_client.get(sheet_of(given)))
    assert "Alice writes:" in page and "Take your time." in page and "Question 1" in page
    answer = pat_client.post(sheet_of(given), form_of(worksheet, deed="send"), follow=True)
    assert told(answer) == ["Sent to your team. You are told when there is an answer."]
    assert "At the bus stop" in text(answer) and Sending.objects.get().answers == filled(worksheet)
    assert "Something to work on" not in text(pat_client.get("/my/"))
    reply(sending=Sending.objects.get(), text="Well seen.", by=house.alice)
    assert "Your team answered what you sent." in text(pat_client.get("/my/"))
    page = text(pat_client.get(sheet_of(given)))
    assert "Well seen." in page and "Clinician" not in page.split("</header>")[1], "first names only"
    assert "Your team answered" not in text(pat_client.get("/my/"))


def test_saved_without_scripts(pat_client, given, worksheet):
    answer = pat_client.post(sheet_of(given), form_of(worksheet, short=None), follow=True)
    assert told(answer) == ["Saved. Only you see it until you send it."] and not Sending.objects.exists()
    assert "It was loud." in text(answer) and re.search(r'value="7"[^>]*checked', answer.content.decode())


def test_what_is_needed_is_said_beside_its_question_and_nothing_typed_is_lost(pat_client, given, worksheet):
    answer = pat_client.post(sheet_of(given), form_of(worksheet, short=None, deed="send"))
    assert answer.status_code == 422 and "This one is needed before you send it." in text(answer)
    assert "It was loud." in text(answer) and Sheet.objects.get().version == 1, "kept meanwhile"
    version = int(re.search(r'name="version" value="(\d+)"', answer.content.decode()).group(1))
    assert version == 1, "the next press goes on from what was kept"
    long = pat_client.post(sheet_of(given), form_of(worksheet, 1, short="x" * 301))
    assert long.status_code == 422 and "Keep this to 300 characters." in text(long) and "x" * 301 in text(long)


def test_two_windows_without_scripts(pat_client, given, worksheet):
    """The later one is told, sees both, and decides."""
    pat_client.post(sheet_of(given), form_of(worksheet))
    answer = pat_client.post(sheet_of(given), form_of(worksheet, short="From the other window", scale="2"))
    page = text(answer)
    assert answer.status_code == 422 and "Nothing you typed here is lost." in page
    assert 'value="From the other window"' in page and "At the bus stop" in page
    assert page.count("Saved elsewhere:") == 2, "only where they differ"
    assert Sheet.objects.get().answers == filled(worksheet)
    again = form_of(worksheet, 1, short="From the other window", scale="2")
    assert pat_client.post(sheet_of(given), again).status_code == 302
    assert Sheet.objects.get().version == 2


def test_saved_as_it_is_typed(pat_client, given, worksheet):
    url = f"{sheet_of(given)}save/"
    saved = pat_client.post(url, form_of(worksheet))
    assert saved.json() == {"version": 1, "saved": "Saved at 8:00 AM."}
    late = pat_client.post(url, form_of(worksheet, short="Elsewhere"))
    assert late.status_code == 409 and late.json()["code"] == "changed"
    long = pat_client.post(url, form_of(worksheet, 1, short="x" * 301))
    assert long.status_code == 422 and long.json()["message"] == "Keep this to 300 characters."
    assert pat_client.post(url, {"version": "x"}).status_code == 422
    assert pat_client.get(url).status_code == 405
    withdraw(homework=given, by=given.assigned_by)
    assert pat_client.post(url, form_of(worksheet, 1)).json()["code"] == "withdrawn"


@pytest.mark.parametrize("sent", [{}, {"deed": "nonsense"}, {"deed": "save", "version": "-1"}, {"deed": "send"}])
def test_garbage_changes_nothing(pat_client, given, worksheet, sent):
    odd = {f"q{field.pk}": "\x00" for field in questions(worksheet).values()}
    for more in ({}, odd):
        assert pat_client.post(sheet_of(given), sent | more).status_code == 422
    assert not Sheet.objects.exists()


def test_begun_by_oneself(pat_client, house, worksheet):
    answer = pat_client.post(f"/my/library/{worksheet.uid}/", follow=True)
    own = Homework.objects.get()
    assert own.is_own_wish and answer.redirect_chain == [(sheet_of(own), 302)]
    assert pat_client.post(f"/my/library/{worksheet.uid}/").url == sheet_of(own)
    assert "Go on with it" in text(pat_client.get(f"/my/library/{worksheet.uid}/"))


def test_done_and_not_done_after_all(pat_client, house):
    homework = assign(patient=house.pat, item=make_article(house.program), by=house.alice)
    assert "I have read it" in text(pat_client.get(sheet_of(homework)))
    assert told(pat_client.post(sheet_of(homework), {"deed": "done"}, follow=True)) == ["Done. You can take that back."]
    assert "Nothing is to be done now" in text(pat_client.get("/my/homework/"))
    pat_client.post(sheet_of(homework), {"deed": "undone"})
    homework.refresh_from_db()
    assert homework.is_to_do
    mark_done(homework=homework)
    assign(patient=house.pat, item=homework.item, by=house.alice)
    said = told(pat_client.post(sheet_of(homework), {"deed": "undone"}, follow=True))
    assert said[-1] == "You have this once more among what is to be done."


def test_past_its_day_nobody_is_blamed(pat_client, given):
    Homework.objects.update(due_on=timezone.localdate().replace(month=2))
    page = text(pat_client.get("/my/homework/"))
    assert "Was due Monday, February 2; it still counts" in page
    assert not re.search(r"overdue|missed|failed|late\b", page, re.I)


def test_withdrawn_it_can_be_read_and_no_longer_written(pat_client, given, worksheet):
    send_sheet(homework=given, answers=filled(worksheet), version=0)
    withdraw(homework=given, by=given.assigned_by)
    page = text(pat_client.get(sheet_of(given)))
    assert "Your team took this back." in page and "At the bus stop" in page and "data-sheet" not in page
    assert sheet_of(given) not in text(pat_client.get("/my/homework/"))


def test_anothers_is_not_there(client, house, given, worksheet):
    sign_in(client, house.quinn.user)
    for url in (sheet_of(given), f"{sheet_of(given)}save/"):
        assert client.post(url, form_of(worksheet)).status_code == 404
    assert client.get(sheet_of(given)).status_code == 404
    assert "My worksheet" not in text(client.get("/my/homework/"))


def test_reading_is_on_the_record(pat_client, house, given):
    pat_client.get(sheet_of(given))
    read = Read.objects.latest("pk")
    assert (read.patient_id, read.what, read.path) == (house.pat.pk, Read.What.OWN, sheet_of(given))
