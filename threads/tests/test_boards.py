"""Boards: on and off, writing, looking, reporting, taking back; who sees what; and what the database itself refuses."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.access import Role
from core.errors import Refusal
from messaging.kinds import Call, Skip, compose
from messaging.models import Delivery
from scheduling.services import leave_group, seat_member
from tests.factories import make_patient, make_staff
from threads.board_pages import as_leader, as_member, known_to, names_of, to_look_at, waiting_boards
from threads.context import _waiting
from threads.models import Board, BoardAgreement, HideReason, Post, Report
from threads.models.boards import ReportReason
from threads.services.boards import (
    A_DAY,
    agree,
    close_board,
    open_board,
    report,
    take_back,
    write_post,
)
from threads.services.moderation import PINNED, hide, pin, settle_gone, show

S = Post.State


def post(board, by, text="A calm evening.", **more) -> Post:
    return write_post(board=board, text=text, by=by, key=uuid.uuid4(), **more)


def shown(board, by, leader, text="A calm evening.", **more) -> Post:
    return show(post=post(board, by, text, **more), seen=S.WAITING, by=leader)


def refused(code: str, deed, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed(**kwargs)
    assert caught.value.code == code
    return caught.value


def told() -> list[Delivery]:
    return list(Delivery.objects.filter(kind="message_to_look_at").order_by("pk"))


def texts(lines) -> list[str]:
    return [line.post.text for line in lines]


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
    seat_member(group=house.group, episode=lee, joined_on=timezone.localdate())
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


# --- looking


def test_two_who_lead_decide_one_after_the_other(house, board):
    made = post(board, house.pat.user)
    show(post=made, seen=S.WAITING, by=house.alice)
    refused("changed", hide, post=made, reason="hard", note="", seen=S.WAITING, by=house.bob)
    made = hide(post=made, reason="hard", note=" Tell us on Monday. ", seen=S.SHOWN, by=house.bob)
    assert (made.reason, made.note, made.decided_by) == ("hard", "Tell us on Monday.", house.bob)
    assert not Post.objects.in_place_for(house.quinn.user).exists()
    made = show(post=made, seen=S.HIDDEN, by=house.alice)
    assert (made.reason, made.note) == ("", "") and Post.objects.in_place_for(house.quinn.user).exists()


@pytest.mark.parametrize("who", ["charlie", "coordinator", "admin"])
def test_others_decide_nothing_that_nobody_reported(house, board, who):
    made = post(board, house.pat.user)
    refused("not_theirs", show, post=made, seen=S.WAITING, by=getattr(house, who))
    refused("not_theirs", hide, post=made, reason="hard", note="", seen=S.WAITING, by=getattr(house, who))
    refused("not_theirs", pin, post=made, pinned=True, by=getattr(house, who))


def test_hiding_says_why(house, board):
    made = post(board, house.pat.user)
    for reason, note, code in (("", "", "no_reason"), ("because", "", "no_reason"), ("hard", "x" * 501, "long")):
        refused(code, hide, post=made, reason=reason, note=note, seen=S.WAITING, by=house.alice)


def test_pinning(house, board):
    posts = [post(board, house.alice, f"{n}") for n in range(PINNED + 1)]
    for one in posts[:PINNED]:
        pin(post=one, pinned=True, by=house.alice)
    refused("enough", pin, post=posts[-1], pinned=True, by=house.alice)
    refused("not_shown", pin, post=post(board, house.pat.user), pinned=True, by=house.alice)
    answer = post(board, house.alice, "a", answers=posts[0])
    refused("not_shown", pin, post=answer, pinned=True, by=house.alice)
    pin(post=posts[0], pinned=False, by=house.bob)
    assert texts(as_member(board, house.pat.user, 1).pinned) == ["2", "1"]
    assert hide(post=posts[1], reason="elsewhere", note="", seen=S.SHOWN, by=house.bob).pinned_at is None


# --- reporting


def test_a_report_is_settled_by_who_leads_and_its_author_learns_nothing(house, board):
    made = shown(board, house.pat.user, house.alice)
    mine = report(post=made, reason="unkind", words="It hurts.", by=house.quinn.user)
    assert report(post=made, reason="hard", words="", by=house.quinn.user) == mine, "one open report of each person"
    made.refresh_from_db()
    assert made.state == S.SHOWN
    assert not Report.objects.visible_to(house.pat.user).exists()
    assert Report.objects.visible_to(house.alice).get() == Report.objects.visible_to(house.admin).get() == mine
    for stranger in (house.charlie, house.coordinator, house.robin.user):
        assert not Report.objects.visible_to(stranger).exists()
    show(post=made, seen=S.SHOWN, by=house.admin)  # left as it is, by who runs the program
    mine.refresh_from_db()
    assert (mine.outcome, mine.settled_by) == (Report.Outcome.KEPT, house.admin)
    assert report(post=made, reason="unkind", words="", by=house.quinn.user) != mine


def test_two_reports_hold_it_until_somebody_has_decided(house, board):
    lee = make_patient(house.program, house.alice, "Lee")
    seat_member(group=house.group, episode=lee, joined_on=timezone.localdate())
    made = shown(board, house.pat.user, house.alice)
    reporters = (house.quinn.user, lee.patient.user)
    for by in reporters:
        report(post=made, reason="name", words="", by=by)
    made.refresh_from_db()
    assert made.state == S.WAITING and not Post.objects.in_place_for(house.quinn.user).exists()
    show(post=made, seen=S.WAITING, by=house.alice)
    for by in reporters:
        report(post=made, reason="name", words="", by=by)
    made.refresh_from_db()
    assert made.state == S.SHOWN, "somebody has decided that it stays"
    hide(post=made, reason="name", note="", seen=S.SHOWN, by=house.alice)
    assert not Report.objects.open().exists()


def test_nobody_judges_what_they_wrote_themselves(house, board):
    made = post(board, house.alice, "Be on time.")
    report(post=made, reason="unkind", words="", by=house.pat.user)
    refused("own", show, post=made, seen=S.SHOWN, by=house.alice)
    assert [d.recipient for d in told()] == [house.bob], "whoever supervises them is told"
    hide(post=made, reason="unkind", note="", seen=S.SHOWN, by=house.bob)


@pytest.mark.parametrize(
    ("given", "code"),
    [({"reason": "x"}, "no_reason"), ({"reason": "other"}, "no_words"), ({"words": "x" * 1001}, "long")],
)
def test_reports_that_say_nothing(house, board, given, code):
    made = shown(board, house.pat.user, house.alice)
    refused(code, report, **{"post": made, "reason": "hard", "words": "", "by": house.quinn.user} | given)


def test_only_who_sees_a_post_reports_it(house, board):
    waiting, made = post(board, house.pat.user), shown(board, house.pat.user, house.alice)
    given = {"reason": "hard", "words": ""}
    refused("own", report, post=made, by=house.pat.user, **given)
    refused("not_here", report, post=waiting, by=house.quinn.user, **given)
    refused("not_here", report, post=made, by=house.robin.user, **given)
    assert ReportReason.values[0] == "worry"


def test_taken_back_with_an_open_report(house, board):
    made = shown(board, house.pat.user, house.alice)
    report(post=made, reason="worry", words="", by=house.quinn.user)
    refused("not_theirs", take_back, post=made, by=house.quinn.user)
    take_back(post=made, by=house.pat.user)
    take_back(post=made, by=house.pat.user)
    (line,) = to_look_at(board, house.alice, known_to(house.alice, board), whole=True)
    assert line.is_gone and [one.name for one in line.reports] == ["Quinn Quill"]
    refused("taken_back", show, post=made, seen=S.TAKEN_BACK, by=house.alice)
    settle_gone(post=made, by=house.alice)
    assert not Post.objects.to_look_at().exists()


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


# --- walls


def test_the_database_and_its_history_hold_no_words(house, board):
    made = shown(board, house.pat.user, house.alice)
    report(post=made, reason="hard", words="Too much", by=house.quinn.user)
    hide(post=made, reason="hard", note="On Monday", seen=S.SHOWN, by=house.alice)
    with connection.cursor() as cursor:
        for table, column in (
            *(("threads_post", "text"), ("threads_post", "note"), ("threads_postevent", "note")),
            ("threads_report", "words"),
        ):
            cursor.execute(f"SELECT {column} FROM {table} WHERE {column} <> ''")
            found = cursor.fetchall()
            assert found and all(value.startswith("gAAAA") for (value,) in found), (table, column)
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name IN ('threads_postevent', 'threads_reportevent')"
        )
        assert not {"text", "words"} & {name for (name,) in cursor.fetchall()}
    assert list(made.events.order_by("pgh_id").values_list("state", flat=True)) == ["waiting", "shown", "hidden"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE threads_post SET text = 'x'",
        "UPDATE threads_post SET author_id = author_id + 1",
        "UPDATE threads_post SET at = now()",
        "DELETE FROM threads_post",
        "UPDATE threads_post SET state = 'taken_back'",
        "UPDATE threads_post SET state = 'hidden'",
        "UPDATE threads_post SET state = 'x'",
        "UPDATE threads_post SET reason = 'hard'",
        "UPDATE threads_post SET pinned_at = now(), state = 'waiting'",
        "UPDATE threads_board SET closed_at = now()",
        "UPDATE threads_board SET group_id = group_id + 1",
        "DELETE FROM threads_board",
        "DELETE FROM threads_boardagreement",
        "UPDATE threads_boardagreement SET at = now()",
        "DELETE FROM threads_report",
        "UPDATE threads_report SET words = 'x'",
        "UPDATE threads_report SET outcome = 'kept'",
        "UPDATE threads_report SET reason = 'x'",
    ],
)
def test_what_was_written_stays(house, board, sql):
    made = shown(board, house.pat.user, house.alice)
    report(post=made, reason="hard", words="", by=house.quinn.user)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_settled_report_and_a_post_that_was_taken_back_stay_so(house, board):
    made = shown(board, house.pat.user, house.alice)
    mine = report(post=made, reason="hard", words="", by=house.quinn.user)
    show(post=made, seen=S.SHOWN, by=house.alice)
    with pytest.raises(DatabaseError), transaction.atomic():
        Report.objects.filter(pk=mine.pk).update(outcome="hidden")
    take_back(post=made, by=house.pat.user)
    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        Post.objects.filter(pk=made.pk).update(state="shown", taken_back_at=None)


def test_no_post_comes_in_by_another_way(house, board):
    made = shown(board, house.pat.user, house.alice)
    answer = shown(board, house.pat.user, house.alice, answers=made)
    other = open_board(group=house.other_group, looks_first=True, by=house.charlie)
    good = {"board": board, "author": house.pat.user, "patient": house.pat, "text": "x"}
    for change in (
        {"author": house.robin.user, "patient": house.robin},
        {"author": house.quinn.user},  # not whose account it is
        {"author": house.charlie, "patient": None},
        {"author": house.pat.user, "patient": None},
        {"answers": answer},
        {"board": other, "author": house.robin.user, "patient": house.robin, "answers": made},
        {"at": timezone.now() - dt.timedelta(days=2)},  # before they joined
        {"state": "hidden", "reason": HideReason.HARD, "decided_at": timezone.now(), "decided_by": house.alice},
        {"text": ""},
    ):
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            Post.objects.create(**good | change)
    assert Post.objects.create(**good)
    close_board(board=board, by=house.alice)
    with pytest.raises(DatabaseError, match="closed"), transaction.atomic():
        Post.objects.create(**good)


def test_one_open_report_of_a_person_and_post(house, board):
    made = shown(board, house.pat.user, house.alice)
    given = {"post": made, "reporter": house.quinn.user, "patient": house.quinn, "reason": "hard"}
    Report.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(**given)


@pytest.mark.parametrize("model", [Board, BoardAgreement, Post, Report])
def test_nothing_is_emptied(db, model):
    with pytest.raises(DatabaseError, match="truncate"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL iop.may_truncate = 'off'; TRUNCATE {model._meta.db_table} CASCADE")
