"""The pages of boards in both doors: a post from its box to the others' eyes, who comes near, and how many queries it takes."""

import datetime as dt
import re
import uuid

import pytest

from patients.services import add_to_care_team
from scheduling.services import leave_group, seat_member
from tests.desk import Readings, count, fields, text
from tests.factories import make_group, make_patient
from threads.models import Board, Post, Report
from threads.services.boards import agree, close_board, open_board, report, write_post
from threads.services.moderation import hide, pin, show

S = Post.State


@pytest.fixture
def desk(house) -> str:
    return f"/desk/series/{house.group.uid}/board/"


def door(board) -> str:
    return f"/my/board/{board.uid}/"


def post(board, by, said="A calm evening.", **more) -> Post:
    return write_post(board=board, text=said, by=by, key=uuid.uuid4(), **more)


def shown(board, by, leader, said="A calm evening.", **more) -> Post:
    return show(post=post(board, by, said, **more), seen=S.WAITING, by=leader)


# --- the whole way


def test_from_off_to_an_answer(house, browse, desk):
    pat, quinn, alice = browse(house.pat.user), browse(house.quinn.user), browse(house.alice)
    assert "The board:" not in text(pat.get("/my/messages/")) and "There is no board for you now" in text(
        pat.get("/my/board/")
    )
    assert "Turn the board on" in text(alice.get(desk)) and desk in text(alice.get(f"/desk/series/{house.group.uid}/"))
    assert alice.post(desk, {"deed": "open", "looks_first": "yes"}).status_code == 302
    board = Board.objects.get()

    assert f'href="{door(board)}"' in text(pat.get("/my/messages/"))
    assert pat.get("/my/board/")["Location"] == door(board)
    page = text(pat.get(door(board)))
    assert "Before you write" in page and "First names only" in page and "<textarea" not in page
    assert pat.post(door(board), {"deed": "agree"}).status_code == 302
    page = pat.get(door(board))
    said = text(page)
    assert "Those who lead look at the board within 1 business day, Monday to Friday." in said
    assert "Not for emergencies." in said and 'href="tel:988"' in said and "First names only" in said
    assert '<details class="board-rules" open>' in said, "before the first post"
    assert "maxlength" not in said[said.index("<textarea") : said.index("</textarea")]
    sent = fields(page, "text") | {"text": "I slept well.", "deed": "post"}
    assert pat.post(door(board), sent)["Location"] == f"{door(board)}#sent-{board.uid}"
    said = text(pat.get(door(board)))
    assert "The others see it once somebody who leads has looked." in said and "Only you see it yet" in said
    assert '<details class="board-rules">' in said
    assert "I slept well." not in text(quinn.get(door(board)))

    assert "1 post not shown yet" in text(alice.get("/desk/inbox/")) and "1 post not shown yet" in text(
        alice.get("/desk/")
    )
    page = alice.get(desk)
    assert "I slept well." in text(page) and '<span class="tab-count">1<span' in text(page)
    assert alice.post(desk, fields(page, "seen") | {"deed": "show"})["Location"] == f"{desk}#look"
    assert "I slept well." in text(quinn.get(door(board)))

    made = Post.objects.get()
    quinn.post(door(board), {"deed": "agree"})
    page = quinn.get(f"{door(board)}?to={made.uid}")
    assert "Answer Pat" in text(page)
    sent = fields(page, "text") | {"text": "Me too.", "deed": "post"}
    assert quinn.post(door(board), sent)["Location"] == f"{door(board)}#sent-{board.uid}.{made.uid}"
    assert Post.objects.get(answers=made).author == house.quinn.user


def test_hidden_is_told_kindly_to_its_author_alone(house, browse, board, desk):
    made = post(board, house.pat.user, "My fix was eighty dollars")
    alice = browse(house.alice)
    alice.post(
        desk, {"deed": "hide", "post": made.uid, "seen": "waiting", "reason": "hard", "note": "Bring it on Monday?"}
    )
    for address in (door(board), "/my/board/own/"):
        said = text(browse(house.pat.user).get(address))
        assert (
            "kept this off the board" in said
            and "may be hard to read for others" in said
            and "Bring it on Monday?" in said
        )
    assert "eighty" not in text(browse(house.quinn.user).get(door(board)))
    assert "Hidden: Hard for others to read now" in text(alice.get(desk))


