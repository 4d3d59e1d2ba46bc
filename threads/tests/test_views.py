"""The pages of messages: somebody in care writes, their team answers, nobody else comes near; many cost as much as few."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import Delivery
from patients.services import add_to_care_team
from tests.desk import Readings, count, fields, text
from threads.models import AnswerPolicy, Message, Thread
from threads.services import start_thread, write

BOX = "/my/messages/"
INBOX = "/desk/inbox/"


def of(thread, door: str = INBOX) -> str:
    return f"{door}{thread.uid}/"


def more_threads(patient, count: int) -> None:
    """So many more threads, some answered and some closed, each with a file."""
    for n in range(count):
        given = {"subject": f"Matter {n}", "text": "x", "key": uuid.uuid4(), "files": [("a.txt", b"a")]}
        start_thread(patient=patient, **given)


# --- somebody in care


def test_from_the_empty_page_to_an_answer(house, browse):
    pat, alice = browse(house.pat.user), browse(house.alice)
    page = pat.get(BOX)
    said = text(page)
    assert "Write to your care team" in said and "Your team answers within 1 business day, Monday to Friday." in said
    assert "Not for emergencies." in said and 'href="tel:988"' in said and 'href="/my/help/"' in said
    assert "maxlength" not in said[said.index("<textarea") : said.index("</textarea")]
    form = fields(page, "subject") | {"subject": "A ride on Thursday", "text": "Can I come late?"}
    answer = pat.post(BOX, form)
    thread = Thread.objects.get()
    assert answer["Location"] == f"{of(thread, BOX)}#sent-new"
    page = text(pat.get(of(thread, BOX)))
    assert "Sent. You are told when there is an answer." in page and "Can I come late?" in page
    assert "Your team answers by the end of Tuesday, March 3." in page

    assert "1 waits for an answer" in text(alice.get(INBOX))
    page = alice.get(of(thread))
    form = fields(page, "text") | {"text": "Of course.", "deed": "answer"}
    assert alice.post(of(thread), form).status_code == 302
    assert "Nobody waits for an answer" in text(alice.get(INBOX))

    assert "New" in text(pat.get(BOX))
    page = text(pat.get(of(thread, BOX)))
    assert "Of course." in page and "<strong>Alice</strong>" in page and "Clinician" not in page
    assert "New</span>" not in text(pat.get(BOX))
    assert "Read</span>" in text(alice.get(of(thread)))


def test_nothing_typed_is_lost(house, browse, thread):
    pat = browse(house.pat.user)
    form = fields(pat.get(BOX), "subject") | {"subject": "", "text": "Long thoughts"}
    answer = pat.post(BOX, form)
    said = text(answer)
    assert answer.status_code == 422 and "Long thoughts" in said and "Say in a few words what it is about." in said
    assert fields(answer, "subject")["key"] == form["key"], "the same form is sent again"
    assert "Say in a few words" in text(pat.post(BOX, form | {"subject": "\u2003"}))
    form = fields(pat.get(of(thread, BOX)), "text") | {"text": "x" * 5001}
    answer = pat.post(of(thread, BOX), form)
    assert answer.status_code == 422 and "x" * 5001 in text(answer) and "to 5000 characters" in text(answer)
    assert Message.objects.count() == 1


def test_the_same_form_twice_leads_to_the_same_thread(house, browse):
    pat = browse(house.pat.user)
    form = fields(pat.get(BOX), "subject") | {"subject": "A", "text": "b"}
    assert pat.post(BOX, form)["Location"] == pat.post(BOX, form)["Location"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize("key", ["", "none", "1; DROP TABLE"])
def test_a_form_without_its_key_is_asked_again(house, browse, key):
    answer = browse(house.pat.user).post(BOX, {"subject": "A", "text": "Kept", "key": key})
    assert answer.status_code == 422 and "Kept" in text(answer)


def test_after_the_stay_one_reads_and_is_told_whom_to_call(house, browse, thread):
    stay = house.pat_episode
    stay.ended_on, stay.ended_reason = timezone.localdate(), "Completed"
    stay.save()
    for address in (BOX, of(thread, BOX)):
        page = text(browse(house.pat.user).get(address))
        assert "Please call the clinic" in page and "<textarea" not in page
    assert "Can I come late?" in page


def test_what_is_written_is_text_and_nothing_else(house, browse, thread):
    write(thread=thread, text="<script>alert(1)</script>", by=house.pat.user, key=uuid.uuid4())
    for user, door in ((house.pat.user, BOX), (house.alice, INBOX)):
        page = browse(user).get(of(thread, door)).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_first_page_says_that_there_is_something_to_read(house, browse, thread):
    pat = browse(house.pat.user)
    assert "new message" not in text(pat.get("/my/"))
    write(thread=thread, text="Yes", by=house.alice, key=uuid.uuid4())
    today = text(pat.get("/my/"))
    assert "You have a new message." in today and f'href="{BOX}"' in today
    pat.get(of(thread, BOX))
    assert "new message" not in text(pat.get("/my/"))


def test_a_head_request_reads_nothing(house, browse, thread):
    write(thread=thread, text="Yes", by=house.alice, key=uuid.uuid4())
    pat = browse(house.pat.user)
    pat.head(of(thread, BOX))
    assert Thread.objects.with_news_for(house.pat.user).get().has_news


# --- staff


def test_unanswered_first_by_what_was_promised(house, browse, clock):
    first = start_thread(patient=house.pat, subject="First", text="a", key=uuid.uuid4()).thread
    clock.shift(dt.timedelta(days=1))
    second = start_thread(patient=house.quinn, subject="Second", text="b", key=uuid.uuid4()).thread
    third = start_thread(patient=house.quinn, subject="Third", text="c", key=uuid.uuid4()).thread
    write(thread=third, text="Done", by=house.alice, key=uuid.uuid4())
    clock.shift(dt.timedelta(hours=12))
    readings = Readings()
    page = browse(house.alice).get(INBOX)
    said = text(page)
    assert page.context["waiting"] == [first, second] and list(page.context["answered"]) == [third]
    assert "waiting 1 day, 12 hours" in said and "was promised by Tue, Mar 3, 5:00 PM" in said
    assert "promised by Wed, Mar 4, 5:00 PM" in said
    assert readings.of(house.alice) == {"Pat", "Quinn"}


def test_given_to_a_colleague_and_closed(house, browse, thread):
    alice = browse(house.alice)
    alice.post(of(thread), {"deed": "assign", "to": house.bob.pk})
    assert [key for key, _title, rows in browse(house.bob).get(INBOX).context["parts"] if rows] == ["own"]
    assert [key for key, _title, rows in alice.get(INBOX).context["parts"] if rows] == ["others"]
    answer = alice.post(of(thread), {"deed": "assign", "to": house.charlie.pk})
    assert answer.status_code == 422 and "Select a valid choice" in text(answer)
    last = fields(alice.get(of(thread)), "up_to")
    assert alice.post(of(thread), last | {"deed": "close"})["Location"] == INBOX
    thread.refresh_from_db()
    assert thread.closed_by == house.alice and "Closed lately" in text(alice.get(INBOX))


@pytest.mark.parametrize(
    "sent", [{"deed": "close"}, {"deed": "close", "up_to": "x"}, {"deed": "close", "up_to": "9" * 40}]
)
def test_garbage_closes_nothing(house, browse, thread, sent):
    assert browse(house.alice).post(of(thread), sent).status_code == 404
    assert Thread.objects.get().closed_at is None


def test_no_deed_is_no_deed(house, browse, thread):
    assert browse(house.alice).post(of(thread), {"deed": "delete"}).status_code == 422
    assert browse(house.alice).post(of(thread), {"deed": "assign", "to": "x"}).status_code == 422


def test_a_newer_message_keeps_a_thread_open(house, browse, thread):
    alice = browse(house.alice)
    last = fields(alice.get(of(thread)), "up_to")
    write(thread=thread, text="Wait", by=house.pat.user, key=uuid.uuid4())
    answer = alice.post(
        of(thread), last | {"deed": "close"}, follow=True, headers={"Referer": f"http://testserver{of(thread)}"}
    )
    assert "There is a newer message" in text(answer) and Thread.objects.get().closed_at is None


def test_a_reading_of_a_thread_is_on_the_record(house, browse, thread):
    readings = Readings()
    browse(house.bob).get(of(thread))
    browse(house.charlie).get(of(thread))
    assert readings.of(house.bob) == {"Pat"} and readings.of(house.charlie) == set()


# --- who comes near


def test_strangers_and_wrong_roles(house, browse, thread):
    for user, status in ((house.pat.user, 200), (house.quinn.user, 404), (house.alice, 403), (None, 302)):
        assert browse(user).get(of(thread, BOX)).status_code == status
        assert browse(user).post(of(thread, BOX), {}).status_code == (422 if status == 200 else status)
    for user, status in (
        *((house.alice, 200), (house.bob, 200), (house.charlie, 404), (house.coordinator, 404)),
        *((house.admin, 403), (house.billing, 403), (house.pat.user, 403), (None, 302)),
    ):
        assert browse(user).get(of(thread)).status_code == status, user
        assert browse(user).post(of(thread), {}).status_code == (422 if status == 200 else status), user
    assert "Peerson" not in text(browse(house.charlie).get(INBOX))
    add_to_care_team(patients=[house.pat], user=house.coordinator, part="coordinator", source="test:1")
    assert browse(house.coordinator).get(of(thread)).status_code == 200


def test_no_page_and_no_notice_names_the_matter(house, browse, thread):
    for user, address in ((house.pat.user, of(thread, BOX)), (house.alice, of(thread))):
        page = browse(user).get(address).content.decode()
        assert "<title>Message · My schedule</title>" in page.replace("\n", "")
        assert browse(user).get(address)["Cache-Control"].count("no-store")
    for note in Delivery.objects.filter(kind__startswith="message_"):
        assert "ride" not in str(note.__dict__)


# --- counts


def test_the_tab_says_how_many_wait_by_one_query(house, browse, thread):
    alice = browse(house.alice)
    alice.get("/desk/people/")
    with CaptureQueriesContext(connection) as seen:
        page = text(alice.get("/desk/people/"))
    assert '<span class="tab-count">1<span' in page and '<span class="me-count">1<span' in page
    assert sum('AS "messages_waiting"' in query["sql"] for query in seen.captured_queries) == 1
    assert "tab-count" not in text(browse(house.charlie).get("/desk/people/"))
    admin = text(browse(house.admin).get("/desk/people/"))
    assert "tab-count" not in admin and INBOX not in admin


@pytest.mark.parametrize("address", [INBOX, BOX])
def test_lists_take_as_many_queries_for_many_as_for_one(house, browse, thread, address):
    client = browse(house.alice if address == INBOX else house.pat.user)
    client.get(address)
    few = count(client, address)
    more_threads(house.pat, 4)
    more_threads(house.quinn, 3)
    write(thread=thread, text="a", by=house.bob, key=uuid.uuid4())
    assert count(client, address) == few
    print(address, few)


@pytest.mark.parametrize("door", [INBOX, BOX])
def test_a_thread_takes_as_many_queries_for_many_messages_as_for_two(house, browse, thread, door):
    client = browse(house.alice if door == INBOX else house.pat.user)
    write(thread=thread, text="", by=house.bob, key=uuid.uuid4(), files=[("a.txt", b"a")])
    client.get(of(thread, door))
    few = count(client, of(thread, door))
    for n in range(6):
        by = house.bob if n % 2 else house.pat.user
        write(thread=thread, text=f"{n}", by=by, key=uuid.uuid4(), files=[("a.txt", b"a"), ("b.txt", b"b")])
    client.get(of(thread, door))
    assert count(client, of(thread, door)) == few
    print(door, few)


def test_the_promise_is_kept_by_the_administration(house, browse):
    AnswerPolicy.objects.create(program=house.program, business_days=3)
    assert "within 3 business days" in text(browse(house.pat.user).get(BOX))
    policy = AnswerPolicy.objects.get()
    page = browse(house.admin).get(f"/admin/threads/answerpolicy/{policy.pk}/change/")
    assert page.status_code == 200
    browse(house.admin).post(f"/admin/threads/answerpolicy/{policy.pk}/change/", {"business_days": 2})
    policy.refresh_from_db()
    assert policy.business_days == 2


def test_the_team_writes_first_from_the_persons_page(house, browse):
    pat, alice = browse(house.pat.user), browse(house.alice)
    address = f"/desk/people/{house.pat.uid}/write/"
    assert f'href="{address}"' in text(alice.get(f"/desk/people/{house.pat.uid}/"))
    page = alice.get(address)
    form = fields(page, "subject")
    answer = alice.post(address, form | {"subject": "", "text": "Kept while it is wrong."})
    assert answer.status_code == 422
    assert "Say in a few words what it is about." in text(answer) and "Kept while it is wrong." in text(answer)
    answer = alice.post(address, form | {"subject": "Wednesday", "text": "We begin at ten."})
    thread = Thread.objects.get()
    assert answer["Location"] == f"{of(thread)}#sent-to-{house.pat.uid}"
    assert "Wednesday" in text(alice.get(address))
    assert "You have a new message." in text(pat.get("/my/"))
    assert "We begin at ten." in text(pat.get(of(thread, BOX)))


@pytest.mark.parametrize(("who", "status"), [("charlie", 404), ("coordinator", 404), ("admin", 403), ("billing", 403)])
def test_nobody_else_writes_to_them(house, browse, who, status):
    other = browse(getattr(house, who))
    assert other.get(f"/desk/people/{house.pat.uid}/write/").status_code == status
    assert "/write/" not in text(other.get(f"/desk/people/{house.pat.uid}/"))
