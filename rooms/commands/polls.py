"""Polls, over the socket."""

import uuid

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _
from pydantic import Field

from core.errors import Refusal
from rooms.deeds import By
from rooms.live import Asked, command, part
from rooms.models import Participant, Poll, PollAnswer, PollKind, PollVote, Room
from rooms.services import polls

MOST = 20  # polls of one session that a page starts with


class Which(Asked):
    """Which poll."""

    id: uuid.UUID


class Question(Asked):
    """A new poll."""

    kind: PollKind
    title: str
    options: list[str] = Field(default_factory=list, max_length=30)
    anonymous: bool = True


class Answer(Which):
    """An answer: of the kind that the poll asks for."""

    choices: list[int] = Field(default_factory=list, max_length=30)
    number: int | None = None
    word: str = ""


def _poll(by: Participant, asked: Which) -> Poll:
    found = Poll.objects.filter(room=by.room_id, uid=asked.id).first()
    if found is None:
        raise Refusal(_("There is no such poll here."), "no_poll")
    return found


@command("poll.open", By.LEADER, Question)
def open_one(by: Participant, asked: Question) -> dict:
    poll = polls.open_poll(
        by=by, kind=asked.kind, title=asked.title, options=asked.options, is_anonymous=asked.anonymous
    )
    return {"id": str(poll.uid)}


@command("poll.answer", By.ANYBODY_IN, Answer)
def answer(by: Participant, asked: Answer) -> None:
    polls.answer_poll(by=by, poll=_poll(by, asked), choices=asked.choices, number=asked.number, word=asked.word)


@command("poll.close", By.LEADER, Which)
def close(by: Participant, asked: Which) -> None:
    polls.close_poll(by=by, poll=_poll(by, asked))


@command("poll.show", By.LEADER, Which)
def show(by: Participant, asked: Which) -> None:
    polls.show_results(by=by, poll=_poll(by, asked))


@command("poll.hide", By.LEADER, Which)
def hide(by: Participant, asked: Which) -> None:
    polls.hide_results(by=by, poll=_poll(by, asked))


@part("polls")
def of_room(room: Room, viewer: Participant) -> list[dict]:
    """The session's polls, the newest first: whether this person answered, results once shown; for leaders how many answered,
    and results once closed. Two queries."""
    found = list(
        room.polls.annotate(
            answered=Count("votes"),
            mine=Exists(PollVote.objects.filter(poll=OuterRef("pk"), participant=viewer)),
        ).order_by("-opened_at", "-pk")[:MOST]
    )
    with_results = [poll for poll in found if poll.shown_at or (viewer.is_leader and poll.closed_at)]
    answers: dict[int, list[PollAnswer]] = {poll.pk: [] for poll in with_results}
    for one in PollAnswer.objects.filter(poll__in=list(answers)).select_related("participant"):
        answers[one.poll_id].append(one)
    shown = []
    for poll in found:
        one = polls.as_told(poll) | {"mine": poll.mine}
        if viewer.is_leader:
            one["answered"] = poll.answered
        if poll.pk in answers:
            one["results"] = polls.results_of(poll, answers[poll.pk], for_leaders=viewer.is_leader)
        shown.append(one)
    return shown