def test_nothing_typed_is_lost(house, browse, board, desk):
    for user, address in ((house.pat.user, door(board)), (house.alice, desk)):
        client = browse(user)
        sent = fields(client.get(address), "text") | {"text": "x" * 2001, "deed": "post"}
        answer = client.post(address, sent)
        assert answer.status_code == 422 and "x" * 2001 in text(answer) and "to 2000 characters" in text(answer)
        assert fields(answer, "text")["key"] == sent["key"]
    answer = browse(house.pat.user).post(door(board), sent | {"text": "Call me: 213 555 0142"})
    assert "Call me: 213 555 0142" in text(answer) and "a way to reach somebody" in text(answer)


def test_an_answer_to_what_was_hidden_meanwhile_is_kept(house, browse, board):
    made = shown(board, house.quinn.user, house.alice)
    pat = browse(house.pat.user)
    sent = fields(pat.get(f"{door(board)}?to={made.uid}"), "text") | {"text": "So true", "deed": "post"}
    hide(post=made, reason="hard", note="", seen=S.SHOWN, by=house.alice)
    answer = pat.post(door(board), sent)
    assert answer.status_code == 422 and "So true" in text(answer) and "no longer shown" in text(answer)
    assert made.text not in text(answer)


def test_reporting(house, browse, board, desk):
    made = shown(board, house.pat.user, house.alice)
    quinn, address = browse(house.quinn.user), f"/my/board/posts/{made.uid}/report/"
    assert "never learns that it was you" in text(quinn.get(address)) and 'href="tel:911"' in text(quinn.get(address))
    assert quinn.post(address, {}).status_code == 422
    assert "Say in a few words what it is about." in text(quinn.post(address, {"reason": "other"}))
    assert quinn.post(address, {"reason": "worry", "words": "They sounded low."})["Location"] == door(board)
    assert "You reported it already" in text(quinn.get(address))
    page = text(browse(house.alice).get(desk))
    assert "They sounded low." in page and "Quinn Quill" in page and "Leave it on the board" in page
    assert f"/desk/people/{house.pat.uid}/concern/" in page
    assert "Quinn" not in text(browse(house.pat.user).get(door(board)))
    assert browse(house.pat.user).get(address)["Location"].endswith("/take-back/")


def test_who_runs_the_program_sees_what_was_reported_and_no_more(house, browse, board, desk):
    shown(board, house.quinn.user, house.alice, "Only among us")
    made = shown(board, house.pat.user, house.alice, "Reported one")
    report(post=made, reason="unkind", words="", by=house.quinn.user)
    admin = browse(house.admin)
    page = text(admin.get(desk))
    assert "Reported one" in page and "Only among us" not in page and "<textarea" in page and "id_text" not in page
    assert "1 post reported" in text(admin.get("/desk/"))
    admin.post(desk, {"deed": "show", "post": made.uid, "seen": "shown"})
    assert Report.objects.get().outcome == "kept"
    assert "Reported one" not in text(admin.get(desk))


def test_taking_back(house, browse, board):
    made = shown(board, house.pat.user, house.alice)
    address = f"/my/board/posts/{made.uid}/take-back/"
    assert browse(house.quinn.user).get(address).status_code == 404
    assert browse(house.quinn.user).post(address).status_code == 404
    pat = browse(house.pat.user)
    assert "the clinic keeps a copy" in text(pat.get(address))
    assert pat.post(address)["Location"] == "/my/board/own/"
    assert "Taken back" in text(pat.get("/my/board/own/")) and made.text not in text(
        browse(house.quinn.user).get(door(board))
    )


def test_whoever_left_finds_their_own_words(house, browse, board):
    made = shown(board, house.pat.user, house.alice, "Mine")
    shown(board, house.quinn.user, house.alice, "Theirs")
    leave_group(membership=house.pat.memberships.get(), left_on=house.program.today, reason="moved")
    pat = browse(house.pat.user)
    assert pat.get(door(board)).status_code == 404 and pat.get(f"{door(board)}news/").status_code == 404
    assert "What I wrote" in text(pat.get("/my/board/"))
    said = text(pat.get("/my/board/own/"))
    assert "Mine" in said and "Theirs" not in said and "/my/messages/" not in said.split("<main")[1].split("</main")[0]
    assert pat.post(f"/my/board/posts/{made.uid}/take-back/").status_code == 302


