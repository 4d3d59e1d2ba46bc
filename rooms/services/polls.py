"""Polls: a question to everybody in care who is in the room, answered once, its results shown when a leader says.

Of an anonymous poll nobody learns who answered what: the answer holds no person, results come only once the poll is closed
(so that nobody sees them change when somebody answers), and only from three answers on.
"""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.errors import Refusal
from rooms.deeds import By, Deed, deed
from rooms.models import Participant, Poll, PollAnswer, PollKind, PollVote, Room
from rooms.services.passes import policy_of
from rooms.wire import LEADERS

ENOUGH = 3  # answers from which on an anonymous poll has results
MOST_OPTIONS = 10
LONGEST_TITLE, LONGEST_OPTION, LONGEST_WORD = 200, 120, 40  # characters
WITH_OPTIONS = (PollKind.SINGLE, PollKind.MULTIPLE)


def open_poll(
    *, by: Participant, kind: str, title: str, options: Iterable[str] = (), is_anonymous: bool = True
) -> Poll:
    """Ask everybody in care. options: of a choice, two to ten, each once.

    Raises Refusal (over, not_a_leader, no_question, too_long, options).
    """
    title = _one_line(title)
    given = [line for option in options if (line := _one_line(option))] if kind in WITH_OPTIONS else []
    if not title:
        raise Refusal(_("Write the question."), "no_question", "title")
    if len(title) > LONGEST_TITLE or any(len(option) > LONGEST_OPTION for option in given):
        raise Refusal(_("That is too long. Say it in fewer words."), "too_long", "title")
    if kind in WITH_OPTIONS and not 2 <= len(given) <= MOST_OPTIONS:
        raise Refusal(_("Give two to ten choices, each on a line of its own."), "options", "options")
    if len({option.casefold() for option in given}) < len(given):
        raise Refusal(_("A choice is there twice."), "options", "options")
    with deed(by.room_id, by, By.LEADER) as doing:
        poll = Poll.objects.create(
            room=doing.room, kind=kind, title=title, options=given, is_anonymous=is_anonymous, opened_at=doing.now
        )
        doing.tell("poll.open", as_told(poll))
    return poll


def answer_poll(
    *, by: Participant, poll: Poll, choices: Iterable[int] = (), number: int | None = None, word: str = ""
) -> None:
    """Answer for oneself. An answer that was given with one's name may be changed while the poll is open; an anonymous one can't.

    Raises Refusal (over, not_in, leaders_ask, closed, answered, no_answer).
    """
    with deed(by.room_id, by, By.ANYBODY_IN) as doing:
        poll = Poll.objects.get(pk=poll.pk, room=doing.room)
        if doing.by.patient_id is None:
            raise Refusal(_("A poll is for those in care. Your answer would count among theirs."), "leaders_ask")
        if poll.closed_at:
            raise Refusal(_("This poll is closed."), "closed")
        values = _valid(poll, choices, number, word)
        _vote, first = PollVote.objects.get_or_create(poll=poll, participant=doing.by)
        if first:
            PollAnswer.objects.create(poll=poll, participant=None if poll.is_anonymous else doing.by, **values)
        elif poll.is_anonymous:
            raise Refusal(_("Your answer is in. An anonymous answer can’t be found again to change it."), "answered")
        else:
            PollAnswer.objects.filter(poll=poll, participant=doing.by).update(**values)
        doing.tell("poll.answered", {"id": str(poll.uid), "answered": poll.votes.count()}, to=LEADERS)
        doing.tell("poll.mine", {"id": str(poll.uid)}, to=(doing.by.key,))


def _valid(poll: Poll, choices: Iterable[int], number: int | None, word: str) -> dict:
    chosen, word = sorted(set(choices)), _one_line(word)
    fits = {
        PollKind.SINGLE: len(chosen) == 1,
        PollKind.MULTIPLE: len(chosen) >= 1,
        PollKind.SCALE: number is not None and 0 <= number <= 10,
        PollKind.WORD: 0 < len(word) <= LONGEST_WORD,
    }[PollKind(poll.kind)]
    if not fits or any(not 0 <= choice < len(poll.options) for choice in chosen):
        raise Refusal(_("Choose an answer first."), "no_answer")
    if poll.kind == PollKind.SCALE:
        return {"number": number}
    return {"word": word} if poll.kind == PollKind.WORD else {"choices": chosen}


