"""Boards: looking, hiding, pinning, reporting, taking back; and what the database itself refuses."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from scheduling.services import seat_member
from tests.factories import make_patient
from threads.board_pages import as_member, known_to, to_look_at
from threads.models import Board, BoardAgreement, BoardSeen, HideReason, Post, Report, ReportReason
from threads.services.boards import (
    close_board,
    open_board,
    report,
    take_back,
)
from threads.services.moderation import PINNED, hide, pin, settle_gone, show
from threads.tests.board_rows import S, post, refused, shown, texts, told

# --- looking


def test_two_who_lead_decide_one_after_the_other(house, board):
    made = post(board, house.pat.user)
    show(post=made, seen=S.WAITING, by=house.alice)
    assert show(post=made, seen=S.WAITING, by=house.bob).decided_by == house.alice, "both wanted the same"
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
    seat_member(group=house.group, episode=lee, joined_on=house.program.today)
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


@pytest.mark.parametrize("model", [Board, BoardAgreement, BoardSeen, Post, Report])
def test_nothing_is_emptied(db, model):
    with pytest.raises(DatabaseError, match="truncate"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL iop.may_truncate = 'off'; TRUNCATE {model._meta.db_table} CASCADE")