def test_several_boards_are_listed(house, browse, board):
    group = make_group(house.program, house.alice, name="Evenings")
    seat_member(group=group, episode=house.pat_episode, joined_on=house.program.today)
    open_board(group=group, looks_first=True, by=house.alice)
    page = text(browse(house.pat.user).get("/my/board/"))
    assert "Evenings" in page and "Monday process" in page


def test_the_clock_asks_whether_somebody_wrote(house, browse, board):
    pat = browse(house.pat.user)
    seen = re.search(r'data-seen="([^"]*)"', text(pat.get(door(board)))).group(1)
    assert seen == "" and pat.get(f"{door(board)}news/?seen=").status_code == 204
    shown(board, house.pat.user, house.alice)
    assert pat.get(f"{door(board)}news/?seen=").status_code == 204, "one's own is no news"
    shown(board, house.quinn.user, house.alice)
    answer = pat.get(f"{door(board)}news/?seen=x")
    assert answer.status_code == 200 and "Somebody wrote" in text(answer) and "calm" not in text(answer)
    seen = re.search(r'data-seen="([^"]*)"', text(pat.get(door(board)))).group(1)
    assert pat.get(f"{door(board)}news/?seen={seen}").status_code == 204


def test_what_is_new_is_marked_once_it_is_shown(house, browse, board, clock):
    pat = browse(house.pat.user)
    waiting = post(board, house.quinn.user)
    assert "New</span>" not in text(pat.get("/my/messages/"))
    pat.get(door(board))
    clock.shift(dt.timedelta(hours=1))
    show(post=waiting, seen=S.WAITING, by=house.alice)
    assert "New</span>" in text(pat.get("/my/messages/"))
    pat.head(door(board))
    assert "New</span>" in text(pat.get("/my/messages/"))
    pat.get(door(board))
    shown(board, house.pat.user, house.alice)
    assert "New</span>" not in text(pat.get("/my/messages/")), "one's own is no news"


def test_what_was_written_for_a_board_that_went_off_comes_back(house, browse, board):
    pat, robin = browse(house.pat.user), browse(house.robin.user)
    sent = fields(pat.get(door(board)), "text") | {"text": "Slow words", "deed": "post"}
    close_board(board=board, by=house.alice)
    answer = pat.post(door(board), sent)
    assert answer.status_code == 422 and "Slow words" in text(answer) and "This was not sent" in text(answer)
    assert pat.post(door(board), {}).status_code == 404 and robin.post(door(board), sent).status_code == 404
    assert not Post.objects.exists()


# --- who comes near


def test_strangers_and_wrong_roles(house, browse, board, desk):
    made = shown(board, house.quinn.user, house.alice)
    mine = [door(board), f"/my/board/posts/{made.uid}/report/"]
    for user, status in ((house.pat.user, 200), (house.robin.user, 404), (house.alice, 403), (None, 302)):
        for address in mine:
            assert browse(user).get(address).status_code == status, (user, address)
            assert browse(user).post(address, {}).status_code == (422 if status == 200 else status)
    add_to_care_team(patients=[house.pat], user=house.charlie, part="cover", source="test:1")
    for user, status in (
        *((house.alice, 200), (house.bob, 200), (house.admin, 200), (house.charlie, 404)),
        *((house.coordinator, 403), (house.billing, 403), (house.pat.user, 403), (None, 302)),
    ):
        assert browse(user).get(desk).status_code == status, user
        assert browse(user).post(desk, {}).status_code == (422 if status == 200 else status), user


@pytest.mark.parametrize("given", ["x", "00000000-0000-0000-0000-000000000000", "1; DROP TABLE"])
def test_garbage_is_not_found_and_does_nothing(house, browse, board, desk, given):
    made = post(board, house.pat.user)
    pat, alice = browse(house.pat.user), browse(house.alice)
    assert pat.get(f"{door(board)}?page={given}").status_code == 200
    assert pat.get(f"{door(board)}?to={given}").status_code in (200, 404)
    assert pat.post(door(board), {"deed": "post", "text": "Kept", "key": given}).status_code == 422 or given[0] == "0"
    assert pat.post(door(board), {"deed": given}).status_code == 422
    for deed in ("show", "hide", "gone", "pin", "unpin", "take_back"):
        assert alice.post(desk, {"deed": deed, "post": given, "seen": given}).status_code == 404
        assert alice.post(desk, {"deed": deed}).status_code == 422
    refused = alice.post(desk, {"deed": "hide", "post": made.uid, "seen": "waiting", "note": "A kind word"})
    assert refused.status_code == 422 and "Say why" in text(refused) and "A kind word" in text(refused)
    made.refresh_from_db()
    assert made.state == S.WAITING


