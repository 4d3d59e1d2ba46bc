"""The same message sent twice at the same moment, and a thread that is closed while somebody writes."""

import uuid

import pytest
from django.db import connection

from core.tests.racing import failures, together
from threads.models import Attachment, Message, Thread
from threads.services import close, start_thread, write

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 4


def twice(patient) -> list:
    given = {"patient": patient, "subject": "A", "text": "b", "key": uuid.uuid4(), "files": [("a.txt", b"c")]}
    return together([lambda: start_thread(**given)] * 3)


def test_sent_three_times_at_once_is_one(committed_house, folder):
    for turn in range(1, TURNS + 1):
        outcomes = twice(committed_house.pat)
        assert not failures(outcomes) and len({m.pk for m in outcomes}) == 1
        assert Thread.objects.count() == Message.objects.count() == Attachment.objects.count() == turn
        assert len(list(folder.iterdir())) == turn, "no file is left of those that came second"


def test_without_the_wall_it_would_be_several(committed_house):
    """The negative control."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE threads_message DROP CONSTRAINT a_message_is_sent_once")
    try:
        for _turn in range(TURNS):
            twice(committed_house.pat)
        assert Message.objects.count() > TURNS
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE threads_message CASCADE")
            cursor.execute("ALTER TABLE threads_message ADD CONSTRAINT a_message_is_sent_once UNIQUE (author_id, key)")


def test_answered_twice_at_once_is_one(committed_house):
    thread = start_thread(patient=committed_house.pat, subject="A", text="b", key=uuid.uuid4()).thread
    for turn in range(1, TURNS + 1):
        key = uuid.uuid4()
        outcomes = together([lambda: write(thread=thread, text="c", by=committed_house.alice, key=key)] * 2)  # noqa: B023
        assert not failures(outcomes) and thread.messages.count() == 1 + turn


def test_closed_while_somebody_writes_stays_open_or_is_not_closed(committed_house):
    pat, alice = committed_house.pat, committed_house.alice
    for _turn in range(TURNS):
        thread = start_thread(patient=pat, subject="A", text="b", key=uuid.uuid4()).thread
        last = thread.messages.get().pk
        together(
            [
                lambda: close(thread=thread, up_to=last, by=alice),  # noqa: B023
                lambda: write(thread=thread, text="c", by=pat.user, key=uuid.uuid4()),  # noqa: B023
            ]
        )
        thread.refresh_from_db()
        assert thread.waiting_since and thread.closed_at is None
