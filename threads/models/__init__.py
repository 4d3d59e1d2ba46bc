"""What is written: between somebody in care and their care team, and on the board of a group."""

from threads.models.boards import Board, BoardAgreement, BoardSeen
from threads.models.posts import HideReason, Post, Report, ReportReason
from threads.models.threads import NEVER_CHANGED, AnswerPolicy, Attachment, Message, Seen, Thread

__all__ = [
    "NEVER_CHANGED",
    "AnswerPolicy",
    "Attachment",
    "Board",
    "BoardAgreement",
    "BoardSeen",
    "HideReason",
    "Message",
    "Post",
    "Report",
    "ReportReason",
    "Seen",
    "Thread",
]