def close_poll(*, by: Participant, poll: Poll) -> Poll:
    """Take no more answers. The leaders see the results. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        poll = Poll.objects.get(pk=poll.pk, room=doing.room)
        _close(doing, poll)
    return poll


def show_results(*, by: Participant, poll: Poll) -> Poll:
    """Show everybody the results; a poll that is open is closed first. Raises Refusal (over, not_a_leader, too_few)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        poll = Poll.objects.get(pk=poll.pk, room=doing.room)
        found = list(poll.answers.select_related("participant"))
        if poll.is_anonymous and len(found) < ENOUGH:
            raise Refusal(_("Too few have answered for it to stay anonymous."), "too_few")
        _close(doing, poll)
        if poll.shown_at is None:
            poll.shown_at = doing.now
            poll.save(update_fields=["shown_at"])
        doing.tell("poll.shown", {"id": str(poll.uid), "results": results_of(poll, found)})
    return poll


def hide_results(*, by: Participant, poll: Poll) -> Poll:
    """Take the results off everybody's page again; the leaders still have them. Raises Refusal (over, not_a_leader)."""
    with deed(by.room_id, by, By.LEADER) as doing:
        poll = Poll.objects.get(pk=poll.pk, room=doing.room)
        if poll.shown_at is not None:
            poll.shown_at = None
            poll.save(update_fields=["shown_at"])
            doing.tell("poll.hidden", {"id": str(poll.uid)})
    return poll


def _close(doing: Deed, poll: Poll) -> None:
    if poll.closed_at is not None:
        return
    poll.closed_at = doing.now
    poll.save(update_fields=["closed_at"])
    doing.tell("poll.closed", {"id": str(poll.uid)})
    found = list(poll.answers.select_related("participant"))
    doing.tell("poll.results", {"id": str(poll.uid), "results": results_of(poll, found, for_leaders=True)}, to=LEADERS)


def forget_answers(room: Room) -> int:
    """Delete what was answered in a room, unless the program keeps it; that a poll was held, and how many answered, stays.

    Called when the room ends, in its transaction. Returns how many answers were deleted.
    """
    if policy_of(room.session.group.program_id).poll_keeps:
        return 0
    return PollAnswer.objects.filter(poll__room=room).delete()[0]


def results_of(poll: Poll, answers: Iterable[PollAnswer], *, for_leaders: bool = False) -> dict:
    """The results as JSON: n answers; few, where an anonymous poll has too few of them; else counts (a number a choice, or
    a number each of 0 to 10), mean, words (each with its number, the most frequent first). for_leaders: of a poll with names also
    who answered what."""
    found = list(answers)
    results: dict = {"n": len(found)}
    if poll.is_anonymous and len(found) < ENOUGH:
        return results | {"few": True}
    if poll.kind == PollKind.SCALE:
        numbers = Counter(answer.number for answer in found)
        results["counts"] = [numbers[n] for n in range(11)]
        if found:
            results["mean"] = round(sum(answer.number for answer in found) / len(found), 1)
    elif poll.kind == PollKind.WORD:
        results["words"] = _words(answer.word for answer in found)
    else:
        chosen = Counter(choice for answer in found for choice in answer.choices)
        results["counts"] = [chosen[n] for n in range(len(poll.options))]
    if for_leaders and not poll.is_anonymous:
        results["who"] = sorted((a.participant.shown, said_by(poll, a)) for a in found if a.participant)
    return results


def _words(words: Iterable[str]) -> list[list]:
    """Each word once, as it was written most often; the most frequent first, then by the alphabet."""
    written: dict[str, Counter] = {}
    for word in words:
        written.setdefault(word.casefold(), Counter())[word] += 1
    found = [[forms.most_common(1)[0][0], forms.total()] for forms in written.values()]
    return sorted(found, key=lambda one: (-one[1], one[0].casefold()))


def said_by(poll: Poll, answer: PollAnswer) -> str:
    """One answer in words."""
    if poll.kind == PollKind.SCALE:
        return str(answer.number)
    return answer.word or ", ".join(poll.options[choice] for choice in answer.choices)


def as_told(poll: Poll) -> dict:
    """A poll as everybody is told of it."""
    return {
        "id": str(poll.uid),
        "kind": poll.kind,
        "title": poll.title,
        "options": poll.options,
        "anonymous": poll.is_anonymous,
        "open": poll.closed_at is None,
        "shown": poll.shown_at is not None,
    }


def _one_line(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())
