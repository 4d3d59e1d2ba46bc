"""Boards: one of each group, with a leader's pinned post, an answer, and a post that waits for a look."""

import uuid

from threads.models import Board, Post
from threads.services.boards import agree, open_board, write_post
from threads.services.moderation import pin, show

TEXT = "988 911 min"  # said the same in both languages


def make(house, sessions) -> None:
    """Both are on; both wrote."""
    sides = ((house.group, house.alice, house.pat), (house.other_group, house.charlie, house.robin))
    for group, leader, patient in sides:
        board = open_board(group=group, looks_first=True, by=leader)
        agree(board=board, by=patient.user)

        def post(by, answers=None, board=board):
            return write_post(board=board, text=TEXT, by=by, key=uuid.uuid4(), answers=answers)

        first = post(leader)
        pin(post=first, pinned=True, by=leader)
        show(post=post(patient.user, first), seen=Post.State.WAITING, by=leader)
        post(patient.user)


def uids(patient, session, leader) -> dict:
    """Of the board of the patient's group, a post of its leader's and one of their own."""
    board = Board.objects.get(group=session.group)
    return {
        "portal:board": board.uid,
        "portal:board_news": board.uid,
        "portal:board_report": Post.objects.get(board=board, author=leader).uid,
        "portal:board_take_back": Post.objects.filter(board=board, patient=patient).latest("pk").uid,
        "threads:board": session.group.uid,
    }
