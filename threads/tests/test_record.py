"""Messages in the file of one's own record: all of one's own threads, word for word, and nobody else's."""

import io
import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from clinical.models import RecordExport
from portal.tests.every_page import as_just_signed_in
from portal.tests.helpers import sign_in
from threads.record import threads_of
from threads.services import close, start_thread, write
from threads.services.boards import write_post
from threads.tests.conftest import opened

pytestmark = pytest.mark.django_db
FILE = "/my/record/download/"


@pytest.fixture
def written(house, thread):
    """Pat's thread, answered and closed, with a file; Quinn's; and the board's."""
    file = ("my bus plan.txt", b"8:10 from Elm Street")
    write(thread=thread, by=house.pat.user, text="Here is the plan.", files=[file], key=uuid.uuid4())
    answer = write(thread=thread, by=house.alice, text="That works. See you at ten past.", key=uuid.uuid4())
    close(thread=thread, up_to=answer.pk, by=house.alice)
    start_thread(patient=house.quinn, subject="NeedleQuinn", text="NeedleQuinn wrote", key=uuid.uuid4())
    write_post(board=opened(house), by=house.quinn.user, text="NeedleBoard", key=uuid.uuid4())
    return thread


def test_both_files_hold_ones_own_threads_and_nobody_elses(house, written, client):
    sign_in(client, house.pat.user)
    as_just_signed_in(client)
    pat = client
    data = pat.post(FILE, {"form": "json"}).content.decode()
    (thread,) = json.loads(data)["messages"]
    said = [(one["is_own"], one["name"], one["text"]) for one in thread["written"]]
    assert thread["subject"] == "A ride on Thursday" and thread["closed_at"]
    assert said == [
        (True, "Pat Peerson", "Can I come late?"),
        (True, "Pat Peerson", "Here is the plan."),
        (False, "Alice Clinician", "That works. See you at ten past."),
    ]
    assert thread["written"][1]["files"][0]["name"] == "my bus plan.txt"
    printed = pat.post(FILE, {"form": "pdf"}).content
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages).split())
    for part in ("A ride on Thursday", "Can I come late?", "That works. See you at ten past.", "my bus plan.txt"):
        assert part in words
    for needle in ("NeedleQuinn", "NeedleBoard"):
        assert needle not in data and needle not in words
    assert all(row.facts["messages"] == 3 for row in RecordExport.objects.all())


@pytest.mark.parametrize("many", [1, 4])
def test_a_fixed_number_of_queries(house, written, many):
    for n in range(many):
        start_thread(patient=house.pat, subject=f"Another {n}", text="And one more.", key=uuid.uuid4())
    with CaptureQueriesContext(connection) as queries:
        assert len(threads_of(house.pat)) == many + 1
    assert len(queries) == 3
