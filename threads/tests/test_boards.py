"""Boards: on and off, writing, who sees what, who is told."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from accounts.access import Role
from messaging.kinds import Call, Skip, compose
from scheduling.services import leave_group, seat_member
from tests.factories import make_patient, make_staff
from threads.board_pages import as_leader, known_to, names_of, waiting_boards
from threads.context import _waiting
from threads.models import Board, BoardAgreement, BoardSeen, Post, Report
from threads.services.boards import (
    A_DAY,
    agree,
    close_board,
    mark_seen,
    open_board,
    report,
    take_back,
    write_post,
)
from threads.services.moderation import pin, show
from threads.tests.board_rows import S, post, refused, shown, told

# --- on and off


def test_off_is_how_a_group_begins(house):
    assert not Board.objects.read_by(house.pat.user).exists()


def test_who_turns_it_on_and_off(house):
    for user in (house.charlie, house.coordinator, house.billing, house.pat.user):
        refused("not_theirs", open_board, group=house.group, looks_first=True, by=user)
    board = open_board(group=house.group, looks_first=True, by=house.admin)
    for user in (house.charlie, house.coordinator, house.pat.user):
        refused("not_theirs", close_board, board=board, by=user)
    close_board(board=board, by=house.alice)
    close_board(board=board, by=house.bob)
    board.refresh_from_db()
    assert (board.is_open, board.closed_by) == (False, house.alice)
    again = open_board(group=house.group, looks_first=False, by=house.bob)
    assert again == board and again.is_open and again.opened_by == house.bob and not again.looks_first
    assert [e.closed_at is None for e in board.events.order_by("pgh_id")] == [True, False, True]


def test_not_for_a_group_that_has_ended(house):
    house.group.ended_on = house.program.today
    house.group.save()
    refused("group_ended", open_board, group=house.group, looks_first=True, by=house.alice)


# --- writing


def test_it_waits_until_somebody_who_leads_has_looked(house, board):
    made = post(board, house.pat.user, "  I slept.\r\nAt last. ")
    assert (made.state, made.text, made.patient) == (S.WAITING, "I slept.\nAt last.", house.pat)
    assert not Post.objects.in_place_for(house.quinn.user).exists()
    assert Post.objects.visible_to(house.pat.user).get() == made
    show(post=made, seen=S.WAITING, by=house.alice)
    assert Post.objects.in_place_for(house.quinn.user).get() == made


def test_at_once_where_the_board_says_so_but_not_with_a_full_name(house):
    board = open_board(group=house.group, looks_first=False, by=house.alice)
    agree(board=board, by=house.pat.user)
    assert post(board, house.pat.user).state == S.SHOWN
    assert post(board, house.pat.user, "i met quinn quill").state == S.WAITING


def test_a_leaders_post_is_shown_and_held_to_first_names(house, board):
    assert post(board, house.alice, "The clinic: 213-555-0142, https://example.org").state == S.SHOWN
    refused("last_name", write_post, board=board, text="ask quinn quill", by=house.alice, key=uuid.uuid4())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" \n\x00 ", "empty"),
        ("x" * 2001, "long"),
        ("pat@example.org", "contact"),
        ("www.example.org", "link"),
        ("I am Pat Peerson", "last_name"),
    ],
)
def test_what_is_refused_leaves_nothing(house, board, text, code):
    assert refused(code, write_post, board=board, text=text, by=house.pat.user, key=uuid.uuid4()).field == "text"
    assert not Post.objects.exists() and not told()


def test_what_holds_is_agreed_to_first(house, board):
    lee = make_patient(house.program, house.alice, "Lee")
    seat_member(group=house.group, episode=lee, joined_on=house.program.today)
    refused("not_agreed", write_post, board=board, text="Hi", by=lee.patient.user, key=uuid.uuid4())
    agree(board=board, by=lee.patient.user)
    agree(board=board, by=lee.patient.user)
    assert post(board, lee.patient.user, "Hi").patient == lee.patient
    refused("not_here", agree, board=board, by=house.robin.user)
    assert BoardAgreement.objects.filter(patient=lee.patient).count() == 1


def test_only_who_is_in_it_writes(house, board):
    for user in (house.robin.user, house.charlie, house.bob, house.admin, house.coordinator):
        refused("not_here", write_post, board=board, text="Hi", by=user, key=uuid.uuid4())
    close_board(board=board, by=house.alice)
    for user in (house.pat.user, house.alice):
        refused("closed", write_post, board=board, text="Hi", by=user, key=uuid.uuid4())


def test_the_same_form_twice_is_one_post(house, board):
    given = {"board": board, "text": "Hi", "by": house.pat.user, "key": uuid.uuid4()}
    assert write_post(**given) == write_post(**given) and write_post(**given | {"text": "Hello"}) is not None
    assert Post.objects.count() == 2


def test_enough_for_a_day(house, board, clock):
    for _n in range(A_DAY):
        post(board, house.pat.user)
    refused("enough", write_post, board=board, text="More", by=house.pat.user, key=uuid.uuid4())
    assert post(board, house.quinn.user) and post(board, house.alice)
    clock.shift(dt.timedelta(hours=25))
    assert post(board, house.pat.user)


def test_answers_are_one_level_deep_and_to_what_is_shown(house, board):
    first = shown(board, house.pat.user, house.alice, "First")
    answer = shown(board, house.quinn.user, house.alice, "Answer", answers=first)
    assert answer.answers == first
    waiting = post(board, house.pat.user, "Waiting")
    for one in (answer, waiting):
        given = {"board": board, "text": "No", "by": house.quinn.user, "key": uuid.uuid4(), "answers": one}
        refused("gone", write_post, **given)
    take_back(post=first, by=house.pat.user)
    assert not Post.objects.in_place_for(house.quinn.user).exists(), "an answer goes with what it answers"
    assert Post.objects.visible_to(house.quinn.user).get() == answer, "one's own is always one's own"


# --- who sees what


def test_who_joins_later_sees_what_is_written_from_then_on(house, board, clock):
    old = shown(board, house.pat.user, house.alice, "Old")
    pinned = post(board, house.alice, "Welcome")
    pin(post=pinned, pinned=True, by=house.alice)
    clock.shift(dt.timedelta(days=2))
    lee = make_patient(house.program, house.alice, "Lee")
    seat_member(group=house.group, episode=lee, joined_on=house.program.today)
    new = shown(board, house.pat.user, house.alice, "New")
    shown(board, house.quinn.user, house.alice, "Answer to old", answers=old)
    to_pinned = shown(board, house.quinn.user, house.alice, "Answer to pinned", answers=pinned)
    assert set(Post.objects.in_place_for(lee.patient.user)) == {pinned, new, to_pinned}
    assert Post.objects.in_place_for(house.quinn.user).count() == 5


def test_who_left_sees_only_their_own_words_and_takes_them_back(house, board, clock):
    mine, other = shown(board, house.pat.user, house.alice), shown(board, house.quinn.user, house.alice)
    leave_group(membership=house.pat.memberships.get(), left_on=house.program.today, reason="moved")
    user = house.pat.user
    assert not Board.objects.read_by(user).exists() and not Board.objects.visible_to(user).exists()
    assert Post.objects.visible_to(user).get() == mine
    refused("not_here", report, post=other, reason="hard", words="", by=user)
    take_back(post=mine, by=user)
    assert Post.objects.in_place_for(house.quinn.user).get() == other


def test_turned_off_it_is_seen_by_nobody_in_care(house, board):
    mine = shown(board, house.pat.user, house.alice)
    close_board(board=board, by=house.alice)
    assert not Board.objects.visible_to(house.quinn.user).exists()
    assert not Post.objects.visible_to(house.quinn.user).exists()
    assert Post.objects.visible_to(house.pat.user).get() == mine


def test_visible_to(house, board):
    made, waiting = shown(board, house.pat.user, house.alice), post(board, house.pat.user)
    for user in (house.alice, house.bob):
        assert set(Post.objects.visible_to(user)) == {made, waiting}
        assert Board.objects.visible_to(user).get() == board
    assert Board.objects.visible_to(house.admin).get() == board and not Post.objects.visible_to(house.admin).exists()
    report(post=made, reason="hard", words="", by=house.quinn.user)
    assert Post.objects.visible_to(house.admin).get() == made
    elsewhere = make_staff(house.program, Role.CLINICIAN, "Olga")
    house.alice.is_active = False
    for user in (house.alice, elsewhere, house.charlie, house.coordinator, house.billing, house.robin.user):
        for model in (Board, Post, Report):
            assert not model.objects.visible_to(user).exists(), (user, model)
    assert BoardAgreement.objects.visible_to(house.pat.user).get().patient == house.pat
    mark_seen(board=board, by=house.pat.user, at=timezone.now())
    assert BoardSeen.objects.visible_to(house.pat.user).count() == 1
    assert not BoardSeen.objects.visible_to(house.quinn.user).exists()
    assert not BoardAgreement.objects.visible_to(house.charlie).exists()


def test_first_names_and_two_of_one_name(house, board):
    house.pat.display_name = "Quinn Peerson"
    house.pat.save()
    for user in (house.quinn.user, house.pat.user):
        shown(board, user, house.alice)
    assert names_of(board) == {house.quinn.user.pk: "Quinn", house.pat.user.pk: "Quinn (2)"}


def test_a_leader_knows_the_people_of_their_care_only(house, board):
    shown(board, house.pat.user, house.alice)
    (line,) = as_leader(board, house.alice, 1, known_to(house.alice, board)).lines
    assert line.patient == house.pat and line.name == "Pat"
    (line,) = as_leader(board, house.charlie, 1, known_to(house.charlie, board)).lines
    assert line.patient is None


# --- who is told


def test_who_leads_is_told_once_a_day_and_always_of_a_worry(house, board, clock):
    made = post(board, house.pat.user)
    post(board, house.quinn.user)
    assert [d.recipient for d in told()] == [house.alice]
    call = compose(told()[0])
    assert isinstance(call, Call) and call.path == "/desk/inbox/" and call.program_id == house.program.pk
    show(post=made, seen=S.WAITING, by=house.alice)
    report(post=made, reason="worry", words="", by=house.quinn.user)
    assert len(told()) == 2
    clock.shift(dt.timedelta(days=2))
    post(board, house.pat.user)
    assert len(told()) == 3


def test_what_was_looked_at_is_not_told(house, board):
    made = post(board, house.pat.user)
    show(post=made, seen=S.WAITING, by=house.alice)
    assert compose(told()[0]) == Skip("looked at")
    post(board, house.pat.user)
    house.group.facilitators.update(left_on=timezone.localdate())
    assert compose(told()[0]) == Skip("no longer leads")


def test_what_waits_is_counted(house, board):
    made = shown(board, house.pat.user, house.alice)
    post(board, house.pat.user)
    report(post=made, reason="hard", words="", by=house.quinn.user)
    assert _waiting(house.alice) == _waiting(house.bob) == 2 and _waiting(house.charlie) == 0
    (waits,) = waiting_boards(house.alice)
    assert (waits.group, waits.posts, waits.reports) == (house.group, 1, 1)
    (waits,) = waiting_boards(house.admin)
    assert (waits.posts, waits.reports) == (0, 1)
    assert waiting_boards(house.charlie) == []