def test_peers_see_first_names_and_nothing_that_leads_to_anybody(house, browse, board):
    shown(board, house.quinn.user, house.alice)
    post(board, house.alice)
    said = browse(house.pat.user).get(door(board)).content.decode()
    assert "Quinn" in said and "Alice" in said
    for secret in ("Quill", "Clinician", house.quinn.user.email, house.alice.email, str(house.quinn.uid), "/desk/"):
        assert secret not in said, secret
    assert "<title>Board · My schedule</title>" in said.replace("\n", "")


def test_what_is_written_is_text_and_nothing_else(house, browse, board, desk):
    shown(board, house.quinn.user, house.alice, "<script>alert(1)</script>")
    for user, address in ((house.pat.user, door(board)), (house.alice, desk)):
        said = browse(user).get(address).content.decode()
        assert "<script>alert" not in said and "&lt;script&gt;alert" in said


def test_a_reading_of_a_board_is_on_the_record(house, browse, board, desk):
    shown(board, house.pat.user, house.alice)
    post(board, house.quinn.user)
    readings = Readings()
    browse(house.alice).get(desk)
    browse(house.admin).get(desk)
    assert readings.of(house.alice) == {"Pat", "Quinn"} and readings.of(house.admin) == set()


# --- counts


def fill(house, board, n: int) -> None:
    """So many more posts, answered, some reported, some waiting, some hidden."""
    for at in range(n):
        person = make_patient(house.program, house.alice, f"Fill{at}")
        seat_member(group=house.group, episode=person, joined_on=house.program.today)
        user = person.patient.user
        agree(board=board, by=user)
        first = shown(board, user, house.alice)
        shown(board, house.quinn.user, house.alice, answers=first)
        post(board, user)
        report(post=first, reason="hard", words="x", by=house.pat.user)
        hide(post=post(board, user), reason="hard", note="", seen=S.WAITING, by=house.alice)


def test_as_many_queries_for_many_as_for_few(house, browse, board, desk, clock):
    house.group.capacity = 12
    house.group.save()
    pin(post=post(board, house.alice), pinned=True, by=house.alice)
    post(board, house.pat.user)
    fill(house, board, 1)
    clients = {user: browse(user) for user in (house.pat.user, house.alice, house.admin)}
    pages = [
        *((house.pat.user, address) for address in (door(board), "/my/board/own/", "/my/messages/")),
        *((house.alice, address) for address in (desk, "/desk/inbox/", "/desk/")),
        (house.admin, desk),
    ]
    for user, address in pages:
        clients[user].get(address)
    few = {page: count(clients[page[0]], page[1]) for page in pages}
    for address in (door(board), desk):
        print(address, few[next(page for page in pages if page[1] == address)])
    fill(house, board, 4)
    assert {page: count(clients[page[0]], page[1]) for page in pages} == few


def test_twenty_to_a_page(house, browse, board, clock):
    for at in range(22):
        post(board, house.alice, f"Number {at}.")
    pat = browse(house.pat.user)
    first, second = text(pat.get(door(board))), text(pat.get(f"{door(board)}?page=2"))
    assert "Number 21." in first and "Number 1." not in first and "Page 1 of 2" in first
    assert "Number 1." in second and "Number 0." in second and "Number 21." not in second
    clock.shift(dt.timedelta(minutes=1))
    close_board(board=board, by=house.alice)
    assert pat.get(door(board)).status_code == 404


def test_nobody_reads_what_is_not_for_them_by_answering_it(house, browse, board):
    waiting = post(board, house.quinn.user, "Not for others yet")
    pat = browse(house.pat.user)
    for answer in (
        pat.get(f"{door(board)}?to={waiting.uid}"),
        pat.post(door(board), {"deed": "post", "to": waiting.uid, "key": uuid.uuid4(), "text": "x"}),
        pat.post(door(board), {"deed": "post", "to": waiting.uid, "key": uuid.uuid4(), "text": ""}),
        pat.get(f"/my/board/posts/{waiting.uid}/report/"),
    ):
        assert "Not for others yet" not in text(answer)
    assert Post.objects.count() == 1
