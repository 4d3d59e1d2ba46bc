"""Two at the same moment: two windows that save, two who give the same, sending what is withdrawn, asking otherwise meanwhile."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Refusal
from core.tests.racing import failures, meeting_after, together
from library.models import Homework, Sending, Sheet, WorksheetField
from library.services import assign, own, save_sheet, send_sheet, withdraw
from tests.examples.library import filled, make_article, make_worksheet, questions

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 4


def test_two_windows_that_save(committed_house):
    worksheet = make_worksheet(committed_house.program)
    given = assign(patient=committed_house.pat, item=worksheet, by=committed_house.alice)
    for version in range(TURNS):
        deeds = [
            lambda words=words, version=version: save_sheet(
                homework=given, answers=filled(worksheet, words), version=version
            )
            for words in (f"One {version}", f"Two {version}", f"Three {version}")
        ]
        outcomes = together(deeds)
        assert {fault.code for fault in failures(outcomes)} == {"changed"} and len(failures(outcomes)) == 2
        assert Sheet.objects.get().version == version + 1


def test_without_the_lock_one_would_be_lost(committed_house, monkeypatch):
    """The negative control: both have read before either writes, and nobody is told."""
    worksheet = make_worksheet(committed_house.program)
    given = assign(patient=committed_house.pat, item=worksheet, by=committed_house.alice)
    save_sheet(homework=given, answers=filled(worksheet), version=0)
    unlocked = Homework.objects.select_related("item")
    monkeypatch.setattr(own, "_locked", lambda homework: unlocked.get(pk=homework.pk))
    monkeypatch.setattr(own, "timezone", SimpleNamespace(now=meeting_after(timezone.now)))
    deeds = [
        lambda words=words: save_sheet(homework=given, answers=filled(worksheet, words), version=1)
        for words in ("One", "Two")
    ]
    assert not failures(together(deeds)) and Sheet.objects.get().version == 2


def test_the_same_given_twice_is_given_once(committed_house):
    pat, alice, bob = committed_house.pat, committed_house.alice, committed_house.bob
    for turn in range(1, TURNS + 1):
        item = make_article(committed_house.program)
        outcomes = together([lambda by=by: assign(patient=pat, item=item, by=by) for by in (alice, bob)])  # noqa: B023
        assert [type(fault) for fault in failures(outcomes)] == [Refusal]
        assert Homework.objects.count() == turn


def test_without_the_wall_it_would_be_twice(committed_house):
    """The negative control."""
    pat, alice, bob = committed_house.pat, committed_house.alice, committed_house.bob
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_open_homework_of_an_item")
    try:
        for _turn in range(TURNS):
            item = make_article(committed_house.program)
            together([lambda by=by: assign(patient=pat, item=item, by=by) for by in (alice, bob)])  # noqa: B023
        assert Homework.objects.count() > TURNS
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE library_homework CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX one_open_homework_of_an_item ON library_homework (patient_id, item_id)"
                " WHERE state = 'assigned'"
            )


def test_sent_while_it_is_withdrawn_is_one_or_the_other(committed_house):
    for _turn in range(TURNS):
        worksheet = make_worksheet(committed_house.program)
        given = assign(patient=committed_house.pat, item=worksheet, by=committed_house.alice)
        together(
            [
                lambda: send_sheet(homework=given, answers=filled(worksheet), version=0),  # noqa: B023
                lambda: withdraw(homework=given, by=committed_house.alice),  # noqa: B023
            ]
        )
        given.refresh_from_db()
        assert given.is_withdrawn and given.waiting_since is None


def test_asked_otherwise_while_somebody_begins(committed_house):
    """Whoever was first: the question is never another one than what was answered."""
    for _turn in range(TURNS):
        worksheet = make_worksheet(committed_house.program)
        given = assign(patient=committed_house.pat, item=worksheet, by=committed_house.alice)
        short = questions(worksheet)["short"]
        change = WorksheetField.objects.filter(pk=short.pk)
        together(
            [
                lambda: save_sheet(homework=given, answers=filled(worksheet), version=0),  # noqa: B023
                lambda: change.update(label="Asked otherwise"),  # noqa: B023
            ]
        )
        assert Sheet.objects.filter(homework=given).exists()
        stood = change.get().label
        assert failures(together([lambda: change.update(label="Too late")])) and change.get().label == stood  # noqa: B023
    assert not Sending.objects.exists()
