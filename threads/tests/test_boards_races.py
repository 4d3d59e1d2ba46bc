"""Two who lead decide about one post at once, somebody writes while a board is turned off, two report, one presses twice."""

import uuid

import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from core.errors import Refusal
from core.tests.racing import failures, meeting_after, somebody_else, together
from threads.models import Post, Report
from threads.services import boards, moderation
from threads.services.boards import close_board, open_board, report, write_post
from threads.services.moderation import hide, show
from threads.tests.conftest import opened

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 4
WAITING, SHOWN = Post.State.WAITING, Post.State.SHOWN


def post(board, by, text="A calm evening.") -> Post:
    return write_post(board=board, text=text, by=by, key=uuid.uuid4())


def test_of_two_decisions_one_holds_and_the_other_is_told(committed_house):
    house = committed_house
    board = opened(house)
    for _turn in range(TURNS):
        made = post(board, house.pat.user)
        outcomes = together(
            [
                lambda: show(post=made, seen=WAITING, by=house.alice),  # noqa: B023
                lambda: hide(post=made, reason="hard", note="", seen=WAITING, by=house.bob),  # noqa: B023
            ]
        )
        (failed,) = failures(outcomes)
        assert isinstance(failed, Refusal) and failed.code == "changed"
        made.refresh_from_db()
        assert made.state in (SHOWN, Post.State.HIDDEN) and made.decided_at


def test_without_the_lock_both_would_hold(committed_house, monkeypatch):
    """The negative control: both have looked before either decides."""
    house = committed_house
    made = post(opened(house), house.pat.user)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_given: rows)
    monkeypatch.setattr(moderation, "_held", meeting_after(moderation._held))
    outcomes = together(
        [
            lambda: show(post=made, seen=WAITING, by=house.alice),
            lambda: hide(post=made, reason="hard", note="", seen=WAITING, by=house.bob),
        ]
    )
    assert not failures(outcomes)


def test_written_while_it_is_turned_off_is_there_before_or_not_at_all(committed_house):
    house = committed_house
    board = opened(house)
    for _turn in range(TURNS):
        before = Post.objects.count()
        written, closed = together([lambda: post(board, house.alice), lambda: close_board(board=board, by=house.bob)])
        assert closed.closed_at
        if isinstance(written, Refusal):
            assert written.code == "closed" and Post.objects.count() == before
        else:
            assert Post.objects.count() == before + 1
        open_board(group=house.group, looks_first=True, by=house.alice)


def test_a_board_that_was_closed_after_a_look_takes_nothing_all_the_same(committed_house, monkeypatch):
    """The database's own wall: without the service's lock the board is closed between the look at it and the post."""
    house = committed_house
    board = opened(house)
    look = boards._author_of

    def look_and_be_late(*given):
        found = look(*given)
        with somebody_else() as hand_over:
            hand_over(lambda: close_board(board=board, by=house.bob)).result(timeout=20)
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_given: rows)
    monkeypatch.setattr(boards, "_author_of", look_and_be_late)
    with pytest.raises(DatabaseError, match="closed"):
        post(board, house.alice)
    assert not Post.objects.exists()


def test_two_reports_at_once_hold_it_and_one_person_makes_one(committed_house):
    house = committed_house
    board = opened(house)
    made = post(board, house.alice)
    given = {"post": made, "reason": "hard", "words": ""}
    deeds = [lambda by=by: report(by=by, **given) for by in (house.pat.user, house.quinn.user) for _twice in range(2)]
    assert not failures(together(deeds))
    made.refresh_from_db()
    assert Report.objects.count() == 2 and made.state == WAITING


def test_pressed_twice_is_one_post_and_a_days_most_is_the_most(committed_house, monkeypatch):
    house = committed_house
    board = opened(house)
    key = uuid.uuid4()
    outcomes = together([lambda: write_post(board=board, text="Hi", by=house.pat.user, key=key)] * 3)
    assert not failures(outcomes) and Post.objects.count() == 1
    monkeypatch.setattr(boards, "A_DAY", 3)
    outcomes = together([lambda: post(board, house.pat.user)] * 4)
    assert {error.code for error in failures(outcomes)} == {"enough"} and Post.objects.count() == 3


def test_without_the_wall_a_press_would_be_several(committed_house):
    """The negative control of one press, one post."""
    house = committed_house
    board = opened(house)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE threads_post DROP CONSTRAINT a_post_is_sent_once")
    try:
        for _turn in range(TURNS):
            key = uuid.uuid4()
            together([lambda: write_post(board=board, text="Hi", by=house.alice, key=key)] * 3)  # noqa: B023
        assert Post.objects.count() > TURNS
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE threads_post CASCADE")
            cursor.execute("ALTER TABLE threads_post ADD CONSTRAINT a_post_is_sent_once UNIQUE (author_id, key)")
