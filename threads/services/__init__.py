"""Deeds of messages and of boards."""

from threads.services.threads import (
    SUBJECT_LENGTH,
    TEXT_LENGTH,
    answer_by,
    assign,
    close,
    mark_seen,
    start_thread,
    stay_of,
    team_of,
    write,
)

__all__ = [
    "SUBJECT_LENGTH",
    "TEXT_LENGTH",
    "answer_by",
    "assign",
    "close",
    "mark_seen",
    "start_thread",
    "stay_of",
    "team_of",
    "write",
]
